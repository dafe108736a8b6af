//! What an administrator decides about a source, its logs, and its end, from the outside.

use directory::administrator::Role;
use http::Method;
use serde_json::{Value, json};

use crate::harness::{Client, Database, TestServer, on_both, until};

pub async fn source(admin: &Client, name: &str, settings: Value) -> Client {
    let made = admin.post("/sources", json!({"name": name, "settings": settings})).await.expect(201);
    Client::new(made.body["baseUrl"].as_str().unwrap().to_owned(), made.body["token"].as_str().map(str::to_owned))
}

fn patch(path: &str, value: Value) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": path, "value": value}]})
}

/// What is at a path, as soon as it is as wanted.
async fn when(client: &Client, path: &str, wanted: impl Fn(u16, &Value) -> bool) -> Value {
    let mut found = Value::Null;
    until(async || {
        let answer = client.get(path).await;
        found = answer.body;
        wanted(answer.status.as_u16(), &found)
    })
    .await;
    found
}

#[test]
fn who_is_blocked_is_shown_with_the_countdown_and_deactivated_by_hand() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let admin = server.api(Role::Administrator).await;
        let idp = source(&admin, "okta", json!({"deactivationDelay": 129_600})).await;
        let ana = idp.post("/Users", json!({"userName": "ana"})).await.expect(201);
        idp.patch(&format!("/Users/{}", ana.id()), patch("active", json!(false))).await.expect(200);
        let blocked = admin.get("/users/ana").await.expect(200).body;
        assert_eq!((&blocked["state"], &blocked["active"]), (&json!("blocked"), &json!(false)));
        assert!(blocked["deactivatesAt"].as_str() > blocked["stateSince"].as_str());
        let cause = format!("/changes/{}", blocked["stateCause"].as_str().unwrap());
        let cause = admin.get(&cause).await.expect(200).body;
        assert_eq!((&cause["action"], &cause["actor"]), (&json!("block"), &json!("okta")));
        let listed = admin.get("/users?state=blocked").await.expect(200).body;
        assert_eq!(listed["items"].as_array().unwrap().len(), 1);
        let operator = server.api(Role::Operator).await;
        let now = operator.post("/users/ana/deactivate", json!({})).await.expect(200).body;
        assert_eq!((&now["state"], &now["deactivatesAt"]), (&json!("deactivated"), &Value::Null));
        let again = operator.post("/users/ana/deactivate", json!({})).await.expect(400);
        assert!(again.body["detail"].as_str().unwrap().contains("deactivated"), "{}", again.text);
        server.stop().await;
    });
}

#[test]
fn the_sync_log_tells_what_was_done_skipped_and_failed() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let admin = server.api(Role::Administrator).await;
        let idp = source(&admin, "=okta", json!({"attributes": ["active"]})).await;
        let ana = idp.post("/Users", json!({"userName": "ana", "title": "Engineer"})).await.expect(201);
        idp.post("/Users", json!({"userName": "ANA"})).await.expect(409);
        idp.patch(&format!("/Users/{}", ana.id()), patch("userName", json!(7))).await.expect(400);
        let find = |lines: &Value, event: &str, result: &str| {
            lines["items"]
                .as_array()
                .unwrap()
                .iter()
                .find(|line| line["event"] == event && line["result"] == result)
                .cloned()
        };
        // Failed requests are told of behind their answers.
        let lines = when(&admin, "/sync-log", |_, lines| find(lines, "update", "failed").is_some()).await;
        let made = find(&lines, "create", "done").unwrap();
        assert_eq!((&made["sourceName"], &made["subjectName"]), (&json!("=okta"), &json!("ana")));
        let user = admin.get("/users/ana").await.expect(200).body;
        assert_eq!(made["subject"], user["id"]);
        let skipped = find(&lines, "update", "skipped").unwrap();
        assert_eq!(skipped["error"], "this source may not state title");
        let taken = find(&lines, "create", "failed").unwrap();
        assert_eq!((&taken["subject"], &taken["subjectName"]), (&Value::Null, &json!("ANA")));
        assert!(taken["error"].as_str().unwrap().contains("is taken"));
        let failed = find(&lines, "update", "failed").unwrap();
        assert_eq!(failed["subject"], user["id"], "the record's id leads to the user");
        let request = failed["request"].as_str().unwrap();
        assert_eq!(admin.get(&format!("/sources/%3Dokta/requests/{request}")).await.expect(200).body["status"], 400);

        for (query, count) in [
            ("?result=failed", 2),
            ("?result=skipped", 1),
            ("?event=create", 2),
            ("?subject=an", 4),
            ("?subject=nobody", 0),
            ("?from=2999-01-01T00:00:00Z", 0),
            ("?to=2000-01-01T00:00:00Z", 0),
        ] {
            let lines = admin.get(&format!("/sources/%3Dokta/sync-log{query}")).await.expect(200).body;
            assert_eq!(lines["items"].as_array().unwrap().len(), count, "{query}: {lines}");
        }
        let other = source(&admin, "other", json!({})).await;
        other.post("/Users", json!({"userName": "bob"})).await.expect(201);
        assert_eq!(admin.get("/sources/other/sync-log").await.expect(200).body["items"].as_array().unwrap().len(), 1);
        let page = admin.get("/sync-log?limit=1").await.expect(200).body;
        let before = page["next"].as_str().unwrap();
        let next = admin.get(&format!("/sync-log?limit=1&before={before}")).await.expect(200).body;
        assert_ne!(page["items"][0]["id"], next["items"][0]["id"]);

        let file = admin.get("/export/sync-log").await.expect(200);
        assert!(file.header("content-type").starts_with("text/csv"));
        let lines: Vec<&str> = file.text.lines().collect();
        assert_eq!(lines.len(), 6, "{}", file.text);
        assert!(lines[0].starts_with("\"at\",\"sourceName\"") && lines[2].contains("\"'=okta\""), "{}", file.text);
        server.stop().await;
    });
}

#[test]
fn each_failure_inside_a_bulk_request_is_a_line_of_the_sync_log() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let admin = server.api(Role::Administrator).await;
        let idp = source(&admin, "okta", json!({})).await;
        let ana = idp.post("/Users", json!({"userName": "ana"})).await.expect(201);
        let user = admin.get("/users/ana").await.expect(200).body;
        let at = format!("/Users/{}", ana.id());
        let operations = json!([
            {"method": "POST", "path": "/Users", "bulkId": "again", "data": {"schemas": [scim::USER_URN], "UserName": "ANA"}},
            {"method": "POST", "path": "/Users", "bulkId": "bob", "data": {"schemas": [scim::USER_URN], "userName": "bob"}},
            {"method": "patch", "path": at, "data": patch("active", json!("perhaps"))},
            {"method": "PATCH", "path": "/Users/bulkId:bob", "data": patch("id", json!("7"))},
            {"method": "DELETE", "path": "/Users/nobody"},
            {"method": "POST", "path": "/Groups", "bulkId": "g", "data":
                {"schemas": [scim::GROUP_URN], "displayName": "Team", "members": [{"value": "bulkId:again"}]}},
        ]);
        let body = json!({"schemas": [scim::BULK_REQUEST_URN], "Operations": operations});
        let answer = idp.post("/Bulk", body).await.expect(200);
        let statuses: Vec<_> = answer.body["Operations"].as_array().unwrap().iter().map(|one| &one["status"]).collect();
        assert_eq!(statuses, ["409", "201", "400", "400", "404", "409"]);
        let failed = |lines: &Value| {
            let lines = lines["items"].as_array().unwrap();
            lines.iter().filter(|line| line["result"] == "failed").cloned().collect::<Vec<_>>()
        };
        let lines = failed(&when(&admin, "/sync-log", |_, lines| failed(lines).len() >= 5).await);
        let bob = admin.get("/users/bob").await.expect(200).body;
        for (event, noun, name, subject) in [
            ("create", "user", "ANA", &Value::Null),
            ("update", "user", "ana", &user["id"]),
            ("update", "user", "bob", &bob["id"]),
            ("delete", "user", "nobody", &Value::Null),
            ("create", "group", "Team", &Value::Null),
        ] {
            let line = lines.iter().find(|line| line["event"] == event && line["subjectName"] == name).unwrap();
            assert_eq!((&line["subject"], &line["subjectKind"]), (subject, &json!(noun)));
            assert!(!line["error"].as_str().unwrap().is_empty());
            let request = line["request"].as_str().unwrap();
            let request = admin.get(&format!("/sources/okta/requests/{request}")).await.expect(200).body;
            assert_eq!((&request["path"], &request["status"]), (&json!("/Bulk"), &json!(200)));
        }
        assert_eq!(lines.len(), 5);
        server.stop().await;
    });
}

#[test]
fn requests_are_found_and_their_bodies_kept_only_on_demand() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let admin = server.api(Role::Administrator).await;
        let idp = source(&admin, "okta", json!({})).await;
        idp.post("/Users", json!({"userName": "before", "password": "s3cret"})).await.expect(201);
        admin.put("/sources/okta/record-bodies", json!({"minutes": 61})).await.expect(400);
        let shown = admin.put("/sources/okta/record-bodies", json!({"minutes": 60})).await.expect(200).body;
        assert!(shown["recordBodiesUntil"].is_string());
        let ana = idp.post("/Users", json!({"userName": "ana", "password": "s3cret"})).await.expect(201);
        idp.get(&format!("/Users/{}", ana.id())).await.expect(200);
        admin.put("/sources/okta/record-bodies", json!({"minutes": 0})).await.expect(200);
        idp.post("/Users", json!({"userName": "ana"})).await.expect(409);
        let path = "/sources/okta/requests";
        let all = when(&admin, path, |_, page| page["items"].as_array().is_some_and(|items| items.len() == 4)).await;
        let kept: Vec<bool> =
            all["items"].as_array().unwrap().iter().map(|item| item["hasBody"].as_bool().unwrap()).collect();
        assert_eq!(kept, [false, true, true, false], "newest first");
        let made = admin.get(&format!("{path}/{}", all["items"][2]["id"].as_str().unwrap())).await.expect(200);
        assert!(made.body["body"]["request"].as_str().unwrap().contains("\"userName\":\"ana\""));
        assert!(made.body["body"]["response"].as_str().unwrap().contains(&ana.id()));
        assert!(!made.text.contains("s3cret"), "{}", made.text);
        for (query, count) in [
            ("?method=post", 3),
            ("?status=4", 1),
            ("?status=201", 2),
            ("?errors=true", 1),
            ("?scimType=uniqueness", 1),
            ("?subject=before", 1),
            ("?to=2000-01-01T00:00:00Z", 0),
        ] {
            let found = admin.get(&format!("{path}{query}")).await.expect(200).body;
            assert_eq!(found["items"].as_array().unwrap().len(), count, "{query}: {found}");
        }
        let file = admin.get(&format!("/export{path}?errors=true")).await.expect(200);
        assert_eq!(file.text.lines().count(), 2, "{}", file.text);
        server.stop().await;
    });
}

#[test]
fn a_source_states_attributes_that_there_are() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let admin = server.api(Role::Administrator).await;
        for wrong in ["titel", "name.", "title work", "urn:example:none:department"] {
            let settings = json!({"attributes": ["title", wrong]});
            let refused = admin.post("/sources", json!({"name": "okta", "settings": settings})).await.expect(400);
            assert!(refused.body["detail"].as_str().unwrap().contains(wrong), "{}", refused.text);
        }
        let department = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department";
        source(&admin, "okta", json!({"attributes": ["title", "name", department]})).await;
        server.stop().await;
    });
}

#[test]
fn cases_are_listed_and_decided() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let admin = server.api(Role::Administrator).await;
        let okta = source(&admin, "okta", json!({})).await;
        okta.post("/Users", json!({"userName": "ana"})).await.expect(201);
        let hr = source(&admin, "hr", json!({"join": "never"})).await;
        let one = hr.post("/Users", json!({"userName": "ana"})).await.expect(201);
        let cases = admin.get("/sources/hr/unjoined").await.expect(200).body;
        let case = &cases["items"][0];
        assert_eq!((&case["id"], &case["code"]), (&json!(one.id()), &json!("name_taken")));
        assert_eq!(case["candidates"][0]["userName"], "ana");
        let path = format!("/sources/hr/unjoined/{}", one.id());
        admin.post(&format!("{path}/make"), json!({})).await.expect(409);
        admin.post(&format!("{path}/link"), json!({"user": "nobody"})).await.expect(404);
        let linked = admin.post(&format!("{path}/link"), json!({"user": "ana"})).await.expect(200).body;
        assert_eq!(linked["userName"], "ana");
        assert!(admin.get("/sources/hr/unjoined").await.expect(200).body["items"].as_array().unwrap().is_empty());
        let order = admin.put("/sources/order", json!({"sources": ["hr", "okta", "local"]})).await.expect(200).body;
        assert_eq!(order["items"][0]["name"], "hr");
        admin.put("/sources/order", json!({"sources": ["hr"]})).await.expect(400);
        server.stop().await;
    });
}

#[test]
fn a_source_goes_with_its_tokens_at_once_and_its_people_as_decided() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let admin = server.api(Role::Administrator).await;
        let idp = source(&admin, "okta", json!({})).await;
        let ana = idp.post("/Users", json!({"userName": "ana"})).await.expect(201);
        let team = json!({"displayName": "Sales", "members": [{"value": ana.id()}]});
        idp.post("/Groups", team).await.expect(201);
        let preview = admin.get("/sources/okta/removal").await.expect(200).body;
        assert_eq!((&preview["people"]["onlyHere"], &preview["groups"]), (&json!(1), &json!(1)));
        let decide = async |body: Value| admin.send(Method::DELETE, "/sources/okta", Some(body), &[]).await;
        decide(json!({"confirm": "Okta", "people": "keep"})).await.expect(400);
        decide(json!({"confirm": "okta", "people": "scatter"})).await.expect(400);
        idp.get("/Users").await.expect(200);
        let gone = decide(json!({"confirm": "okta", "people": "keep"})).await.expect(202).body;
        assert_eq!((&gone["state"], &gone["removal"]["people"]), (&json!("deleting"), &json!("keep")));
        idp.get("/Users").await.expect(401);
        when(&admin, "/sources/okta", |status, _| status == 404).await;
        let ana = admin.get("/users/ana").await.expect(200).body;
        assert_eq!((&ana["state"], &ana["records"][0]["sourceName"]), (&json!("active"), &json!("Local")));
        assert_eq!(admin.get("/groups/Sales").await.expect(200).body["kind"], "manual");
        let lines = admin.get("/sync-log?event=keep").await.expect(200).body;
        assert_eq!(lines["items"].as_array().unwrap().len(), 2, "told under the name it had: {lines}");
        admin.delete("/users/ana").await.expect(204);
        admin.get("/users/ana").await.expect(404);
        server.stop().await;
    });
}

#[test]
fn a_group_that_something_names_is_shown_as_deleted() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let admin = server.api(Role::Administrator).await;
        let idp = source(&admin, "okta", json!({})).await;
        let sales = idp.post("/Groups", json!({"displayName": "Sales"})).await.expect(201);
        let id = admin.get("/groups/Sales").await.expect(200).id().to_owned();
        let outer = admin.post("/groups", json!({"displayName": "Outer"})).await.expect(201).id().to_owned();
        admin.post(&format!("/groups/{outer}/members"), json!({"add": [id]})).await.expect(204);
        idp.delete(&format!("/Groups/{}", sales.id())).await.expect(204);
        let shown = admin.get(&format!("/groups/{id}")).await.expect(200).body;
        assert!(shown["deletedAt"].is_string(), "{shown}");
        assert_eq!(admin.get("/groups?deleted=true").await.expect(200).body["items"].as_array().unwrap().len(), 1);
        admin.delete(&format!("/groups/{outer}")).await.expect(204);
        admin.get(&format!("/groups/{id}")).await.expect(404);
        server.stop().await;
    });
}
