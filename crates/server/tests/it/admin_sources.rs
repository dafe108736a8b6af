//! Sources through the admin API.

use directory::administrator::Role;
use http::Method;
use serde_json::json;
use std::time::Duration;

use crate::harness::{Client, Database, TestServer, on_both};

#[test]
fn a_source_opens_with_its_tokens_only() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let admin = server.api(Role::Administrator).await;
        let made = admin.post("/sources", json!({"name": "Entra / EU"})).await.expect(201);
        let (base, first) = (made.body["baseUrl"].as_str().unwrap(), made.body["token"].as_str().unwrap());
        assert!(base.starts_with(&format!("{}/scim/v2/", server.url)), "{base}");
        admin.post("/sources", json!({"name": "entra / eu"})).await.expect(409);
        let idp = Client::new(base.to_owned(), Some(first.to_owned()));
        idp.get("/Users").await.expect(200);

        let by_name = admin.get("/sources/Entra%20%2F%20EU").await.expect(200);
        assert_eq!(by_name.id(), made.id());
        assert!(!by_name.text.contains(first));
        let second = admin.post(&format!("/sources/{}/tokens", made.id()), json!({})).await.expect(201);
        idp.with_token(second.body["token"].as_str()).get("/Users").await.expect(200);
        let tokens = admin.get(&format!("/sources/{}/tokens", made.id())).await.expect(200);
        let ids: Vec<_> = tokens.body["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|token| token["id"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!((ids.len(), ids[0] == second.id()), (2, true), "newest first");

        admin.delete(&format!("/sources/{}/tokens/{}", made.id(), ids[1])).await.expect(204);
        idp.get("/Users").await.expect(401);
        idp.with_token(second.body["token"].as_str()).get("/Users").await.expect(200);
        admin.delete(&format!("/sources/{}/tokens/{}", made.id(), ids[1])).await.expect(404);
        server.stop().await;
    });
}

#[test]
fn settings_take_effect_at_once_and_only_on_what_was_read() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let admin = server.api(Role::Administrator).await;
        let made = admin.post("/sources", json!({"name": "idp"})).await.expect(201);
        let idp = Client::new(
            made.body["baseUrl"].as_str().unwrap().to_owned(),
            made.body["token"].as_str().map(str::to_owned),
        );
        let ana = json!({"userName": "ana", "active": "True"});
        idp.post("/Users", ana.clone()).await.expect(201);

        let before = admin.get("/sources/idp").await.expect(200);
        assert_eq!(before.body["settings"]["tolerance"]["boolStrings"], true);
        let strict = json!({"join": "externalId", "tolerance": {"boolStrings": false, "unknownAttributes": "reject"}});
        let tag = before.header("etag").to_owned();
        let after = admin
            .send(Method::PUT, "/sources/idp/settings", Some(strict.clone()), &[("if-match", &tag)])
            .await
            .expect(200);
        assert_eq!(after.body["settings"]["join"], "externalId");
        assert_eq!(after.body["settings"]["tolerance"]["boolStrings"], false);
        assert_eq!(after.body["settings"]["tolerance"]["opCase"], true, "what is left out has its default");
        assert_ne!(after.header("etag"), tag);
        admin.send(Method::PUT, "/sources/idp/settings", Some(strict), &[("if-match", &tag)]).await.expect(412);
        idp.post("/Users", json!({"userName": "bo", "active": "True"})).await.expect(400);
        admin.put("/sources/idp/settings", json!({"jion": "email"})).await.expect(400);
        server.stop().await;
    });
}

#[test]
fn requests_are_listed_newest_first() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let (admin, idp) = (server.api(Role::Administrator).await, server.source("idp").await);
        for number in 0..3 {
            idp.get(&format!("/Users/{number}")).await.expect(404);
        }
        // The log is written behind the answers.
        let mut paths = Vec::new();
        for _ in 0..100 {
            let first = admin.get("/sources/idp/requests?limit=2").await.expect(200);
            let Some(next) = first.body["next"].as_str() else {
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let second = admin.get(&format!("/sources/idp/requests?limit=2&before={next}")).await.expect(200);
            let pages = [&first.body, &second.body];
            paths = pages
                .iter()
                .flat_map(|page| page["items"].as_array().unwrap())
                .map(|item| item["path"].as_str().unwrap().to_owned())
                .collect();
            assert!(second.body["next"].is_null());
            break;
        }
        assert_eq!(paths, ["/Users/2", "/Users/1", "/Users/0"]);
        server.stop().await;
    });
}
