//! Whether a schema that somebody wrote can be enforced: names as RFC 7643 section 2.1 has them, characteristics that
//! fit together, nothing that a filter or a PATCH path could not reach.

use std::collections::HashSet;

use super::{Attribute, Kind, Mutability, ResourceType, Returned, Schema, Uniqueness};
use crate::Error;

/// Longest name of an attribute, a schema or a resource type, in characters.
const NAME: usize = 100;
/// Longest URN, in bytes.
const URN: usize = 255;
/// Most attributes of a schema, and most parts of an attribute.
const ATTRIBUTES: usize = 200;
/// What every resource has and no schema may define (RFC 7643 section 3.1).
const COMMON: [&str; 4] = ["schemas", "id", "externalId", "meta"];
/// Endpoints that are taken (RFC 7644 section 3.2).
const ENDPOINTS: [&str; 9] = [
    "Users",
    "Groups",
    "Me",
    "Self",
    "Bulk",
    "Schemas",
    "ResourceTypes",
    "ServiceProviderConfig",
    "ServiceProviderConfigs",
];

impl Schema {
    /// Whether resources can be held to this schema.
    ///
    /// # Errors
    /// `invalidValue`, naming the attribute and what about it cannot be.
    pub fn check(&self) -> Result<(), Error> {
        check_urn(&self.id)?;
        check_label("the name of a schema", &self.name)?;
        if self.attributes.is_empty() {
            return Err(refused(&self.id, "has no attributes"));
        }
        check_names("", &self.attributes)?;
        for attribute in &self.attributes {
            if COMMON.iter().any(|common| attribute.name.eq_ignore_ascii_case(common)) {
                return Err(refused(&attribute.name, "is an attribute of every resource: no schema may define it"));
            }
            check_attribute("", attribute)?;
        }
        Ok(())
    }
}

impl ResourceType {
    /// Whether resources of this type can be served: its name and endpoint can stand where they stand, and no schema
    /// has two parts in it.
    ///
    /// # Errors
    /// `invalidValue`, saying what cannot be.
    pub fn check(&self) -> Result<(), Error> {
        if !is_name(&self.name) {
            return Err(refused(&self.name, "is no name for a resource type: a letter, then letters, digits, - or _"));
        }
        let endpoint = self.endpoint.strip_prefix('/').unwrap_or_default();
        if !is_name(endpoint) || endpoint.contains('$') {
            return Err(refused(&self.endpoint, "is no endpoint: a slash, a letter, then letters, digits, - or _"));
        }
        if ENDPOINTS.iter().any(|taken| endpoint.eq_ignore_ascii_case(taken)) {
            return Err(refused(&self.endpoint, "is taken by the protocol: choose another endpoint"));
        }
        self.check_extensions()
    }

    /// Whether each schema has one part in this type.
    ///
    /// # Errors
    /// `invalidValue`, naming the schema that is there twice.
    pub fn check_extensions(&self) -> Result<(), Error> {
        let mut seen = HashSet::new();
        match self.schema_ids().find(|urn| !seen.insert(urn.to_ascii_lowercase())) {
            Some(urn) => Err(refused(urn, format!("is a schema of {} already", self.name))),
            None => Ok(()),
        }
    }
}

fn refused(name: &str, why: impl std::fmt::Display) -> Error {
    let name: String = name.chars().take(URN).collect();
    Error::invalid_value(format!("{name} {why}"))
}

/// Whether a text can be the URN of a schema that an administrator defines. In a path the last colon stands before the
/// attribute, and the first dot after it before its part: so a URN's last piece may have one dot at most.
///
/// # Errors
/// `invalidValue`.
fn check_urn(urn: &str) -> Result<(), Error> {
    let mut pieces = urn.split(':');
    let is_piece = |piece: &str| {
        !piece.is_empty() && piece.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    let is_urn = pieces.next().is_some_and(|scheme| scheme.eq_ignore_ascii_case("urn"))
        && pieces.next().is_some_and(|space| {
            (2..=32).contains(&space.len())
                && !space.starts_with('-')
                && !space.ends_with('-')
                && space.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
        && pieces.clone().next().is_some()
        && pieces.clone().all(is_piece);
    let last = pieces.next_back().unwrap_or_default();
    let reachable = last.split('.').count() <= 2 && last.split('.').all(|part| !part.is_empty());
    if !is_urn || !reachable || urn.len() > URN {
        return Err(refused(
            urn,
            "is no URN for a schema: write urn:, a namespace, and names of letters, digits, -, _ and ., as urn:acme:2.0:User",
        ));
    }
    let lower = urn.to_ascii_lowercase();
    if ["urn:ietf:params:scim:schemas:core:", "urn:ietf:params:scim:api:"].iter().any(|taken| lower.starts_with(taken))
    {
        return Err(refused(urn, "belongs to the standard: choose a namespace of your own"));
    }
    Ok(())
}

fn check_label(what: &str, name: &str) -> Result<(), Error> {
    if name.trim().is_empty() || name.chars().count() > NAME || name.contains(char::is_control) {
        return Err(Error::invalid_value(format!("{what} has 1 to {NAME} characters")));
    }
    Ok(())
}

/// RFC 7643 section 2.1.
fn is_name(name: &str) -> bool {
    name.len() <= NAME
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_$".contains(&byte))
}

fn check_names(parent: &str, attributes: &[Attribute]) -> Result<(), Error> {
    if attributes.len() > ATTRIBUTES {
        return Err(Error::invalid_value(format!("more than {ATTRIBUTES} attributes cannot stand beside each other")));
    }
    let mut seen = HashSet::new();
    for attribute in attributes {
        let is_link = !parent.is_empty() && attribute.name == "$ref" && attribute.kind == Kind::Reference;
        if !is_name(&attribute.name) && !is_link {
            let name = at(parent, attribute);
            return Err(refused(
                &name,
                "is no attribute name: a letter, then letters, digits, -, _ or $ (RFC 7643 section 2.1)",
            ));
        }
        if !seen.insert(attribute.name.to_ascii_lowercase()) {
            return Err(refused(&at(parent, attribute), "is there twice; letter case makes no difference"));
        }
    }
    Ok(())
}

fn at(parent: &str, attribute: &Attribute) -> String {
    if parent.is_empty() { attribute.name.clone() } else { format!("{parent}.{}", attribute.name) }
}

fn check_attribute(parent: &str, attribute: &Attribute) -> Result<(), Error> {
    let name = at(parent, attribute);
    let refuse = |why: &str| Err(refused(&name, why));
    let is_hidden = attribute.returned == Returned::Never;
    if attribute.kind == Kind::Complex {
        if !parent.is_empty() {
            return refuse("is complex and stands in a complex attribute, which SCIM does not know");
        }
        if attribute.sub_attributes.is_empty() {
            return refuse("is complex and has no subAttributes");
        }
    } else if !attribute.sub_attributes.is_empty() {
        return refuse("has subAttributes and is not complex");
    }
    if !parent.is_empty() && attribute.multi_valued {
        return refuse(
            "is a list in an object, of which a PATCH could name no element: make it an attribute of its own",
        );
    }
    if attribute.mutability == Mutability::WriteOnly && !is_hidden {
        return refuse("is writeOnly, so it needs returned: never");
    }
    if attribute.required && (is_hidden || attribute.mutability == Mutability::ReadOnly) {
        return refuse("is required, but its client either cannot set it or can never see whether it is there");
    }
    if attribute.uniqueness != Uniqueness::None {
        if matches!(attribute.kind, Kind::Boolean | Kind::Complex) {
            return refuse("can't be unique: only texts, numbers, times and references can");
        }
        if is_hidden {
            return refuse("can't be unique: what is never returned is not kept");
        }
    }
    if !attribute.canonical_values.is_empty() {
        if !matches!(attribute.kind, Kind::String | Kind::Reference) {
            return refuse("has canonicalValues, which only texts have");
        }
        if attribute.canonical_values.iter().any(|value| value.trim().is_empty()) {
            return refuse("has a blank among its canonicalValues");
        }
    }
    if attribute.kind != Kind::Reference && !attribute.reference_types.is_empty() {
        return refuse("has referenceTypes and is no reference");
    }
    if attribute.name == "primary" && !parent.is_empty() && attribute.kind != Kind::Boolean {
        return refuse("must be a boolean (RFC 7643 section 2.4)");
    }
    if attribute.name == "$ref" && attribute.required {
        return refuse("can't be required: the server writes it from `value`");
    }
    check_names(&name, &attribute.sub_attributes)?;
    attribute.sub_attributes.iter().try_for_each(|part| check_attribute(&name, part))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn schema(id: &str, attributes: Value) -> Schema {
        serde_json::from_value(json!({"id": id, "name": "Test", "attributes": attributes})).unwrap()
    }

    #[test]
    fn urns_are_such_as_paths_can_name() {
        for good in
            ["urn:acme:2.0:User", "urn:acme:hr", "URN:Acme-1:x_y:1.0", "urn:ietf:params:scim:schemas:test:2.0:T"]
        {
            assert_eq!(check_urn(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "urn",
            "urn:",
            "urn:acme",
            "urn:acme:",
            "urn::x",
            "urn:a:x",
            "urn:-acme:x",
            "acme:2.0:User",
            "urn:acme:x y",
            "urn:acme:1.0.0",
            "urn:acme:x.",
            "urn:acme:[x]",
            "urn:acme::x",
            "urn:acmé:x",
            "urn:ietf:params:scim:schemas:core:2.0:User",
            "urn:ietf:params:scim:api:messages:2.0:Error",
        ] {
            assert!(check_urn(bad).is_err(), "{bad}");
        }
        assert!(check_urn(&format!("urn:acme:{}", "x".repeat(300))).is_err());
    }

    #[test]
    fn what_could_not_be_enforced_is_refused_and_named() {
        let fine = json!([{"name": "a", "type": "string"}, {"name": "c", "type": "complex", "multiValued": true,
            "subAttributes": [{"name": "value", "type": "string"}, {"name": "$ref", "type": "reference"}]}]);
        assert_eq!(schema("urn:acme:x", fine).check(), Ok(()));
        for (attribute, word) in [
            (json!({"name": "1a", "type": "string"}), "1a"),
            (json!({"name": "$ref", "type": "reference"}), "$ref"),
            (json!({"name": "ID", "type": "string"}), "every resource"),
            (json!({"name": "a", "type": "complex"}), "no subAttributes"),
            (json!({"name": "a", "type": "string", "subAttributes": [{"name": "b", "type": "string"}]}), "not complex"),
            (
                json!({"name": "a", "type": "complex", "subAttributes":
                    [{"name": "b", "type": "complex", "subAttributes": [{"name": "c", "type": "string"}]}]}),
                "a.b is complex",
            ),
            (
                json!({"name": "a", "type": "complex", "subAttributes":
                [{"name": "b", "type": "string"}, {"name": "B", "type": "string"}]}),
                "a.B is there twice",
            ),
            (
                json!({"name": "a", "type": "complex", "subAttributes":
                [{"name": "b", "type": "string", "multiValued": true}]}),
                "a.b is a list",
            ),
            (json!({"name": "a", "type": "string", "mutability": "writeOnly"}), "returned: never"),
            (json!({"name": "a", "type": "string", "mutability": "readOnly", "required": true}), "required"),
            (json!({"name": "a", "type": "boolean", "uniqueness": "server"}), "unique"),
            (json!({"name": "a", "type": "integer", "canonicalValues": ["1"]}), "canonicalValues"),
            (json!({"name": "a", "type": "string", "referenceTypes": ["User"]}), "referenceTypes"),
        ] {
            let refusal = schema("urn:acme:x", json!([attribute])).check().unwrap_err();
            assert!(refusal.detail.contains(word), "{attribute}: {}", refusal.detail);
        }
        let twice = json!([{"name": "a", "type": "string"}, {"name": "A", "type": "string"}]);
        assert!(schema("urn:acme:x", twice).check().is_err());
        assert!(schema("urn:acme:x", json!([])).check().is_err());
    }

    #[test]
    fn endpoints_of_the_protocol_are_taken() {
        let plain = ResourceType::user().clone();
        for (name, endpoint, good) in [
            ("Test", "/Tests", true),
            ("Test", "Tests", false),
            ("Test", "/users", false),
            ("Test", "/ServiceProviderConfigs", false),
            ("Test", "/.search", false),
            ("Test", "/a/b", false),
            ("Te st", "/Tests", false),
        ] {
            let rt = ResourceType { name: name.into(), endpoint: endpoint.into(), ..plain.clone() };
            assert_eq!(rt.check().is_ok(), good, "{name} {endpoint}");
        }
        let extensions = [&plain.extensions[..], &plain.extensions[..]].concat();
        assert!(ResourceType { extensions, ..plain }.check_extensions().is_err());
    }
}
