//! From what is to what should be.

use serde_json::Value;

use crate::{AttrPath, Attribute, Change, Kind, Mutability, Object, Op, Patch, Path, ResourceType};

/// The smallest patch that makes `current` into `desired`, both regular: one change per attribute, per
/// sub-attribute for complex single ones (`name.givenName`); lists are replaced whole. What only the server
/// sets is not compared. Empty when nothing differs. Applying it to `current` gives `desired`, provided that
/// `desired` has what is required.
pub fn diff(current: &Object, desired: &Object, rt: &ResourceType) -> Patch {
    let mut changes = Vec::new();
    let externals = rt.core_attribute("externalId");
    attributes(None, rt.schema.attributes.iter().chain(externals), current, desired, &mut changes);
    let nothing = Object::new();
    for extension in &rt.extensions {
        let urn = extension.schema.id.as_str();
        let object = |r: &'_ Object| r.get(urn).and_then(Value::as_object).is_some();
        let of = |r| -> &Object { Object::get(r, urn).and_then(Value::as_object).unwrap_or(&nothing) };
        if object(current) && !object(desired) {
            let path = AttrPath { schema: Some(urn.into()), attr: String::new(), sub: None };
            changes.push(change(Op::Remove, path, None));
            continue;
        }
        let known = extension.schema.attributes.iter();
        attributes(Some(urn), known, of(current), of(desired), &mut changes);
    }
    Patch { changes }
}

fn attributes<'a>(
    schema: Option<&str>,
    known: impl Iterator<Item = &'a Attribute>,
    current: &Object,
    desired: &Object,
    changes: &mut Vec<Change>,
) {
    for attribute in known.filter(|a| a.mutability != Mutability::ReadOnly) {
        let path = || AttrPath { schema: schema.map(Into::into), attr: attribute.name.clone(), sub: None };
        let is_merged = attribute.kind == Kind::Complex && !attribute.multi_valued;
        match (current.get(&attribute.name), desired.get(&attribute.name)) {
            (old, new) if old == new => {}
            (Some(Value::Object(old)), Some(Value::Object(new))) if is_merged => {
                for part in &attribute.sub_attributes {
                    let at = || path().with_sub(&part.name);
                    if part.mutability != Mutability::ReadOnly {
                        changes.extend(single(at, old.get(&part.name), new.get(&part.name)));
                    }
                }
            }
            (old, new) => changes.extend(single(path, old, new)),
        }
    }
}

fn single(path: impl Fn() -> AttrPath, old: Option<&Value>, new: Option<&Value>) -> Option<Change> {
    match (old, new) {
        (old, new) if old == new => None,
        (_, None) => Some(change(Op::Remove, path(), None)),
        (None, Some(new)) => Some(change(Op::Add, path(), Some(new.clone()))),
        (Some(_), Some(new)) => Some(change(Op::Replace, path(), Some(new.clone()))),
    }
}

fn change(op: Op, attr: AttrPath, value: Option<Value>) -> Change {
    Change { op, path: Path { attr, filter: None, sub: None }, value, implied: false }
}
