//! Who a person is, from what the sources say. Pure.

use scim::{ENTERPRISE_URN, Object, USER_URN};
use serde_json::Value;

/// The profile of a user: each attribute from the first document that states it. Documents come in the order of
/// their sources' ranks. Attributes of the enterprise extension count one by one, like core attributes.
pub fn join(documents: &[&Object]) -> Object {
    let mut profile = Object::new();
    let mut enterprise = Object::new();
    for document in documents {
        for (name, value) in *document {
            match (name.as_str(), value) {
                ("schemas", _) => {}
                (ENTERPRISE_URN, Value::Object(container)) => {
                    for (name, value) in container {
                        enterprise.entry(name.clone()).or_insert_with(|| value.clone());
                    }
                }
                _ => {
                    profile.entry(name.clone()).or_insert_with(|| value.clone());
                }
            }
        }
    }
    let mut joined = Object::new();
    let mut schemas = vec![Value::from(USER_URN)];
    if !enterprise.is_empty() {
        schemas.push(ENTERPRISE_URN.into());
    }
    joined.insert("schemas".into(), schemas.into());
    joined.extend(profile);
    if !enterprise.is_empty() {
        joined.insert(ENTERPRISE_URN.into(), enterprise.into());
    }
    joined
}

/// Whether the person may have access at all: `active`, which is true unless stated otherwise (wire.md A22). A stored
/// null is an `active` of false that its source has unassigned since.
pub fn is_active(document: &Object) -> bool {
    document.get("active").is_none_or(|active| active.as_bool().unwrap_or(false))
}

#[cfg(test)]
mod tests {
    use super::*;
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
    fn one_source_is_given_back_as_it_is() {
        let only = object(json!({"schemas": [USER_URN], "userName": "ana", "emails": [{"value": "a@x.test"}]}));
        assert_eq!(join(&[&only]), only);
    }
}
