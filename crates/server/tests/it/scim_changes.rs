//! Users and groups through POST, PUT, PATCH and DELETE.

use serde_json::{Value, json};

use crate::harness::{Client, Database, TestServer, on_both};

fn patch(operations: Value) -> Value {
    json!({"schemas": [scim::PATCH_URN], "Operations": operations})
}

async fn user(idp: &Client, name: &str) -> String {
    idp.post("/Users", json!({"schemas": [scim::USER_URN], "userName": name})).await.expect(201).id()
}

#[test]
fn a_users_life() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let idp = server.source("idp").await;
        let body = json!({
            "schemas": [scim::USER_URN, scim::ENTERPRISE_URN], "userName": "ann", "externalId": "e1", "id": "mine",
            "name": {"givenName": "Ann", "familyName": "Lee"}, "active": true, "password": "hunter2hunter2",
            "emails": [{"value": "ann@x.test", "type": "work", "primary": true}],
            "meta": {"created": "1999-01-01T00:00:00Z"},
            scim::ENTERPRISE_URN: {"department": "Ops"},
        });
        let made = idp.post("/Users", body).await.expect(201);
        let path = format!("/Users/{}", made.id());
        assert_eq!(made.body["meta"]["resourceType"], "User");
        assert_eq!(made.body["meta"]["created"], made.body["meta"]["lastModified"]);
        assert_eq!(made.body["meta"]["location"], format!("{}{path}", idp.base));
        assert_eq!(made.body[scim::ENTERPRISE_URN]["department"], "Ops");
        assert!(made.body.get("password").is_none() && made.body.get("groups").is_none());
        assert_eq!(idp.get(&path).await.expect(200).body, made.body);

        let same = idp.put(&path, made.body.clone()).await.expect(200);
        assert_eq!(same.body["meta"], made.body["meta"], "putting back what was read changes nothing");
        let off = idp.patch(&path, patch(json!([{"op": "Replace", "path": "active", "value": "False"}]))).await;
        let off = off.expect(200).body;
        assert_eq!(off["active"], false);
        assert_ne!(off["meta"]["version"], made.body["meta"]["version"]);
        let put = idp.put(&path, json!({"userName": "ann"})).await.expect(200).body;
        assert_eq!(put["active"], false, "absent is not true");
        assert!(put.get("name").is_none());

        let mixed = patch(json!([
            {"op": "replace", "path": "displayName", "value": "Ann"},
            {"op": "replace", "path": "id", "value": "other"},
        ]));
        idp.patch(&path, mixed).await.expect_error(400, "mutability");
        assert!(idp.get(&path).await.expect(200).body.get("displayName").is_none(), "all or nothing");

        idp.delete(&path).await.expect(204);
        for answer in [idp.get(&path).await, idp.delete(&path).await, idp.put(&path, json!({"userName": "ann"})).await]
        {
            answer.expect_error(404, "");
        }
        assert_ne!(user(&idp, "ann").await, made.id());
        server.stop().await;
    });
}

#[test]
fn sources_see_only_their_own() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let (idp, other) = (server.source("idp").await, server.source("other").await);
        let id = user(&idp, "ann").await;
        other.get(&format!("/Users/{id}")).await.expect_error(404, "");
        other.delete(&format!("/Users/{id}")).await.expect_error(404, "");
        assert_eq!(other.get("/Users").await.expect(200).body["totalResults"], 0);
        // Another source's id is nobody's: it is awaited like any other unknown one, and never found.
        let group = json!({"displayName": "Crew", "members": [{"value": id}, {"value": uuid::Uuid::now_v7()}]});
        let made = other.post("/Groups", group).await.expect(201).body;
        for member in made["members"].as_array().unwrap() {
            assert_eq!(member.as_object().unwrap().keys().collect::<Vec<_>>(), ["value"]);
        }
        // The same person may come from both.
        user(&other, "ann").await;
        server.stop().await;
    });
}

#[test]
fn groups_and_their_members() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let idp = server.source("idp").await;
        let (ann, bob) = (user(&idp, "ann").await, user(&idp, "bob").await);
        let made = idp.post("/Groups", json!({"displayName": "Crew", "members": [{"value": ann}]})).await.expect(201);
        let path = format!("/Groups/{}", made.id());
        let member = json!({"value": ann, "$ref": format!("{}/Users/{ann}", idp.base), "type": "User"});
        assert_eq!(made.body["members"], json!([member]));

        let seen = idp.get(&format!("/Users/{ann}")).await.expect(200).body;
        let group =
            json!({"value": made.id(), "$ref": format!("{}{path}", idp.base), "display": "Crew", "type": "direct"});
        assert_eq!(seen["groups"], json!([group]));
        let without = idp.get(&format!("/Users/{ann}?excludedAttributes=groups")).await.expect(200).body;
        assert!(without.get("groups").is_none());

        let add = patch(json!([{"op": "add", "path": "members", "value": [{"value": bob}, {"value": ann}]}]));
        let added = idp.patch(&path, add.clone()).await.expect(200);
        assert_eq!(added.body["members"].as_array().map(Vec::len), Some(2));
        let again = idp.patch(&path, add).await.expect(200);
        assert_eq!(again.body["meta"], added.body["meta"], "no change, no version");
        let renamed = idp.put(&path, json!({"displayName": "Club"})).await.expect(200).body;
        assert_eq!(renamed["members"].as_array().map(Vec::len), Some(2), "a rename does not empty a group");
        let remove = patch(json!([{"op": "remove", "path": format!("members[value eq \"{ann}\"]")}]));
        let left = idp.patch(&path, remove).await.expect(200).body;
        assert_eq!(left["members"][0]["value"], bob);
        assert!(idp.get(&format!("{path}?excludedAttributes=members")).await.expect(200).body.get("members").is_none());

        idp.delete(&format!("/Users/{bob}")).await.expect(204);
        assert!(idp.get(&path).await.expect(200).body.get("members").is_none());
        let outer = json!({"displayName": "Outer", "members": [{"value": made.id()}]});
        let outer = idp.post("/Groups", outer).await.expect(201);
        assert_eq!(outer.body["members"][0]["type"], "Group");
        let cycle = patch(json!([{"op": "add", "path": "members", "value": [{"value": outer.id()}]}]));
        idp.patch(&path, cycle).await.expect_error(400, "invalidValue");
        server.stop().await;
    });
}

#[test]
fn a_patch_of_a_large_group_is_answered_without_it() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let idp = server.source("idp").await;
        let mut members = Vec::new();
        for number in 0..101 {
            members.push(json!({"value": user(&idp, &format!("user{number}")).await}));
        }
        let last = members.pop().unwrap();
        let made = idp.post("/Groups", json!({"displayName": "Crew", "members": members})).await.expect(201);
        let path = format!("/Groups/{}", made.id());
        let rename = |name: &str| patch(json!([{"op": "replace", "path": "displayName", "value": name}]));
        assert_eq!(
            idp.patch(&path, rename("One")).await.expect(200).body["members"].as_array().map(Vec::len),
            Some(100)
        );
        let add = patch(json!([{"op": "add", "path": "members", "value": [last]}]));
        let added = idp.patch(&path, add).await.expect(204);
        assert!(!added.header("etag").is_empty() && added.text.is_empty());
        let named = idp.patch(&format!("{path}?attributes=displayName"), rename("Two")).await.expect(200).body;
        assert_eq!(named["displayName"], "Two");
        assert!(named.get("members").is_none());
        server.stop().await;
    });
}

#[test]
fn one_name_is_taken_once() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let idp = server.source("idp").await;
        let tries = (0..20).map(|number| {
            let idp = idp.clone();
            let name = if number % 2 == 0 { "ann" } else { "ANN" };
            tokio::spawn(async move { idp.post("/Users", json!({"userName": name})).await.status.as_u16() })
        });
        let mut made = 0;
        for outcome in futures::future::join_all(tries).await {
            match outcome.unwrap() {
                201 => made += 1,
                status => assert_eq!(status, 409),
            }
        }
        assert_eq!(made, 1);
        server.stop().await;
    });
}

#[test]
fn managers_are_found_by_reference() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let idp = server.source("idp").await;
        let boss = user(&idp, "boss").await;
        let body = json!({"userName": "ann", scim::ENTERPRISE_URN: {"manager": {"value": boss}}});
        let made = idp.post("/Users", body).await.expect(201);
        let manager = &made.body[scim::ENTERPRISE_URN]["manager"];
        assert_eq!(manager["$ref"], format!("{}/Users/{boss}", idp.base));
        let listed = idp.get("/Users?filter=userName%20eq%20%22ann%22").await.expect(200).body;
        assert_eq!(&listed["Resources"][0][scim::ENTERPRISE_URN]["manager"], manager);
        idp.delete(&format!("/Users/{boss}")).await.expect(204);
        let seen = idp.get(&format!("/Users/{}", made.id())).await.expect(200).body;
        assert!(seen.get(scim::ENTERPRISE_URN).is_none());
        server.stop().await;
    });
}

#[test]
fn what_is_left_unsaid() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let idp = server.source("idp").await;
        let made = idp.post("/Users", json!({"userName": "ann"})).await.expect(201);
        assert_eq!(made.body["active"], true, "active unless stated");
        let path = format!("/Users/{}", made.id());
        idp.patch(&path, patch(json!([{"op": "replace", "path": "active", "value": false}]))).await.expect(200);
        let removed = idp.patch(&path, patch(json!([{"op": "remove", "path": "active"}]))).await.expect(200);
        assert!(removed.body.get("active").is_none(), "the client sees it gone");
        let active = idp.get("/Users?filter=active%20eq%20true").await.expect(200).body;
        assert_eq!(active["totalResults"], 0, "and yet nobody is revived");

        let ann = json!([{"value": made.id()}]);
        let group = idp.post("/Groups", json!({"displayName": "Crew", "members": ann})).await.expect(201);
        let path = format!("/Groups/{}", group.id());
        assert!(idp.put(&path, json!({"displayName": "Crew"})).await.expect(200).body.get("members").is_some());
        let emptied = idp.put(&path, json!({"displayName": "Crew", "Members": []})).await.expect(200).body;
        assert!(emptied.get("members").is_none());
        server.stop().await;
    });
}
