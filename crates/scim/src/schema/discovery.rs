//! The documents of `/Schemas`, `/ResourceTypes` and `/ServiceProviderConfig` (RFC 7643 sections 5 to 7).
//!
//! `base` is the absolute base URL without a trailing slash. Nothing here is ever null: Entra's discovery
//! stumbles over nulls.

use serde_json::{Map, Value, json};

use crate::{ResourceType, Schema};

const SCHEMA_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";
const RESOURCE_TYPE_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
const PROVIDER_CONFIG_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";

fn meta(resource_type: &str, location: String) -> Value {
    json!({ "resourceType": resource_type, "location": location })
}

/// One schema, with `schemas` and `meta` as erratum 8417 to RFC 7643 asks.
pub fn schema(s: &Schema, base: &str) -> Value {
    // An Attribute holds only text, booleans and lists, which JSON can always express.
    let attributes = serde_json::to_value(&s.attributes).unwrap_or_default();
    json!({
        "schemas": [SCHEMA_URN],
        "id": s.id,
        "name": s.name,
        "description": s.description,
        "attributes": attributes,
        "meta": meta("Schema", format!("{base}/Schemas/{}", s.id)),
    })
}

/// The schemas of these three documents themselves, to be listed in `/Schemas` after those of the resource
/// types.
pub fn meta_schemas() -> &'static [Schema] {
    &super::META
}

/// One resource type. `endpoint` stays relative, as RFC 7643 section 6 has it.
pub fn resource_type(rt: &ResourceType, base: &str) -> Value {
    let mut body = Map::new();
    body.insert("schemas".into(), json!([RESOURCE_TYPE_URN]));
    body.insert("id".into(), rt.id.as_str().into());
    body.insert("name".into(), rt.name.as_str().into());
    body.insert("endpoint".into(), rt.endpoint.as_str().into());
    body.insert("description".into(), rt.description.as_str().into());
    body.insert("schema".into(), rt.schema.id.as_str().into());
    if !rt.extensions.is_empty() {
        let extensions: Vec<Value> =
            rt.extensions.iter().map(|e| json!({ "schema": e.schema.id, "required": e.required })).collect();
        body.insert("schemaExtensions".into(), extensions.into());
    }
    body.insert("meta".into(), meta("ResourceType", format!("{base}/ResourceTypes/{}", rt.id)));
    Value::Object(body)
}

/// What a server can do and where its limits are.
#[derive(Clone, Debug, PartialEq)]
pub struct ProviderConfig {
    /// Most resources in one page.
    pub max_results: u32,
    /// Most operations in one bulk request.
    pub max_operations: u32,
    /// Most bytes in one bulk request.
    pub max_payload_size: u32,
    /// `/Bulk` works.
    pub bulk: bool,
    /// `sortBy` works.
    pub sort: bool,
    /// `If-Match` and `If-None-Match` work.
    pub etag: bool,
    /// `password` is acted on.
    pub change_password: bool,
    /// Cursor paging works (RFC 9865); index paging always does and is the default.
    pub cursor: bool,
    /// Resources in a page when `count` is absent.
    pub default_page_size: u32,
    /// How long a cursor is good for, in seconds.
    pub cursor_timeout_secs: u32,
}

/// A way to authenticate that a server knows (RFC 7643 section 5, `authenticationSchemes`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AuthenticationScheme {
    /// `oauthbearertoken`: a bearer token that somebody hands over.
    Bearer,
    /// `oauth2`: a bearer token from a token endpoint.
    OAuth2,
    /// `httpbasic`: a user name and a password.
    Basic,
}

impl AuthenticationScheme {
    fn to_json(self, primary: bool) -> Value {
        let (kind, name, description, rfc) = match self {
            AuthenticationScheme::Bearer => (
                "oauthbearertoken",
                "OAuth Bearer Token",
                "A bearer token in the Authorization header, as in RFC 6750.",
                6750,
            ),
            AuthenticationScheme::OAuth2 => (
                "oauth2",
                "OAuth 2.0 Client Credentials",
                "A bearer token from the token endpoint, for a client id and secret, as in RFC 6749 section 4.4.",
                6749,
            ),
            AuthenticationScheme::Basic => (
                "httpbasic",
                "HTTP Basic",
                "A user name and a password in the Authorization header, as in RFC 7617.",
                7617,
            ),
        };
        json!({
            "type": kind,
            "name": name,
            "description": description,
            "specUri": format!("https://www.rfc-editor.org/info/rfc{rfc}"),
            "primary": primary,
        })
    }
}

/// RFC 7643 section 5 with the `pagination` of RFC 9865 section 4. The first of `schemes` is the primary one.
pub fn service_provider_config(c: &ProviderConfig, schemes: &[AuthenticationScheme], base: &str) -> Value {
    let mut pagination = Map::new();
    pagination.insert("cursor".into(), c.cursor.into());
    pagination.insert("index".into(), true.into());
    pagination.insert("defaultPaginationMethod".into(), "index".into());
    pagination.insert("defaultPageSize".into(), c.default_page_size.into());
    pagination.insert("maxPageSize".into(), c.max_results.into());
    if c.cursor {
        pagination.insert("cursorTimeout".into(), c.cursor_timeout_secs.into());
    }
    json!({
        "schemas": [PROVIDER_CONFIG_URN],
        "patch": { "supported": true },
        "bulk": {
            "supported": c.bulk,
            "maxOperations": c.max_operations,
            "maxPayloadSize": c.max_payload_size,
        },
        "filter": { "supported": true, "maxResults": c.max_results },
        "changePassword": { "supported": c.change_password },
        "sort": { "supported": c.sort },
        "etag": { "supported": c.etag },
        "pagination": pagination,
        "authenticationSchemes": schemes.iter().enumerate().map(|(at, scheme)| scheme.to_json(at == 0)).collect::<Vec<_>>(),
        "meta": meta("ServiceProviderConfig", format!("{base}/ServiceProviderConfig")),
    })
}
