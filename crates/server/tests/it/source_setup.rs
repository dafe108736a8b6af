//! Guided set-up: guides, the live check list, the self-test, alarms.

use directory::administrator::Role;
use serde_json::{Value, json};

use crate::harness::{Client, Database, TestServer, on_both, until};

const CLIENTS: [&str; 7] = ["okta", "entra", "oneLogin", "jumpCloud", "pingOne", "google", "generic"];

/// A source for this client, made through the API: its SCIM client.
async fn source(admin: &Client, client: &str) -> Client {
    let made = admin.post("/sources", json!({"name": client, "client": client})).await.expect(201);
    Client::new(made.body["baseUrl"].as_str().unwrap().into(), made.body["token"].as_str().map(Into::into))
}

async fn setup(admin: &Client, name: &str) -> Value {
    admin.get(&format!("/sources/{name}/setup")).await.expect(200).body
}

fn check<'a>(setup: &'a Value, key: &str) -> &'a Value {
    setup["checks"].as_array().unwrap().iter().find(|check| check["key"] == key).unwrap()
}

#[test]
fn every_client_has_a_guide_with_the_values_to_paste() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let admin = server.api(Role::Administrator).await;
        let listed = admin.get("/clients").await.expect(200).body;
        let listed: Vec<_> = listed["items"].as_array().unwrap().iter().map(|item| item["client"].clone()).collect();
        assert_eq!(listed, CLIENTS);
        admin.post("/sources", json!({"name": "x", "client": "aol"})).await.expect(400);
        for client in CLIENTS {
            let idp = source(&admin, client).await;
            let guide = admin.get(&format!("/sources/{client}/guide")).await.expect(200);
            assert_eq!(guide.body["client"], client);
            assert!(!guide.text.contains(idp.token.as_deref().unwrap()), "the token is shown once");
            assert!(!guide.text.contains("{base_url}") && !guide.text.contains("{source}"), "{}", guide.text);
            let fields: Vec<&Value> = guide.body["steps"]
                .as_array()
                .unwrap()
                .iter()
                .flat_map(|step| step["fields"].as_array().unwrap())
                .collect();
            assert!(
                fields.iter().any(|field| field["value"] == idp.base.as_str() && field["copy"] == true),
                "{client}"
            );
            let secret: Vec<_> = fields.iter().filter(|field| field["secret"] == true).collect();
            assert!(!secret.is_empty() && secret.iter().all(|field| field["value"].is_null()), "{client}");
        }
        // Another client, another guide.
        let changed = admin.put("/sources/generic/client", json!({"client": "entra"})).await.expect(200);
        assert_eq!(changed.body["client"], "entra");
        assert!(admin.get("/sources/generic/guide").await.expect(200).text.contains("Tenant URL"));
        admin.get("/sources/Local/guide").await.expect(200);
        server.stop().await;
    });
}

#[test]
fn the_check_list_follows_what_arrives() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let admin = server.api(Role::Administrator).await;
        let okta = source(&admin, "okta").await;
        let seen = setup(&admin, "okta").await;
        assert_eq!((&seen["state"], &seen["lastRefused"]), (&json!("waiting"), &Value::Null));
        assert!(seen["checks"].as_array().unwrap().iter().all(|check| check["state"] != "failed"), "{seen}");

        // A wrong token, a missing one, and one of another source: three sentences.
        let mut wrong = okta.token.clone().unwrap();
        wrong.replace_range(wrong.len() - 3.., "x9Q");
        okta.with_token(Some(&wrong)).get("/Users").await.expect(401);
        until(async || setup(&admin, "okta").await["state"] == "refused").await;
        let seen = setup(&admin, "okta").await;
        assert_eq!(seen["lastRefused"]["reason"], "A request arrived with an unknown token ending …x9Q.");
        assert!(!seen.to_string().contains(&wrong[20..40]), "no more of it than that");
        assert_eq!(check(&seen, "authenticated")["state"], "failed");
        assert_eq!(check(&seen, "request")["state"], "done");
        let other = server.source("other").await;
        for (client, words) in
            [(okta.with_token(None), "without a token"), (okta.with_token(other.token.as_deref()), "of another source")]
        {
            client.get("/Users").await.expect(401);
            until(async || {
                setup(&admin, "okta").await["lastRefused"]["reason"].as_str().is_some_and(|text| text.contains(words))
            })
            .await;
        }

        // What arrives turns the checks green by itself.
        let ana = okta.post("/Users", json!({"userName": "ana@example.com", "externalId": "00u1"})).await.expect(201);
        let nobody = "00000000-0000-7000-8000-000000000000";
        let members = json!([{"value": ana.id()}, {"value": nobody}]);
        okta.post("/Groups", json!({"displayName": "Sales", "members": members})).await.expect(201);
        until(async || setup(&admin, "okta").await["state"] == "connected").await;
        let seen = setup(&admin, "okta").await;
        for (key, state, count) in [
            ("authenticated", "done", Value::Null),
            ("users", "done", json!(1)),
            ("groups", "done", json!(1)),
            ("members", "warning", json!(1)),
            ("externalId", "done", Value::Null),
        ] {
            assert_eq!((&check(&seen, key)["state"], &check(&seen, key)["count"]), (&json!(state), &count), "{seen}");
        }
        assert!(check(&seen, "members")["fix"].as_str().unwrap().contains("Push Groups"));

        // A request that is let in and fails is named too.
        okta.post("/Users", json!({"userName": "ana@example.com"})).await.expect(409);
        until(async || setup(&admin, "okta").await["lastRefused"]["status"] == 409).await;
        assert_eq!(setup(&admin, "okta").await["lastRefused"]["path"], "/Users");

        let entra = source(&admin, "entra").await;
        entra.post("/Users", json!({"userName": "bo@example.com", "externalId": "bo@example.com"})).await.expect(201);
        let seen = setup(&admin, "entra").await;
        assert_eq!(check(&seen, "externalId")["state"], "warning");
        assert!(check(&seen, "externalId")["fix"].as_str().unwrap().contains("objectId"));
        server.stop().await;
    });
}

#[test]
fn a_self_test_passes_and_leaves_nothing() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let admin = server.api(Role::Administrator).await;
        for client in CLIENTS {
            let idp = source(&admin, client).await;
            let changes = admin.get("/changes?limit=200").await.expect(200).body;
            let report = admin.post(&format!("/sources/{client}/self-test"), json!({})).await.expect(200).body;
            assert_eq!((&report["passed"], &report["via"]), (&json!(true), &json!("publicUrl")), "{report:#}");
            assert!(report["steps"].as_array().unwrap().len() > 3);
            for path in ["/Users", "/Groups"] {
                assert_eq!(idp.get(path).await.expect(200).body["totalResults"], 0, "{client} {path}");
            }
            assert_eq!(admin.get("/changes?limit=200").await.expect(200).body, changes, "{client}: the audit trail");
            assert_eq!(admin.get("/users").await.expect(200).body["items"], json!([]), "{client}");
            // The test's lines are in the log, and marked.
            let lines = async || {
                let page = admin.get(&format!("/sources/{client}/requests?limit=200")).await.expect(200).body;
                page["items"].as_array().unwrap().clone()
            };
            until(async || lines().await.iter().filter(|line| line["test"] == true).count() > 3).await;
        }
        // A test is no sign of life of the client.
        let made = admin.post("/sources", json!({"name": "fresh", "client": "okta"})).await.expect(201);
        admin.post("/sources/fresh/self-test", json!({})).await.expect(200);
        until(async || {
            admin.get("/sources/fresh/requests").await.expect(200).body["items"]
                .as_array()
                .is_some_and(|all| all.len() > 4)
        })
        .await;
        assert!(admin.get(&format!("/sources/{}", made.id())).await.expect(200).body["lastRequestAt"].is_null());
        assert_eq!(setup(&admin, "fresh").await["state"], "waiting");
        admin.post("/sources/Local/self-test", json!({})).await.expect(400);
        server.stop().await;
    });
}

#[test]
fn a_self_test_says_what_is_wrong() {
    on_both(async |database: Database| {
        let stranger = TestServer::start(Database::Sqlite).await;
        let stranger_url = stranger.url.clone();
        for (public_url, words) in [
            ("http://127.0.0.1:1", "could not be reached"),
            ("http://nowhere.invalid", "could not be reached"),
            (stranger_url.as_str(), "does not know the token"),
            (&format!("{stranger_url}/healthz"), "is not this server's SCIM endpoint"),
        ] {
            let server =
                TestServer::start_with(database.clone(), |config| config.public_url = Some(public_url.to_owned()))
                    .await;
            let admin = server.api(Role::Operator).await;
            server.source("idp").await;
            let report = admin.post("/sources/idp/self-test", json!({})).await.expect(200).body;
            let steps = report["steps"].as_array().unwrap();
            assert_eq!((&report["passed"], &report["via"]), (&json!(false), &json!("process")), "{report:#}");
            assert!(steps[0]["explanation"].as_str().unwrap().contains(words), "{:#}", steps[0]);
            assert!(steps[0]["fix"].as_str().is_some_and(|fix| fix.contains("public_url") || fix.contains("proxy")));
            assert!(steps[1..].iter().all(|step| step["passed"] == true), "the rest is tried inside: {report:#}");
            server.stop().await;
        }
        stranger.stop().await;

        // A switch that Entra needs is off.
        let server = TestServer::start(database).await;
        let admin = server.api(Role::Administrator).await;
        source(&admin, "entra").await;
        admin.put("/sources/entra/settings", json!({"tolerance": {"opCase": false}})).await.expect(200);
        let report = admin.post("/sources/entra/self-test", json!({})).await.expect(200).body;
        let failed: Vec<&Value> =
            report["steps"].as_array().unwrap().iter().filter(|step| step["passed"] == false).collect();
        assert!(failed.iter().any(|step| step["method"] == "PATCH" && step["status"] == 400), "{report:#}");
        assert!(failed[0]["fix"].as_str().unwrap().contains("switches"), "{:#}", failed[0]);
        server.stop().await;
    });
}

#[test]
fn an_ending_token_is_an_alarm_until_it_is_replaced() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let admin = server.api(Role::Administrator).await;
        source(&admin, "okta").await;
        assert_eq!(admin.get("/alarms").await.expect(200).body["items"], json!([]));
        let first = admin.get("/sources/okta/tokens").await.expect(200).body["items"][0].clone();
        let path = format!("/sources/okta/tokens/{}/rotate", first["id"].as_str().unwrap());
        let short = admin.post(&path, json!({"overlapDays": 0, "days": 1})).await.expect(201);
        let alarms = admin.get("/alarms").await.expect(200).body["items"].clone();
        let [alarm] = alarms.as_array().unwrap().as_slice() else { panic!("{alarms:#}") };
        assert_eq!((&alarm["kind"], &alarm["severity"]), (&json!("tokenExpires"), &json!("urgent")));
        assert_eq!((&alarm["object"]["name"], &alarm["token"]), (&json!("okta"), &json!(short.id())));
        let end = short.body["lastFour"].as_str().unwrap();
        assert!(
            alarm["text"].as_str().unwrap().contains(&format!("…{end} of okta stops working in 1 day")),
            "{alarm:#}"
        );
        let metrics = server.anonymous().get("/metrics").await.expect(200).text;
        assert!(metrics.contains("lockstep_alarms{kind=\"tokenExpires\"} 1"), "{metrics}");
        admin.post("/sources/okta/tokens", json!({})).await.expect(201);
        assert_eq!(admin.get("/alarms").await.expect(200).body["items"], json!([]));
        server.stop().await;
    });
}
