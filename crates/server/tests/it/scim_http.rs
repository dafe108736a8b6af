//! The SCIM surface as HTTP: tokens, methods, media types, conditions, discovery, and the request log.

use http::Method;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::harness::{Database, TestServer, on_both};

#[test]
fn every_wrong_token_gets_the_same_answer() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let (idp, other) = (server.source("idp").await, server.source("other").await);
        idp.get("/Users").await.expect(200);
        let none = idp.with_token(None).get("/Users").await.expect_error(401, "");
        assert_eq!(none.header("www-authenticate"), "Bearer");
        let admin = server.api(directory::administrator::Role::Administrator).await;
        let mut cut = idp.token.clone().unwrap();
        cut.pop();
        for wrong in ["", "non-token", &cut, other.token.as_ref().unwrap(), admin.token.as_ref().unwrap()] {
            let refused = idp.with_token(Some(wrong)).get("/Users").await.expect_error(401, "");
            assert!(refused.header("www-authenticate").starts_with("Bearer error="));
            assert_eq!(refused.body, none.body, "{wrong:?}");
        }
        let mut nowhere = idp.clone();
        nowhere.base = format!("{}/scim/v2/nosuchsource", server.url);
        assert_eq!(nowhere.get("/Users").await.expect_error(401, "").body, none.body);
        server.stop().await;
    });
}

#[test]
fn a_revoked_token_stops_working_at_once() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let idp = server.source("idp").await;
        idp.get("/Users").await.expect(200);
        let (directory, tenant) = (&server.app.directory, server.tenant);
        let mut tx = directory.db.read(tenant).await.unwrap();
        let source = directory::source::find(&mut tx, "idp").await.unwrap();
        let tokens = directory::source_token::list(&mut tx, source.id).await.unwrap();
        drop(tx);
        let actor = directory::audit::Actor::system();
        directory.revoke_source_token(tenant, &actor, source.id, &tokens[0].id).await.unwrap();
        server.app.forget_tokens();
        idp.get("/Users").await.expect_error(401, "");
        server.stop().await;
    });
}

#[test]
fn discovery_needs_no_token_and_bears_no_filter() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let idp = server.source("idp").await;
        let anonymous = idp.with_token(None);
        for client in [&idp, &anonymous] {
            let config = client.get("/ServiceProviderConfig").await.expect(200).body;
            assert_eq!(config["bulk"]["supported"], true);
            assert_eq!(config["patch"]["supported"], true);
            assert_eq!(config["meta"]["location"], format!("{}/ServiceProviderConfig", idp.base));
            let schemas = client.get("/Schemas?startIndex=2&count=1").await.expect(200).body;
            assert_eq!(schemas["totalResults"], schemas["Resources"].as_array().unwrap().len());
            for schema in schemas["Resources"].as_array().unwrap() {
                let id = schema["id"].as_str().unwrap();
                assert_eq!(&client.get(&format!("/Schemas/{id}")).await.expect(200).body, schema);
            }
            let user = client.get("/ResourceTypes/User").await.expect(200).body;
            assert_eq!(user["endpoint"], "/Users");
            client.get("/Schemas?filter=id%20pr").await.expect_error(403, "");
            client.get("/Schemas/urn:nobody").await.expect_error(404, "");
        }
        // A wrong token is told so, even where none is needed.
        idp.with_token(Some("x")).get("/Schemas").await.expect_error(401, "");
        server.stop().await;
    });
}

#[test]
fn paths_and_methods_that_are_not_there() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let idp = server.source("idp").await;
        for (method, path, allow) in [
            (Method::DELETE, "/Users", "GET, HEAD, POST"),
            (Method::POST, "/Users/00000000-0000-7000-8000-000000000000", "GET, HEAD, PUT, PATCH, DELETE"),
            (Method::GET, "/Users/.search", "GET, HEAD, PUT, PATCH, DELETE"),
            (Method::POST, "/Schemas", "GET, HEAD"),
        ] {
            let answer = idp.send(method.clone(), path, None, &[]).await;
            if path == "/Users/.search" {
                // As an id it names nothing.
                assert!(matches!(answer.status.as_u16(), 404 | 405));
                continue;
            }
            assert_eq!(answer.expect_error(405, "").header("allow"), allow, "{method} {path}");
        }
        idp.get("/Me").await.expect_error(501, "");
        for path in ["/Users/1", "/Users/'%20OR%201=1--", "/Nothing", "/Users/a/b"] {
            idp.get(path).await.expect_error(404, "");
        }
        idp.get(&format!("/Users/{}", "x".repeat(10_000))).await.expect_error(414, "");
        let mut first = idp.clone();
        first.base = idp.base.replace("/v2/", "/v1/");
        first.get("/Users").await.expect_error(400, "invalidVers");
        server.anonymous().get("/scim").await.expect_error(404, "");
        // Junk that real clients send.
        let clean = idp.get("/Users").await.expect(200).body;
        for path in ["/Users/", "//Users", "/Users?", "/Users?&", "/Users?aadOptscim062020", "/Users?foo=1&filter="] {
            assert_eq!(idp.get(path).await.expect(200).body, clean, "{path}");
        }
        server.stop().await;
    });
}

#[test]
fn bodies_have_limits() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let idp = server.source("idp").await;
        let user = br#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ann"}"#.to_vec();
        for media_type in ["text/plain", "application/xml"] {
            let headers = [("content-type", media_type)];
            idp.send_bytes(Method::POST, "/Users", Some(user.clone()), &headers).await.expect_error(415, "");
        }
        let packed = [("content-encoding", "gzip")];
        idp.send_bytes(Method::POST, "/Users", Some(user.clone()), &packed).await.expect_error(415, "");
        let large = vec![b' '; 2 * 1024 * 1024];
        idp.send_bytes(Method::POST, "/Users", Some(large.clone()), &[]).await.expect_error(413, "");
        idp.send_bytes(Method::POST, "/Groups", Some(large), &[]).await.expect_error(400, "invalidSyntax");
        for broken in ["", "{", "[]", "null", "NaN"] {
            let body = Some(broken.as_bytes().to_vec());
            idp.send_bytes(Method::POST, "/Users", body, &[]).await.expect_error(400, "invalidSyntax");
        }
        let other = [("content-type", "application/json; charset=utf-8")];
        idp.send_bytes(Method::POST, "/Users", Some(user), &other).await.expect(201);
        server.stop().await;
    });
}

#[test]
fn versions_guard_reads_and_writes() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let idp = server.source("idp").await;
        let made = idp.post("/Users", json!({"userName": "ann"})).await.expect(201);
        let (path, etag) = (format!("/Users/{}", made.id()), made.header("etag").to_owned());
        assert_eq!(etag, made.body["meta"]["version"]);
        assert_eq!(made.header("location"), made.body["meta"]["location"]);
        assert_eq!(made.header("content-location"), made.header("location"));
        let known = idp.send(Method::GET, &path, None, &[("if-none-match", &etag)]).await.expect(304);
        assert!(known.text.is_empty() && known.header("etag") == etag);

        let body = json!({"userName": "ann", "title": "Boss"});
        for stale in ["W/\"0\"", "seven"] {
            idp.send(Method::PUT, &path, Some(body.clone()), &[("if-match", stale)]).await.expect_error(412, "");
            idp.send(Method::DELETE, &path, None, &[("if-match", stale)]).await.expect_error(412, "");
        }
        let changed = idp.send(Method::PUT, &path, Some(body), &[("if-match", &etag)]).await.expect(200);
        assert_ne!(changed.header("etag"), etag);
        idp.send(Method::GET, &path, None, &[("if-none-match", &etag)]).await.expect(200);
        let missing = "/Users/00000000-0000-7000-8000-000000000000";
        idp.send(Method::DELETE, missing, None, &[("if-match", "*")]).await.expect_error(404, "");
        idp.send(Method::DELETE, &path, None, &[("if-match", "*")]).await.expect(204);
        server.stop().await;
    });
}

#[test]
fn requests_leave_lines_without_values() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let idp = server.source("idp").await;
        let made = idp.post("/Users", json!({"userName": "ann"})).await.expect(201);
        idp.get("/Users?filter=userName%20eq%20%22ann%22").await.expect(200);
        idp.post("/Users", json!({"userName": "ANN"})).await.expect_error(409, "uniqueness");
        let lines = lines(&server, 3).await;
        let [taken, list, create] = lines.as_slice() else { panic!("{lines:?}") };
        assert_eq!(create.id.to_string(), made.header("x-request-id"));
        assert_eq!((create.method.as_str(), create.path.as_str(), create.status), ("POST", "/Users", 201));
        assert_eq!(create.subject.as_deref(), Some("ann"));
        assert_eq!((list.path.as_str(), list.status), ("/Users", 200), "no query in the log");
        assert_eq!((taken.status, taken.scim_type.as_deref()), (409, Some("uniqueness")));
        assert!(taken.detail.is_some());
        let mut tx = server.app.directory.db.read(server.tenant).await.unwrap();
        assert!(directory::source::find(&mut tx, "idp").await.unwrap().last_request_at.is_some());
        drop(tx);
        server.stop().await;
    });
}

/// The source's log, as soon as it has this many lines.
async fn lines(server: &TestServer, count: usize) -> Vec<directory::request::Request> {
    for _ in 0..200 {
        let mut tx = server.app.directory.db.read(server.tenant).await.unwrap();
        let source = directory::source::find(&mut tx, "idp").await.unwrap();
        let query = directory::request::RequestQuery { limit: 100, ..Default::default() };
        let (lines, _) = directory::request::list(&mut tx, source.id, &query).await.unwrap();
        if lines.len() >= count {
            return lines;
        }
        drop(tx);
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the log has fewer than {count} lines");
}

#[test]
fn a_change_goes_on_when_its_client_hangs_up() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let idp = server.source("idp").await;
        let body = json!({"schemas": [scim::USER_URN], "userName": "ann"}).to_string();
        let path = &idp.base[server.url.len()..];
        let request = format!(
            "POST {path}/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Length: {}\r\n\r\n{body}",
            idp.token.as_ref().unwrap(),
            body.len(),
        );
        // On a busy machine the request may not be under way yet when its connection goes: then once more, with more
        // patience.
        for patience in [300, 1_000, 4_000] {
            // Hold the writer, so that the change is not done before the connection goes.
            let held = server.app.directory.db.write(server.tenant).await.unwrap();
            let mut connection = TcpStream::connect(server.url.trim_start_matches("http://")).await.unwrap();
            connection.write_all(request.as_bytes()).await.unwrap();
            let mut nothing = [0; 1];
            let patience = std::time::Duration::from_millis(patience);
            let silent = tokio::time::timeout(patience, connection.read(&mut nothing)).await;
            // On PostgreSQL writers do not wait for each other, so it may have been answered before.
            println!("cut off while waiting: {}", silent.is_err());
            drop(connection);
            drop(held);
            for _ in 0..100 {
                let found = idp.get("/Users?filter=userName%20eq%20%22ann%22").await.expect(200).body;
                if found["totalResults"] == 1 {
                    return server.stop().await;
                }
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        }
        panic!("the change was given up with its connection");
    });
}

#[test]
fn probes_and_metrics_answer() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let anonymous = server.anonymous();
        anonymous.get("/healthz").await.expect(200);
        assert!(!anonymous.get("/readyz").await.expect(200).header("x-request-id").is_empty());
        let metrics = anonymous.get("/metrics").await.expect(200).text;
        assert!(metrics.contains("lockstep_requests_total{class=\"probe\",status=\"200\"}"), "{metrics}");
        server.stop().await;
    });
}
