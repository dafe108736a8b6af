//! Definitions through the admin API: what is refused, and what stands in the way of a change.

use directory::administrator::Role;
use serde_json::{Value, json};

use crate::harness::{Client, Database, TestServer, on_both};

const URN: &str = "urn:acme:2.0:Badge";

fn schema(attributes: Value) -> Value {
    json!({"id": URN, "name": "Badge", "attributes": attributes})
}

fn badge_type() -> Value {
    json!({"name": "Badge", "endpoint": "/Badges", "schema": URN})
}

async fn badge(idp: &Client, body: Value) -> String {
    let mut body = body;
    body["schemas"] = json!([URN]);
    idp.post("/Badges", body).await.expect(201).id()
}

/// Ask for a definition that is refused, and compare the count and the words.
async fn in_the_way(api: &Client, attributes: Value, count: i64, words: &str) {
    let refused = api.put(&format!("/schemas/{URN}"), schema(attributes)).await.expect(409);
    assert_eq!(refused.body["count"], count, "{}", refused.text);
    assert!(refused.body["detail"].as_str().unwrap().contains(words), "{}", refused.text);
}

#[test]
fn definitions_are_checked() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let api = server.api(Role::Administrator).await;
        let auditor = server.api(Role::Auditor).await;
        let plain = json!([{"name": "number", "type": "integer"}]);
        auditor.post("/schemas", schema(plain.clone())).await.expect(403);
        for (body, status) in [
            (json!({"id": "acme", "name": "X", "attributes": plain}), 400),
            (json!({"id": URN, "name": "X"}), 400),
            (schema(json!([{"name": "1", "type": "string"}])), 400),
            (schema(json!([{"name": "a", "type": "text"}])), 400),
            (json!({"id": scim::USER_URN, "name": "X", "attributes": plain}), 400),
            (json!({"id": format!("{}:x", scim::ENTERPRISE_URN), "name": "X", "attributes": plain}), 400),
        ] {
            api.post("/schemas", body.clone()).await.expect(status);
        }
        // As another server shows it: with nulls, and with members that are not ours.
        let shown = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"], "id": URN, "name": "Badge",
            "meta": {"resourceType": "Schema"},
            "attributes": [{"name": "number", "type": "integer", "canonicalValues": null, "subAttributes": null}]});
        let made = api.post("/schemas", shown).await.expect(201).body;
        assert_eq!((&made["builtIn"], &made["usedBy"]), (&json!(false), &json!([])));
        api.post("/schemas", schema(plain.clone())).await.expect(409);
        let urn = URN.to_uppercase();
        let read = api.get(&format!("/schemas/{}", urn.replace(':', "%3A"))).await.expect(200);
        assert_eq!((read.body["id"].as_str(), read.header("etag")), (Some(URN), "\"1\""));
        for (body, status) in [
            (json!({"name": "Badge", "endpoint": "/Users", "schema": URN}), 400),
            (json!({"name": "Badge", "endpoint": "/schemas", "schema": URN}), 400),
            (json!({"name": "Badge", "endpoint": "/Badges", "schema": "urn:acme:2.0:None"}), 404),
            (json!({"name": "Badge", "endpoint": "/Badges", "schema": scim::USER_URN}), 400),
            (json!({"name": "user", "endpoint": "/Badges", "schema": URN}), 409),
            (
                json!({"name": "Badge", "endpoint": "/Badges", "schema": URN, "schemaExtensions": [{"schema": URN}]}),
                400,
            ),
        ] {
            api.post("/resource-types", body.clone()).await.expect(status);
        }
        api.post("/resource-types", badge_type()).await.expect(201);
        api.post("/resource-types", json!({"name": "Other", "endpoint": "/badges", "schema": URN})).await.expect(409);
        api.put(
            &format!("/schemas/{}", scim::USER_URN),
            json!({"id": scim::USER_URN, "name": "U", "attributes": plain}),
        )
        .await
        .expect(403);
        api.delete("/resource-types/User").await.expect(403);
        let stale = [("if-match", "\"7\"")];
        let put = Some(schema(plain.clone()));
        api.send(http::Method::PUT, &format!("/schemas/{URN}"), put, &stale).await.expect(412);

        // Saying the same again changes nothing, and leaves no entry.
        let entries = async || api.get("/changes?limit=200").await.expect(200).body["items"].as_array().unwrap().len();
        let before = entries().await;
        let again = api.put(&format!("/schemas/{URN}"), schema(plain)).await.expect(200);
        assert_eq!(again.header("etag"), "\"1\"");
        api.put("/resource-types/Badge", badge_type()).await.expect(200);
        assert_eq!(entries().await, before);

        // What is used can't go.
        let used = api.delete(&format!("/schemas/{URN}")).await.expect(409);
        assert!(used.body["detail"].as_str().unwrap().contains("Badge") && used.body["count"] == 0, "{}", used.text);
        api.delete("/resource-types/badge").await.expect(204);
        api.delete(&format!("/schemas/{URN}")).await.expect(204);
        api.get(&format!("/schemas/{URN}")).await.expect(404);
        assert_eq!(entries().await, before + 2);
        server.stop().await;
    });
}

#[test]
fn no_change_makes_stored_resources_wrong() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let api = server.api(Role::Administrator).await;
        let idp = server.source("idp").await;
        let base = json!([
            {"name": "number", "type": "integer"},
            {"name": "level", "type": "string"},
            {"name": "doors", "type": "complex", "multiValued": true, "subAttributes":
                [{"name": "value", "type": "string"}, {"name": "until", "type": "dateTime"}]},
        ]);
        api.post("/schemas", schema(base.clone())).await.expect(201);
        api.post("/resource-types", badge_type()).await.expect(201);
        let first = badge(&idp, json!({"number": 1, "level": "gold", "doors": [{"value": "a"}]})).await;
        badge(&idp, json!({"number": 1, "doors": [{"value": "a", "until": "2026-01-01T00:00:00Z"}]})).await;
        badge(&idp, json!({"externalId": "bare"})).await;
        assert_eq!(api.get("/resource-types/Badge").await.expect(200).body["resources"], 3);

        let with = |index: usize, changes: Value| {
            let mut attributes = base.clone();
            for (name, value) in changes.as_object().unwrap() {
                attributes[index][name] = value.clone();
            }
            attributes
        };
        in_the_way(&api, with(0, json!({"type": "string"})), 2, "number gets another type (2 resources with a value)")
            .await;
        in_the_way(&api, with(0, json!({"multiValued": true})), 2, "a list").await;
        in_the_way(&api, with(0, json!({"uniqueness": "server"})), 2, "becomes unique").await;
        in_the_way(&api, with(0, json!({"name": "Number"})), 2, "is taken away").await;
        in_the_way(&api, with(0, json!({"required": true})), 1, "number becomes required (1 resource without").await;
        in_the_way(&api, with(1, json!({"caseExact": true})), 1, "compared").await;
        in_the_way(&api, with(1, json!({"returned": "never"})), 1, "not kept").await;
        in_the_way(&api, with(1, json!({"canonicalValues": ["silver"]})), 1, "level allows other values").await;
        let mut until = base.clone();
        until[2]["subAttributes"][1]["required"] = true.into();
        in_the_way(&api, until, 1, "doors.until becomes required").await;
        let mut narrower = base.clone();
        narrower[2]["subAttributes"].as_array_mut().unwrap().pop();
        in_the_way(&api, narrower, 1, "doors.until is taken away").await;
        let mut more = base.clone();
        more.as_array_mut().unwrap().push(json!({"name": "owner", "type": "string", "required": true}));
        in_the_way(&api, more.clone(), 3, "owner becomes required").await;
        for body in [
            json!({"name": "Badge", "endpoint": "/Cards", "schema": URN}),
            json!({"name": "Badge", "endpoint": "/Badges", "schema": URN,
                   "schemaExtensions": [{"schema": scim::ENTERPRISE_URN, "required": true}]}),
        ] {
            let refused = api.put("/resource-types/Badge", body).await.expect(409);
            assert_eq!(refused.body["count"], 3, "{}", refused.text);
        }
        assert_eq!(api.delete("/resource-types/Badge").await.expect(409).body["count"], 3);

        // What only adds is fine, and counts with the next request.
        let wider = with(1, json!({"canonicalValues": ["gold", "silver"]}));
        api.put(&format!("/schemas/{URN}"), schema(wider)).await.expect(200);
        idp.post("/Badges", json!({"schemas": [URN], "level": "lead"})).await.expect_error(400, "invalidValue");
        more[3]["required"] = false.into();
        api.put(&format!("/schemas/{URN}"), schema(more)).await.expect(200);
        badge(&idp, json!({"level": "lead", "owner": "ann"})).await;
        let filter = "/Badges?filter=owner%20eq%20%22ANN%22";
        assert_eq!(idp.get(filter).await.expect(200).body["totalResults"], 1);

        // Uniqueness comes while nobody has a value, and goes without leaving a trace.
        let unique = |uniqueness: &str| {
            let mut attributes = base.clone();
            attributes.as_array_mut().unwrap().push(json!({"name": "owner", "type": "string"}));
            attributes.as_array_mut().unwrap().push(json!({"name": "key", "type": "string", "uniqueness": uniqueness}));
            schema(attributes)
        };
        api.put(&format!("/schemas/{URN}"), unique("server")).await.expect(200);
        badge(&idp, json!({"key": "k"})).await;
        idp.post("/Badges", json!({"schemas": [URN], "key": "K"})).await.expect_error(409, "uniqueness");
        api.put(&format!("/schemas/{URN}"), unique("none")).await.expect(200);
        badge(&idp, json!({"key": "k"})).await;
        in_the_way(&api, unique("server")["attributes"].clone(), 2, "becomes unique").await;

        // When the values are gone, so is what was in the way.
        let gone = json!({"schemas": [scim::PATCH_URN], "Operations": [{"op": "remove", "path": "level"}]});
        idp.patch(&format!("/Badges/{first}"), gone).await.expect(200);
        let mut without = unique("none")["attributes"].clone();
        without.as_array_mut().unwrap().remove(1);
        in_the_way(&api, without.clone(), 1, "level").await;
        let list = idp.get("/Badges?filter=level%20pr").await.expect(200).body;
        idp.delete(&format!("/Badges/{}", list["Resources"][0]["id"].as_str().unwrap())).await.expect(204);
        api.put(&format!("/schemas/{URN}"), schema(without)).await.expect(200);
        server.stop().await;
    });
}
