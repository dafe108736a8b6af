//! Records of people that belong to no user yet, because it can't be told to which: cases for a person.

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
    user::{self, Occasion, Unjoined, User},
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
