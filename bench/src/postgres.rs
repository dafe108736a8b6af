//! PostgreSQL: the same rows, one transaction each. The server groups concurrent commits by itself.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::{
    insert_person,
    rows::{self, Person},
};

/// Connect to `url` and make the tables when they are missing.
pub async fn open(url: &str) -> Result<PgConnection, sqlx::Error> {
    let mut connection = PgConnection::connect(url).await?;
    let (made,): (bool,) =
        sqlx::query_as("SELECT to_regclass('records') IS NOT NULL").fetch_one(&mut connection).await?;
    if !made {
        for statement in rows::schema(true) {
            connection.execute(AssertSqlSafe(statement)).await?;
        }
    }
    Ok(connection)
}

/// Store a person durably; false when the name is taken.
pub async fn insert(connection: &mut PgConnection, person: &Person) -> Result<bool, sqlx::Error> {
    let mut transaction = connection.begin().await?;
    let stored: Result<bool, sqlx::Error> = insert_person!(transaction, person);
    let stored = stored?;
    transaction.commit().await?;
    Ok(stored)
}
