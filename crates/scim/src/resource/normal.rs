//! Values made regular, attribute by attribute. Null stands for "no value" throughout.

use std::collections::HashSet;

use serde_json::Value;

pub(crate) use super::scalar::scalar;
use super::scalar::{at, wrong};
use crate::schema::find;
use crate::{Attribute, Error, Kind, Mutability, Object, ResourceType, Schema, Tolerance};

/// Adds one attribute of a POST or PUT body to an object, unless it has no value or is the server's.
pub(crate) fn insert(
    object: &mut Object,
    attribute: &Attribute,
    name: String,
    raw: Value,
    t: &Tolerance,
) -> Result<(), Error> {
    if attribute.mutability == Mutability::ReadOnly {
        return Ok(());
    }
    let value = value(attribute, raw, t)?;
    if value.is_null() {
        return Ok(());
    }
    // The client's key is reused if it is canonical.
    let name = if name == attribute.name { name } else { attribute.name.clone() };
    match object.insert(name, value) {
        None => Ok(()),
        Some(_) => Err(twice(&attribute.name)),
    }
}

/// The object of an extension.
pub(crate) fn attributes(attributes: &[Attribute], urn: &str, raw: Value, t: &Tolerance) -> Result<Object, Error> {
    let raw = match raw {
        Value::Null => Object::new(),
        Value::Object(raw) => raw,
        _ => {
            return Err(Error::invalid_value(format!("{} must be an object", short(urn))));
        }
    };
    let mut object = Object::with_capacity(raw.len());
    for (name, value) in raw {
        match find(attributes, &name) {
            Some(attribute) => insert(&mut object, attribute, name, value, t)?,
            None => unknown_into(&mut object, name, value, t)?,
        }
    }
    Ok(object)
}

/// A whole attribute.
pub(crate) fn value(attribute: &Attribute, raw: Value, t: &Tolerance) -> Result<Value, Error> {
    if attribute.multi_valued {
        list(attribute, "", raw, t)
    } else if attribute.kind == Kind::Complex {
        object(attribute, raw, t, false)
    } else {
        scalar(attribute, "", raw, t)
    }
}

/// A list: no nulls in it, no element twice, at most one primary.
pub(crate) fn list(attribute: &Attribute, parent: &str, raw: Value, t: &Tolerance) -> Result<Value, Error> {
    let raw = match raw {
        Value::Null => return Ok(Value::Null),
        Value::String(text) if text.is_empty() => return Ok(Value::Null),
        Value::Array(list) => list,
        Value::String(text) => match embedded(&text, t) {
            Some(Value::Array(list)) => list,
            _ => return Err(wrong(attribute, parent, "a list")),
        },
        _ => return Err(wrong(attribute, parent, "a list")),
    };
    let mut list = Vec::with_capacity(raw.len());
    for raw in raw {
        if raw.is_null() {
            return Err(wrong(attribute, parent, "a list without nulls"));
        }
        if attribute.kind == Kind::Complex {
            let element = element(attribute, raw, t, false)?;
            if !element.is_empty() {
                list.push(Value::Object(element));
            }
        } else {
            let value = scalar(attribute, parent, raw, t)?;
            if !value.is_null() {
                list.push(value);
            }
        }
    }
    unique(&mut list);
    one_primary(&mut list, attribute, t)?;
    Ok(if list.is_empty() { Value::Null } else { list.into() })
}

/// RFC 7643 section 2.4: no (type, value) pair twice. The first stays. Elements without `value` are compared
/// whole.
pub(crate) fn unique(list: &mut Vec<Value>) {
    // A handful of mails needs no table; ten thousand members do.
    if list.len() <= 16 {
        let mut n = 1;
        while n < list.len() {
            if list[..n].iter().any(|earlier| same(earlier, &list[n])) {
                list.remove(n);
            } else {
                n += 1;
            }
        }
        return;
    }
    let mut seen = HashSet::with_capacity(list.len());
    list.retain(|element| match element.get("value").and_then(Value::as_str) {
        Some(value) => seen.insert(format!("{value}\0{}", label(element).unwrap_or_default())),
        None => seen.insert(element.to_string()),
    });
}

/// The `type` of an element.
fn label(element: &Value) -> Option<&str> {
    element.get("type").and_then(Value::as_str)
}

/// Whether two elements count as one.
pub(crate) fn same(a: &Value, b: &Value) -> bool {
    match (a.get("value"), b.get("value")) {
        (Some(x), Some(y)) => x == y && label(a) == label(b),
        _ => a == b,
    }
}

fn one_primary(list: &mut [Value], attribute: &Attribute, t: &Tolerance) -> Result<(), Error> {
    let mut seen = false;
    for element in list {
        match element.get_mut("primary") {
            Some(primary) if *primary == Value::Bool(true) => {
                if seen && !t.primary_first {
                    return Err(Error::invalid_value(format!("{} has two primary values", attribute.name)));
                }
                *primary = Value::Bool(!seen);
                seen = true;
            }
            _ => {}
        }
    }
    Ok(())
}

/// One element of a list of objects; empty if nothing is left of it. With `partial` it is a change to an
/// element: parts to be cleared stay as nulls, and required parts may be missing.
pub(crate) fn element(attribute: &Attribute, raw: Value, t: &Tolerance, partial: bool) -> Result<Object, Error> {
    let mut raw = match raw {
        Value::Object(raw) => raw,
        Value::String(text) => bare(attribute, text, t)?,
        _ => return Err(wrong(attribute, "", "a list of objects")),
    };
    unwrap_json(&mut raw, attribute, t);
    let names_value = raw.keys().any(|name| name.eq_ignore_ascii_case("value"));
    let mut element = parts(attribute, raw, t, partial)?;
    if partial {
        return Ok(element);
    }
    // A mail whose address is "" or null is no mail, whatever its type.
    if names_value && is_hollow(attribute, &element) {
        element = Object::new();
    }
    if element.is_empty() && !attribute.sub_attributes.iter().any(|part| part.required) {
        return Ok(element);
    }
    required(&attribute.sub_attributes, &element, &attribute.name)?;
    Ok(element)
}

/// Whether nothing but a label is left of an element that should have a `value`.
pub(crate) fn is_hollow(attribute: &Attribute, element: &Object) -> bool {
    attribute.has_value() && element.keys().all(|key| matches!(key.as_str(), "type" | "primary" | "display"))
}

/// Entra sends roles as `{"value": "{\"id\":…,\"value\":\"Admin\",\"displayName\":\"Admin\"}"}`.
fn unwrap_json(raw: &mut Object, attribute: &Attribute, t: &Tolerance) {
    let Some(Value::String(text)) = raw.get("value") else {
        return;
    };
    let Some(Value::Object(inner)) = embedded(text, t) else {
        return;
    };
    if !inner.contains_key("value") {
        return;
    }
    for (name, value) in inner {
        let name = match name.as_str() {
            "displayName" if find(&attribute.sub_attributes, &name).is_none() => "display".into(),
            _ => name,
        };
        if find(&attribute.sub_attributes, &name).is_some() {
            raw.insert(name, value);
        }
    }
}

/// A complex attribute with one value. With `partial`, see [`element`].
pub(crate) fn object(attribute: &Attribute, raw: Value, t: &Tolerance, partial: bool) -> Result<Value, Error> {
    let raw = match raw {
        Value::Null => return Ok(Value::Null),
        Value::String(text) if text.is_empty() && t.manager_shapes => return Ok(Value::Null),
        Value::String(text) => bare(attribute, text, t)?,
        Value::Array(mut list) if t.manager_shapes && list.len() < 2 => match list.pop() {
            None => return Ok(Value::Null),
            Some(Value::Array(_)) => return Err(wrong(attribute, "", "an object")),
            Some(one) => return object(attribute, one, t, partial),
        },
        Value::Object(raw) => raw,
        _ => return Err(wrong(attribute, "", "an object")),
    };
    let object = parts(attribute, raw, t, partial)?;
    if partial {
        return Ok(object.into());
    }
    if object.is_empty() {
        return Ok(Value::Null);
    }
    Ok(object.into())
}

/// An object from a text: JSON in a string, or the `value` alone.
fn bare(attribute: &Attribute, text: String, t: &Tolerance) -> Result<Object, Error> {
    match embedded(&text, t) {
        Some(Value::Object(object)) => Ok(object),
        _ if t.manager_shapes && attribute.has_value() => {
            Ok(Object::from_iter([("value".to_owned(), Value::String(text))]))
        }
        _ => Err(wrong(attribute, "", "an object")),
    }
}

/// JSON inside a string, if the connection tolerates it. Depth is bounded by serde_json.
pub(crate) fn embedded(text: &str, t: &Tolerance) -> Option<Value> {
    if !t.json_string_value || !text.starts_with(['{', '[']) {
        return None;
    }
    crate::json::read(text.as_bytes(), &crate::json::Limits::default()).ok()
}

fn parts(attribute: &Attribute, raw: Object, t: &Tolerance, keep_nulls: bool) -> Result<Object, Error> {
    let mut object = Object::with_capacity(raw.len());
    let mut referred = None;
    for (name, value) in raw {
        let Some(part) = find(&attribute.sub_attributes, &name) else {
            unknown(&name, t)?;
            continue;
        };
        if part.mutability == Mutability::ReadOnly {
            continue;
        }
        if is_link(part) {
            referred = value.as_str().and_then(|uri| uri.rsplit('/').next()).map(str::to_owned);
            continue;
        }
        let value = match leaf(part, &attribute.name, value, t) {
            // What a member is the server knows; some clients put other words there.
            Err(_) if part.name == "type" && refers(attribute) && !t.rejects_unknown() => continue,
            value => value?,
        };
        if value.is_null() && !keep_nulls {
            continue;
        }
        let name = if name == part.name { name } else { part.name.clone() };
        if object.insert(name, value).is_some() {
            return Err(twice(&part.name));
        }
    }
    if let Some(id) = referred.filter(|id| !id.is_empty() && attribute.has_value()) {
        object.entry("value").or_insert(id.into());
    }
    Ok(object)
}

/// A `$ref` to a resource of ours is not stored: the server writes it from `value`, with its own host. Alone
/// it names the resource by its last segment.
fn is_link(part: &Attribute) -> bool {
    part.name == "$ref" && !part.reference_types.iter().any(|t| t == "external" || t == "uri")
}

fn refers(attribute: &Attribute) -> bool {
    attribute.sub_attributes.iter().any(is_link)
}

/// A sub-attribute.
pub(crate) fn leaf(part: &Attribute, parent: &str, raw: Value, t: &Tolerance) -> Result<Value, Error> {
    if part.multi_valued { list(part, parent, raw, t) } else { scalar(part, parent, raw, t) }
}

/// Whether the required among these attributes have values in the object.
pub(crate) fn required(attributes: &[Attribute], object: &Object, parent: &str) -> Result<(), Error> {
    for attribute in attributes {
        let value = object.get(&attribute.name);
        let blank = match value {
            None | Some(Value::Null) => true,
            Some(Value::String(text)) => text.trim().is_empty(),
            _ => false,
        };
        if attribute.required && blank {
            return Err(Error::invalid_value(format!("{} is required", at(parent, attribute))));
        }
        let Some(value) = value else { continue };
        if attribute.sub_attributes.iter().any(|part| part.required) {
            let elements = match value {
                Value::Array(list) => list.as_slice(),
                one => std::slice::from_ref(one),
            };
            for element in elements.iter().filter_map(Value::as_object) {
                required(&attribute.sub_attributes, element, &attribute.name)?;
            }
        }
    }
    Ok(())
}

/// Ok if unknown names are ignored.
pub(crate) fn unknown(name: &str, t: &Tolerance) -> Result<(), Error> {
    if t.rejects_unknown() {
        return Err(Error::invalid_syntax(format!("no attribute is called {}", short(name))));
    }
    Ok(())
}

/// An attribute that no schema knows: left out, kept as it is, or refused.
pub(crate) fn unknown_into(object: &mut Object, name: String, value: Value, t: &Tolerance) -> Result<(), Error> {
    if t.stores_unknown() && !value.is_null() {
        if object.keys().any(|known| known.eq_ignore_ascii_case(&name)) {
            return Err(twice(&name));
        }
        object.insert(name, value);
        return Ok(());
    }
    unknown(&name, t)
}

/// The same name in two letter cases.
pub(crate) fn twice(name: &str) -> Error {
    Error::invalid_syntax(format!("{} is given twice", short(name)))
}

/// A client's own name for something, short enough for a message.
pub(crate) fn short(name: &str) -> String {
    name.chars().take(100).collect()
}

/// The extension whose object has this key.
pub(crate) fn extension_of<'a>(rt: &'a ResourceType, name: &str, t: &Tolerance) -> Option<&'a Schema> {
    let urn = rt.urn(name, t.schemas_repair)?;
    rt.extension(urn)
}
