//! The description of the admin API: OpenAPI 3.1, made from the handlers themselves.

use serde_json::json;
use utoipa::openapi::{
    ComponentsBuilder, Content, InfoBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, ResponseBuilder,
    extensions::ExtensionsBuilder,
    path::Operation,
    security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
};

use crate::{caller::Need, problem::Problem};

/// `words!(name: "a", "b")`: a function that describes a text which is one of a few words. For enums of crates
/// that know nothing of OpenAPI.
macro_rules! words {
    ($visibility:vis $name:ident: $($word:literal),+) => {
        /// One of a few words.
        $visibility fn $name() -> utoipa::openapi::Object {
            utoipa::openapi::ObjectBuilder::new()
                .schema_type(utoipa::openapi::Type::String)
                .enum_values(Some([$($word),+]))
                .build()
        }
    };
}
pub(crate) use words;

/// The frame that the routes are put into.
pub fn frame() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Lockstep admin API")
        .version("1")
        .description(Some(
            "Everything an administrator can do. Names and ids may both be used where a path names a source, user, \
             group or application. Lists come in pages: ask again with `next` as `after` or `before`. What can be \
             edited carries an `ETag`; send it back as `If-Match` to be told when somebody else was faster.",
        ))
        .build();
    let token = SecurityScheme::Http(
        HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("An API token.")).build(),
    );
    let session = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
        "lockstep",
        "A session; `__Host-lockstep` over https. Changes also need the header `X-Lockstep`.",
    )));
    let components = ComponentsBuilder::new()
        .security_scheme("token", token)
        .security_scheme("session", session)
        .schema_from::<Problem>()
        .build();
    OpenApiBuilder::new().info(info).components(Some(components)).build()
}

/// Add to an operation what the route table knows: who may call it, and how it fails.
pub fn complete(operation: &mut Operation, need: Need) {
    let content = Content::new(Some(RefOr::Ref(Ref::from_schema_name("Problem"))));
    let failure = ResponseBuilder::new()
        .description("It could not be done.")
        .content("application/problem+json", content)
        .build();
    operation.responses.responses.insert("default".into(), failure.into());
    let Some(role) = need.role else {
        operation.security = Some(Vec::new());
        return;
    };
    let none: [String; 0] = [];
    operation.security =
        Some(vec![SecurityRequirement::new("token", none.clone()), SecurityRequirement::new("session", none)]);
    operation.extensions = Some(ExtensionsBuilder::new().add("x-role", json!(role.as_str())).build());
}
