//! Joining by an attribute that an administrator defined as unique, and what relies on such a definition.

use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::{
    Error,
    application::ApplicationSettings,
    mapping::MappingRow,
    record::Record,
    schema::StoredType,
    source::{JoinRule, OnDelete},
    user::{self, Unjoined},
};

const ACME: &str = "urn:acme:2.0:User";

/// Acme's extension of users, where badges are unique.
async fn define(world: &World, uniqueness: &str) -> Result<(), Error> {
    let (tenant, system) = (world.tenant(), Actor::system());
    let schema = serde_json::from_value(json!({"id": ACME, "name": "AcmeUser", "attributes": [
        {"name": "badge", "type": "integer", "uniqueness": uniqueness},
        {"name": "desk", "type": "string"}]}))
    .unwrap();
    if world.directory.definitions(tenant).await?.schema(ACME).is_some() {
        return world.directory.set_schema(tenant, &system, ACME, None, &schema).await;
    }
    world.directory.add_schema(tenant, &system, &schema).await?;
    attach(world, true).await
}

async fn attach(world: &World, attached: bool) -> Result<(), Error> {
    let mut users = StoredType::of(Kind::User.standard_type());
    if attached {
        let extension = json!({"schema": ACME, "required": false});
        users.schema_extensions.push(serde_json::from_value(extension).unwrap());
    }
    world.directory.set_resource_type(world.tenant(), &Actor::system(), "User", None, &users).await
}

/// A source whose people are found by their badge.
async fn by_badge(world: &World, name: &str, on_delete: OnDelete) -> SourceCaller {
    let settings = SourceSettings {
        join: JoinRule::Attribute,
        join_attribute: Some("URN:acme:2.0:user:BADGE".into()),
        on_delete,
        ..SourceSettings::default()
    };
    let caller = add_source_with(&world.directory, world.tenant(), name, &settings).await;
    assert_eq!(caller.source.settings.join_attribute.as_deref(), Some("urn:acme:2.0:User:badge"));
    caller
}

async fn arrive(world: &World, caller: &SourceCaller, name: &str, badge: Value) -> Record {
    let rt = &caller.definitions.of(Kind::User).rt;
    let body = json!({"schemas": [scim::USER_URN, ACME], "userName": name, ACME: {"badge": badge, "desk": "d"}});
    let body = resource::read(body, rt, &Tolerance::tolerant()).unwrap();
    world.directory.create_record(caller, None, Kind::User, body).await.unwrap()
}

async fn unjoined(world: &World, record: Uuid, caller: &SourceCaller) -> Option<Unjoined> {
    let mut tx = world.directory.db.read(world.tenant()).await.unwrap();
    let cases = crate::unjoined::list(&mut tx, &caller.source, &caller.definitions, None, 10).await.unwrap();
    cases.into_iter().find(|case| case.record == record).map(|case| case.why)
}

both! {
    async fn a_record_finds_its_user_by_an_attribute_that_is_unique(world: World) {
        define(&world, "none").await.unwrap();
        let rule = SourceSettings {
            join: JoinRule::Attribute, join_attribute: Some(format!("{ACME}:badge")), ..SourceSettings::default()
        };
        let (tenant, system) = (world.tenant(), Actor::system());
        let refused = world.directory.set_source_settings(tenant, &system, world.caller.source.id, None, &rule).await;
        assert!(refused.is_err_and(|error| error.to_string().contains("employeeNumber")), "it is not unique yet");
        define(&world, "server").await.unwrap();
        let hr = by_badge(&world, "hr", OnDelete::Delete).await;
        let it = by_badge(&world, "it", OnDelete::Ignore).await;

        let ana = arrive(&world, &hr, "ana", json!(7)).await;
        let bea = arrive(&world, &hr, "bea", json!(8)).await;
        let same = arrive(&world, &it, "a.b", json!(7)).await;
        assert_eq!(same.subject, ana.subject, "the same badge, whatever the name");
        let stranger = arrive(&world, &it, "ana", json!(9)).await;
        assert_eq!(unjoined(&world, stranger.id, &it).await, Some(Unjoined::NameTaken), "the name alone joins nobody");
        let nobody = arrive(&world, &it, "nobody", Value::Null).await;
        assert!(nobody.subject.is_some() && nobody.subject != ana.subject, "who has no badge fits nobody");

        // Kept without a record, a person is found by it still; gone, by nothing.
        world.directory.delete_record(&hr, None, Kind::User, ana.id, &None).await.unwrap();
        world.directory.delete_record(&it, None, Kind::User, same.id, &None).await.unwrap();
        let back = arrive(&world, &hr, "ana again", json!(7)).await;
        assert_eq!(back.subject, ana.subject);
        world.directory.delete_record(&hr, None, Kind::User, bea.id, &None).await.unwrap();
        let next = arrive(&world, &it, "bea", json!(8)).await;
        assert!(next.subject.is_some() && next.subject != bea.subject);
        let mut tx = world.directory.db.read(tenant).await.unwrap();
        assert!(user::get(&mut tx, bea.subject.unwrap()).await.unwrap().is_none());
    }
}

both! {
    async fn what_is_relied_on_cannot_be_undefined(world: World) {
        let (tenant, system) = (world.tenant(), Actor::system());
        define(&world, "global").await.unwrap();
        let hr = by_badge(&world, "hr", OnDelete::Delete).await;
        let refused = |outcome: Result<(), Error>, word: &str| match outcome {
            Err(Error::InUse { detail, count }) => assert!(detail.contains(word) && count == 1, "{detail} ({count})"),
            other => panic!("{other:?}"),
        };
        refused(define(&world, "none").await, "hr joins people by urn:acme:2.0:User:badge");
        refused(attach(&world, false).await, "hr joins people");
        let no_rule = SourceSettings::default();
        world.directory.set_source_settings(tenant, &system, hr.source.id, None, &no_rule).await.unwrap();
        define(&world, "none").await.unwrap();

        let mut settings = ApplicationSettings::new("https://app.test/scim".parse().unwrap());
        settings.mapping.rows.retain(|row| row.to != "title");
        settings.mapping.rows.push(MappingRow::new("title", format!("user['{ACME}'].desk")));
        let app = world.directory.add_application(tenant, &system, "GitHub", &settings, None).await.unwrap();
        attach(&world, false).await.unwrap();
        refused(world.directory.remove_schema(tenant, &system, ACME).await, "the draft mapping of GitHub has desk");
        let smaller = serde_json::from_value(json!({"id": ACME, "name": "AcmeUser", "attributes": [
            {"name": "badge", "type": "integer"}]})).unwrap();
        refused(world.directory.set_schema(tenant, &system, ACME, None, &smaller).await, "has desk");
        settings.mapping.rows.pop();
        world.directory.set_draft(tenant, &system, app.id, None, &settings).await.unwrap();
        // Whoever read another version is refused within the write.
        let stale = world.directory.set_schema(tenant, &system, ACME, Some(99), &smaller).await;
        assert!(matches!(stale, Err(Error::Changed { .. })), "{stale:?}");
        world.directory.set_schema(tenant, &system, ACME, None, &smaller).await.unwrap();
        world.directory.remove_schema(tenant, &system, ACME).await.unwrap();
    }
}

both! {
    /// What is unique in a source need not be so among several: whoever becomes local second leaves it out, and stays.
    async fn people_of_two_sources_become_local_with_what_is_free(world: World) {
        define(&world, "server").await.unwrap();
        let (tenant, system) = (world.tenant(), Actor::system());
        let mut people = Vec::new();
        for (source, name) in [("one", "ana"), ("two", "bob")] {
            let caller = add_source(&world.directory, tenant, source).await;
            let rt = &caller.definitions.of(Kind::User).rt;
            let body = json!({"schemas": [scim::USER_URN, ACME], "userName": name, "externalId": "X", ACME: {"badge": 7, "desk": "d"}});
            let body = resource::read(body, rt, &Tolerance::tolerant()).unwrap();
            let record = world.directory.create_record(&caller, None, Kind::User, body).await.unwrap();
            people.push((record.subject.unwrap(), caller.source.id));
        }
        for ((_, source), name) in people.iter().zip(["one", "two"]) {
            world.directory.remove_source(tenant, &system, *source, name, crate::source::People::Keep).await.unwrap();
            world.plan().await;
        }
        let mut tx = world.directory.db.read(tenant).await.unwrap();
        let local = crate::source::find(&mut tx, "local").await.unwrap().id;
        let mut kept = Vec::new();
        for (user, _) in people {
            let records = crate::record::of_subject(&mut tx, Kind::User, user).await.unwrap();
            assert_eq!(records.iter().map(|(source, _)| *source).collect::<Vec<_>>(), [local]);
            let doc = &records[0].1.doc;
            kept.push((doc.get("externalId").cloned(), doc[ACME].clone()));
        }
        assert_eq!(kept, [(Some("X".into()), json!({"badge": 7, "desk": "d"})), (None, json!({"desk": "d"}))]);
        drop(tx);
        let next = add_source(&world.directory, tenant, "next").await;
        let rt = &next.definitions.of(Kind::User).rt;
        let body = resource::read(json!({"schemas": [scim::USER_URN], "userName": "bob"}), rt, &Tolerance::tolerant()).unwrap();
        let record = world.directory.create_record(&next, None, Kind::User, body).await.unwrap();
        assert_eq!(record.subject, None, "local people are out of every source's reach");
    }
}
