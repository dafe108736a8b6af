//! The tokens of a source: bearer tokens, user names with passwords, OAuth clients.

use ::scim_client::Network;
use axum::{Json, extract::State, http::StatusCode, response::Response};
use directory::{
    NewToken,
    source::Source,
    source_token::{self, DAYS, NewSourceToken, OVERLAP_DAYS, SourceTokenKind, TokenState},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    input::{Body, Path},
    output::{Page, Time, created},
    source::{base_url, find},
};
use crate::{app::App, caller::Caller, oauth, openapi::words, problem::Problem};

/// A token of a source, without its secret.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SourceToken {
    /// Its id: the part of the token between the second and the third underscore. For `basic` the user name, for
    /// `oauthClient` the client's id.
    id: String,
    /// How it is presented: `bearer`, `basic` (user name and password), `oauthClient` (at the token endpoint).
    #[schema(schema_with = kinds)]
    kind: SourceTokenKind,
    /// What it is for; may be empty.
    name: String,
    /// Its last four letters; null for tokens of the first release.
    last_four: Option<String>,
    /// Whether it works.
    #[schema(schema_with = states)]
    state: TokenState,
    /// The networks it may be used from; empty: from anywhere.
    networks: Vec<String>,
    /// For an OAuth client: how long its access tokens live, in minutes.
    access_minutes: Option<i64>,
    /// When it was made.
    created_at: Time,
    /// When it stops working.
    expires_at: Option<Time>,
    /// When it was last used, to the minute.
    last_used_at: Option<Time>,
    /// The network it was last used from: /24, or /48 for IPv6.
    last_used_from: Option<String>,
    /// When it was revoked.
    revoked_at: Option<Time>,
}

words!(kinds: "bearer", "basic", "oauthClient");
words!(states: "live", "expired", "revoked");

/// A new token of a source.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = NewSourceToken)]
pub struct New {
    /// How it is presented; `bearer` unless chosen.
    #[serde(default)]
    #[schema(schema_with = kinds)]
    kind: SourceTokenKind,
    /// What it is for: at most 200 characters.
    #[serde(default)]
    name: String,
    /// How long it lives: 1 to 730 days, 365 unless chosen.
    days: Option<i64>,
    /// The networks it may be used from, such as `192.0.2.0/24`, at most 100; none: from anywhere.
    #[serde(default)]
    networks: Vec<String>,
    /// For an OAuth client: how long its access tokens live, 60 to 360 minutes, 60 unless chosen.
    access_minutes: Option<i64>,
}

/// What can be changed about a token.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = SourceTokenChange)]
pub struct Change {
    /// What it is for.
    name: String,
    /// The networks it may be used from; none: from anywhere.
    networks: Vec<String>,
}

/// How a token is replaced.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rotation {
    /// How long the old one goes on working: 0 (it ends now) to 30 days, 7 unless chosen.
    overlap_days: Option<i64>,
    /// How long the new one lives: 1 to 730 days, 365 unless chosen.
    days: Option<i64>,
}

/// A token that was just made, with all that its client is to be told.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MadeSourceToken {
    /// Its id.
    id: String,
    /// How it is presented.
    #[schema(schema_with = kinds)]
    kind: SourceTokenKind,
    /// The bearer token, the password or the client's secret. It is shown only here.
    token: String,
    /// Its last four letters, to recognise it by later.
    last_four: String,
    /// When it stops working.
    expires_at: Option<Time>,
    /// Where the client sends to.
    base_url: String,
    /// The user name that goes with a `basic` token.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<String>,
    /// The id of an OAuth client.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    /// Where an OAuth client gets its access tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    token_url: Option<String>,
}

fn view(app: &App, token: source_token::SourceToken) -> SourceToken {
    SourceToken {
        state: token.state(app.directory.clock.now()),
        id: token.id,
        kind: token.kind,
        name: token.name,
        last_four: token.last4,
        networks: token.networks,
        access_minutes: token.access_minutes,
        created_at: Time(token.created_at),
        expires_at: token.expires_at.map(Time),
        last_used_at: token.last_used_at.map(Time),
        last_used_from: token.last_used_from,
        revoked_at: token.revoked_at.map(Time),
    }
}

fn made(app: &App, source: &Source, (token, new): (source_token::SourceToken, NewToken)) -> Response {
    let only = |kind| (token.kind == kind).then(|| token.id.clone());
    created(MadeSourceToken {
        kind: token.kind,
        token: new.reveal().to_owned(),
        last_four: new.last4(),
        expires_at: token.expires_at.map(Time),
        base_url: base_url(app, source),
        user_name: only(SourceTokenKind::Basic),
        client_id: only(SourceTokenKind::OauthClient),
        token_url: only(SourceTokenKind::OauthClient).map(|_| oauth::token_url(app)),
        id: token.id,
    })
}

/// Networks as they were typed, read.
fn networks(texts: Vec<String>) -> Result<Vec<String>, Problem> {
    texts
        .into_iter()
        .map(|text| match text.parse::<Network>() {
            Ok(_) => Ok(text.trim().to_owned()),
            Err(error) => Err(Problem::invalid(format!("networks: {error}"))),
        })
        .collect()
}

/// The tokens of a source, newest first, those that work no more included.
#[utoipa::path(get, path = "/sources/{source}/tokens", tag = "Sources", responses((status = 200, body = Page<SourceToken>)))]
pub async fn list_source_tokens(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<Page<SourceToken>>, Problem> {
    let source = find(&app, &caller, &name).await?;
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let tokens = source_token::list(&mut tx, source.id).await?;
    Ok(Page::whole(tokens.into_iter().map(|token| view(&app, token))))
}

/// Make another token for a source. Those it has go on working; two of a kind may be alive at a time.
#[utoipa::path(post, path = "/sources/{source}/tokens", tag = "Sources", request_body = New, responses((status = 201, body = MadeSourceToken)))]
pub async fn add_source_token(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    Body(new): Body<New>,
) -> Result<Response, Problem> {
    let source = find(&app, &caller, &name).await?;
    if new.kind != SourceTokenKind::OauthClient && new.access_minutes.is_some() {
        return Err(Problem::invalid("accessMinutes belongs to an oauthClient: other kinds have no access tokens"));
    }
    let settings = NewSourceToken {
        kind: new.kind,
        name: new.name,
        days: new.days.unwrap_or(DAYS),
        networks: networks(new.networks)?,
        access_minutes: new.access_minutes.unwrap_or(60),
    };
    let token = app.directory.add_source_token(caller.tenant(), &caller.actor(), source.id, &settings).await?;
    Ok(made(&app, &source, token))
}

/// Change what a token is called, and where it may be used from.
#[utoipa::path(put, path = "/sources/{source}/tokens/{token}", tag = "Sources", request_body = Change, responses((status = 200, body = SourceToken)))]
pub async fn set_source_token(
    State(app): State<App>,
    caller: Caller,
    Path((name, token)): Path<(String, String)>,
    Body(change): Body<Change>,
) -> Result<Json<SourceToken>, Problem> {
    let source = find(&app, &caller, &name).await?;
    let networks = networks(change.networks)?;
    let (tenant, actor) = (caller.tenant(), caller.actor());
    let token = app.directory.set_source_token(tenant, &actor, source.id, &token, &change.name, &networks).await?;
    app.forget_tokens();
    Ok(Json(view(&app, token)))
}

/// Replace a token by another of its kind, name and networks. The old one goes on working during the overlap.
#[utoipa::path(post, path = "/sources/{source}/tokens/{token}/rotate", tag = "Sources", request_body = Rotation, responses((status = 201, body = MadeSourceToken)))]
pub async fn rotate_source_token(
    State(app): State<App>,
    caller: Caller,
    Path((name, token)): Path<(String, String)>,
    Body(rotation): Body<Rotation>,
) -> Result<Response, Problem> {
    let source = find(&app, &caller, &name).await?;
    let (overlap, days) = (rotation.overlap_days.unwrap_or(OVERLAP_DAYS), rotation.days.unwrap_or(DAYS));
    let (tenant, actor) = (caller.tenant(), caller.actor());
    let new = app.directory.rotate_source_token(tenant, &actor, source.id, &token, overlap, days).await?;
    app.forget_tokens();
    Ok(made(&app, &source, new))
}

/// Revoke a token of a source: the next request with it gets 401.
#[utoipa::path(delete, path = "/sources/{source}/tokens/{token}", tag = "Sources", responses((status = 204)))]
pub async fn revoke_source_token(
    State(app): State<App>,
    caller: Caller,
    Path((name, token)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let source = find(&app, &caller, &name).await?;
    app.directory.revoke_source_token(caller.tenant(), &caller.actor(), source.id, &token).await?;
    app.forget_tokens();
    Ok(StatusCode::NO_CONTENT)
}
