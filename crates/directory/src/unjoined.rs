//! Records of people that belong to no user yet, because it can't be told to which: cases for a person. One that only
//! waits for a name is looked at again as soon as the name is free.

use scim::Object;
use serde_json::{Value, json};
use std::collections::HashMap;
use uuid::Uuid;

use crate::{
    Directory, Error, Kind, Millis, Tenant, Tx,
    audit::{self, Actor, Entry},
    db::{args, transaction},
    error::stored,
    record::{self, Record},
    schema::Definitions,
    source::{self, Source},
    user::{self, Occasion, Target, Unjoined, User},
    work,
};

/// A record without a user, and why.
#[derive(Clone, Debug)]
pub struct Case {
    /// The record's id.
    pub record: Uuid,
    /// What it says.
    pub doc: Object,
    /// Why it has no user.
    pub why: Unjoined,
    /// Users that it may mean: id and user name.
    pub candidates: Vec<(Uuid, String)>,
    /// When it was made.
    pub created_at: Millis,
    /// When it last changed.
    pub modified_at: Millis,
}

/// A page of a source's cases in the order of ids.
pub async fn list(
    tx: &mut Tx,
    source: &Source,
    definitions: &Definitions,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Case>, Error> {
    let tenant = tx.tenant().id();
    let rows: Vec<(Uuid, String, String, Millis, Millis)> = tx
        .rows(
            "SELECT id, unjoined, doc, created_at, modified_at FROM records
             WHERE tenant = $1 AND source = $2 AND unjoined IS NOT NULL AND id > $3 ORDER BY id LIMIT $4",
            args![tenant, source.id, after.unwrap_or_default(), limit],
        )
        .await?;
    let mut cases = Vec::with_capacity(rows.len());
    let mut meant = Vec::new();
    for (record, why, doc, created_at, modified_at) in rows {
        let doc: Object = stored("records", record, &doc)?;
        let found = user::candidates(tx, source, definitions, &doc).await?;
        let ids: Vec<Uuid> = found.users.iter().chain(found.named.iter()).copied().collect();
        meant.push(ids);
        cases.push(Case { record, doc, why: Unjoined::parse(&why), candidates: Vec::new(), created_at, modified_at });
    }
    let all: Vec<Uuid> = meant.iter().flatten().copied().collect();
    let names: HashMap<Uuid, String> =
        user::get_all(tx, &all).await?.into_iter().map(|user| (user.id, user.user_name)).collect();
    for (case, mut ids) in cases.iter_mut().zip(meant) {
        ids.sort_unstable();
        ids.dedup();
        case.candidates = ids.into_iter().filter_map(|id| Some((id, names.get(&id)?.clone()))).collect();
    }
    Ok(cases)
}

/// How many cases each source has, each counted to 10,000 at most: source and number. Sources without any are left out.
pub async fn counts(tx: &mut Tx) -> Result<Vec<(Uuid, i64)>, Error> {
    let tenant = tx.tenant().id();
    Ok(tx
        .rows(
            "SELECT source, COUNT(*) FROM (SELECT source FROM records WHERE tenant = $1 AND unjoined IS NOT NULL LIMIT 10000) AS cases
             GROUP BY source ORDER BY 2 DESC, source",
            args![tenant],
        )
        .await?)
}

/// Nobody has a user name any more: who waits for it is looked at again, the longest waiting first. A source has one
/// record of a name at most, so they are no more than the sources.
pub(crate) async fn name_freed(tx: &mut Tx, key: &str, on: &Occasion<'_>) -> Result<(), Error> {
    let tenant = tx.tenant().id();
    let waiting: Vec<(Uuid, Uuid)> = tx
        .rows(
            "SELECT id, source FROM records WHERE tenant = $1 AND name_key = $2 AND unjoined = 'name_taken' ORDER BY id",
            args![tenant, key],
        )
        .await?;
    for (id, source) in waiting {
        // The one before may have taken the name, and be whom this one fits.
        let source = source::find(tx, &source.to_string()).await?;
        if source.must_live().is_ok() {
            let actor = on.actor.for_source(source.id);
            look_again(tx, &source, id, &Occasion { actor: &actor, cause: on.clock.id(), ..*on }).await?;
        }
    }
    Ok(())
}

/// Look again at a record of a source, if it still waits for its name.
pub(crate) async fn look_again(tx: &mut Tx, source: &Source, id: Uuid, on: &Occasion<'_>) -> Result<(), Error> {
    let Some(record) = record::get(tx, source.id, Kind::User, id).await? else { return Ok(()) };
    let tenant = tx.tenant().id();
    let waits: Option<(Uuid,)> = tx
        .row("SELECT id FROM records WHERE tenant = $1 AND id = $2 AND unjoined = 'name_taken'", args![tenant, id])
        .await?;
    if waits.is_none() {
        return Ok(());
    }
    match place(tx, source, &record, on).await? {
        // As it was: nothing to tell.
        Placed::Nowhere(Some(Unjoined::NameTaken)) | Placed::At(_) => Ok(()),
        Placed::Nowhere(unjoined) => tell(tx, "update", &record, unjoined, on).await,
    }
}

/// Where a record that had no user has been put.
pub(crate) enum Placed {
    /// It has this user now.
    At(Uuid),
    /// It still has none, and why; no reason when its source's people become users only when they are active.
    Nowhere(Option<Unjoined>),
}

/// Put a record without a user where its source's rules say now: to a user that is there, to a new one, or to nobody
/// yet, which is stored with the reason.
pub(crate) async fn place(tx: &mut Tx, source: &Source, record: &Record, on: &Occasion<'_>) -> Result<Placed, Error> {
    let unjoined = match user::target(tx, source, on.definitions, &record.doc).await? {
        Target::User(user) => {
            seat(tx, source, record, user, false, on).await?;
            return Ok(Placed::At(user));
        }
        Target::New => {
            let user = on.clock.id();
            seat(tx, source, record, user, true, on).await?;
            return Ok(Placed::At(user));
        }
        Target::Later => None,
        Target::Unjoined(reason) => Some(reason),
    };
    let tenant = tx.tenant().id();
    tx.execute(
        "UPDATE records SET unjoined = $1 WHERE tenant = $2 AND id = $3",
        args![unjoined.map(Unjoined::as_str), tenant, record.id],
    )
    .await?;
    Ok(Placed::Nowhere(unjoined))
}

/// Tell of a change of a record that has no user, and why it has none.
pub(crate) async fn tell(
    tx: &mut Tx,
    action: &'static str,
    record: &Record,
    unjoined: Option<Unjoined>,
    on: &Occasion<'_>,
) -> Result<(), Error> {
    let object_name = record.doc.get("userName").and_then(Value::as_str).unwrap_or_default();
    let detail = unjoined.map(|reason| json!({"unjoined": reason}));
    let (id, at, object) = (on.cause, on.now, record.id);
    let entry = Entry { id, at, action, object_kind: "record", object, object_name, detail };
    match unjoined {
        Some(reason) => audit::skip(tx, on.actor, entry, reason.reason()).await,
        None if action == "create" => {
            audit::skip(tx, on.actor, entry, "not active: the source's people become users when active").await
        }
        None => audit::record(tx, on.actor, entry).await,
    }
}

/// Give a record its user: one that is there, or (`is_new`) one that is made for it.
pub(crate) async fn seat(
    tx: &mut Tx,
    source: &Source,
    record: &Record,
    user: Uuid,
    is_new: bool,
    on: &Occasion<'_>,
) -> Result<(), Error> {
    let tenant = tx.tenant().id();
    let Occasion { actor, clock, cause, now, .. } = *on;
    let seated = tx
        .execute(
            "UPDATE records SET subject = $1, unjoined = NULL WHERE tenant = $2 AND id = $3 AND subject IS NULL",
            args![user, tenant, record.id],
        )
        .await?;
    if seated == 0 {
        return Err(crate::DbError::Overtaken.into());
    }
    if is_new {
        user::appear(tx, user, &record.doc, &source.settings, on).await?;
    } else {
        tell_joined(tx, actor, user, record, clock.id(), now).await?;
        user::settle(tx, user, on).await?;
    }
    // The groups that hold the record hold the user from now on.
    tx.execute(
        "INSERT INTO group_members (tenant, group_id, member_id, member_kind)
         SELECT m.tenant, g.subject, $1, 0 FROM record_members m JOIN records g ON g.tenant = m.tenant AND g.id = m.group_id
         WHERE m.tenant = $2 AND m.member_id = $3 AND g.subject IS NOT NULL
         ON CONFLICT (tenant, group_id, member_id) DO NOTHING",
        args![user, tenant, record.id],
    )
    .await?;
    // And whoever reports to the record reports to the user.
    let reports: Vec<(Uuid,)> = tx
        .rows(
            "SELECT DISTINCT r.subject FROM attribute_values v JOIN records r ON r.tenant = v.tenant AND r.id = v.owner
             WHERE v.tenant = $1 AND v.scope = $2 AND v.kind = 0 AND v.path = $3 AND v.value = $4 AND r.subject IS NOT NULL
             ORDER BY r.subject",
            args![tenant, source.id, format!("{}:manager.value", scim::ENTERPRISE_URN), record.id.to_string()],
        )
        .await?;
    for (report,) in reports {
        user::settle(tx, report, &Occasion { cause: clock.id(), ..*on }).await?;
    }
    work::mark_dirty(tx, Kind::User, [user], false, Some(cause), now).await
}

/// Record that a user has one more record.
pub(crate) async fn tell_joined(
    tx: &mut Tx,
    actor: &Actor,
    user: Uuid,
    record: &Record,
    id: Uuid,
    now: Millis,
) -> Result<(), Error> {
    let detail = Some(json!({"record": record.id}));
    let object_name = record.doc.get("userName").and_then(Value::as_str).unwrap_or_default();
    let entry = Entry { id, at: now, action: "join", object_kind: "user", object: user, object_name, detail };
    audit::record(tx, actor, entry).await
}

impl Directory {
    /// Decide by hand whose a record is: `user`, or, when none is given, a new user's.
    ///
    /// # Errors
    /// `NotFound` unless the record is one of the source's without a user, `Invalid` when the user has a record of
    /// the source already, `Taken` when a new user's name is another's.
    pub async fn decide_record(
        &self,
        tenant: Tenant,
        actor: &Actor,
        source: Uuid,
        record: Uuid,
        user: Option<Uuid>,
    ) -> Result<User, Error> {
        let decided = transaction!(self.db, tenant, tx => {
            let (now, cause, fresh) = (self.clock.now(), self.clock.id(), self.clock.id());
            let source = source::writing(tx, source).await?;
            let definitions = self.definitions_by(tx).await?;
            let found = record::get(tx, source.id, Kind::User, record).await?;
            let found = found.filter(|record| record.subject.is_none());
            let record = found.ok_or_else(|| Error::not_found("record without a user", record))?;
            let actor = actor.for_source(source.id);
            let id = match user {
                Some(id) => {
                    let user = user::get(tx, id).await?.ok_or_else(|| Error::not_found("user", id))?;
                    let sources = record::of_subject(tx, Kind::User, id).await?;
                    if sources.iter().any(|(other, _)| *other == source.id) {
                        return Err(Error::invalid(format!("{} has a record of {} already: a person has one in each source", user.user_name, source.name)));
                    }
                    id
                }
                None => {
                    let name = record.doc.get("userName").and_then(Value::as_str).unwrap_or_default();
                    if user::candidates(tx, &source, &definitions, &record.doc).await?.named.is_some() {
                        return Err(Error::Taken { what: "userName", name: name.to_owned() });
                    }
                    fresh
                }
            };
            let on = Occasion { actor: &actor, clock: &self.clock, definitions: &definitions, cause, now };
            seat(tx, &source, &record, id, user.is_none(), &on).await?;
            user::get(tx, id).await?.ok_or_else(|| Error::not_found("user", id))
        });
        self.bell.notify_one();
        decided
    }
}
