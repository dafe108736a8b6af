//! Bulk requests.

use http::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Client, Database, TestServer, on_both};

async fn bulk(idp: &Client, operations: Value) -> Answer {
    idp.post("/Bulk", json!({"schemas": [scim::BULK_REQUEST_URN], "Operations": operations})).await
}

fn statuses(answer: &Answer) -> Vec<&str> {
    let list = answer.body["Operations"].as_array().unwrap();
    list.iter().map(|operation| operation["status"].as_str().expect("a text")).collect()
}

fn user(name: &str, more: Value) -> Value {
    let mut user = json!({"schemas": [scim::USER_URN], "userName": name});
    user.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    user
}

fn group(name: &str, members: &[&str]) -> Value {
    let members: Vec<_> = members.iter().map(|value| json!({"value": value})).collect();
    json!({"schemas": [scim::GROUP_URN], "displayName": name, "members": members})
}

fn post(id: &str, path: &str, data: Value) -> Value {
    json!({"method": "POST", "bulkId": id, "path": path, "data": data})
}

/// The id at the end of an operation's location.
fn id(answer: &Answer, number: usize) -> String {
    let location = answer.body["Operations"][number]["location"].as_str().unwrap_or_else(|| panic!("{}", answer.text));
    location.rsplit_once('/').unwrap().1.to_owned()
}

#[test]
fn references_are_resolved_in_any_order() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let idp = server.source("idp").await;
        let patch = json!({"schemas": [scim::PATCH_URN], "Operations": [
            {"op": "add", "path": "members", "value": [{"value": "bulkId:late"}]}]});
        let operations = json!([
            post("outer", "/Groups", group("Outer", &["bulkId:inner", "bulkId:ann"])),
            post("inner", "/Groups", group("Inner", &["bulkId:ann"])),
            post("ann", "/Users", user("ann", json!({}))),
            {"method": "PATCH", "path": "/Groups/bulkId:inner", "data": patch},
            post("late", "/Users", user("late", json!({}))),
        ]);
        let done = bulk(&idp, operations).await.expect(200);
        assert_eq!(done.body["schemas"], json!([scim::BULK_RESPONSE_URN]));
        assert_eq!(statuses(&done), ["201", "201", "201", "200", "201"], "{}", done.text);
        for (number, name) in ["outer", "inner", "ann"].into_iter().enumerate() {
            let operation = &done.body["Operations"][number];
            assert_eq!((&operation["bulkId"], &operation["method"]), (&json!(name), &json!("POST")));
            let path = operation["location"].as_str().unwrap().strip_prefix(&idp.base).unwrap();
            let now = idp.get(path).await.expect(200);
            assert_eq!(now.body["meta"]["location"], operation["location"]);
            assert!(operation["version"].as_str().unwrap().starts_with("W/\""));
        }
        assert_eq!(id(&done, 3), id(&done, 1), "the location of a PATCH is its target's");
        let members = |group: Answer| {
            let list = group.body["members"].as_array().unwrap().clone();
            let mut list: Vec<_> = list.iter().map(|member| member["value"].as_str().unwrap().to_owned()).collect();
            list.sort();
            list
        };
        let mut wanted = vec![id(&done, 1), id(&done, 2)];
        wanted.sort();
        assert_eq!(members(idp.get(&format!("/Groups/{}", id(&done, 0))).await.expect(200)), wanted);
        let mut wanted = vec![id(&done, 2), id(&done, 4)];
        wanted.sort();
        assert_eq!(members(idp.get(&format!("/Groups/{}", id(&done, 1))).await.expect(200)), wanted);
        server.stop().await;
    });
}

#[test]
fn circles_of_managers_are_made_and_circles_of_groups_refused() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let idp = server.source("idp").await;
        let reports = |to: &str| json!({scim::ENTERPRISE_URN: {"manager": {"value": format!("bulkId:{to}")}}});
        let operations = json!([
            post("a", "/Users", user("a", reports("b"))),
            post("b", "/Users", user("b", reports("a"))),
            post("c", "/Users", user("c", reports("a"))),
            post("g", "/Groups", group("G", &["bulkId:h"])),
            post("h", "/Groups", group("H", &["bulkId:g"])),
            post("above", "/Groups", group("Above", &["bulkId:g"])),
        ]);
        let done = bulk(&idp, operations).await.expect(200);
        assert_eq!(statuses(&done), ["201", "201", "201", "409", "409", "409"], "{}", done.text);
        for (number, manager) in [(0, 1), (1, 0), (2, 0)] {
            let operation = &done.body["Operations"][number];
            let now = idp.get(&format!("/Users/{}", id(&done, number))).await.expect(200);
            assert_eq!(now.body[scim::ENTERPRISE_URN]["manager"]["value"], id(&done, manager), "{}", now.text);
            assert_eq!(now.body["meta"]["version"], operation["version"]);
        }
        let refused = &done.body["Operations"][3];
        assert_eq!(refused["response"]["schemas"], json!([scim::ERROR_URN]));
        assert_eq!((&refused["response"]["status"], refused.get("location")), (&json!("409"), None));
        assert_eq!(idp.get("/Groups").await.expect(200).body["totalResults"], 0);
        server.stop().await;
    });
}

#[test]
fn each_operation_fails_by_itself() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let (idp, other) = (server.source("idp").await, server.source("other").await);
        let foreign = other.post("/Users", json!({"userName": "foreign"})).await.expect(201).id();
        let ann = idp.post("/Users", json!({"userName": "ann"})).await.expect(201);
        let path = format!("/Users/{}", ann.id());
        let operations = json!([
            {"method": "TRACE", "path": "/Users"},
            {"method": "GET", "path": path},
            {"method": "POST", "path": "/Users", "data": user("nameless", json!({}))},
            post("x", "/Users", user("ann", json!({}))),
            post("y", "/Groups", group("Y", &["bulkId:x"])),
            post("z", "/Groups", group("Z", &["bulkId:nobody"])),
            {"method": "DELETE", "path": format!("/Users/{foreign}")},
            {"method": "DELETE", "path": format!("/scim/v2/other/Users/{foreign}")},
            {"method": "PUT", "path": path, "version": "W/\"99\"", "data": user("ann", json!({}))},
            {"method": "PUT", "path": path, "version": 1, "data": user("ann", json!({}))},
            {"method": "PUT", "path": path, "version": ann.header("etag"), "data": user("ann", json!({"title": "Dr"}))},
            post("w", "/Users", json!("no object")),
            7,
            {"method": "POST", "bulkId": "v", "path": path, "data": {}},
            post("u", "/Users", user("u", json!({}))),
            post("u", "/Users", user("v", json!({}))),
            {"method": "DELETE", "path": path},
        ]);
        let done = bulk(&idp, operations).await.expect(200);
        let types: Vec<_> = done.body["Operations"]
            .as_array()
            .unwrap()
            .iter()
            .map(|operation| {
                (operation["status"].as_str().unwrap(), operation["response"]["scimType"].as_str().unwrap_or_default())
            })
            .collect();
        assert_eq!(
            types,
            [
                ("400", "invalidSyntax"),
                ("400", "invalidSyntax"),
                ("400", "invalidSyntax"),
                ("409", "uniqueness"),
                ("409", ""),
                ("400", "invalidValue"),
                ("404", ""),
                ("404", ""),
                ("412", ""),
                ("412", ""),
                ("200", ""),
                ("400", "invalidSyntax"),
                ("400", "invalidSyntax"),
                ("405", ""),
                ("201", ""),
                ("400", "invalidValue"),
                ("204", ""),
            ],
            "{}",
            done.text
        );
        other.get(&format!("/Users/{foreign}")).await.expect(200);
        idp.get(&path).await.expect_error(404, "");
        assert_eq!(idp.get("/Users").await.expect(200).body["totalResults"], 1);
        server.stop().await;
    });
}

#[test]
fn fail_on_errors_leaves_the_rest() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let idp = server.source("idp").await;
        let wrong = |id: &str| post(id, "/Users", json!({"schemas": [scim::USER_URN]}));
        let manager = json!({scim::ENTERPRISE_URN: {"manager": {"value": "bulkId:f"}}});
        let operations = json!([
            post("a", "/Users", user("a", json!({}))),
            wrong("b"),
            post("c", "/Users", user("c", json!({}))),
            wrong("d"),
            post("e", "/Users", user("e", manager)),
            post("f", "/Users", user("f", json!({}))),
        ]);
        let ask =
            |limit: u64| json!({"schemas": [scim::BULK_REQUEST_URN], "failOnErrors": limit, "Operations": operations});
        let done = idp.post("/Bulk", ask(1)).await.expect(200);
        assert_eq!(statuses(&done), ["201", "400"]);
        let done = idp.post("/Bulk", ask(2)).await.expect(200);
        assert_eq!(statuses(&done), ["409", "400"], "a is there already");
        let done = idp.post("/Bulk", ask(9)).await.expect(200);
        assert_eq!(statuses(&done), ["409", "400", "201", "400", "201", "201"]);
        idp.post("/Bulk", ask(0)).await.expect_error(400, "invalidValue");
        server.stop().await;
    });
}

#[test]
fn limits_are_named_and_nothing_runs_beyond() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let idp = server.source("idp").await;
        let config = idp.get("/ServiceProviderConfig").await.expect(200).body;
        assert_eq!(config["bulk"], json!({"supported": true, "maxOperations": 1000, "maxPayloadSize": 1_048_576}));
        let many = |count: usize| -> Vec<Value> {
            (0..count).map(|n| post(&n.to_string(), "/Users", user(&format!("u{n}"), json!({})))).collect()
        };
        let refused = bulk(&idp, json!(many(1_001))).await.expect_error(413, "");
        assert!(refused.body["detail"].as_str().unwrap().contains("1000"), "{}", refused.text);
        let sized = |size: usize| {
            let body = json!({"schemas": [scim::BULK_REQUEST_URN], "Operations": many(1)});
            let mut body = serde_json::to_vec(&body).unwrap();
            body.resize(size, b' ');
            body
        };
        let refused = idp.send_bytes(Method::POST, "/Bulk", Some(sized(1_048_577)), &[]).await.expect_error(413, "");
        assert!(refused.body["detail"].as_str().unwrap().contains("1048576"), "{}", refused.text);
        assert_eq!(idp.get("/Users").await.expect(200).body["totalResults"], 0);
        let done = idp.send_bytes(Method::POST, "/Bulk", Some(sized(1_048_576)), &[]).await.expect(200);
        assert_eq!(statuses(&done), ["201"]);
        for wrong in [json!([]), json!({}), json!({"schemas": ["urn:x"], "Operations": []})] {
            let body = Some(serde_json::to_vec(&wrong).unwrap());
            idp.send_bytes(Method::POST, "/Bulk", body, &[]).await.expect_error(400, "invalidSyntax");
        }
        assert_eq!(idp.get("/Bulk").await.expect_error(405, "").header("allow"), "POST");
        idp.with_token(None).post("/Bulk", json!({})).await.expect_error(401, "");
        server.stop().await;
    });
}
