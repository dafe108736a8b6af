//! Files of what lists show, retrying one cause, and what a run came to.

use directory::administrator::Role;
use serde_json::{Value, json};
use std::collections::HashSet;

use crate::{
    admin_console::Scene,
    harness::{Answer, Client, Database, TestServer, on_both},
};

fn lines(file: &Answer) -> Vec<&str> {
    file.text.lines().collect()
}

fn objects(file: &Answer) -> Vec<Value> {
    file.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_file_is_what_the_list_shows() {
    on_both(async |database: Database| {
        let scene = Scene::set(database).await;
        scene.person("ana", json!({"displayName": "=HYPERLINK(\"http://x\")", "title": "Engineer"})).await;
        scene.person("bo", json!({"title": "Sales, \"East\""})).await;
        scene.person("cy", json!({"active": false})).await;
        scene.admin.post("/groups", json!({"displayName": "Staff"})).await.expect(201);
        scene.go().await;
        scene.idle().await;
        let auditor = scene.hub.api(Role::Auditor).await;

        let file = auditor.get("/export/users?sort=-userName&state=active").await.expect(200);
        assert_eq!(file.header("content-disposition"), "attachment; filename=\"users.csv\"");
        assert!(file.header("content-type").starts_with("text/csv"));
        let rows = lines(&file);
        assert!(rows[0].starts_with("\"id\",\"userName\",\"displayName\",\"email\""), "{}", rows[0]);
        assert!(rows[1].contains("\"bo\"") && rows[1].contains("\"Sales, \"\"East\"\"\""), "{}", rows[1]);
        assert!(rows[2].contains("\"'=HYPERLINK(\"\"http://x\"\")\"") && rows[2].contains("\"Okta\""), "{}", rows[2]);
        assert!(rows[2].contains("\"Chat\"") && rows.len() == 3, "{}", file.text);

        let file = auditor.get("/export/users?search=an&format=jsonl").await.expect(200);
        assert_eq!(file.header("content-disposition"), "attachment; filename=\"users.jsonl\"");
        let listed = auditor.get("/users?search=an").await.expect(200).body["items"].clone();
        assert_eq!(Value::from(objects(&file)), listed, "each line is an item of the list");

        for (path, list) in [
            ("/export/groups?kind=manual", "/groups?kind=manual"),
            ("/export/runs?application=Chat", "/runs?application=Chat"),
            ("/export/operations?op=create", "/operations?op=create"),
            ("/export/work", "/work"),
        ] {
            let file = auditor.get(&format!("{path}{}format=jsonl", if path.contains('?') { '&' } else { '?' })).await;
            let listed = auditor.get(list).await.expect(200).body["items"].clone();
            assert_eq!(Value::from(objects(&file.expect(200))), listed, "{path}");
        }
        auditor.get("/export/users?format=xlsx").await.expect(400);
        auditor.get("/export/users?state=sleeping").await.expect(400);
        auditor.get("/export/users?source=nowhere").await.expect(404);
        auditor.get("/export/users?sort=colour").await.expect(400);

        // Who took what away is on record, and only when there was a file.
        let taken = auditor.get("/changes?action=export").await.expect(200).body["items"].clone();
        assert_eq!(taken.as_array().unwrap().len(), 6, "{taken}");
        let first = &taken[5];
        assert_eq!((&first["actor"], &first["objectName"]), (&json!("auditor"), &json!("users")));
        assert_eq!(first["detail"], json!({"format": "csv", "view": {"sort": "-userName", "state": "active"}}));
        let file = auditor.get("/export/changes?action=export&format=jsonl").await.expect(200);
        assert_eq!(objects(&file).len(), 6, "what is in the file was there before it");
        scene.end().await;
    });
}

async fn people(idp: &Client, from: usize, to: usize) {
    let bulk: Vec<Value> = (from..to)
        .map(|number| {
            let data = json!({"schemas": [scim::USER_URN], "userName": format!("user{number:04}")});
            json!({"method": "POST", "path": "/Users", "bulkId": number.to_string(), "data": data})
        })
        .collect();
    let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": bulk});
    idp.post("/Bulk", body).await.expect(200);
}

#[test]
fn a_long_file_goes_on_behind_its_first_piece() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let (admin, idp) = (server.api(Role::Administrator).await, server.source("Okta").await);
        for start in (0..1_010).step_by(101) {
            people(&idp, start, start + 101).await;
        }
        for sort in ["userName", "-modifiedAt", "createdAt"] {
            let file = admin.get(&format!("/export/users?format=jsonl&sort={sort}")).await.expect(200);
            let names: Vec<String> =
                objects(&file).iter().map(|user| user["userName"].as_str().unwrap().to_owned()).collect();
            assert_eq!(names.len(), 1_010, "{sort}");
            assert_eq!(names.iter().collect::<HashSet<_>>().len(), 1_010, "{sort}: nobody twice");
        }
        let trail = admin.get("/export/changes?objectKind=user&action=create").await.expect(200);
        assert_eq!(lines(&trail).len(), 1_011);
        server.stop().await;
    });
}

#[test]
fn one_cause_is_retried_in_one_request() {
    on_both(async |database: Database| {
        let scene = Scene::set(database).await;
        for name in ["ana", "bo"] {
            scene.person(name, json!({})).await;
        }
        // Nobody is looked at twice in the first run.
        scene.idle().await;
        let mut settings = scene.admin.get("/applications/Chat/draft").await.expect(200).body["settings"].clone();
        settings["mapping"] = json!([
            {"to": "userName", "expression": "user.userName"},
            {"to": "title", "expression": "user.title", "onEmpty": "fail"}
        ]);
        scene.admin.put("/applications/Chat/draft", settings).await.expect(200);
        scene.go().await;
        scene.idle().await;
        let retry = async |body: Value| scene.admin.post("/applications/Chat/retry", body).await;

        assert_eq!(retry(json!({"code": "auth.invalid"})).await.expect(200).body["retried"], 0);
        assert_eq!(retry(json!({"code": "map.error", "status": "waiting"})).await.expect(200).body["retried"], 0);
        retry(json!({"code": "map.error", "status": "asleep"})).await.expect(400);
        let before = scene.admin.get("/operations?code=map.error").await.expect(200).body["items"].clone();
        // Somebody else's error came between what was seen and what is asked for.
        retry(json!({"code": "map.error", "status": "failed", "count": 1})).await.expect(412);
        scene.idle().await;
        let meanwhile = scene.admin.get("/operations?code=map.error").await.expect(200).body["items"].clone();
        assert_eq!(meanwhile, before, "nothing was looked at again");
        let done = retry(json!({"code": "map.error", "status": "failed", "count": 2})).await.expect(200).body;
        assert_eq!(done["retried"], 2);
        let path = "/operations?code=map.error";
        scene.until(path, |page| page["items"].as_array().unwrap().len() == 4).await;
        let entry = scene.admin.get("/changes?action=retry&limit=1").await.expect(200).body["items"][0].clone();
        assert_eq!((&entry["detail"]["code"], &entry["detail"]["objects"]), (&json!("map.error"), &json!(2)));

        // What a run came to, by kind of object.
        scene.idle().await;
        let runs = scene.admin.get("/runs").await.expect(200).body["items"].clone();
        let first = runs.as_array().unwrap().last().unwrap()["id"].as_str().unwrap().to_owned();
        let run = scene.until(&format!("/runs/{first}"), |run| !run["finishedAt"].is_null()).await;
        let users = &run["breakdown"][0];
        assert_eq!((&users["kind"], &users["failed"], &users["succeeded"]), (&json!("user"), &json!(2), &json!(0)));
        assert_eq!(run["breakdown"].as_array().unwrap().len(), 3);
        let file = scene.admin.get(&format!("/export/operations?run={first}")).await.expect(200);
        assert_eq!(lines(&file).len(), 3, "{}", file.text);
        scene.end().await;
    });
}

#[test]
fn one_reader_tells_everybody_who_listens() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let (admin, idp) = (server.api(Role::Administrator).await, server.source("Okta").await);
        let listening = (0..5).map(|_| {
            let admin = admin.clone();
            tokio::spawn(async move { admin.listen("/events", |text| text.contains("\"user\"")).await })
        });
        let listening: Vec<_> = listening.collect();
        crate::harness::until(async || server.app.newsroom.listeners() == 5).await;
        assert_eq!(server.app.newsroom.readers(), 1);
        idp.post("/Users", json!({"userName": "ana"})).await.expect(201);
        for heard in listening {
            assert!(heard.await.unwrap().contains("\"topic\":\"user\""));
        }
        drop(admin);
        crate::harness::until(async || server.app.newsroom.readers() == 0).await;
        server.stop().await;
    });
}
