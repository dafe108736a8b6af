//! What the console reads: lists, the first page, errors by cause, a person's story.

use directory::administrator::Role;
use serde_json::{Value, json};
use std::time::Duration;

use crate::admin_source_policy::source;
use crate::harness::{Client, Database, TestServer, on_both};

/// A hub with people and an application: another server's source.
pub struct Scene {
    pub hub: TestServer,
    pub application: TestServer,
    pub admin: Client,
    pub idp: Client,
    /// The application, as the hub is to reach it.
    pub target: Client,
}

impl Scene {
    pub async fn set(database: Database) -> Scene {
        let hub = TestServer::start(database).await;
        let application = TestServer::start(Database::Sqlite).await;
        let (admin, idp) = (hub.api(Role::Administrator).await, hub.source("Okta").await);
        let target = application.source("hub").await;
        let new = json!({"name": "Chat", "baseUrl": target.base, "token": target.token});
        admin.post("/applications", new).await.expect(201);
        Scene { hub, application, admin, idp, target }
    }

    pub async fn person(&self, name: &str, more: Value) -> String {
        let mut body = json!({"userName": name, "emails": [{"value": format!("{name}@x.test"), "primary": true}]});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.idp.post("/Users", body).await.expect(201);
        self.admin.get(&format!("/users/{name}")).await.expect(200).id()
    }

    pub async fn go(&self) {
        self.admin.post("/applications/Chat/assignments", json!({"everyone": true})).await.expect(204);
        self.admin.post("/applications/Chat/publish", json!({})).await.expect(200);
        self.admin.post("/applications/Chat/activate", json!({})).await.expect(200);
    }

    /// Wait until a path's answer is as it should be.
    pub async fn until(&self, path: &str, is_right: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..600 {
            let answer = self.admin.get(path).await.expect(200).body;
            if is_right(&answer) {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{path} is {}", self.admin.get(path).await.text);
    }

    pub async fn idle(&self) {
        self.until("/status", |status| status["idle"] == true).await;
    }

    pub async fn end(self) {
        self.hub.stop().await;
        self.application.stop().await;
    }
}

fn names<'a>(page: &'a Value, member: &str) -> Vec<&'a str> {
    page["items"].as_array().unwrap().iter().map(|item| item[member].as_str().unwrap()).collect()
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[test]
fn people_are_found_sorted_and_counted() {
    on_both(async |database| {
        let scene = Scene::set(database).await;
        scene.person("zoe", json!({"name": {"givenName": "Zoë", "familyName": "Adler"}})).await;
        scene.person("ana", json!({"displayName": "Ana Ruiz", "title": "Engineer"})).await;
        let leaver = scene.person("mia", json!({"active": false})).await;
        scene.admin.post("/groups", json!({"displayName": "Staff"})).await.expect(201);
        scene.admin.post("/groups/Staff/members", json!({"add": [leaver]})).await.expect(204);
        scene.admin.put("/users/ana/hold", json!({})).await.expect(200);
        let list = async |query: &str| scene.admin.get(&format!("/users{query}")).await.expect(200).body;

        let all = list("?sort=userName").await;
        assert_eq!(names(&all, "userName"), ["ana", "mia", "zoe"]);
        assert_eq!(all["total"], json!({"count": 3, "exact": true}));
        let ana = &all["items"][0];
        assert_eq!((&ana["email"], &ana["title"]), (&json!("ana@x.test"), &json!("Engineer")));
        assert_eq!(ana["sources"][0]["name"], "Okta");
        assert_eq!(all["items"][1]["groupCount"], 1);
        for (query, expected) in [
            ("?sort=-userName", &["zoe", "mia", "ana"][..]),
            ("?sort=modifiedAt", &["zoe", "mia", "ana"]),
            ("?sort=-createdAt", &["mia", "ana", "zoe"]),
            ("?state=inactive", &["mia"]),
            ("?state=on_hold", &["ana"]),
            ("?state=attention", &[]),
            ("?group=Staff", &["mia"]),
            ("?source=Okta&state=active", &["zoe", "ana"]),
            ("?search=adl", &["zoe"]),
            ("?search=zo%C3%AB", &["zoe"]),
            ("?search=ana%20r", &["ana"]),
            ("?search=mia@x", &["mia"]),
            ("?application=Chat", &[]),
        ] {
            assert_eq!(names(&list(query).await, "userName"), expected, "{query}");
        }
        for sort in ["userName", "-userName", "modifiedAt", "-modifiedAt", "createdAt", "-createdAt"] {
            let mut seen = Vec::new();
            let mut after = String::new();
            loop {
                let page = list(&format!("?sort={sort}&limit=1{after}")).await;
                seen.extend(names(&page, "userName").into_iter().map(str::to_owned));
                let Some(next) = page["next"].as_str() else { break };
                after = format!("&after={next}");
            }
            let whole = list(&format!("?sort={sort}")).await;
            assert_eq!(seen, names(&whole, "userName"), "{sort}: pages are parts of the list");
        }
        for (filter, expected) in [
            (r#"title eq "engineer""#, &["ana"][..]),
            (r#"title ne "Engineer""#, &["mia", "zoe"]),
            ("not (title pr)", &["mia", "zoe"]),
            (r#"title sw "eng" and state eq "on_hold""#, &["ana"]),
            (r#"state ne "active""#, &["mia"]),
            (r#"source eq "Okta" and not (group pr)"#, &["ana", "zoe"]),
            (r#"source ne "Okta""#, &[]),
            (r#"group ne "Staff" and familyName eq "ADLER""#, &["zoe"]),
            ("not (application pr)", &["ana", "mia", "zoe"]),
        ] {
            let page = list(&format!("?sort=userName&filter={}", encoded(filter))).await;
            assert_eq!(names(&page, "userName"), expected, "{filter}");
            assert_eq!(page["total"]["count"], expected.len(), "{filter}");
        }
        for wrong in [r#"title co "x""#, r#"nickName eq "x""#, r#"state eq "asleep""#, "title eq"] {
            scene.admin.get(&format!("/users?filter={}", encoded(wrong))).await.expect(400);
        }
        scene.admin.get("/users?filter=source%20eq%20%22nowhere%22").await.expect(404);
        scene.admin.get("/users?sort=colour").await.expect(400);
        scene.admin.get("/users?after=nowhere").await.expect(400);
        let counts = scene.admin.get("/users/counts").await.expect(200).body;
        for (state, count) in [
            ("all", 3),
            ("active", 2),
            ("inactive", 1),
            ("pending", 1),
            ("blocked", 0),
            ("onHold", 1),
            ("attention", 0),
        ] {
            assert_eq!(counts[state], json!({"count": count, "exact": true}), "{state}");
        }
        scene.end().await;
    });
}

#[test]
fn errors_are_grouped_and_say_what_to_do() {
    on_both(async |database| {
        let scene = Scene::set(database).await;
        for name in ["ana", "bo", "cy"] {
            scene.person(name, json!({})).await;
        }
        scene.person("di", json!({"title": "Boss"})).await;
        let mut settings = scene.admin.get("/applications/Chat/draft").await.expect(200).body["settings"].clone();
        settings["mapping"] = json!([
            {"to": "userName", "expression": "user.userName"},
            {"to": "title", "expression": "user.title", "onEmpty": "fail"}
        ]);
        scene.admin.put("/applications/Chat/draft", settings).await.expect(200);
        scene.go().await;
        scene.idle().await;

        let errors = scene.admin.get("/errors").await.expect(200).body;
        assert_eq!(errors["items"].as_array().unwrap().len(), 1, "{errors}");
        let group = &errors["items"][0];
        assert_eq!((&group["code"], &group["status"]), (&json!("map.error"), &json!("failed")));
        assert_eq!(group["count"], json!({"count": 3, "exact": true}));
        assert_eq!((&group["action"], &group["applicationName"]), (&json!("edit_mapping"), &json!("Chat")));
        assert!(group["advice"].as_str().is_some_and(|advice| !advice.is_empty()));
        assert!(group["example"]["detail"].as_str().unwrap().contains("title"), "{group}");
        assert_eq!(scene.admin.get("/errors?status=waiting").await.expect(200).body["items"], json!([]));

        let first = scene.admin.get("/work?code=map.error&limit=2").await.expect(200).body;
        let rest = scene.admin.get(&format!("/work?limit=2&after={}", first["next"].as_str().unwrap())).await.body;
        let mut people = [names(&first, "subjectName"), names(&rest, "subjectName")].concat();
        people.sort_unstable();
        assert_eq!(people, ["ana", "bo", "cy"]);
        assert_eq!(scene.admin.get("/users/counts").await.body["attention"]["count"], 3);
        let troubled = scene.admin.get("/users?state=attention&sort=userName").await.expect(200).body;
        assert_eq!(names(&troubled, "userName"), ["ana", "bo", "cy"]);
        assert_eq!(troubled["items"][0]["accounts"][0]["open"], json!({"status": "failed", "code": "map.error"}));

        // When a source was last heard of is written a moment behind its requests.
        let home = scene.until("/home", |home| home["setup"]["source"] == true).await;
        assert_eq!((&home["needs"][0]["kind"], &home["needs"][0]["count"]), (&json!("errors"), &json!(3)));
        assert_eq!(home["setup"], json!({"source": true, "application": true, "assignment": true, "active": true}));
        assert_eq!(
            (&home["applications"][0]["succeeded"], &home["applications"][0]["troubled"]),
            (&json!(1), &json!(3))
        );
        let figures = scene.admin.get("/statistics?metric=operations&bucket=day").await.expect(200).body;
        let sum = |status: &str| -> i64 {
            let items = figures["items"].as_array().unwrap().iter();
            items.filter(|item| item["status"] == status).map(|item| item["count"].as_i64().unwrap()).sum()
        };
        assert_eq!((sum("succeeded"), sum("failed")), (1, 3), "{figures}");
        scene.until("/statistics?metric=requests", |figures| figures["items"][0]["count"] == 4).await;
        scene.admin.get("/statistics?metric=requests&from=2000-01-01").await.expect(400);

        let failed =
            scene.admin.get("/operations?status=failed&code=map.error&application=Chat").await.expect(200).body;
        assert_eq!(failed["items"].as_array().unwrap().len(), 3);
        let searched = scene.admin.get("/operations?search=AN&op=none").await.expect(200).body;
        assert_eq!(names(&searched, "subjectName"), ["ana"]);
        assert_eq!(scene.admin.get("/operations?from=2100-01-01").await.expect(200).body["items"], json!([]));
        let runs = scene.admin.get("/runs?state=with_errors").await.expect(200).body;
        assert!(runs["items"].as_array().unwrap().iter().all(|run| run["applicationName"] == "Chat"));
        assert_ne!(runs["total"]["count"], 0);
        scene.end().await;
    });
}

#[test]
fn a_person_is_one_story() {
    on_both(async |database| {
        let scene = Scene::set(database).await;
        let hr = scene.hub.source("HR").await;
        let id = scene.person("ana", json!({"title": "Engineer"})).await;
        hr.post("/Users", json!({"userName": "ana", "title": "Boss", "nickName": "An"})).await.expect(201);
        for (name, member) in [("Staff", &id), ("Everybody here", &String::new())] {
            let group = scene.admin.post("/groups", json!({"displayName": name})).await.expect(201).id();
            if name == "Staff" {
                scene.admin.post("/groups/Staff/members", json!({"add": [member]})).await.expect(204);
            } else {
                let staff = scene.admin.get("/groups/Staff").await.expect(200).id();
                scene.admin.post(&format!("/groups/{group}/members"), json!({"add": [staff]})).await.expect(204);
            }
        }
        scene.go().await;
        scene.idle().await;

        let user = scene.admin.get("/users/ana").await.expect(200).body;
        let stated = |path: &str| {
            user["provenance"].as_array().unwrap().iter().find(|stated| stated["path"] == path).unwrap().clone()
        };
        let title = stated("title");
        assert_eq!((&title["value"], &title["sourceName"]), (&json!("Engineer"), &json!("Okta")));
        assert_eq!(title["overruled"][0]["value"], "Boss");
        assert_eq!(stated("nickName")["sourceName"], "HR");
        assert_eq!(user["accounts"][0]["applied"]["title"], "Engineer");
        assert_eq!(user["accounts"][0]["open"], Value::Null);

        let groups = scene.admin.get("/users/ana/groups").await.expect(200).body;
        assert_eq!(names(&groups, "displayName"), ["Staff", "Everybody here"]);
        assert_eq!((&groups["items"][0]["direct"], &groups["items"][0]["via"]), (&json!(true), &json!([])));
        assert_eq!(groups["items"][1]["via"][0]["name"], "Staff");
        let members = scene.admin.get("/groups/Everybody%20here/effective-members").await.expect(200).body;
        assert_eq!((&members["items"][0]["name"], &members["items"][0]["direct"]), (&json!("ana"), &json!(false)));
        let uses = scene.admin.get("/groups/Staff/uses").await.expect(200).body;
        assert_eq!(uses["nestedIn"][0]["name"], "Everybody here");
        scene.admin.post("/applications/Chat/groups", json!({"group": "Staff"})).await.expect(204);
        let effective = scene.admin.get("/applications/Chat/effective-groups").await.expect(200).body;
        assert_eq!(names(&effective, "displayName"), ["Everyone", "Staff"]);
        let listed = scene.admin.get("/groups?kind=manual&sort=displayName").await.expect(200).body;
        assert_eq!(names(&listed, "displayName"), ["Everybody here", "Staff"]);
        assert_eq!(
            (&listed["items"][1]["memberCount"]["count"], &listed["items"][1]["pushedTo"]),
            (&json!(1), &json!(1))
        );

        // From the request to the operation, in one list, whatever the size of its pages. The log of requests is
        // written a moment later than the changes.
        let requests = |story: &Value| {
            let items = story["items"].as_array().unwrap().iter();
            let mut named: Vec<_> =
                items.filter_map(|moment| moment["request"]["sourceName"].as_str()).map(str::to_owned).collect();
            // One request may change several things.
            named.dedup();
            named
        };
        let story = scene.until("/users/ana/timeline", |story| requests(story) == ["HR", "Okta"]).await;
        assert_eq!(story["items"][0]["operation"]["op"], "create");
        let whole: Vec<_> = story["items"].as_array().unwrap().clone();
        let mut pieces = Vec::new();
        let mut before = String::new();
        loop {
            let page = scene.admin.get(&format!("/users/ana/timeline?limit=2{before}")).await.expect(200).body;
            pieces.extend(page["items"].as_array().unwrap().iter().cloned());
            let Some(next) = page["next"].as_str() else { break };
            before = format!("&before={next}");
        }
        assert_eq!(pieces, whole);

        // What somebody changed in the application is put right.
        let place = format!("/Users/{}", user["accounts"][0]["remoteId"].as_str().unwrap());
        let defaced = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "replace", "path": "title", "value": "Jester"}]});
        scene.target.patch(&place, defaced).await.expect(200);
        let synced = scene.admin.post("/users/ana/sync", json!({"applications": ["Chat"]})).await.expect(202).body;
        assert_eq!(synced["applications"].as_array().unwrap().len(), 1);
        scene.idle().await;
        assert_eq!(scene.target.get(&place).await.expect(200).body["title"], "Engineer");
        scene.admin.post("/users/ana/sync", json!({"applications": ["Nowhere"]})).await.expect(404);
        let found = scene.admin.get("/search?q=an").await.expect(200).body;
        assert_eq!((&found["items"][0]["kind"], &found["items"][0]["name"]), (&json!("user"), &json!("ana")));
        let by_id = scene.admin.get(&format!("/search?q={id}")).await.expect(200).body;
        assert_eq!(by_id["items"][0]["id"], json!(id));
        scene.end().await;
    });
}

#[test]
fn the_audit_trail_is_narrowed() {
    on_both(async |database| {
        let scene = Scene::set(database).await;
        scene.person("ana", json!({})).await;
        scene.admin.post("/groups", json!({"displayName": "Staff"})).await.expect(201);
        for (query, expected) in [
            ("?objectKind=group", &["Staff"][..]),
            ("?actorKind=source", &["ana"]),
            ("?actor=administrator&action=create&search=st", &["Staff"]),
            ("?objectKind=user&action=delete", &[]),
            ("?to=2000-01-01", &[]),
        ] {
            let page = scene.admin.get(&format!("/changes{query}")).await.expect(200).body;
            assert_eq!(names(&page, "objectName"), expected, "{query}");
        }
        scene.admin.get("/changes?from=yesterday").await.expect(400);
        scene.end().await;
    });
}

#[test]
fn a_draft_is_previewed_and_planned_before_it_counts() {
    on_both(async |database| {
        let scene = Scene::set(database).await;
        scene.person("ana", json!({"title": "engineer"})).await;
        scene.person("bo", json!({})).await;
        scene.go().await;
        scene.idle().await;
        let leaver = scene.person("cy", json!({})).await;
        scene.idle().await;
        let admin = &scene.admin;
        admin.post("/applications/Chat/draft/plan", json!({})).await.expect(400);
        admin.delete("/applications/Chat/draft").await.expect(400);
        let mut settings = admin.get("/applications/Chat/draft").await.expect(200).body["settings"].clone();
        let rows = settings["mapping"].as_array_mut().unwrap();
        for row in rows.iter_mut().filter(|row| row["to"] == "title") {
            row["expression"] = json!("upper(user.title)");
        }
        // Unsaved, and with a fault: every other row still shows what it gives.
        let mut faulty = settings.clone();
        faulty["mapping"].as_array_mut().unwrap().push(json!({"to": "nickName2", "expression": "lower(usr.x"}));
        let shown = admin.post("/applications/Chat/draft/preview", json!({"user": "ana", "settings": faulty})).await;
        let shown = shown.expect(200).body;
        let row = |shown: &Value, to: &str| {
            shown["rows"].as_array().unwrap().iter().find(|row| row["to"] == to).unwrap().clone()
        };
        assert_eq!((&row(&shown, "title")["value"], &shown["step"]), (&json!("ENGINEER"), &json!("error")));
        assert!(row(&shown, "nickName2")["error"]["message"].is_string());

        admin.put("/applications/Chat/draft", settings.clone()).await.expect(200);
        let shown = admin.post("/applications/Chat/draft/preview", json!({"user": "ana"})).await.expect(200).body;
        assert_eq!((&shown["step"], &shown["hasAccess"]), (&json!("update"), &json!(true)));
        assert_eq!(shown["changes"], json!([{"path": "title", "before": "engineer", "after": "ENGINEER"}]));
        assert_eq!((&shown["account"]["title"], &shown["before"]["title"]), (&json!("ENGINEER"), &json!("engineer")));
        assert_eq!(shown["request"]["method"], "PATCH");
        let operations = &shown["request"]["body"]["Operations"];

        // What was foreseen is what publishing does.
        let plan = admin.post("/applications/Chat/draft/plan", json!({})).await.expect(202).body;
        let path = format!("/applications/Chat/plans/{}", plan["id"].as_str().unwrap());
        let plan = scene.until(&path, |plan| plan["state"] == "done").await;
        assert_eq!(plan["counts"], json!({"update": 1, "unchanged": 2}), "{plan}");
        assert_eq!(
            (&plan["attributes"], &plan["examples"]["update"][0]["name"]),
            (&json!({"title": 1}), &json!("ana"))
        );
        assert_eq!((&plan["done"], &plan["total"]), (&json!(3), &json!(3)));
        admin.post("/applications/Chat/publish", json!({})).await.expect(200);
        scene.idle().await;
        let done = admin.get("/operations?op=update").await.expect(200).body;
        assert_eq!((done["items"].as_array().unwrap().len(), &done["items"][0]["changes"]), (1, operations));

        // Back to the first version, by way of a draft.
        assert_eq!(admin.get("/applications/Chat/versions/1").await.expect(200).body["state"], "superseded");
        let restored = admin.post("/applications/Chat/versions/1/restore", json!({})).await.expect(200).body;
        assert_eq!((&restored["number"], &restored["state"]), (&json!(3), &json!("draft")));
        let shown = admin.post("/applications/Chat/draft/preview", json!({"user": leaver})).await.expect(200).body;
        assert_eq!((&shown["step"], &shown["request"]), (&json!("nothing"), &Value::Null));
        admin.delete("/applications/Chat/draft").await.expect(204);
        assert_eq!(admin.get("/applications/Chat/draft").await.expect(200).body["number"], 2);

        let check = async |body: Value| admin.post("/expressions/check", body).await.expect(200).body;
        assert_eq!(check(json!({"expression": "upper(user.userName)", "user": "ana"})).await["value"], "ANA");
        let wrong = check(json!({"expression": "lower(usr.x)"})).await;
        assert_eq!((&wrong["ok"], &wrong["error"]["offset"]), (&json!(false), &json!(6)));
        let known = admin.get("/expressions/completions").await.expect(200).body;
        assert!(
            known["variables"].as_array().unwrap().iter().any(|variable| variable["name"] == "user.name.givenName")
        );
        scene.end().await;
    });
}

#[test]
fn whoever_listens_hears_what_changes() {
    on_both(async |database| {
        let scene = Scene::set(database).await;
        let (admin, idp) = (scene.admin.clone(), scene.idp.clone());
        admin.with_token(None).get("/events").await.expect(401);
        let heard = tokio::spawn(async move {
            admin.listen("/events", |text| text.contains("\"user\"") && text.contains("\"group\"")).await
        });
        tokio::time::sleep(Duration::from_millis(300)).await;
        idp.post("/Users", json!({"userName": "ana"})).await.expect(201);
        let group = scene.admin.post("/groups", json!({"displayName": "Staff"})).await.expect(201).id();
        let heard = heard.await.unwrap();
        assert!(heard.contains(&format!("data: {{\"topic\":\"group\",\"id\":\"{group}\"}}\n\n")), "{heard}");
        // Whoever still listens is no reason for the process not to end.
        scene.end().await;
    });
}

#[test]
fn home_says_what_needs_somebody_and_how_fast_leavers_went() {
    on_both(async |database| {
        let scene = Scene::set(database).await;
        let ana = scene.person("ana", json!({})).await;
        scene.person("bo", json!({})).await;
        scene.go().await;
        scene.idle().await;
        let home = scene.admin.get("/home").await.expect(200).body;
        assert_eq!(home["leavers"], json!([]));
        assert_eq!(home["sources"][0]["users"], 2);

        let record = scene.idp.get("/Users?filter=userName%20eq%20%22ana%22").await.expect(200).body;
        let path = format!("/Users/{}", record["Resources"][0]["id"].as_str().unwrap());
        let patch = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "replace", "path": "active", "value": false}]});
        scene.idp.patch(&path, patch.clone()).await.expect(200);
        scene.idle().await;
        let home = scene.until("/home", |home| home["leavers"][0]["doneAt"].is_string()).await;
        let leaver = &home["leavers"][0];
        assert_eq!((&leaver["user"], &leaver["name"], &leaver["accounts"]), (&json!(ana), &json!("ana"), &json!(1)));
        assert!((0..20_000).contains(&leaver["tookMs"].as_i64().unwrap()), "{leaver}");

        // Somebody who leaves while nothing can be sent has taken until now.
        scene.admin.post("/applications/Chat/deactivate", json!({})).await.expect(200);
        let record = scene.idp.get("/Users?filter=userName%20eq%20%22bo%22").await.expect(200).body;
        let path = format!("/Users/{}", record["Resources"][0]["id"].as_str().unwrap());
        scene.idp.patch(&path, patch).await.expect(200);
        let home = scene.until("/home", |home| home["needs"][0]["kind"] == "inactive").await;
        let need = &home["needs"][0];
        assert_eq!((&need["count"], &need["severity"]), (&json!(1), &json!("info")));
        assert_eq!(need["sentence"], "Chat is not active: 1 change waits until it is");

        // A record that may be two people's waits for somebody, and so does a token that ends soon.
        let hr = source(&scene.admin, "HR", json!({"join": "never"})).await;
        hr.post("/Users", json!({"userName": "ana"})).await.expect(201);
        scene.admin.post("/api-tokens", json!({"name": "Reports", "role": "auditor", "days": 10})).await.expect(201);
        let home = scene.admin.get("/home").await.expect(200).body;
        let kinds: Vec<_> =
            home["needs"].as_array().unwrap().iter().map(|need| need["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["ending_token", "unjoined", "inactive"]);
        assert_eq!(home["needs"][1]["sentence"], "HR: 1 record waits for somebody to say who they are");
        scene.end().await;
    });
}
