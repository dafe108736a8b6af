//! A server of its own for each test, and clients for it.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use directory::{
    Clock, Millis, Tenant,
    audit::Actor,
    clock,
    source::{self, SourceClient},
};
use http::{HeaderMap, Method, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::{Client as Http, connect::HttpConnector},
    rt::TokioExecutor,
};
use scim_client::{Guard, HttpTransport, Network};
use serde_json::Value;
use server::{app::App, config::Config, serve::Server};
use sqlx::{Connection, Executor};
use tokio::{sync::oneshot, task::JoinHandle};
use uuid::Uuid;

/// Run a story on SQLite, and on PostgreSQL when `LOCKSTEP_TEST_POSTGRES` names a cluster.
pub fn on_both<F: Future<Output = ()>>(story: impl Fn(Database) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(story(Database::Sqlite));
    match std::env::var("LOCKSTEP_TEST_POSTGRES") {
        Ok(cluster) => runtime.block_on(story(Database::Postgres(cluster))),
        Err(_) => println!("LOCKSTEP_TEST_POSTGRES is not set: PostgreSQL was not tested"),
    }
}

/// Where a test's server keeps its data.
#[derive(Clone, Debug)]
pub enum Database {
    /// In a folder of its own.
    Sqlite,
    /// In a database of its own in this cluster.
    Postgres(String),
}

/// The machine's clock, which a test may put forward.
#[derive(Clone, Default)]
struct Hands {
    ahead: Arc<AtomicI64>,
    machine: Arc<clock::System>,
}

impl clock::Source for Hands {
    fn now(&self) -> Millis {
        self.machine.now() + self.ahead.load(Ordering::Relaxed)
    }

    fn fill(&self, bytes: &mut [u8]) {
        self.machine.fill(bytes);
    }
}

/// A minute, as [`TestServer::forward`] takes it.
pub const MINUTE: Millis = 60_000;

/// A server for one test.
pub struct TestServer {
    /// Where it listens.
    pub url: String,
    /// Its inside, for set-up.
    pub app: App,
    /// The tenant of a fresh deployment.
    pub tenant: Tenant,
    hands: Hands,
    folder: PathBuf,
    database: Option<(String, String)>,
    end: oneshot::Sender<()>,
    running: JoinHandle<()>,
}

/// Another name for each folder and database: not even a run that was broken off left one of it.
pub fn name() -> String {
    format!("lockstep_it_{}", Uuid::now_v7().simple())
}

impl TestServer {
    /// Start a server on an empty database.
    pub async fn start(database: Database) -> TestServer {
        TestServer::start_with(database, |_| ()).await
    }

    /// The same with other settings.
    pub async fn start_with(database: Database, change: impl FnOnce(&mut Config)) -> TestServer {
        let name = name();
        let folder = std::env::temp_dir().join(&name);
        let database = match database {
            Database::Sqlite => None,
            Database::Postgres(cluster) => Some((cluster, name)),
        };
        let url = match &database {
            Some((cluster, name)) => Some(create_database(cluster, name).await),
            None => None,
        };
        let mut config = config(&folder, url);
        change(&mut config);
        let hands = Hands::default();
        let guard = Guard::new(config.allow_outbound.clone());
        let transport = Arc::new(HttpTransport::new(guard.clone()));
        let server = Server::start_with(&config, Clock::new(hands.clone()), guard, transport).await.unwrap();
        let app = server.app().clone();
        let tenant = app.directory.tenants().await.unwrap()[0];
        let url = format!("http://{}", server.address().unwrap());
        let (end, ended) = oneshot::channel();
        let running = tokio::spawn(server.run(async {
            let _ = ended.await;
        }));
        TestServer { url, app, tenant, hands, folder, database, end, running }
    }

    /// End it as SIGTERM would, and clean up.
    pub async fn stop(self) {
        let _ = self.end.send(());
        tokio::time::timeout(Duration::from_secs(30), self.running).await.expect("the server ends").unwrap();
        if let Some((cluster, name)) = self.database {
            drop_database(&cluster, &name).await;
        }
        let _ = std::fs::remove_dir_all(self.folder);
    }

    /// Let time pass: so many milliseconds.
    pub fn forward(&self, time: Millis) {
        self.hands.ahead.fetch_add(time, Ordering::Relaxed);
    }

    /// As if everybody had signed in long ago.
    pub async fn forget_confirmations(&self) {
        self.execute("UPDATE sessions SET confirmed_at = 0").await;
    }

    /// Change the database behind the server's back: for what would take days.
    pub async fn execute(&self, sql: &'static str) {
        match &self.database {
            None => {
                let file = format!("sqlite://{}", self.folder.join("lockstep.db").display());
                sqlx::SqliteConnection::connect(&file).await.unwrap().execute(sql).await.unwrap();
            }
            Some((cluster, name)) => {
                let (server, _) = cluster.rsplit_once('/').unwrap();
                sqlx::PgConnection::connect(&format!("{server}/{name}")).await.unwrap().execute(sql).await.unwrap();
            }
        }
    }

    /// Keep everybody from changing a record: on SQLite by holding the writer, on PostgreSQL by locking its row.
    pub async fn hold(&self, record: &str) -> Held {
        let Some((cluster, name)) = &self.database else {
            return Held::Sqlite(self.app.directory.db.write(self.tenant).await.unwrap());
        };
        let (server, _) = cluster.rsplit_once('/').unwrap();
        let mut connection = sqlx::PgConnection::connect(&format!("{server}/{name}")).await.unwrap();
        let id = Uuid::parse_str(record).unwrap();
        connection.execute("BEGIN").await.unwrap();
        let sql = format!("SELECT id FROM records WHERE id = '{id}' FOR UPDATE");
        connection.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
        Held::Postgres(connection)
    }

    /// A client without credentials.
    pub fn anonymous(&self) -> Client {
        Client::new(self.url.clone(), None)
    }

    /// A new source and its client.
    pub async fn source(&self, name: &str) -> Client {
        let settings = source::SourceSettings::default();
        let (source, token) = self
            .app
            .directory
            .add_source(self.tenant, &Actor::system(), name, SourceClient::Generic, &settings)
            .await
            .unwrap();
        Client::new(format!("{}/scim/v2/{}", self.url, source.slug), Some(token.reveal().to_owned()))
    }

    /// A client of the admin API with a token of this role.
    pub async fn api(&self, role: directory::administrator::Role) -> Client {
        let token = self.app.directory.add_local_api_token(role.as_str(), role).await.unwrap();
        Client::new(format!("{}/api/v1", self.url), Some(token.reveal().to_owned()))
    }
}

/// What [`TestServer::hold`] holds.
pub enum Held {
    Sqlite(directory::Tx),
    Postgres(sqlx::PgConnection),
}

impl Held {
    /// Let go.
    pub async fn release(self) {
        match self {
            Held::Sqlite(tx) => tx.rollback().await,
            Held::Postgres(connection) => connection.close().await.unwrap(),
        }
    }
}

/// The settings of a test's server.
pub fn config(folder: &Path, database_url: Option<String>) -> Config {
    Config {
        listen: "127.0.0.1:0".parse().unwrap(),
        data_dir: folder.to_owned(),
        database_url: database_url.map(Into::into),
        public_url: None,
        allow_outbound: vec!["127.0.0.0/8".parse::<Network>().unwrap()],
        scim_rate: 0,
        scim_burst: 0,
        scim_failures: 0,
        trusted_proxies: vec!["127.0.0.0/8".parse::<Network>().unwrap()],

        log: "warn".into(),
    }
}

/// Make an empty database in this cluster; its URL.
pub async fn create_database(cluster: &str, name: &str) -> String {
    run(cluster, format!("CREATE DATABASE {name}")).await;
    let (server, _) = cluster.rsplit_once('/').unwrap();
    format!("{server}/{name}")
}

/// Remove it, whoever is still connected.
pub async fn drop_database(cluster: &str, name: &str) {
    run(cluster, format!("DROP DATABASE {name} WITH (FORCE)")).await;
}

/// Wait until something holds: for what is done behind the answers.
pub async fn until(mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..500 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it did not come to hold within 10 seconds");
}

async fn run(cluster: &str, sql: String) {
    let mut connection = sqlx::PgConnection::connect(cluster).await.unwrap();
    connection.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
}

/// Sends requests below one URL.
#[derive(Clone)]
pub struct Client {
    /// What every path is below of.
    pub base: String,
    /// The bearer token.
    pub token: Option<String>,
    http: Http<HttpConnector, Full<Bytes>>,
}

/// An answer that goes on.
pub struct Stream(Incoming);

impl Stream {
    /// What comes until it is as it should be, or the stream ends.
    pub async fn until(&mut self, is_right: impl Fn(&str) -> bool) -> String {
        let mut text = String::new();
        let reading = async {
            while let Some(frame) = self.0.frame().await {
                text += std::str::from_utf8(frame.unwrap().data_ref().unwrap()).unwrap();
                if is_right(&text) {
                    return;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(20), reading).await.unwrap_or_else(|_| panic!("nothing came"));
        text
    }

    /// What comes until the stream ends.
    pub async fn rest(&mut self) -> String {
        self.until(|_| false).await
    }
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// `Null` when there is no body, or it is not JSON.
    pub body: Value,
    pub text: String,
}

impl Client {
    pub fn new(base: String, token: Option<String>) -> Client {
        Client { base, token, http: Http::builder(TokioExecutor::new()).build_http() }
    }

    /// The same with another token, or none.
    pub fn with_token(&self, token: Option<&str>) -> Client {
        Client { token: token.map(str::to_owned), ..self.clone() }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, &[]).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body), &[]).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, Some(body), &[]).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, Some(body), &[]).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None, &[]).await
    }

    /// Send anything. Bodies are SCIM's media type unless `headers` say otherwise, and users and groups get the
    /// `schemas` that every client sends.
    pub async fn send(&self, method: Method, path: &str, mut body: Option<Value>, headers: &[(&str, &str)]) -> Answer {
        let urn = if path.starts_with("/Groups") { scim::GROUP_URN } else { scim::USER_URN };
        if let (true, Some(Value::Object(resource))) = (self.base.contains("/scim/"), &mut body) {
            resource.entry("schemas").or_insert_with(|| serde_json::json!([urn]));
        }
        let bytes = body.as_ref().map(|body| serde_json::to_vec(body).unwrap());
        self.send_bytes(method, path, bytes, headers).await
    }

    /// Only the status of a read, for answers that have no end.
    pub async fn status(&self, path: &str) -> StatusCode {
        let mut request = http::Request::builder().uri(format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        self.http.request(request.body(Full::new(Bytes::new())).unwrap()).await.unwrap().status()
    }

    /// The first messages of a stream, read until one is as it should be.
    pub async fn listen(&self, path: &str, is_right: impl Fn(&str) -> bool) -> String {
        self.stream(path, &[]).await.until(is_right).await
    }

    /// A stream that has begun.
    pub async fn stream(&self, path: &str, headers: &[(&str, &str)]) -> Stream {
        let mut request = http::Request::builder().uri(format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = self.http.request(request.body(Full::new(Bytes::new())).unwrap()).await.unwrap();
        assert_eq!(answer.status(), 200);
        Stream(answer.into_body())
    }

    /// The same with a body as it is.
    pub async fn send_bytes(
        &self,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = http::Request::builder().method(method).uri(format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let given = |name: &str| headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name));
        if body.is_some() && !given("content-type") {
            let api = self.base.contains("/api/");
            request = request.header("content-type", if api { "application/json" } else { "application/scim+json" });
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(Bytes::from(body.unwrap_or_default()))).unwrap();
        let answer = self.http.request(request).await.unwrap();
        let (head, body) = answer.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Answer { status: head.status, headers: head.headers, body, text }
    }
}

impl Answer {
    /// Insist on a status; the whole answer is shown otherwise.
    #[track_caller]
    pub fn expect(self, status: u16) -> Answer {
        assert_eq!(self.status.as_u16(), status, "{} {:?}", self.text, self.headers);
        self
    }

    /// Insist on a SCIM error: its status, its `scimType` (empty: none), and the form of its body.
    #[track_caller]
    pub fn expect_error(self, status: u16, scim_type: &str) -> Answer {
        let answer = self.expect(status);
        assert_eq!(answer.header("content-type"), "application/scim+json");
        assert_eq!(answer.body["schemas"], serde_json::json!([scim::ERROR_URN]), "{}", answer.text);
        assert_eq!(answer.body["status"], status.to_string(), "{}", answer.text);
        assert!(answer.body["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{}", answer.text);
        assert_eq!(answer.body["scimType"].as_str().unwrap_or_default(), scim_type, "{}", answer.text);
        answer
    }

    /// A header's text, empty when absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The `id` in the body.
    #[track_caller]
    pub fn id(&self) -> String {
        self.body["id"].as_str().unwrap_or_else(|| panic!("no id in {}", self.text)).to_owned()
    }
}
