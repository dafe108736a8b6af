//! What successes hold.

use scim::Patch;
use scim_client::{Capabilities, Class};
use serde_json::{Value, json};

use crate::server::{Act, Server, answer, bare, client, error, html, json, object, quick};

fn list(rows: Value) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": rows.as_array().unwrap().len(), "Resources": rows})
}

#[tokio::test]
async fn a_request_as_it_is_sent() {
    let server = Server::playing([json(201, &json!({"id": "7", "userName": "ana"}))]).await;
    let reply = server.client().create("/Users", &object(json!({"userName": "ana"}))).await.unwrap();
    assert_eq!(reply.value["id"], "7");
    let heard = &server.heard()[0];
    assert_eq!((heard.method.as_str(), heard.target.as_str()), ("POST", "/scim/v2/Users"));
    assert_eq!(heard.header("authorization"), Some("Bearer s3cret-token"));
    assert_eq!(heard.header("user-agent"), Some(concat!("Lockstep/", env!("CARGO_PKG_VERSION"))));
    assert_eq!(heard.header("accept"), Some("application/scim+json"));
    assert_eq!(heard.header("content-type"), Some("application/scim+json"));
    assert_eq!(heard.header("host"), Some(server.address.to_string().as_str()));
    assert_eq!(heard.body, r#"{"userName":"ana"}"#);
    assert_eq!(reply.exchange.request, Some(json!({"userName": "ana"})));
    assert_eq!((reply.exchange.status, reply.exchange.path.as_str()), (Some(201), "/Users"));
}

#[tokio::test]
async fn the_bases_query_goes_along_and_is_not_shown() {
    let server = Server::playing([json(200, &list(json!([])))]).await;
    let reply =
        client(&server.url("/Scim/V2/?key=hidden"), quick()).find("Users", "userName", "ana", None).await.unwrap();
    assert_eq!(server.heard()[0].target, "/Scim/V2/Users?filter=userName%20eq%20%22ana%22&key=hidden");
    assert_eq!(reply.exchange.path, "/Users?filter=userName%20eq%20%22ana%22");
}

#[tokio::test]
async fn a_create_without_a_usable_id_is_unclear() {
    let long = "x".repeat(10_000);
    for id in [json!(null), json!(""), json!(" "), json!(7), json!([]), json!(long), json!(".."), json!(".")] {
        let server = Server::playing([json(201, &json!({"id": id, "userName": "ana"}))]).await;
        let fault = server.client().create("Users", &object(json!({}))).await.unwrap_err();
        assert_eq!((fault.class, fault.code, fault.status), (Class::Unclear, "reply.unparsable", Some(201)), "{id}");
    }
    for body in [json!({"userName": "ana"}), json!([]), json!("x"), json!(null)] {
        let server = Server::playing([json(201, &body)]).await;
        assert_eq!(
            server.client().create("Users", &object(json!({}))).await.unwrap_err().class,
            Class::Unclear,
            "{body}"
        );
    }
}

#[tokio::test]
async fn an_id_with_directions_in_it_is_kept_and_encoded() {
    let server = Server::playing([json(201, &json!({"id": "../../Users/1"})), bare(204, "")]).await;
    let client = server.client();
    let id = client.create("Users", &object(json!({}))).await.unwrap().value["id"].as_str().unwrap().to_owned();
    client.delete("Users", &id).await.unwrap();
    assert_eq!(server.heard()[1].target, "/scim/v2/Users/..%2F..%2FUsers%2F1");
}

#[tokio::test]
async fn an_id_that_would_address_everyone_is_not_sent() {
    let server = Server::playing([bare(204, "")]).await;
    for id in ["", ".", "..", "  "] {
        assert_eq!(server.client().delete("Users", id).await.unwrap_err().class, Class::Rejected, "{id:?}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_search_checks_every_row() {
    let everyone: Vec<Value> = (0..500).map(|n| json!({"id": n.to_string(), "userName": format!("user{n}")})).collect();
    let server = Server::playing([json(200, &list(everyone.into()))]).await;
    let client = server.client();
    let reply = client.find("Users", "userName", "nobody", None).await.unwrap();
    assert!(reply.value.is_empty() && reply.ignored_filter);
    let reply = client.find("Users", "userName", "USER7", None).await.unwrap();
    assert_eq!((reply.value.len(), reply.value[0]["id"].as_str(), reply.ignored_filter), (1, Some("7"), true));
}

#[tokio::test]
async fn a_search_as_it_should_be() {
    let ana = json!({"id": "1", "userName": "Ana", "emails": [{"value": "A@x.org"}], "externalId": "e1"});
    let server = Server::playing([json(200, &list(json!([ana, ana])))]).await;
    let client = server.client();
    for (attribute, value, found) in [
        ("userName", "ana", 1),
        ("emails.value", "a@X.org", 1),
        ("externalId", "e1", 1),
        ("externalId", "E1", 0),
        ("id", "1", 1),
    ] {
        let reply = client.find("Users", attribute, value, Some("members")).await.unwrap();
        assert_eq!((reply.value.len(), reply.ignored_filter), (found, found == 0), "{attribute} {value}");
    }
    assert_eq!(server.heard()[0].target, "/scim/v2/Users?filter=userName%20eq%20%22ana%22&excludedAttributes=members");
}

#[tokio::test]
async fn a_value_cannot_break_out_of_its_filter() {
    let value = "x\" or userName pr or title eq \"\\\n";
    let server = Server::playing([json(200, &list(json!([{"id": "1", "userName": value}])))]).await;
    let reply = server.client().find("Users", "userName", value, None).await.unwrap();
    assert_eq!(reply.value.len(), 1);
    let target = format!("http://x{}", server.heard()[0].target).parse::<url::Url>().unwrap();
    let filter = target.query_pairs().next().unwrap().1.into_owned();
    assert_eq!(filter.strip_prefix("userName eq ").map(serde_json::from_str::<String>).unwrap().unwrap(), value);
}

#[tokio::test]
async fn a_search_that_leaves_doubt_is_no_empty_result() {
    for body in [
        json!({"totalResults": 3}),
        json!({}),
        json!({"Resources": "none"}),
        json!([]),
        json!({"Resources": [{"userName": "ana"}]}),
    ] {
        let server = Server::playing([json(200, &body)]).await;
        let fault = server.client().find("Users", "userName", "ana", None).await.unwrap_err();
        assert_eq!(fault.class, Class::Unclear, "{body}");
    }
    let server = Server::playing([json(200, &json!({"totalResults": 0}))]).await;
    assert!(server.client().find("Users", "userName", "ana", None).await.unwrap().value.is_empty());
}

#[tokio::test]
async fn pages() {
    let server = Server::playing([
        json(200, &json!({"totalResults": 3, "Resources": [{"id": "1"}, {"id": "2"}]})),
        json(200, &json!({"resources": [{"id": "3"}], "nextCursor": "a b"})),
        json(200, &json!({"totalResults": 3, "startIndex": 9})),
    ])
    .await;
    let client = server.client();
    let page = client.list("Users", 1, 2).await.unwrap().value;
    assert_eq!((page.resources.len(), page.total, page.next_cursor), (2, Some(3), None));
    let page = client.list_from("Users", "c&d", 2).await.unwrap().value;
    assert_eq!((page.resources.len(), page.total, page.next_cursor.as_deref()), (1, None, Some("a b")));
    assert!(client.list("Users", 9, 2).await.unwrap().value.resources.is_empty());
    let targets: Vec<_> = server.heard().into_iter().map(|h| h.target).collect();
    assert_eq!(targets[0], "/scim/v2/Users?startIndex=1&count=2");
    assert_eq!(targets[1], "/scim/v2/Users?cursor=c%26d&count=2");
}

#[tokio::test]
async fn the_result_of_a_change_is_shown_or_not() {
    let shown = json!({"id": "1", "userName": "ana"});
    let server = Server::playing([json(200, &shown), json(200, &json!({})), bare(204, "")]).await;
    let client = server.client();
    let patch = Patch { changes: Vec::new() };
    assert_eq!(client.patch("Users", "1", &patch).await.unwrap().value, Some(object(shown)));
    assert_eq!(client.patch("Users", "1", &patch).await.unwrap().value, None);
    assert_eq!(client.replace("Users", "1", &object(json!({}))).await.unwrap().value, None);
    assert_eq!(server.heard()[0].method, "PATCH");
    assert!(server.heard()[0].body.contains("urn:ietf:params:scim:api:messages:2.0:PatchOp"));
    assert_eq!(server.heard()[2].method, "PUT");
}

#[tokio::test]
async fn another_resource_is_no_answer() {
    for body in [json!({"id": "2"}), json!({}), json!([]), json!("1")] {
        let server = Server::playing([json(200, &body)]).await;
        assert_eq!(server.client().get("Users", "1").await.unwrap_err().class, Class::Unclear, "{body}");
    }
    let server = Server::playing([json(200, &json!({"id": "AB"}))]).await;
    assert!(server.client().get("Users", "ab").await.is_ok());
}

#[tokio::test]
async fn hostile_json_is_unclear() {
    let deep = format!("{}1{}", r#"{"a":"#.repeat(10_000), "}".repeat(10_000));
    for body in [deep.as_str(), r#"{"id":"1","id":"2"}"#, r#"{"id":"1"} x"#, r#"{"id":1e400}"#, "{"] {
        let server = Server::playing([Act::Say(answer(201, "application/json", "", body))]).await;
        assert_eq!(server.client().create("Users", &object(json!({}))).await.unwrap_err().class, Class::Unclear);
    }
    let mut raw = answer(201, "application/json", "", "{\"id\":\"xx\"}");
    let at = raw.len() - 4;
    raw[at] = 0xff;
    let server = Server::playing([Act::Say(raw)]).await;
    assert_eq!(server.client().create("Users", &object(json!({}))).await.unwrap_err().class, Class::Unclear);
}

#[tokio::test]
async fn capabilities_said_or_not() {
    let said = json!({"patch": {"supported": false}, "filter": {"supported": 0, "maxResults": 50}});
    let server = Server::playing([json(200, &said)]).await;
    let reply = server.client().capabilities().await.unwrap();
    assert_eq!(server.heard()[0].target, "/scim/v2/ServiceProviderConfig");
    assert_eq!((reply.value.patch, reply.value.filter, reply.value.max_results), (false, false, Some(50)));
    for act in [html(404), bare(404, ""), error(404, "", "none")] {
        let reply = Server::playing([act]).await.client().capabilities().await.unwrap();
        assert_eq!((reply.value, reply.exchange.status), (Capabilities::default(), Some(404)));
    }
    let fault = Server::playing([bare(401, "")]).await.client().capabilities().await.unwrap_err();
    assert_eq!(fault.class, Class::Refused);
    let fault = Server::playing([html(200)]).await.client().capabilities().await.unwrap_err();
    assert_eq!(fault.class, Class::Unclear);
}
