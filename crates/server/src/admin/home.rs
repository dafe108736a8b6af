//! The first page: what needs somebody, and how everything goes.

use axum::{Json, extract::State};
use directory::{
    Millis, Tx, administrator,
    alarm::{self, Alarm, Cause},
    assignment, leaver,
    source::{self, SourceKind},
    statistics::{self, HOUR, Metric},
    unjoined,
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
    /// Who left in the last seven days and took longest to lose the last account, at most five.
    leavers: Vec<HomeLeaver>,
}

/// Somebody who left.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HomeLeaver {
    /// The user's id.
    user: Uuid,
    /// The user's name at that time.
    name: String,
    /// When they were blocked, deactivated or deleted.
    left_at: Time,
    /// When the last account was taken away; null while one is left.
    done_at: Option<Time>,
    /// From one to the other, or until now, in milliseconds.
    took_ms: i64,
    /// How many accounts were taken away, or are left to be while it is not done.
    accounts: i64,
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

openapi::words!(needs: "errors", "connection", "silent_source", "ending_token", "second_factor", "unjoined", "inactive");
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
    users: i64,
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
    let known = source::people(&mut tx).await?;
    let is_known = |source: Uuid| known.get(&source).is_some_and(|people| *people > 0);
    let setup = SetupSteps {
        source: sources.iter().any(|source| source.last_request_at.is_some() || is_known(source.id)),
        application: !applications.is_empty(),
        assignment: assignment::any(&mut tx).await?,
        active: applications.iter().any(ListedApplication::is_active),
    };
    let mut needs = errors(&mut tx).await?;
    needs.extend(applications.iter().filter_map(resting));
    needs.extend(alarm::list(&mut tx, now).await?.iter().map(|alarm| standing(alarm, now)));
    needs.extend(ending_api_tokens(&mut tx, now).await?);
    needs.extend(passwords_alone(&mut tx, &caller).await?);
    needs.extend(cases(&mut tx, &sources).await?);
    needs.extend(applications.iter().filter_map(inactive));
    needs.sort_by_key(|need| ["error", "warning", "info"].iter().position(|severity| *severity == need.severity));
    let people = user::total(&mut tx, &UserQuery::default()).await?.into();
    let share = |sums: &Sums, id: Uuid, wanted: &[&str]| -> i64 {
        wanted.iter().filter_map(|status| sums.get(&(id, (*status).to_owned()))).sum()
    };
    let sources = sources.into_iter().map(|source| HomeSource {
        users: known.get(&source.id).copied().unwrap_or_default(),
        requests: share(&requests, source.id, &["succeeded", "refused", "failed"]),
        request_errors: share(&requests, source.id, &["refused", "failed"]),
        id: source.id,
        name: source.name,
        last_request_at: source.last_request_at.map(Time),
    });
    let leavers = leaver::slowest(&mut tx, now - 7 * 24 * HOUR, now, 5).await?;
    let leavers = leavers.into_iter().map(|leaver| HomeLeaver {
        took_ms: leaver.took(now),
        user: leaver.user,
        name: leaver.name,
        left_at: Time(leaver.left_at),
        done_at: leaver.done_at.map(Time),
        accounts: leaver.accounts,
    });
    let applications = applications.into_iter().map(|application| HomeApplication {
        succeeded: share(&operations, application.id(), &["succeeded"]),
        troubled: share(&operations, application.id(), &["pending", "waiting", "failed"]),
        application,
    });
    Ok(Json(Home {
        needs,
        day,
        setup,
        people,
        applications: applications.collect(),
        sources: sources.collect(),
        leavers: leavers.collect(),
    }))
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

/// API tokens that end within 30 days: what uses them stops working then.
async fn ending_api_tokens(tx: &mut Tx, now: Millis) -> Result<Vec<Need>, Problem> {
    const SOON: Millis = 30 * 24 * HOUR;
    let tokens = administrator::api_tokens(tx).await?;
    let ends = |token: &administrator::ApiToken| {
        token.expires_at.filter(|at| token.revoked_at.is_none() && (now..now + SOON).contains(at))
    };
    let needs = tokens.iter().filter_map(|token| {
        let days = (ends(token)? - now + 24 * HOUR - 1) / (24 * HOUR);
        let unit = if days == 1 { "day" } else { "days" };
        Some(Need {
            kind: "ending_token",
            severity: match days {
                ..=1 => "error",
                2..=14 => "warning",
                _ => "info",
            },
            sentence: format!("The API token {} stops working in {days} {unit}", token.name),
            count: 1,
            link: "/settings/tokens".into(),
        })
    });
    Ok(needs.collect())
}

/// Owners whom a password alone lets in: the caller, who can do something about it at once, and the others.
async fn passwords_alone(tx: &mut Tx, caller: &Caller) -> Result<Vec<Need>, Problem> {
    const NAMED: usize = 3;
    let own = caller.admin.session.as_ref().map(|session| session.administrator);
    let (own, others): (Vec<_>, Vec<_>) =
        administrator::owners_without_second_factor(tx).await?.into_iter().partition(|(id, _)| own == Some(*id));
    let need = |sentence, count: usize, link: &str| Need {
        kind: "second_factor",
        severity: "warning",
        sentence,
        count: i64::try_from(count).unwrap_or(i64::MAX),
        link: link.into(),
    };
    let mut needs = Vec::new();
    if !own.is_empty() {
        let sentence = "You are an owner, and your password alone lets you in: set up a second factor";
        needs.push(need(sentence.into(), 1, "/settings/account"));
    }
    if !others.is_empty() {
        let names: Vec<&str> = others.iter().take(NAMED).map(|(_, name)| name.as_str()).collect();
        let names = names.join(", ");
        let more = others.len().saturating_sub(NAMED);
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        let (are, them) = if others.len() == 1 { ("is an owner", "them") } else { ("are owners", "each of them") };
        let sentence = format!("{names}{rest} {are} with a password alone: ask {them} to set up a second factor");
        needs.push(need(sentence, others.len(), "/settings/administrators"));
    }
    Ok(needs)
}

/// Records that wait for somebody to say whose they are.
async fn cases(tx: &mut Tx, sources: &[source::Source]) -> Result<Vec<Need>, Problem> {
    let name = |id: Uuid| sources.iter().find(|source| source.id == id).map(|source| source.name.as_str());
    let counts = unjoined::counts(tx).await?;
    let needs = counts.into_iter().filter_map(|(source, count)| {
        let (records, wait) = if count == 1 { ("record", "waits") } else { ("records", "wait") };
        Some(Need {
            kind: "unjoined",
            severity: "warning",
            sentence: format!("{}: {count} {records} {wait} for somebody to say who they are", name(source)?),
            count,
            link: format!("/sources/{source}/unjoined"),
        })
    });
    Ok(needs.collect())
}

/// An application that is not active while something waits to be sent to it.
fn inactive(application: &ListedApplication) -> Option<Need> {
    let count = application.held_back()?;
    let changes = if count == 1 { "change waits" } else { "changes wait" };
    Some(Need {
        kind: "inactive",
        severity: "info",
        sentence: format!("{} is not active: {count} {changes} until it is", application.name()),
        count,
        link: format!("/apps/{}", application.id()),
    })
}
