//! What SQLite's query planner is to believe about the tables.
//!
//! Left alone it takes ten rows to share the first column of any index. Here that is the tenant, whom a million may
//! share, and `tenant = ? AND user_id IN (…)` becomes a walk through everybody. It could count (`ANALYZE`), but then
//! plans would change with the data, and with when it was counted. So it is told, once for each schema.

use sqlx::{Connection, SqliteConnection};
use std::collections::BTreeMap;

use super::DbError;

/// So many rows every table has.
const ROWS: i64 = 10_000_000;

/// How many values a column has. Any other has as good as one for each row.
const FEW: &[(&str, i64)] = &[
    ("tenant", 10),
    ("source", 10),
    ("scope", 10),
    ("application", 10),
    ("path", 50),
    ("part", 64),
    ("kind", 4),
    ("member_kind", 2),
    ("phase", 4),
    ("state", 4),
    ("status", 4),
    ("active", 2),
    ("unjoined", 4),
    ("member", 10),
    ("subject", 1_000),
    ("group_id", 10_000),
];
const MANY: i64 = 1_000_000;

/// Write the estimates where the planner finds them, unless they are there.
pub(super) async fn run(connection: &mut SqliteConnection) -> Result<(), DbError> {
    let wanted = estimates(connection).await?;
    // Makes the table as well, and counts nothing.
    sqlx::query("ANALYZE sqlite_schema").execute(&mut *connection).await?;
    let mut tx = connection.begin().await?;
    let found: Vec<(String, String, String)> =
        sqlx::query_as("SELECT tbl, idx, stat FROM sqlite_stat1 WHERE idx IS NOT NULL ORDER BY tbl, idx")
            .fetch_all(&mut *tx)
            .await?;
    if found == wanted {
        return Ok(tx.rollback().await?);
    }
    sqlx::query("DELETE FROM sqlite_stat1").execute(&mut *tx).await?;
    for (table, index, stat) in wanted {
        sqlx::query("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ($1, $2, $3)")
            .bind(table)
            .bind(index)
            .bind(stat)
            .execute(&mut *tx)
            .await?;
    }
    tx.commit().await?;
    sqlx::query("ANALYZE sqlite_schema").execute(connection).await?;
    Ok(())
}

/// Table, index and estimate, for every index: how many rows there are, then how many share its first column, its
/// first two, and so on.
async fn estimates(connection: &mut SqliteConnection) -> Result<Vec<(String, String, String)>, DbError> {
    // The key of a table that is stored in its order goes by the name of the table.
    let columns: Vec<(String, String, bool, String)> = sqlx::query_as(
        "SELECT t.name, CASE WHEN t.wr AND i.origin = 'pk' THEN t.name ELSE i.name END, i.\"unique\", c.name
         FROM pragma_table_list t JOIN pragma_index_list(t.name) i JOIN pragma_index_info(i.name) c
         WHERE t.schema = 'main' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND c.name IS NOT NULL ORDER BY 1, 2, c.seqno",
    )
    .fetch_all(connection)
    .await?;
    let mut indexes: BTreeMap<(String, String), (bool, Vec<i64>)> = BTreeMap::new();
    for (table, index, unique, column) in columns {
        let (_, rows) = indexes.entry((table, index)).or_insert((unique, vec![ROWS]));
        let values = FEW.iter().find_map(|(name, values)| (*name == column).then_some(*values)).unwrap_or(MANY);
        let sharing = rows.last().map_or(1, |rows| (rows / values).max(1));
        rows.push(sharing);
    }
    Ok(indexes
        .into_iter()
        .map(|((table, index), (unique, mut rows))| {
            if let Some(last) = rows.last_mut().filter(|_| unique) {
                *last = 1;
            }
            // Skipping: to try every tenant, and every application in it, for what another index finds at once.
            let stat = rows.iter().map(i64::to_string).chain(["noskipscan".to_owned()]).collect::<Vec<_>>().join(" ");
            (table, index, stat)
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use crate::{
        db::{Db, args},
        tests::{On, World},
    };

    #[tokio::test]
    async fn what_the_planner_believes_is_the_same_after_every_start() {
        let world = World::new(On::Sqlite).await.unwrap();
        let again = Db::sqlite(&world.folder).await.unwrap();
        let mut found: Vec<Vec<(String, String, String)>> = Vec::new();
        for db in [&world.directory.db, &again] {
            let mut tx = db.read(world.tenant()).await.unwrap();
            found.push(tx.rows("SELECT tbl, idx, stat FROM sqlite_stat1 ORDER BY tbl, idx", args![]).await.unwrap());
        }
        assert_eq!(found[0], found[1]);
        for (table, index, stat) in [
            ("accounts", "accounts_by_user", "10000000 1000000 1 noskipscan"),
            ("dirty", "dirty", "10000000 1000000 250000 1 noskipscan"),
        ] {
            let row = (table.to_owned(), index.to_owned(), stat.to_owned());
            assert!(found[0].contains(&row), "{row:?} is not in {:?}", found[0]);
        }
    }
}
