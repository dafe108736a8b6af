//! PATCH: a list of changes, read from any shape clients send, applied all or not at all
//! (RFC 7644 section 3.5.2).

mod apply;
mod elements;
mod list;
mod read;

use serde_json::{Map, Value, json};

use crate::{AttrPath, PATCH_URN, Path, resource};
pub use elements::ElementChange;

/// What a change does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// Adds values to a list; sets what is single.
    Add,
    /// Takes values away.
    Remove,
    /// Sets.
    Replace,
}

impl Op {
    /// The RFC's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Remove => "remove",
            Self::Replace => "replace",
        }
    }
}

/// One change at one place. From [`Patch::read`] its value is regular: names canonical, types right, lists
/// really lists, null for "no value".
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// What it does.
    pub op: Op,
    /// Where.
    pub path: Path,
    /// With what. None only for `remove`, where a value lists the elements to remove.
    pub value: Option<Value>,
    /// It came from an object without a path. Clients put whole resources there, so what only the server may
    /// set is passed over, and an `id` may be repeated.
    pub implied: bool,
}

/// The changes of one request, in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Patch {
    /// The changes. Empty if the request had only attributes we ignore.
    pub changes: Vec<Change>,
}

impl Patch {
    /// The request body, with a path on every operation and operations in lower case: what even the pickiest
    /// service provider reads.
    pub fn to_json(&self) -> Value {
        let operations: Vec<Value> = self.changes.iter().map(Change::to_json).collect();
        json!({ "schemas": [PATCH_URN], "Operations": operations })
    }

    /// The attributes that the changes give values to, and their parts, in canonical form.
    pub fn specified(&self) -> Vec<AttrPath> {
        let mut found = Vec::new();
        for Change { path, value, .. } in &self.changes {
            let part = path.attr.sub.as_ref().or(path.sub.as_ref());
            let attribute = AttrPath { sub: None, ..path.attr.clone() };
            match part {
                Some(part) => found.extend([attribute.clone().with_sub(part), attribute]),
                None => resource::with_parts(attribute, value.as_ref().unwrap_or(&Value::Null), &mut found),
            }
        }
        found
    }
}

impl Change {
    fn to_json(&self) -> Value {
        let mut operation = Map::with_capacity(3);
        operation.insert("op".into(), self.op.as_str().into());
        operation.insert("path".into(), self.path.to_string().into());
        if let Some(value) = &self.value {
            operation.insert("value".into(), value.clone());
        }
        Value::Object(operation)
    }
}
