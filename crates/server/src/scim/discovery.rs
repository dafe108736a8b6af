//! `/ServiceProviderConfig`, `/Schemas` and `/ResourceTypes` (RFC 7644 section 4).

use std::borrow::Cow;

use ::scim::{
    Error,
    discovery::{self, AuthenticationScheme, ProviderConfig},
    list_response,
};
use axum::{http::StatusCode, response::Response};
use directory::{schema::Definitions, source_token::SourceTokenKind};
use serde_json::Value;

use super::{
    answer::{self, Refusal},
    bulk, cursor,
    list::{DEFAULT_COUNT, MAX_COUNT},
    target::Target,
};
use crate::app::App;

/// What we can do, and what clients may rely on.
const CONFIG: ProviderConfig = ProviderConfig {
    max_results: MAX_COUNT,
    max_operations: bulk::OPERATIONS,
    max_payload_size: bulk::PAYLOAD,
    bulk: true,
    sort: true,
    etag: true,
    change_password: false,
    cursor: true,
    default_page_size: DEFAULT_COUNT,
    cursor_timeout_secs: cursor::LIFE_SECS,
};

/// Answer a discovery endpoint below `base`. Paging and sorting are ignored, a filter is refused, as RFC 7644
/// section 4 has it.
pub(super) async fn answer(
    app: &App,
    target: &Target<'_>,
    definitions: &Definitions,
    slug: &str,
    base: &str,
    query: &[(Cow<'_, str>, Cow<'_, str>)],
) -> Result<Response, Refusal> {
    if query.iter().any(|(name, value)| name.eq_ignore_ascii_case("filter") && !value.is_empty()) {
        return Err(Error::new(403, None, "these documents can't be filtered: read them whole").into());
    }
    let types = || definitions.each().map(|of| &of.rt);
    let missing = |what: &str, id: &str| Error::not_found(format!("there is no {what} {id:?}"));
    let document: Value = match *target {
        Target::Schemas | Target::Schema(_) => {
            let used = definitions.schemas_in_use();
            let mut schemas = used.iter().map(|schema| &**schema).chain(discovery::meta_schemas());
            match *target {
                Target::Schema(id) => {
                    let schema = schemas.find(|schema| schema.id.eq_ignore_ascii_case(id));
                    discovery::schema(schema.ok_or_else(|| missing("schema", id))?, base)
                }
                _ => list(schemas.map(|schema| discovery::schema(schema, base)).collect()),
            }
        }
        Target::ResourceTypes => list(types().map(|rt| discovery::resource_type(rt, base)).collect()),
        Target::ResourceType(id) => {
            let rt = types().find(|rt| rt.id.eq_ignore_ascii_case(id));
            discovery::resource_type(rt.ok_or_else(|| missing("resource type", id))?, base)
        }
        _ => {
            let kinds = app.scim.source_token_kinds(slug).await?;
            discovery::service_provider_config(&CONFIG, &schemes(&kinds), base)
        }
    };
    Ok(answer::json(StatusCode::OK, &document))
}

/// What a source has live tokens for. One that has none yet is waiting for a bearer token.
fn schemes(kinds: &[SourceTokenKind]) -> Vec<AuthenticationScheme> {
    let known = [
        (SourceTokenKind::Bearer, AuthenticationScheme::Bearer),
        (SourceTokenKind::OauthClient, AuthenticationScheme::OAuth2),
        (SourceTokenKind::Basic, AuthenticationScheme::Basic),
    ];
    let live = |(kind, _): &(SourceTokenKind, _)| {
        kinds.contains(kind) || (kinds.is_empty() && *kind == SourceTokenKind::Bearer)
    };
    known.into_iter().filter(live).map(|(_, scheme)| scheme).collect()
}

fn list(documents: Vec<Value>) -> Value {
    list_response(u64::try_from(documents.len()).unwrap_or(u64::MAX), Some(1), documents)
}
