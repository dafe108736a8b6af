//! Applications: places with accounts. What is decided about one lives in `version.rs`.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use directory::{
    Tx, access, account,
    application::{self, ApplicationSettings, Matching},
    history, lane,
    work::{self, Again},
};
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    account::statuses,
    errors::status,
    history::Run,
    input::{Body, Path, Secret},
    output::{Page, Tagged, Time, Total, created, tag},
    version::matchings,
};
use crate::{app::App, caller::Caller, problem::Problem};

/// A place with accounts.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Application {
    /// Its id.
    id: Uuid,
    /// Its name, unique.
    name: String,
    /// Whether Lockstep acts on it. Inactive pauses everything and touches nothing there.
    active: bool,
    /// The number of the published version; null before the first.
    current_version: Option<i64>,
    /// When it was made.
    created_at: Time,
    /// When it last changed.
    modified_at: Time,
}

/// An application in a list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListedApplication {
    /// The application.
    #[serde(flatten)]
    application: Application,
    /// What is open in it.
    open: Open,
    /// Why it rests, if it does.
    pause: Option<Pause>,
    /// How many accounts are known.
    accounts: Total,
    /// The newest run.
    last_run: Option<Run>,
    /// What may be shown of its credential.
    credential: Option<Credential>,
}

/// An application and how it stands.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApplicationDetail {
    /// The application.
    #[serde(flatten)]
    application: Application,
    /// The SCIM base URL of the published version, or of the draft before the first.
    base_url: Option<String>,
    /// Whether there is a draft.
    has_draft: bool,
    /// What may be shown of its credential.
    credential: Option<Credential>,
    /// Why it rests, if it does.
    pause: Option<Pause>,
    /// What is open in it.
    open: Open,
    /// How many users have access to it.
    effective_users: i64,
}

/// A stored credential, as far as it may be shown.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Credential {
    /// The only origin it is sent to.
    origin: String,
    /// Its last four characters; empty when it is short.
    last4: String,
    /// When it was set.
    modified_at: Time,
}

/// Why nothing is sent to an application for a while.
#[derive(Serialize, ToSchema)]
pub struct Pause {
    /// Until when.
    until: Time,
    /// How often in a row the connection failed; 0 when the application asked us to wait.
    failures: i64,
    /// A code of the error taxonomy.
    code: String,
    /// In words.
    note: String,
}

/// What is not done yet.
#[derive(Clone, Copy, Default, Serialize, ToSchema)]
pub struct Open {
    /// Will be tried by itself.
    pub pending: i64,
    /// Needs something else first.
    pub waiting: i64,
    /// Needs a person.
    pub failed: i64,
}

/// A new application. Everything else is decided in its draft.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewApplication {
    /// Its name: 1 to 200 characters, unique.
    name: String,
    /// The base URL of its SCIM service.
    base_url: Url,
    /// The bearer token that is sent there, and nowhere else.
    #[serde(default)]
    #[schema(value_type = Option<String>, write_only)]
    token: Option<Secret>,
    /// The attribute by which an account that is already there is recognised: `userName` or `email`.
    #[serde(default, rename = "match")]
    #[schema(schema_with = matchings)]
    matching: Matching,
}

/// A credential to store.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCredential {
    /// The bearer token.
    #[schema(value_type = String, write_only)]
    token: Secret,
}

/// What to look at again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// What is open about one user or group.
    subject: Option<Uuid>,
    /// What has one code of the error taxonomy.
    code: Option<String>,
    /// What has one status.
    #[schema(schema_with = statuses)]
    status: Option<String>,
    /// As many as the caller has seen. When there are more of them by now, nothing is done and the answer is 412.
    count: Option<u64>,
}

/// How much is looked at again.
#[derive(Serialize, ToSchema)]
pub struct Retried {
    /// The number of objects.
    retried: u64,
}

impl From<application::Application> for Application {
    fn from(application: application::Application) -> Application {
        Application {
            id: application.id,
            name: application.name,
            active: application.active,
            current_version: application.current_version,
            created_at: Time(application.created_at),
            modified_at: Time(application.modified_at),
        }
    }
}

impl From<application::CredentialInfo> for Credential {
    fn from(known: application::CredentialInfo) -> Credential {
        Credential { origin: known.origin, last4: known.last4, modified_at: Time(known.modified_at) }
    }
}

impl ListedApplication {
    /// Its id.
    pub fn id(&self) -> Uuid {
        self.application.id
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.application.name
    }

    /// Whether Lockstep acts on it.
    pub fn is_active(&self) -> bool {
        self.application.active
    }

    /// What its connection fails of, if it does.
    pub fn failing(&self) -> Option<&str> {
        self.pause
            .as_ref()
            .filter(|pause| pause.failures > 0 && self.application.active)
            .map(|pause| pause.note.as_str())
    }

    /// How much waits to be sent until it is activated again, if anything does.
    pub fn held_back(&self) -> Option<i64> {
        let was_active = !self.application.active && self.last_run.is_some();
        Some(self.open.pending).filter(|pending| was_active && *pending > 0)
    }
}

impl From<work::Counts> for Open {
    fn from(counts: work::Counts) -> Open {
        Open { pending: counts.pending, waiting: counts.waiting, failed: counts.failed }
    }
}

impl From<lane::Pause> for Pause {
    fn from(pause: lane::Pause) -> Pause {
        Pause { until: Time(pause.until), failures: pause.failures, code: pause.code, note: pause.note }
    }
}

/// An application by id or name.
pub async fn find(app: &App, caller: &Caller, name: &str) -> Result<application::Application, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    Ok(application::find(&mut tx, name).await?)
}

/// The id of an application given by id or name, where one is given.
pub async fn application_id(tx: &mut Tx, name: Option<&str>) -> Result<Option<Uuid>, Problem> {
    match name {
        Some(name) => Ok(Some(application::find(tx, name).await?.id)),
        None => Ok(None),
    }
}

/// A base URL that may be called, as far as it can be told without asking for addresses.
pub fn check_base_url(app: &App, url: &Url) -> Result<(), Problem> {
    app.guard.check_url(url).map_err(|error| Problem::invalid(format!("the base URL {url} can't be used: {error}")))
}

/// All applications, by name, and how each stands.
#[utoipa::path(get, path = "/applications", tag = "Applications", responses((status = 200, body = Page<ListedApplication>)))]
pub async fn list_applications(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<Page<ListedApplication>>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    Ok(Page::whole(listed(&mut tx).await?))
}

/// All applications and how each stands, in a few statements for all.
pub async fn listed(tx: &mut Tx) -> Result<Vec<ListedApplication>, Problem> {
    let applications = application::list(tx).await?;
    let names = applications.iter().map(|application| (application.id, application.name.clone())).collect();
    let mut open = work::counts_by_application(tx).await?;
    let mut pauses = lane::pauses(tx).await?;
    let mut credentials = application::credentials(tx).await?;
    let mut runs = history::last_runs(tx).await?;
    let mut listed = Vec::with_capacity(applications.len());
    for application in applications {
        let id = application.id;
        listed.push(ListedApplication {
            open: open.remove(&id).unwrap_or_default().into(),
            pause: pauses.remove(&id).map(Pause::from),
            accounts: account::total(tx, id).await?.into(),
            last_run: runs.remove(&id).map(|run| Run::of(run, &names)),
            credential: credentials.remove(&id).map(Credential::from),
            application: application.into(),
        });
    }
    Ok(listed)
}

/// Make an application with a draft. Nothing is sent before it is published and activated.
#[utoipa::path(post, path = "/applications", tag = "Applications", request_body = NewApplication, responses((status = 201, body = Application)))]
pub async fn add_application(
    State(app): State<App>,
    caller: Caller,
    Body(new): Body<NewApplication>,
) -> Result<Response, Problem> {
    check_base_url(&app, &new.base_url)?;
    let settings = ApplicationSettings { matching: new.matching, ..ApplicationSettings::new(new.base_url) };
    let token = new.token.as_ref().map(|token| &token.0);
    let made = app.directory.add_application(caller.tenant(), &caller.actor(), &new.name, &settings, token).await?;
    Ok(created(Application::from(made)))
}

/// One application, by id or name, and how it stands.
#[utoipa::path(get, path = "/applications/{application}", tag = "Applications", responses((status = 200, body = ApplicationDetail)))]
pub async fn get_application(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Tagged<ApplicationDetail>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let application = application::find(&mut tx, &name).await?;
    let id = application.id;
    let current = application::version(&mut tx, id, "current").await?;
    let draft = application::version(&mut tx, id, "draft").await?;
    let credential = application::credential_info(&mut tx, id).await?;
    let detail = ApplicationDetail {
        base_url: current.as_ref().or(draft.as_ref()).map(|version| version.settings.base_url.to_string()),
        has_draft: draft.is_some(),
        credential: credential.map(Credential::from),
        pause: lane::pause(&mut tx, id).await?.map(Pause::from),
        open: work::counts(&mut tx, Some(id)).await?.into(),
        effective_users: access::count(&mut tx, id).await?,
        application: Application::from(application.clone()),
    };
    Ok(Tagged(tag(application.version), detail))
}

/// Forget an application that is not active. Its accounts stay there as they are.
#[utoipa::path(delete, path = "/applications/{application}", tag = "Applications", responses((status = 204)))]
pub async fn remove_application(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    let application = find(&app, &caller, &name).await?;
    app.directory.remove_application(caller.tenant(), &caller.actor(), application.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Let Lockstep act on an application.
#[utoipa::path(post, path = "/applications/{application}/activate", tag = "Applications", responses((status = 200, body = Application)))]
pub async fn activate(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<Application>, Problem> {
    set_active(&app, &caller, &name, true).await
}

/// Pause an application. Nothing is sent to it; what changes meanwhile is sent when it is activated again.
#[utoipa::path(post, path = "/applications/{application}/deactivate", tag = "Applications", responses((status = 200, body = Application)))]
pub async fn deactivate(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<Application>, Problem> {
    set_active(&app, &caller, &name, false).await
}

async fn set_active(app: &App, caller: &Caller, name: &str, active: bool) -> Result<Json<Application>, Problem> {
    let application = find(app, caller, name).await?;
    let after = app.directory.set_active(caller.tenant(), &caller.actor(), application.id, active).await?;
    Ok(Json(after.into()))
}

/// Store the credential of an application. It is bound to the origin of its newest version's base URL.
#[utoipa::path(put, path = "/applications/{application}/credential", tag = "Applications", request_body = NewCredential, responses((status = 204)))]
pub async fn set_credential(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    Body(new): Body<NewCredential>,
) -> Result<StatusCode, Problem> {
    let application = find(&app, &caller, &name).await?;
    app.directory.set_credential(caller.tenant(), &caller.actor(), application.id, &new.token.0).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ask an application who it is, without changing anything there.
#[utoipa::path(post, path = "/applications/{application}/test", tag = "Applications", responses((status = 200, body = Object)))]
pub async fn test_connection(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<serde_json::Value>, Problem> {
    Ok(Json(crate::app::test_connection(&app, caller.tenant(), &name).await?))
}

/// Look at everyone who has access and at every pushed group, whether or not anything changed.
#[utoipa::path(post, path = "/applications/{application}/sync", tag = "Applications", responses((status = 204)))]
pub async fn sync(State(app): State<App>, caller: Caller, Path(name): Path<String>) -> Result<StatusCode, Problem> {
    let application = find(&app, &caller, &name).await?;
    app.directory.sync(caller.tenant(), &caller.actor(), application.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Look again, now, at what is open in an application: at everything, at one subject, or at what has one cause.
#[utoipa::path(post, path = "/applications/{application}/retry", tag = "Applications", request_body = Retry, responses((status = 200, body = Retried)))]
pub async fn retry(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    Body(what): Body<Retry>,
) -> Result<Json<Retried>, Problem> {
    let application = find(&app, &caller, &name).await?;
    let status = status(what.status.as_deref())?;
    let again = Again { subject: what.subject, code: what.code, status, count: what.count };
    let retried = app.directory.retry(caller.tenant(), &caller.actor(), application.id, &again).await?;
    Ok(Json(Retried { retried }))
}
