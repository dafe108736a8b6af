//! Versions of an application: what is decided about it, as a draft, published, and superseded.

pub mod match_trial;
pub mod plan;
pub mod preview;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
};
use directory::{
    application::{self, ApplicationSettings, ApplicationVersion, Matching, Removal},
    mapping::{Apply, Authority, Mapping, MappingRow, OnEmpty},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use url::Url;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    application::{check_base_url, find},
    input::{Body, Path},
    output::{Page, Tagged, Time, check_tag, tag},
};
use crate::{app::App, caller::Caller, openapi::words, problem::Problem};

/// One version of what is decided about an application.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Version {
    /// Its number, counted from 1.
    number: i64,
    /// `draft`, `current` or `superseded`.
    #[schema(schema_with = states)]
    state: String,
    /// What it says.
    settings: Settings,
    /// When it was begun.
    created_at: Time,
    /// When it was published.
    published_at: Option<Time>,
}

/// What an administrator decides about an application.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = ApplicationSettings)]
pub struct Settings {
    /// The base URL of its SCIM service.
    base_url: Url,
    /// The attribute by which an account that is already there is recognised.
    #[serde(default, rename = "match")]
    #[schema(schema_with = matchings)]
    matching: Matching,
    /// Make accounts and groups.
    #[serde(default = "yes")]
    create: bool,
    /// Change accounts and groups.
    #[serde(default = "yes")]
    update: bool,
    /// Remove accounts and groups, as the two removal actions say.
    #[serde(default = "yes")]
    delete: bool,
    /// What happens to the account of a person who is no longer assigned.
    #[serde(default = "deactivate")]
    #[schema(schema_with = removals)]
    on_unassigned: Removal,
    /// What happens to the account of a person who is removed from the directory.
    #[serde(default = "delete")]
    #[schema(schema_with = removals)]
    on_removed: Removal,
    /// How an account looks: one row per attribute. The default mapping when left out.
    #[serde(default = "default_mapping")]
    mapping: Vec<Row>,
}

/// One attribute of an account and where its value comes from.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = MappingRow)]
struct Row {
    /// A SCIM path: `userName`, `emails[type eq "work"].value`, `urn:…:User:department`.
    to: String,
    /// A CEL expression over `user`, `manager` and `app`.
    expression: String,
    /// When the row has a say.
    #[serde(default)]
    #[schema(schema_with = applies)]
    apply: Apply,
    /// What an empty value means.
    #[serde(default)]
    #[schema(schema_with = empties)]
    on_empty: OnEmpty,
    /// Whether the application may hold values besides ours.
    #[serde(default)]
    #[schema(schema_with = authorities)]
    authority: Authority,
}

words!(states: "draft", "current", "superseded");
words!(pub matchings: "userName", "email");
words!(removals: "delete", "deactivate", "nothing");
words!(applies: "always", "on_create");
words!(empties: "leave", "clear", "fail");
words!(authorities: "authoritative", "shared");

fn yes() -> bool {
    true
}
fn deactivate() -> Removal {
    Removal::Deactivate
}
fn delete() -> Removal {
    Removal::Delete
}
fn default_mapping() -> Vec<Row> {
    rows(Mapping::default_users())
}

fn rows(mapping: Mapping) -> Vec<Row> {
    let row = |row: MappingRow| Row {
        to: row.to,
        expression: row.expression,
        apply: row.apply,
        on_empty: row.on_empty,
        authority: row.authority,
    };
    mapping.rows.into_iter().map(row).collect()
}

impl From<ApplicationSettings> for Settings {
    fn from(settings: ApplicationSettings) -> Settings {
        Settings {
            base_url: settings.base_url,
            matching: settings.matching,
            create: settings.create,
            update: settings.update,
            delete: settings.delete,
            on_unassigned: settings.on_unassigned,
            on_removed: settings.on_removed,
            mapping: rows(settings.mapping),
        }
    }
}

impl From<Settings> for ApplicationSettings {
    fn from(settings: Settings) -> ApplicationSettings {
        let row = |row: Row| MappingRow {
            to: row.to,
            expression: row.expression,
            apply: row.apply,
            on_empty: row.on_empty,
            authority: row.authority,
        };
        ApplicationSettings {
            base_url: settings.base_url,
            matching: settings.matching,
            create: settings.create,
            update: settings.update,
            delete: settings.delete,
            on_unassigned: settings.on_unassigned,
            on_removed: settings.on_removed,
            mapping: Mapping { rows: settings.mapping.into_iter().map(row).collect() },
        }
    }
}

impl From<ApplicationVersion> for Version {
    fn from(version: ApplicationVersion) -> Version {
        Version {
            number: version.number,
            state: version.state,
            settings: version.settings.into(),
            created_at: Time(version.created_at),
            published_at: version.published_at.map(Time),
        }
    }
}

/// A draft is changed in place, so that its number alone would not tell two states of it apart.
fn settings_tag(version: &ApplicationVersion) -> String {
    let text = serde_json::to_vec(&version.settings).unwrap_or_default();
    let hash: String = Sha256::digest(text).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    tag(format!("{}-{hash}", version.number))
}

/// The version that a change of the draft begins from: the draft, or what is published while there is none.
async fn basis(
    app: &App,
    caller: &Caller,
    name: &str,
) -> Result<(directory::application::Application, ApplicationVersion), Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let application = application::find(&mut tx, name).await?;
    let version = application::basis(&mut tx, application.id).await?;
    let version = version.ok_or_else(|| directory::Error::not_found("version of", &application.name))?;
    Ok((application, version))
}

/// Save a draft in place of `before`. Another base URL is where people's data goes from then on: whoever asks for one must
/// have just shown who they are. `asked`: only if nobody has changed it meanwhile.
async fn save(
    app: &App,
    caller: &Caller,
    application: Uuid,
    before: &ApplicationVersion,
    asked: bool,
    settings: &ApplicationSettings,
) -> Result<ApplicationVersion, Problem> {
    if settings.base_url != before.settings.base_url {
        caller.check_confirmed()?;
    }
    // What was looked at just now is what is changed, or nothing: for whoever asks for it, and for whoever may not
    // change the base URL back unseen.
    let is_bound = asked || caller.check_confirmed().is_err();
    let (tenant, actor, began_from) = (caller.tenant(), caller.actor(), is_bound.then_some(before));
    Ok(app.directory.set_draft(tenant, &actor, application, began_from, settings).await?)
}

/// All versions of an application, newest first.
#[utoipa::path(get, path = "/applications/{application}/versions", tag = "Applications", responses((status = 200, body = Page<Version>)))]
pub async fn list_versions(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<Page<Version>>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let application = application::find(&mut tx, &name).await?;
    Ok(Page::whole(application::versions(&mut tx, application.id).await?.into_iter().map(Version::from)))
}

/// The draft of an application. While there is none, what is published, from which a new draft would begin.
#[utoipa::path(get, path = "/applications/{application}/draft", tag = "Applications", responses((status = 200, body = Version)))]
pub async fn get_draft(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Tagged<Version>, Problem> {
    let (_, version) = basis(&app, &caller, &name).await?;
    Ok(Tagged(settings_tag(&version), version.into()))
}

/// One version of an application, by its number.
#[utoipa::path(get, path = "/applications/{application}/versions/{version}", tag = "Applications", responses((status = 200, body = Version)))]
pub async fn get_version(
    State(app): State<App>,
    caller: Caller,
    Path((name, number)): Path<(String, i64)>,
) -> Result<Json<Version>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let application = application::find(&mut tx, &name).await?;
    Ok(Json(application::version_number(&mut tx, application.id, number).await?.into()))
}

/// Throw the draft away.
#[utoipa::path(delete, path = "/applications/{application}/draft", tag = "Applications", responses((status = 204)))]
pub async fn discard_draft(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    let application = find(&app, &caller, &name).await?;
    app.directory.discard_draft(caller.tenant(), &caller.actor(), application.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Make a draft that says what an older version says, in place of the draft that may be there.
#[utoipa::path(post, path = "/applications/{application}/versions/{version}/restore", tag = "Applications", responses((status = 200, body = Version)))]
pub async fn restore_version(
    State(app): State<App>,
    caller: Caller,
    Path((name, number)): Path<(String, i64)>,
) -> Result<Tagged<Version>, Problem> {
    let (application, before) = basis(&app, &caller, &name).await?;
    let older = {
        let mut tx = app.directory.db.read(caller.tenant()).await?;
        application::version_number(&mut tx, application.id, number).await?
    };
    let draft = save(&app, &caller, application.id, &before, false, &older.settings).await?;
    Ok(Tagged(settings_tag(&draft), draft.into()))
}

/// Write the draft of an application, whole. It has no effect before it is published.
#[utoipa::path(put, path = "/applications/{application}/draft", tag = "Applications", request_body = Settings, responses((status = 200, body = Version)))]
pub async fn set_draft(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    headers: HeaderMap,
    Body(settings): Body<Settings>,
) -> Result<Tagged<Version>, Problem> {
    check_base_url(&app, &settings.base_url)?;
    let (application, before) = basis(&app, &caller, &name).await?;
    check_tag(&headers, "the draft", &settings_tag(&before))?;
    let asked = headers.contains_key(header::IF_MATCH);
    let after = save(&app, &caller, application.id, &before, asked, &settings.into()).await?;
    Ok(Tagged(settings_tag(&after), after.into()))
}

/// Make the draft what counts, and look at everyone who has access.
#[utoipa::path(post, path = "/applications/{application}/publish", tag = "Applications", responses((status = 200, body = Version)))]
pub async fn publish(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<Version>, Problem> {
    let application = find(&app, &caller, &name).await?;
    Ok(Json(app.directory.publish(caller.tenant(), &caller.actor(), application.id).await?.into()))
}
