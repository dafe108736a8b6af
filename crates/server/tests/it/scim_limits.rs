//! What a request may not be, and what a client may not take: each limit with its answer.

use http::Method;
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

use crate::harness::{Client, Database, TestServer, on_both};

fn nested(depth: usize) -> Value {
    (1..depth).fold(json!(1), |inside, _| json!([inside]))
}

fn patch(operations: Vec<Value>) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations})
}

#[test]
fn bodies_have_a_size_a_depth_and_a_width() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let idp = server.source("idp").await;
        let text = |length: usize| "x".repeat(length);
        let user = |more: Value| {
            let mut user = json!({"userName": "ann"});
            user.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            user
        };
        let keys = |count: usize| (0..count).map(|n| (format!("k{n}"), json!(1))).collect::<serde_json::Map<_, _>>();
        for (body, scim_type) in [
            (user(json!({"title": nested(33)})), "invalidSyntax"),
            (user(json!({"title": keys(1_001)})), "invalidSyntax"),
            (user(json!({"emails": vec![json!({"value": "a@b.c"}); 10_001]})), "invalidSyntax"),
            (user(keys(500).into()), "invalidValue"),
            (json!({"userName": text(257)}), "invalidValue"),
            (user(json!({"externalId": text(513)})), "invalidValue"),
            (user(json!({"title": text(4_097)})), "invalidValue"),
        ] {
            idp.post("/Users", body).await.expect_error(400, scim_type);
        }
        let fits = json!({"userName": text(256), "externalId": text(512), "title": text(4_096)});
        idp.post("/Users", fits).await.expect(201);

        let members = vec![json!({"value": "x"}); 100_001];
        idp.post("/Groups", json!({"displayName": "Sales", "members": members})).await.expect_error(413, "");
        let blank = |size: usize| Some(vec![b' '; size]);
        const MIB: usize = 1 << 20;
        for (path, size) in [("/Users", MIB), ("/Groups", 8 * MIB), ("/Bulk", MIB), ("/Users/.search", MIB)] {
            idp.send_bytes(Method::POST, path, blank(size + 1), &[]).await.expect_error(413, "");
            idp.send_bytes(Method::POST, path, blank(size), &[]).await.expect_error(400, "invalidSyntax");
        }
        server.stop().await;
    });
}

#[test]
fn operations_filters_and_pages_have_a_number() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let idp = server.source("idp").await;
        let ann = idp.post("/Users", json!({"userName": "ann"})).await.expect(201).id();
        let replace = |n: usize| json!({"op": "replace", "path": "title", "value": n.to_string()});
        let path = format!("/Users/{ann}");
        idp.patch(&path, patch((0..1_001).map(replace).collect())).await.expect_error(413, "");
        idp.patch(&path, patch((0..1_000).map(replace).collect())).await.expect(200);
        assert_eq!(idp.get(&path).await.expect(200).body["title"], "999");

        let create = |n: usize| {
            let data = json!({"schemas": [scim::USER_URN], "userName": format!("user{n}")});
            json!({"method": "POST", "path": "/Users", "bulkId": n.to_string(), "data": data})
        };
        let bulk = |count: usize| {
            json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
                   "Operations": (0..count).map(create).collect::<Vec<_>>()})
        };
        idp.post("/Bulk", bulk(1_001)).await.expect_error(413, "");
        idp.post("/Bulk", bulk(210)).await.expect(200);
        let page = idp.get("/Users?count=1000000000").await.expect(200).body;
        assert_eq!((&page["totalResults"], page["Resources"].as_array().unwrap().len()), (&json!(211), 200));

        let search = async |filter: String| {
            let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": filter});
            idp.post("/Users/.search", body).await
        };
        let named = |length: usize| format!("title eq \"{}\"", "x".repeat(length - 11));
        let encode = |filter: &str| url::form_urlencoded::byte_serialize(filter.as_bytes()).collect::<String>();
        let url = async |filter: &str| idp.get(&format!("/Users?filter={}", encode(filter))).await;
        url(&named(2_048)).await.expect(200);
        url(&named(2_049)).await.expect_error(400, "invalidFilter");
        search(named(8_192)).await.expect(200);
        search(named(8_193)).await.expect_error(400, "invalidFilter");
        let terms = |count: usize| vec!["title eq \"x\""; count].join(" or ");
        search(terms(50)).await.expect(200);
        search(terms(51)).await.expect_error(400, "invalidFilter");
        let deep = |depth: usize| format!("{}title pr{}", "not (".repeat(depth), ")".repeat(depth));
        search(deep(16)).await.expect(200);
        search(deep(17)).await.expect_error(400, "invalidFilter");

        let config = idp.get("/ServiceProviderConfig").await.expect(200).body;
        assert_eq!(config["bulk"], json!({"supported": true, "maxOperations": 1_000, "maxPayloadSize": 1 << 20}));
        assert_eq!(config["filter"]["maxResults"], 200);
        let pages = &config["pagination"];
        assert_eq!((&pages["defaultPageSize"], &pages["maxPageSize"]), (&json!(100), &json!(200)));
        assert_eq!(idp.get("/Users").await.expect(200).body["itemsPerPage"], 100);
        let by_cursor = idp.get("/Users?cursor&count=201").await.expect(200).body;
        assert_eq!((&by_cursor["itemsPerPage"], pages["cursorTimeout"].as_u64()), (&json!(200), Some(600)));
        server.stop().await;
    });
}

/// Send this over a connection of its own, and what comes back until `time` is over or it is closed.
async fn raw(server: &TestServer, request: &[u8], time: Duration) -> String {
    let mut connection = TcpStream::connect(server.url.trim_start_matches("http://")).await.unwrap();
    connection.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    let mut part = [0; 4096];
    let end = Instant::now() + time;
    while let Ok(Ok(length @ 1..)) =
        timeout(end.saturating_duration_since(Instant::now()), connection.read(&mut part)).await
    {
        answer.extend_from_slice(&part[..length]);
        if String::from_utf8_lossy(&answer).contains("\"detail\"") {
            break;
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

fn head(idp: &Client, server: &TestServer, method: &str, more: &str) -> Vec<u8> {
    let path = &idp.base[server.url.len()..];
    let token = idp.token.as_deref().unwrap_or_default();
    format!("{method} {path}/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n{more}\r\n").into_bytes()
}

#[test]
fn heads_have_a_size_and_bodies_a_pace() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let idp = server.source("idp").await;
        let soon = Duration::from_secs(3);
        let large = format!("X-Large: {}\r\n", "x".repeat(17 * 1024));
        let answer = raw(&server, &head(&idp, &server, "GET", &large), soon).await;
        assert!(answer.starts_with("HTTP/1.1 431 ") && answer.contains("\"status\":\"431\""), "{answer}");
        assert!(answer.to_ascii_lowercase().contains("x-request-id"), "{answer}");
        let many = (0..100).map(|n| format!("X-{n}: 1\r\n")).collect::<String>();
        let answer = raw(&server, &head(&idp, &server, "GET", &many), soon).await;
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");

        // A body that does not come is not waited for: neither at its beginning nor in its middle.
        let started = Instant::now();
        let mut request =
            head(&idp, &server, "POST", "Content-Type: application/scim+json\r\nContent-Length: 100000\r\n");
        request.extend_from_slice(b"{\"userName\":");
        let (silent, dripping) = tokio::join!(raw(&server, &request, Duration::from_secs(20)), async {
            let mut connection = TcpStream::connect(server.url.trim_start_matches("http://")).await.unwrap();
            connection.write_all(&request).await.unwrap();
            let (mut reader, mut writer) = connection.split();
            let drip = async {
                while writer.write_all(b" ").await.is_ok() {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            };
            let mut answer = [0; 16];
            tokio::select! {
                _ = drip => {}
                read = timeout(Duration::from_secs(20), reader.read_exact(&mut answer)) => { read.unwrap().unwrap(); }
            }
            String::from_utf8_lossy(&answer).into_owned()
        });
        assert!(silent.starts_with("HTTP/1.1 408 ") && silent.contains("\"status\":\"408\""), "{silent}");
        assert!(dripping.starts_with("HTTP/1.1 408 "), "{dripping}");
        assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
        idp.get("/Users").await.expect(200);
        server.stop().await;
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_never_ends_is_cut_off() {
    let server = TestServer::start(Database::Sqlite).await;
    let idp = server.source("idp").await;
    let whole = head(&idp, &server, "GET", "");
    let started = Instant::now();
    let unended = raw(&server, &whole[..whole.len() - 2], Duration::from_secs(20));
    let (unended, silent) = tokio::join!(unended, raw(&server, b"", Duration::from_secs(20)));
    assert!(!unended.contains(" 200 ") && silent.is_empty(), "{unended} {silent}");
    assert!((9..15).contains(&started.elapsed().as_secs()), "{:?}", started.elapsed());
    idp.get("/Users").await.expect(200);
    server.stop().await;
}

#[test]
fn a_database_that_does_not_answer_is_not_waited_for() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let idp = server.source("idp").await;
        idp.get("/Users").await.expect(200);
        let made = idp.post("/Users", json!({"userName": "ann"})).await.expect(201);
        // Somebody holds the writer, or the person's row, and does not let go.
        let held = server.hold(&made.id()).await;
        let started = Instant::now();
        let path = format!("/Users/{}", made.id());
        let answer = idp.patch(&path, patch(vec![json!({"op": "replace", "path": "title", "value": "x"})])).await;
        assert!(!answer.expect_error(503, "").header("retry-after").is_empty());
        assert!((4..9).contains(&started.elapsed().as_secs()), "{:?}", started.elapsed());
        held.release().await;
        assert!(idp.get(&path).await.expect(200).body["title"].is_null(), "nothing was changed");
        idp.patch(&path, patch(vec![json!({"op": "replace", "path": "title", "value": "x"})])).await.expect(200);
        server.stop().await;
    });
}

/// A connection from this address of the machine itself.
async fn connect_from(address: &str, to: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(format!("{address}:0").parse().unwrap())?;
    socket.connect(to).await
}

/// Whether a connection is answered, or turned away.
async fn is_answered(connection: &mut TcpStream) -> bool {
    // Whoever is turned away may be gone before the request is written.
    let _ = connection.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let mut answer = [0; 12];
    match timeout(Duration::from_secs(5), connection.read_exact(&mut answer)).await {
        Ok(Ok(_)) => &answer == b"HTTP/1.1 200",
        _ => false,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_has_64_connections_and_does_not_slow_another() {
    let server = TestServer::start_with(Database::Sqlite, |config| config.trusted_proxies.clear()).await;
    let idp = server.source("idp").await;
    let to: SocketAddr = server.url.trim_start_matches("http://").parse().unwrap();
    let mut noisy = Vec::new();
    for _ in 0..64 {
        let mut connection = connect_from("127.0.0.2", to).await.unwrap();
        assert!(is_answered(&mut connection).await);
        // And then a head that never ends.
        connection.write_all(b"GET /healthz HTTP/1.1\r\nX:").await.unwrap();
        noisy.push(connection);
    }
    for _ in 0..100 {
        assert!(!is_answered(&mut connect_from("127.0.0.2", to).await.unwrap()).await, "one more than its share");
    }
    let mut slowest = Duration::ZERO;
    for _ in 0..50 {
        let started = Instant::now();
        idp.get("/Users").await.expect(200);
        slowest = slowest.max(started.elapsed());
    }
    assert!(slowest < Duration::from_millis(500), "{slowest:?}");
    noisy.pop();
    let mut answered = false;
    for _ in 0..50 {
        answered = answered || is_answered(&mut connect_from("127.0.0.2", to).await.unwrap()).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(answered, "a place was given back");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_together_have_1024_connections() {
    let server = TestServer::start(Database::Sqlite).await;
    let to: SocketAddr = server.url.trim_start_matches("http://").parse().unwrap();
    let mut open = Vec::new();
    for _ in 0..1_024 {
        open.push(connect_from("127.0.0.1", to).await.unwrap());
    }
    assert!(!is_answered(&mut connect_from("127.0.0.1", to).await.unwrap()).await);
    open.truncate(512);
    let mut answered = false;
    for _ in 0..100 {
        answered = answered || is_answered(&mut connect_from("127.0.0.1", to).await.unwrap()).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(answered, "places were given back");
    drop(open);
    server.stop().await;
}
