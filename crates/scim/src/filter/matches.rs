//! Does a resource satisfy a filter? The plain answer, by which the store's is judged.

use serde_json::Value;

use super::{Compare, Filter};
use crate::schema::find;
use crate::{Attribute, Kind, Object, ResourceType, fold};

impl Filter {
    /// Whether the resource satisfies the filter, which must be resolved. A comparison holds if any value at
    /// the path satisfies it; `ne` holds if no value is equal, so also if there is none; `eq null` holds if
    /// there is none (RFC 7643 section 2.5).
    pub fn matches(&self, resource: &Object, rt: &ResourceType) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|f| f.matches(resource, rt)),
            Self::Or(parts) => parts.iter().any(|f| f.matches(resource, rt)),
            Self::Not(inner) => !inner.matches(resource, rt),
            Self::Present(path) => any(container(resource, &path.schema), path, &is_present),
            Self::Compare { path, op, value } => {
                let Some(attribute) = rt.attribute(path) else {
                    return false;
                };
                let object = container(resource, &path.schema);
                holds(*op, value, |test| any(object, path, test), attribute)
            }
            Self::Element { attr, filter } => {
                let Some(attribute) = rt.attribute(attr) else {
                    return false;
                };
                let found = container(resource, &attr.schema).and_then(|o| o.get(&attr.attr));
                match found {
                    Some(Value::Array(list)) => list
                        .iter()
                        .filter_map(Value::as_object)
                        .any(|element| filter.matches_element(element, attribute)),
                    Some(Value::Object(one)) => filter.matches_element(one, attribute),
                    _ => false,
                }
            }
        }
    }

    /// Whether one element of a complex attribute satisfies a filter whose names are relative to it.
    pub fn matches_element(&self, element: &Object, attribute: &Attribute) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|f| f.matches_element(element, attribute)),
            Self::Or(parts) => parts.iter().any(|f| f.matches_element(element, attribute)),
            Self::Not(inner) => !inner.matches_element(element, attribute),
            Self::Present(path) => element.get(&path.attr).is_some_and(is_present),
            Self::Compare { path, op, value } => {
                let Some(part) = find(&attribute.sub_attributes, &path.attr) else {
                    return false;
                };
                holds(*op, value, |test| element.get(&path.attr).is_some_and(test), part)
            }
            Self::Element { .. } => false,
        }
    }
}

fn container<'a>(resource: &'a Object, schema: &Option<String>) -> Option<&'a Object> {
    match schema {
        None => Some(resource),
        Some(urn) => resource.get(urn)?.as_object(),
    }
}

/// Whether any value at the path passes the test.
fn any(object: Option<&Object>, path: &crate::AttrPath, test: &dyn Fn(&Value) -> bool) -> bool {
    let Some(value) = object.and_then(|o| o.get(&path.attr)) else {
        return false;
    };
    let one = |value: &Value| match &path.sub {
        None => test(value),
        Some(sub) => value.get(sub).is_some_and(test),
    };
    match value {
        Value::Array(list) => list.iter().any(one),
        value => one(value),
    }
}

/// Null, empty text, and empty lists and objects are no values (RFC 7643 section 2.5).
fn is_present(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(object) => !object.is_empty(),
        _ => true,
    }
}

/// `ne` and null turn the question round; everything else asks for any value that compares so.
fn holds(op: Compare, wanted: &Value, any: impl Fn(&dyn Fn(&Value) -> bool) -> bool, attribute: &Attribute) -> bool {
    match (op, wanted) {
        (Compare::Eq, Value::Null) => !any(&is_present),
        (_, Value::Null) => any(&is_present),
        (Compare::Ne, _) => !any(&|v| compares(attribute, Compare::Eq, v, wanted)),
        _ => any(&|v| compares(attribute, op, v, wanted)),
    }
}

fn compares(attribute: &Attribute, op: Compare, value: &Value, wanted: &Value) -> bool {
    if let (Value::String(value), Value::String(wanted)) = (value, wanted)
        && attribute.kind != Kind::DateTime
    {
        return compares_text(attribute, op, value, wanted);
    }
    let (Some(value), Some(wanted)) = (fold::key(attribute, value), fold::key(attribute, wanted)) else {
        return false;
    };
    match op {
        Compare::Eq => value == wanted,
        Compare::Ne => value != wanted,
        Compare::Gt => value > wanted,
        Compare::Ge => value >= wanted,
        Compare::Lt => value < wanted,
        Compare::Le => value <= wanted,
        Compare::Co | Compare::Sw | Compare::Ew => false,
    }
}

/// Most comparisons are of plain text; nothing is allocated for them.
fn compares_text(attribute: &Attribute, op: Compare, value: &str, wanted: &str) -> bool {
    if op == Compare::Eq && !attribute.case_exact && value.is_ascii() && wanted.is_ascii() {
        return value.eq_ignore_ascii_case(wanted);
    }
    let value = fold::text_key(attribute, value);
    let wanted = fold::text_key(attribute, wanted);
    match op {
        Compare::Eq => value == wanted,
        Compare::Ne => value != wanted,
        Compare::Co => value.contains(wanted.as_ref()),
        Compare::Sw => value.starts_with(wanted.as_ref()),
        Compare::Ew => value.ends_with(wanted.as_ref()),
        Compare::Gt => value > wanted,
        Compare::Ge => value >= wanted,
        Compare::Lt => value < wanted,
        Compare::Le => value <= wanted,
    }
}
