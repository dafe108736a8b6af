//! What matching would come to for everybody: found out behind the scenes, to be asked for.

use axum::{Json, extract::State, http::StatusCode};
use directory::{
    application::{self, Matching},
    forecast, match_trial,
};
use serde::Serialize;
use std::{collections::BTreeMap, sync::Arc};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{matchings, plan::states};
use crate::{
    admin::{application::find, input::Path, output::Time},
    app::App,
    caller::Caller,
    problem::Problem,
};

/// What matching would come to for everybody who should have an account, as far as it is known.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MatchTrial {
    /// Its id.
    id: Uuid,
    /// How it stands.
    #[schema(schema_with = states)]
    state: &'static str,
    /// The number of the version that is tried: of the draft, or of what is published while there is none.
    version: i64,
    /// By which attribute it recognises accounts.
    #[serde(rename = "match")]
    #[schema(schema_with = matchings)]
    matching: Matching,
    /// How many of the application's accounts were read.
    accounts_read: i64,
    /// How many there are, as far as the application says.
    accounts_there: Option<i64>,
    /// Whether all of them were read; null while they are being read. When they could not all be read, who was not
    /// found is `unknown`, and more may match than were found.
    complete: Option<bool>,
    /// Why they could not all be read.
    doubt: Option<String>,
    /// How many people were matched.
    done: i64,
    /// How many there are to match.
    total: i64,
    /// How many people it comes to what for. `create`: nobody there matches, an account would be made. `adopt`: the
    /// account that matches would become theirs. `linked`: they have one. `ambiguous`: several match, and a person
    /// must decide. `taken`: the one that matches is somebody else's. `missing`: theirs is not there any more.
    /// `creating`: one is being made. `no_value`: there is nothing to match by. `error`: the mapping gives no account.
    /// `inactive`: who is not active gets none. `may_not_create`: making accounts is switched off. `unknown`: not
    /// found among those that could be read.
    counts: BTreeMap<String, i64>,
    /// The first 100 people of each.
    people: BTreeMap<String, Vec<MatchedPerson>>,
    /// How many of the accounts that were read are nobody's here.
    unmatched: i64,
    /// The first 100 of those.
    unmatched_accounts: Vec<AccountThere>,
    /// When it began.
    started_at: Time,
    /// When it was done; null while it goes on.
    finished_at: Option<Time>,
    /// Why it ended without a result.
    detail: Option<String>,
}

/// What matching would come to for one person.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct MatchedPerson {
    /// The user.
    user: Uuid,
    /// Their user name.
    user_name: String,
    /// Their display name.
    display_name: Option<String>,
    /// The first ten accounts that match, where that is not one that becomes theirs.
    candidates: Vec<AccountThere>,
    /// More about it, in words.
    detail: Option<String>,
}

/// An account as the application shows it.
#[derive(Serialize, ToSchema)]
struct AccountThere {
    /// The application's id of it.
    id: String,
    /// Its user name there.
    name: String,
}

impl From<match_trial::RemoteAccount> for AccountThere {
    fn from(account: match_trial::RemoteAccount) -> AccountThere {
        AccountThere { id: account.id, name: account.name }
    }
}

impl From<match_trial::Matched> for MatchedPerson {
    fn from(person: match_trial::Matched) -> MatchedPerson {
        MatchedPerson {
            user: person.user,
            user_name: person.user_name,
            display_name: person.display_name,
            candidates: person.candidates.into_iter().map(AccountThere::from).collect(),
            detail: person.detail,
        }
    }
}

fn shown(app: &App, trial: match_trial::MatchTrial) -> MatchTrial {
    let now = app.directory.clock.now();
    let (state, detail) = (trial.state(now), trial.detail(now));
    let found = trial.outlook;
    let people = found
        .people
        .into_iter()
        .map(|(outcome, people)| (outcome, people.into_iter().map(MatchedPerson::from).collect()));
    MatchTrial {
        id: trial.id,
        state,
        version: found.version,
        matching: found.matching,
        accounts_read: found.read,
        accounts_there: found.there,
        complete: found.complete,
        doubt: found.doubt,
        done: trial.done,
        total: trial.total,
        counts: found.counts,
        people: people.collect(),
        unmatched: found.unmatched,
        unmatched_accounts: found.unmatched_accounts.into_iter().map(AccountThere::from).collect(),
        started_at: Time(trial.started_at),
        finished_at: trial.finished_at.map(Time),
        detail,
    }
}

/// Begin to find out what matching would come to for everybody who should have an account, by the draft, or by what is
/// published while there is none. The application's accounts are read once; nothing is changed there. It replaces the
/// trial before.
#[utoipa::path(post, path = "/applications/{application}/draft/match-trial", tag = "Applications", responses((status = 202, body = MatchTrial)))]
pub async fn begin_match_trial(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<(StatusCode, Json<MatchTrial>), Problem> {
    let application = find(&app, &caller, &name).await?;
    let transport = Arc::clone(&app.transport);
    let trial = provision::begin_match_trial(&app.directory, caller.tenant(), application.id, transport).await?;
    Ok((StatusCode::ACCEPTED, Json(shown(&app, trial))))
}

/// A match trial, done or on its way.
#[utoipa::path(get, path = "/applications/{application}/match-trials/{trial}", tag = "Applications", responses((status = 200, body = MatchTrial)))]
pub async fn get_match_trial(
    State(app): State<App>,
    caller: Caller,
    Path((name, id)): Path<(String, Uuid)>,
) -> Result<Json<MatchTrial>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let application = application::find(&mut tx, &name).await?;
    Ok(Json(shown(&app, forecast::get(&mut tx, application.id, id).await?)))
}
