//! The first page: what needs somebody, and how everything goes.

use axum::{Json, extract::State};
use directory::{
    Millis, Tx,
    alarm::{self, Alarm, Cause},
    assignment,
    source::{self, SourceKind},
    statistics::{self, HOUR, Metric},
    user::{self, UserQuery},
    work::{self, WorkStatus},
};
use serde::Serialize;
use std::collections::HashMap;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    advice::advice,
    application::{ListedApplication, listed},
    output::{Time, Total},
    user::application_names,
};
use crate::{alarm::words, app::App, caller::Caller, openapi, problem::Problem};

/// What needs somebody, and how everything goes.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Home {
    /// What needs somebody, the worst first. Empty: nothing does.
    needs: Vec<Need>,
    /// The last 24 hours.
    day: Day,
    /// How far the set-up is.
    setup: SetupSteps,
    /// How many people there are.
    people: Total,
    /// Each application.
    applications: Vec<HomeApplication>,
    /// Each source.
    sources: Vec<HomeSource>,
}

/// Something that needs somebody.
#[derive(Serialize, ToSchema)]
pub struct Need {
    /// What kind of thing.
    #[schema(schema_with = needs)]
    kind: &'static str,
    /// How bad.
    #[schema(schema_with = severities)]
    severity: &'static str,
    /// In words.
    sentence: String,
    /// How many objects.
    count: i64,
    /// The page of the console that shows it.
    link: String,
}

openapi::words!(needs: "errors", "connection", "silent_source", "ending_token");
openapi::words!(severities: "error", "warning", "info");

/// Figures of the last 24 hours.
#[derive(Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Day {
    /// Operations that succeeded.
    succeeded: i64,
    /// Operations that were put off and tried again by themselves.
    pending: i64,
    /// Operations that had to wait for something else.
    waiting: i64,
    /// Operations that needed a person.
    failed: i64,
    /// Requests of sources.
    requests: i64,
    /// Requests of sources that were refused or failed.
    request_errors: i64,
}

/// How far the set-up is, measured by what there is.
#[derive(Serialize, ToSchema)]
pub struct SetupSteps {
    /// A source has sent something.
    source: bool,
    /// There is an application.
    application: bool,
    /// Somebody is assigned.
    assignment: bool,
    /// An application is active.
    active: bool,
}

/// An application and its last 24 hours.
#[derive(Serialize, ToSchema)]
pub struct HomeApplication {
    /// The application and how it stands.
    #[serde(flatten)]
    application: ListedApplication,
    /// Operations that succeeded in the last 24 hours.
    succeeded: i64,
    /// Operations that did not.
    troubled: i64,
}

/// A source and its last 24 hours.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HomeSource {
    /// Its id.
    id: Uuid,
    /// Its name.
    name: String,
    /// When it was heard of last.
    last_request_at: Option<Time>,
    /// How many users it knows.
    users: Total,
    /// Requests in the last 24 hours.
    requests: i64,
    /// Those that were refused or failed.
    request_errors: i64,
}

/// What needs somebody, and how everything goes.
#[utoipa::path(get, path = "/home", tag = "Status", responses((status = 200, body = Home)))]
pub async fn get_home(State(app): State<App>, caller: Caller) -> Result<Json<Home>, Problem> {
    let now = app.directory.clock.now();
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let applications = listed(&mut tx).await?;
    let sources: Vec<_> =
        source::list(&mut tx).await?.into_iter().filter(|source| source.kind == SourceKind::Scim).collect();
    let operations = sums(&mut tx, Metric::Operations, now).await?;
    let requests = sums(&mut tx, Metric::Requests, now).await?;
    let of = |sums: &Sums, wanted: &[&str]| {
        sums.iter().filter(|((_, status), _)| wanted.contains(&status.as_str())).map(|(_, sum)| sum).sum()
    };
    let day = Day {
        succeeded: of(&operations, &["succeeded"]),
        pending: of(&operations, &["pending"]),
        waiting: of(&operations, &["waiting"]),
        failed: of(&operations, &["failed"]),
        requests: of(&requests, &["succeeded", "refused", "failed"]),
        request_errors: of(&requests, &["refused", "failed"]),
    };
    let setup = SetupSteps {
        source: sources.iter().any(|source| source.last_request_at.is_some()),
        application: !applications.is_empty(),
        assignment: assignment::any(&mut tx).await?,
        active: applications.iter().any(ListedApplication::is_active),
    };
    let mut needs = errors(&mut tx).await?;
    needs.extend(applications.iter().filter_map(resting));
    needs.extend(alarm::list(&mut tx, now).await?.iter().map(|alarm| standing(alarm, now)));
    needs.sort_by_key(|need| ["error", "warning", "info"].iter().position(|severity| *severity == need.severity));
    let people = user::total(&mut tx, &UserQuery::default()).await?.into();
    let share = |sums: &Sums, id: Uuid, wanted: &[&str]| -> i64 {
        wanted.iter().filter_map(|status| sums.get(&(id, (*status).to_owned()))).sum()
    };
    let mut shown = Vec::with_capacity(sources.len());
    for source in sources {
        let known = UserQuery { source: Some(source.id), ..UserQuery::default() };
        shown.push(HomeSource {
            users: user::total(&mut tx, &known).await?.into(),
            requests: share(&requests, source.id, &["succeeded", "refused", "failed"]),
            request_errors: share(&requests, source.id, &["refused", "failed"]),
            id: source.id,
            name: source.name,
            last_request_at: source.last_request_at.map(Time),
        });
    }
    let applications = applications.into_iter().map(|application| HomeApplication {
        succeeded: share(&operations, application.id(), &["succeeded"]),
        troubled: share(&operations, application.id(), &["pending", "waiting", "failed"]),
        application,
    });
    Ok(Json(Home { needs, day, setup, people, applications: applications.collect(), sources: shown }))
}

type Sums = HashMap<(Uuid, String), i64>;

/// The last 24 hours by subject and status.
async fn sums(tx: &mut Tx, metric: Metric, now: Millis) -> Result<Sums, Problem> {
    let figures = statistics::figures(tx, metric, now - 24 * HOUR, now, 24, None).await?;
    let mut sums = Sums::new();
    for figure in figures {
        *sums.entry((figure.subject, figure.status)).or_default() += figure.total;
    }
    Ok(sums)
}

/// Errors that wait for a person, by cause.
async fn errors(tx: &mut Tx) -> Result<Vec<Need>, Problem> {
    let names = application_names(tx).await?;
    let groups = work::errors(tx, None, Some(WorkStatus::Failed)).await?;
    Ok(groups
        .into_iter()
        .map(|group| {
            let name = names.get(&group.application).map_or("?", String::as_str);
            let many = if group.count.exact { String::new() } else { "more than ".to_owned() };
            Need {
                kind: "errors",
                severity: "error",
                sentence: format!("{name}: {}, {many}{} affected", advice(&group.code).title, group.count.count),
                count: group.count.count,
                link: format!("/errors?app={}&code={}", group.application, group.code),
            }
        })
        .collect())
}

/// An application that rests because its connection fails.
fn resting(application: &ListedApplication) -> Option<Need> {
    let note = application.failing()?;
    Some(Need {
        kind: "connection",
        severity: "error",
        sentence: format!("{} is not being provisioned: {note}", application.name()),
        count: 1,
        link: format!("/apps/{}", application.id()),
    })
}

/// An alarm that stands.
fn standing(alarm: &Alarm, now: Millis) -> Need {
    let words = words(alarm, now);
    Need {
        kind: if matches!(alarm.cause, Cause::SourceSilent { .. }) { "silent_source" } else { "ending_token" },
        severity: if words.severity == "urgent" { "error" } else { words.severity },
        sentence: words.text,
        count: 1,
        link: format!("/sources/{}", alarm.source),
    }
}
