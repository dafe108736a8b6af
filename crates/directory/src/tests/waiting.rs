//! Records that have no user because their user name is somebody else's, until it is free.

use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::{
    audit::{self, ChangeQuery},
    db::args,
    record::Record,
    source::{JoinRule, OnDelete, People},
    user::{self, User},
};

/// A source that knows people by number only.
async fn by_number(world: &World, name: &str) -> SourceCaller {
    let settings =
        SourceSettings { join: JoinRule::ExternalId, on_delete: OnDelete::Delete, ..SourceSettings::default() };
    add_source_with(&world.directory, world.tenant(), name, &settings).await
}

async fn arrive(world: &World, caller: &SourceCaller, name: &str, number: &str) -> Record {
    let body = read(Kind::User, json!({"userName": name, "externalId": number}));
    world.directory.create_record(caller, None, Kind::User, body).await.unwrap()
}

async fn rename(world: &World, caller: &SourceCaller, id: Uuid, name: &str) -> Result<Record, crate::Error> {
    let body =
        json!({"schemas": [scim::PATCH_URN], "Operations": [{"op": "replace", "path": "userName", "value": name}]});
    let patch = scim::Patch::read(&body, &users(world).rt, &Tolerance::tolerant()).unwrap();
    world.directory.patch_record(caller, None, Kind::User, id, &None, &patch).await
}

async fn leave(world: &World, caller: &SourceCaller, record: &Record) {
    world.directory.delete_record(caller, None, Kind::User, record.id, &None).await.unwrap();
}

/// Whose a record is, and why it is nobody's.
async fn whose(world: &World, record: &Record) -> (Option<Uuid>, Option<String>) {
    let mut tx = world.directory.db.read(world.tenant()).await.unwrap();
    let sql = "SELECT subject, unjoined FROM records WHERE tenant = $1 AND id = $2";
    tx.row(sql, args![world.tenant().id(), record.id]).await.unwrap().expect("the record is there")
}

async fn waits(world: &World, record: &Record) {
    assert_eq!(whose(world, record).await, (None, Some("name_taken".into())));
}

/// The user that a record has by now.
async fn user_of(world: &World, record: &Record) -> User {
    let (subject, unjoined) = whose(world, record).await;
    assert_eq!(unjoined, None);
    let mut tx = world.directory.db.read(world.tenant()).await.unwrap();
    user::get(&mut tx, subject.expect("the record has a user")).await.unwrap().expect("the user is there")
}

both! {
    async fn a_record_gets_its_user_when_the_holder_of_its_name_is_renamed(world: World) {
        let hr = by_number(&world, "hr").await;
        let holder = world.user(json!({"userName": "Ana"})).await;
        let record = arrive(&world, &hr, "ana", "1").await;
        waits(&world, &record).await;
        // What does not free the name changes nothing.
        rename(&world, &world.caller, holder.id, "ANA").await.unwrap();
        waits(&world, &record).await;

        rename(&world, &world.caller, holder.id, "ana.old").await.unwrap();
        let user = user_of(&world, &record).await;
        assert_eq!(user.user_name, "ana");
        assert_ne!(Some(user.id), holder.subject);
        // The history tells of it, under the source whose record it is.
        let mut tx = world.directory.db.read(world.tenant()).await.unwrap();
        let query = ChangeQuery { object: Some(user.id), source: Some(hr.source.id), limit: 10, ..ChangeQuery::default() };
        let (changes, _) = audit::list(&mut tx, &query).await.unwrap();
        assert_eq!(changes.iter().map(|change| change.action.as_str()).collect::<Vec<_>>(), ["create"]);
    }
}

both! {
    async fn a_record_gets_its_user_when_the_holder_of_its_name_goes(world: World) {
        let (tenant, system) = (world.tenant(), Actor::system());
        let hr = by_number(&world, "hr").await;
        let it = by_number(&world, "it").await;
        // By a source.
        let holder = arrive(&world, &it, "ana", "100").await;
        let record = arrive(&world, &hr, "ana", "1").await;
        waits(&world, &record).await;
        leave(&world, &it, &holder).await;
        assert_eq!(user_of(&world, &record).await.user_name, "ana");

        // By hand, of a person whom no source has any more.
        let kept = world.user(json!({"userName": "bea"})).await;
        let settings = SourceSettings { on_delete: OnDelete::Ignore, ..SourceSettings::default() };
        world.directory.set_source_settings(tenant, &system, world.caller.source.id, None, &settings).await.unwrap();
        leave(&world, &world.caller, &kept).await;
        let record = arrive(&world, &hr, "bea", "2").await;
        waits(&world, &record).await;
        world.directory.remove_user(tenant, &system, kept.subject.unwrap()).await.unwrap();
        assert_eq!(user_of(&world, &record).await.user_name, "bea");

        // With its source; and of a source that goes, no record is looked at.
        arrive(&world, &it, "cea", "300").await;
        let record = arrive(&world, &hr, "cea", "3").await;
        let ownerless = world.user(json!({"userName": "dea"})).await;
        let last = arrive(&world, &it, "dea", "400").await;
        waits(&world, &last).await;
        world.directory.remove_source(tenant, &system, it.source.id, "it", People::Delete).await.unwrap();
        rename(&world, &world.caller, ownerless.id, "someone").await.unwrap();
        waits(&world, &last).await;
        world.plan().await;
        assert_eq!(user_of(&world, &record).await.user_name, "cea");
    }
}

both! {
    async fn all_that_wait_for_a_name_are_looked_at_when_it_is_free(world: World) {
        let sources = [by_number(&world, "a").await, by_number(&world, "b").await, by_number(&world, "c").await];
        let holder = world.user(json!({"userName": "ana", "externalId": "0"})).await;
        let first = arrive(&world, &sources[0], "ana", "7").await;
        let other = arrive(&world, &sources[1], "ana", "8").await;
        let same = arrive(&world, &sources[2], "ana", "7").await;
        for record in [&first, &other, &same] {
            waits(&world, record).await;
        }
        leave(&world, &world.caller, &holder).await;
        // The longest waiting gets the name, whoever is the same person joins, and the other one waits on.
        let ana = user_of(&world, &first).await;
        assert_eq!(user_of(&world, &same).await.id, ana.id);
        waits(&world, &other).await;
        rename(&world, &sources[0], first.id, "ana.b").await.unwrap();
        let after = user_of(&world, &first).await;
        assert_eq!((after.id, after.user_name.as_str()), (ana.id, "ana.b"));
        assert_ne!(user_of(&world, &other).await.id, ana.id);
        assert_eq!(user_of(&world, &other).await.user_name, "ana");
    }
}

both! {
    async fn who_waits_with_a_user_comes_before_a_record_without_one(world: World) {
        let hr = by_number(&world, "hr").await;
        let it = by_number(&world, "it").await;
        // Bea's remaining source calls her ana, which is somebody else's: she waits with the name she has.
        let bea = world.user(json!({"userName": "bea", "externalId": "2"})).await;
        let hers = arrive(&world, &hr, "ana", "2").await;
        assert_eq!(hers.subject, bea.subject);
        let ana = world.user(json!({"userName": "ana", "externalId": "1"})).await;
        leave(&world, &world.caller, &bea).await;
        // Two records without a user: one wants the name too, the other one the name that she leaves then.
        let next = arrive(&world, &it, "ana", "3").await;
        let behind = arrive(&world, &it, "bea", "4").await;
        waits(&world, &next).await;
        waits(&world, &behind).await;

        rename(&world, &world.caller, ana.id, "ana.old").await.unwrap();
        assert_eq!(user_of(&world, &hers).await.user_name, "ana");
        assert_eq!(user_of(&world, &behind).await.user_name, "bea");
        waits(&world, &next).await;
        leave(&world, &hr, &hers).await;
        assert_eq!(user_of(&world, &next).await.user_name, "ana");
    }
}

both! {
    /// The user is there and fits, but would have to take a name that is another's.
    async fn a_record_joins_whom_it_fits_when_the_name_is_free(world: World) {
        let hr = by_number(&world, "hr").await;
        let ana = world.user(json!({"userName": "ana", "externalId": "1"})).await;
        let holder = world.user(json!({"userName": "ana.b", "externalId": "2"})).await;
        let record = arrive(&world, &hr, "ana.b", "1").await;
        waits(&world, &record).await;
        leave(&world, &world.caller, &holder).await;
        assert_eq!(user_of(&world, &record).await.id, ana.subject.unwrap());
    }
}

both! {
    /// On upgrade: what was left before anybody looked, in the background.
    async fn a_record_that_was_left_behind_is_looked_at_with_its_source(world: World) {
        let hr = by_number(&world, "hr").await;
        let holder = world.user(json!({"userName": "ana"})).await;
        let record = arrive(&world, &hr, "ana", "1").await;
        let tenant = world.tenant().id();
        let mut tx = world.directory.db.write(world.tenant()).await.unwrap();
        let sql = "UPDATE users SET user_name = 'x', name_key = 'x' WHERE tenant = $1 AND id = $2";
        tx.execute(sql, args![tenant, holder.subject.unwrap()]).await.unwrap();
        let migration = include_str!("../../migrations/0010_waiting_records.sql");
        let begin = migration.split(';').find(|sql| sql.contains("INSERT INTO chores")).unwrap();
        tx.execute_sql(crate::db::Sql::new(begin)).await.unwrap();
        tx.commit().await.unwrap();
        waits(&world, &record).await;
        world.plan().await;
        assert_eq!(user_of(&world, &record).await.user_name, "ana");
    }
}

both! {
    /// A record arrives in the moment in which the name becomes free: neither misses the other.
    async fn no_record_waits_for_a_name_that_is_free(world: World) {
        let hr = by_number(&world, "hr").await;
        for round in 0..25 {
            let name = format!("ana{round}");
            let holder = world.user(json!({"userName": name})).await;
            let (record, ()) = tokio::join!(arrive(&world, &hr, &name, &name), leave(&world, &world.caller, &holder));
            assert_eq!(user_of(&world, &record).await.user_name, name, "round {round}");
        }
    }
}

/// One step of a story about few names and few people.
#[derive(Clone, Debug)]
enum Step {
    /// A source gets a person.
    Arrive { source: usize, name: usize, number: usize },
    /// One of a source's people, by the place in its list, gets another name.
    Rename { source: usize, person: usize, name: usize },
    /// And goes.
    Leave { source: usize, person: usize },
    /// A source may state this attribute no longer, or again, and its people are joined anew.
    Reorder,
}

fn steps() -> impl proptest::strategy::Strategy<Value = Vec<Step>> {
    use proptest::prelude::*;
    let step = prop_oneof![
        4 => (0..3_usize, 0..4_usize, 0..4_usize).prop_map(|(source, name, number)| Step::Arrive { source, name, number }),
        4 => (0..3_usize, 0..4_usize, 0..4_usize).prop_map(|(source, person, name)| Step::Rename { source, person, name }),
        3 => (0..3_usize, 0..4_usize).prop_map(|(source, person)| Step::Leave { source, person }),
        1 => Just(Step::Reorder),
    ];
    proptest::collection::vec(step, 1..40)
}

async fn take(world: &World, sources: &[SourceCaller; 3], lists: &mut [Vec<Record>; 3], step: &Step) {
    match *step {
        Step::Arrive { source, name, number } => {
            let body = json!({"userName": format!("n{name}"), "externalId": number.to_string()});
            let body = read(Kind::User, body);
            if let Ok(record) = world.directory.create_record(&sources[source], None, Kind::User, body).await {
                lists[source].push(record);
            }
        }
        Step::Rename { source, person, name } => {
            if let Some(record) = lists[source].get(person) {
                // Refused when the name is taken, which is no concern here.
                let _ = rename(world, &sources[source], record.id, &format!("n{name}")).await;
            }
        }
        Step::Leave { source, person } => {
            if person < lists[source].len() {
                let record = lists[source].remove(person);
                leave(world, &sources[source], &record).await;
            }
        }
        Step::Reorder => {
            let mut tx = world.directory.db.read(world.tenant()).await.unwrap();
            let mut order: Vec<_> =
                crate::source::list(&mut tx).await.unwrap().iter().map(|source| source.id.to_string()).collect();
            drop(tx);
            let others = order.len() - 1;
            order[..others].rotate_left(1);
            world.directory.order_sources(world.tenant(), &Actor::system(), &order).await.unwrap();
            world.plan().await;
        }
    }
}

/// Who waits for a name, user or record, while nobody has it.
async fn waiting_in_vain(world: &World) -> Vec<(Uuid, String)> {
    let mut tx = world.directory.db.read(world.tenant()).await.unwrap();
    tx.rows(
        "SELECT r.id, r.name_key FROM records r WHERE r.tenant = $1 AND r.unjoined = 'name_taken'
           AND NOT EXISTS (SELECT 1 FROM users u WHERE u.tenant = $1 AND u.name_key = r.name_key)
         UNION ALL SELECT w.id, w.wanted_key FROM users w WHERE w.tenant = $1 AND w.wanted_key IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM users u WHERE u.tenant = $1 AND u.name_key = w.wanted_key)",
        args![world.tenant().id()],
    )
    .await
    .unwrap()
}

async fn nobody_waits_in_vain(on: On, stories: usize) {
    use proptest::{
        strategy::{Strategy, ValueTree},
        test_runner::TestRunner,
    };
    let mut runner = TestRunner::deterministic();
    for _ in 0..stories {
        let Some(world) = World::new(on).await else { return };
        let sources = [by_number(&world, "a").await, by_number(&world, "b").await, by_number(&world, "c").await];
        let mut lists = [Vec::new(), Vec::new(), Vec::new()];
        let story = steps().new_tree(&mut runner).unwrap().current();
        for (n, step) in story.iter().enumerate() {
            take(&world, &sources, &mut lists, step).await;
            let found = waiting_in_vain(&world).await;
            assert!(found.is_empty(), "after {:#?}: {found:?}", &story[..=n]);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_waits_for_a_name_that_nobody_has_on_sqlite() {
    nobody_waits_in_vain(On::Sqlite, 24).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_waits_for_a_name_that_nobody_has_on_postgres() {
    nobody_waits_in_vain(On::Postgres, 6).await;
}
