//! Lists: filters, pages, projections, searches.

use serde_json::{Value, json};

use crate::harness::{Answer, Client, Database, TestServer, on_both};

async fn people(idp: &Client) {
    for (name, given, active) in [("ann", "Ann", true), ("bob", "Bob", false), ("cid", "Cid", true)] {
        let body = json!({
            "userName": name, "name": {"givenName": given}, "active": active,
            "emails": [{"value": format!("{name}@x.test"), "type": "work"}],
        });
        idp.post("/Users", body).await.expect(201);
    }
}

fn names(answer: &Answer) -> Vec<&str> {
    let list = answer.body["Resources"].as_array().unwrap();
    list.iter().map(|user| user["userName"].as_str().unwrap_or("-")).collect()
}

async fn find(idp: &Client, filter: &str) -> Answer {
    let filter: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
    idp.get(&format!("/Users?filter={filter}")).await
}

#[test]
fn filters_find_what_they_say() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let idp = server.source("idp").await;
        people(&idp).await;
        for (filter, found) in [
            ("userName eq \"ANN\"", vec!["ann"]),
            ("username Eq \"ann\"", vec!["ann"]),
            ("active eq true and name.givenName sw \"C\"", vec!["cid"]),
            ("not (active eq true)", vec!["bob"]),
            ("emails[type eq \"work\" and value eq \"bob@x.test\"]", vec!["bob"]),
            ("userName eq \"ann\" or userName eq \"bob\"", vec!["ann", "bob"]),
            ("userName eq \"nobody\"", vec![]),
        ] {
            let answer = find(&idp, filter).await.expect(200);
            assert_eq!(names(&answer), found, "{filter}");
            assert_eq!(answer.body["totalResults"], found.len(), "{filter}");
        }
        for wrong in ["userName eq", "nosuch eq \"a\"", "active gt true", ")(", "userName xx \"a\""] {
            find(&idp, wrong).await.expect_error(400, "invalidFilter");
        }
        let long = format!("userName eq \"{}\"", "a".repeat(2_048));
        find(&idp, &long).await.expect_error(400, "invalidFilter");
        find(&idp, &format!("userName eq \"{}\"", "a".repeat(20_000))).await.expect_error(400, "invalidFilter");
        find(&idp, "password eq \"x\"").await.expect_error(403, "sensitive");
        server.stop().await;
    });
}

#[test]
fn pages_are_cut_and_clamped() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let idp = server.source("idp").await;
        people(&idp).await;
        for (query, found, start) in [
            ("", vec!["ann", "bob", "cid"], 1),
            ("?startIndex=2&count=1", vec!["bob"], 2),
            ("?startIndex=-5&count=1", vec!["ann"], 1),
            ("?count=0", vec![], 1),
            ("?count=-1", vec![], 1),
            ("?startIndex=99", vec![], 99),
            ("?count=1000000000", vec!["ann", "bob", "cid"], 1),
            ("?sortBy=userName&sortOrder=descending", vec!["cid", "bob", "ann"], 1),
        ] {
            let answer = idp.get(&format!("/Users{query}")).await.expect(200);
            assert_eq!(names(&answer), found, "{query}");
            assert_eq!(answer.body["totalResults"], 3, "{query}");
            assert_eq!(answer.body["startIndex"], start, "{query}");
            assert_eq!(answer.body["itemsPerPage"], found.len(), "{query}");
        }
        for wrong in ["?count=abc", "?startIndex=9223372036854775808", "?attributes=id&excludedAttributes=name"] {
            idp.get(&format!("/Users{wrong}")).await.expect_error(400, "invalidValue");
        }
        server.stop().await;
    });
}

#[test]
fn answers_show_what_was_asked_for() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let idp = server.source("idp").await;
        people(&idp).await;
        let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        let only = idp.get("/Users?attributes=userName&count=1").await.expect(200).body;
        assert_eq!(keys(&only["Resources"][0]), ["schemas", "id", "userName"]);
        let part = idp.get("/Users?attributes=name.givenName&count=1").await.expect(200).body;
        assert_eq!(part["Resources"][0]["name"], json!({"givenName": "Ann"}));
        let without = idp.get("/Users?excludedAttributes=id,emails,meta&count=1").await.expect(200).body;
        let kept = keys(&without["Resources"][0]);
        assert!(kept.contains(&"id".into()) && !kept.contains(&"emails".into()) && !kept.contains(&"meta".into()));
        let made = idp.post("/Users?attributes=userName", json!({"userName": "dan", "title": "x"})).await.expect(201);
        assert_eq!(keys(&made.body), ["schemas", "id", "userName"]);
        server.stop().await;
    });
}

#[test]
fn searches_are_lists() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let idp = server.source("idp").await;
        people(&idp).await;
        let search =
            json!({"schemas": [scim::SEARCH_URN], "filter": "active eq true", "count": 1, "attributes": ["userName"]});
        let found = idp.post("/Users/.search", search).await.expect(200);
        assert_eq!((names(&found), &found.body["totalResults"]), (vec!["ann"], &json!(2)));
        idp.post("/Users/.search", json!({"schemas": ["urn:x"]})).await.expect_error(400, "invalidSyntax");
        let secret = json!({"schemas": [scim::SEARCH_URN], "filter": "password pr"});
        idp.post("/Users/.search", secret).await.expect_error(400, "invalidFilter");
        let deep = json!({"schemas": [scim::SEARCH_URN], "filter": "(".repeat(200_000)});
        idp.post("/Users/.search", deep).await.expect_error(400, "invalidFilter");
        server.stop().await;
    });
}
