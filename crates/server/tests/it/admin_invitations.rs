//! Invitations, and administrators who are kept out.

use directory::administrator::Role;
use http::Method;
use serde_json::{Value, json};

use crate::{
    admin_sessions::{Browser, PASSWORD, api, cookie, set_up},
    harness::{Database, TestServer, on_both},
};

fn secret(made: &Value) -> String {
    let link = made["link"].as_str().unwrap();
    assert!(link.contains("/invitation#lockstep_iv_"), "{link}");
    link.split('#').nth(1).unwrap().to_owned()
}

#[test]
fn an_invitation_makes_an_administrator_once() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let ana = Browser { cookie: set_up(&server).await, client: api(&server) };
        let new = json!({"userName": "bo@x.example", "role": "operator"});
        let made = ana.send(Method::POST, "/invitations", new.clone()).await.expect(201).body;
        let first = secret(&made);
        let listed = ana.send(Method::GET, "/invitations", json!(null)).await.expect(200);
        assert!(!listed.text.contains(&first), "a link is shown only once");
        assert_eq!(listed.body["items"][0]["inviter"], "Ana");
        assert_eq!(listed.body["items"].as_array().unwrap().len(), 1);

        // Another one for the same name ends the first.
        let made = ana.send(Method::POST, "/invitations", new).await.expect(201).body;
        let link = secret(&made);
        api(&server).post("/invitations/look", json!({"link": first})).await.expect(403);
        let seen = api(&server).post("/invitations/look", json!({"link": link})).await.expect(200).body;
        assert_eq!((&seen["userName"], &seen["role"]), (&json!("bo@x.example"), &json!("operator")));

        let accept = |password: &str| json!({"link": link, "password": password});
        api(&server).post("/invitations/accept", accept("Password12345!")).await.expect(400);
        let taken = api(&server).post("/invitations/accept", accept(PASSWORD)).await.expect(200);
        assert_eq!((&taken.body["name"], &taken.body["role"]), (&json!("bo@x.example"), &json!("operator")));
        let bo = Browser { cookie: cookie(&taken), client: api(&server) };
        bo.send(Method::GET, "/users", json!(null)).await.expect(200);
        api(&server).post("/invitations/accept", accept(PASSWORD)).await.expect(403);
        let body = json!({"userName": "bo@x.example", "password": PASSWORD});
        api(&server).post("/session", body).await.expect(200);
        assert_eq!(ana.send(Method::GET, "/invitations", json!(null)).await.body["items"], json!([]));
        let again = json!({"userName": "BO@x.example", "role": "owner"});
        ana.send(Method::POST, "/invitations", again).await.expect(409);

        let told = ana.send(Method::GET, "/changes?objectKind=invitation", json!(null)).await.expect(200).body;
        assert_eq!(told["items"][0]["action"], "invite");
        server.stop().await;
    });
}

#[test]
fn an_invitation_ends_by_hand_and_by_itself() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        set_up(&server).await;
        let owner = server.api(Role::Owner).await;
        let invite = async |name: &str, role: &str| {
            owner.post("/invitations", json!({"userName": name, "role": role})).await.expect(201).body
        };
        let revoked = invite("bo@x.example", "owner").await;
        let path = format!("/invitations/{}", revoked["invitation"]["id"].as_str().unwrap());
        // Nobody gives, replaces or takes away more than they have.
        let admin = server.api(Role::Administrator).await;
        admin.delete(&path).await.expect(403);
        admin.post("/invitations", json!({"userName": "bo@x.example", "role": "auditor"})).await.expect(403);
        admin.post("/invitations", json!({"userName": "cy@x.example", "role": "owner"})).await.expect(403);
        owner.delete(&path).await.expect(204);
        owner.delete(&path).await.expect(404);
        api(&server).post("/invitations/look", json!({"link": secret(&revoked)})).await.expect(403);

        let late = secret(&invite("di@x.example", "auditor").await);
        api(&server).post("/invitations/look", json!({"link": late})).await.expect(200);
        server.execute("UPDATE invitations SET expires_at = 1").await;
        api(&server).post("/invitations/look", json!({"link": late})).await.expect(403);
        api(&server).post("/invitations/accept", json!({"link": late, "password": PASSWORD})).await.expect(403);
        assert_eq!(owner.get("/invitations").await.body["items"], json!([]));
        owner.post("/invitations", json!({"userName": "mo@x.example", "role": "manager"})).await.expect(400);
        api(&server).post("/invitations/look", json!({"link": "lockstep_iv_x"})).await.expect(403);
        server.stop().await;
    });
}

#[test]
fn a_disabled_administrator_stays_out() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let ana = Browser { cookie: set_up(&server).await, client: api(&server) };
        let new = json!({"userName": "Bo", "password": PASSWORD, "role": "operator"});
        let made = ana.send(Method::POST, "/administrators", new).await.expect(201);
        let sign_in = async || api(&server).post("/session", json!({"userName": "bo", "password": PASSWORD})).await;
        let bo = Browser { cookie: cookie(&sign_in().await.expect(200)), client: api(&server) };
        let path = |verb: &str| format!("/administrators/{}/{verb}", made.id());
        let disabled = ana.send(Method::POST, &path("disable"), json!({})).await.expect(200).body;
        assert!(disabled["disabledAt"].is_string());
        bo.send(Method::GET, "/session", json!(null)).await.expect(401);
        let told = sign_in().await.expect(403);
        assert!(told.body["detail"].as_str().unwrap().contains("disabled"));
        let wrong = json!({"userName": "bo", "password": "wrong password!"});
        api(&server).post("/session", wrong).await.expect(401);
        assert_eq!(
            ana.send(Method::POST, &path("enable"), json!({})).await.expect(200).body["disabledAt"],
            json!(null)
        );
        bo.send(Method::GET, "/session", json!(null)).await.expect(401);
        sign_in().await.expect(200);

        // Nobody locks everybody out.
        let me = ana.send(Method::GET, "/session", json!(null)).await.body["session"]["administrator"].clone();
        let own = format!("/administrators/{}/disable", me.as_str().unwrap());
        ana.send(Method::POST, &own, json!({})).await.expect(403);
        server.api(Role::Owner).await.post(&own, json!({})).await.expect(400);
        server.api(Role::Administrator).await.post(&own, json!({})).await.expect(403);
        server.stop().await;
    });
}
