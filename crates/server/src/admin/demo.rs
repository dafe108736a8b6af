//! The demo data set: something to look at and to try things on, that can be taken away again.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use directory::demo::{self, Target};
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    application::check_base_url,
    input::{Body, Secret},
    output::{Time, created},
    user::list::Named,
};
use crate::{app::App, caller::Caller, openapi::words, problem::Problem};

/// Whether there is demo data.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Demo {
    /// `none`, `loaded`, or `going` while it is taken away.
    #[schema(schema_with = states)]
    state: &'static str,
    /// The source that has its people and groups.
    source: Option<Named>,
    /// The application for them, if a SCIM server was named.
    application: Option<Named>,
    /// When it was loaded.
    loaded_at: Option<Time>,
}

words!(states: "none", "loaded", "going");

/// How the demo data set is loaded.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct NewDemo {
    /// A SCIM server to try an application on; without it there are only people and groups.
    application: Option<DemoTarget>,
}

/// A SCIM server that stands for an application.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct DemoTarget {
    /// Its base URL.
    #[schema(value_type = String, format = Uri)]
    base_url: Url,
    /// Its bearer token.
    #[schema(value_type = String)]
    token: Secret,
}

impl From<Option<demo::Demo>> for Demo {
    fn from(found: Option<demo::Demo>) -> Demo {
        let Some(found) = found else {
            return Demo { state: "none", source: None, application: None, loaded_at: None };
        };
        let named = |id: Uuid, name: String| Named { id, name };
        Demo {
            state: if found.is_going { "going" } else { "loaded" },
            source: found.source.map(|source| named(source.id, source.name)),
            application: found.application.map(|application| named(application.id, application.name)),
            loaded_at: Some(Time(found.loaded_at)),
        }
    }
}

/// Whether there is demo data.
#[utoipa::path(get, path = "/demo", tag = "Demo", responses((status = 200, body = Demo)))]
pub async fn get_demo(State(app): State<App>, caller: Caller) -> Result<Json<Demo>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    Ok(Json(demo::find(&mut tx).await?.into()))
}

/// Load the demo data set: a source with 60 people and 9 groups and, with a SCIM server to try it on, an application
/// with a draft, an assignment and two pushed groups. Nothing is sent before the draft is published and activated.
#[utoipa::path(post, path = "/demo", tag = "Demo", request_body = NewDemo, responses((status = 201, body = Demo)))]
pub async fn load_demo(State(app): State<App>, caller: Caller, Body(new): Body<NewDemo>) -> Result<Response, Problem> {
    let target = match new.application {
        Some(DemoTarget { base_url, token }) => {
            check_base_url(&app, &base_url)?;
            Some(Target { base_url, token: token.0 })
        }
        None => None,
    };
    let made = app.directory.load_demo(caller.tenant(), &caller.actor(), target).await?;
    Ok(created(Demo::from(Some(made))))
}

/// Take the demo data set away, and nothing else: its application at once, its people and groups in the background.
/// Accounts that it has made in the SCIM server stay there. Refused while something of yours hangs on it.
#[utoipa::path(delete, path = "/demo", tag = "Demo", responses((status = 202)))]
pub async fn remove_demo(State(app): State<App>, caller: Caller) -> Result<StatusCode, Problem> {
    app.directory.remove_demo(caller.tenant(), &caller.actor()).await?;
    app.forget_tokens();
    Ok(StatusCode::ACCEPTED)
}
