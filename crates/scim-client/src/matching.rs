//! Is this the resource that was asked for? Decided here, never by the application alone.

use std::borrow::Cow;

use scim::Object;
use scim::fold::fold;
use serde_json::Value;

use crate::answer::member;

/// An attribute and the value it must have.
pub(crate) struct Wanted<'a> {
    container: Option<&'a str>,
    attribute: &'a str,
    value: Cow<'a, str>,
    caseless: bool,
}

impl<'a> Wanted<'a> {
    /// `attribute` as in a filter: `userName`, `emails.value`, `urn:…:User:employeeNumber`.
    pub(crate) fn new(attribute: &'a str, value: &'a str) -> Self {
        // A URN has dots of its own (`…:2.0:User`), the attribute begins behind its last colon.
        let (container, attribute) = match attribute.rsplit_once(':') {
            Some((urn, attribute)) => (Some(urn), attribute),
            None => (None, attribute),
        };
        let caseless =
            ["userName", "emails", "emails.value", "displayName"].iter().any(|a| a.eq_ignore_ascii_case(attribute));
        let value = if caseless { Cow::Owned(fold(value)) } else { Cow::Borrowed(value) };
        Self { container, attribute, value, caseless }
    }

    /// Whether a row really has the value.
    pub(crate) fn is_met_by(&self, row: &Object) -> bool {
        let held = self.container.and_then(|urn| member(row, urn)).and_then(Value::as_object);
        // Attributes of the core schema may be named with its URN, too.
        held.is_some_and(|object| self.holds(object)) || self.holds(row)
    }

    fn holds(&self, object: &Object) -> bool {
        // GitLab answers with keys such as "name.formatted".
        if member(object, self.attribute).is_some_and(|v| self.equals(v)) {
            return true;
        }
        let Some((attribute, sub)) = self.attribute.split_once('.') else {
            return false;
        };
        let has = |v: &Value| match v {
            Value::Object(element) => member(element, sub).is_some_and(|v| self.equals(v)),
            // `emails` as an array of strings.
            Value::String(_) => sub.eq_ignore_ascii_case("value") && self.equals(v),
            _ => false,
        };
        match member(object, attribute) {
            Some(Value::Array(elements)) => elements.iter().any(has),
            Some(one) => has(one),
            None => false,
        }
    }

    fn equals(&self, v: &Value) -> bool {
        match v {
            Value::String(text) if self.caseless => *text == *self.value || fold(text) == self.value,
            Value::String(text) => *text == *self.value,
            Value::Number(number) => number.to_string() == self.value,
            Value::Bool(flag) => self.value == if *flag { "true" } else { "false" },
            // `emails eq` is about the element's value (RFC 7644 section 3.4.2.2).
            Value::Array(elements) => elements.iter().any(|e| self.equals(e)),
            Value::Object(element) => {
                element.get("value").is_some_and(|v| !v.is_object() && !v.is_array() && self.equals(v))
            }
            Value::Null => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn met(attribute: &str, value: &str, row: Value) -> bool {
        Wanted::new(attribute, value).is_met_by(row.as_object().unwrap())
    }

    #[test]
    fn caseless_where_people_name_themselves_exact_where_machines_do() {
        assert!(met("userName", "ANA@x.org", json!({"userName": "ana@X.org"})));
        assert!(met("userName", "straße", json!({"username": "STRAßE"})));
        assert!(met("displayName", "Ops", json!({"displayName": "OPS"})));
        assert!(!met("externalId", "a1", json!({"externalId": "A1"})));
        assert!(!met("id", "a1", json!({"id": "A1"})));
        assert!(met("id", "a1", json!({"id": "a1"})));
    }

    #[test]
    fn the_shapes_values_come_in() {
        assert!(met("emails.value", "a@x", json!({"emails": [{"value": "b@x"}, {"value": "A@x"}]})));
        assert!(met("emails.value", "a@x", json!({"emails": ["a@x"]})));
        assert!(met("emails.value", "a@x", json!({"emails": {"value": "a@x"}})));
        assert!(met("emails", "a@x", json!({"emails": [{"value": "a@x"}]})));
        assert!(met("name.formatted", "Ana", json!({"name.formatted": "Ana"})));
        assert!(met("externalId", "7", json!({"externalId": 7})));
        let urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
        assert!(met(&format!("{urn}:employeeNumber"), "7", json!({urn: {"employeeNumber": "7"}})));
        assert!(met("urn:ietf:params:scim:schemas:core:2.0:User:userName", "ANA", json!({"userName": "ana"})));
    }

    #[test]
    fn rows_that_are_someone_else() {
        for row in [
            json!({}),
            json!({"userName": null}),
            json!({"userName": "anab"}),
            json!({"displayName": "ana"}),
            json!({"userName": ["x"]}),
        ] {
            assert!(!met("userName", "ana", row.clone()), "{row}");
        }
    }
}
