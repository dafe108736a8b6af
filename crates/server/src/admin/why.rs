//! The answer to "why does Ana have this account?".

use axum::{Json, extract::State};
use directory::{application, user, why};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    account::statuses,
    history::{Change, Operation},
    input::Query,
    output::Time,
    user::{origins, states},
};
use crate::{app::App, caller::Caller, problem::Problem};

/// Why a user has, or has not, an account.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Why {
    /// The user's name.
    user: String,
    /// The application's name.
    application: String,
    /// One sentence.
    summary: String,
    /// Whether the user should have an account.
    has_access: bool,
    /// Since when.
    since: Option<Time>,
    /// Each assignment that gives access, in words.
    because: Vec<String>,
    /// The sources that say who the user is.
    records: Vec<String>,
    /// The account, if there is one.
    account: Option<WhyAccount>,
    /// What is not done yet.
    open: Option<WhyOpen>,
    /// The last things that were sent, newest first.
    operations: Vec<Operation>,
    /// The last changes of the user, newest first.
    changes: Vec<Change>,
}

/// The account as it is known.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WhyAccount {
    /// The application's id of it.
    remote_id: Option<String>,
    /// `created` by us, or there already and `adopted`.
    #[schema(schema_with = origins)]
    origin: directory::account::Origin,
    /// `creating`, `linked`, `deactivated`, or `released`: left alone.
    #[schema(schema_with = states)]
    state: directory::account::LinkState,
}

/// What is not done yet, and why.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WhyOpen {
    /// `pending`, `waiting` or `failed`.
    #[schema(schema_with = statuses)]
    status: &'static str,
    /// When it is tried next; null when only something else can release it.
    due_at: Option<Time>,
    /// A code of the error taxonomy.
    error_code: Option<String>,
    /// In words.
    error_detail: Option<String>,
}

impl From<why::Why> for Why {
    fn from(why: why::Why) -> Why {
        Why {
            user: why.user,
            application: why.application,
            summary: why.summary,
            has_access: why.has_access,
            since: why.since.map(Time),
            because: why.because,
            records: why.records,
            account: why.account.map(|account| WhyAccount {
                remote_id: account.remote_id,
                origin: account.origin,
                state: account.state,
            }),
            open: why.open.map(|open| WhyOpen {
                status: open.status,
                due_at: open.due_at.map(Time),
                error_code: open.error_code,
                error_detail: open.error_detail,
            }),
            operations: why.operations.into_iter().map(Operation::from).collect(),
            changes: why.changes.into_iter().map(Change::from).collect(),
        }
    }
}

/// About whom, and where.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WhyQuestion {
    /// The user, by id or user name.
    user: String,
    /// The application, by id or name.
    application: String,
}

/// Why a user has, or has not, an account in an application.
#[utoipa::path(get, path = "/why", tag = "History", params(WhyQuestion), responses((status = 200, body = Why)))]
pub async fn explain(
    State(app): State<App>,
    caller: Caller,
    Query(question): Query<WhyQuestion>,
) -> Result<Json<Why>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let user = user::find(&mut tx, &question.user).await?;
    let application = application::find(&mut tx, &question.application).await?;
    Ok(Json(why::explain(&mut tx, &user, &application).await?.into()))
}
