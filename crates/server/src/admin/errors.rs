//! What is wrong in all applications: grouped by cause, and one by one.

use axum::{Json, extract::State};
use directory::{
    Kind, Tx,
    work::{self, OpenQuery, WorkKey, WorkStatus},
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    account::{kinds, statuses},
    advice::{actions, advice},
    application::application_id,
    input::Query,
    output::{Limit, Page, Time, Total},
    user::application_names,
};
use crate::{app::App, caller::Caller, problem::Problem};

/// Errors with one cause in one application.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErrorGroup {
    /// The application's id.
    application: Uuid,
    /// The application's name.
    application_name: String,
    /// `failed`: needs a person. `pending`: is tried again by itself. `waiting`: needs something else first.
    #[schema(schema_with = statuses)]
    status: &'static str,
    /// The code of the error taxonomy.
    code: String,
    /// How many objects.
    count: Total,
    /// When the first of them failed first.
    first_seen_at: Option<Time>,
    /// When the last of them was marked last.
    last_seen_at: Time,
    /// When the next of them is looked at again; null when only something else can release them.
    next_at: Option<Time>,
    /// What it is, in a few words.
    title: &'static str,
    /// What to do.
    advice: &'static str,
    /// The action that helps most.
    #[schema(schema_with = actions)]
    action: &'static str,
    /// The first of them.
    example: Example,
}

/// One of several equal errors.
#[derive(Serialize, ToSchema)]
pub struct Example {
    /// What kind of object.
    #[schema(schema_with = kinds)]
    kind: &'static str,
    /// The user or group; of a membership, the group.
    subject: Uuid,
    /// Its name.
    name: String,
    /// What was said about it.
    detail: String,
}

/// One object that an application is not in step with.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListedWork {
    /// The application's id.
    application: Uuid,
    /// The application's name.
    application_name: String,
    /// What kind of object.
    #[schema(schema_with = kinds)]
    kind: &'static str,
    /// The user or group; of a membership, the group.
    subject: Uuid,
    /// Its name; empty when it is gone.
    subject_name: String,
    /// The member of a membership.
    member: Option<Uuid>,
    /// The member's name.
    member_name: Option<String>,
    /// `pending`: will be tried by itself. `waiting`: needs something else first. `failed`: needs a person.
    #[schema(schema_with = statuses)]
    status: &'static str,
    /// How often it was tried in vain since the last change.
    attempts: i64,
    /// When it was first tried in vain.
    first_failed_at: Option<Time>,
    /// When it is looked at next; null when only something else can release it.
    due_at: Option<Time>,
    /// A code of the error taxonomy.
    code: Option<String>,
    /// What went wrong, in words.
    detail: Option<String>,
    /// The user whose account it waits for.
    waiting_on: Option<Uuid>,
    /// The change behind it: an entry of the audit trail.
    cause: Option<Uuid>,
}

/// Which errors to group.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ErrorSearch {
    /// In one application, by id or name.
    application: Option<String>,
    /// With one status.
    #[param(schema_with = statuses)]
    status: Option<String>,
}

/// Which open work to list.
#[derive(Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WorkSearch {
    /// In one application, by id or name.
    application: Option<String>,
    /// About one user or group, by id.
    subject: Option<Uuid>,
    /// With one status.
    #[param(schema_with = statuses)]
    status: Option<String>,
    /// With one code of the error taxonomy.
    code: Option<String>,
    /// The `next` of the page before.
    pub after: Option<String>,
    /// How many items the page holds: 1 to 200, 50 unless chosen.
    #[serde(default)]
    #[param(value_type = Option<i64>)]
    limit: Limit,
}

impl WorkSearch {
    /// What the directory is asked. `limit`: rows.
    pub async fn query(&self, tx: &mut Tx, limit: i64) -> Result<OpenQuery, Problem> {
        Ok(OpenQuery {
            application: application_id(tx, self.application.as_deref()).await?,
            subject: self.subject,
            status: status(self.status.as_deref())?,
            code: self.code.clone(),
            after: self.after.as_deref().map(|text| place(text).ok_or_else(nowhere)).transpose()?,
            limit,
        })
    }
}

/// A status by its word.
pub fn status(word: Option<&str>) -> Result<Option<WorkStatus>, Problem> {
    match word {
        None => Ok(None),
        Some("pending") => Ok(Some(WorkStatus::Pending)),
        Some("waiting") => Ok(Some(WorkStatus::Waiting)),
        Some("failed") => Ok(Some(WorkStatus::Failed)),
        Some(word) => Err(Problem::invalid(format!("{word:?} is no status: pending, waiting or failed"))),
    }
}

/// The names of the users and groups that work is about.
pub async fn subject_names(
    tx: &mut Tx,
    keys: impl Iterator<Item = WorkKey> + Clone,
) -> Result<HashMap<Uuid, String>, Problem> {
    let of = |wanted: Kind| keys.clone().filter(move |key| (key.kind == Kind::User) == (wanted == Kind::User));
    let users = of(Kind::User).map(|key| key.subject).chain(keys.clone().map(|key| key.member));
    let users: Vec<Uuid> = users.filter(|id| !id.is_nil()).collect();
    let groups: Vec<Uuid> = of(Kind::Group).map(|key| key.subject).collect();
    let mut names = directory::user::names(tx, &users).await?;
    names.extend(directory::group::names(tx, &groups).await?);
    Ok(names)
}

/// What is wrong everywhere, grouped by application, status and code; those with the most objects first.
#[utoipa::path(get, path = "/errors", tag = "Status", params(ErrorSearch), responses((status = 200, body = Page<ErrorGroup>)))]
pub async fn list_errors(
    State(app): State<App>,
    caller: Caller,
    Query(search): Query<ErrorSearch>,
) -> Result<Json<Page<ErrorGroup>>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let application = application_id(&mut tx, search.application.as_deref()).await?;
    let groups = work::errors(&mut tx, application, status(search.status.as_deref())?).await?;
    let applications = application_names(&mut tx).await?;
    let names = subject_names(&mut tx, groups.iter().map(|group| group.example)).await?;
    Ok(Page::whole(groups.into_iter().map(|group| {
        let advice = advice(&group.code);
        ErrorGroup {
            application: group.application,
            application_name: applications.get(&group.application).cloned().unwrap_or_default(),
            status: group.status.as_str(),
            code: group.code,
            count: group.count.into(),
            first_seen_at: group.first_seen_at.map(Time),
            last_seen_at: Time(group.last_seen_at),
            next_at: group.next_at.map(Time),
            title: advice.title,
            advice: advice.sentence,
            action: advice.action,
            example: Example {
                kind: group.example.kind.as_str(),
                subject: group.example.subject,
                name: names.get(&group.example.subject).cloned().unwrap_or_default(),
                detail: group.detail,
            },
        }
    })))
}

/// What is not in step, one object after the other.
#[utoipa::path(get, path = "/work", tag = "Status", params(WorkSearch), responses((status = 200, body = Page<ListedWork>)))]
pub async fn list_work(
    State(app): State<App>,
    caller: Caller,
    Query(search): Query<WorkSearch>,
) -> Result<Json<Page<ListedWork>>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let query = search.query(&mut tx, search.limit.rows()).await?;
    let rows = work::list(&mut tx, &query).await?;
    let items = listed(&mut tx, rows).await?;
    Ok(Page::of(items, search.limit, |(place, _)| place.clone(), |(_, item)| item))
}

/// Open work as lists show it, each with the place behind it.
pub async fn listed(tx: &mut Tx, rows: Vec<(Uuid, work::Work)>) -> Result<Vec<(String, ListedWork)>, Problem> {
    let applications = application_names(tx).await?;
    let names = subject_names(tx, rows.iter().map(|(_, work)| work.key)).await?;
    let name = |id: Uuid| names.get(&id).cloned();
    let item = |(application, work): (Uuid, work::Work)| {
        let place = format!("{application}.{}.{}.{}", work.key.kind.as_str(), work.key.subject, work.key.member);
        let member = Some(work.key.member).filter(|id| !id.is_nil());
        let item = ListedWork {
            application,
            application_name: applications.get(&application).cloned().unwrap_or_default(),
            kind: work.key.kind.as_str(),
            subject: work.key.subject,
            subject_name: name(work.key.subject).unwrap_or_default(),
            member,
            member_name: member.and_then(name),
            status: work.status.as_str(),
            attempts: work.attempts,
            first_failed_at: work.first_failed_at.map(Time),
            due_at: Some(work.due_at).filter(|at| *at != work::NEVER).map(Time),
            code: work.error_code,
            detail: work.error_detail,
            waiting_on: work.waiting_on,
            cause: work.cause,
        };
        (place, item)
    };
    Ok(rows.into_iter().map(item).collect())
}

/// Where a page of open work begins, from its text.
fn place(text: &str) -> Option<(Uuid, WorkKey)> {
    let mut parts = text.split('.');
    let application = parts.next()?.parse().ok()?;
    let kind = match parts.next()? {
        "user" => Kind::User,
        "group" => Kind::Group,
        "membership" => Kind::Membership,
        _ => return None,
    };
    let (subject, member) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    parts.next().is_none().then_some((application, WorkKey { kind, subject, member }))
}

fn nowhere() -> Problem {
    Problem::invalid("the page begins nowhere: send the `next` of the page before as it is")
}
