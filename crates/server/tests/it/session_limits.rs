//! How sessions end: by silence, by age, and by whatever makes them doubtful.

use directory::administrator::Role;
use http::Method;
use serde_json::{Value, json};

use crate::{
    admin_sessions::{Browser, OURS, PASSWORD, api, cookie, set_up},
    harness::{Answer, Database, MINUTE, TestServer, on_both},
};

/// Sign in as somebody, in a browser of their own.
async fn sign_in(server: &TestServer, name: &str, password: &str) -> Browser {
    let body = json!({"userName": name, "password": password});
    let answer = api(server).post("/session", body).await.expect(200);
    Browser { cookie: cookie(&answer), client: api(server) }
}

/// What the console asks for by itself while nobody touches the page.
async fn in_background(browser: &Browser, path: &str) -> Answer {
    let with = [("x-lockstep", "background"), ("cookie", browser.cookie.as_str())];
    browser.client.send(Method::GET, path, None, &with).await
}

async fn status(browser: &Browser) -> u16 {
    // In the background, so that looking does not prolong it.
    in_background(browser, "/session").await.status.as_u16()
}

#[test]
fn half_an_hour_of_silence_ends_a_session_and_a_page_left_open_is_silence() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let ana = Browser { cookie: set_up(&server).await, client: api(&server) };
        for _ in 0..3 {
            server.forward(29 * MINUTE);
            ana.send(Method::GET, "/status", json!(null)).await.expect(200);
        }
        // The page goes on asking, and listens anew whenever its stream breaks off: nobody is there.
        for _ in 0..5 {
            server.forward(5 * MINUTE);
            in_background(&ana, "/home").await.expect(200);
            let events = ana.client.stream("/events", &[("cookie", ana.cookie.as_str())]).await;
            drop(events);
        }
        // What changes something is somebody's doing, whatever the page believes.
        let with = [("x-lockstep", "background"), OURS[1], ("cookie", ana.cookie.as_str())];
        ana.client.send(Method::POST, "/groups", Some(json!({"displayName": "G"})), &with).await.expect(201);
        server.forward(29 * MINUTE);
        assert_eq!(status(&ana).await, 200);
        server.forward(2 * MINUTE);
        assert_eq!(status(&ana).await, 401);
        ana.send(Method::GET, "/status", json!(null)).await.expect(401);
        server.stop().await;
    });
}

#[test]
fn no_use_keeps_a_session_beyond_twelve_hours() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let ana = Browser { cookie: set_up(&server).await, client: api(&server) };
        for _ in 0..35 {
            server.forward(20 * MINUTE);
            ana.send(Method::GET, "/status", json!(null)).await.expect(200);
        }
        ana.send(Method::POST, "/session/confirm", json!({"password": PASSWORD})).await.expect(204);
        server.forward(19 * MINUTE);
        ana.send(Method::GET, "/status", json!(null)).await.expect(200);
        server.forward(2 * MINUTE);
        ana.send(Method::GET, "/status", json!(null)).await.expect(401);
        server.stop().await;
    });
}

#[test]
fn a_stream_that_is_open_ends_with_its_session() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let ana = Browser { cookie: set_up(&server).await, client: api(&server) };
        let admin = server.api(Role::Administrator).await;
        let listen = async |browser: &Browser| {
            let mut events = browser.client.stream("/events", &[("cookie", browser.cookie.as_str())]).await;
            events.until(|text| text.contains("retry")).await;
            events
        };
        let happen = async |name: &str| admin.post("/groups", json!({"displayName": name})).await.expect(201);
        let mut events = listen(&ana).await;
        happen("One").await;
        assert!(events.until(|text| text.contains("\"group\"")).await.contains("\"group\""));
        server.forward(31 * MINUTE);
        let two = happen("Two").await.id();
        assert!(!events.rest().await.contains(&two), "by silence, though it listened all the time");

        let ana = sign_in(&server, "ana", PASSWORD).await;
        let mut events = listen(&ana).await;
        for _ in 0..35 {
            server.forward(20 * MINUTE);
            ana.send(Method::GET, "/status", json!(null)).await.expect(200);
        }
        server.forward(21 * MINUTE);
        let three = happen("Three").await.id();
        assert!(!events.rest().await.contains(&three), "by age, though it was in use");
        server.stop().await;
    });
}

/// The session of Bo, whom an owner makes, and Bo's id.
async fn bo(server: &TestServer, owner: &Browser) -> (Browser, String) {
    let new = json!({"userName": "Bo", "password": PASSWORD, "role": "operator"});
    owner.send(Method::POST, "/session/confirm", json!({"password": PASSWORD})).await.expect(204);
    let made = owner.send(Method::POST, "/administrators", new).await.expect(201);
    (sign_in(server, "bo", PASSWORD).await, made.id())
}

#[test]
fn what_makes_a_session_doubtful_ends_it() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let ana = Browser { cookie: set_up(&server).await, client: api(&server) };
        let change = async |method: Method, path: String, body: Value| ana.send(method, &path, body).await;
        let (first, id) = bo(&server, &ana).await;
        let second = sign_in(&server, "bo", PASSWORD).await;
        assert_ne!(first.cookie, second.cookie, "each sign-in has its own");

        change(Method::POST, format!("/administrators/{id}/disable"), json!({})).await.expect(200);
        assert_eq!((status(&first).await, status(&second).await), (401, 401), "disabled");
        change(Method::POST, format!("/administrators/{id}/enable"), json!({})).await.expect(200);
        assert_eq!(status(&first).await, 401, "letting somebody in again brings no session back");

        let bo = sign_in(&server, "bo", PASSWORD).await;
        change(Method::PUT, format!("/administrators/{id}"), json!({"role": "auditor"})).await.expect(200);
        assert_eq!(status(&bo).await, 401, "another role");

        let (bo, other) = (sign_in(&server, "bo", PASSWORD).await, sign_in(&server, "bo", PASSWORD).await);
        let new = json!({"current": PASSWORD, "new": "pickled otter 42"});
        let changed = bo.send(Method::PUT, "/session/password", new).await.expect(204);
        let renewed = Browser { cookie: cookie(&changed), client: api(&server) };
        assert_eq!(
            [status(&other).await, status(&bo).await, status(&renewed).await],
            [401, 401, 200],
            "another password: only who changed it goes on, and the cookie from before opens nothing"
        );

        // Whoever signs in again in the same browser leaves nothing behind.
        let body = json!({"userName": "bo", "password": "pickled otter 42"});
        let again =
            api(&server).send(Method::POST, "/session", Some(body), &[("cookie", &renewed.cookie)]).await.expect(200);
        let again = Browser { cookie: cookie(&again), client: api(&server) };
        assert_eq!((status(&renewed).await, status(&again).await), (401, 200));
        change(Method::DELETE, format!("/administrators/{id}"), json!({})).await.expect(204);
        assert_eq!(status(&again).await, 401, "removed");
        server.stop().await;
    });
}

#[tokio::test]
async fn over_https_the_cookie_is_tied_to_this_host() {
    let url = "https://id.example.test";
    let server = TestServer::start_with(Database::Sqlite, |config| config.public_url = Some(url.into())).await;
    let session = set_up(&server).await;
    assert!(session.starts_with("__Host-lockstep="), "{session}");
    let body = json!({"userName": "ana", "password": PASSWORD});
    let signed_in = api(&server).post("/session", body).await.expect(200);
    let (pair, attributes) = signed_in.header("set-cookie").split_once(';').unwrap();
    assert_eq!(pair.len(), "__Host-lockstep=".len() + 43);
    assert_eq!(
        attributes.trim(),
        "Path=/; HttpOnly; SameSite=Lax; Secure",
        "and no domain, or it would not be ours alone"
    );
    assert_eq!(signed_in.header("cache-control"), "no-store");
    // The name without the prefix, which another host of the domain could set, opens nothing.
    let bare = pair.replace("__Host-", "");
    api(&server).send(Method::GET, "/session", None, &[("cookie", &bare)]).await.expect(401);
    api(&server).send(Method::GET, "/session", None, &[("cookie", pair)]).await.expect(200);
    server.stop().await;
}
