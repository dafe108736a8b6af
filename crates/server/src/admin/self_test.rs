//! The self-test of a source.

use axum::{Json, extract::State};
use directory::source::{SourceClient, SourceKind};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    input::Path,
    output::Time,
    source::{clients, find},
};
use crate::{
    app::App,
    caller::Caller,
    openapi::words,
    problem::Problem,
    self_test::{self, Outcome},
};

/// What came of a self-test.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SelfTest {
    /// Whether every step passed.
    passed: bool,
    /// The client that was played.
    #[schema(schema_with = clients)]
    client: SourceClient,
    /// When it began.
    started_at: Time,
    /// How long it took.
    duration_ms: i64,
    /// `publicUrl`: the requests went over the network, as the client's would. `process`: they could not, and the rest
    /// was tried inside the server.
    #[schema(schema_with = ways)]
    via: &'static str,
    /// Each request, in order.
    steps: Vec<Step>,
}

words!(ways: "publicUrl", "process");

/// What came of one request.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SelfTestStep)]
pub struct Step {
    /// What it is for.
    title: String,
    /// The HTTP method.
    method: String,
    /// The path below the base URL, with its query.
    path: String,
    /// What the client needs.
    expected: String,
    /// The HTTP status, if there was an answer.
    status: Option<u16>,
    /// What came instead, or the same in short.
    got: String,
    /// Whether it is what the client needs.
    passed: bool,
    /// How long it took.
    duration_ms: i64,
    /// What is wrong.
    explanation: Option<String>,
    /// What to do.
    fix: Option<String>,
}

/// Play the source's client's own connection test against its base URL. Nothing of it stays in the directory, and its
/// lines in the request log are marked.
#[utoipa::path(post, path = "/sources/{source}/self-test", tag = "Sources", responses((status = 200, body = SelfTest)))]
pub async fn test_source(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<SelfTest>, Problem> {
    let source = find(&app, &caller, &name).await?;
    if source.kind != SourceKind::Scim {
        return Err(Problem::invalid(format!("{} has no SCIM endpoint to test", source.name)));
    }
    let started_at = app.directory.clock.now();
    let report = self_test::run(&app, caller.tenant(), &source).await?;
    let step = |step: Outcome| Step {
        title: step.title,
        method: step.method,
        path: step.path,
        expected: step.expected,
        status: step.status,
        got: step.got,
        passed: step.passed,
        duration_ms: i64::try_from(step.took.as_millis()).unwrap_or(i64::MAX),
        explanation: step.explanation,
        fix: step.fix,
    };
    Ok(Json(SelfTest {
        passed: report.passed,
        client: source.client,
        started_at: Time(started_at),
        duration_ms: app.directory.clock.now() - started_at,
        via: if report.over_network { "publicUrl" } else { "process" },
        steps: report.steps.into_iter().map(step).collect(),
    }))
}
