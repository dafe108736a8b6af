//! What linking a group does to the members there is told by name, and is what then happens.

use directory::{Kind, assignment::Subject, audit::Actor, group, lane::LaneKind};
use provision::{GroupPreview, People, preview_group};
use scim::{GROUP_URN, USER_URN};
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

use crate::{
    app::{App, Manner, members, text},
    world::{End, World},
};

const HOST: &str = "git.test";

async fn hire(world: &World, name: &str) -> Uuid {
    let body = json!({"schemas": [USER_URN], "userName": name, "displayName": format!("The {name}"), "active": true});
    world.create(Kind::User, body).await.unwrap().id
}

async fn preview(world: &World) -> GroupPreview {
    preview_group(&world.directory, world.tenant, HOST, "Staff", world.transport.clone()).await.unwrap()
}

fn names(people: &People) -> Vec<&str> {
    assert_eq!(people.count, people.first.len());
    people.first.iter().map(|person| person.user_name.as_str()).collect()
}

/// The application's id of somebody's account.
fn account(world: &World, name: &str) -> String {
    let net = world.wire.net();
    net.apps[HOST].users.iter().find(|(_, doc)| text(doc, "userName") == Some(name)).unwrap().0.clone()
}

/// Everyone has access; ana and bo, who are in Staff, and cy, who is not, have accounts. Dora in Staff has none yet.
async fn world() -> World {
    let mut app = App::new(Manner { unique: false, ..Manner::default() });
    app.has("Users", json!({"userName": "service"}));
    let mut world = World::new(1).await;
    let application = world.add(HOST, app, |_| {}).await;
    let everyone = Subject::Group(world.everyone);
    world.directory.assign(world.tenant, &Actor::system(), application, everyone).await.unwrap();
    let mut staff = Vec::new();
    for name in ["bo", "ana", "cy"] {
        staff.push(hire(&world, name).await);
    }
    staff.pop();
    world.settle(application).await;
    staff.push(hire(&world, "dora").await);
    let value: Vec<_> = staff.iter().map(|id| json!({"value": id})).collect();
    world.create(Kind::Group, json!({"schemas": [GROUP_URN], "displayName": "Staff", "members": value})).await.unwrap();
    world.work(LaneKind::Plan, world.tenant.id(), 0, 0, End::Well).await.unwrap();
    world
}

#[tokio::test]
async fn members_are_told_by_name() {
    let mut world = world().await;
    // No such group there: it would be made with whoever has an account.
    let told = preview(&world).await;
    assert_eq!((told.remote_id.as_deref(), told.problem.as_deref(), told.others), (None, None, 0));
    assert_eq!((names(&told.added), names(&told.waiting)), (vec!["ana", "bo"], vec!["dora"]));
    assert_eq!((told.stay.count, told.removed.count), (0, 0));

    let ids = ["ana", "cy", "service"].map(|name| account(&world, name));
    let value: Vec<_> = ids.iter().map(|id| json!({"value": id})).collect();
    let group =
        world.wire.net().apps.get_mut(HOST).unwrap().has("Groups", json!({"displayName": "STAFF", "members": value}));
    let before = world.wire.net().apps[HOST].content();
    let told = preview(&world).await;
    assert_eq!((told.remote_id.as_deref(), told.problem.as_deref(), told.others), (Some(group.as_str()), None, 1));
    assert_eq!((names(&told.stay), names(&told.added)), (vec!["ana"], vec!["bo"]));
    assert_eq!((names(&told.removed), names(&told.waiting)), (vec!["cy"], vec!["dora"]));
    assert_eq!(told.removed.first[0].display_name.as_deref(), Some("The cy"));
    assert_eq!(world.wire.net().apps[HOST].content(), before, "nothing is written");

    // Then it happens: and dora, who has an account by then, comes too.
    let (application, staff) = {
        let mut tx = world.directory.db.read(world.tenant).await.unwrap();
        let application = directory::application::find(&mut tx, HOST).await.unwrap().id;
        (application, group::find(&mut tx, "Staff").await.unwrap().id)
    };
    world.directory.push_group(world.tenant, &Actor::system(), application, staff, true).await.unwrap();
    world.settle(application).await;
    let expected: BTreeSet<String> =
        ["ana", "bo", "dora", "service"].iter().map(|name| account(&world, name)).collect();
    let held: BTreeSet<String> =
        members(&world.wire.net().apps[HOST].groups[&group]).into_iter().map(str::to_owned).collect();
    assert_eq!(held, expected);
    let again = preview_group(&world.directory, world.tenant, HOST, "Staff", world.transport.clone()).await;
    assert!(again.unwrap_err().to_string().contains("linked in git.test already"));
}

#[tokio::test]
async fn what_stands_in_the_way_is_told() {
    let world = world().await;
    for _ in 0..2 {
        world.wire.net().apps.get_mut(HOST).unwrap().has("Groups", json!({"displayName": "Staff"}));
    }
    let told = preview(&world).await;
    assert!(told.problem.unwrap().starts_with("2 groups in git.test have this name"));
    world.wire.net().locked.insert(HOST.to_owned());
    let told = preview(&world).await;
    assert!(told.problem.unwrap().contains("credentials"));
    assert_eq!(told.added.count, 0);
}
