//! Applications through the admin API, as far as nothing is sent to one.

use directory::administrator::Role;
use http::Method;
use serde_json::{Value, json};

use crate::harness::{Client, Database, TestServer, on_both};

const SECRET: &str = "app-secret-0123456789";

async fn chat(admin: &Client) -> String {
    let new = json!({"name": "Chat", "baseUrl": "http://127.0.0.1:9/scim", "token": SECRET, "match": "email"});
    admin.post("/applications", new).await.expect(201).id()
}

#[test]
fn a_draft_counts_when_it_is_published() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let admin = server.api(Role::Administrator).await;
        chat(&admin).await;
        admin.post("/applications", json!({"name": "chat", "baseUrl": "http://127.0.0.1:9/"})).await.expect(409);
        admin.post("/applications/Chat/activate", json!({})).await.expect(400);
        assert_eq!(admin.post("/applications/Chat/publish", json!({})).await.expect(200).body["state"], "current");
        admin.post("/applications/Chat/publish", json!({})).await.expect(400);

        let basis = admin.get("/applications/Chat/draft").await.expect(200);
        assert_eq!((&basis.body["state"], &basis.body["settings"]["match"]), (&json!("current"), &json!("email")));
        let tag = basis.header("etag").to_owned();
        let mut settings = basis.body["settings"].clone();
        settings["onUnassigned"] = json!("delete");
        let draft = admin
            .send(Method::PUT, "/applications/Chat/draft", Some(settings.clone()), &[("if-match", &tag)])
            .await
            .expect(200);
        assert_eq!((&draft.body["number"], &draft.body["state"]), (&json!(2), &json!("draft")));
        let late =
            admin.send(Method::PUT, "/applications/Chat/draft", Some(settings.clone()), &[("if-match", &tag)]).await;
        late.expect(412);
        // And of several in the same moment one is heard.
        let tag = draft.header("etag").to_owned();
        let saves = (0..6).map(|n| {
            let (admin, tag, mut settings) = (&admin, &tag, settings.clone());
            settings["mapping"][0]["expression"] = json!(format!("user.userName + '{n}'"));
            async move {
                let headers = [("if-match", tag.as_str())];
                admin.send(Method::PUT, "/applications/Chat/draft", Some(settings), &headers).await.status.as_u16()
            }
        });
        let mut statuses = futures::future::join_all(saves).await;
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412, 412, 412, 412, 412]);
        settings["mapping"] =
            json!([{"to": "userName", "expression": "user.userName"}, {"to": "no such", "expression": "("}]);
        let faulty = admin.put("/applications/Chat/draft", settings).await.expect(400);
        assert!(faulty.body["detail"].as_str().unwrap().contains("no such"), "{}", faulty.text);

        assert_eq!(admin.post("/applications/Chat/publish", json!({})).await.expect(200).body["number"], 2);
        let versions = admin.get("/applications/Chat/versions").await.expect(200);
        let states: Vec<_> = versions.body["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|version| version["state"].as_str().unwrap())
            .collect();
        assert_eq!(states, ["current", "superseded"]);
        server.stop().await;
    });
}

#[test]
fn a_credential_is_never_shown() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let admin = server.api(Role::Administrator).await;
        chat(&admin).await;
        admin.put("/applications/Chat/credential", json!({"token": format!("{SECRET}-2")})).await.expect(204);
        let detail = admin.get("/applications/Chat").await.expect(200);
        assert_eq!(detail.body["credential"]["origin"], "http://127.0.0.1:9");
        assert_eq!(detail.body["credential"]["last4"], "89-2");
        for path in [
            "/applications",
            "/applications/Chat",
            "/applications/Chat/draft",
            "/applications/Chat/versions",
            "/changes",
            "/status",
        ] {
            assert!(!admin.get(path).await.expect(200).text.contains(SECRET), "{path}");
        }
        server.stop().await;
    });
}

#[tokio::test]
async fn a_base_url_must_be_one_that_may_be_called() {
    let server = TestServer::start(Database::Sqlite).await;
    let admin = server.api(Role::Administrator).await;
    for url in [
        "http://10.0.0.1/scim",
        "https://169.254.169.254/",
        "https://metadata.google.internal/",
        "ftp://127.0.0.1/",
        "http://u:p@127.0.0.1/",
        "not a url",
    ] {
        let answer = admin.post("/applications", json!({"name": "X", "baseUrl": url})).await;
        assert_eq!(answer.status.as_u16(), 400, "{url}: {}", answer.text);
    }
    chat(&admin).await;
    let mut settings = admin.get("/applications/Chat/draft").await.expect(200).body["settings"].clone();
    settings["baseUrl"] = json!("http://10.0.0.1/scim");
    admin.put("/applications/Chat/draft", settings).await.expect(400);
    assert_eq!(admin.get("/applications").await.expect(200).body["items"].as_array().unwrap().len(), 1);
    server.stop().await;
}

#[test]
fn assignments_and_pushed_groups_come_and_go() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let (admin, idp) = (server.api(Role::Administrator).await, server.source("idp").await);
        let app = chat(&admin).await;
        idp.post("/Users", json!({"userName": "ana"})).await.expect(201);
        admin.post("/groups", json!({"displayName": "Staff"})).await.expect(201);

        for body in [
            json!({}),
            json!({"user": "ana", "group": "Staff"}),
            json!({"user": "ana", "everyone": true}),
            json!({"usr": "ana"}),
        ] {
            admin.post("/applications/Chat/assignments", body).await.expect(400);
        }
        admin.post("/applications/Chat/assignments", json!({"user": "nobody"})).await.expect(404);
        for body in
            [json!({"user": "ana"}), json!({"group": "Staff"}), json!({"everyone": true}), json!({"everyone": true})]
        {
            admin.post("/applications/Chat/assignments", body).await.expect(204);
        }
        let names = async || -> Vec<String> {
            let first = admin.get("/applications/Chat/assignments?limit=2").await.expect(200).body;
            let mut items = first["items"].as_array().unwrap().clone();
            if let Some(next) = first["next"].as_str() {
                let rest = admin.get(&format!("/applications/{app}/assignments?after={next}")).await.expect(200).body;
                items.extend(rest["items"].as_array().unwrap().iter().cloned());
            }
            let mut names: Vec<_> = items.iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect();
            names.sort();
            names
        };
        assert_eq!(names().await, ["Everyone", "Staff", "ana"]);
        admin.delete("/applications/Chat/assignments?everyone=true").await.expect(204);
        admin.delete("/applications/Chat/assignments?user=ana").await.expect(204);
        admin.delete("/applications/Chat/assignments?user=ana").await.expect(204);
        admin.delete("/applications/Chat/assignments").await.expect(400);
        assert_eq!(names().await, ["Staff"]);

        admin.post("/applications/Chat/groups", json!({"group": "Everyone"})).await.expect(400);
        admin.post("/applications/Chat/groups", json!({"group": "Staff"})).await.expect(204);
        let pushed = admin.get("/applications/Chat/groups").await.expect(200).body;
        assert_eq!((&pushed["items"][0]["displayName"], &pushed["items"][0]["link"]), (&json!("Staff"), &Value::Null));
        admin.delete("/applications/Chat/groups/Staff").await.expect(204);
        assert_eq!(admin.get("/applications/Chat/groups").await.expect(200).body["items"], json!([]));

        admin.delete("/applications/Chat").await.expect(204);
        admin.get("/applications/Chat").await.expect(404);
        server.stop().await;
    });
}
