//! Pages by cursor, and lists of users and groups together.

use serde_json::{Value, json};

use crate::harness::{Answer, Client, Database, TestServer, on_both};

/// Five users and three groups, made in turns.
async fn people(idp: &Client) {
    for name in ["eve", "dan", "cid", "bob", "ann"] {
        let body = json!({"userName": name, "displayName": name.to_uppercase(), "active": name != "bob"});
        idp.post("/Users", body).await.expect(201);
        if ["dan", "bob", "ann"].contains(&name) {
            idp.post("/Groups", json!({"displayName": format!("{name}s")})).await.expect(201);
        }
    }
}

fn names(answer: &Answer) -> Vec<String> {
    let list = answer.body["Resources"].as_array().unwrap_or_else(|| panic!("{}", answer.text));
    let name = |resource: &Value| resource["userName"].as_str().or(resource["displayName"].as_str()).map(str::to_owned);
    list.iter().map(|resource| name(resource).unwrap()).collect()
}

fn escaped(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// All pages of a question, by cursor.
async fn follow(idp: &Client, path: &str, total: usize) -> Vec<Vec<String>> {
    let (mut pages, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = idp.get(&format!("{path}&cursor={cursor}")).await.expect(200);
        assert_eq!(page.body["totalResults"], total, "{path}");
        assert_eq!(page.body["itemsPerPage"], page.body["Resources"].as_array().unwrap().len());
        assert!(page.body.get("startIndex").is_none() && page.body.get("previousCursor").is_none());
        pages.push(names(&page));
        let Some(next) = page.body.get("nextCursor") else { return pages };
        cursor = next.as_str().unwrap().to_owned();
        assert!(cursor.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)), "{cursor}");
        assert!(pages.len() < 20, "no end");
    }
}

#[test]
fn cursors_lead_through_every_list() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let idp = server.source("idp").await;
        people(&idp).await;
        let users = ["eve", "dan", "cid", "bob", "ann"];
        let everything = [&users[..], &["dans", "bobs", "anns"]].concat();
        let filter = |text: &str| format!("&filter={}", escaped(text));
        for (path, found) in [
            ("/Users?x=1".to_owned(), &users[..]),
            ("/Groups?x=1".to_owned(), &["dans", "bobs", "anns"]),
            ("/?x=1".to_owned(), &everything),
            (format!("/Users?{}", filter("active eq true")), &["eve", "dan", "cid", "ann"]),
            (format!("/Users?{}", filter("nickName pr or displayName co \"A\"")), &["dan", "ann"]),
            (format!("/Users?{}", filter("userName eq \"cid\"")), &["cid"]),
            (format!("/Users?{}", filter("userName eq \"nobody\"")), &[]),
            (format!("/?{}", filter("displayName co \"A\"")), &["dan", "ann", "dans", "anns"]),
            ("/Users?sortBy=userName".to_owned(), &["ann", "bob", "cid", "dan", "eve"]),
            (
                "/?sortBy=displayName&sortOrder=descending".to_owned(),
                &["eve", "dans", "dan", "cid", "bobs", "bob", "anns", "ann"],
            ),
        ] {
            let by_index = idp.get(&path).await.expect(200);
            assert_eq!(names(&by_index), found, "{path}");
            assert_eq!(by_index.body["startIndex"], 1);
            assert!(by_index.body.get("nextCursor").is_none(), "index is the default");
            for count in [1, 2, 3, 5, 200] {
                let pages = follow(&idp, &format!("{path}&count={count}"), found.len()).await;
                assert_eq!(pages.concat(), found, "{path} by {count}");
                assert!(pages.iter().all(|page| page.len() <= count));
                assert_eq!(pages.len(), found.len().div_ceil(count).max(1), "{path} by {count}");
                let mut whole = Vec::new();
                for start in (1..=found.len()).step_by(count) {
                    let page = idp.get(&format!("{path}&count={count}&startIndex={start}")).await.expect(200);
                    assert_eq!(page.body["totalResults"], found.len());
                    whole.extend(names(&page));
                }
                assert_eq!(whole, found, "{path} by index and {count}");
            }
        }
        let none = idp.get("/Users?cursor&count=0").await.expect(200).body;
        assert_eq!((&none["totalResults"], none.get("nextCursor")), (&json!(5), None));
        server.stop().await;
    });
}

#[test]
fn a_page_begins_behind_a_record_that_is_gone() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let idp = server.source("idp").await;
        people(&idp).await;
        let first = idp.get("/?cursor=&count=2").await.expect(200);
        let next = first.body["nextCursor"].as_str().unwrap();
        for resource in first.body["Resources"].as_array().unwrap() {
            idp.delete(&format!("/Users/{}", resource["id"].as_str().unwrap())).await.expect(204);
        }
        let second = idp.get(&format!("/?count=2&cursor={next}")).await.expect(200);
        assert_eq!(names(&second), ["cid", "bob"], "nobody is left out");
        server.stop().await;
    });
}

#[test]
fn cursors_are_good_for_one_question_of_one_source() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let (idp, other) = (server.source("idp").await, server.source("other").await);
        people(&idp).await;
        people(&other).await;
        let next = idp.get("/Users?cursor&count=2").await.expect(200).body["nextCursor"].as_str().unwrap().to_owned();
        idp.get(&format!("/Users?count=2&cursor={next}")).await.expect(200);
        let filter = escaped("active eq true");
        let mut words = Vec::new();
        for (client, path) in [
            (&idp, format!("/Users?count=2&cursor=x{next}")),
            (&idp, "/Users?count=2&cursor=2".to_owned()),
            (&idp, format!("/Users?count=2&cursor={next}&filter={filter}")),
            (&idp, format!("/Users?count=2&cursor={next}&attributes=userName")),
            (&idp, format!("/Users?count=2&cursor={next}&sortBy=userName")),
            (&idp, format!("/Groups?count=2&cursor={next}")),
            (&idp, format!("/?count=2&cursor={next}")),
            (&other, format!("/Users?count=2&cursor={next}")),
        ] {
            words.push(client.get(&path).await.expect_error(400, "invalidCursor").body);
        }
        assert!(words.iter().all(|body| *body == words[0]));
        idp.get(&format!("/Users?count=3&cursor={next}")).await.expect_error(400, "invalidCount");
        idp.with_token(Some("x")).get(&format!("/Users?count=2&cursor={next}")).await.expect_error(401, "");
        let config = idp.get("/ServiceProviderConfig").await.expect(200).body;
        assert_eq!(
            config["pagination"],
            json!({"cursor": true, "index": true, "defaultPaginationMethod": "index",
            "defaultPageSize": 100, "maxPageSize": 200, "cursorTimeout": 600})
        );
        server.stop().await;
    });
}

#[test]
fn the_root_answers_for_both_types() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let idp = server.source("idp").await;
        people(&idp).await;
        for (filter, found) in [
            ("displayName eq \"ann\"", vec!["ann"]),
            ("userName eq \"ann\" or displayName eq \"ANNS\"", vec!["ann", "anns"]),
            ("meta.resourceType eq \"Group\"", vec!["dans", "bobs", "anns"]),
            ("members pr", vec![]),
            ("not (userName pr)", vec!["dans", "bobs", "anns"]),
            ("userName ne \"ann\" and displayName co \"n\"", vec!["dan", "dans", "anns"]),
            ("emails[type eq \"work\"]", vec![]),
            ("nosuch eq \"x\"", vec![]),
            ("active eq false", vec!["bob"]),
        ] {
            let by_get = idp.get(&format!("/?filter={}", escaped(filter))).await.expect(200);
            assert_eq!(names(&by_get), found, "{filter}");
            assert_eq!(by_get.body["totalResults"], found.len());
            let search = json!({"schemas": [scim::SEARCH_URN], "filter": filter});
            assert_eq!(idp.post("/.search", search).await.expect(200).body, by_get.body, "{filter}");
        }
        let search = |more: Value| {
            let mut search = json!({"schemas": [scim::SEARCH_URN]});
            search.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
            search
        };
        let page = idp.post("/.search", search(json!({"startIndex": 5, "count": 2}))).await.expect(200);
        assert_eq!((names(&page), &page.body["totalResults"]), (vec!["ann".into(), "dans".into()], &json!(8)));
        let asked = json!({"attributes": ["displayName"], "count": 6, "cursor": ""});
        let page = idp.post("/.search", search(asked.clone())).await.expect(200);
        let keys: Vec<_> = page.body["Resources"][5].as_object().unwrap().keys().collect();
        assert_eq!(keys, ["schemas", "id", "displayName"]);
        let mut asked = asked;
        asked["cursor"] = page.body["nextCursor"].clone();
        let page = idp.post("/.search", search(asked)).await.expect(200);
        assert_eq!((names(&page), page.body.get("nextCursor")), (vec!["bobs".into(), "anns".into()], None));
        for (wrong, scim_type) in [("active gt true", "invalidFilter"), ("userName eq", "invalidFilter")] {
            idp.get(&format!("/?filter={}", escaped(wrong))).await.expect_error(400, scim_type);
        }
        idp.get("/?filter=password%20pr").await.expect_error(403, "sensitive");
        idp.post("/.search", search(json!({"filter": "password pr"}))).await.expect_error(400, "invalidFilter");
        idp.post("/.search", json!({"schemas": ["urn:x"]})).await.expect_error(400, "invalidSyntax");
        assert_eq!(idp.get("/.search").await.expect_error(405, "").header("allow"), "POST");
        idp.get("").await.expect(200);
        server.stop().await;
    });
}
