//! Where a new record belongs: to a user that is there, to one that is yet to be made, or to nobody can tell.

use scim::{Object, fold};
use serde::Serialize;
use uuid::Uuid;

use super::{get, lock, settle::name};
use crate::{
    Error, Tx,
    db::{Sql, args},
    join::is_active,
    schema::Definitions,
    source::{JoinRule, MayJoin, Source},
    values,
};

/// Where a new record belongs.
pub(crate) enum Target {
    /// To this user.
    User(Uuid),
    /// To nobody yet: make a user.
    New,
    /// Not active yet, and the source's people become users only then.
    Later,
    /// It can't be told: a case for a person, and why.
    Unjoined(Unjoined),
}

/// Why it can't be told whose a record is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unjoined {
    /// The `userName` is another user's, and the source's rule does not join by it.
    NameTaken,
    /// More than one user fits.
    Ambiguous,
    /// The user that fits has a record of the same source already.
    AlreadyJoined,
    /// The user that fits is a local person, out of the source's reach.
    Local,
}

impl Unjoined {
    /// The code in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Unjoined::NameTaken => "name_taken",
            Unjoined::Ambiguous => "ambiguous",
            Unjoined::AlreadyJoined => "already_joined",
            Unjoined::Local => "local",
        }
    }

    pub(crate) fn parse(text: &str) -> Unjoined {
        match text {
            "name_taken" => Unjoined::NameTaken,
            "already_joined" => Unjoined::AlreadyJoined,
            "local" => Unjoined::Local,
            _ => Unjoined::Ambiguous,
        }
    }

    /// In words, with the way out.
    pub fn reason(self) -> &'static str {
        match self {
            Unjoined::NameTaken => {
                "its userName belongs to another user, and the rule of this source does not join by it: it is looked at again when the name is free; or link it by hand, or change the userName in the source"
            }
            Unjoined::Ambiguous => "more than one user fits: link it by hand",
            Unjoined::AlreadyJoined => "the user it fits already has a record of this source: link it by hand",
            Unjoined::Local => {
                "the user it fits is a local person, whom a source can't touch: link it by hand, or let the source join local people"
            }
        }
    }
}

/// Find the user that a record of `source` without one belongs to, by the source's rules.
pub(crate) async fn target(
    tx: &mut Tx,
    source: &Source,
    definitions: &Definitions,
    document: &Object,
) -> Result<Target, Error> {
    if !source.settings.create_inactive && !is_active(document) {
        return Ok(Target::Later);
    }
    let tenant = tx.tenant().id();
    let found = candidates(tx, source, definitions, document).await?;
    let user = match (found.users.as_slice(), found.named) {
        ([], None) => return Ok(Target::New),
        ([], Some(named)) => return name_taken(tx, named, document).await,
        // Joined, it would have to take a name that is somebody else's.
        ([user], Some(named)) if *user != named => return name_taken(tx, named, document).await,
        ([user], _) => *user,
        _ => return Ok(Target::Unjoined(Unjoined::Ambiguous)),
    };
    lock(tx, user).await?;
    if get(tx, user).await?.is_none() {
        // Removed between the look and the lock.
        return Err(crate::DbError::Overtaken.into());
    }
    let records: Vec<(Uuid, String)> = tx
        .rows(
            "SELECT r.source, s.kind FROM records r JOIN sources s ON s.tenant = r.tenant AND s.id = r.source
             WHERE r.tenant = $1 AND r.subject = $2",
            args![tenant, user],
        )
        .await?;
    if records.iter().any(|(other, _)| *other == source.id) {
        return Ok(Target::Unjoined(Unjoined::AlreadyJoined));
    }
    let is_local = !records.is_empty() && records.iter().all(|(_, kind)| kind == "local");
    Ok(match source.settings.may_join {
        MayJoin::Sourced if is_local => Target::Unjoined(Unjoined::Local),
        _ => Target::User(user),
    })
}

/// The record has to wait for its name. Whoever has it keeps it until this one is there to wait, or is waited for until
/// it is free: neither misses the other.
async fn name_taken(tx: &mut Tx, holder: Uuid, document: &Object) -> Result<Target, Error> {
    if tx.locking() {
        let (tenant, key) = (tx.tenant().id(), fold::fold(name(document)));
        let sql = "SELECT id FROM users WHERE tenant = $1 AND id = $2 AND name_key = $3 FOR UPDATE";
        if tx.row::<(Uuid,)>(sql, args![tenant, holder, key]).await?.is_none() {
            return Err(crate::DbError::Overtaken.into());
        }
    }
    Ok(Target::Unjoined(Unjoined::NameTaken))
}

/// Who may be meant by a record.
pub(crate) struct Candidates {
    /// Those that fit the source's rules, two at most.
    pub users: Vec<Uuid>,
    /// Who has the record's `userName`.
    pub named: Option<Uuid>,
}

pub(crate) async fn candidates(
    tx: &mut Tx,
    source: &Source,
    definitions: &Definitions,
    document: &Object,
) -> Result<Candidates, Error> {
    let tenant = tx.tenant().id();
    let settings = &source.settings;
    let key = fold::fold(name(document));
    let named: Option<(Uuid,)> =
        tx.row("SELECT id FROM users WHERE tenant = $1 AND name_key = $2", args![tenant, key]).await?;
    let named = named.map(|(id,)| id);
    let mut users = match (settings.join, settings.join_attribute.as_deref()) {
        (JoinRule::UserName, _) => named.into_iter().collect(),
        (JoinRule::ExternalId, _) => having(tx, definitions, document, "externalId").await?,
        (JoinRule::Attribute, Some(attribute)) => having(tx, definitions, document, attribute).await?,
        (JoinRule::Attribute, None) | (JoinRule::Never, _) => Vec::new(),
    };
    if users.is_empty() && settings.join_by_email {
        users = having(tx, definitions, document, "emails.value").await?;
    }
    Ok(Candidates { users, named })
}

/// The users, two at most, with one of the document's values of an indexed attribute.
async fn having(tx: &mut Tx, definitions: &Definitions, document: &Object, path: &str) -> Result<Vec<Uuid>, Error> {
    let values = values::keys(definitions, document, path);
    if values.is_empty() {
        return Ok(Vec::new());
    }
    let tenant = tx.tenant().id();
    let mut sql = Sql::new("SELECT DISTINCT owner FROM attribute_values WHERE tenant = ");
    sql.bind(tenant).push(" AND scope = ").bind(tenant);
    sql.push(" AND kind = 0 AND path = ").bind(path).push(" AND value IN (").bind_all(values).push(") LIMIT 2");
    Ok(tx.rows_of::<(Uuid,)>(sql).await?.into_iter().map(|(id,)| id).collect())
}
