//! Sources and groups that go, and what stays of them.

use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::{
    Error, chore,
    group::{self, GroupKind},
    record,
    source::{self, People},
    user::{self, User, UserState},
};

async fn find(world: &World, name: &str) -> Option<User> {
    let mut tx = world.directory.db.read(world.tenant()).await.unwrap();
    user::find(&mut tx, name).await.ok()
}

/// Ana and Cem only here, Bob elsewhere too, Dora on hold; Bob and Ana in a group that another group holds.
async fn company(world: &World) -> (Uuid, Uuid) {
    let (tenant, system) = (world.tenant(), Actor::system());
    let hr = add_source(&world.directory, tenant, "hr").await;
    let urn = scim::ENTERPRISE_URN;
    let ana = world.user(json!({"userName": "ana", "externalId": "a"})).await;
    let bob = world.user(json!({"userName": "bob"})).await;
    world.user(json!({"userName": "cem", urn: {"manager": {"value": ana.id}}})).await;
    let dora = world.user(json!({"userName": "dora"})).await;
    world.directory.set_hold(tenant, &system, dora.subject.unwrap(), true).await.unwrap();
    let body = read(Kind::User, json!({"userName": "bob", "title": "Captain"}));
    world.directory.create_record(&hr, None, Kind::User, body).await.unwrap();
    let members = json!([{"value": ana.id}, {"value": bob.id}]);
    let team = world.group(json!({"displayName": "Team", "members": members})).await.subject.unwrap();
    let all = world.directory.add_group(tenant, &system, "All").await.unwrap().id;
    world.directory.change_group_members(tenant, &system, all, &[team], &[]).await.unwrap();
    world.plan().await;
    (team, all)
}

async fn remove(world: &World, people: People) {
    let (tenant, id) = (world.tenant(), world.caller.source.id);
    let wrong = world.directory.remove_source(tenant, &Actor::system(), id, "Okta", people).await;
    assert!(matches!(wrong, Err(Error::Invalid(_))), "the name is confirmed letter by letter");
    world.directory.remove_source(tenant, &Actor::system(), id, "okta", people).await.unwrap();
    let body = read(Kind::User, json!({"userName": "late"}));
    let late = world.directory.create_record(&world.caller, None, Kind::User, body).await;
    assert!(matches!(late, Err(Error::Scim(scim::Error { status: 401, .. }))), "who was let in before may not write");
    let mut tx = world.directory.db.read(tenant).await.unwrap();
    let progress = chore::progress(&mut tx).await.unwrap();
    assert_eq!((progress[&id][0].done, progress[&id][0].people), (0, Some(people)));
    drop(tx);
    // A node stops after each piece, and another one goes on.
    let mut stopped: Option<Lease> = None;
    for _ in 0..100 {
        let lease = world.claim(LaneKind::Plan, tenant.id()).await;
        if let Some(stopped) = stopped {
            assert_eq!(world.directory.plan_turn(&stopped).await.unwrap(), None, "it does nothing more");
        }
        let more = world.directory.plan_turn(&lease).await.unwrap();
        world.directory.give_back(&lease).await.unwrap();
        stopped = Some(lease);
        if more == Some(false) {
            break;
        }
    }
    let mut tx = world.directory.db.read(tenant).await.unwrap();
    assert!(source::find(&mut tx, "okta").await.is_err(), "it is gone");
    assert!(chore::progress(&mut tx).await.unwrap().is_empty());
}

both! {
    async fn a_preview_counts_who_is_concerned(world: World) {
        company(&world).await;
        let mut tx = world.directory.db.read(world.tenant()).await.unwrap();
        let found = source::removal(&mut tx, world.caller.source.id).await.unwrap();
        assert_eq!((found.only_here, found.also_elsewhere, found.on_hold, found.unjoined), (3, 1, 1, 0));
        assert_eq!((found.groups, found.groups_in_use, found.pushed.len()), (1, 1, 0));
    }
}

both! {
    async fn a_source_goes_and_its_people_stay_as_local_people(world: World) {
        let (team, all) = company(&world).await;
        let before = find(&world, "ana").await.unwrap();
        remove(&world, People::Keep).await;
        let ana = find(&world, "ana").await.unwrap();
        assert_eq!((ana.doc, ana.standing.state), (before.doc, UserState::Active), "nobody loses anything");
        let cem = find(&world, "cem").await.unwrap();
        assert_eq!(cem.doc[scim::ENTERPRISE_URN]["manager"]["value"], ana.id.to_string(), "still reports to her");
        let mut tx = world.directory.db.read(world.tenant()).await.unwrap();
        let local = source::find(&mut tx, "local").await.unwrap();
        let records = record::of_subject(&mut tx, Kind::User, ana.id).await.unwrap();
        assert_eq!(records.iter().map(|(source, _)| *source).collect::<Vec<_>>(), [local.id]);
        let group = group::get(&mut tx, team).await.unwrap().unwrap();
        assert_eq!((group.kind, group.source), (GroupKind::Manual, None));
        let bob = user::find(&mut tx, "bob").await.unwrap();
        assert_eq!(bob.doc["title"], "Captain");
        for person in [ana.id, bob.id] {
            let mut above = group::ancestors(&mut tx, &[person]).await.unwrap().remove(&person).unwrap();
            above.sort();
            assert_eq!(above, { let mut both = vec![team, all]; both.sort(); both });
        }
        drop(tx);
        // Local people are out of reach of whoever comes next.
        let next = add_source(&world.directory, world.tenant(), "next").await;
        let body = read(Kind::User, json!({"userName": "ana", "active": false}));
        assert_eq!(world.directory.create_record(&next, None, Kind::User, body).await.unwrap().subject, None);
        assert_eq!(find(&world, "ana").await.unwrap().standing.state, UserState::Active);
    }
}

both! {
    async fn a_source_goes_and_its_people_are_deactivated(world: World) {
        let (team, _) = company(&world).await;
        remove(&world, People::Deactivate).await;
        for (name, state, kept) in [
            ("ana", UserState::Deactivated, true),
            ("bob", UserState::Active, false),
            ("cem", UserState::Deactivated, true),
            ("dora", UserState::Blocked, true),
        ] {
            let user = find(&world, name).await.unwrap();
            assert_eq!((user.standing.state, user.kept), (state, kept), "{name}");
        }
        let mut tx = world.directory.db.read(world.tenant()).await.unwrap();
        let tombstone = group::get(&mut tx, team).await.unwrap().unwrap();
        assert!(tombstone.deleted_at.is_some(), "another group still names it");
        assert_eq!(group::member_count(&mut tx, team).await.unwrap().count, 0, "and it holds nobody");
    }
}

both! {
    async fn a_source_goes_with_its_people(world: World) {
        company(&world).await;
        remove(&world, People::Delete).await;
        assert!(find(&world, "ana").await.is_none() && find(&world, "cem").await.is_none());
        assert_eq!(find(&world, "bob").await.unwrap().doc["title"], "Captain", "another source has him");
        let dora = find(&world, "dora").await.unwrap();
        assert_eq!(dora.standing.state, UserState::Blocked, "on hold");
        world.directory.set_hold(world.tenant(), &Actor::system(), dora.id, false).await.unwrap();
        assert!(find(&world, "dora").await.is_none());
        let mut tx = world.directory.db.read(world.tenant()).await.unwrap();
        let local = source::find(&mut tx, "local").await.unwrap().id;
        drop(tx);
        let removed = world.directory.remove_source(world.tenant(), &Actor::system(), local, "Local", People::Keep).await;
        assert!(matches!(removed, Err(Error::Invalid(_))), "the local source stays");
    }
}

both! {
    async fn a_tombstone_stays_while_something_names_it(world: World) {
        let (tenant, system) = (world.tenant(), Actor::system());
        let ana = world.user(json!({"userName": "ana"})).await;
        let team = world.group(json!({"displayName": "Team", "members": [{"value": ana.id}]})).await;
        let lone = world.group(json!({"displayName": "Lone"})).await;
        let (id, outer) = (team.subject.unwrap(), world.directory.add_group(tenant, &system, "Outer").await.unwrap().id);
        world.directory.change_group_members(tenant, &system, outer, &[id], &[]).await.unwrap();
        for record in [team.id, lone.id] {
            world.directory.delete_record(&world.caller, None, Kind::Group, record, &None).await.unwrap();
        }
        let mut tx = world.directory.db.read(tenant).await.unwrap();
        assert!(group::get(&mut tx, lone.subject.unwrap()).await.unwrap().is_none(), "nothing names it");
        assert!(group::get(&mut tx, id).await.unwrap().unwrap().deleted_at.is_some());
        let used = group::uses(&mut tx, id).await.unwrap();
        assert_eq!(used.nested_in.iter().map(|group| group.id).collect::<Vec<_>>(), [outer]);
        assert!(group::ancestors(&mut tx, &[ana.subject.unwrap()]).await.unwrap().is_empty(), "it grants nothing");
        assert!(user::get(&mut tx, ana.subject.unwrap()).await.unwrap().is_some(), "its people stay");
        drop(tx);
        // A new group of that name is another one, and is the one that is meant by it.
        let fresh = world.group(json!({"displayName": "Team"})).await.subject.unwrap();
        let mut tx = world.directory.db.read(tenant).await.unwrap();
        assert_eq!(group::find(&mut tx, "team").await.unwrap().id, fresh);
        drop(tx);
        let other = world.directory.add_group(tenant, &system, "Other").await.unwrap().id;
        let named = world.directory.change_group_members(tenant, &system, other, &[id], &[]).await;
        assert!(named.is_err(), "nothing names it anew");
        world.directory.change_group_members(tenant, &system, outer, &[], &[id]).await.unwrap();
        let mut tx = world.directory.db.read(tenant).await.unwrap();
        assert!(group::get(&mut tx, id).await.unwrap().is_none());
    }
}
