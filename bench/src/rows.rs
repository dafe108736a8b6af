//! What a created person is in the database: the same rows as Lockstep stores for one SCIM create.
//!
//! A record with 7 index values, a user with 3, a counter, an audit entry and a dirty mark. The statements are
//! written once, in a macro, because sqlx types differ by engine.

use serde_json::Value;
use std::{fmt::Write, sync::LazyLock};
use uuid::Uuid;

use crate::person::ENTERPRISE;

/// The only tenant.
pub const TENANT: Uuid = Uuid::from_u128(1);
/// The only source.
pub const SOURCE: Uuid = Uuid::from_u128(2);
/// The code of a user in columns named `kind`.
pub const USER: i64 = 0;
/// The code of a group in columns named `kind`.
pub const GROUP: i64 = 1;

const SCHEMA: &str = include_str!("schema.sql");

/// The statements that make the tables, in the dialect of SQLite or of PostgreSQL.
pub fn schema(postgres: bool) -> Vec<String> {
    let (keytext, clustered) = if postgres { ("TEXT COLLATE \"C\"", "") } else { ("TEXT", "WITHOUT ROWID") };
    let text: String = SCHEMA.lines().filter(|line| !line.starts_with("--")).map(|line| format!("{line}\n")).collect();
    text.split(';').map(|statement| statement.replace("KEYTEXT", keytext).replace("CLUSTERED", clustered)).collect()
}

/// Milliseconds since 1970.
#[allow(clippy::disallowed_methods, reason = "a reference has no simulation to run under")]
pub fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// One person as rows.
#[derive(Clone, Debug)]
pub struct Person {
    /// Id of the record.
    pub id: Uuid,
    /// Id of the user.
    pub user: Uuid,
    /// Id of the audit entry.
    pub cause: Uuid,
    /// When, in milliseconds since 1970.
    pub now: i64,
    /// As sent.
    pub user_name: String,
    /// As compared.
    pub name_key: String,
    /// As sent.
    pub external_id: Option<String>,
    /// As sent.
    pub display_name: Option<String>,
    /// Path and key of each indexed attribute of the record; the first 3 are indexed for the user too.
    pub values: [(&'static str, String); 7],
    /// The JSON text.
    pub doc: String,
}

impl Person {
    /// The rows of a posted SCIM user; `None` without a userName.
    pub fn read(body: &Value) -> Option<Person> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let key = |value: &Value| value.as_str().unwrap_or_default().to_lowercase();
        let user_name = text(&body["userName"])?;
        let (email, enterprise) = (&body["emails"][0], &body[ENTERPRISE]);
        Some(Person {
            id: Uuid::now_v7(),
            user: Uuid::now_v7(),
            cause: Uuid::now_v7(),
            now: now(),
            name_key: user_name.to_lowercase(),
            user_name,
            external_id: text(&body["externalId"]),
            display_name: text(&body["displayName"]),
            values: [
                ("emails.value", key(&email["value"])),
                ("displayName", key(&body["displayName"])),
                ("name.familyName", key(&body["name"]["familyName"])),
                ("emails.type", key(&email["type"])),
                ("name.givenName", key(&body["name"]["givenName"])),
                ("enterprise.employeeNumber", key(&enterprise["employeeNumber"])),
                ("enterprise.department", key(&enterprise["department"])),
            ],
            doc: body.to_string(),
        })
    }
}

/// An INSERT of `rows` index values: 7 placeholders each.
fn insert_values(rows: usize) -> String {
    let mut sql = "INSERT INTO attribute_values (tenant, scope, kind, path, value, owner, element) VALUES ".to_owned();
    for row in 0..rows {
        let at = row * 7;
        let comma = if row > 0 { "," } else { "" };
        let [a, b, c, d, e, f, g] = std::array::from_fn(|n| at + n + 1);
        write!(sql, "{comma}(${a},${b},${c},${d},${e},${f},${g})").expect("writing to a string succeeds");
    }
    sql
}

/// The index values of a record.
pub static INSERT_7: LazyLock<String> = LazyLock::new(|| insert_values(7));
/// The index values of a user.
pub static INSERT_3: LazyLock<String> = LazyLock::new(|| insert_values(3));
/// One index value.
pub static INSERT_1: LazyLock<String> = LazyLock::new(|| insert_values(1));

/// An audit entry.
pub const INSERT_CHANGE: &str =
    "INSERT INTO changes (tenant, id, at, actor_kind, actor, request, action, object_kind, object, object_name, detail)
     VALUES ($1, $2, $3, 'source', 'bench', $2, $4, $5, $6, $7, $8)";

/// A dirty mark.
pub const MARK: &str =
    "INSERT INTO dirty (tenant, kind, subject, spread, revision, cause, marked_at) VALUES ($1, $2, $3, FALSE, 1, $4, $5)
     ON CONFLICT (tenant, kind, subject) DO UPDATE SET revision = dirty.revision + 1, cause = excluded.cause";

/// `insert_person!(connection, &person)`: store a [`Person`]; false, and nothing stored, when the name is taken.
#[macro_export]
macro_rules! insert_person {
    ($connection:expr, $person:expr) => {{
        use sqlx::query;
        use $crate::rows::*;
        let (c, p) = (&mut *$connection, $person);
        let inserted = query(
            "INSERT INTO records (tenant, id, source, kind, name_key, external_id, active, version, members, created_at, modified_at, subject, doc)
             VALUES ($1, $2, $3, $4, $5, $6, TRUE, 1, 0, $7, $7, $8, $9) ON CONFLICT DO NOTHING",
        )
        .bind(TENANT).bind(p.id).bind(SOURCE).bind(USER).bind(&p.name_key).bind(&p.external_id).bind(p.now).bind(p.user)
        .bind(&p.doc)
        .execute(&mut *c)
        .await?;
        if inserted.rows_affected() == 0 {
            Ok(false)
        } else {
            let mut values = query(INSERT_7.as_str());
            for (path, value) in &p.values {
                values = values.bind(TENANT).bind(SOURCE).bind(USER).bind(*path).bind(value).bind(p.id).bind(0_i64);
            }
            values.execute(&mut *c).await?;
            query(
                "INSERT INTO record_counts (tenant, source, kind, part, total) VALUES ($1, $2, $3, $4, 1)
                 ON CONFLICT (tenant, source, kind, part) DO UPDATE SET total = record_counts.total + 1",
            )
            .bind(TENANT).bind(SOURCE).bind(USER).bind(i64::from(p.id.as_bytes()[15] % 16))
            .execute(&mut *c)
            .await?;
            query(
                "INSERT INTO users (tenant, id, user_name, name_key, display_name, active, on_hold, version, created_at, modified_at, doc)
                 VALUES ($1, $2, $3, $4, $5, TRUE, FALSE, 1, $6, $6, $7)",
            )
            .bind(TENANT).bind(p.user).bind(&p.user_name).bind(&p.name_key).bind(&p.display_name).bind(p.now).bind(&p.doc)
            .execute(&mut *c)
            .await?;
            let mut values = query(INSERT_3.as_str());
            for (path, value) in &p.values[..3] {
                values = values.bind(TENANT).bind(TENANT).bind(USER).bind(*path).bind(value).bind(p.user).bind(0_i64);
            }
            values.execute(&mut *c).await?;
            query(INSERT_CHANGE)
                .bind(TENANT).bind(p.cause).bind(p.now).bind("create").bind("user").bind(p.user).bind(&p.user_name)
                .bind(None::<String>)
                .execute(&mut *c)
                .await?;
            query(MARK).bind(TENANT).bind(USER).bind(p.user).bind(p.cause).bind(p.now).execute(&mut *c).await?;
            Ok(true)
        }
    }};
}
