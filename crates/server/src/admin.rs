//! The admin API: every route with the role it needs, in one flat list.
//!
//! A file below is about one noun: the shapes of its requests and answers, and its handlers. What they decide is
//! decided by `directory`.

mod account;
mod administrator;
mod advice;
mod alarm;
mod application;
mod assignment;
mod demo;
mod errors;
mod events;
mod export;
mod expression;
mod group;
mod guide;
mod history;
mod home;
mod input;
mod invitation;
mod output;
mod own_sessions;
mod provider;
mod removal;
mod request;
mod schema;
mod search;
mod second_factor;
mod self_test;
mod session;
mod settings;
mod setup;
mod sign_in;
mod source;
mod source_token;
mod statistics;
mod status;
mod sync_log;
mod token;
mod tolerance;
mod unjoined;
mod user;
mod version;
mod why;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{HeaderValue, Method, StatusCode, header},
    middleware::{from_fn_with_state, map_response},
    response::Response,
    routing::{any, get},
};
use directory::administrator::Role;
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

pub(crate) use input::{Query, check_json};

/// Where the API begins.
pub const BASE: &str = "/api/v1";

/// All routes.
fn table(app: &App) -> Table {
    const NOBODY: Need = Need::NOBODY;
    const AUDITOR: Need = Need::role(Role::Auditor);
    const OPERATOR: Need = Need::role(Role::Operator);
    const ADMINISTRATOR: Need = Need::role(Role::Administrator);
    const OWNER: Need = Need::role(Role::Owner);
    // Whoever may do it, and the manager of the application that the path names.
    const RUNNING: Need = OPERATOR.or_manager();
    const CONFIGURING: Need = ADMINISTRATOR.or_manager();
    // Whoever is signed in, a second factor or not.
    const ONESELF: Need = AUDITOR.enrolling();

    Table::new(app)
        .route(NOBODY, routes!(session::setup_state))
        .route(NOBODY, routes!(session::set_up))
        .route(NOBODY, routes!(session::sign_in))
        .route(NOBODY, routes!(sign_in::sign_in_options))
        .route(NOBODY, routes!(sign_in::begin_provider_sign_in))
        .route(NOBODY, routes!(sign_in::come_back))
        .route(NOBODY, routes!(invitation::look_at_invitation))
        .route(NOBODY, routes!(invitation::accept_invitation))
        .route(ONESELF, routes!(session::who_am_i))
        .route(ONESELF, routes!(session::sign_out))
        .route(ONESELF, routes!(session::confirm))
        .route(ONESELF, routes!(sign_in::begin_provider_confirmation))
        .route(ONESELF.confirmed(), routes!(sign_in::begin_provider_connection))
        .route(ONESELF.confirmed(), routes!(sign_in::disconnect_provider))
        .route(ONESELF, routes!(session::change_password))
        .route(ONESELF, routes!(own_sessions::list_sessions))
        .route(ONESELF, routes!(own_sessions::end_session))
        .route(ONESELF, routes!(own_sessions::end_other_sessions))
        .route(ONESELF.confirmed(), routes!(second_factor::begin_second_factor))
        .route(ONESELF, routes!(second_factor::confirm_second_factor))
        .route(AUDITOR.confirmed(), routes!(second_factor::remove_second_factor))
        .route(AUDITOR.passive(), routes!(events::listen))
        .route(AUDITOR, routes!(status::get_status))
        .route(AUDITOR, routes!(home::get_home))
        .route(AUDITOR, routes!(statistics::get_statistics))
        .route(AUDITOR, routes!(search::search_everything))
        .route(AUDITOR, routes!(errors::list_errors))
        .route(AUDITOR, routes!(errors::list_work))
        .route(AUDITOR, routes!(source::list_sources))
        .route(ADMINISTRATOR.confirmed(), routes!(source::add_source))
        .route(AUDITOR, routes!(source::get_source))
        .route(ADMINISTRATOR, routes!(source::set_source_settings))
        .route(ADMINISTRATOR, routes!(source::set_source_client))
        .route(AUDITOR, routes!(guide::list_clients))
        .route(AUDITOR, routes!(guide::get_guide))
        .route(AUDITOR, routes!(setup::get_setup))
        .route(OPERATOR, routes!(self_test::test_source))
        .route(AUDITOR, routes!(alarm::list_alarms))
        .route(AUDITOR, routes!(source_token::list_source_tokens))
        .route(ADMINISTRATOR.confirmed(), routes!(source_token::add_source_token))
        .route(ADMINISTRATOR, routes!(source_token::set_source_token))
        .route(ADMINISTRATOR.confirmed(), routes!(source_token::rotate_source_token))
        .route(ADMINISTRATOR, routes!(source_token::revoke_source_token))
        .route(ADMINISTRATOR, routes!(source::order_sources))
        .route(AUDITOR, routes!(removal::preview_source_removal))
        .route(ADMINISTRATOR, routes!(removal::remove_source))
        .route(AUDITOR, routes!(unjoined::list_unjoined))
        .route(OPERATOR, routes!(unjoined::link_record))
        .route(OPERATOR, routes!(unjoined::make_user_of_record))
        .route(AUDITOR, routes!(request::list_requests))
        .route(AUDITOR, routes!(request::get_request))
        .route(ADMINISTRATOR, routes!(request::record_bodies))
        .route(AUDITOR, routes!(sync_log::list_sync_log))
        .route(AUDITOR, routes!(sync_log::list_source_sync_log))
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
        .route(RUNNING, routes!(application::activate))
        .route(RUNNING, routes!(application::deactivate))
        .route(CONFIGURING.confirmed(), routes!(application::set_credential))
        .route(RUNNING, routes!(application::test_connection))
        .route(RUNNING, routes!(application::sync))
        .route(RUNNING, routes!(application::retry))
        .route(AUDITOR, routes!(version::list_versions))
        .route(AUDITOR, routes!(version::get_draft))
        .route(CONFIGURING, routes!(version::set_draft))
        .route(CONFIGURING, routes!(version::publish))
        .route(AUDITOR, routes!(version::get_version))
        .route(CONFIGURING, routes!(version::discard_draft))
        .route(CONFIGURING, routes!(version::restore_version))
        .route(AUDITOR, routes!(version::preview::preview_draft))
        .route(RUNNING, routes!(version::plan::begin_plan))
        .route(AUDITOR, routes!(version::plan::get_plan))
        .route(RUNNING, routes!(version::match_trial::begin_match_trial))
        .route(AUDITOR, routes!(version::match_trial::get_match_trial))
        .route(AUDITOR, routes!(expression::check_expression))
        .route(AUDITOR, routes!(expression::list_completions))
        .route(AUDITOR, routes!(assignment::list_assignments))
        .route(CONFIGURING, routes!(assignment::assign))
        .route(CONFIGURING, routes!(assignment::unassign))
        .route(AUDITOR, routes!(assignment::list_effective_users))
        .route(AUDITOR, routes!(group::reach::list_effective_groups))
        .route(AUDITOR, routes!(account::list_accounts))
        .route(AUDITOR, routes!(account::list_pushed_groups))
        .route(RUNNING, routes!(account::group_preview::preview_group))
        .route(CONFIGURING, routes!(account::push_group))
        .route(CONFIGURING, routes!(account::unpush_group))
        .route(AUDITOR, routes!(account::list_open_work))
        .route(AUDITOR, routes!(history::list_runs))
        .route(AUDITOR, routes!(history::get_run))
        .route(AUDITOR, routes!(history::list_operations))
        .route(AUDITOR, routes!(history::get_operation))
        .route(AUDITOR, routes!(history::list_changes))
        .route(AUDITOR, routes!(history::get_change))
        .route(AUDITOR, routes!(demo::get_demo))
        .route(ADMINISTRATOR, routes!(demo::load_demo))
        .route(ADMINISTRATOR, routes!(demo::remove_demo))
        .route(AUDITOR, routes!(export::export_users))
        .route(AUDITOR, routes!(export::export_groups))
        .route(AUDITOR, routes!(export::export_work))
        .route(AUDITOR, routes!(export::export_runs))
        .route(AUDITOR, routes!(export::export_operations))
        .route(AUDITOR, routes!(export::export_changes))
        .route(AUDITOR, routes!(sync_log::export_sync_log))
        .route(AUDITOR, routes!(sync_log::export_source_sync_log))
        .route(AUDITOR, routes!(request::export_requests))
        .route(AUDITOR, routes!(why::explain))
        .route(AUDITOR, routes!(administrator::list_administrators))
        .route(ADMINISTRATOR.confirmed(), routes!(administrator::add_administrator))
        .route(ADMINISTRATOR.confirmed(), routes!(administrator::set_role))
        .route(ADMINISTRATOR.confirmed(), routes!(administrator::remove_administrator))
        .route(ADMINISTRATOR.confirmed(), routes!(administrator::disable_administrator))
        .route(ADMINISTRATOR.confirmed(), routes!(administrator::enable_administrator))
        .route(AUDITOR, routes!(invitation::list_invitations))
        .route(ADMINISTRATOR.confirmed(), routes!(invitation::invite))
        .route(ADMINISTRATOR, routes!(invitation::revoke_invitation))
        .route(AUDITOR, routes!(provider::get_provider))
        .route(OWNER.confirmed(), routes!(provider::set_provider))
        .route(OWNER.confirmed(), routes!(provider::remove_provider))
        .route(OWNER, routes!(provider::test_provider))
        .route(AUDITOR, routes!(token::list_api_tokens))
        .route(ADMINISTRATOR.confirmed(), routes!(token::add_api_token))
        .route(ADMINISTRATOR, routes!(token::revoke_api_token))
        .route(AUDITOR, routes!(settings::get_settings))
        .route(OWNER.confirmed(), routes!(settings::set_settings))
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
        .layer(DefaultBodyLimit::disable())
}

/// Answers hold personal data and fresh secrets: nobody on the way keeps them, nothing but JSON is seen in them, and
/// opened as a page they do nothing and are in no frame.
async fn private(mut response: Response) -> Response {
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn no_such_path() -> Problem {
    Problem::no_such_path()
}

async fn no_such_method(method: Method) -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, format!("{method} can't be used here: `Allow` says what can"))
}
