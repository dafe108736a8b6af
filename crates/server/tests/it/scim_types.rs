//! Resource types and schemas that administrators define: every characteristic, from the definition alone.

use directory::administrator::Role;
use serde_json::{Value, json};

use crate::harness::{Answer, Client, Database, TestServer, on_both};

const CORE: &str = "urn:ietf:params:scim:schemas:test:2.0:TestResource";
const EXTENSION: &str = "urn:ietf:params:scim:schemas:extension:test:2.0:TestResource";
const ACME: &str = "urn:acme:2.0:User";

/// Define what `tests/definitions` describes, through the admin API.
pub async fn define(server: &TestServer) -> Client {
    let api = server.api(Role::Administrator).await;
    let all: Vec<Value> =
        serde_json::from_str(include_str!("../../../../tests/definitions/test-resource.json")).unwrap();
    for schema in all.iter().filter(|one| one.get("attributes").is_some()) {
        api.post("/schemas", schema.clone()).await.expect(201);
    }
    for rt in all.iter().filter(|one| one.get("endpoint").is_some()) {
        match rt["name"].as_str() {
            Some("User") => api.put("/resource-types/User", rt.clone()).await.expect(200),
            _ => api.post("/resource-types", rt.clone()).await.expect(201),
        };
    }
    api
}

fn resource(identifier: &str, more: Value) -> Value {
    let mut body = json!({"schemas": [CORE, EXTENSION], "identifier": identifier, EXTENSION: {"extRequired": "x"}});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

fn patch(operations: Value) -> Value {
    json!({"schemas": [scim::PATCH_URN], "Operations": operations})
}

async fn found(idp: &Client, filter: &str) -> Vec<String> {
    let query: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
    let answer = idp.get(&format!("/TestResources?filter={query}&sortBy=identifier")).await.expect(200);
    let names = answer.body["Resources"].as_array().unwrap().iter();
    let names: Vec<String> = names.map(|one| one["identifier"].as_str().unwrap().to_owned()).collect();
    assert_eq!(answer.body["totalResults"], names.len(), "{filter}");
    names
}

#[track_caller]
fn without_secrets(answer: &Answer) {
    assert!(!answer.text.contains("hush"), "{}", answer.text);
}

#[test]
fn every_characteristic_is_enforced() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        define(&server).await;
        let idp = server.source("idp").await;
        let whole = json!({
            "externalId": "e1", "caseExactString": "Aa", "caseInsensitiveString": "Bb", "integerAttr": -7,
            "booleanAttr": true, "dateTimeAttr": "2026-01-31T12:00:00Z", "binaryAttr": "aGVsbG8=",
            "referenceAttr": "https://x.test/1", "readOnlyAttr": "mine", "immutableAttr": "once",
            "writeOnlyAttr": "hush", "requestOnlyAttr": "on request", "alwaysReturnedAttr": "always",
            "multiStrings": ["a", "b", "a"], "complexAttr": {"sub1": "s", "sub2": 2, "sub3": false},
            "multiComplex": [{"value": "v1", "type": "t1", "primary": true}, {"value": "v2", "type": "t2"}],
            "uniqueString": "u1", EXTENSION: {"extString": "e", "extRequired": "r", "extInteger": 3},
        });
        let made = idp.post("/TestResources", resource("one", whole)).await.expect(201);
        let path = format!("/TestResources/{}", made.id());
        without_secrets(&made);
        assert_eq!(made.header("location"), format!("{}{path}", idp.base));
        assert_eq!(made.body["meta"]["resourceType"], "TestResource");
        assert_eq!(made.body["schemas"], json!([CORE, EXTENSION]));
        let kept = ["readOnlyAttr", "writeOnlyAttr"];
        assert!(kept.iter().all(|name| made.body.get(name).is_none()), "{}", made.text);
        // RFC 7643 section 7: returned in response to a change that specified it, and otherwise only on request.
        assert_eq!(made.body["requestOnlyAttr"], "on request");
        assert_eq!(made.body["multiStrings"], json!(["a", "b"]));
        assert_eq!(made.body["multiComplex"][0], json!({"value": "v1", "type": "t1", "primary": true}));
        assert_eq!(made.body[EXTENSION], json!({"extString": "e", "extRequired": "r", "extInteger": 3}));
        let read = idp.get(&path).await.expect(200);
        let mut unasked = made.body.clone();
        unasked.as_object_mut().unwrap().remove("requestOnlyAttr");
        assert_eq!(read.body, unasked);
        assert_eq!(read.header("etag"), made.body["meta"]["version"]);

        // Types, and what is required.
        for (name, wrong) in [
            ("integerAttr", json!(1.5)),
            ("integerAttr", json!("7")),
            ("booleanAttr", json!("maybe")),
            ("dateTimeAttr", json!("yesterday")),
            ("binaryAttr", json!("ä")),
            ("multiStrings", json!("a")),
            ("complexAttr", json!({"sub2": "two"})),
            ("identifier", Value::Null),
        ] {
            let refused = idp.post("/TestResources", resource("two", json!({name: wrong}))).await;
            assert!(
                refused.expect_error(400, "invalidValue").body["detail"]
                    .as_str()
                    .unwrap()
                    .contains(if name == "complexAttr" { "sub2" } else { name })
            );
        }
        for extension in [Value::Null, json!({}), json!({"extString": "s"})] {
            let refused = idp.post("/TestResources", resource("two", json!({EXTENSION: extension}))).await;
            let detail = refused.expect_error(400, "invalidValue").body["detail"].clone();
            assert!(["extRequired", EXTENSION].iter().any(|word| detail.as_str().unwrap().contains(word)), "{detail}");
        }

        // Uniqueness, on every way in, caseless; and free again afterwards.
        let two = idp.post("/TestResources", resource("two", json!({"uniqueString": "u2"}))).await.expect(201);
        let other = format!("/TestResources/{}", two.id());
        let taken = [
            idp.post("/TestResources", resource("ONE", json!({}))).await,
            idp.post("/TestResources", resource("three", json!({"uniqueString": "U1"}))).await,
            idp.put(&other, resource("two", json!({"uniqueString": "u1"}))).await,
            idp.patch(&other, patch(json!([{"op": "replace", "path": "uniqueString", "value": "u1"}]))).await,
            idp.patch(&other, patch(json!([{"op": "replace", "value": {"identifier": "one"}}]))).await,
        ];
        for (answer, name) in
            taken.into_iter().zip(["identifier", "uniqueString", "uniqueString", "uniqueString", "identifier"])
        {
            let detail = answer.expect_error(409, "uniqueness").body["detail"].clone();
            assert!(detail.as_str().unwrap().contains(name), "{detail}");
        }
        assert_eq!(idp.get(&other).await.expect(200).body, two.body, "nothing is half done");
        // Another source has values of its own.
        let second = server.source("second").await;
        second.post("/TestResources", resource("one", json!({}))).await.expect(201);
        second.get(&path).await.expect_error(404, "");
        idp.patch(&other, patch(json!([{"op": "remove", "path": "uniqueString"}]))).await.expect(200);
        let three = idp.post("/TestResources", resource("three", json!({"uniqueString": "u2"}))).await.expect(201);
        idp.delete(&format!("/TestResources/{}", three.id())).await.expect(204);
        let three = idp.post("/TestResources", resource("three", json!({"uniqueString": "u2"}))).await.expect(201);

        // Mutability.
        let set = |path: &str, value: Value| patch(json!([{"op": "replace", "path": path, "value": value}]));
        idp.patch(&path, set("readOnlyAttr", json!("x"))).await.expect_error(400, "mutability");
        idp.patch(&path, set("immutableAttr", json!("twice"))).await.expect_error(400, "mutability");
        idp.patch(&path, patch(json!([{"op": "remove", "path": "immutableAttr"}])))
            .await
            .expect_error(400, "mutability");
        idp.patch(&path, patch(json!([{"op": "remove", "path": "identifier"}]))).await.expect_error(400, "mutability");
        idp.patch(&path, patch(json!([{"op": "remove", "path": EXTENSION}]))).await.expect_error(400, "mutability");
        let of_extension = format!("{EXTENSION}:extRequired");
        idp.patch(&path, patch(json!([{"op": "remove", "path": of_extension}]))).await.expect_error(400, "mutability");
        idp.put(&path, resource("one", json!({"immutableAttr": "twice"}))).await.expect_error(400, "mutability");
        idp.patch(&other, set("immutableAttr", json!("first"))).await.expect(200);
        let quiet = idp.patch(&path, set("writeOnlyAttr", json!("hush again"))).await.expect(200);
        assert_eq!(quiet.body["meta"]["version"], made.body["meta"]["version"], "what nobody can read changes nothing");

        // Projection.
        let again = set("requestOnlyAttr", json!("on request"));
        let by_patch = async |query: &str| idp.patch(&format!("{path}{query}"), again.clone()).await.expect(200).body;
        assert_eq!(by_patch("").await["requestOnlyAttr"], "on request");
        assert!(by_patch("?attributes=identifier").await.get("requestOnlyAttr").is_none(), "not among what is wanted");
        assert!(by_patch("?excludedAttributes=requestOnlyAttr").await.get("requestOnlyAttr").is_none());
        assert_eq!(by_patch("?excludedAttributes=identifier").await["requestOnlyAttr"], "on request");
        let unspecified = idp.patch(&path, set("booleanAttr", json!(true))).await.expect(200);
        assert!(unspecified.body.get("requestOnlyAttr").is_none(), "{}", unspecified.text);
        let asked = idp.get(&format!("{path}?attributes=requestOnlyAttr,writeOnlyAttr")).await.expect(200);
        without_secrets(&asked);
        assert_eq!(asked.body["requestOnlyAttr"], "on request");
        assert_eq!(asked.body["alwaysReturnedAttr"], "always");
        assert!(asked.body.get("identifier").is_none());
        let spared = idp.get(&format!("{path}?excludedAttributes=alwaysReturnedAttr,{EXTENSION}")).await.expect(200);
        assert_eq!(spared.body["alwaysReturnedAttr"], "always");
        assert_eq!((&spared.body["schemas"], spared.body.get(EXTENSION)), (&json!([CORE]), None));

        // Filters, by type and letter case.
        for (filter, names) in [
            ("identifier eq \"ONE\"", &["one"][..]),
            ("caseExactString eq \"Aa\"", &["one"]),
            ("caseExactString eq \"aa\"", &[]),
            ("caseInsensitiveString eq \"bB\"", &["one"]),
            ("caseInsensitiveString co \"B\"", &["one"]),
            ("integerAttr lt 0 and integerAttr ge -7", &["one"]),
            ("integerAttr gt 0", &[]),
            ("booleanAttr eq true", &["one"]),
            ("not (booleanAttr eq true)", &["three", "two"]),
            ("dateTimeAttr gt \"2026-01-31T12:59:00+01:00\"", &["one"]),
            ("binaryAttr eq \"aGVsbG8=\"", &["one"]),
            ("referenceAttr sw \"https://x.test/\"", &["one"]),
            ("multiStrings eq \"b\"", &["one"]),
            ("complexAttr.sub2 eq 2", &["one"]),
            ("complexAttr pr", &["one"]),
            ("multiComplex[value eq \"v1\" and type eq \"t2\"]", &[]),
            ("multiComplex[value eq \"v2\" and type eq \"t2\"]", &["one"]),
            ("urn:ietf:params:scim:schemas:extension:test:2.0:TestResource:extInteger ge 3", &["one"]),
            ("requestOnlyAttr pr", &["one"]),
            ("uniqueString pr or immutableAttr eq \"first\"", &["one", "three", "two"]),
        ] {
            assert_eq!(found(&idp, filter).await, names, "{filter}");
        }
        let ask = async |filter: &str| {
            let query = json!({"schemas": [scim::SEARCH_URN], "filter": filter});
            idp.post("/TestResources/.search", query).await
        };
        ask("writeOnlyAttr eq \"hush\"").await.expect_error(400, "invalidFilter");
        ask("booleanAttr gt true").await.expect_error(400, "invalidFilter");
        ask("userName eq \"one\"").await.expect_error(400, "invalidFilter");
        assert_eq!(ask("identifier sw \"t\"").await.expect(200).body["totalResults"], 2);

        // PATCH of lists and objects.
        let changed = idp
            .patch(
                &path,
                patch(json!([
                    {"op": "add", "path": "multiStrings", "value": ["c", "a"]},
                    {"op": "replace", "path": "complexAttr.sub1", "value": "new"},
                    {"op": "add", "path": "multiComplex", "value": [{"value": "v3", "type": "t3", "primary": true}]},
                    {"op": "replace", "path": "multiComplex[type eq \"t2\"].value", "value": "v2b"},
                    {"op": "replace", "path": format!("{EXTENSION}:extInteger"), "value": 4},
                    {"op": "remove", "path": "requestOnlyAttr"},
                ])),
            )
            .await
            .expect(200)
            .body;
        assert_eq!(changed["multiStrings"], json!(["a", "b", "c"]));
        assert_eq!(changed["complexAttr"], json!({"sub1": "new", "sub2": 2, "sub3": false}));
        assert_eq!(changed["multiComplex"][0]["primary"], false);
        assert_eq!(changed["multiComplex"][1]["value"], "v2b");
        assert_eq!(changed[EXTENSION]["extInteger"], 4);
        assert_eq!(found(&idp, "multiComplex.value eq \"v2\"").await, [""; 0], "the index follows");
        assert_eq!(found(&idp, "multiStrings eq \"c\"").await, ["one"]);

        // PUT replaces, versions guard, DELETE removes.
        let version = changed["meta"]["version"].as_str().unwrap().to_owned();
        let stale = [("if-match", made.body["meta"]["version"].as_str().unwrap())];
        let body = || Some(resource("one", json!({"immutableAttr": "once"})));
        idp.send(http::Method::PUT, &path, body(), &stale).await.expect_error(412, "");
        let put = idp.send(http::Method::PUT, &path, body(), &[("if-match", &version)]).await.expect(200);
        assert!(put.body.get("multiStrings").is_none() && put.body.get("uniqueString").is_none(), "{}", put.text);
        idp.delete(&path).await.expect(204);
        idp.get(&path).await.expect_error(404, "");
        assert_eq!(found(&idp, "identifier pr").await, ["three", "two"]);
        idp.get(&format!("/Users/{}", three.id())).await.expect_error(404, "");
        server.stop().await;
    });
}

#[test]
fn discovery_shows_exactly_what_is_accepted() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let idp = server.source("idp").await;
        let before = idp.get("/Schemas").await.expect(200).body["totalResults"].as_u64().unwrap();
        idp.get("/TestResources").await.expect_error(404, "");
        let api = define(&server).await;
        let types = idp.get("/ResourceTypes").await.expect(200).body;
        assert_eq!(types["totalResults"], 3);
        let test = idp.get("/ResourceTypes/TestResource").await.expect(200).body;
        assert_eq!(test["endpoint"], "/TestResources");
        assert_eq!(test["schemaExtensions"], json!([{"schema": EXTENSION, "required": true}]));
        let user = idp.get("/ResourceTypes/User").await.expect(200).body;
        assert_eq!(user["schemaExtensions"][1], json!({"schema": ACME, "required": false}));
        assert_eq!(idp.get("/Schemas").await.expect(200).body["totalResults"], before + 3);
        let schema = idp.get(&format!("/Schemas/{CORE}")).await.expect(200).body;
        let attribute = |name: &str| {
            let list = schema["attributes"].as_array().unwrap();
            list.iter().find(|attribute| attribute["name"] == name).unwrap().clone()
        };
        assert_eq!(
            attribute("identifier"),
            json!({"name": "identifier", "type": "string", "multiValued": false, "description": "", "required": true,
                   "caseExact": false, "mutability": "readWrite", "returned": "default", "uniqueness": "server"})
        );
        assert_eq!(attribute("writeOnlyAttr")["returned"], "never");
        // A stranger sees what every Lockstep has, and nothing of the tenant's own.
        let stranger = idp.with_token(None).get("/Schemas").await.expect(200);
        assert!(!stranger.text.contains("acme") && stranger.body["totalResults"] == before, "{}", stranger.text);
        idp.post("/ResourceTypes", test).await.expect_error(405, "");

        // A schema that no type has is not accepted anywhere, so it is not shown.
        let loose =
            json!({"id": "urn:acme:2.0:Loose", "name": "Loose", "attributes": [{"name": "a", "type": "string"}]});
        api.post("/schemas", loose).await.expect(201);
        idp.get("/Schemas/urn:acme:2.0:Loose").await.expect_error(404, "");
        server.stop().await;
    });
}

#[test]
fn users_have_attributes_of_the_administrators_own() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let api = define(&server).await;
        let idp = server.source("idp").await;
        let body = json!({"schemas": [scim::USER_URN], "userName": "ann",
            ACME: {"costCenter": "CC-7", "badge": 12, "level": "Senior", "skills": ["rust"], "desk": {"floor": 3}, "x": 1}});
        let ann = idp.post("/Users", body).await.expect(201);
        let path = format!("/Users/{}", ann.id());
        assert_eq!(ann.body["schemas"], json!([scim::USER_URN, ACME]));
        let kept =
            json!({"costCenter": "CC-7", "badge": 12, "level": "Senior", "skills": ["rust"], "desk": {"floor": 3}});
        assert_eq!(ann.body[ACME], kept);
        let bob = idp.post("/Users", json!({"userName": "bob", ACME: {"costCenter": "CC-8"}})).await.expect(201);
        let wrong = json!({"userName": "cy", ACME: {"level": "boss"}});
        let refused = idp.post("/Users", wrong).await.expect_error(400, "invalidValue");
        assert!(refused.body["detail"].as_str().unwrap().contains("junior, senior"), "{}", refused.text);
        let taken = patch(json!([{"op": "add", "path": format!("{ACME}:badge"), "value": 12}]));
        let refused = idp.patch(&format!("/Users/{}", bob.id()), taken).await.expect_error(409, "uniqueness");
        assert!(refused.body["detail"].as_str().unwrap().contains("badge"), "{}", refused.text);

        let filter = async |filter: &str| {
            let query = json!({"schemas": [scim::SEARCH_URN], "filter": filter, "attributes": "userName",
                               "sortBy": format!("{ACME}:costCenter"), "sortOrder": "descending"});
            let answer = idp.post("/Users/.search", query).await.expect(200);
            let names = answer.body["Resources"].as_array().unwrap().iter();
            names.map(|user| user["userName"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(filter(&format!("{ACME}:costCenter eq \"cc-7\"")).await, ["ann"]);
        assert_eq!(filter(&format!("{ACME}:costCenter sw \"CC\"")).await, ["bob", "ann"]);
        assert_eq!(filter(&format!("{ACME}:desk.floor gt 2 and userName eq \"ann\"")).await, ["ann"]);
        let only = idp.get(&format!("{path}?attributes={ACME}:badge")).await.expect(200).body;
        assert_eq!(only[ACME], json!({"badge": 12}));

        // The profile, and what administrators see of it.
        let profile = api.get("/users/ann").await.expect(200);
        assert!(profile.text.contains("\"costCenter\":\"CC-7\""), "{}", profile.text);

        // Away with the last attribute goes the schema.
        let all_gone = patch(json!([{"op": "remove", "path": ACME}]));
        let bare = idp.patch(&path, all_gone).await.expect(200).body;
        assert_eq!((&bare["schemas"], bare.get(ACME)), (&json!([scim::USER_URN]), None));
        idp.post("/Users", json!({"userName": "dee", ACME: {"badge": 12}})).await.expect(201);
        server.stop().await;
    });
}

#[test]
fn bulk_root_and_cursors_know_every_type() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        define(&server).await;
        let idp = server.source("idp").await;
        let operation =
            |name: &str, path: &str, data: Value| json!({"method": "POST", "path": path, "bulkId": name, "data": data});
        let answer = idp
            .post(
                "/Bulk",
                json!({"schemas": [scim::BULK_REQUEST_URN], "Operations": [
                    operation("t", "/TestResources", resource("first", json!({"caseExactString": "bulkId:u"}))),
                    operation("u", "/Users", json!({"schemas": [scim::USER_URN], "userName": "ann"})),
                    operation("d", "/TestResources", resource("FIRST", json!({}))),
                    {"method": "PATCH", "path": "/TestResources/bulkId:t", "data":
                        patch(json!([{"op": "add", "path": "integerAttr", "value": 5}]))},
                ]}),
            )
            .await
            .expect(200);
        let results = answer.body["Operations"].as_array().unwrap();
        let status: Vec<_> = results.iter().map(|one| one["status"].as_str().unwrap()).collect();
        assert_eq!(status, ["201", "201", "409", "200"], "{}", answer.text);
        let location = results[0]["location"].as_str().unwrap();
        assert!(location.starts_with(&format!("{}/TestResources/", idp.base)), "{location}");
        let first = idp.get(location.strip_prefix(&idp.base).unwrap()).await.expect(200).body;
        let user = results[1]["location"].as_str().unwrap();
        assert!(user.ends_with(first["caseExactString"].as_str().unwrap()), "the reference is resolved");
        assert_eq!(first["integerAttr"], 5);

        for number in 0..5 {
            idp.post("/TestResources", resource(&format!("r{number}"), json!({}))).await.expect(201);
        }
        let everything = idp.get("/").await.expect(200);
        assert_eq!(everything.body["totalResults"], 7);
        let query = json!({"schemas": [scim::SEARCH_URN], "filter": "identifier sw \"r\" or userName eq \"ann\""});
        assert_eq!(idp.post("/.search", query).await.expect(200).body["totalResults"], 6);
        let (mut cursor, mut seen) = (String::new(), Vec::new());
        loop {
            let page = idp.get(&format!("/?count=2&cursor={cursor}")).await.expect(200).body;
            seen.extend(page["Resources"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()));
            let Some(next) = page["nextCursor"].as_str() else { break };
            cursor = next.to_owned();
        }
        let pages = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!((pages, seen.len()), (7, 7));
        // It is no person, so it is a member of nothing.
        let id = first["id"].as_str().unwrap();
        let group = idp.post("/Groups", json!({"displayName": "G", "members": [{"value": id}]})).await;
        assert!(group.status == 400 || group.body["members"][0].get("$ref").is_none(), "{}", group.text);
        server.stop().await;
    });
}

#[test]
fn of_many_that_want_one_value_one_gets_it() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        define(&server).await;
        let idp = server.source("idp").await;
        for round in 0..5 {
            let rivals = (0..8).map(|rival| {
                let idp = idp.clone();
                let body = resource(&format!("{round}-{rival}"), json!({"uniqueString": format!("only {round}")}));
                tokio::spawn(async move { idp.post("/TestResources", body).await.status.as_u16() })
            });
            let mut status: Vec<u16> = Vec::new();
            for rival in rivals.collect::<Vec<_>>() {
                status.push(rival.await.unwrap());
            }
            status.sort_unstable();
            assert_eq!(status, [201, 409, 409, 409, 409, 409, 409, 409]);
        }
        server.stop().await;
    });
}
