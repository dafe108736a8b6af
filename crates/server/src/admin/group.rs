//! Groups of the directory and their members.

pub mod list;
pub mod reach;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use directory::{
    group::{self, GroupKind},
    member,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    input::{Body, Path, Query},
    output::{After, Limit, Page, Tagged, Time, Total, check_tag, created, tag},
};
use crate::{app::App, caller::Caller, openapi::words, problem::Problem};

/// A group.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// Its id.
    id: Uuid,
    /// `manual`: kept by hand. `sourced`: mirrors a source's group. `built_in`: all users.
    #[schema(schema_with = kinds)]
    kind: GroupKind,
    /// Its name; not unique, since two sources may both have "Sales".
    display_name: String,
    /// The source of a sourced group.
    source: Option<Uuid>,
    /// When it was made.
    created_at: Time,
    /// When it or its direct members last changed.
    modified_at: Time,
    /// When its source deleted it. It grants nothing any more, and goes when nothing names it.
    deleted_at: Option<Time>,
}

/// A group with the number of its members.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupDetail {
    /// The group.
    #[serde(flatten)]
    group: Group,
    /// How many direct members it has; null for the group of all users, whose members are not listed.
    member_count: Option<Total>,
    /// How many members its source has named that have not arrived yet.
    pending_members: i64,
}

/// A member that its source has named and that has not arrived yet.
#[derive(Serialize, ToSchema)]
pub struct PendingMember {
    /// What the source calls it: an id, an `externalId`, a user name.
    value: String,
    /// Since when it is expected.
    since: Time,
}

/// A direct member of a group.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// The user or group.
    id: Uuid,
    /// Which of the two it is.
    #[schema(schema_with = member_kinds)]
    kind: &'static str,
    /// A user's user name, a group's display name.
    name: String,
    /// A user's display name; null for a group, and for a user who has none.
    display_name: Option<String>,
}

words!(pub kinds: "manual", "sourced", "built_in");
words!(pub member_kinds: "user", "group");

/// A group's name.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GroupName {
    /// 1 to 200 characters.
    display_name: String,
}

/// Who comes and who goes.
#[derive(Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
pub struct MemberChange {
    /// Users and groups to add, by id.
    add: Vec<Uuid>,
    /// Users and groups to take out, by id.
    remove: Vec<Uuid>,
}

impl From<group::Group> for Group {
    fn from(group: group::Group) -> Group {
        Group {
            id: group.id,
            kind: group.kind,
            display_name: group.display_name,
            source: group.source,
            created_at: Time(group.created_at),
            modified_at: Time(group.modified_at),
            deleted_at: group.deleted_at.map(Time),
        }
    }
}

/// The id of a group given by id or name.
pub async fn find(app: &App, caller: &Caller, name: &str) -> Result<group::Group, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    Ok(group::find(&mut tx, name).await?)
}

/// Make a group that is kept by hand.
#[utoipa::path(post, path = "/groups", tag = "Groups", request_body = GroupName, responses((status = 201, body = Group)))]
pub async fn add_group(
    State(app): State<App>,
    caller: Caller,
    Body(new): Body<GroupName>,
) -> Result<Response, Problem> {
    let made = app.directory.add_group(caller.tenant(), &caller.actor(), &new.display_name).await?;
    Ok(([(header::ETAG, tag(made.version))], created(Group::from(made))).into_response())
}

/// One group, by id or by a name that only one group has.
#[utoipa::path(get, path = "/groups/{group}", tag = "Groups", responses((status = 200, body = GroupDetail)))]
pub async fn get_group(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Tagged<GroupDetail>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let group = group::find(&mut tx, &name).await?;
    let member_count = match group.kind {
        GroupKind::BuiltIn => None,
        GroupKind::Manual | GroupKind::Sourced => Some(group::member_count(&mut tx, group.id).await?.into()),
    };
    let pending_members = member::pending_count(&mut tx, group.id).await?;
    Ok(Tagged(tag(group.version), GroupDetail { group: group.into(), member_count, pending_members }))
}

/// Rename a group that is kept by hand.
#[utoipa::path(patch, path = "/groups/{group}", tag = "Groups", request_body = GroupName, responses((status = 200, body = Group)))]
pub async fn rename_group(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    headers: HeaderMap,
    Body(new): Body<GroupName>,
) -> Result<Tagged<Group>, Problem> {
    let before = find(&app, &caller, &name).await?;
    check_tag(&headers, "the group", &tag(before.version))?;
    let after = app.directory.rename_group(caller.tenant(), &caller.actor(), before.id, &new.display_name).await?;
    Ok(Tagged(tag(after.version), after.into()))
}

/// Remove a group that is kept by hand. Access that its members had only through it ends.
#[utoipa::path(delete, path = "/groups/{group}", tag = "Groups", responses((status = 204)))]
pub async fn remove_group(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let group = find(&app, &caller, &name).await?;
    check_tag(&headers, "the group", &tag(group.version))?;
    app.directory.remove_group(caller.tenant(), &caller.actor(), group.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The direct members of a group, in the order of ids. Of the group of all users, none are listed.
#[utoipa::path(get, path = "/groups/{group}/members", tag = "Groups", params(After), responses((status = 200, body = Page<Member>)))]
pub async fn list_members(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    Query(page): Query<After>,
) -> Result<Json<Page<Member>>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let group = group::find(&mut tx, &name).await?;
    let rows = group::members(&mut tx, group.id, page.after, page.limit.rows()).await?;
    let member = |row: group::GroupMember| {
        let group::GroupMember { id, kind, name, display_name } = row;
        Member { id, kind, name, display_name }
    };
    Ok(Page::of(rows, page.limit, |row| row.id, member))
}

/// Which page of pending members.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AfterValue {
    /// The `next` of the page before.
    after: Option<String>,
    /// How many items the page holds: 1 to 200, 50 unless chosen.
    #[serde(default)]
    #[param(value_type = Option<i64>)]
    limit: Limit,
}

/// The members of a sourced group that have not arrived yet, by name. They become members when their records arrive.
#[utoipa::path(get, path = "/groups/{group}/pending-members", tag = "Groups", params(AfterValue), responses((status = 200, body = Page<PendingMember>)))]
pub async fn list_pending_members(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    Query(page): Query<AfterValue>,
) -> Result<Json<Page<PendingMember>>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let group = group::find(&mut tx, &name).await?;
    let rows = member::pending_of(&mut tx, group.id, page.after.as_deref(), page.limit.rows()).await?;
    let item = |row: member::PendingMember| PendingMember { value: row.value, since: Time(row.since) };
    Ok(Page::of(rows, page.limit, |row| row.value.clone(), item))
}

/// Add members to a group that is kept by hand, and take members out. Either everything is done or nothing.
#[utoipa::path(post, path = "/groups/{group}/members", tag = "Groups", request_body = MemberChange, responses((status = 204)))]
pub async fn change_members(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    Body(change): Body<MemberChange>,
) -> Result<StatusCode, Problem> {
    let group = find(&app, &caller, &name).await?;
    app.directory.change_group_members(caller.tenant(), &caller.actor(), group.id, &change.add, &change.remove).await?;
    Ok(StatusCode::NO_CONTENT)
}
