//! The value index: one row per value of an indexed attribute, so that a filter is a range and not a scan.
//!
//! Old and new rows are computed from the old and the new document, so an update touches only what differs and
//! the table needs no second index to find an owner's rows by.

use scim::{AttrPath, Object, ResourceType, fold, resource};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use uuid::Uuid;

use crate::{
    Error, Kind, Tx,
    db::{BATCH, Sql, args},
    schema::{Definitions, RecordType},
};

/// Attributes of a user's record that have rows in the index; the columns of `records` serve the rest of what clients ask.
pub(crate) const RECORD_USER: &[&str] = &[
    "emails.value",
    "emails.type",
    "displayName",
    "name.familyName",
    "name.givenName",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
];

/// The attribute of the standard, beside `userName` and `externalId`, by whose value a record may join a user. Those that
/// administrators define as unique come to it.
pub(crate) const JOINABLE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber";

/// Attributes of the directory's user that have rows in the index, beside those that are defined as unique: for
/// joining, for search, for the conditions of lists, and to find who reports to a manager.
const USER: &[&str] = &[
    "externalId",
    JOINABLE,
    "title",
    "userType",
    "name.givenName",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:division",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:organization",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costCenter",
    "emails.value",
    "displayName",
    "name.familyName",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
];

/// Which set of indexed attributes, and under which scope its rows lie.
#[derive(Clone, Copy)]
pub(crate) enum Scope<'a> {
    /// Records of one source and one type.
    Source(Uuid, &'a RecordType),
    /// The directory's own users, by the tenant's definitions.
    Directory(&'a Definitions),
}

impl Scope<'_> {
    fn id(self, tx: &Tx) -> Uuid {
        match self {
            Scope::Source(id, _) => id,
            Scope::Directory(_) => tx.tenant().id(),
        }
    }

    fn rt(&self) -> &ResourceType {
        match self {
            Scope::Source(_, of) => &of.rt,
            Scope::Directory(definitions) => &definitions.profile.0,
        }
    }

    fn indexes(&self, path: &str) -> bool {
        match self {
            Scope::Source(_, of) => of.indexes(path),
            Scope::Directory(definitions) => USER.contains(&path) || definitions.of(Kind::User).is_unique(path),
        }
    }
}

/// Path, value, number of the element.
type IndexRow = (String, String, i64);

fn index_rows(scope: Scope, doc: &Object) -> BTreeSet<IndexRow> {
    let mut rows = BTreeSet::new();
    resource::each_value(doc, scope.rt(), &mut |path: &AttrPath, element, attribute, value| {
        let path = path.to_string();
        if scope.indexes(&path)
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
    scope: Scope<'_>,
    kind: Kind,
    owner: Uuid,
    before: Option<&Object>,
    after: Option<&Object>,
) -> Result<(), Error> {
    let old = before.map(|doc| index_rows(scope, doc)).unwrap_or_default();
    let new = after.map(|doc| index_rows(scope, doc)).unwrap_or_default();
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

/// Path and key of a value that may be there only once.
type UniqueRow = (String, String);

fn unique_rows(of: &RecordType, doc: &Object) -> BTreeSet<UniqueRow> {
    let mut rows = BTreeSet::new();
    resource::each_value(doc, &of.rt, &mut |path: &AttrPath, _, attribute, value| {
        let path = path.to_string();
        if of.is_unique(&path)
            && let Some(key) = fold::key(attribute, value)
        {
            rows.insert((path, whole(key)));
        }
    });
    rows
}

/// A key that stands for the whole value, however long.
fn whole(key: String) -> String {
    if key.len() <= KEY_LENGTH {
        return key;
    }
    let digest = Sha256::digest(&key);
    // 65 characters after a control character: no short key looks like this by chance.
    digest.iter().fold("\u{1}".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

/// Take and give back the values that may be there only once in a source. The database decides, by its primary key:
/// of two that come at the same time, one is refused.
///
/// # Errors
/// `uniqueness`, naming the attribute.
pub(crate) async fn claim(
    tx: &mut Tx,
    source: Uuid,
    of: &RecordType,
    owner: Uuid,
    before: Option<&Object>,
    after: Option<&Object>,
) -> Result<(), Error> {
    if !of.has_unique() {
        return Ok(());
    }
    let old = before.map(|doc| unique_rows(of, doc)).unwrap_or_default();
    let new = after.map(|doc| unique_rows(of, doc)).unwrap_or_default();
    let (tenant, kind) = (tx.tenant().id(), of.kind.code());
    for (path, value) in old.difference(&new) {
        tx.later(Sql::of(
            "DELETE FROM unique_values WHERE tenant = $1 AND scope = $2 AND kind = $3 AND path = $4 AND value = $5",
            args![tenant, source, kind, path, value],
        ))
        .await?;
    }
    let wanted: Vec<_> = new.difference(&old).collect();
    for rows in wanted.chunks(BATCH) {
        let mut sql = Sql::new("INSERT INTO unique_values (tenant, scope, kind, path, value, owner) VALUES ");
        sql.bind_rows(rows.iter().map(|(path, value)| args![tenant, source, kind, path, value, owner]));
        sql.push(" ON CONFLICT (tenant, scope, kind, path, value) DO NOTHING RETURNING path, value");
        let taken: BTreeSet<(String, String)> = tx.rows_of(sql).await?.into_iter().collect();
        if let Some((path, _)) = rows.iter().find(|row| !taken.contains(row)) {
            return Err(scim::Error::uniqueness(format!("another resource has this value of {path}")).into());
        }
    }
    Ok(())
}

/// Which of a document's values, of those that may be there only once in a source, another resource has: their paths.
pub(crate) async fn claimed(
    tx: &mut Tx,
    source: Uuid,
    of: &RecordType,
    doc: &Object,
) -> Result<BTreeSet<String>, Error> {
    let (tenant, kind) = (tx.tenant().id(), of.kind.code());
    let rows: Vec<_> = unique_rows(of, doc).into_iter().collect();
    let mut claimed = BTreeSet::new();
    for rows in rows.chunks(BATCH) {
        let mut sql = Sql::new("SELECT path FROM unique_values WHERE (tenant, scope, kind, path, value) IN ");
        sql.bind_keys(rows.iter().map(|(path, value)| {
            vec![tenant.into(), source.into(), kind.into(), path.as_str().into(), value.as_str().into()]
        }));
        claimed.extend(tx.rows_of::<(String,)>(sql).await?.into_iter().map(|(path,)| path));
    }
    Ok(claimed)
}

/// The index keys of a user document's values at one indexed path.
pub(crate) fn keys(definitions: &Definitions, document: &Object, path: &str) -> Vec<String> {
    let rows = index_rows(Scope::Directory(definitions), document);
    rows.into_iter().filter(|(known, ..)| known == path).map(|(_, value, _)| value).collect()
}

/// Put the rows of an owner that are not there yet into the index.
pub(crate) async fn fill(tx: &mut Tx, scope: Scope<'_>, kind: Kind, owner: Uuid, doc: &Object) -> Result<(), Error> {
    let (tenant, scope_id) = (tx.tenant().id(), scope.id(tx));
    let rows: Vec<_> = index_rows(scope, doc).into_iter().collect();
    for rows in rows.chunks(BATCH) {
        let mut sql =
            Sql::new("INSERT INTO attribute_values (tenant, scope, kind, path, value, owner, element) VALUES ");
        sql.bind_rows(
            rows.iter()
                .map(|(path, value, element)| args![tenant, scope_id, kind.code(), path, value, owner, *element]),
        );
        sql.push(" ON CONFLICT (tenant, scope, kind, path, value, owner, element) DO NOTHING");
        tx.execute_sql(sql).await?;
    }
    Ok(())
}
