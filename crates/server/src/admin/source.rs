//! Sources: where people come from, their settings, tokens and request log.

use ::scim::Tolerance;
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, header},
    response::Response,
};
use directory::{
    Tx, chore,
    chore::{Chore, Progress},
    member,
    source::{
        self, JoinRule, MayJoin, OnDelete, People, SourceClient, SourceKind, SourceSettings, SourceState,
        UnknownMembers,
    },
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    input::{Body, Path, Query},
    output::{After, Page, Tagged, Time, check_tag, created, tag},
    tolerance,
};
use crate::{app::App, caller::Caller, openapi::words, problem::Problem};

/// A place where people come from.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// Its id.
    id: Uuid,
    /// Its name, unique.
    name: String,
    /// `scim`: a SCIM client that calls us. `local`: people entered by hand.
    #[schema(schema_with = kinds)]
    kind: SourceKind,
    /// Which client it is for: decides its guide, its checks and its self-test.
    #[schema(schema_with = clients)]
    client: SourceClient,
    /// Where its client sends to; null for a source without one.
    base_url: Option<String>,
    /// Where several sources state an attribute, the one with the lowest rank wins.
    rank: i64,
    /// What an administrator decided about it.
    settings: Settings,
    /// When it was made.
    created_at: Time,
    /// When its last request came.
    last_request_at: Option<Time>,
    /// `live`, or `deleting`: removed, and being cleared away.
    #[schema(schema_with = source_states)]
    state: SourceState,
    /// How far its removal has come.
    removal: Option<Removing>,
    /// How far working out its people anew has come.
    rejoining: Option<Under>,
    /// Until then, bodies of its requests are kept.
    record_bodies_until: Option<Time>,
}

/// How far something in the background has come.
#[derive(Serialize, ToSchema)]
pub struct Under {
    /// So many records are done.
    done: i64,
    /// Of about so many.
    total: i64,
}

/// How far the removal of a source has come.
#[derive(Serialize, ToSchema)]
pub struct Removing {
    /// What becomes of its people: `keep`, `deactivate` or `delete`.
    #[schema(schema_with = decisions)]
    people: People,
    /// So many records are done.
    done: i64,
    /// Of about so many.
    total: i64,
}

/// What an administrator decides about a source.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[schema(as = SourceSettings)]
pub struct Settings {
    /// The exact rule by which a new record finds its user: the same `userName`, `externalId` or `attribute`, or
    /// `never`.
    #[schema(schema_with = rules)]
    join: JoinRule,
    /// The attribute, when `join` is `attribute`.
    join_attribute: Option<String>,
    /// When the rule finds nobody: join the only user with one of the record's e-mail addresses. Whoever can set
    /// addresses in the source can take over users, so it is off unless switched on.
    join_by_email: bool,
    /// Whom records may join: people of other sources (`sourced`), or local people too (`all`).
    #[schema(schema_with = joined)]
    may_join: MayJoin,
    /// What becomes of a person whom the last source deletes: `delete`, `deactivate` (after the delay, and kept), or
    /// `ignore`.
    #[schema(schema_with = deletions)]
    on_delete: OnDelete,
    /// For how many minutes a person whom the source no longer has active is only blocked: 0 to 129600.
    deactivation_delay: i64,
    /// Whether a person who arrives inactive becomes a pending user at once, or only when active.
    create_inactive: bool,
    /// The attributes that the source may state, such as `title`, `name` or `urn:…:User:department`; null: all.
    /// `userName` always counts.
    attributes: Option<Vec<String>>,
    /// Which deviations from the RFC are let through.
    #[serde(with = "tolerance")]
    #[schema(value_type = tolerance::Setting, default = "tolerant")]
    tolerance: Tolerance,
    /// What happens with a group's member that has no record. `pending`: it becomes a member when its record arrives.
    /// `refuse`: the request is refused.
    #[schema(schema_with = unknown_members)]
    unknown_members: UnknownMembers,
}

impl Default for Settings {
    fn default() -> Settings {
        SourceSettings::default().into()
    }
}

impl From<SourceSettings> for Settings {
    fn from(settings: SourceSettings) -> Settings {
        let SourceSettings {
            join,
            join_attribute,
            join_by_email,
            may_join,
            on_delete,
            deactivation_delay,
            create_inactive,
            attributes,
            tolerance,
            unknown_members,
        } = settings;
        Settings {
            join,
            join_attribute,
            join_by_email,
            may_join,
            on_delete,
            deactivation_delay,
            create_inactive,
            attributes,
            tolerance,
            unknown_members,
        }
    }
}

impl From<Settings> for SourceSettings {
    fn from(settings: Settings) -> SourceSettings {
        let Settings {
            join,
            join_attribute,
            join_by_email,
            may_join,
            on_delete,
            deactivation_delay,
            create_inactive,
            attributes,
            tolerance,
            unknown_members,
        } = settings;
        SourceSettings {
            join,
            join_attribute,
            join_by_email,
            may_join,
            on_delete,
            deactivation_delay,
            create_inactive,
            attributes,
            tolerance,
            unknown_members,
        }
    }
}

words!(kinds: "scim", "local");
words!(pub(super) clients: "okta", "entra", "oneLogin", "jumpCloud", "pingOne", "google", "generic");
words!(rules: "userName", "externalId", "attribute", "never");
words!(joined: "sourced", "all");
words!(deletions: "delete", "deactivate", "ignore");
words!(source_states: "live", "deleting");
words!(pub decisions: "keep", "deactivate", "delete");
words!(unknown_members: "pending", "refuse");

/// A source with the number of members it still owes.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SourceDetail {
    /// The source.
    #[serde(flatten)]
    source: Source,
    /// How many members of its groups have not arrived yet.
    pending_members: i64,
}

/// A group that waits for members.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WaitingGroup {
    /// The group's id.
    id: Uuid,
    /// Its name.
    display_name: String,
    /// How many of its members have not arrived yet.
    pending_members: i64,
}

/// A new source.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewSource {
    /// Its name: 1 to 200 characters, unique.
    name: String,
    /// Which client it is for; `generic` unless chosen.
    #[serde(default)]
    #[schema(schema_with = clients)]
    client: SourceClient,
    /// What is decided about it; the defaults suit the clients in the field.
    #[serde(default)]
    settings: Settings,
}

/// A source that was just made, with its first token.
#[derive(Serialize, ToSchema)]
pub struct MadeSource {
    /// The source.
    #[serde(flatten)]
    source: Source,
    /// Its first token. It is shown only here.
    token: String,
}

/// Which client a source is for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChosenClient {
    /// The client.
    #[schema(schema_with = clients)]
    client: SourceClient,
}

pub(super) fn view(app: &App, source: source::Source, under_way: &[Progress]) -> Source {
    let base_url = (source.kind == SourceKind::Scim).then(|| base_url(app, &source));
    let find = |chore| under_way.iter().find(|progress| progress.chore == chore);
    Source {
        id: source.id,
        name: source.name,
        kind: source.kind,
        client: source.client,
        base_url,
        rank: source.rank,
        settings: source.settings.into(),
        created_at: Time(source.created_at),
        last_request_at: source.last_request_at.map(Time),
        state: source.state,
        removal: find(Chore::Remove).map(|it| Removing {
            people: it.people.unwrap_or(People::Keep),
            done: it.done,
            total: it.total,
        }),
        rejoining: find(Chore::Rejoin).map(|it| Under { done: it.done, total: it.total }),
        record_bodies_until: Some(source.bodies_until).filter(|until| *until > app.directory.clock.now()).map(Time),
    }
}

/// Where a source's client sends to.
pub(super) fn base_url(app: &App, source: &source::Source) -> String {
    format!("{}/scim/v2/{}", app.public_url, source.slug)
}

pub(super) async fn find(app: &App, caller: &Caller, name: &str) -> Result<source::Source, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    Ok(source::find(&mut tx, name).await?)
}

/// A source as it is shown after a change.
pub(super) async fn shown(app: &App, caller: &Caller, source: source::Source) -> Result<Tagged<Source>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let under_way = chore::progress(&mut tx).await?.remove(&source.id).unwrap_or_default();
    Ok(Tagged(tag(source.version), view(app, source, &under_way)))
}

/// Sources with how far what goes on about them has come.
pub(super) async fn views(app: &App, tx: &mut Tx, sources: Vec<source::Source>) -> Result<Json<Page<Source>>, Problem> {
    let under_way = chore::progress(tx).await?;
    let of = |id| under_way.get(&id).map(Vec::as_slice).unwrap_or_default();
    Ok(Page::whole(sources.into_iter().map(|source| {
        let progress = of(source.id);
        view(app, source, progress)
    })))
}

/// All sources, by rank.
#[utoipa::path(get, path = "/sources", tag = "Sources", responses((status = 200, body = Page<Source>)))]
pub async fn list_sources(State(app): State<App>, caller: Caller) -> Result<Json<Page<Source>>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let sources = source::list(&mut tx).await?;
    views(&app, &mut tx, sources).await
}

/// Make a SCIM source and its first token.
#[utoipa::path(post, path = "/sources", tag = "Sources", request_body = NewSource, responses((status = 201, body = MadeSource)))]
pub async fn add_source(
    State(app): State<App>,
    caller: Caller,
    Body(new): Body<NewSource>,
) -> Result<Response, Problem> {
    let (made, token) =
        app.directory.add_source(caller.tenant(), &caller.actor(), &new.name, new.client, &new.settings.into()).await?;
    Ok(created(MadeSource { source: view(&app, made, &[]), token: token.reveal().to_owned() }))
}

/// One source, by id or name.
#[utoipa::path(get, path = "/sources/{source}", tag = "Sources", responses((status = 200, body = SourceDetail)))]
pub async fn get_source(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Tagged<SourceDetail>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let source = source::find(&mut tx, &name).await?;
    let pending_members = member::pending_count_in(&mut tx, source.id).await?;
    let under_way = chore::progress(&mut tx).await?.remove(&source.id).unwrap_or_default();
    Ok(Tagged(tag(source.version), SourceDetail { source: view(&app, source, &under_way), pending_members }))
}

/// The groups of a source that wait for members which have not arrived yet.
#[utoipa::path(get, path = "/sources/{source}/waiting-groups", tag = "Sources", params(After), responses((status = 200, body = Page<WaitingGroup>)))]
pub async fn list_waiting_groups(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    Query(page): Query<After>,
) -> Result<Json<Page<WaitingGroup>>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let source = source::find(&mut tx, &name).await?;
    let rows = member::waiting_groups(&mut tx, source.id, page.after, page.limit.rows()).await?;
    Ok(Page::of(
        rows,
        page.limit,
        |row| row.id,
        |row| WaitingGroup { id: row.id, display_name: row.display_name, pending_members: row.pending },
    ))
}

/// Change what is decided about a source. What the body leaves out gets its default.
#[utoipa::path(put, path = "/sources/{source}/settings", tag = "Sources", request_body = Settings, responses((status = 200, body = Source)))]
pub async fn set_source_settings(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    headers: HeaderMap,
    Body(settings): Body<Settings>,
) -> Result<Tagged<Source>, Problem> {
    let before = find(&app, &caller, &name).await?;
    check_tag(&headers, "the source", &tag(before.version))?;
    // What was looked at just now is what is changed, or nothing.
    let version = headers.contains_key(header::IF_MATCH).then_some(before.version);
    let (tenant, actor) = (caller.tenant(), caller.actor());
    let after = app.directory.set_source_settings(tenant, &actor, before.id, version, &settings.into()).await?;
    // The settings travel with the authenticated client.
    app.forget_tokens();
    shown(&app, &caller, after).await
}

/// Every source, the one whose word counts most first.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// By name or id, each exactly once.
    sources: Vec<String>,
}

/// Put the sources in order: where several state an attribute, the first one's value counts. Who is concerned is
/// worked out in the background.
#[utoipa::path(put, path = "/sources/order", tag = "Sources", request_body = Order, responses((status = 200, body = Page<Source>)))]
pub async fn order_sources(
    State(app): State<App>,
    caller: Caller,
    Body(order): Body<Order>,
) -> Result<Json<Page<Source>>, Problem> {
    let sources = app.directory.order_sources(caller.tenant(), &caller.actor(), &order.sources).await?;
    app.forget_tokens();
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    views(&app, &mut tx, sources).await
}

/// Say which client a source is for. It changes its guide, its checks and its self-test, and nothing else.
#[utoipa::path(put, path = "/sources/{source}/client", tag = "Sources", request_body = ChosenClient, responses((status = 200, body = Source)))]
pub async fn set_source_client(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    Body(chosen): Body<ChosenClient>,
) -> Result<Tagged<Source>, Problem> {
    let source = find(&app, &caller, &name).await?;
    let after = app.directory.set_source_client(caller.tenant(), &caller.actor(), source.id, chosen.client).await?;
    app.forget_tokens();
    shown(&app, &caller, after).await
}
