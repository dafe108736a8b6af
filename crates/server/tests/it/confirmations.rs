//! What asks again who it is (re-authentication): every route that hands out or takes a secret, gives somebody rights,
//! or decides where people's data goes.

use std::collections::BTreeSet;

use directory::administrator::Role;
use http::Method;
use serde_json::{Value, json};

use crate::{
    admin_sessions::{Browser, PASSWORD, api, set_up},
    harness::{Database, MINUTE, TestServer, on_both},
};

/// What handles secrets and does not ask, and why.
const NOT_ASKED: [(&str, &str); 11] = [
    ("POST /setup", "the code is the proof"),
    ("POST /session", "is the proof"),
    ("POST /session/confirm", "is the proof"),
    ("PUT /session/password", "asks for the password itself"),
    ("PUT /session/second-factor", "ends what a confirmed request has begun, and asks for a code"),
    ("POST /invitations/look", "the link is the proof"),
    ("POST /invitations/accept", "the link is the proof"),
    ("POST /applications", "a new secret for a new place: none is seen or replaced"),
    ("POST /demo", "the same"),
    ("PUT /applications/{application}/draft", "asks when the base URL is another one"),
    ("POST /applications/{application}/draft/preview", "stores nothing and sends nothing"),
];

/// What has the name of a secret and is none: a page of the console, a token's id.
const NO_SECRETS: [&str; 2] = ["GET /home link", "GET /alarms token"];

/// The names of all texts that a schema may have, at any depth; `password` for every one that is marked as such.
fn texts(document: &Value, schema: &Value, within: &[&str], found: &mut BTreeSet<String>) {
    let mut within = within.to_vec();
    let schema = match schema["$ref"].as_str() {
        // A schema may speak of itself.
        Some(place) if within.contains(&place) => return,
        Some(place) => {
            within.push(place);
            document.pointer(place.trim_start_matches('#')).unwrap()
        }
        None => schema,
    };
    let is = |member: &Value, kind: &str| {
        member["type"] == kind || member["type"].as_array().is_some_and(|all| all.contains(&json!(kind)))
    };
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        if is(member, "string") || is(&member["items"], "string") {
            found.insert(if member["format"] == "password" { "password" } else { name }.to_owned());
        } else {
            texts(document, member, &within, found);
        }
    }
    let parts = ["allOf", "oneOf"].into_iter().filter_map(|key| schema[key].as_array()).flatten();
    for part in parts.chain(schema.get("items")) {
        texts(document, part, &within, found);
    }
}

/// What members that open something are called.
const SECRETS: [&str; 6] = ["token", "secret", "clientSecret", "password", "recoveryCodes", "link"];

/// What an operation takes, and what it hands out.
fn handled(document: &Value, operation: &Value) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut taken, mut given) = (BTreeSet::new(), BTreeSet::new());
    texts(document, &operation["requestBody"]["content"]["application/json"]["schema"], &[], &mut taken);
    for (_, answer) in operation["responses"].as_object().into_iter().flatten() {
        texts(document, &answer["content"]["application/json"]["schema"], &[], &mut given);
    }
    (taken, given)
}

/// A route that is added later is held to this by what its description says it handles.
#[tokio::test]
async fn whatever_handles_a_secret_asks_who_it_is() {
    let server = TestServer::start(Database::Sqlite).await;
    let document = server.anonymous().get("/api/v1/openapi.json").await.expect(200).body;
    let mut seen = BTreeSet::new();
    let mut asked = 0;
    for route in server::admin::route_table(&server.app) {
        let name = format!("{} {}", route.method, route.path);
        let method = route.method.as_str().to_lowercase();
        let operation = &document["paths"][format!("/api/v1{}", route.path)][method];
        assert!(operation.is_object(), "{name} is described");
        let (taken, given) = handled(&document, operation);
        // Or an address that people's data goes to.
        let is_sensitive =
            SECRETS.iter().any(|name| taken.contains(*name) || given.contains(*name)) || taken.contains("baseUrl");
        if route.method.is_safe() {
            // What is stored is never shown again.
            let shown =
                SECRETS.iter().filter(|secret| given.contains(**secret)).map(|secret| format!("{name} {secret}"));
            let shown: Vec<String> = shown.filter(|one| !NO_SECRETS.contains(&one.as_str())).collect();
            assert!(shown.is_empty(), "{shown:?}");
        } else if is_sensitive && !route.need.confirmed {
            assert!(NOT_ASKED.iter().any(|(known, _)| *known == name), "{name} handles a secret and does not ask");
            seen.insert(name);
        } else {
            asked += usize::from(route.need.confirmed);
        }
    }
    let known: BTreeSet<String> = NOT_ASKED.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(seen, known, "the list of exceptions is no longer than it must be");
    assert!(asked > 15, "{asked}");
    server.stop().await;
}

/// The acts by name, as trust.md 4.6 has them, and those that come to the same.
const ASKED: [(&str, &str); 22] = [
    // Mint a token.
    ("POST", "/api-tokens"),
    ("POST", "/sources"),
    ("POST", "/sources/{source}/tokens"),
    ("POST", "/sources/{source}/tokens/{token}/rotate"),
    // View or replace a secret.
    ("PUT", "/applications/{application}/credential"),
    ("PUT", "/sign-in/provider"),
    ("DELETE", "/sign-in/provider"),
    ("POST", "/session/second-factor"),
    ("DELETE", "/session/second-factor"),
    ("POST", "/session/provider/connect"),
    ("DELETE", "/session/provider"),
    // Add an administrator, or make more of one.
    ("POST", "/administrators"),
    ("PUT", "/administrators/{administrator}"),
    ("DELETE", "/administrators/{administrator}"),
    ("POST", "/administrators/{administrator}/disable"),
    ("POST", "/administrators/{administrator}/enable"),
    ("POST", "/invitations"),
    // What protects all of it.
    ("PUT", "/settings"),
    // Change a base URL; settings that name another one, and a version that has another one.
    ("PUT", "/applications/{application}/draft"),
    ("POST", "/applications/{application}/versions/{version}/restore"),
    // The same for a manager's own application.
    ("PUT", "/applications/Chat/draft"),
    ("PUT", "/applications/Chat/credential"),
];

#[test]
fn five_minutes_later_each_of_these_asks_who_it_is() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let ana = Browser { cookie: set_up(&server).await, client: api(&server) };
        let chat = async |method: Method, path: &str, body: Value| {
            ana.send(method, &format!("/applications/Chat{path}"), body).await
        };
        let new = json!({"name": "Chat", "baseUrl": "http://127.0.0.1:9/scim"});
        ana.send(Method::POST, "/applications", new).await.expect(201);
        chat(Method::POST, "/publish", json!({})).await.expect(200);
        let mut settings = chat(Method::GET, "/draft", json!(null)).await.expect(200).body["settings"].clone();
        settings["baseUrl"] = json!("http://127.0.0.1:10/scim");
        chat(Method::PUT, "/draft", settings.clone()).await.expect(200);
        chat(Method::POST, "/publish", json!({})).await.expect(200);
        let other = |port: u16| {
            let mut settings = settings.clone();
            settings["baseUrl"] = json!(format!("http://127.0.0.1:{port}/scim"));
            settings
        };
        // Version 1 has another base URL than what is published; the draft asked for is one more.
        let body = |path: &str| if path.ends_with("/draft") { other(11) } else { json!({"no such member": 1}) };
        let at = |path: &str| {
            path.replace("{application}", "Chat")
                .replace("{version}", "1")
                .replace("{source}", "okta")
                .replace("{administrator}", "00000000-0000-7000-8000-000000000000")
                .replace("{token}", "x")
        };
        server.forward(5 * MINUTE + 1_000);
        for (method, path) in ASKED {
            let method: Method = method.parse().unwrap();
            let asked = ana.send(method.clone(), &at(path), body(path)).await.expect(403);
            assert_eq!(asked.body["code"], "reauthenticate", "{method} {path}");
        }
        // What changes no base URL does not ask.
        chat(Method::PUT, "/draft", other(10)).await.expect(200);
        chat(Method::POST, "/versions/2/restore", json!({})).await.expect(200);
        ana.send(Method::POST, "/session/confirm", json!({"password": PASSWORD})).await.expect(204);
        chat(Method::POST, "/versions/1/restore", json!({})).await.expect(200);
        chat(Method::PUT, "/draft", other(11)).await.expect(200);
        server.stop().await;
    });
}

/// The list above, and what the route table says, are one.
#[tokio::test]
async fn the_route_table_asks_for_nothing_else() {
    let server = TestServer::start(Database::Sqlite).await;
    let table: BTreeSet<(String, String)> = server::admin::route_table(&server.app)
        .into_iter()
        .filter(|route| route.need.confirmed)
        .map(|route| (route.method.to_string(), route.path))
        .collect();
    // Those that look at what is asked decide for themselves.
    let by_content = ["/applications/{application}/draft", "/applications/{application}/versions/{version}/restore"];
    let listed: BTreeSet<(String, String)> = ASKED
        .iter()
        .filter(|(_, path)| !by_content.contains(path) && !path.contains("Chat"))
        .map(|(method, path)| ((*method).to_owned(), (*path).to_owned()))
        .collect();
    assert_eq!(table, listed);
    // Programs have no password to give, and are not asked.
    let program = server.api(Role::Administrator).await;
    program.post("/api-tokens", json!({"name": "script", "role": "auditor"})).await.expect(201);
    server.stop().await;
}
