//! Finding anything by the beginning of its name, for the palette: a few of each kind.

use scim::fold;
use uuid::Uuid;

use crate::{
    Error, Tx,
    db::{Sql, args},
    user, values,
};

/// So many of a kind are found.
const FEW: i64 = 6;

/// Of so many people, found each way, the first by name are shown: what is typed may be the beginning of everybody.
const CANDIDATES: i64 = 100;

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// `user`, `group`, `application`, `source`, `run` or `operation`.
    pub kind: &'static str,
    /// Its id.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// What tells it from others of that name.
    pub detail: Option<String>,
}

/// Everything that a text is the beginning of, or the id of.
pub async fn search(tx: &mut Tx, text: &str) -> Result<Vec<Found>, Error> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let tenant = tx.tenant().id();
    let mut found = Vec::new();
    if let Ok(id) = Uuid::parse_str(text) {
        found.extend(by_id(tx, id).await?);
    }
    let from = values::clip(fold::fold(text));
    let to = format!("{from}{}", char::MAX);
    for (kind, sql) in [
        (
            "application",
            "SELECT id, name, NULL FROM applications WHERE tenant = $1 AND name_key BETWEEN $2 AND $3 ORDER BY name_key LIMIT $4",
        ),
        (
            "source",
            "SELECT id, name, NULL FROM sources WHERE tenant = $1 AND name_key BETWEEN $2 AND $3 ORDER BY name_key LIMIT $4",
        ),
        (
            "group",
            "SELECT id, display_name, kind FROM groups WHERE tenant = $1 AND name_key BETWEEN $2 AND $3 ORDER BY name_key, id LIMIT $4",
        ),
    ] {
        let rows: Vec<(Uuid, String, Option<String>)> = tx.rows(sql, args![tenant, &from, &to, FEW]).await?;
        found.extend(rows.into_iter().map(|(id, name, detail)| Found { kind, id, name, detail }));
    }
    let mut sql = Sql::new("SELECT id, user_name, display_name FROM users WHERE tenant = ");
    sql.bind(tenant).push(" AND id IN (");
    user::found(&mut sql, tenant, text, Some(CANDIDATES));
    sql.push(") ORDER BY name_key LIMIT ").bind(FEW);
    let rows: Vec<(Uuid, String, Option<String>)> = tx.rows_of(sql).await?;
    found.extend(rows.into_iter().map(|(id, user_name, display_name)| match display_name {
        Some(name) => Found { kind: "user", id, name, detail: Some(user_name) },
        None => Found { kind: "user", id, name: user_name, detail: None },
    }));
    Ok(found)
}

async fn by_id(tx: &mut Tx, id: Uuid) -> Result<Vec<Found>, Error> {
    let tenant = tx.tenant().id();
    let mut found = Vec::new();
    for (kind, sql) in [
        ("user", "SELECT user_name, display_name FROM users WHERE tenant = $1 AND id = $2"),
        ("group", "SELECT display_name, kind FROM groups WHERE tenant = $1 AND id = $2"),
        ("application", "SELECT name, NULL FROM applications WHERE tenant = $1 AND id = $2"),
        ("source", "SELECT name, NULL FROM sources WHERE tenant = $1 AND id = $2"),
        (
            "run",
            "SELECT a.name, r.kind FROM runs r JOIN applications a ON a.tenant = r.tenant AND a.id = r.application WHERE r.tenant = $1 AND r.id = $2",
        ),
        ("operation", "SELECT subject_name, op FROM operations WHERE tenant = $1 AND id = $2"),
    ] {
        let row: Option<(String, Option<String>)> = tx.row(sql, args![tenant, id]).await?;
        found.extend(row.map(|(name, detail)| Found { kind, id, name, detail }));
    }
    Ok(found)
}
