//! Lists of groups as people look for them.

use axum::{Json, extract::State};
use directory::{
    group::{self, GroupKind, GroupQuery, GroupSort},
    source,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Group, kinds};
use crate::{
    admin::{
        input::Query,
        output::{Limit, Page},
        user::{list::order, source_names},
    },
    app::App,
    caller::Caller,
    problem::Problem,
};

/// A group in a list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListedGroup {
    /// The group.
    #[serde(flatten)]
    group: Group,
    /// The name of a sourced group's source.
    source_name: Option<String>,
    /// How many direct members it has; null for the group of all users, whose members are not listed.
    member_count: Option<i64>,
    /// How many applications it is assigned to.
    assigned_to: i64,
    /// How many applications it is pushed to.
    pushed_to: i64,
}

/// Which groups to list, and in which order.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct GroupSearch {
    /// The beginning of the name.
    search: Option<String>,
    /// Of one kind.
    #[param(schema_with = kinds)]
    kind: Option<GroupKind>,
    /// From this source, by id or name.
    source: Option<String>,
    /// Only those that their source has deleted, or only the others.
    deleted: Option<bool>,
    /// `createdAt` unless chosen, or `displayName`; with `-` before it, the greatest first.
    sort: Option<String>,
    /// The `next` of the page before.
    after: Option<String>,
    /// How many items the page holds: 1 to 200, 50 unless chosen.
    #[serde(default)]
    #[param(value_type = Option<i64>)]
    limit: Limit,
}

/// Groups, in the order in which they were made unless another is asked for.
#[utoipa::path(get, path = "/groups", tag = "Groups", params(GroupSearch), responses((status = 200, body = Page<ListedGroup>)))]
pub async fn list_groups(
    State(app): State<App>,
    caller: Caller,
    Query(search): Query<GroupSearch>,
) -> Result<Json<Page<ListedGroup>>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let query = GroupQuery {
        search: search.search,
        kind: search.kind,
        source: match &search.source {
            Some(name) => Some(source::find(&mut tx, name).await?.id),
            None => None,
        },
        deleted: search.deleted,
        order: order(search.sort.as_deref(), &[("createdAt", GroupSort::Created), ("displayName", GroupSort::Name)])?,
        after: search.after.as_deref().map(str::parse).transpose()?,
        limit: search.limit.rows(),
    };
    let rows = group::list(&mut tx, &query).await?;
    let total = match query.after {
        None => Some(group::total(&mut tx, &query).await?.into()),
        Some(_) => None,
    };
    let ids: Vec<_> = rows.iter().map(|group| group.id).collect();
    let mut extras = group::extras(&mut tx, &ids).await?;
    let sources = source_names(&mut tx).await?;
    let position = |group: &group::Group| group::position(group, query.order.by);
    let Json(page) = Page::of(rows, search.limit, position, |group| {
        let extras = extras.remove(&group.id).unwrap_or_default();
        ListedGroup {
            source_name: group.source.and_then(|id| sources.get(&id).cloned()),
            member_count: (group.kind != GroupKind::BuiltIn).then_some(extras.members),
            assigned_to: extras.assigned_to,
            pushed_to: extras.pushed_to,
            group: group.into(),
        }
    });
    Ok(Json(Page { total, ..page }))
}
