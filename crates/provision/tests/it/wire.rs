//! The network between the engine and the applications, with everything that goes wrong there.

use bytes::Bytes;
use directory::Millis;
use futures::future::{BoxFuture, pending};
use http::{HeaderMap, HeaderValue};
use scim_client::{Request, Response, Transport, TransportError};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard},
};
use tokio::sync::Notify;

use crate::{
    app::{App, Asked},
    chance::{Time, hash},
    model::Model,
};

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Fine,
    /// It never got there, and we know.
    Unreachable,
    /// It never got there, and we can't know.
    Lost,
    /// It was carried out, and the answer never came.
    AnswerLost,
    /// 500, and nothing was done.
    Broken,
    /// 500, and it was done.
    BrokenAfter,
    /// 429 with `Retry-After`.
    Throttled,
    /// 503.
    Down,
    /// 401.
    Unauthorised,
    /// 404 with an HTML page.
    Page,
    /// The worker dies before the application sees it.
    KillBefore,
    /// The worker dies before it sees the answer.
    KillAfter,
    /// It was carried out; the answer comes when it is let through.
    Hang,
    /// Something on the way sent it twice, and the second answer is the one that comes back.
    Twice,
}

/// What is arranged for one request of a worker: the `nth`, counted from 0.
#[derive(Clone, Copy, Debug)]
pub struct Arranged {
    pub nth: usize,
    pub fate: Fate,
}

/// Everything beyond the transport.
#[derive(Default)]
pub struct Net {
    pub apps: BTreeMap<String, App>,
    pub model: Model,
    pub seed: u64,
    pub step: usize,
    /// So many of a thousand requests go wrong.
    pub weather: u64,
    /// Applications that refuse the credentials.
    pub locked: BTreeSet<String>,
    pub arranged: Option<Arranged>,
    /// For stories: what happens to the next request of a method to a path that begins so.
    pub next: Vec<(&'static str, &'static str, Fate)>,
    pub killed: bool,
    pub seen: Vec<(String, Asked, u16)>,
    pub violations: Vec<String>,
    requests: usize,
    times: BTreeMap<String, usize>,
}

/// The network, shared by all nodes.
#[derive(Clone)]
pub struct Wire {
    net: Arc<Mutex<Net>>,
    time: Time,
    pub hung: Arc<Notify>,
    pub released: Arc<Notify>,
}

impl Wire {
    pub fn new(seed: u64, time: Time) -> Wire {
        let net = Net { seed, ..Net::default() };
        Wire { net: Arc::new(Mutex::new(net)), time, hung: Arc::default(), released: Arc::default() }
    }

    pub fn net(&self) -> MutexGuard<'_, Net> {
        self.net.lock().unwrap()
    }

    /// A worker begins, with something arranged for it.
    pub fn begin(&self, step: usize, arranged: Option<Arranged>) {
        let mut net = self.net();
        (net.step, net.requests, net.killed, net.arranged) = (step, 0, false, arranged);
        net.times.clear();
    }
}

impl Net {
    fn fate(&mut self, host: &str, asked: &Asked) -> Fate {
        let nth = self.requests;
        self.requests += 1;
        if let Some(at) =
            self.next.iter().position(|(method, path, _)| *method == asked.method && asked.path.starts_with(path))
        {
            return self.next.remove(at).2;
        }
        if let Some(arranged) = self.arranged.take_if(|arranged| arranged.nth == nth) {
            return arranged.fate;
        }
        if self.locked.contains(host) {
            return Fate::Unauthorised;
        }
        let what = format!("{host} {} {} {:?}", asked.method, asked.path, asked.query);
        let times = self.times.entry(what.clone()).or_default();
        *times += 1;
        let dice = hash(self.seed, &[&what, &self.step.to_string(), &times.to_string()]);
        if dice % 1000 >= self.weather {
            return Fate::Fine;
        }
        match (dice >> 20) % 100 {
            0..8 => Fate::Unreachable,
            8..22 => Fate::Lost,
            22..42 => Fate::AnswerLost,
            42..56 => Fate::Broken,
            56..76 => Fate::BrokenAfter,
            76..84 => Fate::Throttled,
            84..92 => Fate::Down,
            // What the network makes twice where names need not be unique is nobody's fault.
            92..96 if asked.method != "POST" || self.apps.get(host).is_some_and(|app| app.manner.unique) => Fate::Twice,
            _ => Fate::Page,
        }
    }

    /// The application receives a request and carries it out.
    fn receive(&mut self, host: &str, asked: &Asked) -> Option<crate::app::Answer> {
        let app = self.apps.get_mut(host)?;
        let id = asked.path.rsplit('/').next().unwrap_or_default();
        let look = |app: &App| app.users.get(id).or(app.groups.get(id)).cloned();
        let before = look(app);
        let answer = app.answer(asked);
        let after = look(app);
        let changes = asked.writes() && answer.status < 300 && before.is_some();
        let violation = if changes {
            self.model.judge(host, asked, before.as_ref(), after.as_ref())
        } else {
            self.model.judge(host, asked, None, None)
        };
        self.violations.extend(violation);
        self.seen.push((host.to_owned(), asked.clone(), answer.status));
        Some(answer)
    }
}

fn response(status: u16, body: &serde_json::Value) -> Response {
    let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("application/scim+json"));
    Response { status, headers, body }
}

fn asked(request: &Request) -> Asked {
    Asked {
        method: request.method.to_string(),
        path: request.url.path().trim_start_matches("/scim/v2").to_owned(),
        query: request.url.query_pairs().map(|(key, value)| (key.into_owned(), value.into_owned())).collect(),
        body: request.body.as_ref().map(|body| serde_json::from_slice(body).unwrap()),
    }
}

/// How long a request takes on the fake clock.
const TAKES: Millis = 20;

impl Transport for Wire {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move {
            let host = request.url.host_str().unwrap_or_default().to_owned();
            let asked = asked(&request);
            // Requests under way overtake each other.
            tokio::task::yield_now().await;
            self.time.advance(TAKES);
            let (fate, answer) = {
                let mut net = self.net();
                if let Some(violation) = net.model.judge(&host, &asked, None, None) {
                    net.violations.push(violation);
                }
                let fate = net.fate(&host, &asked);
                let done =
                    matches!(fate, Fate::Fine | Fate::AnswerLost | Fate::BrokenAfter | Fate::KillAfter | Fate::Hang);
                let answer = match fate {
                    Fate::Twice => net.receive(&host, &asked).and_then(|_| net.receive(&host, &asked)),
                    _ if done => net.receive(&host, &asked),
                    _ => None,
                };
                net.killed |= matches!(fate, Fate::KillBefore | Fate::KillAfter);
                (fate, answer)
            };
            let error = serde_json::json!({"schemas": [scim::ERROR_URN], "detail": "so it goes"});
            match fate {
                Fate::KillBefore | Fate::KillAfter => pending().await,
                Fate::Hang => {
                    self.hung.notify_one();
                    self.released.notified().await;
                }
                _ => tokio::task::yield_now().await,
            }
            let unreachable = || TransportError::Connect { host: host.clone(), reason: "refused".into() };
            match fate {
                Fate::Unreachable => Err(unreachable()),
                Fate::Lost => Err(TransportError::Timeout { sent: true }),
                Fate::AnswerLost => Err(TransportError::Closed { sent: true }),
                Fate::Broken | Fate::BrokenAfter => Ok(response(500, &error)),
                Fate::Down => Ok(response(503, &error)),
                Fate::Unauthorised => Ok(response(401, &error)),
                Fate::Throttled => {
                    let mut response = response(429, &error);
                    response.headers.insert("retry-after", HeaderValue::from_static("7"));
                    Ok(response)
                }
                Fate::Page => {
                    let mut response = response(404, &serde_json::Value::Null);
                    response.headers.insert("content-type", HeaderValue::from_static("text/html"));
                    response.body = Bytes::from_static(b"<!doctype html><html><body>Not here</body></html>");
                    Ok(response)
                }
                _ => answer.map(|answer| response(answer.status, &answer.body)).ok_or_else(unreachable),
            }
        })
    }
}
