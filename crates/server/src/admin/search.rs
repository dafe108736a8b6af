//! Finding anything by the beginning of its name: what the palette of the console asks.

use axum::{Json, extract::State};
use directory::search;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{input::Query, output::Page};
use crate::{app::App, caller::Caller, openapi::words, problem::Problem};

/// Something that was found.
#[derive(Serialize, ToSchema)]
pub struct Found {
    /// What it is.
    #[schema(schema_with = found_kinds)]
    kind: &'static str,
    /// Its id.
    id: Uuid,
    /// What it is called.
    name: String,
    /// What tells it from others of that name.
    detail: Option<String>,
}

words!(found_kinds: "user", "group", "application", "source", "run", "operation");

/// What to find.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// The beginning of a name or an address, or an id.
    q: String,
}

/// People, groups, applications, sources, runs and operations: at most six of each.
#[utoipa::path(get, path = "/search", tag = "Status", params(Wanted), responses((status = 200, body = Page<Found>)))]
pub async fn search_everything(
    State(app): State<App>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<Found>>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let found = search::search(&mut tx, &wanted.q).await?;
    let item = |found: search::Found| Found { kind: found.kind, id: found.id, name: found.name, detail: found.detail };
    Ok(Page::whole(found.into_iter().map(item)))
}
