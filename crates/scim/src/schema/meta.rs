//! The schemas of the discovery documents themselves (RFC 7643 section 8.7.2, RFC 9865 section 4). Nobody
//! writes these, so every attribute is `readOnly`; scim2-tester asks that `/Schemas` lists them.

use super::core::{attribute, complex, reference, text};
use super::{Attribute, Kind, Schema};

/// The schemas of `ServiceProviderConfig`, `ResourceType` and `Schema`.
pub(super) fn schemas() -> Vec<Schema> {
    vec![
        schema("ServiceProviderConfig", "What the service provider can do.", provider_config()),
        schema("ResourceType", "A kind of resource.", resource_type()),
        schema("Schema", "The definition of a schema.", definition()),
    ]
}

/// scim2-tester finds them by name, which must be the last part of the URN.
fn schema(name: &str, description: &str, attributes: Vec<Attribute>) -> Schema {
    Schema {
        id: format!("urn:ietf:params:scim:schemas:core:2.0:{name}"),
        name: name.into(),
        description: description.into(),
        attributes: attributes.into_iter().map(read_only).collect(),
    }
}

fn read_only(attribute: Attribute) -> Attribute {
    let sub_attributes = attribute.sub_attributes.into_iter().map(read_only).collect();
    Attribute { mutability: super::Mutability::ReadOnly, sub_attributes, ..attribute }
}

fn flag(name: &str, description: &str) -> Attribute {
    attribute(name, Kind::Boolean, description).required()
}

fn number(name: &str, description: &str) -> Attribute {
    attribute(name, Kind::Integer, description).required()
}

fn supported(name: &str, description: &str, mut limits: Vec<Attribute>) -> Attribute {
    limits.insert(0, flag("supported", "Whether it is supported."));
    complex(name, description, limits).required()
}

fn provider_config() -> Vec<Attribute> {
    vec![
        reference("documentationUri", "Where help for people is.", &["external"]),
        supported("patch", "PATCH.", vec![]),
        supported(
            "bulk",
            "Bulk requests.",
            vec![
                number("maxOperations", "Most operations in one request."),
                number("maxPayloadSize", "Most bytes in one request."),
            ],
        ),
        supported("filter", "Filters.", vec![number("maxResults", "Most resources in an answer.")]),
        supported("changePassword", "Changing passwords.", vec![]),
        supported("sort", "Sorting.", vec![]),
        supported("etag", "Entity tags.", vec![]),
        complex(
            "pagination",
            "Ways of paging.",
            vec![
                flag("cursor", "By cursor."),
                flag("index", "By index."),
                text("defaultPaginationMethod", "'cursor' or 'index'."),
                attribute("defaultPageSize", Kind::Integer, "Resources in a page unless asked."),
                attribute("maxPageSize", Kind::Integer, "Most resources in a page."),
                attribute("cursorTimeout", Kind::Integer, "Seconds a cursor is good for."),
            ],
        ),
        complex(
            "authenticationSchemes",
            "Ways of authenticating.",
            vec![
                text("type", "The kind of scheme.").required(),
                text("name", "Its name.").required(),
                text("description", "What it is.").required(),
                reference("specUri", "Where it is specified.", &["external"]),
                reference("documentationUri", "Where help for people is.", &["external"]),
                attribute("primary", Kind::Boolean, "Whether it is the preferred one."),
            ],
        )
        .multi()
        .required(),
    ]
}

fn resource_type() -> Vec<Attribute> {
    vec![
        text("id", "The identifier of the resource type."),
        text("name", "The name of the resource type.").required(),
        text("description", "What it is."),
        reference("endpoint", "The endpoint, relative to the base URL.", &["uri"]).required(),
        reference("schema", "The URN of its schema.", &["uri"]).required(),
        complex(
            "schemaExtensions",
            "The extensions of its schema.",
            vec![
                reference("schema", "The URN of the extension.", &["uri"]).required(),
                flag("required", "Whether every resource has it."),
            ],
        )
        .multi(),
    ]
}

fn definition() -> Vec<Attribute> {
    let mut attributes = characteristics();
    // The one place in SCIM where an object stands in an object.
    attributes.push(complex("subAttributes", "The parts of a complex attribute.", characteristics()).multi());
    vec![
        text("id", "The URN of the schema.").required(),
        text("name", "The name of the schema.").required(),
        text("description", "What it is."),
        complex("attributes", "Its attributes.", attributes).multi().required(),
    ]
}

fn characteristics() -> Vec<Attribute> {
    let words = |name: &str, description: &str, words: &[&str]| Attribute {
        canonical_values: words.iter().map(|w| (*w).into()).collect(),
        ..text(name, description).exact()
    };
    vec![
        text("name", "The name of the attribute.").exact().required(),
        words(
            "type",
            "The data type.",
            &["string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"],
        )
        .required(),
        flag("multiValued", "Whether it is a list."),
        text("description", "What it is.").exact(),
        attribute("required", Kind::Boolean, "Whether every resource has it."),
        text("canonicalValues", "The values it may have.").exact().multi(),
        attribute("caseExact", Kind::Boolean, "Whether letter case matters."),
        words("mutability", "Who may change it.", &["readOnly", "readWrite", "immutable", "writeOnly"]),
        words("returned", "When it is returned.", &["always", "never", "default", "request"]),
        words("uniqueness", "Where its values are unique.", &["none", "server", "global"]),
        text("referenceTypes", "What a reference refers to.").exact().multi(),
    ]
}
