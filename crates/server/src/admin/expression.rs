//! Expressions while they are typed: what is wrong with one, what it gives, and what could be written.

use axum::{Json, extract::State};
use directory::{account, application, expression, user};
use provision::foresee;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{input::Body, version::preview::ExpressionFault};
use crate::{app::App, caller::Caller, problem::Problem};

/// An expression to check.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpressionCheck {
    /// The expression.
    expression: String,
    /// A user to evaluate it for, by id or user name.
    #[serde(default)]
    user: Option<String>,
    /// The application it is for, by id or name: decides what `manager.accountId` and `app.name` are.
    #[serde(default)]
    application: Option<String>,
}

/// Whether an expression is sound, and what it gives.
#[derive(Serialize, ToSchema)]
pub struct ExpressionResult {
    /// Whether it is sound.
    ok: bool,
    /// What is wrong with it.
    error: Option<ExpressionFault>,
    /// What it gives for the user, where one was named.
    #[schema(value_type = Value)]
    value: Value,
}

/// What may be written in an expression.
#[derive(Serialize, ToSchema)]
pub struct Completions {
    /// What may be named.
    variables: Vec<Completion>,
    /// What may be called.
    functions: Vec<FunctionCompletion>,
}

/// Something that may be named.
#[derive(Serialize, ToSchema)]
pub struct Completion {
    /// Its name: `user.name.givenName`.
    name: String,
    /// `text`, `number`, `true or false`, `list` or `object`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// What it is.
    detail: String,
}

/// A function that may be called.
#[derive(Serialize, ToSchema)]
pub struct FunctionCompletion {
    /// Its name.
    name: &'static str,
    /// How it is called.
    signature: &'static str,
    /// What it gives.
    detail: &'static str,
}

/// Check an expression while it is typed, and evaluate it for a person.
#[utoipa::path(post, path = "/expressions/check", tag = "Applications", request_body = ExpressionCheck, responses((status = 200, body = ExpressionResult)))]
pub async fn check_expression(
    State(app): State<App>,
    caller: Caller,
    Body(check): Body<ExpressionCheck>,
) -> Result<Json<ExpressionResult>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let application = match &check.application {
        Some(name) => Some(application::find(&mut tx, name).await?),
        None => None,
    };
    let subject = match &check.user {
        Some(name) => {
            let user = user::find(&mut tx, name).await?;
            let place = application.as_ref().map(|application| application.id).unwrap_or_default();
            account::user_subjects(&mut tx, place, &[user.id]).await?.remove(&user.id).unwrap_or_default()
        }
        None => account::UserSubject::default(),
    };
    drop(tx);
    let name = application.map(|application| application.name).unwrap_or_default();
    Ok(Json(match foresee::try_expression(&subject, &check.expression, &name) {
        Ok(value) => ExpressionResult { ok: true, error: None, value: value.unwrap_or_default() },
        Err(flaw) => ExpressionResult { ok: false, error: Some(flaw.into()), value: Value::Null },
    }))
}

/// What may be written in an expression: attributes and functions.
#[utoipa::path(get, path = "/expressions/completions", tag = "Applications", responses((status = 200, body = Completions)))]
pub async fn list_completions(_: Caller) -> Json<Completions> {
    let variables = expression::variables().into_iter();
    let functions = expression::FUNCTIONS.iter();
    Json(Completions {
        variables: variables.map(|info| Completion { name: info.name, kind: info.kind, detail: info.detail }).collect(),
        functions: functions
            .map(|info| FunctionCompletion { name: info.name, signature: info.signature, detail: info.detail })
            .collect(),
    })
}
