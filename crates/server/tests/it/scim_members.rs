//! Members of groups that are named before they are there, by sources that wait for them and by sources that refuse.

use directory::administrator::Role;
use serde_json::{Value, json};

use crate::harness::{Client, Database, TestServer, on_both};

fn patch(operations: Value) -> Value {
    json!({"schemas": [scim::PATCH_URN], "Operations": operations})
}

fn values(group: &Value) -> Vec<&str> {
    let members = group["members"].as_array().map(Vec::as_slice).unwrap_or_default();
    members.iter().filter_map(|member| member["value"].as_str()).collect()
}

async fn refuse_unknown(api: &Client, source: &str) {
    let path = format!("/sources/{source}/settings");
    api.put(&path, json!({"unknownMembers": "refuse"})).await.expect(200);
}

#[test]
fn members_that_have_not_arrived() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let (idp, api) = (server.source("idp").await, server.api(Role::Auditor).await);
        let awaited = "00000000-0000-7000-8000-000000000000";
        let members = json!([{"value": awaited}, {"value": "ann@x.test", "type": "User", "display": "Ann"}]);
        let crew = idp.post("/Groups", json!({"displayName": "Crew", "members": members})).await.expect(201);
        let path = format!("/Groups/{}", crew.id());
        let as_put = json!([{"value": awaited}, {"value": "ann@x.test", "type": "User"}]);
        assert_eq!(crew.body["members"], as_put);
        assert_eq!(idp.get(&path).await.expect(200).body, crew.body);
        for name in [awaited, "ann@x.test"] {
            let found = idp.get(&format!("/Groups?filter=members%20eq%20%22{name}%22")).await.expect(200).body;
            assert_eq!(found["totalResults"], 1, "{name}");
        }

        let group = api.get("/groups/Crew").await.expect(200).body;
        assert_eq!((&group["memberCount"]["count"], &group["pendingMembers"]), (&json!(0), &json!(2)));
        assert_eq!(api.get("/sources/idp").await.expect(200).body["pendingMembers"], 2);
        let waiting = api.get("/sources/idp/waiting-groups").await.expect(200).body;
        assert_eq!(waiting["items"], json!([{"id": group["id"], "displayName": "Crew", "pendingMembers": 2}]));
        let first = api.get("/groups/Crew/pending-members?limit=1").await.expect(200).body;
        assert_eq!((&first["items"][0]["value"], &first["next"]), (&json!(awaited), &json!(awaited)));
        let second = api.get(&format!("/groups/Crew/pending-members?limit=1&after={awaited}")).await.expect(200).body;
        assert_eq!((&second["items"][0]["value"], &second["next"]), (&json!("ann@x.test"), &Value::Null));

        let ann = idp.post("/Users", json!({"userName": "Ann@x.test"})).await.expect(201).id();
        let seen = idp.get(&path).await.expect(200).body;
        let reference = json!({"value": "ann@x.test", "$ref": format!("{}/Users/{ann}", idp.base), "type": "User"});
        assert_eq!(seen["members"], json!([reference, {"value": awaited}]));
        assert_ne!(seen["meta"]["version"], crew.body["meta"]["version"]);
        assert_eq!(idp.get(&format!("/Users/{ann}")).await.expect(200).body["groups"][0]["value"], crew.id());
        let group = api.get("/groups/Crew").await.expect(200).body;
        assert_eq!((&group["memberCount"]["count"], &group["pendingMembers"]), (&json!(1), &json!(1)));

        let remove = patch(json!([{"op": "Remove", "path": "members", "value": [{"value": awaited}]}]));
        assert_eq!(values(&idp.patch(&path, remove).await.expect(200).body), ["ann@x.test"]);
        let long = patch(json!([{"op": "add", "path": "members", "value": [{"value": "x".repeat(513)}]}]));
        idp.patch(&path, long).await.expect_error(400, "invalidValue");
        for bad in [json!(""), json!("  "), json!({"id": ann}), json!(7), json!(null)] {
            let add = patch(json!([{"op": "add", "path": "members", "value": [{"value": bad}]}]));
            idp.patch(&path, add).await.expect_error(400, "invalidValue");
        }
        idp.put(&path, json!({"displayName": "Crew", "members": []})).await.expect(200);
        assert_eq!(api.get("/sources/idp").await.expect(200).body["pendingMembers"], 0);
        server.stop().await;
    });
}

#[test]
fn a_source_that_refuses_unknown_members() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let (idp, other) = (server.source("idp").await, server.source("other").await);
        let api = server.api(Role::Administrator).await;
        let foreign = other.post("/Users", json!({"userName": "ann"})).await.expect(201).id();
        let foreign_group = other.post("/Groups", json!({"displayName": "Crew"})).await.expect(201).id();
        // What was awaited before stays so, and is taken away as usual.
        let waits = json!({"displayName": "Crew", "members": [{"value": "bob"}, {"value": "carl"}]});
        let crew = idp.post("/Groups", waits).await.expect(201);
        let path = format!("/Groups/{}", crew.id());
        refuse_unknown(&api, "idp").await;
        assert_eq!(api.get("/sources/idp").await.expect(200).body["settings"]["unknownMembers"], "refuse");
        let bob = idp.post("/Users", json!({"userName": "bob"})).await.expect(201).id();
        let version = idp.get(&path).await.expect(200).body["meta"]["version"].clone();
        let mut said = std::collections::BTreeSet::new();
        for value in [foreign, foreign_group, uuid::Uuid::now_v7().to_string(), "ann@x.test".into(), "bob".into()] {
            let add = patch(json!([{"op": "add", "path": "members", "value": [{"value": bob}, {"value": value}]}]));
            let refused = idp.patch(&path, add).await.expect_error(400, "invalidValue");
            said.insert(refused.body["detail"].as_str().unwrap().replace(&value, "it"));
            let put = json!({"displayName": "Crew", "members": [{"value": value}]});
            if value != "bob" {
                idp.put(&path, put).await.expect_error(400, "invalidValue");
            }
        }
        assert_eq!(said.len(), 1, "no answer tells who is there: {said:?}");
        let seen = idp.get(&path).await.expect(200).body;
        assert_eq!((values(&seen), &seen["meta"]["version"]), (vec!["bob", "carl"], &version));
        let remove = patch(json!([{"op": "remove", "path": "members[value eq \"carl\" or value eq \"bob\"]"}]));
        assert!(values(&idp.patch(&path, remove).await.expect(200).body).is_empty());
        server.stop().await;
    });
}
