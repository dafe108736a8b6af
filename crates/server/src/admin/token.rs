//! API tokens: how programs use this API.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use directory::administrator::{self, Role};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    administrator::roles,
    input::{Body, Path},
    output::{Page, Time, created},
};
use crate::{app::App, caller::Caller, problem::Problem};

/// A token for this API, without its secret.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiToken {
    /// Its id: the part of the token between the second and the third underscore.
    id: String,
    /// What it is for.
    name: String,
    /// What it may do.
    #[schema(schema_with = roles)]
    role: Role,
    /// When it was made.
    created_at: Time,
    /// When it stops working.
    expires_at: Option<Time>,
    /// When it was last used, to the minute.
    last_used_at: Option<Time>,
    /// When it was revoked.
    revoked_at: Option<Time>,
}

/// A new token for this API.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApiToken {
    /// What it is for: 1 to 200 characters.
    name: String,
    /// What it may do.
    #[schema(schema_with = roles)]
    role: Role,
    /// How long it lives: 1 to 730 days, 365 unless chosen.
    days: Option<i64>,
}

/// A token that was just made.
#[derive(Serialize, ToSchema)]
pub struct MadeToken {
    /// Its id.
    id: String,
    /// The token. It is shown only here.
    token: String,
}

/// All API tokens, newest first, revoked ones included.
#[utoipa::path(get, path = "/api-tokens", tag = "Administration", responses((status = 200, body = Page<ApiToken>)))]
pub async fn list_api_tokens(State(app): State<App>, caller: Caller) -> Result<Json<Page<ApiToken>>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    Ok(Page::whole(administrator::api_tokens(&mut tx).await?.into_iter().map(|token| ApiToken {
        id: token.id,
        name: token.name,
        role: token.role,
        created_at: Time(token.created_at),
        expires_at: token.expires_at.map(Time),
        last_used_at: token.last_used_at.map(Time),
        revoked_at: token.revoked_at.map(Time),
    })))
}

/// Make a token for this API.
#[utoipa::path(post, path = "/api-tokens", tag = "Administration", request_body = NewApiToken, responses((status = 201, body = MadeToken)))]
pub async fn add_api_token(
    State(app): State<App>,
    caller: Caller,
    Body(new): Body<NewApiToken>,
) -> Result<Response, Problem> {
    if new.role > caller.admin.role {
        return Err(Problem::forbidden("nobody makes a token that may do more than they do"));
    }
    let token = app.directory.add_api_token(caller.tenant(), &caller.actor(), &new.name, new.role, new.days).await?;
    Ok(created(MadeToken { id: token.id.clone(), token: token.reveal().to_owned() }))
}

/// Revoke an API token: the next request with it gets 401.
#[utoipa::path(delete, path = "/api-tokens/{token}", tag = "Administration", responses((status = 204)))]
pub async fn revoke_api_token(
    State(app): State<App>,
    caller: Caller,
    Path(token): Path<String>,
) -> Result<StatusCode, Problem> {
    app.directory.revoke_api_token(caller.tenant(), &caller.actor(), &token).await?;
    Ok(StatusCode::NO_CONTENT)
}
