//! The value index: one row per value of an indexed attribute, so that a filter is a range and not a scan.
//!
//! Old and new rows are computed from the old and the new document, so an update touches only what differs and
//! the table needs no second index to find an owner's rows by.

use scim::{AttrPath, Object, fold, resource};
use std::collections::BTreeSet;
use uuid::Uuid;

use crate::{
    Error, Kind, Tx,
    db::{BATCH, Sql, args},
};

/// Attributes of a record that have rows in the index; the columns of `records` serve the rest of what clients ask.
const RECORD_USER: &[&str] = &[
    "emails.value",
    "emails.type",
    "displayName",
    "name.familyName",
    "name.givenName",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
];

/// Attributes of the directory's user that have rows in the index: for joining by e-mail, for search, and to find who
/// reports to a manager.
const USER: &[&str] = &[
    "emails.value",
    "displayName",
    "name.familyName",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
];

/// Which set of indexed attributes, and under which scope its rows lie.
#[derive(Clone, Copy)]
pub(crate) enum Scope {
    /// Records of one source.
    Source(Uuid),
    /// The directory's own users.
    Directory,
}

impl Scope {
    fn id(self, tx: &Tx) -> Uuid {
        match self {
            Scope::Source(id) => id,
            Scope::Directory => tx.tenant().id(),
        }
    }

    /// Whether a filter on this attribute can be answered by the index.
    pub(crate) fn indexes(self, kind: Kind, path: &str) -> bool {
        match (self, kind) {
            (Scope::Source(_), Kind::User) => RECORD_USER.contains(&path),
            (Scope::Directory, Kind::User) => USER.contains(&path),
            _ => false,
        }
    }
}

/// Path, value, number of the element.
type IndexRow = (String, String, i64);

fn index_rows(scope: Scope, kind: Kind, doc: &Object) -> BTreeSet<IndexRow> {
    let mut rows = BTreeSet::new();
    if kind != Kind::User {
        return rows;
    }
    resource::each_value(doc, kind.resource_type(), &mut |path: &AttrPath, element, attribute, value| {
        let path = path.to_string();
        if scope.indexes(kind, &path)
            && let Some(key) = fold::key(attribute, value)
        {
            rows.insert((path, clip(key), i64::try_from(element).unwrap_or(i64::MAX)));
        }
    });
    rows
}

/// The longest key the index stores; longer values are found by their beginning and then compared whole.
pub(crate) const KEY_LENGTH: usize = 512;

/// Cut a key to what the index stores, at a character boundary.
pub(crate) fn clip(mut key: String) -> String {
    if key.len() > KEY_LENGTH {
        let end = (0..=KEY_LENGTH).rev().find(|at| key.is_char_boundary(*at)).unwrap_or(0);
        key.truncate(end);
    }
    key
}

/// Bring an owner's rows from those of `before` to those of `after`.
pub(crate) async fn update(
    tx: &mut Tx,
    scope: Scope,
    kind: Kind,
    owner: Uuid,
    before: Option<&Object>,
    after: Option<&Object>,
) -> Result<(), Error> {
    let old = before.map(|doc| index_rows(scope, kind, doc)).unwrap_or_default();
    let new = after.map(|doc| index_rows(scope, kind, doc)).unwrap_or_default();
    let (tenant, scope_id) = (tx.tenant().id(), scope.id(tx));
    for (path, value, element) in old.difference(&new) {
        tx.later(Sql::of(
            "DELETE FROM attribute_values WHERE tenant = $1 AND scope = $2 AND kind = $3 AND path = $4 AND value = $5
             AND owner = $6 AND element = $7",
            args![tenant, scope_id, kind.code(), path, value, owner, *element],
        ))
        .await?;
    }
    let added: Vec<_> = new.difference(&old).collect();
    for rows in added.chunks(BATCH) {
        let mut sql =
            Sql::new("INSERT INTO attribute_values (tenant, scope, kind, path, value, owner, element) VALUES ");
        sql.bind_rows(
            rows.iter()
                .map(|(path, value, element)| args![tenant, scope_id, kind.code(), path, value, owner, *element]),
        );
        tx.later(sql).await?;
    }
    Ok(())
}
