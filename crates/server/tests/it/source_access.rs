//! How clients get in: bearer tokens, user names and passwords, OAuth clients; and who is kept out.

use base64::{Engine, prelude::BASE64_STANDARD};
use directory::administrator::Role;
use http::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Client, Database, TestServer, on_both, until};

/// A source made through the API: its name, an administrator, and a client with its first token.
async fn source(server: &TestServer) -> (Client, Client) {
    let admin = server.api(Role::Administrator).await;
    let made = admin.post("/sources", json!({"name": "idp", "client": "okta"})).await.expect(201);
    assert_eq!(made.body["client"], "okta");
    let idp = Client::new(made.body["baseUrl"].as_str().unwrap().into(), made.body["token"].as_str().map(Into::into));
    (admin, idp)
}

async fn tokens(admin: &Client) -> Vec<Value> {
    admin.get("/sources/idp/tokens").await.expect(200).body["items"].as_array().unwrap().clone()
}

async fn with_header(idp: &Client, authorization: &str) -> Answer {
    let headers = [("authorization", authorization)];
    idp.with_token(None).send(Method::GET, "/Users", None, &headers).await
}

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}")))
}

#[test]
fn tokens_have_a_life_a_name_and_at_most_one_beside_them() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let (admin, idp) = source(&server).await;
        for wrong in [
            json!({"days": 0}),
            json!({"days": 731}),
            json!({"days": null, "networks": ["10.0.0.0/99"]}),
            json!({"name": "x".repeat(201)}),
            json!({"accessMinutes": 60}),
            json!({"kind": "oauthClient", "accessMinutes": 59}),
            json!({"kind": "oauthClient", "accessMinutes": 361}),
            json!({"kind": "never"}),
        ] {
            admin.post("/sources/idp/tokens", wrong).await.expect(400);
        }
        let second = admin.post("/sources/idp/tokens", json!({"name": "Okta prod", "days": 30})).await.expect(201);
        let text = second.body["token"].as_str().unwrap().to_owned();
        assert!(text.ends_with(second.body["lastFour"].as_str().unwrap()));
        idp.with_token(Some(&text)).get("/Users").await.expect(200);
        let refused = admin.post("/sources/idp/tokens", json!({})).await.expect(400);
        assert!(refused.text.contains("two") || refused.text.contains("2 live tokens"), "{}", refused.text);

        let listed = tokens(&admin).await;
        assert_eq!(listed.len(), 2);
        assert_eq!((&listed[0]["name"], &listed[0]["state"]), (&json!("Okta prod"), &json!("live")));
        let days = |token: &Value| {
            let at = |member: &str| token[member].as_str().unwrap()[..10].to_owned();
            (at("createdAt"), at("expiresAt"))
        };
        assert_ne!(days(&listed[0]).0, days(&listed[0]).1);
        assert!(!listed.iter().any(|token| token.to_string().contains(&text[20..60])), "the secret is nowhere");
        server.stop().await;
    });
}

#[test]
fn a_rotation_lets_the_old_token_work_on_for_a_while_or_not() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let (admin, idp) = source(&server).await;
        let first = tokens(&admin).await[0]["id"].as_str().unwrap().to_owned();
        let rotate = |id: &str| format!("/sources/idp/tokens/{id}/rotate");
        admin.post(&rotate(&first), json!({"overlapDays": 31})).await.expect(400);
        admin.post(&rotate("nobody"), json!({})).await.expect(404);
        let second = admin.post(&rotate(&first), json!({"days": 90})).await.expect(201);
        let renewed = idp.with_token(second.body["token"].as_str());
        renewed.get("/Users").await.expect(200);
        idp.get("/Users").await.expect(200);
        let listed = tokens(&admin).await;
        let end = |id: &str| listed.iter().find(|token| token["id"] == id).unwrap()["expiresAt"].clone();
        assert!(end(&first).as_str() < end(&second.id()).as_str(), "7 days against 90");
        // Both are alive: a third has no place, unless one of them ends now.
        admin.post(&rotate(&second.id()), json!({})).await.expect(400);
        let third = admin.post(&rotate(&first), json!({"overlapDays": 0})).await.expect(201);
        idp.get("/Users").await.expect_error(401, "");
        idp.with_token(third.body["token"].as_str()).get("/Users").await.expect(200);
        admin.post(&rotate(&first), json!({})).await.expect(400);
        assert_eq!(tokens(&admin).await.iter().filter(|token| token["state"] == "expired").count(), 1);
        server.stop().await;
    });
}

#[test]
fn a_token_works_from_its_networks_only() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let (admin, idp) = source(&server).await;
        let id = tokens(&admin).await[0]["id"].as_str().unwrap().to_owned();
        let path = format!("/sources/idp/tokens/{id}");
        admin.put(&path, json!({"name": "", "networks": ["here"]})).await.expect(400);
        let networks = json!({"name": "prod", "networks": ["192.0.2.0/24", "2001:db8::/32"]});
        assert_eq!(admin.put(&path, networks).await.expect(200).body["name"], "prod");
        // The test's own address is that of a trusted proxy.
        idp.get("/Users").await.expect_error(401, "");
        let from = async |address: &str| idp.send(Method::GET, "/Users", None, &[("x-forwarded-for", address)]).await;
        from("192.0.2.77").await.expect(200);
        until(async || tokens(&admin).await[0]["lastUsedFrom"] == "192.0.2.0/24").await;
        from("2001:db8:7::1").await.expect(200);
        from("192.0.2.77, 198.51.100.7").await.expect_error(401, "");
        admin.put(&path, json!({"name": "", "networks": []})).await.expect(200);
        idp.get("/Users").await.expect(200);
        server.stop().await;
    });
}

#[test]
fn basic_is_off_until_there_is_a_password() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let (admin, idp) = source(&server).await;
        let anonymous = idp.with_token(None);
        assert_eq!(anonymous.get("/Users").await.expect_error(401, "").header("www-authenticate"), "Bearer");
        let schemes = async || {
            let config = anonymous.get("/ServiceProviderConfig").await.expect(200).body;
            let schemes = config["authenticationSchemes"].as_array().unwrap().clone();
            schemes.iter().map(|scheme| scheme["type"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(schemes().await, ["oauthbearertoken"]);

        let made = admin.post("/sources/idp/tokens", json!({"kind": "basic"})).await.expect(201).body;
        let (user, password) = (made["userName"].as_str().unwrap(), made["token"].as_str().unwrap());
        with_header(&idp, &basic(user, password)).await.expect(200);
        for (user, password) in
            [(user, "wrong"), ("somebody", password), (user, idp.token.as_deref().unwrap()), ("", "")]
        {
            let challenge = with_header(&idp, &basic(user, password)).await.expect_error(401, "");
            let challenge = challenge.header("www-authenticate").to_owned();
            assert!(challenge.starts_with("Bearer ") && challenge.contains("Basic realm="), "{challenge}");
        }
        // A password is no bearer token, and the other way round.
        idp.with_token(Some(password)).get("/Users").await.expect_error(401, "");
        assert_eq!(schemes().await, ["oauthbearertoken", "httpbasic"]);
        admin.delete(&format!("/sources/idp/tokens/{user}")).await.expect(204);
        with_header(&idp, &basic(user, password)).await.expect_error(401, "");
        assert_eq!(schemes().await, ["oauthbearertoken"]);
        server.stop().await;
    });
}

/// Ask the token endpoint with a form, and an `Authorization` header if one is given.
async fn ask(server: &TestServer, form: &[(&str, &str)], authorization: Option<&str>) -> Answer {
    let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let mut headers = vec![("content-type", "application/x-www-form-urlencoded")];
    headers.extend(authorization.map(|value| ("authorization", value)));
    let answer = server.anonymous().send_bytes(Method::POST, "/oauth/token", Some(form.into_bytes()), &headers).await;
    assert_eq!(answer.header("cache-control"), "no-store");
    answer
}

#[test]
fn an_oauth_client_gets_access_tokens_for_its_source() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let (admin, idp) = source(&server).await;
        let other = server.source("other").await;
        let new = json!({"kind": "oauthClient", "accessMinutes": 90});
        let made = admin.post("/sources/idp/tokens", new).await.expect(201).body;
        let (id, secret) = (made["clientId"].as_str().unwrap(), made["token"].as_str().unwrap());
        let described = server.anonymous().get("/.well-known/oauth-authorization-server").await.expect(200).body;
        assert_eq!((&described["token_endpoint"], &described["issuer"]), (&made["tokenUrl"], &json!(server.url)));

        let grant = ("grant_type", "client_credentials");
        let by_form = ask(&server, &[grant, ("client_id", id), ("client_secret", secret)], None).await.expect(200);
        let by_header = ask(&server, &[grant, ("scope", "scim")], Some(&basic(id, secret))).await.expect(200);
        for answer in [&by_form, &by_header] {
            assert_eq!((&answer.body["token_type"], &answer.body["expires_in"]), (&json!("Bearer"), &json!(90 * 60)));
            let access = answer.body["access_token"].as_str();
            idp.with_token(access).get("/Users").await.expect(200);
            other.with_token(access).get("/Users").await.expect_error(401, "");
        }
        // The secret opens the token endpoint, and nothing else.
        idp.with_token(Some(secret)).get("/Users").await.expect_error(401, "");
        with_header(&idp, &basic(id, secret)).await.expect_error(401, "");

        let error = |answer: Answer| answer.body["error"].as_str().unwrap_or_default().to_owned();
        for (form, header, status, expected) in [
            (vec![grant, ("client_id", id), ("client_secret", "x")], None, 401, "invalid_client"),
            (vec![grant, ("client_id", "x"), ("client_secret", secret)], None, 401, "invalid_client"),
            (vec![grant], Some(basic(id, "x")), 401, "invalid_client"),
            (vec![grant], Some("Bearer x".to_owned()), 401, "invalid_client"),
            (vec![grant], None, 401, "invalid_client"),
            (vec![("client_id", id), ("client_secret", secret)], None, 400, "invalid_request"),
            (vec![grant, grant], Some(basic(id, secret)), 400, "invalid_request"),
            (vec![grant, ("client_secret", secret)], Some(basic(id, secret)), 400, "invalid_request"),
            (vec![grant, ("client_id", "x")], Some(basic(id, secret)), 400, "invalid_request"),
            (vec![("grant_type", "password")], Some(basic(id, secret)), 400, "unsupported_grant_type"),
        ] {
            let answer = ask(&server, &form, header.as_deref()).await.expect(status);
            assert_eq!(answer.header("www-authenticate").is_empty(), status != 401 || form.len() == 3);
            assert_eq!(error(answer), expected, "{form:?} {header:?}");
        }
        assert_eq!(server.anonymous().get("/oauth/token").await.expect(405).header("allow"), "POST");

        // Access tokens die with their client.
        let access = by_form.body["access_token"].as_str();
        admin.delete(&format!("/sources/idp/tokens/{id}")).await.expect(204);
        idp.with_token(access).get("/Users").await.expect_error(401, "");
        let gone = ask(&server, &[grant], Some(&basic(id, secret))).await.expect(401);
        assert_eq!(error(gone), "invalid_client");
        server.stop().await;
    });
}

#[test]
fn guesses_at_one_token_are_slowed_wherever_they_come_from() {
    on_both(async |database: Database| {
        let server = TestServer::start_with(database, |config| config.scim_failures = 10).await;
        let (_, idp) = source(&server).await;
        let other = server.source("other").await;
        // Right in form, but for another base URL: from 40 addresses.
        let guesser = idp.with_token(other.token.as_deref());
        let mut refused = 0;
        for number in 0..40 {
            let from = format!("192.0.2.{number}");
            let answer = guesser.send(Method::GET, "/Users", None, &[("x-forwarded-for", &from)]).await;
            refused += usize::from(answer.status == 429);
        }
        assert!((20..=30).contains(&refused), "{refused}");
        other.get("/Users").await.expect(200);
        // One address behind a trusted proxy does not use up another's turns.
        let wrong = idp.with_token(Some("wrong"));
        for _ in 0..12 {
            wrong.send(Method::GET, "/Users", None, &[("x-forwarded-for", "198.51.100.1")]).await;
        }
        wrong.send(Method::GET, "/Users", None, &[("x-forwarded-for", "198.51.100.1")]).await.expect_error(429, "");
        wrong.send(Method::GET, "/Users", None, &[("x-forwarded-for", "198.51.100.2")]).await.expect_error(401, "");
        server.stop().await;
    });
}

#[test]
fn a_trusted_proxy_says_how_the_client_reaches_us() {
    on_both(async |database: Database| {
        let server = TestServer::start(database.clone()).await;
        let (_, idp) = source(&server).await;
        let external = [("x-forwarded-proto", "https"), ("x-forwarded-host", "id.example.test")];
        let made = idp.send(Method::POST, "/Users", Some(json!({"userName": "ana"})), &external).await.expect(201);
        let location = made.header("location").to_owned();
        assert!(location.starts_with("https://id.example.test/scim/v2/"), "{location}");
        assert_eq!(made.body["meta"]["location"], location);
        server.stop().await;

        // Nobody else's word is taken, and the operator's is stronger.
        for (proxies, public_url) in [(vec![], None), (vec!["127.0.0.0/8"], Some("https://set.example.test"))] {
            let server = TestServer::start_with(database.clone(), |config| {
                config.trusted_proxies = proxies.iter().map(|network| network.parse().unwrap()).collect();
                config.public_url = public_url.map(str::to_owned);
            })
            .await;
            let idp = server.source("idp").await;
            let made = idp.send(Method::POST, "/Users", Some(json!({"userName": "ana"})), &external).await.expect(201);
            let expected = public_url.unwrap_or(&server.url);
            assert!(made.header("location").starts_with(expected), "{}", made.header("location"));
            server.stop().await;
        }
    });
}
