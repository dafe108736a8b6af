//! Schemas and resource types: what attributes exist and how each behaves (RFC 7643 sections 2 and 7).

mod check;
pub(crate) mod core;
pub mod discovery;
mod meta;

use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};

use crate::AttrPath;

/// The core schema of users (RFC 7643 section 4.1).
pub const USER_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The core schema of groups (RFC 7643 section 4.2).
pub const GROUP_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// The enterprise extension of users (RFC 7643 section 4.3).
pub const ENTERPRISE_URN: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// A named set of attributes, as configuration and `/Schemas` write it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schema {
    /// The URN.
    pub id: String,
    /// A short name for people.
    pub name: String,
    /// A sentence for people; the RFC's text for the core schemas, because validators compare it.
    #[serde(default)]
    pub description: String,
    /// The attributes, without the common ones (`id`, `externalId`, `meta`, `schemas`).
    pub attributes: Vec<Attribute>,
}

/// One attribute and its characteristics (RFC 7643 section 2.2). Serialises to the RFC's JSON, with every
/// characteristic present and nothing null; reading fills in the RFC's defaults.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attribute {
    /// The name in its canonical case.
    pub name: String,
    /// The data type.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// A list of values instead of one.
    #[serde(default)]
    pub multi_valued: bool,
    /// A sentence for people.
    #[serde(default)]
    pub description: String,
    /// Must be present on every resource; on a sub-attribute: in every value of its parent.
    #[serde(default)]
    pub required: bool,
    /// The only allowed values, if any are given; compared as `case_exact` says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub canonical_values: Vec<String>,
    /// Letter case matters when comparing.
    #[serde(default)]
    pub case_exact: bool,
    /// Who may change it.
    #[serde(default)]
    pub mutability: Mutability,
    /// When it is part of an answer.
    #[serde(default)]
    pub returned: Returned,
    /// Whether two resources may share a value.
    #[serde(default)]
    pub uniqueness: Uniqueness,
    /// For references: what they point to (resource type names, `external`, `uri`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reference_types: Vec<String>,
    /// For complex attributes: the parts. Never complex themselves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sub_attributes: Vec<Attribute>,
}

/// Data types (RFC 7643 section 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// Unicode text.
    String,
    /// `true` or `false`.
    Boolean,
    /// A number with a fraction.
    Decimal,
    /// A whole number; we hold 64 bits.
    Integer,
    /// A point in time, RFC 3339 with an offset.
    DateTime,
    /// Bytes as base64.
    Binary,
    /// A URI, or the id of another resource.
    Reference,
    /// An object of sub-attributes.
    Complex,
}

/// Who may change an attribute (RFC 7643 section 7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Mutability {
    /// Only the server.
    ReadOnly,
    /// Anyone, any time.
    #[default]
    ReadWrite,
    /// Anyone, once.
    Immutable,
    /// Anyone, but nobody can read it.
    WriteOnly,
}

/// When an attribute is part of an answer (RFC 7643 section 7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Returned {
    /// Even if excluded.
    Always,
    /// In no answer, and in no filter.
    Never,
    /// Unless excluded, or not among those asked for.
    #[default]
    Default,
    /// Only if asked for by name.
    Request,
}

/// Whether two resources may share a value (RFC 7643 section 7). Stated here, enforced by the store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Uniqueness {
    /// They may.
    #[default]
    None,
    /// Not on this server.
    Server,
    /// Nowhere.
    Global,
}

/// A kind of resource: an endpoint, its schema, its extensions (RFC 7643 section 6).
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceType {
    /// Unique among resource types; the same as `name`.
    pub id: String,
    /// What `meta.resourceType` says.
    pub name: String,
    /// Relative to the base URL, with a leading slash: `/Users`.
    pub endpoint: String,
    /// A sentence for people.
    pub description: String,
    /// The schema whose attributes stand at the top of the resource.
    pub schema: Arc<Schema>,
    /// The schemas whose attributes stand in an object named by their URN.
    pub extensions: Vec<Extension>,
}

/// A schema that adds to a resource type.
#[derive(Clone, Debug, PartialEq)]
pub struct Extension {
    /// The schema.
    pub schema: Arc<Schema>,
    /// Every resource must have it.
    pub required: bool,
}

static USER: LazyLock<ResourceType> = LazyLock::new(|| ResourceType {
    id: "User".into(),
    name: "User".into(),
    endpoint: "/Users".into(),
    description: "User Account".into(),
    schema: Arc::new(core::user()),
    extensions: vec![Extension { schema: Arc::new(core::enterprise_user()), required: false }],
});

static GROUP: LazyLock<ResourceType> = LazyLock::new(|| ResourceType {
    id: "Group".into(),
    name: "Group".into(),
    endpoint: "/Groups".into(),
    description: "Group".into(),
    schema: Arc::new(core::group()),
    extensions: Vec::new(),
});

static META: LazyLock<Vec<Schema>> = LazyLock::new(meta::schemas);

/// `schemas`, `id`, `externalId`, `meta`: part of every resource and of no schema (RFC 7643 section 3.1).
static COMMON: LazyLock<Vec<Attribute>> = LazyLock::new(core::common);

impl ResourceType {
    /// Users: core and enterprise schema.
    pub fn user() -> &'static ResourceType {
        &USER
    }

    /// Groups.
    pub fn group() -> &'static ResourceType {
        &GROUP
    }

    /// The attribute a path names: the sub-attribute if the path has one. Letter case does not matter. Knows
    /// the common attributes too. None for names no schema has, and for a whole extension.
    pub fn attribute(&self, path: &AttrPath) -> Option<&Attribute> {
        let top = self.top(path)?;
        match &path.sub {
            None => Some(top),
            Some(sub) => find(&top.sub_attributes, sub),
        }
    }

    /// The URNs a resource of this type may carry in `schemas`, the core one first.
    pub fn schema_ids(&self) -> impl Iterator<Item = &str> {
        self.schemas().map(|schema| schema.id.as_str())
    }

    /// Its schemas, the core one first.
    pub fn schemas(&self) -> impl Iterator<Item = &Arc<Schema>> {
        std::iter::once(&self.schema).chain(self.extensions.iter().map(|e| &e.schema))
    }

    /// The attribute a path names, disregarding its sub-attribute.
    pub(crate) fn top(&self, path: &AttrPath) -> Option<&Attribute> {
        match &path.schema {
            None => self.core_attribute(&path.attr),
            Some(urn) => find(&self.extension(urn)?.attributes, &path.attr),
        }
    }

    /// An attribute of the core schema, or a common one.
    pub(crate) fn core_attribute(&self, name: &str) -> Option<&Attribute> {
        find(&self.schema.attributes, name).or_else(|| find(&COMMON, name))
    }

    /// The extension with this URN, in any letter case.
    pub fn extension(&self, urn: &str) -> Option<&Schema> {
        self.extensions.iter().map(|e| e.schema.as_ref()).find(|s| s.id.eq_ignore_ascii_case(urn))
    }

    /// The schema URN a client means. With `repair`, also what clients write by mistake or from SCIM 1 days:
    /// Entra's documentation has `…enterprise:2.0User`, OneLogin's template `urn:scim:schemas:core:2.0`.
    pub(crate) fn urn(&self, text: &str, repair: bool) -> Option<&str> {
        let exact = self.schema_ids().find(|id| id.eq_ignore_ascii_case(text));
        if exact.is_some() || !repair {
            return exact;
        }
        let lower = text.to_ascii_lowercase();
        if let Some(old) = lower.strip_prefix("urn:scim:schemas:") {
            if old.starts_with("core:") {
                return Some(&self.schema.id);
            }
            if old.starts_with("extension:enterprise:") {
                return self.schema_ids().find(|id| *id == ENTERPRISE_URN);
            }
        }
        self.schema_ids().find(|id| {
            id.rsplit_once(':').is_some_and(|(head, tail)| {
                lower.len() == head.len() + tail.len()
                    && lower.is_char_boundary(head.len())
                    && lower[..head.len()].eq_ignore_ascii_case(head)
                    && lower[head.len()..].eq_ignore_ascii_case(tail)
            })
        })
    }
}

impl Attribute {
    /// Whether its values are objects with a `value` part that can stand for the whole.
    pub(crate) fn has_value(&self) -> bool {
        self.kind == Kind::Complex && find(&self.sub_attributes, "value").is_some()
    }

    /// A plain list as if its elements were objects: each is its own `value`, as RFC 7643 section 2.4 names the part that
    /// is the value itself.
    pub(crate) fn as_elements(&self) -> Attribute {
        let value = Attribute { name: "value".into(), multi_valued: false, ..self.clone() };
        Attribute { kind: Kind::Complex, sub_attributes: vec![value], ..self.clone() }
    }
}

/// The attribute of this name, in any letter case (RFC 7643 section 2.1).
pub(crate) fn find<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a Attribute> {
    attributes.iter().find(|a| a.name.eq_ignore_ascii_case(name))
}
