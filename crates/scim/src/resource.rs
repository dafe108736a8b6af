//! Resources: a JSON object made regular, and questions about it.
//!
//! Regular means: names in the schema's letter case, extension attributes in the object of their URN, nothing
//! null or empty, nothing the client may not set, values of the right type, `schemas` saying what is there.

mod hidden;
mod look;
pub(crate) mod normal;
mod scalar;

use serde_json::{Map, Value};

use crate::schema::find;
use crate::{Attribute, Error, Mutability, ResourceType, Tolerance};
pub use hidden::drop_hidden;
pub(crate) use look::with_parts;
pub use look::{each_value, get, sort_key, specified};

/// A resource, or one element of a list of objects.
pub type Object = Map<String, Value>;

/// So many attributes a resource may have, counted with those inside its extensions and complex attributes.
const MAX_ATTRIBUTES: usize = 500;

/// Makes the body of a POST or PUT regular. What is null, `[]` or `""` is left out (RFC 7643 section 2.5), and
/// so is what only the server may set. `password` stays in the result if sent; the caller must take it out
/// before it stores anything.
///
/// # Errors
/// `invalidSyntax` if the body is no object, has no `schemas`, or names an attribute twice or (where unknown
/// attributes are rejected) one that does not exist; `invalidValue` for a value of the wrong type, too long (`userName` 256
/// characters, `externalId` 512, binary 65,536, others 4,096), with characters that have no place in it, or for more
/// than 500 attributes.
/// Whether required attributes are there is [`check_required`]'s question.
pub fn read(body: Value, rt: &ResourceType, t: &Tolerance) -> Result<Object, Error> {
    let Value::Object(body) = body else {
        return Err(Error::invalid_syntax("a resource is a JSON object"));
    };
    let inside = |value: &Value| value.as_object().map_or(0, Map::len);
    if body.len() + body.values().map(inside).sum::<usize>() > MAX_ATTRIBUTES {
        return Err(Error::invalid_value(format!("a resource may have at most {MAX_ATTRIBUTES} attributes")));
    }
    let mut resource = Object::with_capacity(body.len());
    resource.insert("schemas".into(), Value::Null);
    let mut schemas = Value::Null;
    for (name, value) in body {
        if let Some(attribute) = rt.core_attribute(&name) {
            if attribute.name == "schemas" {
                schemas = value;
            } else {
                normal::insert(&mut resource, attribute, name, value, t)?;
            }
            continue;
        }
        match normal::extension_of(rt, &name, t) {
            Some(schema) => {
                let extension = normal::attributes(&schema.attributes, &name, value, t)?;
                if !extension.is_empty() && resource.insert(schema.id.clone(), extension.into()).is_some() {
                    return Err(normal::twice(&name));
                }
            }
            None => normal::unknown_into(&mut resource, name, value, t)?,
        }
    }
    check_schemas(&schemas, &resource, rt, t)?;
    repair_schemas(&mut resource, rt);
    Ok(resource)
}

/// RFC 7643 section 3: `schemas` is never empty. Clients known to be sloppy about its content always send it.
fn check_schemas(schemas: &Value, resource: &Object, rt: &ResourceType, t: &Tolerance) -> Result<(), Error> {
    let list = match schemas {
        Value::Array(list) if !list.is_empty() => list,
        _ => {
            return Err(Error::invalid_syntax(format!("schemas must hold {}", rt.schema.id)));
        }
    };
    let mut named = Vec::with_capacity(list.len());
    for urn in list {
        let urn = urn.as_str().ok_or_else(|| Error::invalid_syntax("schemas holds strings"))?;
        match rt.urn(urn, t.schemas_repair) {
            Some(urn) => named.push(urn),
            None if t.schemas_repair => {}
            None => {
                return Err(Error::invalid_syntax(format!("schemas names one that a {} does not have", rt.name)));
            }
        }
    }
    if !t.schemas_repair {
        let missing =
            rt.schema_ids().find(|urn| (*urn == rt.schema.id || resource.contains_key(*urn)) && !named.contains(urn));
        if let Some(urn) = missing {
            return Err(Error::invalid_syntax(format!("schemas must hold {urn}")));
        }
    }
    Ok(())
}

/// Makes `schemas` say what is there: the core URN, and each extension that has attributes. Leaves a list
/// alone that says so in another order.
pub(crate) fn repair_schemas(resource: &mut Object, rt: &ResourceType) {
    let present = |urn: &&str| *urn == rt.schema.id || resource.contains_key(*urn);
    let right = resource.get("schemas").and_then(Value::as_array).is_some_and(|list| {
        list.len() == rt.schema_ids().filter(present).count()
            && rt.schema_ids().filter(present).all(|urn| list.iter().any(|s| s == urn))
    });
    if !right {
        let list: Vec<Value> = rt.schema_ids().filter(present).map(Value::from).collect();
        resource.insert("schemas".into(), list.into());
    }
}

/// What a PUT leaves out and is to stay, put back: whole attributes, and those of extensions one by one. A null in
/// `next` says that the attribute is to go; none is left afterwards.
pub fn keep_omitted(current: &Object, next: &mut Object, rt: &ResourceType) {
    for (name, value) in current {
        match (value, next.get_mut(name)) {
            (Value::Object(current), Some(Value::Object(next))) if rt.extension(name).is_some() => {
                for (name, value) in current {
                    next.entry(name.clone()).or_insert_with(|| value.clone());
                }
            }
            (_, Some(_)) => {}
            (value, None) => {
                next.insert(name.clone(), value.clone());
            }
        }
    }
    next.retain(|_, value| {
        if let Value::Object(part) = value {
            part.retain(|_, value| !value.is_null());
        }
        !value.is_null() && value.as_object().is_none_or(|object| !object.is_empty())
    });
    repair_schemas(next, rt);
}

/// A null in `resource` for each attribute that `body`, as it was sent, names without giving a value. To RFC 7643
/// section 2.5 that is the same as leaving it out; to a client that may leave out what is to stay it is not.
pub fn mark_emptied(resource: &mut Object, body: &Object, rt: &ResourceType) {
    let emptied = |value: &Value| match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    };
    for (name, value) in body {
        if let Some(attribute) = rt.core_attribute(name) {
            if emptied(value) && attribute.mutability != Mutability::ReadOnly {
                resource.entry(attribute.name.clone()).or_insert(Value::Null);
            }
        } else if let (Some(schema), Value::Object(parts)) = (rt.extension(name), value) {
            let extension = resource.entry(schema.id.clone()).or_insert_with(|| Object::new().into());
            for (name, _) in parts.iter().filter(|(_, value)| emptied(value)) {
                if let (Some(attribute), Some(extension)) = (find(&schema.attributes, name), extension.as_object_mut())
                {
                    extension.entry(attribute.name.clone()).or_insert(Value::Null);
                }
            }
        }
    }
}

/// Whether everything required is there: attributes, extensions, and parts of what is there.
///
/// # Errors
/// `invalidValue` naming the first that is missing. A blank text is missing.
pub fn check_required(resource: &Object, rt: &ResourceType) -> Result<(), Error> {
    normal::required(&rt.schema.attributes, resource, "")?;
    for extension in &rt.extensions {
        match resource.get(&extension.schema.id).and_then(Value::as_object) {
            Some(object) => normal::required(&extension.schema.attributes, object, "")?,
            None if extension.required => {
                return Err(Error::invalid_value(format!("{} is required on a {}", extension.schema.id, rt.name)));
            }
            None => {}
        }
    }
    Ok(())
}

/// Whether `next` leaves alone what may be set only once (RFC 7644 section 3.5.1). Elements of lists are not
/// compared: taking one away and adding another is no change of either.
///
/// # Errors
/// `mutability` naming the first immutable attribute that `current` has and `next` has not, or otherwise.
pub fn check_immutable(current: &Object, next: &Object, rt: &ResourceType) -> Result<(), Error> {
    unchanged(&rt.schema.attributes, Some(current), Some(next))?;
    for extension in &rt.extensions {
        let schema = &extension.schema;
        let old = current.get(&schema.id).and_then(Value::as_object);
        let new = next.get(&schema.id).and_then(Value::as_object);
        unchanged(&schema.attributes, old, new)?;
    }
    Ok(())
}

fn has_immutable(attribute: &Attribute) -> bool {
    attribute.mutability == Mutability::Immutable
        || attribute.sub_attributes.iter().any(|a| a.mutability == Mutability::Immutable)
}

fn unchanged(attributes: &[Attribute], current: Option<&Object>, next: Option<&Object>) -> Result<(), Error> {
    let Some(current) = current else {
        return Ok(());
    };
    for attribute in attributes.iter().filter(|a| has_immutable(a)) {
        let Some(old) = current.get(&attribute.name) else {
            continue;
        };
        let new = next.and_then(|n| n.get(&attribute.name));
        if attribute.mutability == Mutability::Immutable {
            if !new.is_some_and(|new| equal_unordered(old, new)) {
                return Err(set_once(&attribute.name));
            }
        } else if !attribute.multi_valued {
            unchanged(&attribute.sub_attributes, old.as_object(), new.and_then(Value::as_object))?;
        }
    }
    Ok(())
}

/// Whether two values are equal; the elements of a list have no order (RFC 7643 section 2.4), nor have the parts of an
/// element.
pub(crate) fn equal_unordered(one: &Value, other: &Value) -> bool {
    let (Value::Array(one), Value::Array(other)) = (one, other) else { return one == other };
    let sorted = |list: &[Value]| {
        let parts = |element: &Value| match element {
            Value::Object(object) => {
                let mut parts: Vec<String> = object.iter().map(|(name, value)| format!("{name:?}{value}")).collect();
                parts.sort_unstable();
                parts
            }
            plain => vec![plain.to_string()],
        };
        let mut elements: Vec<Vec<String>> = list.iter().map(parts).collect();
        elements.sort_unstable();
        elements
    };
    one == other || (one.len() == other.len() && sorted(one) == sorted(other))
}

/// The refusal to change what may be set only once.
pub(crate) fn set_once(name: &str) -> Error {
    Error::mutability(format!("{name} is immutable: it has a value and cannot get another"))
}
