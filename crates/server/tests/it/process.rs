//! The process: starts that must fail, and an end that finishes what is under way.

use directory::{application::ApplicationSettings, audit::Actor};
use serde_json::json;
use server::serve::Server;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::harness::{self, Database, TestServer, on_both};

/// Why a start fails, in one line.
async fn refusal(config: &server::config::Config) -> String {
    let error = Server::start(config).await.err().expect("the start fails");
    let text = format!("{error:#}");
    assert!(!text.contains('\n'), "{text}");
    text
}

#[tokio::test]
async fn bad_starts_say_why() {
    let folder = std::env::temp_dir().join(harness::name());
    let mut config = harness::config(&folder, None);
    let server = Server::start(&config).await.unwrap();
    let directory = server.app().directory.clone();
    let tenant = directory.tenants().await.unwrap()[0];

    config.listen = server.address().unwrap();
    assert!(refusal(&config).await.contains("can't listen on"));
    config.listen.set_port(0);

    let settings = ApplicationSettings::new("https://app.example.test/scim".parse().unwrap());
    let token = "a-token-of-some-length".to_owned().into();
    directory.add_application(tenant, &Actor::system(), "App", &settings, Some(&token)).await.unwrap();
    server.run(async {}).await;

    let key = std::fs::read(folder.join("key")).unwrap();
    std::fs::write(folder.join("key"), [7; 32]).unwrap();
    assert!(refusal(&config).await.contains("is not the one"));
    std::fs::write(folder.join("key"), "short").unwrap();
    assert!(refusal(&config).await.contains("32 bytes"));
    std::fs::write(folder.join("key"), key).unwrap();
    Server::start(&config).await.unwrap().run(async {}).await;
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn the_end_waits_for_changes() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let idp = server.source("idp").await;
        let held = server.app.directory.db.write(server.tenant).await.unwrap();
        let change = tokio::spawn(async move { idp.post("/Users", json!({"userName": "ann"})).await });
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        let release = tokio::spawn(async move {
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
            drop(held);
        });
        server.stop().await;
        change.await.unwrap().expect(201);
        release.await.unwrap();
    });
}

#[test]
fn half_sent_heads_are_cut_off() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let mut connection = tokio::net::TcpStream::connect(server.url.trim_start_matches("http://")).await.unwrap();
        connection.write_all(b"GET /healthz HTTP/1.1\r\nHost:").await.unwrap();
        let mut rest = Vec::new();
        let closed = tokio::time::timeout(std::time::Duration::from_secs(12), connection.read_to_end(&mut rest)).await;
        assert!(closed.is_ok(), "still open after 12 s");
        server.stop().await;
    });
}
