//! What each kind of answer means.

use std::time::Duration;

use scim::Patch;
use scim_client::{Class, Client, Fault};
use serde_json::json;

use crate::server::{Act, Server, answer, bare, client, error, html, json, object, quick};

fn patch() -> Patch {
    Patch { changes: Vec::new() }
}

/// One call of the method against whatever the server says.
async fn fault(client: &Client, method: &str) -> Option<Fault> {
    match method {
        "GET" => client.get("Users", "1").await.err(),
        "FIND" => client.find("Users", "userName", "ana", None).await.err(),
        "LIST" => client.list("Users", 1, 100).await.err(),
        "POST" => client.create("Users", &object(json!({"userName": "ana"}))).await.err(),
        "PUT" => client.replace("Users", "1", &object(json!({"userName": "ana"}))).await.err(),
        "PATCH" => client.patch("Users", "1", &patch()).await.err(),
        "DELETE" => client.delete("Users", "1").await.err(),
        _ => unreachable!(),
    }
}

const ALL: &[&str] = &["GET", "FIND", "LIST", "POST", "PUT", "PATCH", "DELETE"];
const ONE: &[&str] = &["GET", "PUT", "PATCH"];

/// What the server does, to which methods, and the fault's class and code; `None` for a success.
type Case = (Act, &'static [&'static str], Option<(Class, &'static str)>);

#[tokio::test]
async fn every_class_by_method() {
    use Class::*;
    let table: Vec<Case> = vec![
        (bare(401, ""), ALL, Some((Refused, "auth.invalid"))),
        (error(403, "", "no"), ALL, Some((Refused, "auth.forbidden"))),
        (bare(402, ""), ALL, Some((Rejected, "licence.full"))),
        (bare(301, "Location: /x\r\n"), ALL, Some((Rejected, "redirect_refused"))),
        (bare(304, ""), &["GET", "LIST"], Some((Rejected, "redirect_refused"))),
        (error(404, "", "gone"), ONE, Some((Missing, "link.missing"))),
        (bare(410, ""), ONE, Some((Missing, "link.missing"))),
        (error(404, "", "gone"), &["DELETE"], None),
        (bare(410, ""), &["DELETE"], None),
        (error(404, "", "none"), &["FIND", "LIST", "POST"], Some((Unsupported, "cap.unsupported"))),
        (html(404), &["GET", "PUT", "PATCH", "DELETE"], Some((Unsupported, "cap.unsupported"))),
        (bare(405, "Allow: GET\r\n"), ALL, Some((Unsupported, "cap.unsupported"))),
        (error(501, "", "later"), ALL, Some((Unsupported, "cap.unsupported"))),
        (error(409, "uniqueness", "taken"), &["POST", "PUT", "PATCH"], Some((Exists, "conflict.unique"))),
        (error(409, "", "taken"), &["POST"], Some((Exists, "conflict.unique"))),
        (error(400, "uniqueness", "taken"), &["POST", "PATCH"], Some((Exists, "conflict.unique"))),
        (bare(412, ""), &["PUT", "PATCH"], Some((Retry, "version.conflict"))),
        (bare(413, ""), &["POST", "PATCH"], Some((Rejected, "quota.target"))),
        (bare(429, ""), ALL, Some((Throttled, "rate.limited"))),
        (bare(503, "Retry-After: 5\r\n"), ALL, Some((Throttled, "app.unavailable"))),
        (bare(503, ""), &["GET", "FIND", "PUT", "PATCH", "DELETE"], Some((Retry, "app.unavailable"))),
        (bare(502, ""), &["GET", "PUT", "DELETE"], Some((Retry, "app.unavailable"))),
        (html(500), &["GET", "PATCH", "DELETE"], Some((Retry, "app.error"))),
        (html(500), &["POST"], Some((Unclear, "app.error"))),
        (bare(503, ""), &["POST"], Some((Unclear, "app.unavailable"))),
        (error(400, "invalidFilter", "only eq"), &["FIND"], Some((Unsupported, "cap.filter"))),
        (error(400, "invalidPath", "title?"), &["PATCH"], Some((Rejected, "schema.unknown_attr"))),
        (error(400, "mutability", "userName"), &["PATCH", "PUT"], Some((Rejected, "mutability"))),
        (error(400, "invalidValue", "country UK"), &["POST", "PATCH"], Some((Rejected, "value.invalid"))),
        (error(400, "invalidValue", "title is Required"), &["POST"], Some((Rejected, "value.required"))),
        (error(422, "", "country"), &["POST"], Some((Rejected, "value.invalid"))),
        (html(200), ALL, Some((Unclear, "reply.unparsable"))),
        (bare(200, ""), &["GET", "FIND", "LIST", "POST"], Some((Unclear, "reply.unparsable"))),
        (bare(204, ""), &["PUT", "PATCH", "DELETE"], None),
        (json(200, &json!({})), &["PUT", "PATCH", "DELETE"], None),
        (error(200, "", "odd"), ALL, Some((Unclear, "reply.unparsable"))),
    ];
    for (act, methods, expected) in table {
        let server = Server::playing([act]).await;
        let client = server.client();
        for method in methods {
            let got = fault(&client, method).await.map(|f| (f.class, f.code));
            assert_eq!(got, expected, "{method}, heard {:?}", server.heard().last());
        }
    }
}

#[tokio::test]
async fn retry_after_is_read_and_clamped() {
    #[allow(clippy::disallowed_methods)] // a date that the client compares with its own clock
    let soon = jiff::Timestamp::now() + Duration::from_secs(60);
    let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&soon).unwrap();
    for (header, range) in [
        ("7", Some(7..=7)),
        ("0", Some(1..=1)),
        ("-1", Some(1..=1)),
        ("99999999", Some(3600..=3600)),
        (date.as_str(), Some(50..=60)),
        ("Sun, 06 Nov 1994 08:49:37 GMT", Some(1..=1)),
        ("soon", None),
        ("7\r\nRetry-After: 9", Some(9..=9)),
    ] {
        let server = Server::playing([bare(429, &format!("Retry-After: {header}\r\n"))]).await;
        let fault = server.client().get("Users", "1").await.unwrap_err();
        assert_eq!(fault.class, Class::Throttled);
        match (fault.retry_after.map(|d| d.as_secs()), range) {
            (Some(seconds), Some(range)) => {
                assert!(range.contains(&seconds), "{header}: {seconds}")
            }
            (got, range) => assert_eq!(got, range.map(|_| 0), "{header}"),
        }
    }
}

#[tokio::test]
async fn a_fault_says_what_they_said() {
    let server = Server::playing([error(400, "invalidValue", "country \"UK\" is not a code")]).await;
    let fault = server.client().patch("Users", "a/b", &patch()).await.unwrap_err();
    assert_eq!(fault.scim_type.as_deref(), Some("invalidValue"));
    assert_eq!(fault.status, Some(400));
    assert_eq!(
        fault.to_string(),
        "the application refused a value (PATCH /Users/a%2Fb: 400): country \"UK\" is not a code"
    );
    assert_eq!(fault.exchange.path, "/Users/a%2Fb");
    assert!(fault.exchange.response.unwrap().contains("is not a code"));
}

#[tokio::test]
async fn closed_without_an_answer() {
    for close in [
        Act::SayAndClose(Vec::new()),
        Act::SayAndClose(b"HTTP/1.1 201 Crea".to_vec()),
        Act::SayAndClose(b"HTTP/1.1 201 X\r\nContent-Length: 50\r\n\r\n{".to_vec()),
    ] {
        let server = Server::playing([close]).await;
        let client = server.client();
        assert_eq!(fault(&client, "POST").await.unwrap().class, Class::Unclear);
        assert_eq!(server.heard().len(), 1, "a create is never repeated by itself");
        for method in ["GET", "PUT", "PATCH", "DELETE"] {
            let fault = fault(&client, method).await.unwrap();
            assert_eq!((fault.class, fault.status), (Class::Retry, None), "{method}");
        }
    }
}

#[tokio::test]
async fn what_is_not_http() {
    let server = Server::playing([Act::SayAndClose(b"SSH-2.0-OpenSSH_9.6\r\n\r\n".to_vec())]).await;
    for method in ["GET", "POST"] {
        let fault = fault(&server.client(), method).await.unwrap();
        assert_eq!((fault.class, fault.code), (Class::Unclear, "reply.unparsable"), "{method}");
    }
}

#[tokio::test]
async fn nobody_there() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody = client(&format!("http://{free}/v2"), quick());
    for method in ["GET", "POST", "PATCH"] {
        let fault = fault(&nobody, method).await.unwrap();
        assert_eq!((fault.class, fault.code, fault.status), (Class::Unreachable, "net.unreachable", None), "{method}");
    }
    let nowhere = client("https://no-such-host.invalid/v2", quick());
    let fault = fault(&nowhere, "POST").await.unwrap();
    assert_eq!((fault.class, fault.code), (Class::Unreachable, "net.unreachable"));
}

#[tokio::test]
async fn a_strange_encoding_is_not_guessed_at() {
    let gzip = answer(200, "application/json", "Content-Encoding: gzip\r\n", "{}");
    let server = Server::playing([Act::Say(gzip)]).await;
    let fault = server.client().get("Users", "1").await.unwrap_err();
    assert_eq!((fault.class, fault.code), (Class::Unclear, "reply.unparsable"));
    assert_eq!(server.heard()[0].header("accept-encoding"), None);
}
