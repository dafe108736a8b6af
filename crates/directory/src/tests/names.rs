//! A user name that a person's sources state while it is somebody else's.

use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::{
    audit::{self, Change, ChangeQuery},
    record::{self, Record},
    source::{JoinRule, People},
    user::{self, User},
};

async fn user(world: &World, id: Uuid) -> User {
    let mut tx = world.directory.db.read(world.tenant()).await.unwrap();
    user::get(&mut tx, id).await.unwrap().expect("the user is there")
}

/// The name that a user has, and the one that it waits for.
async fn names(world: &World, id: Uuid) -> (String, Option<String>) {
    let user = user(world, id).await;
    assert_eq!(user.doc["userName"], user.user_name, "profile and column agree");
    (user.user_name, user.wanted_name)
}

async fn of_hr(world: &World, hr: &SourceCaller, body: Value) -> Record {
    world.directory.create_record(hr, None, Kind::User, read(Kind::User, body)).await.unwrap()
}

async fn amend(
    world: &World,
    caller: &SourceCaller,
    id: Uuid,
    path: &str,
    value: &str,
) -> Result<Record, crate::Error> {
    let body = json!({"schemas": [scim::PATCH_URN], "Operations": [{"op": "replace", "path": path, "value": value}]});
    let patch = scim::Patch::read(&body, &users(world).rt, &Tolerance::tolerant()).unwrap();
    world.directory.patch_record(caller, None, Kind::User, id, &None, &patch).await
}

async fn delete(world: &World, record: &Record) {
    world
        .directory
        .delete_record(&world.caller, None, Kind::User, record.id, &None)
        .await
        .expect("a removal is accepted");
}

async fn waiting(world: &World, id: Uuid) -> Vec<Change> {
    let mut tx = world.directory.db.read(world.tenant()).await.unwrap();
    let query = ChangeQuery { object: Some(id), limit: 100, ..ChangeQuery::default() };
    let (changes, _) = audit::list(&mut tx, &query).await.unwrap();
    changes.into_iter().filter(|change| change.error.as_deref().is_some_and(|why| why.contains("until"))).collect()
}

/// A source that knows people by number, and calls them otherwise than `okta`, whose word counts first.
async fn hr(world: &World) -> SourceCaller {
    let settings = SourceSettings { join: JoinRule::ExternalId, ..SourceSettings::default() };
    add_source_with(&world.directory, world.tenant(), "hr", &settings).await
}

both! {
    async fn a_removal_is_accepted_whoever_has_the_name_that_remains(world: World) {
        let hr = hr(&world).await;
        let ana = world.user(json!({"userName": "ana", "externalId": "1", "title": "Captain"})).await;
        let id = ana.subject.unwrap();
        let hers = of_hr(&world, &hr, json!({"userName": "Ana.B", "externalId": "1"})).await;
        assert_eq!(hers.subject, Some(id), "one person");
        let bea = world.user(json!({"userName": "ana.b", "externalId": "2"})).await;
        delete(&world, &ana).await;
        assert_eq!(names(&world, id).await, ("ana".into(), Some("Ana.B".into())), "nobody's name is taken away");
        assert!(!user(&world, id).await.doc.contains_key("title"), "all else is as the remaining source says");
        let told = waiting(&world, id).await;
        assert_eq!((told.len(), told[0].result.as_str()), (1, "skipped"));
        assert!(told[0].error.as_deref().unwrap().contains("Ana.B"));

        // An old fault of the name stops no other change, and is told once.
        amend(&world, &hr, hers.id, "title", "Pilot").await.unwrap();
        assert_eq!(user(&world, id).await.doc["title"], "Pilot");
        assert_eq!(names(&world, id).await, ("ana".into(), Some("Ana.B".into())));
        assert_eq!(waiting(&world, id).await.len(), 1);
        // Who asks for the name is told that it is taken.
        let refused = amend(&world, &hr, hers.id, "userName", "ANA.B").await;
        assert!(refused.is_err_and(|error| error.to_string().contains("taken")));

        // The name is free: the person has it at once.
        delete(&world, &bea).await;
        assert_eq!(names(&world, id).await, ("Ana.B".into(), None));
        // And the name that was left is anybody's.
        let next = world.user(json!({"userName": "ana"})).await;
        assert_ne!(next.subject, Some(id));
    }
}

both! {
    async fn names_are_handed_on_from_one_to_the_next(world: World) {
        let hr = hr(&world).await;
        // Each is called by hr what the next one is called by okta.
        let mut people = Vec::new();
        for n in 1..=4 {
            let number = n.to_string();
            let person = world.user(json!({"userName": format!("new {n}"), "externalId": number})).await;
            let id = person.subject.unwrap();
            people.push((person, id));
        }
        for n in 1..=3 {
            of_hr(&world, &hr, json!({"userName": format!("p{}", n + 1), "externalId": n.to_string()})).await;
        }
        for (n, (record, _)) in (1..).zip(&people) {
            amend(&world, &world.caller, record.id, "userName", &format!("p{n}")).await.unwrap();
        }
        for (record, _) in &people[..3] {
            delete(&world, record).await;
        }
        for (n, (_, id)) in (1..).zip(&people[..3]) {
            assert_eq!(names(&world, *id).await, (format!("p{n}"), Some(format!("p{}", n + 1))));
        }
        // The last one takes another name: everybody moves up.
        let (last, id) = &people[3];
        amend(&world, &world.caller, last.id, "userName", "somebody").await.unwrap();
        assert_eq!(names(&world, *id).await, ("somebody".into(), None));
        for (n, (_, id)) in (1..).zip(&people[..3]) {
            assert_eq!(names(&world, *id).await, (format!("p{}", n + 1), None));
        }
    }
}

both! {
    async fn a_source_goes_although_a_name_that_remains_is_somebody_elses(world: World) {
        let hr = hr(&world).await;
        let ana = world.user(json!({"userName": "ana", "externalId": "1"})).await.subject.unwrap();
        of_hr(&world, &hr, json!({"userName": "bea", "externalId": "1"})).await;
        let bea = world.user(json!({"userName": "bea", "externalId": "2"})).await.subject.unwrap();
        let (tenant, system, id) = (world.tenant(), Actor::system(), world.caller.source.id);
        world.directory.remove_source(tenant, &system, id, "okta", People::Deactivate).await.unwrap();
        world.plan().await;
        assert_eq!(names(&world, ana).await, ("ana".into(), Some("bea".into())));
        assert_eq!(names(&world, bea).await, ("bea".into(), None), "kept, deactivated, with the name");
        world.directory.remove_user(tenant, &system, bea).await.unwrap();
        assert_eq!(names(&world, ana).await, ("bea".into(), None));
        let mut tx = world.directory.db.read(tenant).await.unwrap();
        assert_eq!(record::of_subject(&mut tx, Kind::User, ana).await.unwrap().len(), 1);
    }
}
