//! What pushing a group would do to the members of the group that is there already, before it is done.

use axum::{Json, extract::State};
use directory::account::Insider;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Push;
use crate::{
    admin::input::{Body, Path},
    app::App,
    caller::Caller,
    problem::Problem,
};

/// What pushing a group would do to its members in the application.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupPreview {
    /// The application's id of the group that has the name there, and would be linked; null when there is none and it
    /// would be made.
    remote_id: Option<String>,
    /// Why it can't be linked, or why it can't be told what would happen.
    problem: Option<String>,
    /// Members there who stay.
    stay: PreviewedMembers,
    /// Who is added.
    added: PreviewedMembers,
    /// Members there who are removed: people of the directory who are not in the group here, or have no access.
    removed: PreviewedMembers,
    /// Who becomes a member as soon as they have an account.
    waiting: PreviewedMembers,
    /// How many members there are unknown to Lockstep, and left alone.
    others: usize,
}

/// How many people something happens to, and who the first of them are.
#[derive(Serialize, ToSchema)]
pub struct PreviewedMembers {
    /// How many.
    count: usize,
    /// The first 100, by user name.
    people: Vec<PreviewedMember>,
}

/// One of them.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreviewedMember {
    /// The user, who may be gone from the directory.
    user: Uuid,
    /// Their user name.
    user_name: String,
    /// Their display name.
    display_name: Option<String>,
}

impl From<Insider> for PreviewedMember {
    fn from(person: Insider) -> PreviewedMember {
        PreviewedMember { user: person.user, user_name: person.user_name, display_name: person.display_name }
    }
}

impl From<provision::People> for PreviewedMembers {
    fn from(people: provision::People) -> PreviewedMembers {
        PreviewedMembers { count: people.count, people: people.first.into_iter().map(PreviewedMember::from).collect() }
    }
}

/// What pushing a group would do to the members of the group of its name that is in the application already. Reads
/// that group, and changes nothing there.
#[utoipa::path(post, path = "/applications/{application}/group-preview", tag = "Accounts", request_body = Push, responses((status = 200, body = GroupPreview)))]
pub async fn preview_group(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    Body(push): Body<Push>,
) -> Result<Json<GroupPreview>, Problem> {
    let transport = Arc::clone(&app.transport);
    let preview = provision::preview_group(&app.directory, caller.tenant(), &name, &push.group, transport).await?;
    Ok(Json(GroupPreview {
        remote_id: preview.remote_id,
        problem: preview.problem,
        stay: preview.stay.into(),
        added: preview.added.into(),
        removed: preview.removed.into(),
        waiting: preview.waiting.into(),
        others: preview.others,
    }))
}
