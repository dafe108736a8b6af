//! What a draft would do to one person, before anything is published. Reads what is known; asks no application.

use axum::{Json, extract::State};
use directory::{
    account,
    application::{self, ApplicationSettings},
    mapping::{Flaw, Tried},
    user,
};
use provision::foresee::{self, Effect, Foreseen};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Settings, basis};
use crate::{
    admin::{
        application::check_base_url,
        input::{Body, Path},
    },
    app::App,
    caller::Caller,
    openapi::words,
    problem::Problem,
};

/// For whom to preview, and what.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PreviewRequest {
    /// A user, by id or user name.
    user: String,
    /// Settings that are not saved yet; the draft, or what is published, when left out.
    #[serde(default)]
    settings: Option<Settings>,
}

/// What a draft would do to one person.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    /// The person.
    user: PreviewUser,
    /// Whether they have access to the application.
    has_access: bool,
    /// What each row of the mapping gives.
    rows: Vec<RowResult>,
    /// The account that the mapping gives; null when a row fails.
    #[schema(value_type = Option<Object>)]
    account: Option<Value>,
    /// The account that the published version gives; null when nothing is published, or a row of it fails.
    #[schema(value_type = Option<Object>)]
    before: Option<Value>,
    /// What would become of the account.
    #[schema(schema_with = effects)]
    step: &'static str,
    /// The same in words.
    sentence: String,
    /// What would change of what the application is known to hold.
    changes: Vec<AttributeChange>,
    /// What would be sent first; null when nothing would.
    request: Option<OutboundRequest>,
}

/// A person in a preview.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreviewUser {
    /// Their id.
    id: Uuid,
    /// The user name.
    user_name: String,
    /// What people call them.
    display_name: Option<String>,
}

/// What one row of a mapping gives.
#[derive(Serialize, ToSchema)]
pub struct RowResult {
    /// The row's target.
    to: String,
    /// The row's expression.
    expression: String,
    /// The value; null when it is empty or the row fails.
    #[schema(value_type = Value)]
    value: Value,
    /// What is wrong with the row.
    error: Option<ExpressionFault>,
}

/// What is wrong with an expression.
#[derive(Serialize, ToSchema)]
pub struct ExpressionFault {
    /// In words.
    message: String,
    /// Where, in characters from 0; null when that is not known.
    offset: Option<usize>,
}

/// One attribute before and after.
#[derive(Serialize, ToSchema)]
pub struct AttributeChange {
    /// Its path.
    path: String,
    /// What the application is known to hold; null when nothing.
    #[schema(value_type = Value)]
    before: Value,
    /// What it is to hold; null when nothing.
    #[schema(value_type = Value)]
    after: Value,
}

/// A request that would be sent.
#[derive(Serialize, ToSchema)]
pub struct OutboundRequest {
    /// The HTTP method.
    method: &'static str,
    /// The path below the base URL.
    path: String,
    /// The body.
    #[schema(value_type = Option<Object>)]
    body: Option<Value>,
}

words!(pub effects: "nothing", "create", "match", "update", "reactivate", "deactivate", "delete", "release", "hold", "may_not_create", "error");

impl From<Flaw> for ExpressionFault {
    fn from(flaw: Flaw) -> ExpressionFault {
        ExpressionFault { message: flaw.message, offset: flaw.offset }
    }
}

impl From<Tried> for RowResult {
    fn from(tried: Tried) -> RowResult {
        let (value, error) = match tried.value {
            Ok(value) => (value.unwrap_or_default(), None),
            Err(flaw) => (Value::Null, Some(flaw.into())),
        };
        RowResult { to: tried.to, expression: tried.expression, value, error }
    }
}

/// What the draft of an application, or settings that are not saved yet, would do to one person. Decided as the
/// engine decides, on what is known; nothing is sent, and nothing is stored.
#[utoipa::path(post, path = "/applications/{application}/draft/preview", tag = "Applications", request_body = PreviewRequest, responses((status = 200, body = Preview)))]
pub async fn preview_draft(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    Body(wanted): Body<PreviewRequest>,
) -> Result<Json<Preview>, Problem> {
    let (application, saved) = basis(&app, &caller, &name).await?;
    let settings: ApplicationSettings = match wanted.settings {
        Some(settings) => {
            check_base_url(&app, &settings.base_url)?;
            settings.into()
        }
        None => saved.settings,
    };
    let (user, subject, current) = {
        let mut tx = app.directory.db.read(caller.tenant()).await?;
        let user = user::find(&mut tx, &wanted.user).await?;
        let subject =
            account::user_subjects(&mut tx, application.id, &[user.id]).await?.remove(&user.id).unwrap_or_default();
        (user, subject, application::version(&mut tx, application.id, "current").await?)
    };
    let rows: Vec<RowResult> =
        foresee::try_rows(&subject, &settings.mapping, &application.name).into_iter().map(RowResult::from).collect();
    let profile = &app.directory.definitions(caller.tenant()).await?.profile;
    let account_under = |settings: &ApplicationSettings| {
        let mapping = settings.mapping.compile(profile).ok()?;
        foresee::account_of(&subject, &mapping, &application.name).ok().flatten().map(Value::Object)
    };
    let before = current.as_ref().and_then(|version| account_under(&version.settings));
    let account = account_under(&settings);
    let foreseen = match settings.mapping.compile(profile) {
        Ok(mapping) => foresee::foresee(&subject, &settings, &mapping, &application.name),
        Err(errors) => Foreseen { effect: Effect::Error, differences: Vec::new(), request: None, errors },
    };
    Ok(Json(Preview {
        has_access: subject.effective.is_some(),
        rows,
        account,
        before,
        step: foreseen.effect.as_str(),
        sentence: sentence(&user.user_name, &application.name, &foreseen),
        changes: foreseen
            .differences
            .into_iter()
            .map(|difference| AttributeChange {
                path: difference.path,
                before: difference.before.unwrap_or_default(),
                after: difference.after.unwrap_or_default(),
            })
            .collect(),
        request: foreseen.request.map(|request| OutboundRequest {
            method: request.method,
            path: request.path,
            body: request.body,
        }),
        user: PreviewUser { id: user.id, user_name: user.user_name, display_name: user.display_name },
    }))
}

fn sentence(person: &str, place: &str, foreseen: &Foreseen) -> String {
    match foreseen.effect {
        Effect::Nothing => {
            format!("Nothing would be sent to {place}: {person} is in step there, or should have no account.")
        }
        Effect::Create => format!("{person} would be looked for in {place}; if nobody matches, the account is made."),
        Effect::Match => {
            format!("{person} would be looked for in {place}, because an account may have been made there.")
        }
        Effect::Update => {
            format!("{} of {person}'s account in {place} would be changed.", attributes(foreseen.differences.len()))
        }
        Effect::Reactivate => format!("{person}'s account in {place} would be activated again."),
        Effect::Deactivate => format!("{person}'s account in {place} would be deactivated."),
        Effect::Delete => format!("{person}'s account in {place} would be deleted."),
        Effect::Release => {
            format!("{person}'s account in {place} would be left as it is, and no longer be looked after.")
        }
        Effect::Hold => format!("{person} is on hold: nothing of theirs in {place} would be deactivated or deleted."),
        Effect::MayNotCreate => {
            format!("{person} should have an account, but making accounts is switched off for {place}.")
        }
        Effect::Error => {
            let errors: Vec<_> = foreseen.errors.iter().map(ToString::to_string).collect();
            format!("{person} could not be provisioned to {place}: {}", errors.join("; "))
        }
    }
}

fn attributes(count: usize) -> String {
    if count == 1 { "One attribute".to_owned() } else { format!("{count} attributes") }
}
