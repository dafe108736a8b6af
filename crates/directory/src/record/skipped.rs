//! What a source said in vain, for the sync log: what it may not state, what a source of higher rank states, whom it
//! can't be joined to.

use scim::Object;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

use super::{Record, Writer, name};
use crate::{
    Error, Kind,
    audit::{self, Entry},
    join::is_extension,
    unjoined::{self, Placed},
    user::Unjoined,
};

/// An attribute: the URN of its extension, if it has one, and its name.
type Statement<'a> = (Option<&'a str>, &'a str);

/// Every attribute that a document states.
fn statements(document: &Object) -> BTreeSet<Statement<'_>> {
    let mut found = BTreeSet::new();
    for (name, value) in document {
        match value.as_object().filter(|_| is_extension(name)) {
            Some(extension) => {
                found.extend(extension.keys().map(|attribute| (Some(name.as_str()), attribute.as_str())))
            }
            None if name == "schemas" => {}
            None => drop(found.insert((None, name.as_str()))),
        }
    }
    // A record names a manager by the record's id, a profile by the user's: they can't be compared.
    found.remove(&(Some(scim::ENTERPRISE_URN), "manager"));
    found
}

fn value<'a>(document: &'a Object, (schema, name): Statement<'_>) -> Option<&'a Value> {
    let container = match schema {
        Some(urn) => document.get(urn)?.as_object()?,
        None => document,
    };
    container.get(name)
}

impl Writer<'_> {
    /// Tell of attributes that changed in a record and not in its user's profile.
    pub(super) async fn tell_skipped(
        &mut self,
        before: &Object,
        after: &Record,
        profile: Option<&Object>,
    ) -> Result<(), Error> {
        let (Some(user), Some(profile), Kind::User) = (after.subject, profile, self.of.kind) else { return Ok(()) };
        let changed: BTreeSet<_> = statements(before).union(&statements(&after.doc)).copied().collect();
        let (mut refused, mut outranked) = (Vec::new(), Vec::new());
        for statement in changed.into_iter().filter(|it| value(before, *it) != value(&after.doc, *it)) {
            let (schema, name) = statement;
            let path = schema.map_or_else(|| name.to_owned(), |urn| format!("{urn}:{name}"));
            if !self.source.settings.may_state(schema, name) {
                refused.push(path);
            } else if value(profile, statement) != value(&after.doc, statement)
                // Unassigned, and so not active.
                && !(name == "active" && value(&after.doc, statement) == Some(&Value::Null))
            {
                outranked.push(path);
            }
        }
        let mut reasons = Vec::new();
        if !refused.is_empty() {
            reasons.push(format!("this source may not state {}", refused.join(", ")));
        }
        if !outranked.is_empty() {
            reasons.push(format!("another source decides {}", outranked.join(", ")));
        }
        if reasons.is_empty() {
            return Ok(());
        }
        let detail = json!({"notAllowed": refused, "outranked": outranked});
        let entry = self.entry(self.clock.id(), "update", "user", user, name(self.of, &after.doc), Some(detail));
        audit::skip(self.tx, &self.actor, entry, &reasons.join("; ")).await
    }

    /// Tell of a record that has no user.
    pub(super) async fn tell_unjoined(
        &mut self,
        action: &'static str,
        record: &Record,
        unjoined: Option<Unjoined>,
    ) -> Result<(), Error> {
        let (tx, _, on) = self.parts();
        unjoined::tell(tx, action, record, unjoined, &on).await
    }

    /// Tell that a source no longer has a person whom others keep.
    pub(super) async fn tell_left(&mut self, user: Uuid, record: &Record, profile: &Object) -> Result<(), Error> {
        let detail = json!({"record": record.id});
        let user_name = profile.get("userName").and_then(Value::as_str).unwrap_or_default();
        let entry = self.entry(self.clock.id(), "leave", "user", user, user_name, Some(detail));
        audit::record(self.tx, &self.actor, entry).await
    }

    /// A record without a user has changed: it may be told by now whose it is.
    pub(super) async fn seat(&mut self, record: &mut Record) -> Result<(), Error> {
        let (tx, source, on) = self.parts();
        match unjoined::place(tx, source, record, &on).await? {
            Placed::At(user) => record.subject = Some(user),
            Placed::Nowhere(reason) => unjoined::tell(tx, "update", record, reason, &on).await?,
        }
        Ok(())
    }

    fn entry<'e>(
        &self,
        id: Uuid,
        action: &'static str,
        object_kind: &'static str,
        object: Uuid,
        object_name: &'e str,
        detail: Option<Value>,
    ) -> Entry<'e> {
        Entry { id, at: self.now, action, object_kind, object, object_name, detail }
    }
}
