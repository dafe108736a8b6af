//! How far a group reaches: everybody inside it, and where it is used.

use axum::{Json, extract::State};
use directory::{
    account::{self, LinkState},
    application, group,
};
use serde::Serialize;
use std::collections::HashMap;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{GroupKind, kinds};
use crate::{
    admin::{
        input::{Path, Query},
        output::{After, Page, Time, Total},
        user::{application_names, list::Named, states},
    },
    app::App,
    caller::Caller,
    problem::Problem,
};

/// A user inside a group.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EffectiveMember {
    /// The user.
    id: Uuid,
    /// The user name.
    name: String,
    /// The display name.
    display_name: Option<String>,
    /// Whether they are a direct member, and not only inside a group that is.
    direct: bool,
}

/// Where a group is used.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupUses {
    /// The applications that it is assigned to.
    assignments: Vec<AssignedTo>,
    /// The applications that it is pushed to.
    pushed_to: Vec<PushedTo>,
    /// The groups that hold it directly.
    nested_in: Vec<Named>,
}

/// An application that a group is assigned to.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssignedTo {
    /// The application's id.
    application: Uuid,
    /// The application's name.
    application_name: String,
    /// When it was assigned.
    created_at: Time,
}

/// An application that a group is pushed to.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PushedTo {
    /// The application's id.
    application: Uuid,
    /// The application's name.
    application_name: String,
    /// The state of the tie to the application's group; null before it is made.
    #[schema(schema_with = states)]
    state: Option<LinkState>,
}

/// A group that an application has to do with.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EffectiveGroup {
    /// Its id.
    id: Uuid,
    /// Its name.
    display_name: String,
    /// Where its members come from.
    #[schema(schema_with = kinds)]
    kind: GroupKind,
    /// When it was assigned; null when it is not.
    assigned_at: Option<Time>,
    /// Whether it is pushed.
    pushed: bool,
    /// The state of the tie to the application's group, if there is one.
    #[schema(schema_with = states)]
    link_state: Option<LinkState>,
    /// How many direct members it has; null for the group of all users.
    member_count: Option<Total>,
    /// How many members the application's group is known to hold.
    held_count: i64,
}

/// Everybody inside a group, directly or through other groups, in the order of ids.
#[utoipa::path(get, path = "/groups/{group}/effective-members", tag = "Groups", params(After), responses((status = 200, body = Page<EffectiveMember>)))]
pub async fn list_effective_members(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    Query(page): Query<After>,
) -> Result<Json<Page<EffectiveMember>>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let group = group::find(&mut tx, &name).await?;
    let rows = group::effective_members(&mut tx, group.id, page.after, page.limit.rows()).await?;
    let item = |(member, direct): (group::GroupMember, bool)| {
        let group::GroupMember { id, name, display_name, .. } = member;
        EffectiveMember { id, name, display_name, direct }
    };
    Ok(Page::of(rows, page.limit, |(member, _)| member.id, item))
}

/// Where a group is used: assigned, pushed, inside other groups.
#[utoipa::path(get, path = "/groups/{group}/uses", tag = "Groups", responses((status = 200, body = GroupUses)))]
pub async fn get_group_uses(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<GroupUses>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let group = group::find(&mut tx, &name).await?;
    let uses = group::uses(&mut tx, group.id).await?;
    let names = application_names(&mut tx).await?;
    let name = |id: Uuid| names.get(&id).cloned().unwrap_or_default();
    let assigned =
        |(application, at)| AssignedTo { application, application_name: name(application), created_at: Time(at) };
    let pushed = |(application, state)| PushedTo { application, application_name: name(application), state };
    Ok(Json(GroupUses {
        assignments: uses.assignments.into_iter().map(assigned).collect(),
        pushed_to: uses.pushed_to.into_iter().map(pushed).collect(),
        nested_in: uses.nested_in.into_iter().map(|group| Named { id: group.id, name: group.display_name }).collect(),
    }))
}

/// The groups that an application has to do with: assigned or pushed, by name.
#[utoipa::path(get, path = "/applications/{application}/effective-groups", tag = "Applications", responses((status = 200, body = Page<EffectiveGroup>)))]
pub async fn list_effective_groups(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<Page<EffectiveGroup>>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let application = application::find(&mut tx, &name).await?;
    let groups = group::of_application(&mut tx, application.id).await?;
    let ids: Vec<Uuid> = groups.iter().map(|(group, ..)| group.id).collect();
    let extras = group::extras(&mut tx, &ids).await?;
    let held = account::held_counts(&mut tx, application.id).await?;
    let links = account::group_links(&mut tx, application.id).await?;
    let links: HashMap<Uuid, LinkState> = links.into_iter().map(|link| (link.group, link.state)).collect();
    Ok(Page::whole(groups.into_iter().map(|(group, assigned_at, pushed)| {
        EffectiveGroup {
            id: group.id,
            member_count: (group.kind != GroupKind::BuiltIn)
                .then(|| extras.get(&group.id).map(|extras| extras.members).unwrap_or_default().into()),
            display_name: group.display_name,
            kind: group.kind,
            assigned_at: assigned_at.map(Time),
            pushed,
            link_state: links.get(&group.id).copied(),
            held_count: held.get(&group.id).copied().unwrap_or(0),
        }
    })))
}
