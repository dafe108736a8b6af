//! Secrets leave by the header they are for, and by nothing else.

use std::sync::Arc;

use scim_client::{Auth, Class, Client, HttpTransport};
use serde_json::json;

use crate::server::{Server, error, json, loopback, object};

fn client(server: &Server, auth: Auth) -> Client {
    Client::new(Arc::new(HttpTransport::new(loopback())), server.url("/v2").parse().unwrap(), auth)
}

#[tokio::test]
async fn basic_and_none() {
    let server = Server::playing([json(200, &json!({"id": "1"}))]).await;
    client(&server, Auth::Basic { user: "ann".into(), password: "pä:ss".into() }).get("Users", "1").await.unwrap();
    client(&server, Auth::None).get("Users", "1").await.unwrap();
    assert_eq!(server.heard()[0].header("authorization"), Some("Basic YW5uOnDDpDpzcw=="));
    assert_eq!(server.heard()[1].header("authorization"), None);
}

#[tokio::test]
async fn credentials_that_cannot_be_sent() {
    let server = Server::playing([json(200, &json!({"id": "1"}))]).await;
    let fault = client(&server, Auth::Bearer("tok\r\nX-Evil: 1".into())).get("Users", "1").await.unwrap_err();
    assert_eq!((fault.class, fault.code), (Class::Refused, "auth.invalid"));
    assert!(!format!("{fault:?}").contains("tok"));
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn echoes_are_masked() {
    let server = Server::playing([
        error(400, "s3cret-token", "Bearer s3cret-token may not set hunter2"),
        json(201, &json!({"id": "1", "password": "hunter2", "token": "s3cret-token"})),
    ])
    .await;
    let client = server.client();
    let ana = object(json!({"userName": "ana", "password": "hunter2"}));
    let fault = client.create("Users", &ana).await.unwrap_err();
    let reply = client.create("Users", &ana).await.unwrap();
    for shown in [format!("{fault:?} {fault}"), format!("{:?}", reply.exchange)] {
        assert!(!shown.contains("hunter2") && !shown.contains("s3cret"), "{shown}");
    }
    assert!(server.heard()[1].body.contains("hunter2"), "it was sent all the same");
}

#[tokio::test]
async fn refused_addresses_do_not_show_their_credentials() {
    let base = "https://user:hunter2@app.example/v2".parse().unwrap();
    let client = Client::new(Arc::new(HttpTransport::new(loopback())), base, Auth::Bearer("s3cret".into()));
    let fault = client.get("Users", "1").await.unwrap_err();
    assert_eq!((fault.class, fault.code), (Class::Unreachable, "net.address_refused"));
    assert!(!format!("{fault:?}").contains("hunter2"));
}
