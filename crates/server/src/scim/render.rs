//! Resources as they go over the wire: the stored document with what belongs to it, written without copying it.

use std::collections::HashMap;

use ::scim::{Object, Projection};
use directory::{
    Kind, Tx, clock, id,
    member::{self, Member},
    record::Record,
    schema::{Link, RecordType},
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
            Kind::User => {
                let ids: Vec<_> = of_kind.map(|record| record.id).collect();
                if !ids.is_empty() && projection.wants("groups") {
                    related.groups = member::groups_of(tx, &ids).await?;
                }
            }
            Kind::Membership | Kind::Custom(_) => {}
        }
        Ok(related)
    }
}

/// A page of a list, or one resource: everything that is needed to write them.
pub(super) struct Page<'a> {
    /// The source's base URL.
    pub base: &'a str,
    /// What its resources look like.
    pub of: &'a RecordType,
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

/// Complete what the document leaves to the server: where the manager, and what else it names, is found.
pub(super) fn complete(record: &mut Record, of: &RecordType, base: &str) {
    for Link { path, targets } in &of.links {
        let container = match &path.schema {
            Some(urn) => record.doc.get_mut(urn).and_then(Value::as_object_mut),
            None => Some(&mut record.doc),
        };
        let elements = match container.and_then(|container| container.get_mut(&path.attr)) {
            Some(Value::Array(list)) => list.as_mut_slice(),
            Some(one) => std::slice::from_mut(one),
            None => continue,
        };
        for element in elements.iter_mut().filter_map(Value::as_object_mut) {
            let named = element.get("value").and_then(Value::as_str).and_then(id::read);
            let target = match targets.as_slice() {
                [only] => Some(only),
                // Of several types, the element says which it means.
                several => {
                    several.iter().find(|(name, _)| element.get("type").is_some_and(|said| said == name.as_str()))
                }
            };
            if let (Some(id), Some((_, endpoint))) = (named, target) {
                element.insert("$ref".into(), format!("{base}{endpoint}/{id}").into());
            }
        }
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
        if self.page.projection.is_all() && !self.page.of.has_requested {
            // The document holds nothing else that is not returned by default: what is never returned is not stored.
            return whole.serialize(serializer);
        }
        let Ok(Value::Object(object)) = serde_json::to_value(&whole) else { return whole.serialize(serializer) };
        let shown: Object = self.page.projection.apply(object, &self.page.of.rt);
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
        let Whole { record, page: Page { base, of, related, .. } } = *self;
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
        map.serialize_entry("meta", &Meta { base, of, record })?;
        map.end()
    }
}

struct Meta<'a> {
    base: &'a str,
    of: &'a RecordType,
    record: &'a Record,
}

impl Serialize for Meta<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Meta { base, of: RecordType { rt, .. }, record } = *self;
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
            let endpoint = if kind == Kind::Group { "/Groups" } else { "/Users" };
            map.serialize_entry("$ref", &format_args!("{}{endpoint}/{id}", self.base))?;
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
