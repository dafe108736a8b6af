//! Removing a source: who would be concerned, and then, in the background, what was decided about its people.

use scim::{AttrPath, ENTERPRISE_URN, Object, fold};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{OnDelete, Source, SourceKind, SourceSettings, find, local};
use crate::{
    Clock, Directory, Error, Kind, Millis, Tenant, Tx,
    audit::{self, Actor, Entry},
    chore::{self, Chore, Did, Piece},
    db::{Sql, args, transaction},
    error::to_text,
    group,
    record::{self, Record},
    schema::{Definitions, RecordType},
    user::{self, Occasion},
    values, work,
};

/// What becomes of a source's people, and of its groups.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum People {
    /// They become local people, and its groups manual groups: nobody loses anything.
    Keep,
    /// They are kept and deactivated at once; its groups go.
    Deactivate,
    /// They go with it, as do its groups.
    Delete,
}

impl People {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            People::Keep => "keep",
            People::Deactivate => "deactivate",
            People::Delete => "delete",
        }
    }

    pub(crate) fn parse(text: &str) -> People {
        match text {
            "deactivate" => People::Deactivate,
            "delete" => People::Delete,
            _ => People::Keep,
        }
    }
}

/// Who and what is concerned when a source goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    /// People whom no other source has.
    pub only_here: i64,
    /// People whom another source has too: they stay in any case.
    pub also_elsewhere: i64,
    /// People on hold among them: they are never deactivated or deleted.
    pub on_hold: i64,
    /// Records that belong to no user yet.
    pub unjoined: i64,
    /// Its groups.
    pub groups: i64,
    /// Its groups that an assignment, a push or another group names.
    pub groups_in_use: i64,
    /// Its groups that are pushed, the first 100: group, its name, application, its name.
    pub pushed: Vec<(Uuid, String, Uuid, String)>,
}

/// Count who and what is concerned when a source goes.
pub async fn removal(tx: &mut Tx, source: Uuid) -> Result<Removal, Error> {
    let people =
        count(tx, "SELECT COUNT(*) FROM records WHERE tenant = $1 AND source = $2 AND kind = 0", source).await?;
    let unjoined = count(
        tx,
        "SELECT COUNT(*) FROM records WHERE tenant = $1 AND source = $2 AND kind = 0 AND subject IS NULL",
        source,
    )
    .await?;
    let also_elsewhere = count(
        tx,
        "SELECT COUNT(*) FROM records r WHERE r.tenant = $1 AND r.source = $2 AND r.kind = 0 AND EXISTS
           (SELECT 1 FROM records o WHERE o.tenant = r.tenant AND o.subject = r.subject AND o.source <> r.source)",
        source,
    )
    .await?;
    let on_hold = count(
        tx,
        "SELECT COUNT(*) FROM records r JOIN users u ON u.tenant = r.tenant AND u.id = r.subject
         WHERE r.tenant = $1 AND r.source = $2 AND r.kind = 0 AND u.on_hold = TRUE",
        source,
    )
    .await?;
    let groups =
        count(tx, "SELECT COUNT(*) FROM records WHERE tenant = $1 AND source = $2 AND kind = 1", source).await?;
    let groups_in_use = count(
        tx,
        "SELECT COUNT(*) FROM records r WHERE r.tenant = $1 AND r.source = $2 AND r.kind = 1 AND (
           EXISTS (SELECT 1 FROM assignments a WHERE a.tenant = r.tenant AND a.subject = r.subject)
           OR EXISTS (SELECT 1 FROM pushed_groups p WHERE p.tenant = r.tenant AND p.group_id = r.subject)
           OR EXISTS (SELECT 1 FROM group_members m WHERE m.tenant = r.tenant AND m.member_id = r.subject))",
        source,
    )
    .await?;
    let tenant = tx.tenant().id();
    let pushed = tx
        .rows(
            "SELECT g.id, g.display_name, a.id, a.name FROM records r
             JOIN pushed_groups p ON p.tenant = r.tenant AND p.group_id = r.subject
             JOIN groups g ON g.tenant = r.tenant AND g.id = r.subject
             JOIN applications a ON a.tenant = p.tenant AND a.id = p.application
             WHERE r.tenant = $1 AND r.source = $2 AND r.kind = 1 ORDER BY g.id, a.id LIMIT 100",
            args![tenant, source],
        )
        .await?;
    let only_here = people - unjoined - also_elsewhere;
    Ok(Removal { only_here, also_elsewhere, on_hold, unjoined, groups, groups_in_use, pushed })
}

async fn count(tx: &mut Tx, sql: &'static str, source: Uuid) -> Result<i64, Error> {
    let tenant = tx.tenant().id();
    let row: Option<(i64,)> = tx.row(sql, args![tenant, source]).await?;
    Ok(row.map_or(0, |(count,)| count))
}

impl Directory {
    /// Remove a source: from this moment nobody can speak for it. Its people and groups follow in the background.
    ///
    /// # Errors
    /// `Invalid` unless `confirm` is its name, and for the local source.
    pub async fn remove_source(
        &self,
        tenant: Tenant,
        actor: &Actor,
        id: Uuid,
        confirm: &str,
        people: People,
    ) -> Result<Source, Error> {
        let removed = transaction!(self.db, tenant, tx => {
            let now = self.clock.now();
            let source = find(tx, &id.to_string()).await?;
            source.must_live()?;
            if source.kind == SourceKind::Local {
                return Err(Error::invalid("the local source belongs to the directory and stays"));
            }
            if confirm != source.name {
                return Err(Error::invalid(format!("confirm: it must be the name of the source, {:?}", source.name)));
            }
            for sql in [
                "UPDATE sources SET state = 'deleting', version = version + 1, modified_at = $1 WHERE tenant = $2 AND id = $3",
                "UPDATE source_tokens SET revoked_at = $1 WHERE tenant = $2 AND source = $3 AND revoked_at IS NULL",
            ] {
                tx.execute(sql, args![now, tenant.id(), id]).await?;
            }
            tx.execute("DELETE FROM access_tokens WHERE tenant = $1 AND source = $2", args![tenant.id(), id]).await?;
            tx.execute("DELETE FROM chores WHERE tenant = $1 AND kind = 'rejoin' AND source = $2", args![tenant.id(), id]).await?;
            chore::begin(tx, Chore::Remove, id, Some(people), actor, now).await?;
            let detail = Some(json!({"people": people}));
            let entry = Entry { id: self.clock.id(), at: now, action: "remove", object_kind: "source", object: id, object_name: &source.name, detail };
            audit::record(tx, actor, entry).await?;
            find(tx, &id.to_string()).await
        });
        self.bell.notify_one();
        removed
    }
}

/// One piece of a removal: people first, then groups, then the source itself.
pub(crate) async fn remove_piece(tx: &mut Tx, piece: &Piece, limit: i64, directory: &Directory) -> Result<Did, Error> {
    let clock = &directory.clock;
    let definitions = directory.definitions_by(tx).await?;
    let source = find(tx, &piece.source.to_string()).await?;
    let actor = piece.actor.for_source(source.id);
    let people = chore::next_person(tx, piece, limit).await?;
    if let Some((last, ..)) = people.last() {
        let local = local(tx).await?;
        for (id, ..) in &people {
            if let Some(record) = record::get(tx, source.id, Kind::User, *id).await? {
                let (source, local, definitions, actor) = (&source, &local, &*definitions, &actor);
                let person = Person { source, local, definitions, record, actor, clock };
                person.leave(tx, piece.people).await?;
            }
        }
        return Ok(Did { objects: people.len(), position: *last, finished: false });
    }
    let tenant = tx.tenant().id();
    // Groups, and what an administrator has defined.
    let next: Option<(Uuid, i64)> = tx
        .row(
            "SELECT id, kind FROM records WHERE tenant = $1 AND source = $2 AND kind > 0 LIMIT 1",
            args![tenant, source.id],
        )
        .await?;
    if let Some((id, kind)) = next {
        let of = definitions.of(Kind::from_code(kind));
        let gone = remove_other(tx, &source, of, id, piece.people, &actor, clock).await?;
        return Ok(Did { objects: usize::from(gone), position: piece.position, finished: false });
    }
    finish(tx, piece, &source, &actor, clock).await
}

/// A person of a source that goes.
struct Person<'a> {
    source: &'a Source,
    local: &'a Source,
    definitions: &'a Definitions,
    record: Record,
    actor: &'a Actor,
    clock: &'a Clock,
}

impl Person<'_> {
    fn on(&self, cause: Uuid, now: Millis) -> Occasion<'_> {
        Occasion { actor: self.actor, clock: self.clock, definitions: self.definitions, cause, now }
    }

    fn of(&self) -> &RecordType {
        self.definitions.of(Kind::User)
    }

    async fn leave(&self, tx: &mut Tx, people: People) -> Result<(), Error> {
        let (now, cause, tenant) = (self.clock.now(), self.clock.id(), tx.tenant().id());
        let Some(user) = self.record.subject else {
            return record::clear(tx, self.source.id, self.of(), &self.record, now).await;
        };
        let sources = record::of_subject(tx, Kind::User, user).await?;
        let is_last = sources.iter().all(|(source, _)| *source == self.source.id);
        if people == People::Keep {
            if is_last && let Some(left_out) = self.become_local(tx, user).await? {
                user::settle(tx, user, &self.on(self.clock.id(), now)).await?;
                return self.tell(tx, "keep", user, &left_out).await;
            }
            // The groups stay, and so does everybody in them.
            tx.execute(
                "DELETE FROM record_members WHERE tenant = $1 AND member_id = $2",
                args![tenant, self.record.id],
            )
            .await?;
        }
        record::clear(tx, self.source.id, self.of(), &self.record, now).await?;
        let on_delete = match people {
            People::Keep => OnDelete::Ignore,
            People::Deactivate => OnDelete::Deactivate,
            People::Delete => OnDelete::Delete,
        };
        let last = SourceSettings { on_delete, ..SourceSettings::default() };
        if user::settle_last(tx, user, &last, &self.on(cause, now)).await?.is_some() {
            self.tell(tx, "leave", user, &[]).await?;
        }
        work::mark_dirty(tx, Kind::User, [user], false, Some(cause), now).await
    }

    /// Make the record one of the local source, without what another local one has already: an `externalId` was the
    /// source's own word for somebody, and what is unique in a source need not be so among several. What was left out;
    /// none: even the name that the user has is another local record's.
    async fn become_local(&self, tx: &mut Tx, user: Uuid) -> Result<Option<Vec<String>>, Error> {
        let (tenant, now) = (tx.tenant().id(), self.clock.now());
        let mut doc = self.source.settings.counted(&self.record.doc).into_owned();
        // The manager's record may be gone by the time it is asked for.
        let (user_name, profile) = match user::get(tx, user).await? {
            Some(user) => (user.user_name, user.doc),
            None => return Ok(None),
        };
        if let Some(manager) = profile.get(ENTERPRISE_URN).and_then(|enterprise| enterprise.get("manager")).cloned()
            && let Some(serde_json::Value::Object(enterprise)) = doc.get_mut(ENTERPRISE_URN)
        {
            enterprise.insert("manager".into(), manager);
        }
        let Some(key) = self.free_name(tx, &mut doc, &user_name).await? else { return Ok(None) };
        let mut left_out = Vec::new();
        let external_id = text(&doc, "externalId");
        if self.is_local(tx, "external_id", external_id.as_deref()).await? {
            left_out.push("externalId".to_owned());
        }
        left_out.extend(values::claimed(tx, self.local.id, self.of(), &doc).await?);
        left_out.iter().for_each(|path| leave_out(&mut doc, path));
        let external_id = text(&doc, "externalId");
        tx.execute(
            "UPDATE records SET source = $1, doc = $2, name_key = $3, external_id = $4, version = version + 1, modified_at = $5
             WHERE tenant = $6 AND id = $7",
            args![self.local.id, to_text(&doc), key, external_id, now, tenant, self.record.id],
        )
        .await?;
        let (id, of) = (self.record.id, self.of());
        record::index(tx, self.source.id, of, id, Some(&self.record.doc), None).await?;
        record::index(tx, self.local.id, of, id, None, Some(&doc)).await?;
        record::count(tx, self.source.id, Kind::User, self.record.id, -1).await?;
        record::count(tx, self.local.id, Kind::User, self.record.id, 1).await?;
        Ok(Some(left_out))
    }

    /// The name of the record, or the user's where another local record has that: nobody else has that one.
    async fn free_name(&self, tx: &mut Tx, doc: &mut Object, user_name: &str) -> Result<Option<String>, Error> {
        for name in [text(doc, "userName").unwrap_or_default(), user_name.to_owned()] {
            let key = fold::fold(&name);
            if !self.is_local(tx, "name_key", Some(&key)).await? {
                doc.insert("userName".into(), name.into());
                return Ok(Some(key));
            }
        }
        Ok(None)
    }

    /// Whether a local person has this value in a column.
    async fn is_local(&self, tx: &mut Tx, column: &'static str, value: Option<&str>) -> Result<bool, Error> {
        let Some(value) = value else { return Ok(false) };
        let mut sql = Sql::new("SELECT id FROM records WHERE tenant = ");
        sql.bind(tx.tenant().id()).push(" AND source = ").bind(self.local.id).push(" AND kind = 0 AND ").push(column);
        sql.push(" = ").bind(value).push(" LIMIT 1");
        Ok(!tx.rows_of::<(Uuid,)>(sql).await?.is_empty())
    }

    async fn tell(&self, tx: &mut Tx, action: &'static str, user: Uuid, left_out: &[String]) -> Result<(), Error> {
        let name = self.record.doc.get("userName").and_then(|value| value.as_str()).unwrap_or_default();
        let mut detail = json!({"record": self.record.id, "removed": self.source.name});
        if !left_out.is_empty() {
            detail["leftOut"] = json!(left_out);
        }
        let detail = Some(detail);
        let (id, at) = (self.clock.id(), self.clock.now());
        let entry = Entry { id, at, action, object_kind: "user", object: user, object_name: name, detail };
        audit::record(tx, self.actor, entry).await
    }
}

/// Take an attribute out of a document, whole.
fn leave_out(doc: &mut Object, path: &str) {
    let Ok(AttrPath { schema, attr, .. }) = path.parse() else { return };
    let Some(urn) = schema else {
        doc.shift_remove(&attr);
        return;
    };
    if let Some(serde_json::Value::Object(extension)) = doc.get_mut(&urn) {
        extension.shift_remove(&attr);
        if extension.is_empty() {
            doc.shift_remove(&urn);
        }
    }
}

fn text(doc: &Object, name: &str) -> Option<String> {
    doc.get(name).and_then(|value| value.as_str()).map(str::to_owned)
}

/// So many members of a group are taken out in one transaction.
const MEMBERS: i64 = 2_000;

/// One piece of the end of a group, or of a resource of another type. `true`: it is over.
async fn remove_other(
    tx: &mut Tx,
    source: &Source,
    of: &RecordType,
    id: Uuid,
    people: People,
    actor: &Actor,
    clock: &Clock,
) -> Result<bool, Error> {
    let (tenant, now, cause) = (tx.tenant().id(), clock.now(), clock.id());
    let taken = tx
        .execute(
            "DELETE FROM record_members WHERE tenant = $1 AND group_id = $2 AND member_id IN
               (SELECT member_id FROM record_members WHERE tenant = $1 AND group_id = $2 LIMIT $3)",
            args![tenant, id, MEMBERS],
        )
        .await?;
    if taken > 0 {
        return Ok(false);
    }
    let Some(record) = record::get(tx, source.id, of.kind, id).await? else { return Ok(true) };
    record::clear(tx, source.id, of, &record, now).await?;
    let Some(group) = (match record.subject {
        Some(group) => group::get(tx, group).await?,
        None => None,
    }) else {
        return Ok(true);
    };
    match people {
        People::Keep => group::become_manual(tx, &group, actor, cause, now).await?,
        People::Deactivate | People::Delete => group::remove(tx, &group, actor, cause, now).await?,
    }
    Ok(true)
}

/// Nothing of the source is left: it goes itself.
async fn finish(tx: &mut Tx, piece: &Piece, source: &Source, actor: &Actor, clock: &Clock) -> Result<Did, Error> {
    let tenant = tx.tenant().id();
    if tx.locking() {
        // Whoever was let in before the removal, and still writes, is waited for.
        tx.row::<(Uuid,)>("SELECT id FROM sources WHERE tenant = $1 AND id = $2 FOR UPDATE", args![tenant, source.id])
            .await?;
    }
    let left: Option<(Uuid,)> =
        tx.row("SELECT id FROM records WHERE tenant = $1 AND source = $2 LIMIT 1", args![tenant, source.id]).await?;
    if left.is_some() {
        return Ok(Did { objects: 0, position: Uuid::nil(), finished: false });
    }
    for sql in [
        "DELETE FROM source_tokens WHERE tenant = $1 AND source = $2",
        "DELETE FROM access_tokens WHERE tenant = $1 AND source = $2",
        "DELETE FROM source_refusals WHERE tenant = $1 AND source = $2",
        "DELETE FROM member_names WHERE tenant = $1 AND source = $2 AND member IS NULL",
        "DELETE FROM member_names WHERE tenant = $1 AND source = $2 AND member IS NOT NULL",
        "DELETE FROM record_counts WHERE tenant = $1 AND source = $2",
        "DELETE FROM request_bodies WHERE tenant = $1 AND source = $2",
        "DELETE FROM sources WHERE tenant = $1 AND id = $2",
    ] {
        tx.execute(sql, args![tenant, source.id]).await?;
    }
    let (id, at, detail) = (clock.id(), clock.now(), Some(json!({"people": piece.people})));
    let (object, object_name) = (source.id, source.name.as_str());
    let entry = Entry { id, at, action: "delete", object_kind: "source", object, object_name, detail };
    audit::record(tx, actor, entry).await?;
    Ok(Did { objects: 0, position: piece.position, finished: true })
}
