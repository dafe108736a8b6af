//! The OpenID provider that administrators may sign in with: what is decided about it, and a look at it.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use directory::administrator::{self, GroupRole, ProviderSettings, Role};
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;

use super::{
    administrator::roles,
    input::{Body, Secret},
    output::{Tagged, check_tag, tag},
    sign_in::{redirect_uri, signed_out_uri},
};
use crate::{app::App, caller::Caller, oidc::Fault, problem::Problem};

/// Sign-in at an OpenID provider, as it is set up.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProviderState {
    /// The provider; null: administrators have passwords only.
    provider: Option<SignInProvider>,
    /// To be entered at the provider: where people come back to.
    redirect_uri: String,
    /// To be entered at the provider, where it asks: where people come back to after signing out.
    signed_out_uri: String,
}

/// An OpenID provider.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignInProvider {
    /// What its button is called.
    label: String,
    /// The issuer, letter by letter as its tokens name it.
    issuer: String,
    /// Our name there.
    client_id: String,
    /// Whether a client secret is stored. It is never shown.
    has_secret: bool,
    /// What is asked for, beside `openid`.
    scopes: Vec<String>,
    /// The claim that lists somebody's groups; null: whoever is to come in is invited.
    groups_claim: Option<String>,
    /// Which group gives which role. Of several, the highest counts.
    group_roles: Vec<RoleOfGroup>,
    /// Only owners may sign in with a password.
    only_owners_use_passwords: bool,
}

/// Whoever is in this group of the provider has this role here.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleOfGroup {
    /// The group, as the claim has it.
    group: String,
    /// `administrator`, `operator` or `auditor`.
    #[schema(schema_with = roles)]
    role: Role,
}

/// What is decided about the provider, whole.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewProvider {
    /// What its button is called: 1 to 60 characters.
    label: String,
    /// The issuer, letter by letter as its tokens name it.
    issuer: String,
    /// Our name there.
    client_id: String,
    /// The client secret. Left out, the stored one stays, unless the issuer changes. A provider may do without one.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Password, write_only)]
    client_secret: Option<Secret>,
    /// What is asked for, beside `openid`: `profile` and `email` unless chosen.
    #[serde(default = "usual_scopes")]
    scopes: Vec<String>,
    /// The claim that lists somebody's groups, by name or as a path such as `realm_access.roles`; null: whoever is to
    /// come in is invited.
    #[serde(default)]
    groups_claim: Option<String>,
    /// Which group gives which role.
    #[serde(default)]
    group_roles: Vec<RoleOfGroup>,
    /// Only owners may sign in with a password. Sessions that others began with one end.
    #[serde(default)]
    only_owners_use_passwords: bool,
}

fn usual_scopes() -> Vec<String> {
    vec!["profile".into(), "email".into()]
}

/// An issuer to look at.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    /// Its address.
    issuer: String,
}

/// What an issuer says about itself.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IssuerFound {
    /// The issuer as it names itself.
    issuer: String,
    /// Where people sign in.
    authorization_endpoint: String,
    /// Where codes become tokens.
    token_endpoint: String,
    /// How many keys it publishes that we can use.
    keys: usize,
    /// Whether people can be signed out there as well.
    signs_out: bool,
}

async fn state(app: &App, caller: &Caller) -> Result<Tagged<ProviderState>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let found = administrator::provider(&mut tx).await?;
    let version = found.as_ref().map_or(0, |found| found.version);
    let provider = found.map(|found| {
        let settings = found.settings;
        SignInProvider {
            label: settings.label,
            issuer: settings.issuer,
            client_id: settings.client_id,
            has_secret: found.has_secret,
            scopes: settings.scopes,
            groups_claim: settings.groups_claim,
            group_roles: settings
                .group_roles
                .into_iter()
                .map(|GroupRole { group, role }| RoleOfGroup { group, role })
                .collect(),
            only_owners_use_passwords: settings.only_owners_use_passwords,
        }
    });
    let state = ProviderState { provider, redirect_uri: redirect_uri(app), signed_out_uri: signed_out_uri(app) };
    Ok(Tagged(tag(version), state))
}

/// Sign-in at an OpenID provider, as it is set up.
#[utoipa::path(get, path = "/sign-in/provider", tag = "Administration", responses((status = 200, body = ProviderState)))]
pub async fn get_provider(State(app): State<App>, caller: Caller) -> Result<Tagged<ProviderState>, Problem> {
    state(&app, &caller).await
}

/// Set up sign-in at an OpenID provider, whole. Local owners keep their passwords.
#[utoipa::path(put, path = "/sign-in/provider", tag = "Administration", request_body = NewProvider, responses((status = 200, body = ProviderState)))]
pub async fn set_provider(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Body(new): Body<NewProvider>,
) -> Result<Tagged<ProviderState>, Problem> {
    let Tagged(before, _) = state(&app, &caller).await?;
    check_tag(&headers, "sign-in", &before)?;
    check_issuer(&app, &new.issuer)?;
    let given = |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let settings = ProviderSettings {
        label: new.label.trim().to_owned(),
        issuer: new.issuer.trim().to_owned(),
        client_id: new.client_id.trim().to_owned(),
        scopes: new.scopes,
        groups_claim: given(new.groups_claim),
        group_roles: new.group_roles.into_iter().map(|RoleOfGroup { group, role }| GroupRole { group, role }).collect(),
        only_owners_use_passwords: new.only_owners_use_passwords,
    };
    let secret = new.client_secret.map(|secret| secret.0);
    app.directory.set_provider(caller.tenant(), &caller.actor(), &settings, secret).await?;
    state(&app, &caller).await
}

/// Remove the provider. Sessions that began there end, and passwords are for everybody who has one.
#[utoipa::path(delete, path = "/sign-in/provider", tag = "Administration", responses((status = 204)))]
pub async fn remove_provider(State(app): State<App>, caller: Caller) -> Result<StatusCode, Problem> {
    app.directory.remove_provider(caller.tenant(), &caller.actor()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Look at an issuer: read its discovery document and its keys. Nothing is stored.
#[utoipa::path(post, path = "/sign-in/provider/test", tag = "Administration", request_body = Issuer, responses((status = 200, body = IssuerFound)))]
pub async fn test_provider(State(app): State<App>, Body(wanted): Body<Issuer>) -> Result<Json<IssuerFound>, Problem> {
    check_issuer(&app, &wanted.issuer)?;
    let (found, keys) = app.oidc.discover(wanted.issuer.trim()).await?;
    if keys == 0 {
        return Err(Problem::invalid("the provider publishes no key that can be used"));
    }
    Ok(Json(IssuerFound {
        issuer: found.issuer.clone(),
        authorization_endpoint: found.authorization_endpoint.to_string(),
        token_endpoint: found.token_endpoint.to_string(),
        keys,
        signs_out: found.end_session_endpoint.is_some(),
    }))
}

fn check_issuer(app: &App, issuer: &str) -> Result<(), Problem> {
    let url =
        Url::parse(issuer.trim()).map_err(|error| Problem::invalid(format!("the issuer is no address: {error}")))?;
    app.guard.check_url(&url).map_err(|error| Problem::invalid(format!("the issuer can't be called: {error}")))
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Problem {
        tracing::warn!(error = %fault, "sign-in at the OpenID provider");
        match fault {
            Fault::Says(_) | Fault::Untrusted(_) => Problem::forbidden(fault.to_string()).with_code("provider"),
            Fault::Unreachable(_) | Fault::Unusable { .. } => {
                Problem::new(StatusCode::BAD_GATEWAY, fault.to_string()).with_code("provider")
            }
        }
    }
}
