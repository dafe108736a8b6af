//! The code that makes the first administrator, and what becomes of it.

use directory::administrator::Role;
use http::Method;
use serde_json::{Value, json};
use server::setup_code::SetupCode;

use crate::{
    admin_sessions::{Browser, PASSWORD, api, code, set_up},
    harness::{Answer, Database, MINUTE, TestServer, on_both},
};

/// Print a code; its text.
fn print(server: &TestServer) -> String {
    let code = SetupCode::new(server.app.directory.clock.now());
    let text = code.text().to_owned();
    *server.app.setup_code() = Some(code);
    text
}

async fn give(server: &TestServer, code: &str) -> Answer {
    api(server).post("/setup", json!({"code": code, "userName": "Ana", "password": PASSWORD})).await
}

#[test]
fn the_code_is_good_for_half_an_hour_and_whoever_comes_late_gets_another() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let first = print(&server);
        server.forward(29 * MINUTE);
        let wrong = give(&server, "GUESSED").await.expect(403);
        assert!(wrong.body["detail"].as_str().unwrap().contains("the link that this server printed last"));
        assert_eq!(server.app.setup_code().as_ref().unwrap().text(), first, "guessing makes no other");

        server.forward(MINUTE);
        let late = give(&server, &first).await.expect(403);
        let detail = late.body["detail"].as_str().unwrap();
        assert!(detail.contains("too old") && detail.contains("printed a new link"), "{detail}");
        let second = server.app.setup_code().as_ref().unwrap().text().to_owned();
        assert_ne!(first, second);
        assert!(!late.text.contains(&second), "it is printed, and told to nobody");
        give(&server, &first).await.expect(403);
        assert_eq!(server.app.setup_code().as_ref().unwrap().text(), second, "one at a time");
        server.forward(29 * MINUTE);
        give(&server, &second).await.expect(200);
        assert!(server.app.setup_code().is_none());
        let over = give(&server, &second).await.expect(403);
        assert_eq!(over.body["detail"], "there is an administrator already: sign in");
        assert!(server.app.setup_code().is_none(), "there is nothing left to make");
        server.stop().await;
    });
}

#[test]
fn a_fresh_server_knows_nobody() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        for (name, password) in [("admin", "admin"), ("admin", "password"), ("root", ""), ("lockstep", "lockstep")] {
            let body = json!({"userName": name, "password": password});
            api(&server).post("/session", body).await.expect(401);
        }
        // Without a code nobody is let in either, nor with an empty one; a page elsewhere can't try at all.
        give(&server, "").await.expect(403);
        let code = print(&server);
        let body = json!({"code": code, "userName": "Ana", "password": PASSWORD});
        let elsewhere = [("sec-fetch-site", "cross-site")];
        api(&server).send(Method::POST, "/setup", Some(body.clone()), &elsewhere).await.expect(403);
        // A password that is soon guessed does not use the code up.
        let weak =
            json!({"code": code, "userName": "ana.ruiz@northwind.example", "password": "ana.ruiz@northwind.example"});
        let told = api(&server).post("/setup", weak).await.expect(400);
        assert!(told.body["detail"].as_str().unwrap().contains("your own name"), "{}", told.text);
        api(&server).post("/setup", body).await.expect(200);
        server.stop().await;
    });
}

/// Nobody is forced to a second factor before the first run, and nobody is left without a word about it.
#[test]
fn home_names_owners_whose_password_alone_lets_them_in() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let ana = Browser { cookie: set_up(&server).await, client: api(&server) };
        let owner = server.api(Role::Owner).await;
        let reminders = |home: &Value| -> Vec<Value> {
            let needs = home["needs"].as_array().unwrap().iter();
            needs.filter(|need| need["kind"] == "second_factor").cloned().collect()
        };
        let told = reminders(&ana.send(Method::GET, "/home", json!(null)).await.expect(200).body);
        assert_eq!((told.len(), &told[0]["link"]), (1, &json!("/settings/account")));
        assert_eq!(
            told[0]["sentence"],
            "You are an owner, and your password alone lets you in: set up a second factor"
        );
        // Others are told of her; of nobody but owners.
        for (name, role) in [("Bo", "owner"), ("Cy", "owner"), ("Di", "owner"), ("Ed", "administrator")] {
            let new = json!({"userName": name, "password": PASSWORD, "role": role});
            owner.post("/administrators", new).await.expect(201);
        }
        let auditor = server.api(Role::Auditor).await;
        let told = reminders(&auditor.get("/home").await.expect(200).body);
        assert_eq!((told.len(), &told[0]["count"], &told[0]["severity"]), (1, &json!(4), &json!("warning")));
        assert_eq!(
            told[0]["sentence"],
            "Ana, Bo, Cy and 1 more are owners with a password alone: ask each of them to set up a second factor"
        );
        assert_eq!(told[0]["link"], "/settings/administrators");

        let begun = ana.send(Method::POST, "/session/second-factor", json!({})).await.expect(200).body;
        let first = code(begun["secret"].as_str().unwrap(), server.app.directory.clock.now());
        ana.send(Method::PUT, "/session/second-factor", json!({"code": first})).await.expect(200);
        let listed = owner.get("/administrators").await.expect(200).body;
        let id = |name: &str| {
            let found = listed["items"].as_array().unwrap().iter().find(|one| one["userName"] == name).unwrap();
            found["id"].as_str().unwrap().to_owned()
        };
        owner.post(&format!("/administrators/{}/disable", id("Bo")), json!({})).await.expect(200);
        owner.put(&format!("/administrators/{}", id("Cy")), json!({"role": "operator"})).await.expect(200);
        let told = reminders(&ana.send(Method::GET, "/home", json!(null)).await.expect(200).body);
        assert_eq!(told.len(), 1);
        assert_eq!(told[0]["sentence"], "Di is an owner with a password alone: ask them to set up a second factor");
        server.stop().await;
    });
}
