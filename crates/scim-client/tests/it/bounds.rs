//! Limits of time and size.

use std::time::{Duration, Instant};

use scim_client::{Class, Limits};
use serde_json::json;

use crate::server::{Act, Server, answer, json, object, quick};

fn hasty() -> Limits {
    Limits { total: Duration::from_millis(300), ..Limits::default() }
}

#[tokio::test]
async fn a_slow_answer_is_given_up() {
    for act in [Act::Wait(Duration::from_secs(30)), Act::Drip] {
        let server = Server::playing([act]).await;
        let client = server.client_with(hasty());
        let started = Instant::now();
        let fault = client.create("Users", &object(json!({}))).await.unwrap_err();
        assert_eq!((fault.class, fault.code, fault.status), (Class::Unclear, "net.timeout", None));
        assert!(fault.exchange.duration >= Duration::from_millis(300) && started.elapsed() < Duration::from_secs(5));
        let fault = client.get("Users", "1").await.unwrap_err();
        assert_eq!((fault.class, fault.code), (Class::Retry, "net.timeout"));
    }
}

#[tokio::test]
async fn a_tls_server_that_says_nothing_is_given_up() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let limits = Limits { tls: Duration::from_millis(200), ..Limits::default() };
    let client = crate::server::client(&format!("https://{}/v2", silent.local_addr().unwrap()), limits);
    let fault = client.create("Users", &object(json!({}))).await.unwrap_err();
    assert_eq!((fault.class, fault.code), (Class::Unreachable, "net.timeout"), "nothing was sent");
}

#[tokio::test]
async fn a_large_body_is_cut() {
    let announced = Act::SayAndClose(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10737418240\r\n\r\n".to_vec(),
    );
    for act in [Act::Flood, announced] {
        let server = Server::playing([act]).await;
        let fault = server.client().get("Users", "1").await.unwrap_err();
        assert_eq!((fault.class, fault.code), (Class::Unclear, "reply.unparsable"));
        assert!(fault.detail.contains("too large"), "{}", fault.detail);
    }
}

#[tokio::test]
async fn a_body_at_the_limit_is_read() {
    let body = json!({"id": "1", "title": "x".repeat(10_000)}).to_string();
    for (limit, fits) in [(body.len(), true), (body.len() - 1, false)] {
        let server = Server::playing([Act::Say(answer(200, "application/json", "", &body))]).await;
        let reply = server.client_with(Limits { body: limit, ..quick() }).get("Users", "1").await;
        assert_eq!(reply.is_ok(), fits);
        if let Ok(reply) = reply {
            assert_eq!(reply.exchange.response.unwrap().len(), 4096);
        }
    }
}

#[tokio::test]
async fn a_large_head_is_cut() {
    let long = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(1024 * 1024)).into_bytes();
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(100_000)).into_bytes();
    let beyond = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(100 * 1024)).into_bytes();
    for head in [long, many, beyond] {
        let server = Server::playing([Act::SayAndClose(head)]).await;
        let fault = server.client().get("Users", "1").await.unwrap_err();
        assert_eq!((fault.code, fault.status), ("reply.unparsable", None), "{}", fault.detail);
    }
}

#[tokio::test]
async fn a_head_within_the_limit_is_read() {
    let head = format!("X: {}\r\n", "x".repeat(24 * 1024));
    let server = Server::playing([Act::Say(answer(200, "application/json", &head, r#"{"id":"1"}"#))]).await;
    server.client().get("Users", "1").await.unwrap();
}

#[tokio::test]
async fn a_chunked_body_is_read() {
    let body = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"id\"\r\n5\r\n:\"1\"}\r\n0\r\n\r\n";
    let server = Server::playing([Act::Say(body.to_vec()), json(200, &json!({"id": "1"}))]).await;
    let client = server.client();
    assert_eq!(client.get("Users", "1").await.unwrap().value["id"], "1");
    client.get("Users", "1").await.unwrap();
    assert_eq!(server.connections(), 1);
}
