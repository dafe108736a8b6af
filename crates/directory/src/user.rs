//! Users: who a person is, joined from records.

pub mod condition;
mod list;
mod settle;
mod standing;
mod sync;
mod target;
mod timeline;
mod wanted;

pub use condition::Condition;
pub(crate) use list::found;
#[cfg(test)]
pub(crate) use list::page;
pub use list::{AccountGlance, UserExtras, UserFilter, UserQuery, UserSort, extras, list, position, total};
pub(crate) use settle::{Occasion, appear, settle, settle_last, settle_stated};
pub(crate) use standing::deactivate_due;
pub use standing::{Standing, UserState};
pub use target::Unjoined;
pub(crate) use target::{Target, candidates, target};
pub use timeline::{Event, Moment, timeline};

use scim::{Object, fold};
use std::collections::HashMap;
use uuid::Uuid;

use crate::{
    Error, Millis, Tx,
    db::{Sql, args},
    error::stored,
};

/// A user of the directory.
#[derive(Clone, Debug)]
pub struct User {
    /// Its id.
    pub id: Uuid,
    /// Unique in the tenant, caseless.
    pub user_name: String,
    /// What people call them.
    pub display_name: Option<String>,
    /// Whether the person is active: [`UserState::Active`].
    pub active: bool,
    /// Where the person stands.
    pub standing: Standing,
    /// A person on hold is never deactivated or deleted, neither here nor in an application.
    pub on_hold: bool,
    /// No source has the person any more, and the policy of the last one was to keep the user.
    pub kept: bool,
    /// The `userName` that its sources state, while that is another user's: the user has this one as soon as it is
    /// free, and keeps [`User::user_name`] until then.
    pub wanted_name: Option<String>,
    /// Counts up with every change.
    pub version: i64,
    /// When the user was made.
    pub created_at: Millis,
    /// When the user last changed.
    pub modified_at: Millis,
    /// The profile: a SCIM User without `id`, `meta` and `groups`.
    pub doc: Object,
}

type Row = (
    Uuid,
    String,
    Option<String>,
    bool,
    bool,
    i64,
    Millis,
    Millis,
    String,
    String,
    Millis,
    Option<Uuid>,
    Option<Millis>,
    bool,
    Option<String>,
);

/// A statement that reads users, from `WHERE` on.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, user_name, display_name, active, on_hold, version, created_at, modified_at, doc, state,
               state_since, state_cause, deactivates_at, kept, wanted_name FROM users ",
            $rest
        )
    };
}
pub(crate) use select;

fn user(row: Row) -> Result<User, Error> {
    let (id, user_name, display_name, active, on_hold, version, created_at, modified_at, doc, state, since, ..) = row;
    let (.., cause, deactivates_at, kept, wanted_name) = row;
    let doc = stored("users", id, &doc)?;
    let standing = Standing { state: UserState::parse(&state), since, cause, deactivates_at };
    Ok(User {
        id,
        user_name,
        display_name,
        active,
        standing,
        on_hold,
        kept,
        wanted_name,
        version,
        created_at,
        modified_at,
        doc,
    })
}

/// Keep everybody else from changing a user until this transaction ends. On SQLite nobody else can anyway.
async fn lock(tx: &mut Tx, id: Uuid) -> Result<(), Error> {
    if tx.locking() {
        let tenant = tx.tenant().id();
        tx.row::<(Uuid,)>("SELECT id FROM users WHERE tenant = $1 AND id = $2 FOR UPDATE", args![tenant, id]).await?;
    }
    Ok(())
}

/// One user, by id.
pub async fn get(tx: &mut Tx, id: Uuid) -> Result<Option<User>, Error> {
    let tenant = tx.tenant().id();
    let row: Option<Row> = tx.row(select!("WHERE tenant = $1 AND id = $2"), args![tenant, id]).await?;
    row.map(user).transpose()
}

/// Several users, by id; those that are gone are left out.
pub async fn get_all(tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<User>, Error> {
    let mut users = Vec::with_capacity(ids.len());
    for ids in ids.chunks(crate::db::BATCH) {
        let mut sql = Sql::new(select!("WHERE tenant = "));
        sql.bind(tx.tenant().id()).push(" AND id IN (").bind_all(ids.iter()).push(")");
        let rows: Vec<Row> = tx.rows_of(sql).await?;
        users.extend(rows.into_iter().map(user).collect::<Result<Vec<_>, _>>()?);
    }
    Ok(users)
}

/// User names by id.
pub async fn names(tx: &mut Tx, ids: &[Uuid]) -> Result<HashMap<Uuid, String>, Error> {
    let mut names = HashMap::new();
    for ids in ids.chunks(crate::db::BATCH) {
        let mut sql = Sql::new("SELECT id, user_name FROM users WHERE tenant = ");
        sql.bind(tx.tenant().id()).push(" AND id IN (").bind_all(ids.iter()).push(")");
        names.extend(tx.rows_of::<(Uuid, String)>(sql).await?);
    }
    Ok(names)
}

/// One user, by id or user name.
pub async fn find(tx: &mut Tx, name: &str) -> Result<User, Error> {
    let tenant = tx.tenant().id();
    let row: Option<Row> = tx
        .row(
            select!(
                "WHERE tenant = $1 AND (id = $2 OR name_key = $3) ORDER BY CASE WHEN id = $2 THEN 0 ELSE 1 END LIMIT 1"
            ),
            args![tenant, Uuid::parse_str(name).unwrap_or_default(), fold::fold(name)],
        )
        .await?;
    row.map(user).transpose()?.ok_or_else(|| Error::not_found("user", name))
}

/// How many users there are.
#[cfg(test)]
pub(crate) async fn count(tx: &mut Tx) -> Result<i64, Error> {
    let tenant = tx.tenant().id();
    let row: Option<(i64,)> = tx.row("SELECT COUNT(*) FROM users WHERE tenant = $1", args![tenant]).await?;
    Ok(row.map_or(0, |(count,)| count))
}
