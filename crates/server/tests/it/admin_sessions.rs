//! Setting up, signing in and out, and what a session may do.

use directory::administrator::Role;
use http::Method;
use serde_json::json;
use server::app::SetupCode;

use crate::harness::{Answer, Client, Database, TestServer, on_both};

const PASSWORD: &str = "correct horse battery";
const OURS: [(&str, &str); 2] = [("x-lockstep", "1"), ("sec-fetch-site", "same-origin")];

fn api(server: &TestServer) -> Client {
    Client::new(format!("{}/api/v1", server.url), None)
}

/// The cookie that an answer sets, as a browser sends it back.
fn cookie(answer: &Answer) -> String {
    let set = answer.header("set-cookie");
    assert!(set.contains("; Path=/; HttpOnly; SameSite=Lax"), "{set}");
    set.split(';').next().unwrap().to_owned()
}

async fn set_up(server: &TestServer) -> String {
    let code = SetupCode::new(server.app.directory.clock.now());
    let text = code.text().to_owned();
    *server.app.setup_code.lock().unwrap() = Some(code);
    let body = json!({"code": text, "userName": "Ana", "password": PASSWORD});
    let answer = api(server).post("/setup", body.clone()).await.expect(200);
    assert_eq!(answer.body, json!({"name": "Ana", "role": "administrator", "kind": "administrator"}));
    api(server).post("/setup", body).await.expect(403);
    cookie(&answer)
}

#[test]
fn the_code_makes_the_first_administrator_once() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let client = api(&server);
        assert_eq!(client.get("/setup").await.expect(200).body, json!({"needed": true}));
        let guess = json!({"code": "GUESSED", "userName": "Eve", "password": PASSWORD});
        client.post("/setup", guess).await.expect(403);
        let session = set_up(&server).await;
        assert_eq!(client.get("/setup").await.expect(200).body, json!({"needed": false}));
        client.send(Method::GET, "/status", None, &[("cookie", &session)]).await.expect(200);
        client.get("/status").await.expect(401);
        server.stop().await;
    });
}

#[test]
fn a_session_begins_with_a_password_and_ends() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let first = set_up(&server).await;
        let client = api(&server);
        for (name, password) in [("ana", "wrong password!"), ("nobody", PASSWORD), ("ana", "")] {
            let answer = client.post("/session", json!({"userName": name, "password": password})).await.expect(401);
            assert_eq!(answer.body["detail"], "the user name or the password is wrong");
        }
        let body = json!({"userName": "aNA", "password": PASSWORD});
        let second =
            cookie(&client.send(Method::POST, "/session", Some(body), &[("cookie", &first)]).await.expect(200));
        assert_ne!(first, second);
        client.send(Method::GET, "/session", None, &[("cookie", &first)]).await.expect(401);
        client.send(Method::GET, "/session", None, &[("cookie", &second)]).await.expect(200);
        let with = [OURS[0], OURS[1], ("cookie", &second)];
        let out = client.send(Method::DELETE, "/session", None, &with).await.expect(204);
        assert!(out.header("set-cookie").contains("Max-Age=0"));
        client.send(Method::GET, "/session", None, &[("cookie", &second)]).await.expect(401);
        server.stop().await;
    });
}

#[tokio::test]
async fn guessing_is_slowed() {
    let server = TestServer::start(Database::Sqlite).await;
    set_up(&server).await;
    let client = api(&server);
    let wrong = json!({"userName": "ana", "password": "wrong password!"});
    for _ in 0..10 {
        client.post("/session", wrong.clone()).await.expect(401);
    }
    client.post("/session", wrong).await.expect(429);
    client.post("/session", json!({"userName": "ana", "password": PASSWORD})).await.expect(429);
    client.post("/session", json!({"userName": "another", "password": PASSWORD})).await.expect(429);
    server.stop().await;
}

#[tokio::test]
async fn a_page_elsewhere_can_not_use_a_session() {
    let server = TestServer::start(Database::Sqlite).await;
    let session = set_up(&server).await;
    let client = api(&server);
    let origin = server.url.clone();
    let cases: [(&[(&str, &str)], u16); 9] = [
        (&OURS, 201),
        (&[("x-lockstep", "1"), ("origin", &origin)], 201),
        (&[("sec-fetch-site", "same-origin")], 403),
        (&[("x-lockstep", "1")], 403),
        (&[], 403),
        (&[("x-lockstep", "1"), ("sec-fetch-site", "same-site")], 403),
        (&[("x-lockstep", "1"), ("sec-fetch-site", "cross-site"), ("origin", &origin)], 403),
        (&[("x-lockstep", "1"), ("sec-fetch-site", "none")], 403),
        (&[("x-lockstep", "1"), ("origin", "http://evil.example.test")], 403),
    ];
    for (number, (headers, status)) in cases.into_iter().enumerate() {
        let headers: Vec<_> = headers.iter().copied().chain([("cookie", session.as_str())]).collect();
        let body = json!({"displayName": format!("Group {number}")});
        let answer = client.send(Method::POST, "/groups", Some(body), &headers).await;
        assert_eq!(answer.status.as_u16(), status, "{headers:?}: {}", answer.text);
        client.send(Method::GET, "/groups", None, &headers).await.expect(200);
    }
    // Nor sign anybody in.
    let body = json!({"userName": "ana", "password": PASSWORD});
    client.send(Method::POST, "/session", Some(body), &[("sec-fetch-site", "cross-site")]).await.expect(403);
    // A wrong token is not made good by a right cookie.
    let with = [("cookie", session.as_str()), ("authorization", "Bearer nonsense")];
    client.send(Method::GET, "/groups", None, &with).await.expect(401);
    server.stop().await;
}

#[test]
fn administrators_come_and_go() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        set_up(&server).await;
        let admin = server.api(Role::Administrator).await;
        let new = json!({"userName": "Bo", "password": PASSWORD, "role": "operator"});
        let made = admin.post("/administrators", new.clone()).await.expect(201);
        admin.post("/administrators", new).await.expect(409);
        admin
            .post("/administrators", json!({"userName": "Cy", "password": "short", "role": "auditor"}))
            .await
            .expect(400);
        let signed_in =
            api(&server).post("/session", json!({"userName": "bo", "password": PASSWORD})).await.expect(200);
        let session = cookie(&signed_in);
        let with = [OURS[0], OURS[1], ("cookie", session.as_str())];
        api(&server).send(Method::POST, "/groups", Some(json!({"displayName": "G"})), &with).await.expect(403);
        let listed = admin.get("/administrators").await.expect(200);
        assert!(!listed.text.contains("argon2"));
        let ana = listed.body["items"].as_array().unwrap().iter().find(|item| item["userName"] == "Ana").unwrap();
        admin.delete(&format!("/administrators/{}", ana["id"].as_str().unwrap())).await.expect(400);
        admin.delete(&format!("/administrators/{}", made.id())).await.expect(204);
        api(&server).send(Method::GET, "/session", None, &with).await.expect(401);
        server.stop().await;
    });
}
