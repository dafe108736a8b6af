//! Sign-in at an OpenID provider: what is refused, who comes in, and how they go.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicU32, Ordering},
};

use directory::administrator::Role;
use http::Method;
use serde_json::{Value, json};
use url::Url;

use crate::{
    admin_sessions::{Browser, PASSWORD, api, cookie, set_up},
    harness::{Answer, Client, Database, TestServer, on_both},
    sign_in_fake::Provider,
};

/// A provider that is set up, and a browser for each sign-in.
pub struct Story {
    pub server: TestServer,
    pub provider: Provider,
    pub owner: Client,
}

/// Somebody who is away at the provider.
pub struct Away {
    url: Url,
    query: HashMap<String, String>,
    cookie: String,
    address: String,
}

impl Story {
    pub async fn begin(database: Database) -> Story {
        let server = TestServer::start(database).await;
        set_up(&server).await;
        let provider = Provider::start().await;
        let owner = server.api(Role::Owner).await;
        let story = Story { server, provider, owner };
        story.settings(json!({})).await.expect(200);
        story
    }

    pub async fn settings(&self, change: Value) -> Answer {
        let mut settings = json!({"label": "Northwind", "issuer": self.provider.url, "clientId": "lockstep"});
        settings.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        self.owner.put("/sign-in/provider", settings).await
    }

    pub async fn set_out(&self, path: &str, body: Value, cookie: Option<&str>) -> Away {
        // Everybody comes from elsewhere, so that failing often slows nobody down.
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let address = format!("198.51.{}.{}", n / 250, n % 250 + 1);
        let mut with =
            vec![("x-lockstep", "1"), ("sec-fetch-site", "same-origin"), ("x-forwarded-for", address.as_str())];
        with.extend(cookie.map(|cookie| ("cookie", cookie)));
        let answer = api(&self.server).send(Method::POST, path, Some(body), &with).await.expect(200);
        let url: Url = answer.body["url"].as_str().unwrap().parse().unwrap();
        let query = url.query_pairs().into_owned().collect();
        let mine = answer.header("set-cookie").split(';').next().unwrap().to_owned();
        let cookie = cookie.map_or(mine.clone(), |cookie| format!("{cookie}; {mine}"));
        Away { url, query, cookie, address }
    }

    pub async fn sign_in(&self) -> Away {
        self.set_out("/session/provider", json!({}), None).await
    }

    pub async fn come_back(&self, away: &Away, brought: Value) -> Answer {
        let mut body = json!({"state": away.query["state"], "code": "c"});
        body.as_object_mut().unwrap().extend(brought.as_object().unwrap().clone());
        let with = [("x-lockstep", "1"), ("cookie", away.cookie.as_str()), ("x-forwarded-for", away.address.as_str())];
        api(&self.server).send(Method::POST, "/session/provider/callback", Some(body), &with).await
    }

    /// What a good token says to somebody's sign-in.
    pub fn claims(&self, away: &Away, change: Value) -> Value {
        let now = self.server.app.directory.clock.now() / 1000;
        let mut claims = json!({
            "iss": self.provider.url, "sub": "bo", "aud": "lockstep", "iat": now, "exp": now + 300,
            "nonce": away.query["nonce"], "email": "bo@x.example", "email_verified": true,
        });
        claims.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        claims
    }

    /// Sign in as what these claims say.
    pub async fn sign_in_as(&self, change: Value) -> Answer {
        let away = self.sign_in().await;
        self.provider.say("one", &self.claims(&away, change));
        self.come_back(&away, json!({})).await
    }

    pub async fn invite(&self, name: &str, role: &str) -> String {
        let made = self.owner.post("/invitations", json!({"userName": name, "role": role})).await.expect(201).body;
        made["link"].as_str().unwrap().split('#').nth(1).unwrap().to_owned()
    }

    pub fn browser(&self, answer: &Answer) -> Browser {
        Browser { cookie: cookie(answer), client: api(&self.server) }
    }

    pub async fn last_refusal(&self) -> String {
        let told = self.owner.get("/changes?objectKind=administrator").await.expect(200).body;
        let last = &told["items"][0];
        assert_eq!((&last["action"], &last["result"]), (&json!("sign_in"), &json!("failed")), "{last}");
        last["error"].as_str().unwrap().to_owned()
    }
}

#[test]
fn what_can_not_be_trusted_lets_nobody_in() {
    on_both(async |database: Database| {
        let story = Story::begin(database).await;
        story.invite("bo@x.example", "operator").await;
        let now = story.server.app.directory.clock.now() / 1000;
        for (change, claim) in [
            (json!({"nonce": "another"}), "nonce"),
            (json!({"nonce": null}), "nonce"),
            (json!({"aud": "somebody else"}), "aud"),
            (json!({"aud": ["lockstep", "somebody else"]}), "azp"),
            (json!({"azp": "somebody else"}), "azp"),
            (json!({"iss": "https://evil.example"}), "iss"),
            (json!({"exp": now - 3600}), "expired"),
            (json!({"exp": null}), "exp"),
            (json!({"iat": now + 3600}), "iat"),
            (json!({"sub": ""}), "sub"),
        ] {
            let answer = story.sign_in_as(change.clone()).await.expect(403);
            let detail = answer.body["detail"].as_str().unwrap();
            assert!(detail.contains(claim), "{change}: {detail}");
            assert_eq!(story.last_refusal().await, detail);
        }
        let cases: [(Value, &str); 3] = [
            (json!({"alg": "none"}), ""),
            (json!({"alg": "HS256", "kid": "one"}), "AAAA"),
            (json!({"alg": "ES256", "kid": "one"}), "AAAA"),
        ];
        for (header, signature) in cases {
            let away = story.sign_in().await;
            story.provider.say_unsigned(&header, &story.claims(&away, json!({})), signature);
            story.come_back(&away, json!({})).await.expect(403);
        }
        let away = story.sign_in().await;
        story.provider.say_text("no token".into());
        story.come_back(&away, json!({})).await.expect(403);

        // A key that is not published, which then is: as when the provider changes its keys.
        let reads = story.provider.reads();
        let away = story.sign_in().await;
        story.provider.say("two", &story.claims(&away, json!({})));
        let unknown = story.come_back(&away, json!({})).await.expect(403);
        assert!(unknown.body["detail"].as_str().unwrap().contains("does not publish"));
        assert_eq!(story.provider.reads(), reads + 1, "its keys are read again once");
        story.provider.publish(&["two"]);
        let away = story.sign_in().await;
        story.provider.say("two", &story.claims(&away, json!({})));
        story.come_back(&away, json!({})).await.expect(200);
        assert_eq!(story.provider.reads(), reads + 2);
        // The old one is no longer good.
        let away = story.sign_in().await;
        story.provider.say("one", &story.claims(&away, json!({})));
        story.come_back(&away, json!({})).await.expect(403);
        story.server.stop().await;
    });
}

#[test]
fn a_sign_in_is_finished_once_by_the_browser_that_began_it() {
    on_both(async |database: Database| {
        let story = Story::begin(database).await;
        story.invite("bo@x.example", "operator").await;
        let away = story.sign_in().await;
        assert_eq!(away.url.path(), "/authorize");
        assert_eq!(away.query["response_type"], "code");
        assert_eq!(away.query["code_challenge_method"], "S256");
        assert_eq!(away.query["scope"], "openid profile email");
        assert_eq!(away.query["redirect_uri"], format!("{}/sign-in/callback", story.server.url));
        // Another state, another browser, another site.
        story.come_back(&away, json!({"state": "made-up"})).await.expect(400);
        let other = Away {
            cookie: "a=b".into(),
            address: away.address.clone(),
            url: away.url.clone(),
            query: away.query.clone(),
        };
        story.come_back(&other, json!({})).await.expect(400);
        let body = json!({"state": away.query["state"], "code": "c"});
        let elsewhere = [("cookie", away.cookie.as_str()), ("sec-fetch-site", "cross-site")];
        api(&story.server).send(Method::POST, "/session/provider/callback", Some(body), &elsewhere).await.expect(403);
        story.provider.say("one", &story.claims(&away, json!({})));
        story.come_back(&away, json!({})).await.expect(200);
        // The same again.
        story.provider.say("one", &story.claims(&away, json!({})));
        let again = story.come_back(&away, json!({})).await.expect(400);
        assert!(again.body["detail"].as_str().unwrap().contains("finished already"));
        story.provider.say_nothing();
        // The code went out with the verifier that belongs to the challenge.
        let (_, form) = story.provider.seen().pop().unwrap();
        let form: HashMap<String, String> = url::form_urlencoded::parse(form.as_bytes()).into_owned().collect();
        let digest = ring::digest::digest(&ring::digest::SHA256, form["code_verifier"].as_bytes());
        let challenge = base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, digest);
        assert_eq!(challenge, away.query["code_challenge"]);
        assert_eq!((form["client_id"].as_str(), form["code"].as_str()), ("lockstep", "c"));

        // The provider's own word is passed on, without what a terminal would obey.
        let away = story.sign_in().await;
        let told = story.come_back(&away, json!({})).await.expect(403);
        assert_eq!(told.body["detail"], "The provider says: the code is unknown (invalid_grant)");
        let away = story.sign_in().await;
        let denied = json!({"code": null, "error": "access_denied", "errorDescription": "not today"});
        let told = story.come_back(&away, denied).await.expect(403);
        assert_eq!(told.body["detail"], "The provider says: not today (access_denied)");
        let away = story.sign_in().await;
        story.provider.say("one", &story.claims(&away, json!({})));
        story.come_back(&away, json!({"iss": "https://evil.example"})).await.expect(403);
        story.server.stop().await;
    });
}

#[test]
fn only_the_invited_come_in_and_nobody_by_address_alone() {
    on_both(async |database: Database| {
        let story = Story::begin(database).await;
        let refused = story.sign_in_as(json!({})).await.expect(403);
        assert!(refused.body["detail"].as_str().unwrap().contains("nobody has invited you"));
        story.invite("bo@x.example", "operator").await;
        story.sign_in_as(json!({"email_verified": false})).await.expect(403);
        story.sign_in_as(json!({"email": "cy@x.example"})).await.expect(403);
        // What the token leaves out, the user info may say; but not about somebody else.
        story.provider.user_info(json!({"sub": "eve", "email": "bo@x.example", "email_verified": true}));
        let short = json!({"email": null, "email_verified": null});
        story.sign_in_as(short.clone()).await.expect(502);
        story.provider.user_info(json!({"sub": "bo", "email": "bo@x.example", "email_verified": true}));
        let bo = story.sign_in_as(json!({"email": null})).await;
        assert_eq!(bo.status.as_u16(), 403, "what the token denies is not overwritten");
        let away = story.sign_in().await;
        let mut claims = story.claims(&away, json!({}));
        claims.as_object_mut().unwrap().retain(|name, _| !name.starts_with("email"));
        story.provider.say("one", &claims);
        let bo = story.come_back(&away, json!({})).await.expect(200).body;
        assert_eq!(
            (&bo["purpose"], &bo["me"]["name"], &bo["me"]["role"]),
            (&json!("signIn"), &json!("bo@x.example"), &json!("operator"))
        );
        let session = &bo["me"]["session"];
        assert_eq!(
            (&session["provider"], &session["connected"], &session["password"]),
            (&json!(true), &json!(true), &json!(false))
        );

        // From now on it is the subject that counts: another address, the same person; the same address, another.
        let bo = story.sign_in_as(json!({"email": "robert@x.example"})).await.expect(200).body;
        assert_eq!(bo["me"]["name"], "bo@x.example");
        story.sign_in_as(json!({"sub": "eve", "email": "bo@x.example"})).await.expect(403);
        // A local administrator's account is not opened by an address, verified or not.
        story.sign_in_as(json!({"sub": "eve", "email": "Ana"})).await.expect(403);
        let wrong = json!({"userName": "bo@x.example", "password": PASSWORD});
        api(&story.server).post("/session", wrong).await.expect(401);

        // With the link, the address does not matter.
        let link = story.invite("di@x.example", "auditor").await;
        let away = story.set_out("/session/provider", json!({"invitation": link, "next": "/users"}), None).await;
        story.provider.say("one", &story.claims(&away, json!({"sub": "di", "email": "d@elsewhere.example"})));
        let di = story.come_back(&away, json!({})).await.expect(200);
        assert_eq!((&di.body["me"]["name"], &di.body["next"]), (&json!("di@x.example"), &json!("/users")));
        let away = story.set_out("/session/provider", json!({"invitation": link}), None).await;
        story.provider.say("one", &story.claims(&away, json!({"sub": "eve"})));
        story.come_back(&away, json!({})).await.expect(403);

        // Whoever is disabled stays out.
        let listed = story.owner.get("/administrators").await.body;
        let id =
            listed["items"].as_array().unwrap().iter().find(|one| one["userName"] == "di@x.example").unwrap()["id"]
                .clone();
        story.owner.post(&format!("/administrators/{}/disable", id.as_str().unwrap()), json!({})).await.expect(200);
        story.browser(&di).send(Method::GET, "/session", json!(null)).await.expect(401);
        let out = story.sign_in_as(json!({"sub": "di"})).await.expect(403);
        assert!(out.body["detail"].as_str().unwrap().contains("disabled"));
        assert_eq!(story.last_refusal().await, out.body["detail"]);
        story.server.stop().await;
    });
}

#[test]
fn who_came_from_the_provider_confirms_and_leaves_there() {
    on_both(async |database: Database| {
        let story = Story::begin(database).await;
        story.invite("bo@x.example", "administrator").await;
        let now = story.server.app.directory.clock.now() / 1000;
        let token = json!({"name": "script", "role": "auditor"});
        // Whoever the provider has just asked has shown who they are; whoever it merely remembers has not.
        let fresh = story.browser(&story.sign_in_as(json!({"auth_time": now})).await.expect(200));
        fresh.send(Method::POST, "/api-tokens", token.clone()).await.expect(201);
        let bo = story.browser(&story.sign_in_as(json!({"auth_time": now - 3600})).await.expect(200));
        bo.send(Method::POST, "/api-tokens", token.clone()).await.expect(403);
        let confirm = async |change: Value| {
            let away = story.set_out("/session/provider/confirm", json!({}), Some(&bo.cookie)).await;
            assert_eq!((away.query["prompt"].as_str(), away.query["max_age"].as_str()), ("login", "300"));
            story.provider.say("one", &story.claims(&away, change));
            story.come_back(&away, json!({})).await
        };
        assert!(confirm(json!({})).await.expect(403).body["detail"].as_str().unwrap().contains("auth_time"));
        confirm(json!({"auth_time": now - 3600})).await.expect(403);
        confirm(json!({"auth_time": now, "sub": "eve"})).await.expect(403);
        bo.send(Method::POST, "/api-tokens", token.clone()).await.expect(403);
        assert_eq!(confirm(json!({"auth_time": now})).await.expect(200).body["purpose"], "confirm");
        bo.send(Method::POST, "/api-tokens", token).await.expect(201);

        let out = bo.send(Method::DELETE, "/session", json!({})).await.expect(200).body;
        let url: Url = out["provider"].as_str().unwrap().parse().unwrap();
        let query: HashMap<String, String> = url.query_pairs().into_owned().collect();
        assert_eq!(url.path(), "/end");
        assert_eq!(query["post_logout_redirect_uri"], format!("{}/sign-in", story.server.url));
        assert_eq!(query["id_token_hint"].split('.').count(), 3);
        bo.send(Method::GET, "/session", json!(null)).await.expect(401);
        story.server.stop().await;
    });
}

#[test]
fn a_local_administrator_connects_the_provider_and_may_be_asked_to_use_it() {
    on_both(async |database: Database| {
        let story = Story::begin(database).await;
        let new = json!({"userName": "bo@x.example", "password": PASSWORD, "role": "operator"});
        story.owner.post("/administrators", new).await.expect(201);
        let body = json!({"userName": "bo@x.example", "password": PASSWORD});
        let signed_in = api(&story.server).post("/session", body.clone()).await.expect(200);
        let bo = story.browser(&signed_in);
        story.sign_in_as(json!({})).await.expect(403);
        let away = story.set_out("/session/provider/connect", json!({}), Some(&bo.cookie)).await;
        let now = story.server.app.directory.clock.now() / 1000;
        story.provider.say("one", &story.claims(&away, json!({"auth_time": now})));
        assert_eq!(story.come_back(&away, json!({})).await.expect(200).body["purpose"], "connect");
        let me = story.sign_in_as(json!({})).await.expect(200).body;
        assert_eq!((&me["me"]["name"], &me["me"]["session"]["password"]), (&json!("bo@x.example"), &json!(true)));

        story.settings(json!({"onlyOwnersUsePasswords": true})).await.expect(200);
        bo.send(Method::GET, "/session", json!(null)).await.expect(401);
        let told = api(&story.server).post("/session", body.clone()).await.expect(403);
        assert_eq!(told.body["detail"], "only owners use a password here: sign in with Northwind");
        api(&story.server)
            .post("/session", json!({"userName": "bo@x.example", "password": "wrong password!"}))
            .await
            .expect(401);
        api(&story.server).post("/session", json!({"userName": "ana", "password": PASSWORD})).await.expect(200);
        let link = story.invite("cy@x.example", "auditor").await;
        api(&story.server).post("/invitations/accept", json!({"link": link, "password": PASSWORD})).await.expect(403);
        assert_eq!(
            api(&story.server).get("/sign-in").await.expect(200).body,
            json!({"provider": "Northwind", "onlyOwnersUsePasswords": true})
        );

        let there = story.browser(&story.sign_in_as(json!({"auth_time": now})).await.expect(200));
        there.send(Method::DELETE, "/session/provider", json!({})).await.expect(204);
        story.sign_in_as(json!({})).await.expect(403);
        story.owner.delete("/sign-in/provider").await.expect(204);
        there.send(Method::GET, "/session", json!(null)).await.expect(401);
        api(&story.server).post("/session", body).await.expect(200);
        story.server.stop().await;
    });
}

#[test]
fn the_client_secret_is_shown_to_its_issuer_and_to_nobody_else() {
    on_both(async |database: Database| {
        let story = Story::begin(database).await;
        let set = story.settings(json!({"clientSecret": "s3cret/ value"})).await.expect(200);
        assert!(!set.text.contains("s3cret") && set.body["provider"]["hasSecret"] == true, "{}", set.text);
        let away = story.sign_in().await;
        story.come_back(&away, json!({})).await.expect(403);
        let (basic, form) = story.provider.seen().pop().unwrap();
        let text =
            base64::Engine::decode(&base64::prelude::BASE64_STANDARD, basic.strip_prefix("Basic ").unwrap()).unwrap();
        assert_eq!(String::from_utf8(text).unwrap(), "lockstep:s3cret%2F+value");
        assert!(!form.contains("s3cret"));
        story.settings(json!({"label": "Other"})).await.expect(200);
        assert_eq!(story.owner.get("/sign-in/provider").await.body["provider"]["hasSecret"], true);
        // Another issuer never gets it.
        let other = Provider::start().await;
        story.settings(json!({"issuer": other.url})).await.expect(200);
        assert_eq!(story.owner.get("/sign-in/provider").await.body["provider"]["hasSecret"], false);
        let changes = story.owner.get("/changes?objectKind=sign_in_provider").await.expect(200);
        assert!(!changes.text.contains("s3cret"));

        let test = async |issuer: &str| story.owner.post("/sign-in/provider/test", json!({"issuer": issuer})).await;
        let found = test(&other.url).await.expect(200).body;
        assert_eq!((&found["keys"], &found["signsOut"]), (&json!(1), &json!(true)));
        let told = test(&format!("{}/", other.url)).await.expect(502);
        assert!(told.body["detail"].as_str().unwrap().contains("use the issuer as it writes it"), "{}", told.text);
        test("http://127.0.0.1:1").await.expect(502);
        for refused in [
            "http://10.0.0.1",
            "http://169.254.169.254/latest",
            "file:///etc/passwd",
            "https://user:pw@id.example",
            "x",
        ] {
            test(refused).await.expect(400);
            story.settings(json!({"issuer": refused})).await.expect(400);
        }
        let admin = story.server.api(Role::Administrator).await;
        admin.put("/sign-in/provider", json!({})).await.expect(403);
        story.server.stop().await;
    });
}
