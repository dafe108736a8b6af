//! Who a person is, from what the sources say. Pure.

use scim::{Object, USER_URN};
use serde_json::Value;

/// The profile of a user: each attribute from the first document that states it. Documents come in the order of
/// their sources' ranks. Attributes of extensions count one by one, like core attributes.
pub fn join(documents: &[&Object]) -> Object {
    let mut profile = Object::new();
    let mut extensions = Object::new();
    for document in documents {
        for (name, value) in *document {
            match value {
                _ if name == "schemas" => {}
                Value::Object(container) if is_extension(name) => {
                    let joined = extensions.entry(name.clone()).or_insert_with(|| Object::new().into());
                    for (name, value) in container {
                        joined
                            .as_object_mut()
                            .map(|joined| joined.entry(name.clone()).or_insert_with(|| value.clone()));
                    }
                }
                _ => {
                    profile.entry(name.clone()).or_insert_with(|| value.clone());
                }
            }
        }
    }
    let schemas = std::iter::once(USER_URN).chain(extensions.keys().map(String::as_str)).map(Value::from);
    let mut joined = Object::from_iter([("schemas".to_owned(), schemas.collect())]);
    joined.extend(profile);
    joined.extend(extensions);
    joined
}

/// Whether a key of a resource names an extension: only URNs have colons.
pub fn is_extension(name: &str) -> bool {
    name.contains(':')
}

/// Take the URN of an extension that is gone from a resource's `schemas`.
pub(crate) fn leave_schema(resource: &mut Object, urn: &str) {
    if let Some(Value::Array(schemas)) = resource.get_mut("schemas") {
        schemas.retain(|schema| schema != urn);
    }
}

/// Where one attribute's value comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Stated {
    /// The attribute: `title`, `name`, `urn:…:User:department`.
    pub path: String,
    /// Its value in the profile, and the number of the document that states it.
    pub value: Value,
    /// See `value`.
    pub by: usize,
    /// What further documents state in vain.
    pub overruled: Vec<(usize, Value)>,
}

/// For each attribute of a [`join`]: who states it, and whom that overrules.
pub fn provenance(documents: &[&Object]) -> Vec<Stated> {
    let mut found: Vec<Stated> = Vec::new();
    for (by, document) in documents.iter().enumerate() {
        let mut state = |path: String, value: &Value| match found.iter_mut().find(|stated| stated.path == path) {
            Some(stated) => stated.overruled.push((by, value.clone())),
            None => found.push(Stated { path, value: value.clone(), by, overruled: Vec::new() }),
        };
        for (name, value) in document.iter().filter(|(name, _)| *name != "schemas") {
            match value {
                Value::Object(container) if is_extension(name) => {
                    container.iter().for_each(|(attribute, value)| state(format!("{name}:{attribute}"), value));
                }
                _ => state(name.clone(), value),
            }
        }
    }
    found
}

/// Whether the person may have access at all: `active`, which is true unless stated otherwise (wire.md A22). A stored
/// null is an `active` of false that its source has unassigned since.
pub fn is_active(document: &Object) -> bool {
    document.get("active").is_none_or(|active| active.as_bool().unwrap_or(false))
}

#[cfg(test)]
mod tests {
    use super::*;
    use scim::ENTERPRISE_URN;
    use serde_json::json;

    fn object(value: Value) -> Object {
        match value {
            Value::Object(object) => object,
            _ => panic!("not an object"),
        }
    }

    #[test]
    fn the_first_source_that_states_an_attribute_decides_it() {
        let hr = object(json!({"userName": "ana", "title": "Engineer", ENTERPRISE_URN: {"department": "R&D"}}));
        let idp = object(
            json!({"userName": "ANA", "active": false, "title": "Eng", ENTERPRISE_URN: {"department": "x", "division": "EU"}}),
        );
        let joined = join(&[&hr, &idp]);
        assert_eq!(
            Value::Object(joined.clone()),
            json!({"schemas": [USER_URN, ENTERPRISE_URN], "userName": "ana", "title": "Engineer", "active": false,
                   ENTERPRISE_URN: {"department": "R&D", "division": "EU"}})
        );
        assert!(!is_active(&joined));
        assert!(is_active(&hr), "active is true unless stated");
    }

    #[test]
    fn every_extension_is_joined_attribute_by_attribute() {
        let hr = object(json!({"userName": "ana", "urn:acme:2.0:User": {"costCenter": "7"}}));
        let idp = object(json!({"userName": "ana", "urn:acme:2.0:User": {"costCenter": "8", "badge": 1},
            "urn:b:User": {"x": true}}));
        assert_eq!(
            Value::Object(join(&[&hr, &idp])),
            json!({"schemas": [USER_URN, "urn:acme:2.0:User", "urn:b:User"], "userName": "ana",
                   "urn:acme:2.0:User": {"costCenter": "7", "badge": 1}, "urn:b:User": {"x": true}})
        );
    }

    #[test]
    fn one_source_is_given_back_as_it_is() {
        let only = object(json!({"schemas": [USER_URN], "userName": "ana", "emails": [{"value": "a@x.test"}]}));
        assert_eq!(join(&[&only]), only);
    }
}
