//! What somebody who guesses passwords learns, and what it costs.

use directory::administrator::Role;
use http::Method;
use serde_json::json;

use crate::{
    admin_sessions::{PASSWORD, api, set_up},
    harness::{Database, TestServer, on_both, until},
};

/// Whatever the name, one password is hashed and the answer is the same: neither the words nor the time tell whether
/// somebody has it. What the hash costs is the same too: `directory::administrator::password` shows it.
#[test]
fn a_name_that_nobody_has_costs_what_a_name_costs() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        set_up(&server).await;
        let owner = server.api(Role::Owner).await;
        let new = json!({"userName": "Bo", "password": PASSWORD, "role": "operator"});
        let bo = owner.post("/administrators", new).await.expect(201).id();
        owner.post(&format!("/administrators/{bo}/disable"), json!({})).await.expect(200);
        for name in ["ana", "nobody", "bo", "", "ana@nowhere.example"] {
            let before = server.app.door.hashed();
            let answer = api(&server).post("/session", json!({"userName": name, "password": "wrong password!"})).await;
            assert_eq!(answer.expect(401).body["detail"], "the user name or the password is wrong", "{name}");
            assert_eq!(server.app.door.hashed() - before, 1, "{name}");
        }
        // A right one costs no more than a wrong one.
        let before = server.app.door.hashed();
        api(&server).post("/session", json!({"userName": "ana", "password": PASSWORD})).await.expect(200);
        assert_eq!(server.app.door.hashed() - before, 1);
        // That somebody tried is on record for names that exist, behind the answer.
        let told = async || {
            let changes = owner.get("/changes?objectKind=administrator").await.expect(200).body;
            let items = changes["items"].as_array().unwrap().clone();
            items.into_iter().filter(|change| change["result"] == "failed").count()
        };
        until(async || told().await == 2).await;
        server.stop().await;
    });
}

/// Fifty at once, each with a name and an address of its own, so that no count of failures slows them: two at a time
/// are looked at, twenty wait, the rest is told to come again. The door's own test says so to the number.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_at_once_wait_or_come_again() {
    let server = TestServer::start(Database::Sqlite).await;
    set_up(&server).await;
    let before = server.app.door.hashed();
    let tries = (0..50).map(|n| {
        let client = api(&server);
        tokio::spawn(async move {
            let address = format!("198.51.100.{n}");
            let body = json!({"userName": format!("guess {n}"), "password": "wrong password!"});
            client.send(Method::POST, "/session", Some(body), &[("x-forwarded-for", &address)]).await
        })
    });
    let (mut refused, mut turned_away) = (0, 0);
    for tried in tries.collect::<Vec<_>>() {
        let answer = tried.await.unwrap();
        match answer.status.as_u16() {
            401 => refused += 1,
            503 => {
                assert_eq!((answer.header("retry-after"), &answer.body["code"]), ("1", &json!("busy")));
                turned_away += 1;
            }
            _ => panic!("{answer:?}"),
        }
    }
    assert_eq!((refused + turned_away, server.app.door.hashed() - before), (50, refused));
    assert!(refused >= 22, "{refused}: there is room for as many");
    // Whoever was turned away has not failed: ten more tries are theirs.
    api(&server).post("/session", json!({"userName": "ana", "password": PASSWORD})).await.expect(200);
    server.stop().await;
}
