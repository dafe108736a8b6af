//! Lists of groups as people look for them.

use axum::{Json, extract::State};
use directory::{
    Position, Tx,
    group::{self, GroupKind, GroupQuery, GroupSort},
    source,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Group, kinds};
use crate::{
    admin::{
        input::Query,
        output::{Limit, Page, Total},
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
    member_count: Option<Total>,
    /// How many applications it is assigned to.
    assigned_to: i64,
    /// How many applications it is pushed to.
    pushed_to: i64,
}

/// Which groups to list, and in which order.
#[derive(Clone, Deserialize, IntoParams)]
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
    /// `createdAt` unless chosen, `displayName` or `modifiedAt`; with `-` before it, the greatest first.
    sort: Option<String>,
    /// The `next` of the page before.
    pub after: Option<String>,
    /// How many items the page holds: 1 to 200, 50 unless chosen.
    #[serde(default)]
    #[param(value_type = Option<i64>)]
    limit: Limit,
}

impl GroupSearch {
    /// What the directory is asked. `limit`: rows.
    pub async fn query(&self, tx: &mut Tx, limit: i64) -> Result<GroupQuery, Problem> {
        Ok(GroupQuery {
            search: self.search.clone(),
            kind: self.kind,
            source: match &self.source {
                Some(name) => Some(source::find(tx, name).await?.id),
                None => None,
            },
            deleted: self.deleted,
            order: order(
                self.sort.as_deref(),
                &[
                    ("createdAt", GroupSort::Created),
                    ("displayName", GroupSort::Name),
                    ("modifiedAt", GroupSort::Modified),
                ],
            )?,
            after: self.after.as_deref().map(str::parse).transpose()?,
            limit,
        })
    }
}

/// Groups, in the order in which they were made unless another is asked for.
#[utoipa::path(get, path = "/groups", tag = "Groups", params(GroupSearch), responses((status = 200, body = Page<ListedGroup>)))]
pub async fn list_groups(
    State(app): State<App>,
    caller: Caller,
    Query(search): Query<GroupSearch>,
) -> Result<Json<Page<ListedGroup>>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let query = search.query(&mut tx, search.limit.rows()).await?;
    let rows = group::list(&mut tx, &query).await?;
    let total = match query.after {
        None => Some(group::total(&mut tx, &query).await?.into()),
        Some(_) => None,
    };
    let items = listed(&mut tx, rows, query.order.by).await?;
    let Json(page) = Page::of(items, search.limit, |(position, _)| position.clone(), |(_, item)| item);
    Ok(Json(Page { total, ..page }))
}

/// Groups as lists show them, each with its place in the order, in a few statements for all.
pub async fn listed(
    tx: &mut Tx,
    groups: Vec<group::Group>,
    by: GroupSort,
) -> Result<Vec<(Position, ListedGroup)>, Problem> {
    let ids: Vec<_> = groups.iter().map(|group| group.id).collect();
    let mut extras = group::extras(tx, &ids).await?;
    let sources = source_names(tx).await?;
    let item = |group: group::Group| {
        let extras = extras.remove(&group.id).unwrap_or_default();
        let item = ListedGroup {
            source_name: group.source.and_then(|id| sources.get(&id).cloned()),
            member_count: (group.kind != GroupKind::BuiltIn).then_some(extras.members.into()),
            assigned_to: extras.assigned_to,
            pushed_to: extras.pushed_to,
            group: Group::from(group.clone()),
        };
        (group::position(&group, by), item)
    };
    Ok(groups.into_iter().map(item).collect())
}
