//! The admin API: every route with the role it needs, in one flat list.
//!
//! A file below is about one noun: the shapes of its requests and answers, and its handlers. What they decide is
//! decided by `directory`.

mod account;
mod administrator;
mod advice;
mod application;
mod assignment;
mod door;
mod errors;
mod group;
mod history;
mod home;
mod input;
mod output;
mod removal;
mod schema;
mod search;
mod session;
mod source;
mod source_token;
mod statistics;
mod status;
mod token;
mod tolerance;
mod unjoined;
mod user;
mod version;
mod why;

use axum::{
    Extension, Router,
    extract::DefaultBodyLimit,
    http::{HeaderValue, Method, StatusCode, header},
    middleware::{from_fn_with_state, map_response},
    response::Response,
    routing::{any, get},
};
use directory::administrator::Role;
use std::sync::Arc;
use utoipa::openapi::{OpenApi, path::Operation};
use utoipa_axum::{
    router::{OpenApiRouter, UtoipaMethodRouter},
    routes,
};

use crate::{
    app::App,
    caller::{Need, authorize},
    openapi,
    problem::Problem,
};

/// Where the API begins.
pub const BASE: &str = "/api/v1";

/// All routes.
fn table(app: &App) -> Table {
    const NOBODY: Need = Need::Nobody;
    const AUDITOR: Need = Need::Role(Role::Auditor);
    const OPERATOR: Need = Need::Role(Role::Operator);
    const ADMINISTRATOR: Need = Need::Role(Role::Administrator);

    Table::new(app)
        .route(NOBODY, routes!(session::setup_state))
        .route(NOBODY, routes!(session::set_up))
        .route(NOBODY, routes!(session::sign_in))
        .route(AUDITOR, routes!(session::who_am_i))
        .route(AUDITOR, routes!(session::sign_out))
        .route(AUDITOR, routes!(status::get_status))
        .route(AUDITOR, routes!(home::get_home))
        .route(AUDITOR, routes!(statistics::get_statistics))
        .route(AUDITOR, routes!(search::search_everything))
        .route(AUDITOR, routes!(errors::list_errors))
        .route(AUDITOR, routes!(errors::list_work))
        .route(AUDITOR, routes!(source::list_sources))
        .route(ADMINISTRATOR, routes!(source::add_source))
        .route(AUDITOR, routes!(source::get_source))
        .route(ADMINISTRATOR, routes!(source::set_source_settings))
        .route(ADMINISTRATOR, routes!(source::set_source_client))
        .route(AUDITOR, routes!(source_token::list_source_tokens))
        .route(ADMINISTRATOR, routes!(source_token::add_source_token))
        .route(ADMINISTRATOR, routes!(source_token::set_source_token))
        .route(ADMINISTRATOR, routes!(source_token::rotate_source_token))
        .route(ADMINISTRATOR, routes!(source_token::revoke_source_token))
        .route(ADMINISTRATOR, routes!(source::order_sources))
        .route(AUDITOR, routes!(removal::preview_source_removal))
        .route(ADMINISTRATOR, routes!(removal::remove_source))
        .route(AUDITOR, routes!(unjoined::list_unjoined))
        .route(OPERATOR, routes!(unjoined::link_record))
        .route(OPERATOR, routes!(unjoined::make_user_of_record))
        .route(AUDITOR, routes!(source::list_requests))
        .route(AUDITOR, routes!(source::list_waiting_groups))
        .route(AUDITOR, routes!(schema::list_schemas))
        .route(ADMINISTRATOR, routes!(schema::add_schema))
        .route(AUDITOR, routes!(schema::get_schema))
        .route(ADMINISTRATOR, routes!(schema::set_schema))
        .route(ADMINISTRATOR, routes!(schema::remove_schema))
        .route(AUDITOR, routes!(schema::list_resource_types))
        .route(ADMINISTRATOR, routes!(schema::add_resource_type))
        .route(AUDITOR, routes!(schema::get_resource_type))
        .route(ADMINISTRATOR, routes!(schema::set_resource_type))
        .route(ADMINISTRATOR, routes!(schema::remove_resource_type))
        .route(AUDITOR, routes!(user::list::list_users))
        .route(AUDITOR, routes!(user::list::count_users))
        .route(AUDITOR, routes!(user::get_user))
        .route(AUDITOR, routes!(user::story::list_user_groups))
        .route(AUDITOR, routes!(user::story::get_timeline))
        .route(OPERATOR, routes!(user::story::sync_user))
        .route(OPERATOR, routes!(user::hold_user))
        .route(OPERATOR, routes!(user::release_user))
        .route(OPERATOR, routes!(user::deactivate_user))
        .route(ADMINISTRATOR, routes!(user::remove_user))
        .route(AUDITOR, routes!(group::list::list_groups))
        .route(ADMINISTRATOR, routes!(group::add_group))
        .route(AUDITOR, routes!(group::get_group))
        .route(ADMINISTRATOR, routes!(group::rename_group))
        .route(ADMINISTRATOR, routes!(group::remove_group))
        .route(AUDITOR, routes!(group::list_members))
        .route(AUDITOR, routes!(group::reach::list_effective_members))
        .route(AUDITOR, routes!(group::reach::get_group_uses))
        .route(ADMINISTRATOR, routes!(group::change_members))
        .route(AUDITOR, routes!(group::list_pending_members))
        .route(AUDITOR, routes!(application::list_applications))
        .route(ADMINISTRATOR, routes!(application::add_application))
        .route(AUDITOR, routes!(application::get_application))
        .route(ADMINISTRATOR, routes!(application::remove_application))
        .route(OPERATOR, routes!(application::activate))
        .route(OPERATOR, routes!(application::deactivate))
        .route(ADMINISTRATOR, routes!(application::set_credential))
        .route(OPERATOR, routes!(application::test_connection))
        .route(OPERATOR, routes!(application::sync))
        .route(OPERATOR, routes!(application::retry))
        .route(AUDITOR, routes!(version::list_versions))
        .route(AUDITOR, routes!(version::get_draft))
        .route(ADMINISTRATOR, routes!(version::set_draft))
        .route(ADMINISTRATOR, routes!(version::publish))
        .route(AUDITOR, routes!(assignment::list_assignments))
        .route(ADMINISTRATOR, routes!(assignment::assign))
        .route(ADMINISTRATOR, routes!(assignment::unassign))
        .route(AUDITOR, routes!(assignment::list_effective_users))
        .route(AUDITOR, routes!(group::reach::list_effective_groups))
        .route(AUDITOR, routes!(account::list_accounts))
        .route(AUDITOR, routes!(account::list_pushed_groups))
        .route(ADMINISTRATOR, routes!(account::push_group))
        .route(ADMINISTRATOR, routes!(account::unpush_group))
        .route(AUDITOR, routes!(account::list_open_work))
        .route(AUDITOR, routes!(history::list_runs))
        .route(AUDITOR, routes!(history::get_run))
        .route(AUDITOR, routes!(history::list_operations))
        .route(AUDITOR, routes!(history::get_operation))
        .route(AUDITOR, routes!(history::list_changes))
        .route(AUDITOR, routes!(history::get_change))
        .route(AUDITOR, routes!(why::explain))
        .route(AUDITOR, routes!(administrator::list_administrators))
        .route(ADMINISTRATOR, routes!(administrator::add_administrator))
        .route(ADMINISTRATOR, routes!(administrator::remove_administrator))
        .route(AUDITOR, routes!(token::list_api_tokens))
        .route(ADMINISTRATOR, routes!(token::add_api_token))
        .route(ADMINISTRATOR, routes!(token::revoke_api_token))
}

/// The routes as they are gathered. There is no way to add one without saying what it needs.
struct Table {
    app: App,
    router: OpenApiRouter<App>,
    routes: Vec<Route>,
}

/// One line of the route table.
#[derive(Clone, Debug)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path below [`BASE`], with `{names}` of its variable parts.
    pub path: String,
    /// What it asks of its caller.
    pub need: Need,
}

impl Table {
    fn new(app: &App) -> Table {
        Table { app: app.clone(), router: OpenApiRouter::new(), routes: Vec::new() }
    }

    fn route(mut self, need: Need, (schemas, mut paths, handler): UtoipaMethodRouter<App>) -> Table {
        for (path, item) in &mut paths.paths {
            let operations: [(Method, &mut Option<Operation>); 5] = [
                (Method::GET, &mut item.get),
                (Method::PUT, &mut item.put),
                (Method::POST, &mut item.post),
                (Method::PATCH, &mut item.patch),
                (Method::DELETE, &mut item.delete),
            ];
            for (method, operation) in operations {
                if let Some(operation) = operation {
                    openapi::complete(operation, need);
                    self.routes.push(Route { method, path: path.clone(), need });
                }
            }
        }
        let guarded = handler.route_layer(from_fn_with_state((self.app.clone(), need), authorize));
        self.router = self.router.routes((schemas, paths, guarded));
        self
    }
}

/// The route table, for the test that walks it with every kind of credential.
pub fn route_table(app: &App) -> Vec<Route> {
    table(app).routes
}

/// The description of the API.
pub fn description(app: &App) -> OpenApi {
    parts(app).1
}

fn parts(app: &App) -> (Router<App>, OpenApi) {
    OpenApiRouter::with_openapi(openapi::frame()).nest(BASE, table(app).router).split_for_parts()
}

/// The routes below `/api`, with problems for what is not there.
pub fn routes(app: &App) -> Router<App> {
    let (router, description) = parts(app);
    let description = description.to_json().unwrap_or_default();
    let described = get(async move || ([(header::CONTENT_TYPE, "application/json")], description.clone()));
    router
        .route(&format!("{BASE}/openapi.json"), described)
        .route("/api", any(no_such_path))
        .route("/api/{*path}", any(no_such_path))
        .method_not_allowed_fallback(no_such_method)
        .layer(map_response(private))
        .layer(Extension(Arc::new(door::Door::default())))
        .layer(DefaultBodyLimit::disable())
}

/// Answers hold personal data and fresh secrets: nobody on the way keeps them, and nothing but JSON is seen in them.
async fn private(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

async fn no_such_path() -> Problem {
    Problem::no_such_path()
}

async fn no_such_method(method: Method) -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, format!("{method} can't be used here: `Allow` says what can"))
}
