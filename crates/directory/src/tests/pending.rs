//! Members that are named before they are there.

use std::sync::Arc;

use scim::Patch;
use serde_json::json;

use super::*;
use crate::{
    Error, group,
    member::{self, Member},
    record,
    source::UnknownMembers,
};

async fn patch(world: &World, caller: &SourceCaller, id: uuid::Uuid, operations: Value) -> Result<Record, Error> {
    let body = json!({"schemas": [scim::PATCH_URN], "Operations": operations});
    let patch = Patch::read(&body, scim::ResourceType::group(), &Tolerance::tolerant()).unwrap();
    world.directory.patch_record(caller, None, Kind::Group, id, &None, &patch).await
}

fn add(values: &[&str]) -> Value {
    let values: Vec<_> = values.iter().map(|value| json!({"value": value})).collect();
    json!([{"op": "add", "path": "members", "value": values}])
}

fn remove(value: &str) -> Value {
    json!([{"op": "remove", "path": format!("members[value eq \"{value}\"]")}])
}

/// What the source reads: each member's name, and whether it is there.
async fn seen(world: &World, group: &Record) -> Vec<(String, bool)> {
    let mut tx = world.directory.db.read(world.tenant()).await.unwrap();
    let members = member::list_all(&mut tx, &[group.id]).await.unwrap().remove(&group.id).unwrap_or_default();
    let value = |member: &Member| member.element()["value"].as_str().unwrap().to_owned();
    let seen: Vec<_> = members.iter().map(|member| (value(member), member.record.is_some())).collect();
    let now = record::get(&mut tx, world.caller.source.id, Kind::Group, group.id).await.unwrap().unwrap();
    assert_eq!(now.members, i64::try_from(seen.len()).unwrap(), "the count is that of what is seen");
    seen
}

/// The members of the directory's group, by name.
async fn inside(world: &World, group: &Record) -> Vec<String> {
    let mut tx = world.directory.db.read(world.tenant()).await.unwrap();
    let members = group::members(&mut tx, group.subject.unwrap(), None, 100).await.unwrap();
    members.into_iter().map(|member| member.name).collect()
}

fn expected(members: &[(&str, bool)]) -> Vec<(String, bool)> {
    members.iter().map(|(name, there)| ((*name).to_owned(), *there)).collect()
}

async fn refusing(world: &World) -> SourceCaller {
    let settings = SourceSettings { unknown_members: UnknownMembers::Refuse, ..SourceSettings::default() };
    add_source_with(&world.directory, world.tenant(), "strict", &settings).await
}

both! {
    async fn members_are_awaited_and_arrive(world: World) {
        let sales = world.group(json!({"displayName": "Sales", "members": [{"value": "e-ana"}, {"value": "Bob@X.test", "type": "User"}]})).await;
        assert_eq!(seen(&world, &sales).await, expected(&[("Bob@X.test", false), ("e-ana", false)]));
        assert!(inside(&world, &sales).await.is_empty());
        let mut tx = world.directory.db.read(world.tenant()).await.unwrap();
        assert_eq!(member::pending_count(&mut tx, sales.subject.unwrap()).await.unwrap(), 2);
        assert_eq!(member::pending_count_in(&mut tx, world.caller.source.id).await.unwrap(), 2);
        drop(tx);

        // Nobody: neither the name of a record of another source, nor half a name.
        let hr = add_source(&world.directory, world.tenant(), "hr").await;
        let body = read(Kind::User, json!({"userName": "carl", "externalId": "e-ana"}));
        world.directory.create_record(&hr, None, Kind::User, body).await.unwrap();
        world.user(json!({"userName": "e-ana.x", "externalId": "E-ANA"})).await;
        assert!(inside(&world, &sales).await.is_empty());

        world.plan().await;
        let ana = world.user(json!({"userName": "ana", "externalId": "e-ana"})).await;
        let bob = world.user(json!({"userName": "bob@x.TEST"})).await;
        assert_eq!(inside(&world, &sales).await, ["ana", "bob@x.TEST"]);
        assert_eq!(seen(&world, &sales).await, expected(&[("e-ana", true), ("Bob@X.test", true)]), "as it was put");
        let mut tx = world.directory.db.read(world.tenant()).await.unwrap();
        let marks = crate::work::take_dirty(&mut tx, 100).await.unwrap();
        for person in [&ana, &bob] {
            assert!(marks.iter().any(|mark| Some(mark.subject) == person.subject), "looked at like any new member");
        }
        assert_eq!(member::pending_count(&mut tx, sales.subject.unwrap()).await.unwrap(), 0);
        drop(tx);
    }
}

both! {
    async fn a_member_is_found_by_what_its_record_is_called(world: World) {
        let ana = world.user(json!({"userName": "Ana@x.test", "externalId": "e1"})).await;
        let id = ana.id.to_string();
        let sales = world.group(json!({"displayName": "Sales", "members": [{"value": "ana@X.test"}]})).await;
        assert_eq!(seen(&world, &sales).await, expected(&[("ana@X.test", true)]));
        for again in ["e1", &id, "ana@X.test"] {
            let same = patch(&world, &world.caller, sales.id, add(&[again])).await.unwrap();
            assert_eq!(same.version, 1, "she is a member already");
        }
        for name in ["ana@X.test", "e1", &id] {
            patch(&world, &world.caller, sales.id, remove(name)).await.unwrap();
            assert_eq!(seen(&world, &sales).await, []);
            patch(&world, &world.caller, sales.id, add(&["ana@X.test"])).await.unwrap();
            assert_eq!(inside(&world, &sales).await, ["Ana@x.test"]);
        }
        // Who is called so now may be another than who was meant.
        let renamed = read(Kind::User, json!({"userName": "ana2@x.test", "externalId": "e1"}));
        world.directory.replace_record(&world.caller, None, Kind::User, ana.id, &None, renamed).await.unwrap();
        world.user(json!({"userName": "ana@x.test"})).await;
        assert_eq!(inside(&world, &sales).await, ["ana2@x.test"]);
        patch(&world, &world.caller, sales.id, remove("ana@X.test")).await.unwrap();
        assert_eq!(seen(&world, &sales).await, []);
    }
}

both! {
    async fn awaited_members_go_as_they_came(world: World) {
        let ana = world.user(json!({"userName": "ana"})).await;
        let id = ana.id.to_string();
        let nobody = uuid::Uuid::now_v7().to_string();
        let sales = world.group(json!({"displayName": "Sales"})).await;
        let step = async |operations| patch(&world, &world.caller, sales.id, operations).await.unwrap();
        step(add(&[&id, &nobody, "x", "y", "z"])).await;
        assert_eq!(seen(&world, &sales).await.len(), 5);
        let version = step(add(&["x", &nobody])).await.version;
        assert_eq!(version, 2, "repeating it changes nothing");
        step(remove("x")).await;
        step(json!([{"op": "remove", "path": "members", "value": [{"value": "y"}, {"value": nobody}]}])).await;
        assert_eq!(seen(&world, &sales).await, expected(&[(&id, true), ("z", false)]));
        step(json!([{"op": "remove", "path": "members[value sw \"z\"]"}])).await;
        assert_eq!(seen(&world, &sales).await, expected(&[(&id, true)]));

        let put = async |members: Value| {
            let mut body = read(Kind::Group, json!({"displayName": "Sales", "members": members}));
            body.entry("members").or_insert(json!([]));
            world.directory.replace_record(&world.caller, None, Kind::Group, sales.id, &None, body).await.unwrap()
        };
        let put_once = put(json!([{"value": "b"}, {"value": "a"}, {"value": "ANA"}])).await;
        assert_eq!(seen(&world, &sales).await, expected(&[("ANA", true), ("a", false), ("b", false)]), "what was put");
        assert_eq!(put(json!([{"value": "a"}, {"value": "ANA"}, {"value": "b"}])).await.version, put_once.version);
        assert_eq!(inside(&world, &sales).await, ["ana"]);
        put(json!([{"value": "b"}, {"value": id}])).await;
        assert_eq!(seen(&world, &sales).await, expected(&[(&id, true), ("b", false)]));
        put(json!([])).await;
        assert_eq!(seen(&world, &sales).await, []);
        step(add(&["c", "ana"])).await;
        step(json!([{"op": "remove", "path": "members"}])).await;
        assert_eq!(seen(&world, &sales).await, []);

        step(add(&["c", "ana"])).await;
        world.directory.delete_record(&world.caller, None, Kind::User, ana.id, &None).await.unwrap();
        assert_eq!(seen(&world, &sales).await, expected(&[("c", false)]), "who is deleted is awaited no more");
        world.directory.delete_record(&world.caller, None, Kind::Group, sales.id, &None).await.unwrap();
        world.user(json!({"userName": "c"})).await;
    }
}

both! {
    async fn groups_are_awaited_too_and_never_in_circles(world: World) {
        let outer = world.group(json!({"displayName": "Outer", "members": [{"value": "inner"}, {"value": "ana"}, {"value": "e-ana"}]})).await;
        let inner = world.group(json!({"displayName": "Inner", "externalId": "inner"})).await;
        assert_eq!(inside(&world, &outer).await, ["Inner"]);
        let cycle = patch(&world, &world.caller, inner.id, add(&[&outer.id.to_string()])).await;
        assert!(cycle.unwrap_err().to_string().contains("cycle"));
        patch(&world, &world.caller, inner.id, add(&["later"])).await.unwrap();
        let body = read(Kind::Group, json!({"displayName": "Later", "externalId": "later", "members": [{"value": outer.id}]}));
        let cycle = world.directory.create_record(&world.caller, None, Kind::Group, body).await;
        assert!(cycle.unwrap_err().to_string().contains("cycle"));
        // Two names of one person are one member.
        world.user(json!({"userName": "ana", "externalId": "e-ana"})).await;
        assert_eq!(seen(&world, &outer).await, expected(&[("inner", true), ("ana", true)]));
    }
}

both! {
    async fn a_source_may_refuse_who_is_unknown(world: World) {
        let strict = refusing(&world).await;
        let ana = world.user(json!({"userName": "ana"})).await;
        let body = read(Kind::User, json!({"userName": "bob", "externalId": "e1"}));
        let bob = world.directory.create_record(&strict, None, Kind::User, body).await.unwrap();
        let body = read(Kind::Group, json!({"displayName": "Crew", "members": [{"value": bob.id}]}));
        let crew = world.directory.create_record(&strict, None, Kind::Group, body).await.unwrap();
        let mut said = std::collections::BTreeSet::new();
        for value in [ana.id.to_string(), uuid::Uuid::now_v7().to_string(), "bob".into(), "e1".into(), "x".repeat(513)] {
            let error = patch(&world, &strict, crew.id, add(&[&bob.id.to_string(), &value])).await.unwrap_err();
            assert!(matches!(&error, Error::Scim(error) if error.scim_type == Some(scim::ScimType::InvalidValue)));
            said.insert(error.to_string().replace(&value, "it"));
        }
        assert_eq!(said.len(), 2, "whoever is unknown is unknown in the same words: {said:?}");
        let mut tx = world.directory.db.read(world.tenant()).await.unwrap();
        assert_eq!(member::list(&mut tx, crew.id, 9).await.unwrap().len(), 1, "all or nothing");
    }
}

both! {
    async fn nobody_arrives_unseen(world: World) {
        let world = Arc::new(world);
        let sales = world.group(json!({"displayName": "Sales"})).await;
        for n in 0..30 {
            let (one, two, sales) = (world.clone(), world.clone(), sales.clone());
            let named = tokio::spawn(async move {
                patch(&one, &one.caller, sales.id, add(&[&format!("e{n}")])).await.unwrap();
            });
            let made = tokio::spawn(async move {
                two.user(json!({"userName": format!("u{n}"), "externalId": format!("e{n}")})).await
            });
            named.await.unwrap();
            made.await.unwrap();
        }
        assert_eq!(inside(&world, &sales).await.len(), 30);
        assert!(seen(&world, &sales).await.iter().all(|(_, there)| *there));
    }
}

both! {
    async fn nobody_who_is_gone_stays_a_member(world: World) {
        let world = Arc::new(world);
        let sales = world.group(json!({"displayName": "Sales"})).await;
        for n in 0..30 {
            let user = world.user(json!({"userName": format!("u{n}")})).await;
            let (one, two, sales) = (world.clone(), world.clone(), sales.clone());
            let added = tokio::spawn(async move {
                patch(&one, &one.caller, sales.id, add(&[&user.id.to_string()])).await.unwrap();
            });
            let gone = tokio::spawn(async move {
                two.directory.delete_record(&two.caller, None, Kind::User, user.id, &None).await.unwrap();
            });
            added.await.unwrap();
            gone.await.unwrap();
        }
        assert!(inside(&world, &sales).await.is_empty());
        assert!(seen(&world, &sales).await.iter().all(|(_, there)| !there), "at most awaited");
    }
}

both! {
    /// Sources number people and groups apart, so that one word names one of each.
    async fn a_stated_type_decides_which_of_two_is_meant(world: World) {
        let typed = |value: &str, kind: &str| json!([{"op": "add", "path": "members", "value": [{"value": value, "type": kind}]}]);
        let sales = world.group(json!({"displayName": "Sales"})).await;
        let early = world.group(json!({"displayName": "Early"})).await;
        patch(&world, &world.caller, early.id, typed("1", "Group")).await.unwrap();
        world.user(json!({"userName": "ana", "externalId": "1"})).await;
        assert!(inside(&world, &early).await.is_empty(), "the group is awaited, and the person is not it");
        let inner = world.group(json!({"displayName": "Inner", "externalId": "1"})).await;
        assert_eq!(inside(&world, &early).await, ["Inner"]);
        patch(&world, &world.caller, sales.id, typed("1", "group")).await.unwrap();
        assert_eq!(inside(&world, &sales).await, ["Inner"]);
        patch(&world, &world.caller, inner.id, typed("1", "User")).await.unwrap();
        assert_eq!(inside(&world, &inner).await, ["ana"]);
        patch(&world, &world.caller, sales.id, json!([{"op": "replace", "path": "members", "value": [{"value": "ana", "type": "direct"}]}])).await.unwrap();
        assert_eq!(inside(&world, &sales).await, ["ana"], "other words say nothing");
    }
}

both! {
    /// Each waits for none of the others' groups, and the last one closes no circle.
    async fn a_ring_of_groups_is_refused_once(world: World) {
        let world = Arc::new(world);
        for round in 0..5 {
            let mut groups = Vec::new();
            for n in 0..6 {
                groups.push(world.group(json!({"displayName": format!("G{round}-{n}")})).await.id);
            }
            let next = groups.iter().cycle().skip(1);
            let tasks = groups.iter().zip(next).map(|(outer, inner)| {
                let (world, outer, inner) = (world.clone(), *outer, inner.to_string());
                tokio::spawn(async move { patch(&world, &world.caller, outer, add(&[&inner])).await.map(|_| ()) })
            });
            let done = futures::future::join_all(tasks).await;
            let refused: Vec<_> = done.into_iter().filter_map(|done| done.unwrap().err()).collect();
            assert!(matches!(refused.as_slice(), [Error::Scim(error)] if error.status == 400), "{refused:?}");
        }
    }
}

both! {
    /// The first push of a provider: people and the groups that name them, in any order and many at once.
    async fn a_first_push_waits_for_nobody_crosswise(world: World) {
        let world = Arc::new(world);
        let name = |n: usize| format!("E{}", n % 60);
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..60 {
            let one = world.clone();
            tasks.spawn(async move {
                let body = read(Kind::User, json!({"userName": format!("u{n}"), "externalId": name(n)}));
                one.directory.create_record(&one.caller, None, Kind::User, body).await.map(|_| None)
            });
            if n % 5 == 0 {
                let world = world.clone();
                tasks.spawn(async move {
                    let members: Vec<_> = (n..n + 20).rev().map(|n| json!({"value": name(n)})).collect();
                    let body = read(Kind::Group, json!({"displayName": format!("G{n}"), "members": members}));
                    world.directory.create_record(&world.caller, None, Kind::Group, body).await.map(Some)
                });
            }
        }
        for made in tasks.join_all().await {
            if let Some(group) = made.unwrap() {
                assert_eq!(inside(&world, &group).await.len(), 20, "{:?}", group.doc);
            }
        }
    }
}
