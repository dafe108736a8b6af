//! What a page elsewhere can do with the session of a browser that shows it: nothing (CSRF).

use directory::administrator::Role;
use http::Method;
use serde_json::json;

use crate::{
    admin_sessions::{PASSWORD, api, set_up},
    harness::{Database, TestServer},
};

const SITES: [Option<&str>; 5] = [None, Some("same-origin"), Some("same-site"), Some("cross-site"), Some("none")];
const KINDS: [Option<&str>; 4] = [
    Some("application/json"),
    // What a form can send.
    Some("application/x-www-form-urlencoded"),
    Some("text/plain"),
    // A change without a body.
    None,
];

/// Every way in which a browser can say where a request comes from, with every kind of body, with and without the
/// header that only the console sends.
#[tokio::test]
async fn a_change_with_a_cookie_comes_from_the_console_or_not_at_all() {
    let server = TestServer::start(Database::Sqlite).await;
    let session = set_up(&server).await;
    let admin = server.api(Role::Owner).await;
    let origins = [None, Some(server.url.as_str()), Some("http://evil.example.test"), Some("null")];
    let (mut cells, mut accepted) = (0, Vec::new());
    for site in SITES {
        for origin in origins {
            for kind in KINDS {
                for console in [None, Some("console")] {
                    let name = format!("Group {cells}");
                    cells += 1;
                    let headers: Vec<(&str, &str)> = [
                        ("cookie", Some(session.as_str())),
                        ("sec-fetch-site", site),
                        ("origin", origin),
                        ("content-type", kind),
                        ("x-lockstep", console),
                    ]
                    .into_iter()
                    .filter_map(|(name, value)| Some((name, value?)))
                    .collect();
                    let from_here = match site {
                        Some(site) => site == "same-origin",
                        None => origin == Some(&server.url),
                    };
                    let expected = match (console, kind) {
                        (None, _) => 403,
                        (_, Some(kind)) if kind != "application/json" => 415,
                        _ if !from_here => 403,
                        // A change that needs no body passes without; the others do not.
                        (_, None) => 204,
                        _ => 201,
                    };
                    let answer = if kind.is_some() {
                        let body = serde_json::to_vec(&json!({"displayName": name})).unwrap();
                        api(&server).send_bytes(Method::POST, "/groups", Some(body), &headers).await
                    } else {
                        api(&server).send_bytes(Method::DELETE, "/sessions", None, &headers).await
                    };
                    assert_eq!(answer.status.as_u16(), expected, "{headers:?}: {}", answer.text);
                    if expected == 201 {
                        accepted.push(name);
                    }
                }
            }
        }
    }
    assert_eq!((cells, accepted.len()), (160, 5), "the console itself, whatever an older browser leaves out");
    let made = admin.get("/groups?kind=manual&limit=200").await.expect(200).body;
    let made: Vec<_> = made["items"].as_array().unwrap().iter().map(|group| group["displayName"].clone()).collect();
    assert_eq!(made.len(), accepted.len(), "{made:?}");
    server.stop().await;
}

#[tokio::test]
async fn a_page_elsewhere_begins_no_session() {
    let server = TestServer::start(Database::Sqlite).await;
    set_up(&server).await;
    let right = json!({"userName": "ana", "password": PASSWORD});
    for from in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "none"),
        ("origin", "http://evil.example.test"),
        ("origin", "null"),
    ] {
        for (path, body) in [
            ("/session", right.clone()),
            ("/setup", json!({"code": "x", "userName": "eve", "password": PASSWORD})),
            ("/session/provider", json!({})),
            ("/session/provider/callback", json!({"state": "x"})),
            ("/invitations/accept", json!({"link": "x", "password": PASSWORD})),
        ] {
            let answer = api(&server).send(Method::POST, path, Some(body), &[from]).await.expect(403);
            assert!(
                answer.body["detail"].as_str().unwrap().contains("not from another site"),
                "{path}: {}",
                answer.text
            );
            assert_eq!(answer.header("set-cookie"), "", "{path}");
        }
    }
    // A form can't name the media type that every body needs.
    let body = serde_json::to_vec(&right).unwrap();
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
        let headers = [("content-type", kind)];
        api(&server).send_bytes(Method::POST, "/session", Some(body.clone()), &headers).await.expect(415);
    }
    api(&server).post("/session", right).await.expect(200);
    server.stop().await;
}

/// A link or a picture can make a browser read with its cookie: reading changes nothing. An export is on record.
#[tokio::test]
async fn reading_changes_nothing() {
    let server = TestServer::start(Database::Sqlite).await;
    let session = set_up(&server).await;
    let auditor = server.api(Role::Auditor).await;
    let made = async || {
        let changes = auditor.get("/changes?limit=200").await.expect(200).body;
        let items = changes["items"].as_array().unwrap().clone();
        items.into_iter().filter(|change| change["action"] != "export").count()
    };
    let before = made().await;
    let mut reads = 0;
    for route in server::admin::route_table(&server.app) {
        if route.method != Method::GET || route.path == "/events" {
            continue;
        }
        let parts = route.path.split('/').map(|part| if part.starts_with('{') { "ana" } else { part });
        let path = parts.collect::<Vec<_>>().join("/");
        let with = [("cookie", session.as_str()), ("sec-fetch-site", "cross-site")];
        let answer = api(&server).send(Method::GET, &path, None, &with).await;
        assert!(answer.status.as_u16() < 500, "{path}: {}", answer.text);
        reads += 1;
    }
    assert!(reads > 50, "{reads}");
    assert_eq!(made().await, before);
    api(&server).send(Method::GET, "/session", None, &[("cookie", &session)]).await.expect(200);
    server.stop().await;
}
