//! Users and groups through the admin API.

use directory::administrator::Role;
use http::Method;
use serde_json::{Value, json};

use crate::harness::{Client, Database, TestServer, on_both};

async fn all(client: &Client, path: &str) -> Vec<Value> {
    let (mut items, mut target) = (Vec::new(), path.to_owned());
    loop {
        let page = client.get(&target).await.expect(200).body;
        items.extend(page["items"].as_array().unwrap().iter().cloned());
        let Some(next) = page["next"].as_str() else { return items };
        target = format!("{path}&after={next}");
    }
}

#[test]
fn people_are_found_with_what_hangs_on_them() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let (admin, idp) = (server.api(Role::Operator).await, server.source("idp").await);
        for name in ["ana", "anton", "bo"] {
            let body = json!({"userName": format!("{name}@x.test"), "displayName": name, "emails": [{"value": format!("{name}@mail.test")}]});
            idp.post("/Users", body).await.expect(201);
        }
        idp.post("/Users", json!({"userName": "gone@x.test", "active": false})).await.expect(201);

        let names = |items: Vec<Value>| {
            items.iter().map(|item| item["userName"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(
            names(all(&admin, "/users?limit=2").await),
            ["ana@x.test", "anton@x.test", "bo@x.test", "gone@x.test"]
        );
        assert_eq!(names(all(&admin, "/users?limit=1&search=An").await), ["ana@x.test", "anton@x.test"]);
        assert_eq!(names(all(&admin, "/users?active=false").await), ["gone@x.test"]);

        let ana = admin.get("/users/ANA@x.test").await.expect(200);
        assert_eq!(ana.body["records"][0]["sourceName"], "idp");
        assert_eq!(ana.body["records"][0]["document"]["displayName"], "ana");
        assert_eq!((&ana.body["access"], &ana.body["accounts"]), (&json!([]), &json!([])));
        assert_eq!(admin.get(&format!("/users/{}", ana.id())).await.expect(200).id(), ana.id());
        assert_eq!(ana.body["createdAt"].as_str().unwrap().len(), "2026-11-22T02:57:49.292Z".len());

        assert_eq!(admin.put("/users/ana@x.test/hold", Value::Null).await.expect(200).body["onHold"], true);
        assert_eq!(admin.delete("/users/ana@x.test/hold").await.expect(200).body["onHold"], false);
        let changes = admin.get(&format!("/changes?object={}", ana.id())).await.expect(200);
        let actions: Vec<_> =
            changes.body["items"].as_array().unwrap().iter().map(|change| change["action"].as_str().unwrap()).collect();
        assert_eq!(actions, ["release", "hold", "create"]);
        assert_eq!(changes.body["items"][2]["actorKind"], "source");
        assert!(changes.body["items"][0]["request"].is_string(), "a change leads back to its request");
        server.stop().await;
    });
}

#[test]
fn groups_nest_without_cycles() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let (admin, idp) = (server.api(Role::Administrator).await, server.source("idp").await);
        idp.post("/Users", json!({"userName": "ana"})).await.expect(201);
        let ana = admin.get("/users/ana").await.expect(200).id();
        let outer = admin.post("/groups", json!({"displayName": "Outer"})).await.expect(201).id();
        let inner = admin.post("/groups", json!({"displayName": "Inner"})).await.expect(201).id();
        admin.post("/groups/Outer/members", json!({"add": [inner]})).await.expect(204);
        admin.post("/groups/Inner/members", json!({"add": [ana]})).await.expect(204);
        admin.post("/groups/Inner/members", json!({"add": [outer]})).await.expect(400);
        let stranger = "00000000-0000-7000-8000-000000000000";
        admin.post("/groups/Outer/members", json!({"add": [ana, stranger]})).await.expect(404);

        let kinds = |items: Vec<Value>| {
            items
                .iter()
                .map(|item| format!("{} {}", item["kind"].as_str().unwrap(), item["name"].as_str().unwrap()))
                .collect::<Vec<_>>()
        };
        assert_eq!(kinds(all(&admin, "/groups/Outer/members?limit=1").await), ["group Inner"], "all or nothing");
        assert_eq!(kinds(all(&admin, "/groups/Inner/members?limit=1").await), ["user ana"]);
        assert_eq!(admin.get("/groups/Inner").await.expect(200).body["memberCount"]["count"], 1);
        admin.post("/groups/Inner/members", json!({"remove": [ana]})).await.expect(204);
        assert_eq!(admin.get("/groups/Inner").await.expect(200).body["memberCount"]["count"], 0);
        server.stop().await;
    });
}

#[test]
fn a_group_is_changed_by_who_saw_it_last() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let (admin, idp) = (server.api(Role::Administrator).await, server.source("idp").await);
        let made = admin.post("/groups", json!({"displayName": "Staff"})).await.expect(201);
        let tag = made.header("etag").to_owned();
        let rename = |name: &str| Some(json!({"displayName": name}));
        admin.send(Method::PATCH, "/groups/Staff", rename("People"), &[("if-match", &tag)]).await.expect(200);
        admin.send(Method::PATCH, "/groups/People", rename("Others"), &[("if-match", &tag)]).await.expect(412);
        admin.send(Method::DELETE, "/groups/People", None, &[("if-match", &tag)]).await.expect(412);
        admin.delete("/groups/People").await.expect(204);
        admin.get("/groups/People").await.expect(404);

        idp.post("/Groups", json!({"displayName": "Sales"})).await.expect(201);
        admin.send(Method::PATCH, "/groups/Sales", rename("Mine"), &[]).await.expect(400);
        admin.delete("/groups/Everyone").await.expect(400);
        admin.post("/groups", json!({"displayName": "Sales"})).await.expect(201);
        let ambiguous = admin.get("/groups/Sales").await.expect(400);
        assert!(ambiguous.body["detail"].as_str().unwrap().contains("several groups"), "{}", ambiguous.text);
        assert_eq!(all(&admin, "/groups?limit=1&search=sal").await.len(), 2);
        server.stop().await;
    });
}
