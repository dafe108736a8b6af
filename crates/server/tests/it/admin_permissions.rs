//! Every route of the admin API against every kind of credential.

use directory::administrator::Role;
use http::Method;
use serde_json::json;

use crate::harness::{Client, Database, TestServer};

const NOBODY: &str = "00000000-0000-7000-8000-000000000000";

/// The table is a snapshot: whoever changes what a role may do changes it, and a review sees it.
#[tokio::test]
async fn who_may_do_what() {
    let server = TestServer::start(Database::Sqlite).await;
    let source = server.source("idp").await;
    let administrator = server.api(Role::Administrator).await;
    let credentials = [
        administrator.with_token(None),
        administrator.with_token(source.token.as_deref()),
        server.api(Role::Auditor).await,
        server.api(Role::Operator).await,
        administrator,
        server.api(Role::Owner).await,
    ];
    let mut table = format!(
        "{:64}{:9}{:9}{:9}{:9}{:15}{:9}{}\n",
        "route", "nobody", "source", "auditor", "operator", "administrator", "owner", "asks"
    );
    for route in server::admin::route_table(&server.app) {
        // Nothing is called that, so that whoever is let through does nothing.
        let path: Vec<&str> =
            route.path.split('/').map(|part| if part.starts_with('{') { NOBODY } else { part }).collect();
        let path = path.join("/");
        let mut line = format!("{:64}", format!("{} {}", route.method, route.path));
        for (column, client) in credentials.iter().enumerate() {
            let width = if column == 4 { 15 } else { 9 };
            line += &format!("{:width$}", answer(client, &route.method, &path).await);
        }
        let asks = [(route.need.confirmed, "confirmed "), (route.need.manager, "or manager")];
        asks.iter().filter(|(asked, _)| *asked).for_each(|(_, word)| line += word);
        table += line.trim_end();
        table.push('\n');
    }
    insta::assert_snapshot!(table);
    server.stop().await;
}

/// `yes` when the request reached its handler, else the refusal's status.
async fn answer(client: &Client, method: &Method, path: &str) -> &'static str {
    if path == "/events" {
        // It has no end.
        return if client.status(path).await == 200 { "yes" } else { "401" };
    }
    let body = (!method.is_safe()).then(|| json!({"no such member": 1}));
    let answer = client.send(method.clone(), path, body, &[]).await;
    match answer.status.as_u16() {
        401 if answer.header("www-authenticate") == "Bearer" => "401",
        403 if answer.text.contains("needs the role") => "403",
        status if status < 500 => "yes",
        _ => panic!("{method} {path}: {}", answer.text),
    }
}

#[tokio::test]
async fn what_is_not_there_is_a_problem() {
    let server = TestServer::start(Database::Sqlite).await;
    let client = server.api(Role::Administrator).await;
    for (method, path, status) in [
        (Method::GET, "/nothing", 404),
        (Method::GET, "/sources/nothing/at/all", 404),
        (Method::GET, "/applications/nope", 404),
        (Method::GET, "/runs/nope", 400),
        (Method::GET, "/users?limit=x", 400),
        (Method::PATCH, "/status", 405),
    ] {
        let answer = client.send(method, path, None, &[]).await.expect(status);
        assert_eq!(answer.header("content-type"), "application/problem+json", "{path}");
        assert_eq!((&answer.body["status"], &answer.body["type"]), (&json!(status), &json!("about:blank")), "{path}");
        assert!(answer.body["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    let answer = client
        .send(Method::POST, "/groups", Some(json!({"displayName": "A"})), &[("content-type", "text/plain")])
        .await;
    answer.expect(415);
    client.send_bytes(Method::POST, "/groups", Some(b"{".to_vec()), &[]).await.expect(400);
    let long = format!("{{\"displayName\": \"{}\"}}", "x".repeat(1 << 20));
    client.send_bytes(Method::POST, "/groups", Some(long.into_bytes()), &[]).await.expect(413);
    server.stop().await;
}

#[tokio::test]
async fn a_revoked_token_opens_nothing() {
    let server = TestServer::start(Database::Sqlite).await;
    let admin = server.api(Role::Administrator).await;
    let made = admin.post("/api-tokens", json!({"name": "script", "role": "auditor", "days": 1})).await.expect(201);
    let script = admin.with_token(made.body["token"].as_str());
    let me = script.get("/session").await.expect(200);
    let expected =
        json!({"name": "script", "role": "auditor", "kind": "api_token", "application": null, "session": null});
    assert_eq!(me.body, expected);
    let listed = admin.get("/api-tokens").await.expect(200);
    assert!(!listed.text.contains(made.body["token"].as_str().unwrap()), "a token is shown only once");
    admin.delete(&format!("/api-tokens/{}", made.id())).await.expect(204);
    script.get("/session").await.expect(401);
    admin.delete(&format!("/api-tokens/{}", made.id())).await.expect(404);
    for bad in [
        json!({"name": "x", "role": "king"}),
        json!({"name": "x", "role": "auditor", "days": 0}),
        json!({"name": " ", "role": "auditor"}),
    ] {
        admin.post("/api-tokens", bad).await.expect(400);
    }
    server.stop().await;
}
