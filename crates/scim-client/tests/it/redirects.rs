//! Redirects: within the application once, elsewhere never.

use scim_client::Class;
use serde_json::json;

use crate::server::{Server, bare, json, object};

#[tokio::test]
async fn within_the_same_origin_with_method_and_body() {
    for status in [307, 308] {
        let server =
            Server::playing([bare(status, "Location: /elsewhere/Users?x=1\r\n"), json(201, &json!({"id": "1"}))]).await;
        server.client().create("Users", &object(json!({"userName": "ana"}))).await.unwrap();
        let heard = server.heard();
        assert_eq!((heard[1].method.as_str(), heard[1].target.as_str()), ("POST", "/elsewhere/Users?x=1"));
        assert_eq!(heard[1].body, r#"{"userName":"ana"}"#);
        assert_eq!(heard[1].header("authorization"), Some("Bearer s3cret-token"));
    }
}

#[tokio::test]
async fn elsewhere_is_refused_and_hears_nothing() {
    let other = Server::playing([json(201, &json!({"id": "1"}))]).await;
    let port = other.address.port();
    for place in [
        other.url("/scim/v2/Users"),
        format!("//127.0.0.1:{port}/"),
        format!("http://localhost:{port}/"),
        format!("http://user:pw@127.0.0.1:{port}/"),
        "http://169.254.169.254/latest/meta-data".to_owned(),
        "https://app.example/".to_owned(),
        "file:///etc/passwd".to_owned(),
        "http://".to_owned(),
    ] {
        for status in [301, 302, 303, 307, 308] {
            let server = Server::playing([bare(status, &format!("Location: {place}\r\n"))]).await;
            let fault = server.client().create("Users", &object(json!({}))).await.unwrap_err();
            assert_eq!(
                (fault.class, fault.code, fault.status),
                (Class::Rejected, "redirect_refused", Some(status)),
                "{place}"
            );
            assert_eq!(server.heard().len(), 1, "{status} {place}");
        }
    }
    assert_eq!(other.connections(), 0);
}

#[tokio::test]
async fn in_circles_is_refused() {
    let server = Server::playing([bare(307, "Location: /a\r\n"), bare(307, "Location: /b\r\n")]).await;
    assert_eq!(server.client().get("Users", "1").await.unwrap_err().code, "redirect_refused");
    assert_eq!(server.heard().len(), 2);
    let server = Server::playing([bare(307, "Location: /scim/v2/Users/1\r\n")]).await;
    assert_eq!(server.client().get("Users", "1").await.unwrap_err().code, "redirect_refused");
    assert_eq!(server.heard().len(), 1);
    let server = Server::playing([bare(307, "")]).await;
    assert_eq!(server.client().get("Users", "1").await.unwrap_err().code, "redirect_refused");
}

#[tokio::test]
async fn a_user_name_in_the_target_is_refused_at_the_same_origin() {
    for (user, followed) in [("", true), ("user:pw@", false), (":pw@", false), ("user@", false)] {
        let server = Server::playing([]).await;
        server.then(bare(307, &format!("Location: http://{user}{}/x\r\n", server.address)));
        server.then(json(200, &json!({"id": "1"})));
        assert_eq!(server.client().get("Users", "1").await.is_ok(), followed, "{user}");
        assert_eq!(server.heard().len(), if followed { 2 } else { 1 }, "{user}");
    }
}

#[tokio::test]
async fn other_redirects_at_the_same_origin_are_refused() {
    for status in [300, 301, 302, 303] {
        let server = Server::playing([bare(status, "Location: /elsewhere\r\n")]).await;
        assert_eq!(server.client().get("Users", "1").await.unwrap_err().code, "redirect_refused", "{status}");
        assert_eq!(server.heard().len(), 1);
    }
}
