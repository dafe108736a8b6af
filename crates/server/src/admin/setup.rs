//! The live check list of a source's set-up: what has arrived, what was refused, and what to do about it.

use axum::{Json, extract::State};
use directory::{
    Millis,
    access_token::Wrong,
    refusal::Refusal,
    setup::{self, FailedRequest},
    source::{Source, SourceClient},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{input::Path, output::Time, source::find};
use crate::{app::App, caller::Caller, openapi::words, problem::Problem};

/// How far a source's set-up has come.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SourceSetup {
    /// `waiting`: nothing was let in yet. `refused`: requests come, and are refused. `connected`. `silent`: quiet for
    /// more than 26 hours.
    #[schema(schema_with = states)]
    state: &'static str,
    /// When the source was made.
    waiting_since: Time,
    /// When its last request was let in.
    last_request_at: Option<Time>,
    /// What to look at, in order.
    checks: Vec<Check>,
    /// The last request that was refused or failed, in words.
    last_refused: Option<Refused>,
}

words!(states: "waiting", "refused", "connected", "silent");
words!(check_states: "done", "waiting", "warning", "failed");

/// One line of the check list.
#[derive(Serialize, ToSchema)]
#[schema(as = SetupCheck)]
pub struct Check {
    /// `request`, `authenticated`, `users`, `groups`, `members`, `externalId`.
    key: &'static str,
    /// How it stands.
    #[schema(schema_with = check_states)]
    state: &'static str,
    /// What is checked, in words.
    title: String,
    /// What was seen.
    detail: Option<String>,
    /// What to do.
    fix: Option<String>,
    /// How many, where something is counted.
    count: Option<i64>,
}

/// A request that was refused, or let in and failed.
#[derive(Serialize, ToSchema)]
#[schema(as = RefusedRequest)]
pub struct Refused {
    /// When it came.
    at: Time,
    /// The HTTP status of the answer.
    status: i64,
    /// The HTTP method.
    method: String,
    /// The path below the base URL; null when its credentials were refused.
    path: Option<String>,
    /// Why, in words.
    reason: String,
    /// What to do.
    fix: String,
}

/// After so long without a request it is time to name the usual causes.
const PATIENCE: Millis = 10 * 60_000;
/// Longer quiet than this is silence.
const SILENCE: Millis = 26 * 60 * 60_000;

/// How far a source's set-up has come. Ask again every few seconds: each look costs the same, however large the source.
#[utoipa::path(get, path = "/sources/{source}/setup", tag = "Sources", responses((status = 200, body = SourceSetup)))]
pub async fn get_setup(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<SourceSetup>, Problem> {
    let source = find(&app, &caller, &name).await?;
    let now = app.directory.clock.now();
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let seen = setup::of_source(&mut tx, source.id).await?;
    // What was refused before the last request that was let in is history.
    let refusal = seen.refusals.first().filter(|refusal| source.last_request_at.is_none_or(|at| refusal.at > at));
    let state = match source.last_request_at {
        _ if refusal.is_some() => "refused",
        None => "waiting",
        Some(at) if now - at > SILENCE => "silent",
        Some(_) => "connected",
    };
    let checks = vec![
        request(&source, &seen, now),
        authenticated(&source, refusal),
        arrived("users", "People arrive", seen.users, source.client),
        arrived("groups", "Groups arrive", seen.groups, source.client),
        members(seen.pending_members, source.client),
        external_id(&seen.external_ids, source.client),
    ];
    let failed = seen.last_error.as_ref().filter(|failed| refusal.is_none_or(|refusal| failed.at > refusal.at));
    let last_refused = match (failed, seen.refusals.first()) {
        (Some(failed), refused) if refused.is_none_or(|refused| failed.at > refused.at) => Some(in_words(failed)),
        (_, refused) => refused.map(credentials_in_words),
    };
    Ok(Json(SourceSetup {
        state,
        waiting_since: Time(source.created_at),
        last_request_at: source.last_request_at.map(Time),
        checks,
        last_refused,
    }))
}

fn check(key: &'static str, state: &'static str, title: &str) -> Check {
    Check { key, state, title: title.to_owned(), detail: None, fix: None, count: None }
}

fn request(source: &Source, seen: &setup::Setup, now: Millis) -> Check {
    let title = "A first request has arrived";
    if source.last_request_at.is_some() || !seen.refusals.is_empty() {
        return check("request", "done", title);
    }
    let waiting = check("request", "waiting", title);
    if now - source.created_at < PATIENCE {
        return waiting;
    }
    Check {
        detail: Some("Nothing has arrived for more than ten minutes.".into()),
        fix: Some(
            "The usual causes: the client can't reach this server (firewall, name, certificate), the base URL was not \
             pasted whole, or provisioning is not switched on there yet. The self-test shows whether the address works."
                .into(),
        ),
        ..waiting
    }
}

fn authenticated(source: &Source, refusal: Option<&Refusal>) -> Check {
    let title = "Its token is right";
    match (refusal, source.last_request_at) {
        (Some(refusal), _) => {
            let refused = credentials_in_words(refusal);
            let state = if source.last_request_at.is_some() { "warning" } else { "failed" };
            Check { detail: Some(refused.reason), fix: Some(refused.fix), ..check("authenticated", state, title) }
        }
        (None, Some(_)) => check("authenticated", "done", title),
        (None, None) => check("authenticated", "waiting", title),
    }
}

fn arrived(key: &'static str, title: &str, count: i64, client: SourceClient) -> Check {
    let state = if count > 0 { "done" } else { "waiting" };
    let fix = match (count, client, key) {
        (1.., ..) => None,
        (_, SourceClient::Okta, "users") => Some("In Okta, assign people on the tab `Assignments`."),
        (_, SourceClient::Okta, _) => Some("In Okta, add groups on the tab `Push Groups`."),
        (_, SourceClient::Entra, "users") => {
            Some("Entra sends about every 40 minutes; `Provision on demand` there sends one person now.")
        }
        (_, SourceClient::Entra, _) => Some("In Entra, assign the groups themselves under `Users and groups`."),
        (_, SourceClient::Google, "groups") => Some("Google sends no groups: a program of yours can."),
        _ => None,
    };
    Check { count: Some(count), fix: fix.map(str::to_owned), ..check(key, state, title) }
}

fn members(pending: i64, client: SourceClient) -> Check {
    let title = "Members of groups are known";
    if pending == 0 {
        return Check { count: Some(0), ..check("members", "done", title) };
    }
    let fix = match client {
        SourceClient::Okta => {
            "Assign them to the app too: in Okta the group on `Assignments` and the groups on `Push Groups` are \
             different ones, and only assigned people are sent."
        }
        SourceClient::Entra => "Assign them, or a group they are direct members of, under `Users and groups`.",
        _ => "They become members by themselves when the client sends them as people.",
    };
    let subject = if pending == 1 { "1 member has".to_owned() } else { format!("{pending} members have") };
    Check {
        detail: Some(format!("{subject} not arrived yet.")),
        fix: Some(fix.to_owned()),
        count: Some(pending),
        ..check("members", "warning", title)
    }
}

/// What of its people and groups the client keeps as `externalId`: it should never change. Entra's is a UUID.
fn external_id(ids: &[Option<String>], client: SourceClient) -> Check {
    let title = "`externalId` is one that lasts";
    if ids.is_empty() {
        return check("externalId", "waiting", title);
    }
    let is_entra = client == SourceClient::Entra;
    let missing = ids.iter().filter(|id| id.is_none()).count();
    let odd = ids.iter().flatten().find(|id| match client {
        SourceClient::Entra => Uuid::try_parse(id).is_err(),
        _ => id.contains('@'),
    });
    let (detail, fix) = match odd {
        Some(odd) if is_entra => (
            format!("An `externalId` arrives as {odd:?}, which is no object id."),
            "In Entra, `Provisioning` > `Attribute mapping`: map `externalId` to `objectId`, for users and for groups, \
             then pause and start provisioning.",
        ),
        Some(odd) => (
            format!("An `externalId` arrives as {odd:?}, which looks like an address."),
            "Addresses change. Map `externalId` to the client's own id of the person.",
        ),
        None if missing > 0 && is_entra => (
            format!("{missing} of the last {} people and groups came without `externalId`.", ids.len()),
            "In Entra, `Provisioning` > `Attribute mapping`: map `externalId` to `objectId`, for users and for groups.",
        ),
        None => return check("externalId", "done", title),
    };
    Check { detail: Some(detail), fix: Some(fix.to_owned()), ..check("externalId", "warning", title) }
}

fn credentials_in_words(refusal: &Refusal) -> Refused {
    let ending = refusal.token_end.as_ref().map(|end| format!(" ending …{end}")).unwrap_or_default();
    let (reason, fix) = match refusal.reason {
        Wrong::Missing => (
            "A request arrived without a token.".to_owned(),
            "Paste the token into the client's field for it. If it knows only a user name and a password, make a token \
             of the kind `basic`.",
        ),
        Wrong::Unknown => (
            format!("A request arrived with an unknown token{ending}."),
            "Compare it with the last letters of this source's tokens. If it is none of them, make another token and \
             paste it whole, without `Bearer`.",
        ),
        Wrong::OtherSource => (
            format!("A request arrived with a token{ending} of another source."),
            "Base URL and token must be of the same source: paste both anew.",
        ),
        Wrong::Expired => (
            format!("A request arrived with a token{ending} that has expired."),
            "Make another token and paste it there.",
        ),
        Wrong::Revoked => (
            format!("A request arrived with a token{ending} that was revoked."),
            "Give the client a live token, or switch provisioning off there.",
        ),
        Wrong::Network => (
            format!(
                "A request arrived with a right token{ending} from {}, a network it may not be used from.",
                refusal.address.as_deref().unwrap_or("somewhere")
            ),
            "If that is the client, add its network to the token. If not, revoke the token: somebody else has it.",
        ),
    };
    Refused {
        at: Time(refusal.at),
        status: 401,
        method: refusal.method.clone(),
        path: None,
        reason,
        fix: fix.to_owned(),
    }
}

fn in_words(failed: &FailedRequest) -> Refused {
    let fix = match failed.status {
        404 => {
            "If the path is odd, the base URL was not pasted whole. If it names a person or a group, it is gone here: the client will create it anew."
        }
        409 => {
            "Something of that name, or with that externalId, is there already. Most clients find and take it by themselves; otherwise rename or delete one of the two."
        }
        412 => "Somebody else was faster: the client tries again by itself.",
        413 => "The request is larger than what /ServiceProviderConfig names: let the client send smaller pieces.",
        429 => "The client is faster than its token may be: it comes again by itself.",
        500.. => "The log of the server says what went wrong; the client tries again by itself.",
        _ => "Correct the value or the mapping in the client that the reason names.",
    };
    let reason = failed.detail.clone().unwrap_or_else(|| format!("it was answered with status {}", failed.status));
    Refused {
        at: Time(failed.at),
        status: failed.status,
        method: failed.method.clone(),
        path: Some(failed.path.clone()),
        reason,
        fix: fix.to_owned(),
    }
}
