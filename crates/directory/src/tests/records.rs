//! Records, users and groups through every kind of change.

use scim::{Patch, Tolerance};
use serde_json::json;

use super::*;
use crate::{Error, group, member, user};

async fn patch(world: &World, kind: Kind, record: &Record, operations: Value) -> Result<Record, Error> {
    let body = json!({"schemas": [scim::PATCH_URN], "Operations": operations});
    let patch = Patch::read(&body, kind.standard_type(), &Tolerance::tolerant()).unwrap();
    world.directory.patch_record(&world.caller, None, kind, record.id, &None, &patch).await
}

both! {
    async fn a_record_makes_joins_and_removes_a_user(world: World) {
        let tenant = world.tenant();
        let first = world.user(json!({"userName": "Ana@x.test", "title": "Engineer"})).await;
        let hr = add_source(&world.directory, tenant, "hr").await;
        let body = read(Kind::User, json!({"userName": "ana@X.test", "title": "Boss", "nickName": "An"}));
        let second = world.directory.create_record(&hr, None, Kind::User, body).await.unwrap();
        assert_eq!(first.subject, second.subject, "one person, two records");
        let id = first.subject.unwrap();

        let mut tx = world.directory.db.read(tenant).await.unwrap();
        let ana = user::get(&mut tx, id).await.unwrap().unwrap();
        assert_eq!(ana.user_name, "Ana@x.test", "the higher ranked source decides");
        assert_eq!((ana.doc["title"].as_str(), ana.doc["nickName"].as_str()), (Some("Engineer"), Some("An")));
        drop(tx);

        world.directory.delete_record(&world.caller, None, Kind::User, first.id, &None).await.unwrap();
        let mut tx = world.directory.db.read(tenant).await.unwrap();
        let ana = user::get(&mut tx, id).await.unwrap().expect("hr still knows her");
        assert_eq!(ana.doc["title"], "Boss");
        drop(tx);

        world.directory.delete_record(&hr, None, Kind::User, second.id, &None).await.unwrap();
        let mut tx = world.directory.db.read(tenant).await.unwrap();
        assert!(user::get(&mut tx, id).await.unwrap().is_none());
        drop(tx);
        let again = world.user(json!({"userName": "ana@x.test"})).await;
        assert_ne!(again.subject, Some(id), "ids are never used twice");
    }
}

both! {
    async fn what_changes_nothing_changes_nothing(world: World) {
        let record = world.user(json!({"userName": "ana@x.test", "displayName": "Ana", "active": true})).await;
        let same = patch(&world, Kind::User, &record, json!([{"op": "Replace", "path": "displayName", "value": "Ana"}])).await.unwrap();
        assert_eq!((same.version, same.modified_at), (record.version, record.modified_at));
        let put = world.directory.replace_record(&world.caller, None, Kind::User, record.id, &None, record.doc.clone()).await.unwrap();
        assert_eq!(put.version, record.version);
        let other = patch(&world, Kind::User, &record, json!([{"op": "Replace", "path": "displayName", "value": "Ann"}])).await.unwrap();
        assert_eq!(other.version, record.version + 1);
        assert!(other.modified_at > record.modified_at);
        let stale = world.directory.replace_record(&world.caller, None, Kind::User, record.id, &Some(vec![record.version]), record.doc).await;
        assert!(matches!(stale, Err(Error::Changed { .. })));
    }
}

both! {
    async fn someone_inactive_comes_back_only_when_told(world: World) {
        let record = world.user(json!({"userName": "ana@x.test", "active": false})).await;
        let without = read(Kind::User, json!({"userName": "ana@x.test", "title": "x"}));
        let put = world.directory.replace_record(&world.caller, None, Kind::User, record.id, &None, without).await.unwrap();
        assert_eq!(put.doc["active"], false, "absent is not true");
        let removed = patch(&world, Kind::User, &record, json!([{"op": "remove", "path": "active"}])).await.unwrap();
        assert_eq!(removed.doc["active"], json!(null), "gone for its client, and still not active");
        assert!(!crate::join::is_active(&removed.doc));
        let back = patch(&world, Kind::User, &record, json!([{"op": "replace", "value": {"active": "True"}}])).await.unwrap();
        assert_eq!(back.doc["active"], true);
    }
}

both! {
    async fn where_name_and_external_id_are_both_taken_the_name_is_said(world: World) {
        let ana = world.user(json!({"userName": "ana", "externalId": "1"})).await;
        world.user(json!({"userName": "bob", "externalId": "2"})).await;
        let create = async |body| {
            let made = world.directory.create_record(&world.caller, None, Kind::User, read(Kind::User, body)).await;
            made.unwrap_err().to_string()
        };
        let put = async |body| {
            let put = world.directory.replace_record(&world.caller, None, Kind::User, ana.id, &None, read(Kind::User, body)).await;
            put.unwrap_err().to_string()
        };
        assert_eq!(create(json!({"userName": "ANA", "externalId": "2"})).await, "userName \"ANA\" is taken");
        assert_eq!(create(json!({"userName": "eve", "externalId": "2"})).await, "externalId \"2\" is taken");
        assert_eq!(put(json!({"userName": "bob", "externalId": "2"})).await, "userName \"bob\" is taken");
        assert_eq!(put(json!({"userName": "ana", "externalId": "2"})).await, "externalId \"2\" is taken");
    }
}

both! {
    async fn membership_is_rows(world: World) {
        let tenant = world.tenant();
        let mut ids = Vec::new();
        for n in 0..5 {
            ids.push(world.user(json!({"userName": format!("u{n}")})).await);
        }
        let members: Vec<_> = ids[..3].iter().map(|user| json!({"value": user.id})).collect();
        let sales = world.group(json!({"displayName": "Sales", "members": members})).await;
        assert_eq!(sales.members, 3);
        let entra = json!([{"op": "Remove", "path": "members", "value": [{"$ref": null, "value": ids[0].id}]},
                           {"op": "Add", "path": "members", "value": [{"value": ids[3].id}]}]);
        let sales = patch(&world, Kind::Group, &sales, entra.clone()).await.unwrap();
        assert_eq!((sales.members, sales.version), (3, 2));
        let same = patch(&world, Kind::Group, &sales, entra).await.unwrap();
        assert_eq!(same.version, 2, "repeating it changes nothing");

        let mut tx = world.directory.db.read(tenant).await.unwrap();
        let have: Vec<_> = member::list(&mut tx, sales.id, 100).await.unwrap().into_iter().map(|(id, _)| id).collect();
        assert_eq!(have, [ids[1].id, ids[2].id, ids[3].id]);
        let inside = group::members(&mut tx, sales.subject.unwrap(), None, 100).await.unwrap();
        assert_eq!(inside.iter().map(|member| member.name.as_str()).collect::<Vec<_>>(), ["u1", "u2", "u3"]);
        drop(tx);

        world.directory.delete_record(&world.caller, None, Kind::User, ids[1].id, &None).await.unwrap();
        let mut tx = world.directory.db.read(tenant).await.unwrap();
        let sales = crate::record::get(&mut tx, world.caller.source.id, Kind::Group, sales.id).await.unwrap().unwrap();
        assert_eq!((sales.members, member::list(&mut tx, sales.id, 100).await.unwrap().len()), (2, 2));
    }
}

both! {
    async fn groups_never_hold_themselves(world: World) {
        let inner = world.group(json!({"displayName": "Inner"})).await;
        let outer = world.group(json!({"displayName": "Outer", "members": [{"value": inner.id}]})).await;
        let cycle = patch(&world, Kind::Group, &inner, json!([{"op": "add", "path": "members", "value": [{"value": outer.id}]}])).await;
        assert!(cycle.unwrap_err().to_string().contains("cycle"));
        let itself = patch(&world, Kind::Group, &inner, json!([{"op": "add", "path": "members", "value": [{"value": inner.id}]}])).await;
        assert!(itself.unwrap_err().to_string().contains("cycle"));
    }
}

both! {
    async fn parallel_member_changes_are_all_applied(world: World) {
        let world = std::sync::Arc::new(world);
        let mut users = Vec::new();
        for n in 0..40 {
            users.push(world.user(json!({"userName": format!("u{n}")})).await.id);
        }
        let first: Vec<_> = users[..20].iter().map(|id| json!({"value": id})).collect();
        let sales = world.group(json!({"displayName": "Sales", "members": first})).await;
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..20 {
            let (world, sales, leaves, joins) = (world.clone(), sales.clone(), users[n], users[n + 20]);
            tasks.spawn(async move {
                patch(&world, Kind::Group, &sales, json!([{"op": "remove", "path": format!("members[value eq \"{leaves}\"]")}])).await.unwrap();
                patch(&world, Kind::Group, &sales, json!([{"op": "add", "path": "members", "value": [{"value": joins}]}])).await.unwrap();
            });
        }
        tasks.join_all().await;
        let mut tx = world.directory.db.read(world.tenant()).await.unwrap();
        let mut have: Vec<_> = member::list(&mut tx, sales.id, 100).await.unwrap().into_iter().map(|(id, _)| id).collect();
        have.sort();
        let mut want = users[20..].to_vec();
        want.sort();
        assert_eq!(have, want);
        let after = crate::record::get(&mut tx, world.caller.source.id, Kind::Group, sales.id).await.unwrap().unwrap();
        assert_eq!((after.members, after.version), (20, 41), "each change counted once");
    }
}

both! {
    async fn managers_are_people(world: World) {
        let urn = scim::ENTERPRISE_URN;
        let boss = world.user(json!({"userName": "boss"})).await;
        let ana = world.user(json!({"userName": "ana", urn: {"manager": {"value": boss.id}}})).await;
        let mut tx = world.directory.db.read(world.tenant()).await.unwrap();
        let profile = user::get(&mut tx, ana.subject.unwrap()).await.unwrap().unwrap().doc;
        assert_eq!(profile[urn]["manager"]["value"], boss.subject.unwrap().to_string(), "the profile names the user");
        drop(tx);
        world.directory.delete_record(&world.caller, None, Kind::User, boss.id, &None).await.unwrap();
        let mut tx = world.directory.db.read(world.tenant()).await.unwrap();
        let record = crate::record::get(&mut tx, world.caller.source.id, Kind::User, ana.id).await.unwrap().unwrap();
        assert!(!record.doc.contains_key(urn), "nobody reports to a record that is gone");
        assert!(!user::get(&mut tx, ana.subject.unwrap()).await.unwrap().unwrap().doc.contains_key(urn));
    }
}

both! {
    async fn two_that_could_be_the_same_stay_apart(world: World) {
        let by_email = crate::source::JoinRule::Never;
        let settings = SourceSettings { join: by_email, join_by_email: true, ..SourceSettings::default() };
        let hr = add_source_with(&world.directory, world.tenant(), "hr", &settings).await;
        let ana = world.user(json!({"userName": "ana", "emails": [{"value": "ana@x.test"}]})).await;
        world.user(json!({"userName": "bob", "emails": [{"value": "team@x.test"}]})).await;
        world.user(json!({"userName": "cem", "emails": [{"value": "team@x.test"}]})).await;
        let create = async |body| world.directory.create_record(&hr, None, Kind::User, read(Kind::User, body)).await.unwrap();
        let joined = create(json!({"userName": "a.ruiz", "emails": [{"value": "ANA@x.test"}]})).await;
        assert_eq!(joined.subject, ana.subject);
        let ambiguous = create(json!({"userName": "team", "emails": [{"value": "team@x.test"}]})).await;
        assert_eq!(ambiguous.subject, None, "more than one fits: a case for a person");
        let named = create(json!({"userName": "bob", "emails": [{"value": "other@x.test"}]})).await;
        assert_eq!(named.subject, None, "the name is taken by somebody the rule does not find");
    }
}

both! {
    async fn tenants_and_sources_are_apart(world: World) {
        let ana = world.user(json!({"userName": "ana"})).await;
        let hr = add_source(&world.directory, world.tenant(), "hr").await;
        let mut tx = world.directory.db.read(world.tenant()).await.unwrap();
        assert!(crate::record::get(&mut tx, hr.source.id, Kind::User, ana.id).await.unwrap().is_none());
        drop(tx);
        let mut tx = world.directory.db.read(Tenant::of(world.directory.clock.id())).await.unwrap();
        assert!(crate::record::get(&mut tx, world.caller.source.id, Kind::User, ana.id).await.unwrap().is_none());
        assert!(user::find(&mut tx, "ana").await.is_err());
        drop(tx);
        let foreign = world.directory.delete_record(&hr, None, Kind::User, ana.id, &None).await;
        assert!(matches!(foreign, Err(Error::NotFound { .. })));
    }
}
