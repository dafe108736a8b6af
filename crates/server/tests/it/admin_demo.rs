//! The demo data set: loaded, tried, and taken away without a trace in anything else.

use serde_json::{Value, json};

use crate::{
    admin_console::Scene,
    harness::{Database, TestServer, on_both, until},
};

#[test]
fn the_demo_is_loaded_tried_and_taken_away() {
    on_both(async |database: Database| {
        let scene = Scene::set(database).await;
        let admin = &scene.admin;
        // What is there before stays as it is.
        scene.person("ana", json!({})).await;
        let mine = admin.post("/groups", json!({"displayName": "Mine"})).await.expect(201).id();
        assert_eq!(admin.get("/demo").await.expect(200).body["state"], "none");
        admin.delete("/demo").await.expect(202);

        let target = TestServer::start(Database::Sqlite).await;
        let server = target.source("lockstep").await;
        let application = json!({"baseUrl": server.base, "token": server.token});
        admin
            .post("/demo", json!({"application": {"baseUrl": "http://10.1.2.3/scim", "token": "x"}}))
            .await
            .expect(400);
        let demo = admin.post("/demo", json!({"application": application})).await.expect(201).body;
        assert_eq!((&demo["state"], &demo["source"]["name"]), (&json!("loaded"), &json!("Demo company")));
        admin.post("/demo", json!({})).await.expect(409);
        let people = admin.get("/users?source=Demo%20company&limit=200").await.expect(200).body;
        assert_eq!(people["total"], json!({"count": 60, "exact": true}));
        assert_eq!(admin.get("/home").await.expect(200).body["setup"]["source"], true);

        // Nothing was sent yet; what will be is foreseen, and then done.
        assert_eq!(server.get("/Users").await.expect(200).body["totalResults"], 0);
        let path = "/applications/Demo%20application";
        let plan = admin.post(&format!("{path}/draft/plan"), json!({})).await.expect(202).id();
        let plan = scene.until(&format!("{path}/plans/{plan}"), |plan| plan["state"] == "done").await;
        assert_eq!(plan["counts"]["create"], 60, "{plan}");
        admin.post(&format!("{path}/publish"), json!({})).await.expect(200);
        admin.post(&format!("{path}/activate"), json!({})).await.expect(200);
        scene.idle().await;
        assert_eq!(server.get("/Users").await.expect(200).body["totalResults"], 60);
        assert_eq!(server.get("/Groups").await.expect(200).body["totalResults"], 2);

        // What hangs on it is named, and nothing is taken away.
        let maya = admin.get("/users/maya.patel@demo.example").await.expect(200).id();
        for (tie, untie, word) in [
            (
                ("POST", "/groups/Mine/members", json!({"add": [maya]})),
                ("POST", "/groups/Mine/members", json!({"remove": [maya]})),
                "Mine",
            ),
            (
                ("PUT", "/users/maya.patel@demo.example/hold", Value::Null),
                ("DELETE", "/users/maya.patel@demo.example/hold", Value::Null),
                "on hold",
            ),
            (
                ("POST", "/applications/Chat/groups", json!({"group": "Leads"})),
                ("DELETE", "/applications/Chat/groups/Leads", Value::Null),
                "Chat",
            ),
        ] {
            let act = async |(method, path, body): (&str, &str, Value)| {
                let body = Some(body).filter(|body| !body.is_null());
                let answer = admin.send(method.parse().unwrap(), path, body, &[]).await;
                assert!(answer.status.is_success(), "{path} {}", answer.text);
            };
            act(tie).await;
            let refused = admin.delete("/demo").await.expect(409).body;
            assert!(refused["detail"].as_str().unwrap().contains(word), "{refused}");
            assert_eq!(refused["count"], 1);
            act(untie).await;
        }
        assert_eq!(admin.get("/demo").await.expect(200).body["state"], "loaded");

        admin.delete("/demo").await.expect(202);
        until(async || admin.get("/demo").await.expect(200).body["state"] == "none").await;
        admin.delete("/demo").await.expect(202);
        admin.get(path).await.expect(404);
        admin.get("/sources/Demo%20company").await.expect(404);
        let left = admin.get("/users").await.expect(200).body;
        assert_eq!((&left["total"]["count"], &left["items"][0]["userName"]), (&json!(1), &json!("ana")));
        let groups = admin.get("/groups?sort=displayName").await.expect(200).body;
        let groups: Vec<_> = groups["items"].as_array().unwrap().iter().map(|group| &group["id"]).collect();
        assert_eq!(groups.len(), 2, "the group of everybody, and mine: {groups:?}");
        assert!(groups.contains(&&json!(mine)));
        // And again.
        admin.post("/demo", json!({})).await.expect(201);
        assert_eq!(admin.get("/demo").await.expect(200).body["application"], Value::Null);
        target.stop().await;
        scene.end().await;
    });
}
