//! What an administrator decides about a source, and what it does to people.

use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::{
    Error, audit, record,
    source::{JoinRule, MayJoin, OnDelete},
    unjoined,
    user::{self, Unjoined, User, UserState},
};

async fn the_user(world: &World, id: Uuid) -> Option<User> {
    let mut tx = world.directory.db.read(world.tenant()).await.unwrap();
    user::get(&mut tx, id).await.unwrap()
}

async fn state(world: &World, id: Uuid) -> UserState {
    the_user(world, id).await.unwrap().standing.state
}

/// What the audit trail says of an object, newest first: action, result, reason.
async fn trail(world: &World, id: Uuid) -> Vec<(String, String, Option<String>)> {
    let mut tx = world.directory.db.read(world.tenant()).await.unwrap();
    let query = audit::ChangeQuery { object: Some(id), limit: 20, ..audit::ChangeQuery::default() };
    let (changes, _) = audit::list(&mut tx, &query).await.unwrap();
    changes.into_iter().map(|change| (change.action, change.result, change.error)).collect()
}

async fn set(world: &World, caller: &SourceCaller, settings: SourceSettings) {
    let id = caller.source.id;
    world.directory.set_source_settings(world.tenant(), &Actor::system(), id, None, &settings).await.unwrap();
}

async fn say_active(world: &World, record: Uuid, active: bool) {
    let patch = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": "active", "value": active}]});
    let patch = scim::Patch::read(&patch, scim::ResourceType::user(), &Tolerance::tolerant()).unwrap();
    world.directory.patch_record(&world.caller, None, Kind::User, record, &None, &patch).await.unwrap();
}

async fn delete(world: &World, record: Uuid) {
    world.directory.delete_record(&world.caller, None, Kind::User, record, &None).await.unwrap();
    let mut tx = world.directory.db.read(world.tenant()).await.unwrap();
    let source = world.caller.source.id;
    assert!(record::get(&mut tx, source, Kind::User, record).await.unwrap().is_none(), "the source sees it gone");
}

both! {
    async fn who_is_blocked_can_come_back_or_be_deactivated_by_hand(world: World) {
        set(&world, &world.caller, SourceSettings { deactivation_delay: 15, ..SourceSettings::default() }).await;
        let (tenant, system) = (world.tenant(), Actor::system());
        let ana = world.user(json!({"userName": "ana"})).await;
        let user = ana.subject.unwrap();
        assert!(world.directory.deactivate_now(tenant, &system, user).await.is_err(), "who is active is not deactivated");
        say_active(&world, ana.id, false).await;
        let blocked = the_user(&world, user).await.unwrap();
        assert_eq!((blocked.standing.state, blocked.active), (UserState::Blocked, false));
        assert_eq!(blocked.standing.deactivates_at, Some(blocked.standing.since + 15 * 60_000));
        say_active(&world, ana.id, true).await;
        let back = the_user(&world, user).await.unwrap();
        assert_eq!((back.standing.state, back.standing.deactivates_at), (UserState::Active, None));
        say_active(&world, ana.id, false).await;
        world.plan().await;
        assert_eq!(state(&world, user).await, UserState::Blocked, "the delay is not over");
        world.directory.deactivate_now(tenant, &system, user).await.unwrap();
        assert_eq!(state(&world, user).await, UserState::Deactivated);
        say_active(&world, ana.id, true).await;
        assert_eq!(state(&world, user).await, UserState::Active);
        let actions: Vec<_> = trail(&world, user).await.into_iter().map(|(action, ..)| action).collect();
        assert_eq!(actions, ["activate", "deactivate", "block", "activate", "block", "create"]);
    }
}

both! {
    async fn who_is_on_hold_is_blocked_and_no_more(world: World) {
        let (tenant, system) = (world.tenant(), Actor::system());
        let ana = world.user(json!({"userName": "ana"})).await;
        let bob = world.user(json!({"userName": "bob"})).await;
        let (her, him) = (ana.subject.unwrap(), bob.subject.unwrap());
        for user in [her, him] {
            world.directory.set_hold(tenant, &system, user, true).await.unwrap();
        }
        assert_eq!(state(&world, her).await, UserState::Active, "a hold changes nothing by itself");
        say_active(&world, ana.id, false).await;
        delete(&world, bob.id).await;
        world.plan().await;
        for (user, action) in [(her, "deactivate"), (him, "delete")] {
            assert_eq!(state(&world, user).await, UserState::Blocked);
            let (last, result, error) = trail(&world, user).await.remove(0);
            assert_eq!((last.as_str(), result.as_str()), (action, "skipped"));
            assert!(error.unwrap().starts_with("on hold"));
            assert!(world.directory.deactivate_now(tenant, &system, user).await.is_err());
            assert!(world.directory.remove_user(tenant, &system, user).await.is_err());
            world.directory.set_hold(tenant, &system, user, false).await.unwrap();
        }
        assert_eq!(state(&world, her).await, UserState::Deactivated);
        assert!(the_user(&world, him).await.is_none(), "what the hold held back has happened");
    }
}

both! {
    async fn a_delete_does_what_the_policy_says(world: World) {
        let (tenant, system) = (world.tenant(), Actor::system());
        for (name, on_delete, delay, becomes) in [
            ("a", OnDelete::Delete, 15, None),
            ("b", OnDelete::Deactivate, 0, Some(UserState::Deactivated)),
            ("c", OnDelete::Deactivate, 15, Some(UserState::Blocked)),
            ("d", OnDelete::Ignore, 15, Some(UserState::Active)),
        ] {
            let settings = SourceSettings { on_delete, deactivation_delay: delay, ..SourceSettings::default() };
            set(&world, &world.caller, settings).await;
            let record = world.user(json!({"userName": name, "title": "Engineer"})).await;
            let user = record.subject.unwrap();
            delete(&world, record.id).await;
            world.plan().await;
            let now = the_user(&world, user).await;
            assert_eq!(now.as_ref().map(|user| user.standing.state), becomes, "{on_delete:?} {delay}");
            let Some(now) = now else { continue };
            assert_eq!((now.kept, now.doc["title"].as_str()), (true, Some("Engineer")), "as last known");
            // A hold that comes and goes takes nobody along.
            for on_hold in [true, false] {
                world.directory.set_hold(tenant, &system, user, on_hold).await.unwrap();
            }
            assert_eq!(the_user(&world, user).await.map(|user| user.standing.state), becomes);
            let again = world.user(json!({"userName": name})).await;
            let back = the_user(&world, user).await.unwrap();
            assert_eq!((again.subject, back.standing.state, back.kept), (Some(user), UserState::Active, false));
            assert!(!back.doc.contains_key("title"), "what counts is what a source says now");
            assert!(world.directory.remove_user(tenant, &system, user).await.is_err(), "the source would bring them back");
        }
        let hr = add_source(&world.directory, tenant, "hr").await;
        let both = world.user(json!({"userName": "e"})).await;
        let body = read(Kind::User, json!({"userName": "e"}));
        world.directory.create_record(&hr, None, Kind::User, body).await.unwrap();
        delete(&world, both.id).await;
        let kept = the_user(&world, both.subject.unwrap()).await.unwrap();
        assert_eq!((kept.standing.state, kept.kept), (UserState::Active, false), "another source has the person");
        assert_eq!(trail(&world, kept.id).await[0].0, "leave");
    }
}

both! {
    async fn a_kept_person_can_be_removed_by_hand(world: World) {
        set(&world, &world.caller, SourceSettings { on_delete: OnDelete::Ignore, ..SourceSettings::default() }).await;
        let ana = world.user(json!({"userName": "ana"})).await;
        delete(&world, ana.id).await;
        let user = ana.subject.unwrap();
        world.directory.remove_user(world.tenant(), &Actor::system(), user).await.unwrap();
        assert!(the_user(&world, user).await.is_none());
    }
}

both! {
    async fn who_arrives_inactive_is_pending_or_waits(world: World) {
        let ana = world.user(json!({"userName": "ana", "active": false})).await;
        let user = ana.subject.unwrap();
        assert_eq!(state(&world, user).await, UserState::Pending);
        say_active(&world, ana.id, true).await;
        assert_eq!(state(&world, user).await, UserState::Active);

        set(&world, &world.caller, SourceSettings { create_inactive: false, ..SourceSettings::default() }).await;
        let bob = world.user(json!({"userName": "bob", "active": false})).await;
        let team = world.group(json!({"displayName": "Team", "members": [{"value": bob.id}]})).await;
        assert_eq!(bob.subject, None);
        let (_, result, _) = trail(&world, bob.id).await.remove(0);
        assert_eq!(result, "skipped");
        let mut tx = world.directory.db.read(world.tenant()).await.unwrap();
        assert!(unjoined::list(&mut tx, &world.caller.source, &world.caller.definitions, None, 10).await.unwrap().is_empty(), "no case for a person");
        drop(tx);
        say_active(&world, bob.id, true).await;
        let mut tx = world.directory.db.read(world.tenant()).await.unwrap();
        let bob = user::find(&mut tx, "bob").await.unwrap();
        assert!(crate::group::is_direct_member(&mut tx, team.subject.unwrap(), bob.id).await.unwrap(), "in the groups that awaited him");
    }
}

both! {
    async fn records_join_by_the_rule_and_by_nothing_else(world: World) {
        let employee = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
        let attribute = format!("{employee}:employeeNumber");
        let tenant = world.tenant();
        let ana = world.user(json!({"userName": "ana", "externalId": "x1", "emails": [{"value": "ana@x.test"}], employee: {"employeeNumber": "7"}})).await;
        let body = json!({"userName": "other", "externalId": "x1", "emails": [{"value": "ANA@x.test"}], employee: {"employeeNumber": "7"}});
        for (join, join_attribute, by_email, joins) in [
            (JoinRule::UserName, None, false, false),
            (JoinRule::Never, None, false, false),
            (JoinRule::Never, None, true, true),
            (JoinRule::UserName, None, true, true),
            (JoinRule::ExternalId, None, false, true),
            (JoinRule::Attribute, Some(attribute), false, true),
        ] {
            let settings = SourceSettings { join, join_attribute, join_by_email: by_email, ..SourceSettings::default() };
            let hr = add_source_with(&world.directory, tenant, "hr", &settings).await;
            let record = world.directory.create_record(&hr, None, Kind::User, read(Kind::User, body.clone())).await.unwrap();
            assert_eq!(record.subject == ana.subject, joins, "{settings:?}");
            assert!(record.subject.is_some(), "whoever joins nobody is somebody new");
            world.directory.delete_record(&hr, None, Kind::User, record.id, &None).await.unwrap();
            world.directory.remove_source(tenant, &Actor::system(), hr.source.id, "hr", crate::source::People::Delete).await.unwrap();
            world.plan().await;
        }
    }
}

both! {
    async fn local_people_are_out_of_reach_until_somebody_decides(world: World) {
        let (tenant, system) = (world.tenant(), Actor::system());
        let mut tx = world.directory.db.read(tenant).await.unwrap();
        let local = crate::source::local_caller(&mut tx).await.unwrap();
        drop(tx);
        let body = |name: &str| read(Kind::User, json!({"userName": name, "title": "Founder"}));
        let eve = world.directory.create_record(&local, None, Kind::User, body("eve")).await.unwrap().subject.unwrap();
        let record = world.user(json!({"userName": "eve", "title": "Intern", "active": false})).await;
        assert_eq!(record.subject, None);
        let before = the_user(&world, eve).await.unwrap();
        assert_eq!((before.doc["title"].as_str(), before.standing.state), (Some("Founder"), UserState::Active));
        let mut tx = world.directory.db.read(tenant).await.unwrap();
        let case = unjoined::list(&mut tx, &world.caller.source, &world.caller.definitions, None, 10).await.unwrap().remove(0);
        drop(tx);
        assert_eq!((case.record, case.why, case.candidates), (record.id, Unjoined::Local, vec![(eve, "eve".to_owned())]));
        delete(&world, record.id).await;
        assert!(the_user(&world, eve).await.is_some(), "a source removes what it owns");

        let record = world.user(json!({"userName": "eve", "title": "Intern"})).await;
        let taken = world.directory.decide_record(tenant, &system, world.caller.source.id, record.id, None).await;
        assert!(matches!(taken, Err(Error::Taken { .. })), "two can't have the name");
        world.directory.decide_record(tenant, &system, world.caller.source.id, record.id, Some(eve)).await.unwrap();
        assert_eq!(the_user(&world, eve).await.unwrap().doc["title"].as_str(), Some("Intern"), "the source ranks higher");
        let twice = world.directory.decide_record(tenant, &system, world.caller.source.id, record.id, Some(eve)).await;
        assert!(matches!(twice, Err(Error::NotFound { .. })));

        set(&world, &world.caller, SourceSettings { may_join: MayJoin::All, ..SourceSettings::default() }).await;
        let may = world.directory.create_record(&local, None, Kind::User, body("may")).await.unwrap().subject;
        assert_eq!(world.user(json!({"userName": "may"})).await.subject, may);
    }
}

both! {
    async fn a_case_is_decided_by_hand_or_by_a_change(world: World) {
        let (tenant, system) = (world.tenant(), Actor::system());
        let settings = SourceSettings { join: JoinRule::Never, ..SourceSettings::default() };
        let hr = add_source_with(&world.directory, tenant, "hr", &settings).await;
        world.user(json!({"userName": "ana"})).await;
        let case = world.directory.create_record(&hr, None, Kind::User, read(Kind::User, json!({"userName": "Ana"}))).await.unwrap();
        assert_eq!(case.subject, None);
        let team = read(Kind::Group, json!({"displayName": "Team", "members": [{"value": case.id}]}));
        let team = world.directory.create_record(&hr, None, Kind::Group, team).await.unwrap().subject.unwrap();
        let renamed = read(Kind::User, json!({"userName": "ana2"}));
        let renamed = world.directory.replace_record(&hr, None, Kind::User, case.id, &None, renamed).await.unwrap();
        let user = renamed.subject.expect("the name is free: somebody new");
        let mut tx = world.directory.db.read(tenant).await.unwrap();
        assert!(crate::group::is_direct_member(&mut tx, team, user).await.unwrap());
        drop(tx);
        let again = world.directory.create_record(&hr, None, Kind::User, read(Kind::User, json!({"userName": "ana"}))).await.unwrap();
        let mut tx = world.directory.db.read(tenant).await.unwrap();
        let ana = user::find(&mut tx, "ana").await.unwrap().id;
        drop(tx);
        let linked = world.directory.decide_record(tenant, &system, hr.source.id, again.id, Some(ana)).await.unwrap();
        assert_eq!(linked.id, ana);
        let joined = trail(&world, ana).await;
        assert!(joined.iter().any(|(action, ..)| action == "join"), "{joined:?}");
    }
}

both! {
    async fn a_source_states_what_it_may_and_the_rest_is_told(world: World) {
        let allowed = SourceSettings { attributes: Some(vec!["title".into()]), ..SourceSettings::default() };
        set(&world, &world.caller, allowed.clone()).await;
        let ana = world.user(json!({"userName": "ana", "title": "Engineer", "nickName": "A", "active": false})).await;
        assert_eq!(ana.doc["nickName"], "A", "the source reads what it wrote");
        let user = ana.subject.unwrap();
        let before = the_user(&world, user).await.unwrap();
        assert_eq!((before.doc.get("nickName"), before.doc["title"].as_str()), (None, Some("Engineer")));
        assert_eq!(before.standing.state, UserState::Active, "nobody who may says otherwise");
        let (_, result, error) = trail(&world, user).await.remove(0);
        assert_eq!((result.as_str(), error.as_deref()), ("skipped", Some("this source may not state active, nickName")));
        set(&world, &world.caller, SourceSettings::default()).await;
        world.plan().await;
        let after = the_user(&world, user).await.unwrap();
        assert_eq!((after.doc["nickName"].as_str(), after.active), (Some("A"), false), "worked out anew in the background");
    }
}

both! {
    async fn the_first_source_decides_and_the_order_can_change(world: World) {
        let (tenant, system) = (world.tenant(), Actor::system());
        let hr = add_source(&world.directory, tenant, "hr").await;
        let ana = world.user(json!({"userName": "ana", "title": "Engineer"})).await.subject.unwrap();
        let body = read(Kind::User, json!({"userName": "ana", "title": "Captain", "nickName": "A"}));
        world.directory.create_record(&hr, None, Kind::User, body).await.unwrap();
        let title = async || {
            let ana = the_user(&world, ana).await.unwrap();
            (ana.doc["title"].as_str().unwrap_or_default().to_owned(), ana.doc["nickName"].as_str().map(str::to_owned))
        };
        assert_eq!(title().await, ("Engineer".into(), Some("A".into())));
        assert!(trail(&world, ana).await.iter().any(|(_, _, error)| error.as_deref() == Some("another source decides title")));
        let order = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        for bad in [&["hr", "local"][..], &["hr", "okta", "hr"], &["hr", "okta", "local", "x"]] {
            assert!(world.directory.order_sources(tenant, &system, &order(bad)).await.is_err(), "{bad:?}");
        }
        let sources = world.directory.order_sources(tenant, &system, &order(&["HR", "okta", "local"])).await.unwrap();
        assert_eq!(sources.iter().map(|source| source.name.as_str()).collect::<Vec<_>>(), ["hr", "okta", "Local"]);
        assert_eq!(title().await.0, "Engineer", "not in the request");
        world.plan().await;
        assert_eq!(title().await.0, "Captain");
        let third = add_source(&world.directory, tenant, "third").await;
        assert!(third.source.rank > sources[1].rank && third.source.rank < sources[2].rank, "before the local source");
    }
}

both! {
    async fn settings_are_changed_as_they_were_read(world: World) {
        let (tenant, system, id) = (world.tenant(), Actor::system(), world.caller.source.id);
        let settings = SourceSettings { deactivation_delay: 5, ..SourceSettings::default() };
        let version = world.caller.source.version;
        let set = async |version, settings| world.directory.set_source_settings(tenant, &system, id, version, settings).await;
        let after = set(Some(version), &settings).await.unwrap();
        assert_eq!((after.version, after.settings), (version + 1, settings.clone()));
        assert!(matches!(set(Some(version), &settings).await, Err(Error::Changed { .. })));
        let long = SourceSettings { deactivation_delay: 129_601, ..SourceSettings::default() };
        assert!(matches!(set(None, &long).await, Err(Error::Invalid(_))));
    }
}
