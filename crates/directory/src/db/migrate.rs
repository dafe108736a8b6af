//! Migrations: forward only, at start, from any number of nodes at once.

use super::{Db, DbError, Engine, Sql, args};
use crate::tenant::Tenant;

/// Every migration in order; its number is its place, counted from 1. Never edit one that was released.
const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/0001_foundation.sql"),
    include_str!("../../migrations/0002_schemas.sql"),
    include_str!("../../migrations/0003_pending_members.sql"),
    include_str!("../../migrations/0004_source_policy.sql"),
    include_str!("../../migrations/0005_source_access.sql"),
    include_str!("../../migrations/0006_console.sql"),
    include_str!("../../migrations/0007_wanted_names.sql"),
    include_str!("../../migrations/0008_sign_in.sql"),
    include_str!("../../migrations/0009_console_parts.sql"),
    include_str!("../../migrations/0010_waiting_records.sql"),
    include_str!("../../migrations/0011_match_trials.sql"),
    include_str!("../../migrations/0012_member_names.sql"),
];

/// Bring the database to the newest schema.
pub(super) async fn run(db: &Db) -> Result<(), DbError> {
    // On PostgreSQL, CREATE TABLE IF NOT EXISTS fails when another node is just creating the same table.
    if make_table(db).await.is_err() {
        make_table(db).await?;
    }
    let mut tx = db.write(Tenant::system()).await?;
    if db.is_postgres() {
        // Nodes queue here until the first one has migrated.
        tx.execute("LOCK TABLE migrations IN ACCESS EXCLUSIVE MODE", args![]).await?;
    }
    let found = tx.row::<(Option<i64>,)>("SELECT MAX(number) FROM migrations", args![]).await?;
    let found = found.and_then(|(number,)| number).unwrap_or(0);
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(DbError::Newer { found, known });
    }
    for (number, migration) in (1_i64..).zip(MIGRATIONS) {
        if number <= found {
            continue;
        }
        for statement in statements(migration, db) {
            tx.execute_sql(statement).await?;
        }
        tx.execute("INSERT INTO migrations (number, applied_at) VALUES ($1, $2)", args![number, crate::clock::wall()])
            .await?;
    }
    tx.commit().await
}

async fn make_table(db: &Db) -> Result<(), DbError> {
    let mut tx = db.write(Tenant::system()).await?;
    tx.execute(
        "CREATE TABLE IF NOT EXISTS migrations (number BIGINT PRIMARY KEY, applied_at BIGINT NOT NULL)",
        args![],
    )
    .await?;
    tx.commit().await
}

/// One statement after the other, with the two words in which the engines differ put in.
///
/// `KEYTEXT` is text compared byte by byte (PostgreSQL would otherwise use the database's language), `CLUSTERED`
/// stores a table in the order of its primary key (PostgreSQL has no such thing).
fn statements(migration: &str, db: &Db) -> Vec<Sql> {
    let (keytext, clustered) = match db.engine {
        Engine::Sqlite(_) => ("TEXT", "WITHOUT ROWID"),
        Engine::Postgres(_) => ("TEXT COLLATE \"C\"", ""),
    };
    let text: String =
        migration.lines().map(|line| line.split_once("--").map_or(line, |(sql, _)| sql)).collect::<Vec<_>>().join("\n");
    text.split(';')
        .map(str::trim)
        .filter(|statement| !statement.is_empty())
        .map(|statement| Sql {
            text: statement.replace("KEYTEXT", keytext).replace("CLUSTERED", clustered),
            args: Vec::new(),
        })
        .collect()
}
