//! A scripted HTTP server on the loopback: says what it is told, remembers what it heard.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use scim_client::{Auth, Client, Guard, HttpTransport, Limits};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What to do with one request.
#[derive(Clone)]
pub enum Act {
    /// Send these bytes and keep the connection.
    Say(Vec<u8>),
    /// Send these bytes and close.
    SayAndClose(Vec<u8>),
    /// Say nothing for this long, then close.
    Wait(Duration),
    /// One byte at a time, for ever.
    Drip,
    /// A body without an end.
    Flood,
}

/// A request as it was heard.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Heard {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

#[derive(Default)]
struct State {
    script: Mutex<VecDeque<Act>>,
    heard: Mutex<Vec<Heard>>,
    connections: AtomicUsize,
}

/// A running server; stops with its runtime.
#[derive(Clone)]
pub struct Server {
    state: Arc<State>,
    pub address: SocketAddr,
}

impl Server {
    /// Plays the acts in turn, one per request, and the last one for ever.
    pub async fn playing(acts: impl IntoIterator<Item = Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State { script: Mutex::new(acts.into_iter().collect()), ..State::default() });
        let shared = state.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                shared.connections.fetch_add(1, Ordering::SeqCst);
                stream.set_nodelay(true).unwrap();
                tokio::spawn(serve(stream, shared.clone()));
            }
        });
        Self { state, address }
    }

    /// Adds an act to the script, once the address is known.
    pub fn then(&self, act: Act) {
        self.state.script.lock().unwrap().push_back(act);
    }

    pub fn heard(&self) -> Vec<Heard> {
        self.state.heard.lock().unwrap().clone()
    }

    pub fn connections(&self) -> usize {
        self.state.connections.load(Ordering::SeqCst)
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A client for `/scim/v2` with a token.
    pub fn client(&self) -> Client {
        self.client_with(quick())
    }

    pub fn client_with(&self, limits: Limits) -> Client {
        client(&self.url("/scim/v2"), limits)
    }
}

pub fn client(base: &str, limits: Limits) -> Client {
    let transport = HttpTransport::with(loopback(), limits, None).unwrap();
    Client::new(Arc::new(transport), base.parse().unwrap(), Auth::Bearer("s3cret-token".into()))
}

pub fn loopback() -> Guard {
    Guard::new(vec!["127.0.0.0/8".parse().unwrap()])
}

/// Limits for tests of what is not about time.
pub fn quick() -> Limits {
    Limits { total: Duration::from_secs(10), ..Limits::default() }
}

async fn serve(stream: TcpStream, state: Arc<State>) {
    let mut stream = BufReader::new(stream);
    while let Some(heard) = read(&mut stream).await {
        state.heard.lock().unwrap().push(heard);
        let act = {
            let mut script = state.script.lock().unwrap();
            if script.len() > 1 { script.pop_front() } else { script.front().cloned() }
        };
        match act.expect("a script has an act") {
            Act::Say(bytes) => {
                if stream.write_all(&bytes).await.is_err() {
                    return;
                }
            }
            Act::SayAndClose(bytes) => {
                let _ = stream.write_all(&bytes).await;
                let _ = stream.shutdown().await;
                return;
            }
            Act::Wait(time) => {
                tokio::time::sleep(time).await;
                return;
            }
            Act::Drip => {
                let _ = stream
                    .write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n")
                    .await;
                while stream.write_all(b" ").await.is_ok() {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                return;
            }
            Act::Flood => {
                let _ = stream
                    .write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n")
                    .await;
                while stream.write_all(&[b' '; 64 * 1024]).await.is_ok() {}
                return;
            }
        }
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Heard> {
    let mut line = String::new();
    if stream.read_line(&mut line).await.ok()? == 0 {
        return None;
    }
    let mut words = line.split_whitespace().map(str::to_owned);
    let mut heard = Heard { method: words.next()?, target: words.next()?, ..Heard::default() };
    loop {
        line.clear();
        stream.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        heard.headers.push((name.to_lowercase(), value.to_owned()));
    }
    let length = heard.header("content-length").map_or(0, |l| l.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    heard.body = String::from_utf8(body).unwrap();
    Some(heard)
}

/// An answer with a content type, further headers (each ending in a line break), and a body.
pub fn answer(status: u16, kind: &str, headers: &str, body: &str) -> Vec<u8> {
    let kind = if kind.is_empty() { String::new() } else { format!("Content-Type: {kind}\r\n") };
    format!("HTTP/1.1 {status} X\r\n{kind}{headers}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

pub fn json(status: u16, body: &Value) -> Act {
    Act::Say(answer(status, "application/scim+json", "", &body.to_string()))
}

pub fn html(status: u16) -> Act {
    Act::Say(answer(status, "text/html; charset=utf-8", "", "<html><title>Sign in</title>password</html>"))
}

/// An answer without a body.
pub fn bare(status: u16, headers: &str) -> Act {
    let length = if status == 204 { "" } else { "Content-Length: 0\r\n" };
    Act::Say(format!("HTTP/1.1 {status} X\r\n{headers}{length}\r\n").into_bytes())
}

/// A SCIM Error.
pub fn error(status: u16, scim_type: &str, detail: &str) -> Act {
    let mut body = serde_json::json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": status.to_string(), "detail": detail,
    });
    if !scim_type.is_empty() {
        body["scimType"] = scim_type.into();
    }
    json(status, &body)
}

pub fn object(value: Value) -> scim::Object {
    value.as_object().unwrap().clone()
}
