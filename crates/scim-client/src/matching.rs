//! Is this the resource that was asked for? Decided here, never by the application alone.

use std::borrow::Cow;
use std::collections::HashMap;

use scim::Object;
use scim::fold::fold;
use serde_json::Value;

use crate::answer::member;

/// An attribute as a filter names it, and how its values are compared.
struct Attribute<'a> {
    container: Option<&'a str>,
    name: &'a str,
    caseless: bool,
}

impl<'a> Attribute<'a> {
    /// `attribute` as in a filter: `userName`, `emails.value`, `urn:…:User:employeeNumber`.
    fn new(attribute: &'a str) -> Self {
        // A URN has dots of its own (`…:2.0:User`), the attribute begins behind its last colon.
        let (container, name) = match attribute.rsplit_once(':') {
            Some((urn, name)) => (Some(urn), name),
            None => (None, attribute),
        };
        let caseless =
            ["userName", "emails", "emails.value", "displayName"].iter().any(|a| a.eq_ignore_ascii_case(name));
        Self { container, name, caseless }
    }

    /// A value in the form in which two that are the same are equal.
    fn normal<'v>(&self, value: &'v str) -> Cow<'v, str> {
        if self.caseless { Cow::Owned(fold(value)) } else { Cow::Borrowed(value) }
    }

    /// Whether `met` says so of any value that a row has, each in its normal form. It is asked until it does.
    fn any(&self, row: &Object, met: &mut dyn FnMut(&str) -> bool) -> bool {
        let held = self.container.and_then(|urn| member(row, urn)).and_then(Value::as_object);
        // Attributes of the core schema may be named with its URN, too.
        held.is_some_and(|object| self.any_in(object, met)) || self.any_in(row, met)
    }

    fn any_in(&self, row: &Object, met: &mut dyn FnMut(&str) -> bool) -> bool {
        // GitLab answers with keys such as "name.formatted".
        if member(row, self.name).is_some_and(|v| self.any_of(v, met)) {
            return true;
        }
        let Some((name, sub)) = self.name.split_once('.') else {
            return false;
        };
        let mut any_of_element = |v: &Value| match v {
            Value::Object(element) => member(element, sub).is_some_and(|v| self.any_of(v, met)),
            // `emails` as an array of strings.
            Value::String(_) => sub.eq_ignore_ascii_case("value") && self.any_of(v, met),
            _ => false,
        };
        match member(row, name) {
            Some(Value::Array(elements)) => elements.iter().any(any_of_element),
            Some(one) => any_of_element(one),
            None => false,
        }
    }

    fn any_of(&self, v: &Value, met: &mut dyn FnMut(&str) -> bool) -> bool {
        match v {
            Value::String(text) => met(&self.normal(text)),
            Value::Number(number) => met(&number.to_string()),
            Value::Bool(flag) => met(if *flag { "true" } else { "false" }),
            // `emails eq` is about the element's value (RFC 7644 section 3.4.2.2).
            Value::Array(elements) => elements.iter().any(|e| self.any_of(e, met)),
            Value::Object(element) => {
                element.get("value").is_some_and(|v| !v.is_object() && !v.is_array() && self.any_of(v, met))
            }
            Value::Null => false,
        }
    }
}

/// An attribute and the value it must have.
pub(crate) struct Wanted<'a> {
    attribute: Attribute<'a>,
    value: Cow<'a, str>,
}

impl<'a> Wanted<'a> {
    /// `attribute` as in a filter: `userName`, `emails.value`, `urn:…:User:employeeNumber`.
    pub(crate) fn new(attribute: &'a str, value: &'a str) -> Self {
        let attribute = Attribute::new(attribute);
        Self { value: attribute.normal(value), attribute }
    }

    /// Whether a row really has the value.
    pub(crate) fn is_met_by(&self, row: &Object) -> bool {
        self.attribute.any(row, &mut |value| value == self.value)
    }
}

/// Many rows by the values of one attribute. A row that was read is found here by exactly the values by which
/// [`Client::find`](crate::Client::find) takes it for the one that was asked for, without a request for each.
#[derive(Debug)]
pub struct MatchIndex {
    attribute: &'static str,
    rows: HashMap<String, Vec<u32>>,
}

impl MatchIndex {
    /// An empty one. `attribute` as in a filter: `userName`, `emails.value`.
    pub fn new(attribute: &'static str) -> Self {
        Self { attribute, rows: HashMap::new() }
    }

    /// Adds a row under the number by which its owner knows it.
    pub fn insert(&mut self, number: u32, row: &Object) {
        Attribute::new(self.attribute).any(row, &mut |value| {
            let numbers = self.rows.entry(value.to_owned()).or_default();
            // A row may have a value twice: `emails` with the same address as work and as home.
            if numbers.last() != Some(&number) {
                numbers.push(number);
            }
            false
        });
    }

    /// The numbers of the rows that have a value, in the order in which they were added.
    pub fn find(&self, value: &str) -> &[u32] {
        let attribute = Attribute::new(self.attribute);
        self.rows.get(&*attribute.normal(value)).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn met(attribute: &'static str, value: &str, row: Value) -> bool {
        let row = row.as_object().unwrap();
        let met = Wanted::new(attribute, value).is_met_by(row);
        let mut index = MatchIndex::new(attribute);
        index.insert(7, row);
        assert_eq!(index.find(value), if met { &[7][..] } else { &[] }, "{attribute} {value}: one answer for both");
        met
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
        const NUMBER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber";
        assert!(met(NUMBER, "7", json!({urn: {"employeeNumber": "7"}})));
        assert!(met("urn:ietf:params:scim:schemas:core:2.0:User:userName", "ANA", json!({"userName": "ana"})));
    }

    #[test]
    fn many_rows_are_found_by_their_values() {
        let mut index = MatchIndex::new("emails.value");
        for (number, row) in [
            json!({"emails": [{"value": "a@x", "type": "work"}, {"value": "A@X", "type": "home"}]}),
            json!({"emails": [{"value": "b@x"}, {"value": "a@x"}]}),
            json!({"userName": "a@x"}),
        ]
        .iter()
        .enumerate()
        {
            index.insert(u32::try_from(number).unwrap(), row.as_object().unwrap());
        }
        assert_eq!(index.find("A@x"), [0, 1]);
        assert_eq!(index.find("b@x"), [1]);
        assert!(index.find("c@x").is_empty());
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
