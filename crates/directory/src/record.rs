//! Records and group records: what one source says, exactly as it says it.
//!
//! Every change is one transaction: the record, its index values and members, the user or group it belongs to, the
//! audit entry and a dirty mark. Rules and applications are looked at behind it.

mod list;
mod place;
mod skipped;
mod turn;

pub use list::{Page, list};
pub use place::Places;
#[cfg(test)]
pub(crate) use place::Tally;
pub(crate) use turn::Turn;

use scim::{ElementChange, Object, Omitted, Patch, fold, resource};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    Clock, Directory, Error, Kind, Millis, Tx,
    audit::{self, Actor, Entry},
    db::{Sql, args, transaction},
    error::{stored, to_text},
    group,
    join::{self, leave_schema},
    member::{self, Delta, Membership},
    schema::{Definitions, RecordType},
    source::{self, Source, SourceCaller, UnknownMembers},
    unjoined,
    user::{self, Occasion, Target},
    values::{self, Scope},
};

/// What a source says about one person or group.
#[derive(Clone, Debug)]
pub struct Record {
    /// The id we gave it, by which its source knows it.
    pub id: Uuid,
    /// A person's or a group's.
    pub kind: Kind,
    /// The user or group it belongs to; none while unjoined.
    pub subject: Option<Uuid>,
    /// Counts up with every change; the ETag is `W/"<version>"`.
    pub version: i64,
    /// How many members a group record has.
    pub members: i64,
    /// When it was made.
    pub created_at: Millis,
    /// When it last changed.
    pub modified_at: Millis,
    /// The resource without `id`, `meta`, `members` and `groups`.
    pub doc: Object,
}

/// The versions that a write is allowed to meet (`If-Match`). `None` inside means "any", as `*` says.
pub type Precondition = Option<Vec<i64>>;

type Row = (Uuid, Option<Uuid>, i64, i64, Millis, Millis, String);

fn record(kind: Kind, row: Row) -> Result<Record, Error> {
    let (id, subject, version, members, created_at, modified_at, doc) = row;
    let doc = stored("records", id, &doc)?;
    Ok(Record { id, kind, subject, version, members, created_at, modified_at, doc })
}

/// One record of a source, by id. In a transaction that writes it is nobody else's to change until the end, but it may
/// become a member of something meanwhile ([`clear`] says when that ends).
pub async fn get(tx: &mut Tx, source: Uuid, kind: Kind, id: Uuid) -> Result<Option<Record>, Error> {
    let tenant = tx.tenant().id();
    let sql = if tx.locking() {
        "SELECT id, subject, version, members, created_at, modified_at, doc FROM records
         WHERE tenant = $1 AND id = $2 AND source = $3 AND kind = $4 FOR NO KEY UPDATE"
    } else {
        "SELECT id, subject, version, members, created_at, modified_at, doc FROM records
         WHERE tenant = $1 AND id = $2 AND source = $3 AND kind = $4"
    };
    let row: Option<Row> = tx.row(sql, args![tenant, id, source, kind.code()]).await?;
    row.map(|row| record(kind, row)).transpose()
}

/// What all of a tenant's sources say about one user or group: source id and record.
pub async fn of_subject(tx: &mut Tx, kind: Kind, subject: Uuid) -> Result<Vec<(Uuid, Record)>, Error> {
    let tenant = tx.tenant().id();
    type Sourced = (Uuid, Uuid, Option<Uuid>, i64, i64, Millis, Millis, String);
    let rows: Vec<Sourced> = tx
        .rows(
            "SELECT r.source, r.id, r.subject, r.version, r.members, r.created_at, r.modified_at, r.doc
             FROM records r JOIN sources s ON s.tenant = r.tenant AND s.id = r.source
             WHERE r.tenant = $1 AND r.subject = $2 ORDER BY s.rank, r.id",
            args![tenant, subject],
        )
        .await?;
    rows.into_iter()
        .map(|(source, id, subject, version, members, created_at, modified_at, doc)| {
            Ok((source, record(kind, (id, subject, version, members, created_at, modified_at, doc))?))
        })
        .collect()
}

/// What people know a record by. Of users and groups it is unique in the source, caseless.
fn name<'a>(of: &RecordType, doc: &'a Object) -> &'a str {
    of.naming().and_then(|attribute| doc.get(attribute)).and_then(Value::as_str).unwrap_or_default()
}

/// The key that no two records of a kind share: the name, where the RFC has one.
fn name_key(of: &RecordType, id: Uuid, doc: &Object) -> String {
    if of.is_custom() { id.to_string() } else { fold::fold(name(of, doc)) }
}

fn external_id(doc: &Object) -> Option<&str> {
    doc.get("externalId").and_then(Value::as_str)
}

/// What of a resource is not kept in the document: the server's own, rows, and what nobody can read.
fn strip(doc: &mut Object, of: &RecordType) {
    let rows: &[&str] = if of.is_custom() { &[] } else { &["members", "groups"] };
    for attribute in ["id", "meta"].iter().chain(rows) {
        doc.remove(*attribute);
    }
    resource::drop_hidden(doc, &of.rt);
}

/// Take the members out of a group's body: rows, not document. `None`: the client did not mention them.
fn take_members(doc: &mut Object) -> Option<Vec<Object>> {
    let Value::Array(members) = doc.remove("members")? else { return None };
    Some(
        members
            .into_iter()
            .filter_map(|member| if let Value::Object(member) = member { Some(member) } else { None })
            .collect(),
    )
}

fn missing(kind: Kind, id: Uuid) -> Error {
    Error::not_found(kind.as_str(), id)
}

/// A change of a source's records: who makes it, and what it leaves in the audit trail.
struct Writer<'a> {
    tx: &'a mut Tx,
    source: Source,
    actor: Actor,
    definitions: &'a Definitions,
    of: &'a RecordType,
    now: Millis,
    cause: Uuid,
    clock: Clock,
    turn: &'a Turn,
}

impl Directory {
    /// # Errors
    /// 401 when the source was removed since its client was let in.
    async fn writer<'a>(
        &self,
        tx: &'a mut Tx,
        caller: &'a SourceCaller,
        request: Option<Uuid>,
        kind: Kind,
        turn: &'a Turn,
    ) -> Result<Writer<'a>, Error> {
        turn.take(tx, caller.source.id).await?;
        let (now, cause, clock) = (self.clock.now(), self.clock.id(), self.clock.clone());
        let (actor, definitions, of) = (caller.actor(request), &*caller.definitions, caller.definitions.of(kind));
        let source = source::writing(tx, caller.source.id).await?;
        Ok(Writer { tx, source, actor, definitions, of, now, cause, clock, turn })
    }

    /// Make a record (POST). `body` is a resource as [`resource::read`] leaves it.
    ///
    /// # Errors
    /// `uniqueness` when the source has a record of that name or `externalId`, `invalidValue` for unknown members.
    pub async fn create_record(
        &self,
        caller: &SourceCaller,
        request: Option<Uuid>,
        kind: Kind,
        body: Object,
    ) -> Result<Record, Error> {
        let mut doc = body;
        let of = caller.definitions.of(kind);
        let members = if kind == Kind::Group { take_members(&mut doc).unwrap_or_default() } else { Vec::new() };
        strip(&mut doc, of);
        if kind == Kind::User {
            // wire.md A22; and what is filtered by is what was returned (RFC 7643 section 2.2).
            doc.entry("active").or_insert(Value::Bool(true));
        }
        let turn = Turn::arriving();
        let created = transaction!(self.db, caller.tenant, tx => {
            let ids = [self.clock.id(), self.clock.id()];
            self.writer(tx, caller, request, kind, &turn).await?.create(ids, &doc, members.clone()).await
        });
        self.bell.notify_one();
        created
    }

    /// Replace a record (PUT). What becomes of what the body leaves out is the source's setting ([`Omitted`]); under
    /// [`Omitted::Keep`] a null in the body is what is to go.
    ///
    /// # Errors
    /// `NotFound`, `Changed` when `if_match` fails, `mutability` when an immutable attribute would change.
    pub async fn replace_record(
        &self,
        caller: &SourceCaller,
        request: Option<Uuid>,
        kind: Kind,
        id: Uuid,
        if_match: &Precondition,
        body: Object,
    ) -> Result<Record, Error> {
        let turn = Turn::beside();
        let replaced = transaction!(self.db, caller.tenant, tx => {
            let mut doc = body.clone();
            let mut writer = self.writer(tx, caller, request, kind, &turn).await?;
            let before = writer.load(id, if_match).await?;
            let members = if kind == Kind::Group { take_members(&mut doc) } else { None };
            strip(&mut doc, writer.of);
            let members = writer.leave_out(&before, &mut doc, members.map(ElementChange::ReplaceAll));
            resource::check_immutable(&before.doc, &doc, &writer.of.rt)?;
            let members = members.into_iter().collect();
            let delta = writer.change_members(&before, members).await?;
            writer.update(before, doc, delta).await
        });
        self.bell.notify_one();
        replaced
    }

    /// Change a record (PATCH): all operations or none.
    pub async fn patch_record(
        &self,
        caller: &SourceCaller,
        request: Option<Uuid>,
        kind: Kind,
        id: Uuid,
        if_match: &Precondition,
        patch: &Patch,
    ) -> Result<Record, Error> {
        let (of, tolerance) = (caller.definitions.of(kind), &caller.source.settings.tolerance);
        let turn = Turn::beside();
        let patched = transaction!(self.db, caller.tenant, tx => {
            let mut patch = patch.clone();
            let members = if kind == Kind::Group { patch.take_elements("members")? } else { Vec::new() };
            let mut writer = self.writer(tx, caller, request, kind, &turn).await?;
            let before = writer.load(id, if_match).await?;
            let mut doc = before.doc.clone();
            if !patch.changes.is_empty() {
                doc.insert("id".into(), id.to_string().into());
                doc = patch.apply(&doc, &of.rt, tolerance)?;
                resource::check_required(&doc, &of.rt)?;
                strip(&mut doc, of);
                // Someone inactive comes back when a client says so, not when it stops saying anything. Its client
                // sees the attribute gone, as RFC 7644 section 3.5.2.2 has it.
                if kind == Kind::User && !doc.contains_key("active") && !join::is_active(&before.doc) {
                    doc.insert("active".into(), Value::Null);
                }
            }
            let delta = writer.change_members(&before, members).await?;
            writer.update(before, doc, delta).await
        });
        self.bell.notify_one();
        patched
    }

    /// Remove a record (DELETE). The user goes with its last record, a sourced group with its only one.
    pub async fn delete_record(
        &self,
        caller: &SourceCaller,
        request: Option<Uuid>,
        kind: Kind,
        id: Uuid,
        if_match: &Precondition,
    ) -> Result<(), Error> {
        let turn = Turn::beside();
        let deleted = transaction!(self.db, caller.tenant, tx => {
            let mut writer = self.writer(tx, caller, request, kind, &turn).await?;
            let before = writer.load(id, if_match).await?;
            writer.delete(before).await
        });
        self.bell.notify_one();
        deleted
    }
}

impl<'w> Writer<'w> {
    /// The transaction, the source, and what the directory is changed on.
    fn parts(&mut self) -> (&mut Tx, &Source, Occasion<'_>) {
        let Writer { tx, source, actor, definitions, now, cause, clock, .. } = self;
        let on = Occasion { actor, clock, definitions, cause: *cause, now: *now };
        (tx, source, on)
    }

    /// What becomes of that which a PUT leaves out.
    fn leave_out(&self, before: &Record, doc: &mut Object, members: Option<ElementChange>) -> Option<ElementChange> {
        let omitted = self.source.settings.tolerance.put_omitted;
        if omitted == Omitted::Keep {
            resource::keep_omitted(&before.doc, doc, &self.of.rt);
        }
        match before.doc.get("active") {
            _ if doc.contains_key("active") || self.of.kind != Kind::User => {}
            // Nobody comes back by not being mentioned.
            Some(_) if omitted == Omitted::ClearAll && !join::is_active(&before.doc) => {
                doc.insert("active".into(), Value::Null);
            }
            Some(active) if omitted != Omitted::ClearAll => {
                doc.insert("active".into(), active.clone());
            }
            _ => {}
        }
        match members {
            None if omitted == Omitted::ClearAll && self.of.kind == Kind::Group => Some(ElementChange::Clear),
            members => members,
        }
    }

    async fn load(&mut self, id: Uuid, if_match: &Precondition) -> Result<Record, Error> {
        self.definitions.confirm(self.tx).await?;
        let record = get(self.tx, self.source.id, self.of.kind, id).await?.ok_or_else(|| missing(self.of.kind, id))?;
        self.definitions.confirm_for(self.tx, self.of.kind, &record.doc).await?;
        match if_match {
            Some(versions) if !versions.contains(&record.version) => {
                Err(Error::Changed { what: self.of.kind.as_str() })
            }
            _ => Ok(record),
        }
    }

    /// What is taken. Where both are, the engines stumble over different ones first; we say the name.
    async fn conflict(&mut self, error: crate::DbError, id: Uuid, doc: &Object) -> Error {
        let Some(index) = error.violated() else { return error.into() };
        let name = name(self.of, doc);
        if index.contains("external_id") && (self.of.is_custom() || !self.is_name_taken(id, name).await) {
            let external_id = external_id(doc).unwrap_or_default();
            return scim::Error::uniqueness(format!("externalId {external_id:?} is taken")).into();
        }
        let attribute = self.of.naming().unwrap_or("id");
        scim::Error::uniqueness(format!("{attribute} {name:?} is taken")).into()
    }

    /// Whether another record has this name. Only SQLite can still be asked after an error; PostgreSQL looks at names
    /// first.
    async fn is_name_taken(&mut self, id: Uuid, name: &str) -> bool {
        if !self.tx.survives_errors() {
            return false;
        }
        let found = self
            .tx
            .row::<(Uuid,)>(
                "SELECT id FROM records WHERE tenant = $1 AND source = $2 AND kind = $3 AND name_key = $4 AND id <> $5",
                args![self.tx.tenant().id(), self.source.id, self.of.kind.code(), fold::fold(name), id],
            )
            .await;
        matches!(found, Ok(Some(_)))
    }

    async fn create(&mut self, [id, fresh]: [Uuid; 2], doc: &Object, members: Vec<Object>) -> Result<Record, Error> {
        self.definitions.confirm(self.tx).await?;
        let (subject, unjoined) = match self.of.kind {
            Kind::Group => (Some(fresh), None),
            Kind::User => match user::target(self.tx, &self.source, self.definitions, doc).await? {
                Target::User(user) => (Some(user), None),
                Target::New => (Some(fresh), None),
                Target::Later => (None, None),
                Target::Unjoined(reason) => (None, Some(reason)),
            },
            Kind::Membership | Kind::Custom(_) => (None, None),
        };
        let (tenant, text) = (self.tx.tenant().id(), to_text(doc));
        let key = name_key(self.of, id, doc);
        let inserted = self
            .tx
            .execute(
                "INSERT INTO records (tenant, id, source, kind, name_key, external_id, active, version, members, created_at, modified_at, subject, unjoined, doc)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, 1, 0, $8, $8, $9, $10, $11)",
                args![tenant, id, self.source.id, self.of.kind.code(), key, external_id(doc), join::is_active(doc), self.now, subject, unjoined.map(user::Unjoined::as_str), text],
            )
            .await;
        if let Err(error) = inserted {
            return Err(self.conflict(error, id, doc).await);
        }
        index(self.tx, self.source.id, self.of, id, None, Some(doc)).await?;
        count(self.tx, self.source.id, self.of.kind, id, 1).await?;
        let mut record = Record {
            id,
            kind: self.of.kind,
            subject,
            version: 1,
            members: 0,
            created_at: self.now,
            modified_at: self.now,
            doc: doc.clone(),
        };
        match subject {
            Some(user) if self.of.kind == Kind::User && user == fresh => {
                let (tx, source, on) = self.parts();
                user::appear(tx, user, doc, &source.settings, &on).await?;
                let profile = source.settings.counted(doc).into_owned();
                self.tell_skipped(&Object::new(), &record, Some(&profile)).await?;
            }
            Some(user) if self.of.kind == Kind::User => {
                let (tx, _, on) = self.parts();
                unjoined::tell_joined(tx, on.actor, user, &record, on.clock.id(), on.now).await?;
                let profile = self.settle(&record, true).await?;
                self.tell_skipped(&Object::new(), &record, profile.as_ref()).await?;
            }
            Some(_) => drop(self.settle(&record, true).await?),
            None if self.of.is_custom() => self.record("create", "resource", &record, self.described(None)).await?,
            None => self.tell_unjoined("create", &record, unjoined).await?,
        }
        self.join_waiting_groups(&record).await?;
        if !members.is_empty() {
            let delta = self.change_members(&record, vec![ElementChange::Add(members)]).await?;
            record.members = delta.growth();
            self.tx
                .execute(
                    "UPDATE records SET members = $1 WHERE tenant = $2 AND id = $3",
                    args![record.members, tenant, id],
                )
                .await?;
        }
        Ok(record)
    }

    /// An entry of the audit trail about the record itself: one that no user or group tells of.
    async fn record(
        &mut self,
        action: &'static str,
        object_kind: &'static str,
        record: &Record,
        detail: Option<Value>,
    ) -> Result<(), Error> {
        let (id, at, object) = (self.cause, self.now, record.id);
        let name = name(self.of, &record.doc);
        let object_name = if name.is_empty() { &record.id.to_string() } else { name };
        let entry = Entry { id, at, action, object_kind, object, object_name, detail };
        audit::record(self.tx, &self.actor, entry).await
    }

    /// For the audit trail: which type a resource is of, and what differed.
    fn described(&self, differed: Option<Value>) -> Option<Value> {
        let mut detail = differed.unwrap_or_else(|| serde_json::json!({}));
        detail["resourceType"] = self.of.rt.name.as_str().into();
        Some(detail)
    }

    /// Bring the user or group that a record belongs to in line with it. `is_named`: its name is new. The profile that
    /// came out for a user.
    async fn settle(&mut self, record: &Record, is_named: bool) -> Result<Option<Object>, Error> {
        let Some(subject) = record.subject else { return Ok(None) };
        match self.of.kind {
            Kind::Group => {
                let name = name(self.of, &record.doc);
                group::settle(self.tx, subject, self.source.id, name, &self.actor, self.cause, self.now).await?;
                Ok(None)
            }
            _ => {
                let of = self.of;
                let (tx, _, on) = self.parts();
                match is_named {
                    true => user::settle_stated(tx, subject, name(of, &record.doc), &on).await,
                    // A change of something else is not refused for an old fault of the name.
                    false => user::settle(tx, subject, &on).await,
                }
            }
        }
    }

    async fn change_members(&mut self, record: &Record, changes: Vec<ElementChange>) -> Result<Delta, Error> {
        let delta = self.membership(record.id).apply(self.tx, changes).await?;
        self.follow_members(record, &delta).await?;
        Ok(delta)
    }

    fn membership(&self, group: Uuid) -> Membership<'w> {
        let pending = self.source.settings.unknown_members == UnknownMembers::Pending;
        Membership { source: self.source.id, group, pending, now: self.now, turn: self.turn }
    }

    /// What a group record's membership became is so in the directory's group too.
    async fn follow_members(&mut self, record: &Record, delta: &Delta) -> Result<(), Error> {
        let Some(group) = record.subject.filter(|_| !delta.is_empty()) else { return Ok(()) };
        let [added, removed] = delta.subjects(self.tx).await?;
        group::change_members(self.tx, group, &added, &removed, self.cause, self.now).await
    }

    /// The groups that named this record before it was there, or before it had this name, get it as a member.
    async fn join_waiting_groups(&mut self, record: &Record) -> Result<(), Error> {
        if self.of.is_custom() {
            return Ok(());
        }
        let (external_id, name) = (external_id(&record.doc), name(self.of, &record.doc));
        let waiting = member::waiting_for(self.tx, self.source.id, self.of.kind, record.id, external_id, name).await?;
        let (of, cause) = (self.of, self.cause);
        for (group, names) in waiting {
            let Some(before) = get(self.tx, self.source.id, Kind::Group, group).await? else { continue };
            // Each group's change is an audit entry of its own.
            (self.of, self.cause) = (self.definitions.of(Kind::Group), self.clock.id());
            let delta = self.membership(group).arrive(self.tx, names, (record.id, of.kind)).await?;
            self.follow_members(&before, &delta).await?;
            let doc = before.doc.clone();
            Box::pin(self.update(before, doc, delta)).await?;
        }
        (self.of, self.cause) = (of, cause);
        Ok(())
    }

    /// Store what a record has become. Nothing is written, and nobody woken, when nothing differs.
    async fn update(&mut self, before: Record, doc: Object, delta: Delta) -> Result<Record, Error> {
        if delta.is_empty() && before.doc == doc {
            return Ok(before);
        }
        let mut after =
            Record { doc, version: before.version + 1, members: before.members + delta.growth(), ..before.clone() };
        // A change is later than what it changes, also within one millisecond.
        after.modified_at = self.now.max(before.modified_at + 1);
        let tenant = self.tx.tenant().id();
        if before.doc == after.doc {
            self.tx
                .execute(
                    "UPDATE records SET version = $1, members = $2, modified_at = $3 WHERE tenant = $4 AND id = $5",
                    args![after.version, after.members, after.modified_at, tenant, after.id],
                )
                .await?;
            self.record_membership(&after, &delta).await?;
            return Ok(after);
        }
        let renamed = name(self.of, &before.doc) != name(self.of, &after.doc);
        let is_new_name = renamed || external_id(&before.doc) != external_id(&after.doc);
        match self.of.kind {
            Kind::User if is_new_name => self.turn.arrive()?,
            // Its own row, which is locked already, may be one that whoever has the turn is to become a member of.
            Kind::Group if is_new_name => self.turn.be_alone()?,
            _ => {}
        }
        let (key, text) = (name_key(self.of, after.id, &after.doc), to_text(&after.doc));
        let updated = self
            .tx
            .execute(
                "UPDATE records SET name_key = $1, external_id = $2, active = $3, version = $4, members = $5, modified_at = $6, doc = $7
                 WHERE tenant = $8 AND id = $9",
                args![key, external_id(&after.doc), join::is_active(&after.doc), after.version, after.members, after.modified_at, text, tenant, after.id],
            )
            .await;
        if let Err(error) = updated {
            return Err(self.conflict(error, after.id, &after.doc).await);
        }
        index(self.tx, self.source.id, self.of, after.id, Some(&before.doc), Some(&after.doc)).await?;
        if self.of.is_custom() {
            let detail = self.described(Some(audit::difference(&before.doc, &after.doc)));
            self.record("update", "resource", &after, detail).await?;
        } else if self.of.kind == Kind::User && after.subject.is_none() {
            self.seat(&mut after).await?;
        } else {
            let profile = self.settle(&after, renamed).await?;
            self.tell_skipped(&before.doc, &after, profile.as_ref()).await?;
        }
        if is_new_name {
            self.join_waiting_groups(&after).await?;
        }
        if !delta.is_empty() && !renamed {
            // The group itself is as it was, so nothing else tells of its members.
            self.record_membership(&after, &delta).await?;
        }
        Ok(after)
    }

    /// A change of nothing but members leaves an audit entry of its own.
    async fn record_membership(&mut self, record: &Record, delta: &Delta) -> Result<(), Error> {
        let entry = Entry {
            id: self.cause,
            at: self.now,
            action: "members",
            object_kind: "group",
            object: record.subject.unwrap_or(record.id),
            object_name: name(self.of, &record.doc),
            detail: Some(delta.summary()),
        };
        audit::record(self.tx, &self.actor, entry).await
    }

    async fn delete(&mut self, record: Record) -> Result<(), Error> {
        self.clear_manager(record.id).await?;
        clear(self.tx, self.source.id, self.of, &record, self.now).await?;
        if self.of.is_custom() {
            return self.record("delete", "resource", &record, self.described(None)).await;
        }
        let Some(subject) = record.subject else { return self.tell_unjoined("delete", &record, None).await };
        if self.of.kind == Kind::Group {
            if let Some(group) = group::get(self.tx, subject).await? {
                group::remove(self.tx, &group, &self.actor, self.cause, self.now).await?;
            }
            return Ok(());
        }
        let (tx, source, on) = self.parts();
        let kept = user::settle_last(tx, subject, &source.settings, &on).await?;
        if let Some(profile) = kept {
            self.tell_left(subject, &record, &profile).await?;
        }
        // Groups of this source no longer hold the user, even if another source keeps them.
        crate::work::mark_dirty(self.tx, Kind::User, [subject], false, Some(self.cause), self.now).await
    }

    /// Nobody reports to a record that is gone.
    async fn clear_manager(&mut self, manager: Uuid) -> Result<(), Error> {
        if self.of.kind != Kind::User {
            return Ok(());
        }
        let tenant = self.tx.tenant().id();
        let path = format!("{}:manager.value", scim::ENTERPRISE_URN);
        let reports: Vec<(Uuid,)> = self
            .tx
            .rows(
                "SELECT owner FROM attribute_values WHERE tenant = $1 AND scope = $2 AND kind = 0 AND path = $3 AND value = $4",
                args![tenant, self.source.id, path, manager.to_string()],
            )
            .await?;
        let cause = self.cause;
        for (report,) in reports {
            let Some(before) = get(self.tx, self.source.id, Kind::User, report).await? else { continue };
            let mut doc = before.doc.clone();
            if let Some(Value::Object(enterprise)) = doc.get_mut(scim::ENTERPRISE_URN) {
                enterprise.remove("manager");
                if enterprise.is_empty() {
                    doc.remove(scim::ENTERPRISE_URN);
                    leave_schema(&mut doc, scim::ENTERPRISE_URN);
                }
            }
            // Each report's change is an audit entry of its own.
            self.cause = self.clock.id();
            Box::pin(self.update(before, doc, Delta::default())).await?;
        }
        self.cause = cause;
        Ok(())
    }
}

/// One record more, or fewer.
pub(crate) async fn count(tx: &mut Tx, source: Uuid, kind: Kind, id: Uuid, growth: i64) -> Result<(), Error> {
    let part = i64::from(id.as_bytes()[15] % 64);
    let tenant = tx.tenant().id();
    let sql = Sql::of(
        "INSERT INTO record_counts (tenant, source, kind, part, total, gone) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (tenant, source, kind, part) DO UPDATE SET total = record_counts.total + excluded.total,
         gone = record_counts.gone + excluded.gone",
        args![tenant, source, kind.code(), part, growth, (-growth).max(0)],
    );
    Ok(tx.later(sql).await?)
}

/// Bring a record's values in the index, and those that may be there only once, from `before` to `after`.
pub(crate) async fn index(
    tx: &mut Tx,
    source: Uuid,
    of: &RecordType,
    id: Uuid,
    before: Option<&Object>,
    after: Option<&Object>,
) -> Result<(), Error> {
    values::claim(tx, source, of, id, before, after).await?;
    values::update(tx, Scope::Source(source, of), of.kind, id, before, after).await
}

/// Take a record out of its source, with its values and memberships. What that means for its user or group is the
/// caller's business.
pub(crate) async fn clear(
    tx: &mut Tx,
    source: Uuid,
    of: &RecordType,
    record: &Record,
    now: Millis,
) -> Result<(), Error> {
    let tenant = tx.tenant().id();
    if tx.locking() {
        // From here on it becomes a member of nothing any more; whoever has just made it one is waited for.
        let sql = "SELECT id FROM records WHERE tenant = $1 AND id = $2 FOR UPDATE";
        tx.row::<(Uuid,)>(sql, args![tenant, record.id]).await?;
        // Whoever is just taking it out of a group is waited for, or the group would count it out twice.
        let sql = "SELECT id FROM records WHERE tenant = $1 AND id IN (
                     SELECT group_id FROM record_members WHERE tenant = $1 AND member_id = $2) ORDER BY id FOR UPDATE";
        tx.rows::<(Uuid,)>(sql, args![tenant, record.id]).await?;
    }
    tx.execute(
        "UPDATE records SET version = version + 1, members = members - 1, modified_at = $1 WHERE tenant = $2
         AND id IN (SELECT group_id FROM record_members WHERE tenant = $2 AND member_id = $3)",
        args![now, tenant, record.id],
    )
    .await?;
    if let Some(subject) = record.subject {
        tx.execute(
            "DELETE FROM group_members WHERE tenant = $1 AND member_id = $2 AND group_id IN (
               SELECT r.subject FROM record_members m JOIN records r ON r.tenant = m.tenant AND r.id = m.group_id
               WHERE m.tenant = $1 AND m.member_id = $3)",
            args![tenant, subject, record.id],
        )
        .await?;
    }
    for sql in [
        "DELETE FROM record_members WHERE tenant = $1 AND member_id = $2",
        "DELETE FROM record_members WHERE tenant = $1 AND group_id = $2",
        "DELETE FROM member_names WHERE tenant = $1 AND member = $2",
        "DELETE FROM member_names WHERE tenant = $1 AND group_id = $2",
        "DELETE FROM records WHERE tenant = $1 AND id = $2",
    ] {
        tx.execute(sql, args![tenant, record.id]).await?;
    }
    index(tx, source, of, record.id, Some(&record.doc), None).await?;
    count(tx, source, record.kind, record.id, -1).await
}
