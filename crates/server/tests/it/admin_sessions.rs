//! Setting up, signing in and out, and what a session may do.

use directory::administrator::Role;
use http::Method;
use serde_json::json;
use server::setup_code::SetupCode;

use crate::harness::{Answer, Client, Database, TestServer, on_both};

pub const PASSWORD: &str = "correct horse battery";
pub const OURS: [(&str, &str); 2] = [("x-lockstep", "1"), ("sec-fetch-site", "same-origin")];

/// A client of the admin API without credentials.
pub fn api(server: &TestServer) -> Client {
    Client::new(format!("{}/api/v1", server.url), None)
}

/// The cookie that an answer sets, as a browser sends it back.
pub fn cookie(answer: &Answer) -> String {
    let set = answer.header("set-cookie");
    assert!(set.contains("; Path=/; HttpOnly; SameSite=Lax"), "{set}");
    set.split(';').next().unwrap().to_owned()
}

/// Make Ana the first owner; her session.
pub async fn set_up(server: &TestServer) -> String {
    let code = SetupCode::new(server.app.directory.clock.now());
    let text = code.text().to_owned();
    *server.app.setup_code() = Some(code);
    let body = json!({"code": text, "userName": "Ana", "password": PASSWORD});
    let answer = api(server).post("/setup", body.clone()).await.expect(200);
    assert_eq!((&answer.body["name"], &answer.body["role"]), (&json!("Ana"), &json!("owner")));
    assert_eq!(
        (&answer.body["kind"], &answer.body["session"]["secondFactor"]),
        (&json!("administrator"), &json!(false))
    );
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
        let out = client.send(Method::DELETE, "/session", None, &with).await.expect(200);
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
    // Behind a trusted proxy it is the client's own address that counts; the name counts from everywhere.
    let from = |name: &str, address: &'static str| {
        let body = json!({"userName": name, "password": "wrong password!"});
        let client = client.clone();
        async move { client.send(Method::POST, "/session", Some(body), &[("x-forwarded-for", address)]).await }
    };
    from("another", "198.51.100.7").await.expect(401);
    from("ana", "198.51.100.7").await.expect(429);
    // Many at once are no way around the count.
    let tries = (0..30).map(|n| tokio::spawn(from(&format!("guess {n}"), "198.51.100.8")));
    let mut let_through = 0;
    for tried in tries.collect::<Vec<_>>() {
        let_through += usize::from(tried.await.unwrap().status.as_u16() == 401);
    }
    assert_eq!(let_through, 10);
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
        // Nobody changes somebody who may do more, and an owner stays.
        admin.delete(&format!("/administrators/{}", ana["id"].as_str().unwrap())).await.expect(403);
        let owner = server.api(Role::Owner).await;
        owner.delete(&format!("/administrators/{}", ana["id"].as_str().unwrap())).await.expect(400);
        let lower = json!({"role": "auditor"});
        owner.put(&format!("/administrators/{}", ana["id"].as_str().unwrap()), lower.clone()).await.expect(400);
        admin.put(&format!("/administrators/{}", made.id()), json!({"role": "owner"})).await.expect(403);
        admin.post("/api-tokens", json!({"name": "more", "role": "owner"})).await.expect(403);
        // Another role ends the sessions that had the old one.
        api(&server).send(Method::GET, "/session", None, &with).await.expect(200);
        assert_eq!(
            admin.put(&format!("/administrators/{}", made.id()), lower).await.expect(200).body["role"],
            "auditor"
        );
        api(&server).send(Method::GET, "/session", None, &with).await.expect(401);
        admin.delete(&format!("/administrators/{}", made.id())).await.expect(204);
        api(&server).send(Method::GET, "/session", None, &with).await.expect(401);
        server.stop().await;
    });
}

/// A browser with a session.
pub struct Browser {
    pub client: Client,
    pub cookie: String,
}

impl Browser {
    pub async fn send(&self, method: Method, path: &str, body: serde_json::Value) -> Answer {
        let with = [OURS[0], OURS[1], ("cookie", self.cookie.as_str())];
        self.client.send(method.clone(), path, (!method.is_safe()).then_some(body), &with).await
    }
}

/// The code of an authenticator app: RFC 6238 on the secret as a person would type it.
pub fn code(secret: &str, at: i64) -> String {
    use hmac::{Hmac, KeyInit, Mac};
    let mut bits = String::new();
    for letter in secret.chars() {
        bits += &format!("{:05b}", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(letter).unwrap());
    }
    let key: Vec<u8> =
        (0..bits.len() / 8).map(|at| u8::from_str_radix(&bits[at * 8..at * 8 + 8], 2).unwrap()).collect();
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(&key).unwrap();
    mac.update(&(at / 30_000).to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let at = usize::from(digest[19] & 15);
    let word = u32::from_be_bytes(digest[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", word % 1_000_000)
}

#[test]
fn a_second_factor_is_asked_for_and_good_once() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let ana = Browser { cookie: set_up(&server).await, client: api(&server) };
        let begun = ana.send(Method::POST, "/session/second-factor", json!({})).await.expect(200).body;
        let secret = begun["secret"].as_str().unwrap().to_owned();
        assert!(begun["uri"].as_str().unwrap().starts_with("otpauth://totp/Lockstep:Ana?secret="));
        assert!(begun["qr"].as_str().unwrap().starts_with("data:image/svg+xml,"));
        let now = || server.app.directory.clock.now();
        ana.send(Method::PUT, "/session/second-factor", json!({"code": "000000"})).await.expect(400);
        let first = code(&secret, now());
        let recovery = ana.send(Method::PUT, "/session/second-factor", json!({"code": first})).await.expect(200).body;
        let recovery: Vec<_> = recovery["recoveryCodes"].as_array().unwrap().clone();
        assert_eq!(recovery.len(), 10);
        ana.send(Method::POST, "/session/second-factor", json!({})).await.expect(400);

        let sign_in = async |code: Option<&str>| {
            let body = json!({"userName": "ana", "password": PASSWORD, "code": code});
            api(&server).post("/session", body).await
        };
        assert_eq!(sign_in(None).await.expect(401).body["code"], "second_factor");
        assert_eq!(sign_in(Some(&first)).await.expect(401).body["code"], "second_factor", "it was used to set up");
        let wrong = json!({"userName": "ana", "password": "wrong password!", "code": recovery[0]});
        assert_eq!(api(&server).post("/session", wrong).await.expect(401).body["code"], "unauthorized");
        sign_in(recovery[0].as_str()).await.expect(200);
        sign_in(recovery[0].as_str()).await.expect(401);
        sign_in(Some(&code(&secret, now() + 30_000))).await.expect(200);
        let shown = ana.send(Method::GET, "/administrators", json!(null)).await.expect(200);
        assert!(!shown.text.contains(&secret) && shown.body["items"][0]["secondFactor"] == true);

        ana.send(Method::DELETE, "/session/second-factor", json!({})).await.expect(204);
        sign_in(None).await.expect(200);
        server.stop().await;
    });
}

#[test]
fn sensitive_changes_ask_who_it_is() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let ana = Browser { cookie: set_up(&server).await, client: api(&server) };
        let token = json!({"name": "script", "role": "auditor"});
        ana.send(Method::POST, "/api-tokens", token.clone()).await.expect(201);
        server.forget_confirmations().await;
        assert_eq!(ana.send(Method::GET, "/session", json!(null)).await.body["session"]["confirmedUntil"], json!(null));
        let new = json!({"name": "Chat", "baseUrl": "http://127.0.0.1:9/scim"});
        ana.send(Method::POST, "/applications", new).await.expect(201);
        let mut settings =
            ana.send(Method::GET, "/applications/Chat/draft", json!(null)).await.body["settings"].clone();
        settings["create"] = json!(false);
        ana.send(Method::PUT, "/applications/Chat/draft", settings.clone()).await.expect(200);
        settings["baseUrl"] = json!("http://127.0.0.1:10/scim");
        for (method, path, body) in [
            (Method::POST, "/api-tokens", token.clone()),
            (Method::POST, "/administrators", json!({"userName": "Eve", "password": PASSWORD, "role": "owner"})),
            (Method::PUT, "/applications/Chat/credential", json!({"token": "x"})),
            (Method::PUT, "/applications/Chat/draft", settings.clone()),
            (Method::PUT, "/settings", json!({})),
            (Method::POST, "/session/second-factor", json!({})),
            (Method::POST, "/sources", json!({"name": "Okta", "client": "okta"})),
            (Method::POST, "/sources/okta/tokens", json!({"kind": "bearer"})),
            (Method::POST, "/sources/okta/tokens/x/rotate", json!({})),
            (Method::POST, "/invitations", json!({"userName": "eve@x.example", "role": "owner"})),
            (Method::PUT, "/sign-in/provider", json!({})),
            (Method::DELETE, "/sign-in/provider", json!({})),
        ] {
            let asked = ana.send(method.clone(), path, body).await.expect(403);
            assert_eq!(asked.body["code"], "reauthenticate", "{method} {path}");
        }
        let wrong = json!({"password": "wrong password!"});
        assert_eq!(ana.send(Method::POST, "/session/confirm", wrong).await.expect(403).body["code"], "wrong_password");
        ana.send(Method::POST, "/api-tokens", token.clone()).await.expect(403);
        ana.send(Method::POST, "/session/confirm", json!({"password": PASSWORD})).await.expect(204);
        ana.send(Method::POST, "/api-tokens", token.clone()).await.expect(201);
        ana.send(Method::PUT, "/applications/Chat/draft", settings).await.expect(200);
        // A program has no password to give.
        let program = server.api(Role::Administrator).await;
        program.post("/api-tokens", token).await.expect(201);
        program.post("/session/confirm", json!({"password": PASSWORD})).await.expect(400);
        server.stop().await;
    });
}

#[test]
fn ones_sessions_are_seen_and_ended() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let first = Browser { cookie: set_up(&server).await, client: api(&server) };
        let body = json!({"userName": "ana", "password": PASSWORD});
        let signed_in = api(&server).send(Method::POST, "/session", Some(body), &[("user-agent", "Phone")]).await;
        let phone = Browser { cookie: cookie(&signed_in.expect(200)), client: api(&server) };
        let sessions = first.send(Method::GET, "/sessions", json!(null)).await.expect(200).body;
        let items = sessions["items"].as_array().unwrap();
        assert_eq!((items.len(), &items[0]["agent"], &items[0]["current"]), (2, &json!("Phone"), &json!(false)));
        assert_eq!(items[0]["network"], "127.0.0.0/24");
        let path = format!("/sessions/{}", items[0]["id"].as_str().unwrap());
        first.send(Method::DELETE, &path, json!({})).await.expect(204);
        first.send(Method::DELETE, &path, json!({})).await.expect(404);
        phone.send(Method::GET, "/session", json!(null)).await.expect(401);

        let again = json!({"userName": "ana", "password": PASSWORD});
        let other = Browser {
            cookie: cookie(&api(&server).post("/session", again.clone()).await.expect(200)),
            client: api(&server),
        };
        first.send(Method::DELETE, "/sessions", json!({})).await.expect(204);
        other.send(Method::GET, "/session", json!(null)).await.expect(401);
        first.send(Method::GET, "/session", json!(null)).await.expect(200);
        let other =
            Browser { cookie: cookie(&api(&server).post("/session", again).await.expect(200)), client: api(&server) };
        let change = |current: &str, new: &str| json!({"current": current, "new": new});
        first.send(Method::PUT, "/session/password", change("wrong password!", "pickled otter 42")).await.expect(403);
        first.send(Method::PUT, "/session/password", change(PASSWORD, "Password12345!")).await.expect(400);
        let changed = first.send(Method::PUT, "/session/password", change(PASSWORD, "pickled otter 42")).await;
        let first = Browser { cookie: cookie(&changed.expect(204)), client: api(&server) };
        other.send(Method::GET, "/session", json!(null)).await.expect(401);
        first.send(Method::GET, "/session", json!(null)).await.expect(200);
        server.stop().await;
    });
}

#[test]
fn a_manager_runs_one_application() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        set_up(&server).await;
        let admin = server.api(Role::Administrator).await;
        for name in ["Chat", "Wiki"] {
            admin.post("/applications", json!({"name": name, "baseUrl": "http://127.0.0.1:9/scim"})).await.expect(201);
        }
        let new = |role: &str, place: Option<&str>| json!({"userName": "Mo", "password": PASSWORD, "role": role, "application": place});
        admin.post("/administrators", new("manager", None)).await.expect(400);
        admin.post("/administrators", new("operator", Some("Chat"))).await.expect(400);
        admin.post("/administrators", new("manager", Some("Nowhere"))).await.expect(404);
        admin.post("/administrators", new("manager", Some("Chat"))).await.expect(201);
        admin.post("/api-tokens", json!({"name": "x", "role": "manager"})).await.expect(400);
        let body = json!({"userName": "mo", "password": PASSWORD});
        let mo =
            Browser { cookie: cookie(&api(&server).post("/session", body).await.expect(200)), client: api(&server) };
        mo.send(Method::GET, "/users", json!(null)).await.expect(200);
        mo.send(Method::POST, "/applications/chat/publish", json!({})).await.expect(200);
        mo.send(Method::POST, "/applications/Chat/assignments", json!({"everyone": true})).await.expect(204);
        for (method, path, body) in [
            (Method::POST, "/applications/Wiki/publish", json!({})),
            (Method::DELETE, "/applications/Chat", json!({})),
            (Method::POST, "/groups", json!({"displayName": "Mine"})),
            (Method::POST, "/applications", json!({"name": "Mine", "baseUrl": "http://127.0.0.1:9/"})),
        ] {
            mo.send(method, path, body).await.expect(403);
        }
        server.stop().await;
    });
}

#[test]
fn settings_bound_sessions_and_may_insist_on_a_second_factor() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let ana = Browser { cookie: set_up(&server).await, client: api(&server) };
        let before = ana.send(Method::GET, "/settings", json!(null)).await.expect(200);
        assert_eq!(before.body["session"], json!({"idleMinutes": 30, "absoluteHours": 12}));
        let tag = before.header("etag").to_owned();
        let mut wanted = before.body.clone();
        wanted["retention"]["attempts"] = json!(0);
        ana.send(Method::PUT, "/settings", wanted.clone()).await.expect(400);
        wanted["retention"]["attempts"] = json!(7);
        wanted["ownersNeedSecondFactor"] = json!(true);
        ana.send(Method::PUT, "/settings", wanted.clone()).await.expect(200);
        server.api(Role::Administrator).await.put("/settings", wanted.clone()).await.expect(403);
        let late = [("if-match", tag.as_str())];
        server.api(Role::Owner).await.send(Method::PUT, "/settings", Some(wanted), &late).await.expect(412);
        assert_eq!(ana.send(Method::GET, "/users", json!(null)).await.expect(403).body["code"], "enrol");
        assert_eq!(ana.send(Method::GET, "/session", json!(null)).await.expect(200).body["session"]["mustEnrol"], true);
        let begun = ana.send(Method::POST, "/session/second-factor", json!({})).await.expect(200).body;
        let first = code(begun["secret"].as_str().unwrap(), server.app.directory.clock.now());
        ana.send(Method::PUT, "/session/second-factor", json!({"code": first})).await.expect(200);
        ana.send(Method::GET, "/users", json!(null)).await.expect(200);
        let changes = ana.send(Method::GET, "/changes?objectKind=settings", json!(null)).await.expect(200).body;
        assert_eq!(changes["items"][0]["detail"]["ownersNeedSecondFactor"], json!([false, true]));
        server.stop().await;
    });
}
