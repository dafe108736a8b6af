//! Connections are kept and used again.

use serde_json::json;

use crate::server::{Act, Server, answer, bare, json};

#[tokio::test]
async fn one_connection_for_calls_in_turn() {
    let server = Server::playing([json(200, &json!({"id": "1"}))]).await;
    let client = server.client();
    for _ in 0..50 {
        client.get("Users", "1").await.unwrap();
    }
    assert_eq!((server.heard().len(), server.connections()), (50, 1));
}

#[tokio::test]
async fn errors_and_empty_answers_keep_it() {
    let server = Server::playing([
        bare(404, ""),
        bare(204, ""),
        bare(503, "Retry-After: 1\r\n"),
        json(200, &json!({"id": "1"})),
    ])
    .await;
    let client = server.client();
    assert!(client.get("Users", "1").await.is_err());
    client.delete("Users", "1").await.unwrap();
    assert!(client.get("Users", "1").await.is_err());
    client.get("Users", "1").await.unwrap();
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn eight_at_a_time_need_eight() {
    let server = Server::playing([json(200, &json!({"id": "1"}))]).await;
    let client = server.client();
    for _ in 0..10 {
        let calls = (0..8).map(|_| client.get("Users", "1"));
        for reply in futures::future::join_all(calls).await {
            reply.unwrap();
        }
    }
    assert_eq!(server.heard().len(), 80);
    assert!(server.connections() <= 8, "{} connections", server.connections());
}

#[tokio::test]
async fn a_connection_the_server_closed_is_replaced() {
    let close = Act::SayAndClose(answer(200, "application/json", "Connection: close\r\n", r#"{"id":"1"}"#));
    let server = Server::playing([close]).await;
    let client = server.client();
    for _ in 0..5 {
        client.get("Users", "1").await.unwrap();
    }
    assert_eq!(server.connections(), 5);
}
