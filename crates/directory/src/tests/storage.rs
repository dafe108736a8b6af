//! What the database promises.

use serde_json::json;
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

use super::*;
use crate::db::args;

both! {
    async fn concurrent_creates_are_all_there(world: World) {
        let world = Arc::new(world);
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..100 {
            let world = world.clone();
            tasks.spawn(async move { world.user(json!({"userName": format!("u{n}@x.test")})).await.id });
        }
        let ids = tasks.join_all().await;
        let mut tx = world.directory.db.read(world.tenant()).await.unwrap();
        for id in ids {
            assert!(crate::record::get(&mut tx, world.caller.source.id, Kind::User, id).await.unwrap().is_some());
        }
        assert_eq!(crate::user::count(&mut tx).await.unwrap(), 100);
    }
}

both! {
    async fn one_name_many_callers_one_winner(world: World) {
        let world = Arc::new(world);
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..50 {
            let world = world.clone();
            let name = if n % 2 == 0 { "ana@x.test" } else { "ANA@X.TEST" };
            let body = read(Kind::User, json!({"userName": name}));
            tasks.spawn(async move { world.directory.create_record(&world.caller, None, Kind::User, body).await });
        }
        let outcomes = tasks.join_all().await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        for error in outcomes.into_iter().filter_map(Result::err) {
            assert!(error.to_string().contains("taken"), "{error}");
        }
        let mut tx = world.directory.db.read(world.tenant()).await.unwrap();
        assert_eq!(crate::user::count(&mut tx).await.unwrap(), 1);
    }
}

both! {
    async fn what_is_not_committed_leaves_nothing(world: World) {
        let tenant = world.tenant();
        let mut dropped = world.directory.db.write(tenant).await.unwrap();
        dropped.execute("UPDATE sources SET name = 'dropped' WHERE tenant = $1", args![tenant.id()]).await.unwrap();
        drop(dropped);
        let mut undone = world.directory.db.write(tenant).await.unwrap();
        undone.execute("UPDATE sources SET name = 'undone' WHERE tenant = $1", args![tenant.id()]).await.unwrap();
        undone.rollback().await;
        // The writer goes on as if nothing had been.
        let kept = world.user(json!({"userName": "kept@x.test"})).await;
        let mut tx = world.directory.db.read(tenant).await.unwrap();
        assert_eq!(crate::source::find(&mut tx, "okta").await.unwrap().name, "okta");
        assert!(crate::record::get(&mut tx, world.caller.source.id, Kind::User, kept.id).await.unwrap().is_some());
    }
}

/// On SQLite all share one writer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_writes_much_lets_others_in_between() {
    let Some(world) = World::new(On::Sqlite).await else { return };
    let (tenant, db) = (world.tenant(), &world.directory.db);
    let noisy = db.on_behalf_of(Uuid::from_u128(1));
    let first = noisy.write(tenant).await.unwrap();
    let mut queue: Vec<_> = (0..20).map(|_| Box::pin(noisy.write(tenant))).collect();
    for turn in &mut queue {
        assert!(futures::poll!(turn).is_pending());
    }
    let quiet = db.on_behalf_of(Uuid::from_u128(2));
    let mut other = Box::pin(quiet.write(tenant));
    assert!(futures::poll!(&mut other).is_pending());
    // Its turn is a long one.
    tokio::time::sleep(Duration::from_millis(60)).await;
    first.rollback().await;
    // While nobody looks at the others of the queue, none of them ends its turn.
    let done = async {
        let mut tx = other.await.unwrap();
        let sql = "UPDATE sources SET name_key = 'quiet' WHERE tenant = $1 AND id = $2";
        tx.execute(sql, args![tenant.id(), world.caller.source.id]).await.unwrap();
        tx.commit().await.unwrap();
    };
    tokio::time::timeout(Duration::from_secs(20), done).await.expect("the other is let in, and put on disk");
    for turn in queue {
        turn.await.unwrap().rollback().await;
    }
    let mut tx = db.read(tenant).await.unwrap();
    assert_eq!(crate::source::find(&mut tx, "quiet").await.unwrap().name, "okta");
}

both! {
    async fn nobody_has_all_connections(world: World) {
        let (tenant, db) = (world.tenant(), world.directory.db.for_clients());
        let (greedy, other) = (db.on_behalf_of(Uuid::from_u128(1)), db.on_behalf_of(Uuid::from_u128(2)));
        let mut held = Vec::new();
        let refused = loop {
            match greedy.read(tenant).await {
                Ok(tx) => held.push(tx),
                Err(error) => break error,
            }
            assert!(held.len() < 50, "there is an end");
        };
        assert!(refused.to_string().contains("no answer within"), "{refused}");
        for _ in 0..5 {
            crate::user::count(&mut other.read(tenant).await.unwrap()).await.unwrap();
        }
        held.pop();
        greedy.read(tenant).await.unwrap();
    }
}

both! {
    async fn nodes_may_migrate_at_once_and_again(world: World) {
        if world.on == On::Sqlite {
            let again = Db::sqlite(&world.folder).await.unwrap();
            again.close().await;
            return;
        }
        let url = fresh_postgres().await.unwrap();
        let nodes = (0..6).map(|_| Db::postgres(&url));
        for node in futures::future::join_all(nodes).await {
            node.unwrap().close().await;
        }
    }
}

both! {
    async fn a_newer_database_is_refused(world: World) {
        let mut tx = world.directory.db.write(Tenant::system()).await.unwrap();
        tx.execute("INSERT INTO migrations (number, applied_at) VALUES (999, 0)", args![]).await.unwrap();
        tx.commit().await.unwrap();
        if world.on == On::Sqlite {
            let refused = Db::sqlite(&world.folder).await.unwrap_err();
            assert!(refused.to_string().contains("newer release"), "{refused}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_writes_survive_reopening() {
    let Some(world) = World::new(On::Sqlite).await else { return };
    let record = world.user(json!({"userName": "ana@x.test"})).await;
    // A second process opens the same file while the first was never closed: what was acknowledged is there.
    let db = Db::sqlite(&world.folder).await.unwrap();
    let directory = Directory::open(db, Clock::system(), Vault::open(&world.folder).unwrap()).await.unwrap();
    let mut tx = directory.db.read(world.tenant()).await.unwrap();
    assert!(crate::record::get(&mut tx, world.caller.source.id, Kind::User, record.id).await.unwrap().is_some());
}
