//! Resources as they go over the wire: the stored document with what belongs to it, written without copying it.

use std::collections::HashMap;

use ::scim::{ENTERPRISE_URN, Object, Projection};
use directory::{
    Kind, Tx, clock,
    member::{self, Member},
    record::Record,
};
use serde::{
    Serialize, Serializer,
    ser::{SerializeMap, SerializeSeq},
};
use serde_json::Value;
use uuid::Uuid;

use super::version::etag;

/// What belongs to the resources of one answer, and is not in their documents.
#[derive(Default)]
pub(super) struct Related {
    members: HashMap<Uuid, Vec<Member>>,
    groups: HashMap<Uuid, Vec<(Uuid, String)>>,
}

impl Related {
    /// Read what `projection` wants to see of the records of this kind: one statement, and none when it is not wanted.
    pub(super) async fn load(
        tx: &mut Tx,
        kind: Kind,
        records: &[Record],
        projection: &Projection,
    ) -> Result<Related, directory::Error> {
        let mut related = Related::default();
        let of_kind = records.iter().filter(|record| record.kind == kind);
        match kind {
            Kind::Group => {
                let ids: Vec<_> = of_kind.filter(|record| record.members > 0).map(|record| record.id).collect();
                if !ids.is_empty() && projection.wants("members") {
                    related.members = member::list_all(tx, &ids).await?;
                }
            }
            Kind::User | Kind::Membership => {
                let ids: Vec<_> = of_kind.map(|record| record.id).collect();
                if !ids.is_empty() && projection.wants("groups") {
                    related.groups = member::groups_of(tx, &ids).await?;
                }
            }
        }
        Ok(related)
    }
}

/// A page of a list, or one resource: everything that is needed to write them.
pub(super) struct Page<'a> {
    /// The source's base URL.
    pub base: &'a str,
    /// What belongs to the records.
    pub related: Related,
    /// What of them is shown.
    pub projection: &'a Projection,
}

impl Page<'_> {
    /// A record, ready to be written.
    pub(super) fn resource<'r>(&'r self, record: &'r Record) -> Resource<'r> {
        Resource { record, page: self }
    }
}

/// The URL of a resource.
pub(super) fn location(base: &str, kind: Kind, id: Uuid) -> String {
    format!("{base}{}/{id}", kind.resource_type().endpoint)
}

/// Complete what the document leaves to the server: where the manager is found.
pub(super) fn complete(record: &mut Record, base: &str) {
    let Some(Value::Object(enterprise)) = record.doc.get_mut(ENTERPRISE_URN) else { return };
    let Some(Value::Object(manager)) = enterprise.get_mut("manager") else { return };
    let named = manager.get("value").and_then(Value::as_str).and_then(|value| Uuid::try_parse(value).ok());
    if let Some(id) = named {
        manager.insert("$ref".into(), location(base, Kind::User, id).into());
    }
}

/// A record as a SCIM resource.
pub(super) struct Resource<'a> {
    record: &'a Record,
    page: &'a Page<'a>,
}

impl Serialize for Resource<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let whole = Whole { record: self.record, page: self.page };
        if self.page.projection.is_all() {
            // The document holds nothing that is not returned by default: passwords are never stored.
            return whole.serialize(serializer);
        }
        let Ok(Value::Object(object)) = serde_json::to_value(&whole) else { return whole.serialize(serializer) };
        let shown: Object = self.page.projection.apply(object, self.record.kind.resource_type());
        shown.serialize(serializer)
    }
}

/// All of a record.
struct Whole<'a> {
    record: &'a Record,
    page: &'a Page<'a>,
}

impl Serialize for Whole<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Whole { record, page: Page { base, related, .. } } = *self;
        let mut map = serializer.serialize_map(None)?;
        if let Some(schemas) = record.doc.get("schemas") {
            map.serialize_entry("schemas", schemas)?;
        }
        map.serialize_entry("id", &record.id)?;
        for (name, value) in record.doc.iter().filter(|(name, value)| *name != "schemas" && !value.is_null()) {
            map.serialize_entry(name, value)?;
        }
        if let Some(members) = related.members.get(&record.id) {
            map.serialize_entry("members", &Members { base, members })?;
        }
        if let Some(groups) = related.groups.get(&record.id) {
            map.serialize_entry("groups", &Groups { base, groups })?;
        }
        map.serialize_entry("meta", &Meta { base, record })?;
        map.end()
    }
}

struct Meta<'a> {
    base: &'a str,
    record: &'a Record,
}

impl Serialize for Meta<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Meta { base, record } = *self;
        let rt = record.kind.resource_type();
        let mut map = serializer.serialize_map(Some(5))?;
        map.serialize_entry("resourceType", &rt.id)?;
        map.serialize_entry("created", &clock::rfc3339(record.created_at))?;
        map.serialize_entry("lastModified", &clock::rfc3339(record.modified_at))?;
        map.serialize_entry("location", &format_args!("{base}{}/{}", rt.endpoint, record.id))?;
        map.serialize_entry("version", &etag(record.version))?;
        map.end()
    }
}

struct Members<'a> {
    base: &'a str,
    members: &'a [Member],
}

impl Serialize for Members<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.members.len()))?;
        for member in self.members {
            list.serialize_element(&Reference {
                base: self.base,
                target: member.record,
                name: member.name.as_deref(),
                display: None,
                relation: member.type_word(),
            })?;
        }
        list.end()
    }
}

struct Groups<'a> {
    base: &'a str,
    groups: &'a [(Uuid, String)],
}

impl Serialize for Groups<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.groups.len()))?;
        for (id, name) in self.groups {
            list.serialize_element(&Reference {
                base: self.base,
                target: Some((*id, Kind::Group)),
                name: None,
                display: Some(name),
                relation: Some("direct"),
            })?;
        }
        list.end()
    }
}

/// An element of `members` or `groups`.
struct Reference<'a> {
    base: &'a str,
    /// What it refers to; none while a member has not arrived.
    target: Option<(Uuid, Kind)>,
    /// What the source calls it, if that is not the target's id.
    name: Option<&'a str>,
    display: Option<&'a str>,
    /// `type`: a member's resource type, or how a user belongs to a group.
    relation: Option<&'a str>,
}

impl Serialize for Reference<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match (self.name, self.target) {
            (Some(name), _) => map.serialize_entry("value", name)?,
            (None, Some((id, _))) => map.serialize_entry("value", &id)?,
            (None, None) => {}
        }
        if let Some((id, kind)) = self.target {
            map.serialize_entry("$ref", &format_args!("{}{}/{id}", self.base, kind.resource_type().endpoint))?;
        }
        if let Some(display) = self.display {
            map.serialize_entry("display", display)?;
        }
        if let Some(relation) = self.relation {
            map.serialize_entry("type", relation)?;
        }
        map.end()
    }
}
