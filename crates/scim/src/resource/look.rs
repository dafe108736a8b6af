//! Looking into a resource.

use serde_json::Value;

use crate::schema::find;
use crate::{AttrPath, Attribute, Kind, Object, ResourceType, fold};

/// All values at a path (in canonical form): the elements of a list one by one, and for a path with a
/// sub-attribute that part of each.
pub fn get<'a>(resource: &'a Object, path: &AttrPath) -> Vec<&'a Value> {
    let object = match &path.schema {
        None => Some(resource),
        Some(urn) if path.attr.is_empty() => return resource.get(urn).into_iter().collect(),
        Some(urn) => resource.get(urn).and_then(Value::as_object),
    };
    let Some(value) = object.and_then(|o| o.get(&path.attr)) else {
        return Vec::new();
    };
    let elements = match value {
        Value::Array(list) => list.as_slice(),
        one => std::slice::from_ref(one),
    };
    match &path.sub {
        None => elements.iter().collect(),
        Some(sub) => elements.iter().filter_map(|e| e.get(sub)).collect(),
    }
}

/// What a resource is sorted by at a path in canonical form: the key of its value; of a list that of the primary element,
/// else of the first that has one (RFC 7644 section 3.4.2.3). A complex attribute is sorted by its `value`.
pub fn sort_key(resource: &Object, path: &AttrPath, rt: &ResourceType) -> Option<String> {
    let mut attribute = rt.attribute(path)?;
    let mut sub = path.sub.as_deref();
    if attribute.kind == Kind::Complex {
        attribute = find(&attribute.sub_attributes, "value")?;
        sub = Some("value");
    }
    let elements = get(resource, &AttrPath { sub: None, ..path.clone() });
    let is_primary = |element: &&&Value| element.get("primary").is_some_and(|primary| *primary == true);
    let first = elements.iter().filter(is_primary).chain(&elements);
    let mut keys = first.filter_map(|element| match sub {
        None => fold::key(attribute, element),
        Some(sub) => fold::key(attribute, element.get(sub)?),
    });
    keys.next()
}

/// Calls `f` with every leaf value of the resource but `schemas`: its path in canonical form, the number of
/// its element in the list (0 outside lists), its attribute, and itself. Values of attributes the resource
/// type does not know are passed over.
pub fn each_value(resource: &Object, rt: &ResourceType, f: &mut dyn FnMut(&AttrPath, usize, &Attribute, &Value)) {
    // One path for all calls: its texts are overwritten, not made anew, because this runs on every write.
    let mut path = AttrPath::core("");
    for (name, value) in resource {
        if let Some(attribute) = rt.core_attribute(name) {
            if attribute.name != "schemas" {
                leaves(attribute, value, &mut path, f);
            }
        } else if let (Some(schema), Some(object)) = (rt.extension(name), value.as_object()) {
            path.schema = Some(schema.id.clone());
            for (name, value) in object {
                if let Some(attribute) = find(&schema.attributes, name) {
                    leaves(attribute, value, &mut path, f);
                }
            }
            path.schema = None;
        }
    }
}

fn leaves(
    attribute: &Attribute,
    value: &Value,
    path: &mut AttrPath,
    f: &mut dyn FnMut(&AttrPath, usize, &Attribute, &Value),
) {
    path.attr.clear();
    path.attr.push_str(&attribute.name);
    let elements = match value {
        Value::Array(list) => list.as_slice(),
        one => std::slice::from_ref(one),
    };
    if attribute.kind != Kind::Complex {
        for (n, element) in elements.iter().enumerate() {
            f(path, n, attribute, element);
        }
        return;
    }
    let mut sub = String::new();
    for (n, element) in elements.iter().enumerate() {
        for (name, value) in element.as_object().into_iter().flatten() {
            let Some(part) = find(&attribute.sub_attributes, name) else {
                continue;
            };
            sub.clear();
            sub.push_str(&part.name);
            path.sub = Some(std::mem::take(&mut sub));
            let values = match value {
                Value::Array(list) => list.as_slice(),
                one => std::slice::from_ref(one),
            };
            for value in values {
                f(path, n, part, value);
            }
            sub = path.sub.take().unwrap_or_default();
        }
    }
}

/// The attributes that a resource has values of, and their parts, in canonical form; without `schemas`.
pub fn specified(resource: &Object, rt: &ResourceType) -> Vec<AttrPath> {
    let mut found = Vec::new();
    for (name, value) in resource {
        if let Some(attribute) = rt.core_attribute(name) {
            if attribute.name != "schemas" {
                with_parts(AttrPath::core(&attribute.name), value, &mut found);
            }
        } else if let (Some(schema), Some(object)) = (rt.extension(name), value.as_object()) {
            for (name, value) in object {
                let path = AttrPath { schema: Some(schema.id.clone()), attr: name.clone(), sub: None };
                with_parts(path, value, &mut found);
            }
        }
    }
    found
}

/// An attribute with this value, and the parts that the value has.
pub(crate) fn with_parts(path: AttrPath, value: &Value, found: &mut Vec<AttrPath>) {
    let elements = match value {
        Value::Array(list) => list.as_slice(),
        one => std::slice::from_ref(one),
    };
    for part in elements.iter().filter_map(Value::as_object).flat_map(Object::keys) {
        found.push(path.clone().with_sub(part));
    }
    found.push(path);
}
