//! The self-test of a source: plays its client's connection test at the real base URL, over the network as the client
//! would come, and explains what fails.
//!
//! It calls the server's own public URL and nothing else. Its token leads into a scratch tenant, so that it can create
//! and delete like the client without a trace in the directory.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use ::scim_client::{Guard, HttpTransport, Limits, Network, Request, Response, Transport, TransportError};
use axum::{
    body::{Body, to_bytes},
    http::{HeaderName, HeaderValue, Method, header},
};
use directory::{Tenant, source::Source};
use serde_json::Value;
use url::Url;

use crate::{
    app::App,
    guide::{Guide, Probe, fill},
    router,
};

/// What came of a self-test.
pub struct Report {
    /// Whether every step passed.
    pub passed: bool,
    /// Whether the requests went over the network to the public URL, or, because that failed, inside the process.
    pub over_network: bool,
    /// Each request, in order.
    pub steps: Vec<Outcome>,
}

/// What came of one request.
pub struct Outcome {
    /// What it is for.
    pub title: String,
    /// The HTTP method.
    pub method: String,
    /// The path below the base URL, with its query.
    pub path: String,
    /// What the client needs.
    pub expected: String,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// What there was instead, or the same in short.
    pub got: String,
    /// Whether it is what the client needs.
    pub passed: bool,
    /// How long it took.
    pub took: Duration,
    /// What is wrong.
    pub explanation: Option<String>,
    /// What to do.
    pub fix: Option<String>,
}

/// The longest answer that is read: none of a scratch tenant is nearly as long.
const ANSWER: usize = 2 * 1024 * 1024;

/// Test a source. Whatever happens, its scratch tenant is gone afterwards.
///
/// # Errors
/// When the database fails, or the source's client has no guide.
pub async fn run(app: &App, tenant: Tenant, source: &Source) -> Result<Report, directory::Error> {
    let guide = Guide::of(source.client)?;
    let token = app.directory.begin_scratch(tenant, source).await?;
    let mut play = Play {
        app,
        base: format!("{}/scim/v2/{}", app.public_url, source.slug),
        authorization: format!("Bearer {}", token.reveal()),
        transport: transport(),
        over_network: true,
        values: vec![("random".into(), app.directory.clock.id().to_string())],
    };
    let mut steps = vec![play.reach().await];
    play.over_network = steps.iter().all(|step| step.passed);
    for probe in &guide.test {
        steps.push(play.probe(probe, source).await);
    }
    let over_network = play.over_network;
    app.directory.end_scratch(tenant, &token.id).await?;
    Ok(Report { passed: steps.iter().all(|step| step.passed), over_network, steps })
}

/// The way to our own public URL, wherever it leads: the operator wrote it, and nobody else can.
fn transport() -> Option<Arc<dyn Transport>> {
    let everywhere = ["0.0.0.0/0", "::/0"].iter().filter_map(|network| network.parse::<Network>().ok()).collect();
    let limits = Limits { total: Duration::from_secs(10), body: ANSWER, ..Limits::default() };
    let transport = HttpTransport::with(Guard::new(everywhere), limits, None).ok()?;
    Some(Arc::new(transport))
}

struct Play<'a> {
    app: &'a App,
    base: String,
    authorization: String,
    transport: Option<Arc<dyn Transport>>,
    over_network: bool,
    values: Vec<(String, String)>,
}

impl Play<'_> {
    /// Whether the base URL leads to this server, as the world reaches it.
    async fn reach(&mut self) -> Outcome {
        let path = "/ServiceProviderConfig";
        let started = Instant::now();
        let answer = self.send(Method::GET, path, None).await;
        let fault = match &answer {
            Err(error) => Some(unreachable(&self.app.public_url, error)),
            Ok(answer) => stranger(answer),
        };
        let note = (fault.is_none() && self.base.starts_with("http:")).then(|| {
            "The public URL is plain http: identity providers in the cloud call https addresses only.".to_owned()
        });
        let (explanation, fix) = fault.unzip();
        Outcome {
            title: "Reach the base URL from outside".into(),
            method: "GET".into(),
            path: path.into(),
            expected: "200 from this server".into(),
            status: answer.as_ref().ok().map(|answer| answer.status),
            got: got(&answer),
            passed: explanation.is_none(),
            took: started.elapsed(),
            explanation: explanation.or(note),
            fix,
        }
    }

    async fn probe(&mut self, probe: &Probe, source: &Source) -> Outcome {
        let values: Vec<(&str, &str)> =
            self.values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let path = fill(&probe.path, &values);
        let body = probe.body.as_ref().map(|body| fill(body, &values));
        let expected = probe.status.iter().map(u16::to_string).collect::<Vec<_>>().join(" or ");
        let holds: Vec<(&String, String)> = probe.holds.iter().map(|(at, text)| (at, fill(text, &values))).collect();
        let started = Instant::now();
        // Methods of guides are checked by a test.
        let method = Method::from_bytes(probe.method.as_bytes()).unwrap_or_default();
        let answer = self.send(method, &path, body).await;
        let fault = match &answer {
            Err(error) => Some(unreachable(&self.app.public_url, error)),
            Ok(answer) => wrong(answer, &probe.status, &holds).map(|fault| (fault, advice(answer.status, source))),
        };
        if let (Some(name), Ok(answer)) = (&probe.keeps, &answer)
            && let Some(id) = json(answer)["id"].as_str()
        {
            self.values.push((name.clone(), id.to_owned()));
        }
        let (explanation, fix) = fault.unzip();
        let wanted =
            holds.iter().map(|(at, text)| format!(", {} {text}", at.trim_start_matches('/').replace('/', ".")));
        Outcome {
            title: probe.title.clone(),
            method: probe.method.clone(),
            path,
            expected: wanted.fold(expected, |text, more| text + &more),
            status: answer.as_ref().ok().map(|answer| answer.status),
            got: got(&answer),
            passed: explanation.is_none(),
            took: started.elapsed(),
            explanation,
            fix,
        }
    }

    async fn send(&self, method: Method, path: &str, body: Option<String>) -> Result<Response, TransportError> {
        let url = Url::parse(&format!("{}{path}", self.base))
            .map_err(|error| TransportError::UrlRefused(format!("the public URL is no address: {error}")))?;
        let mut headers = vec![(header::ACCEPT, HeaderValue::from_static("application/scim+json"))];
        headers.push((header::USER_AGENT, HeaderValue::from_static("Lockstep self-test")));
        if let Ok(mut value) = HeaderValue::from_str(&self.authorization) {
            value.set_sensitive(true);
            headers.push((header::AUTHORIZATION, value));
        }
        if body.is_some() {
            headers.push((header::CONTENT_TYPE, HeaderValue::from_static("application/scim+json")));
        }
        match &self.transport {
            Some(transport) if self.over_network => {
                transport.send(Request { method, url, headers, body: body.map(Into::into) }).await
            }
            _ => Ok(self.inside(method, &url, headers, body).await),
        }
    }

    /// The same request without the network: what the server itself answers.
    async fn inside(
        &self,
        method: Method,
        url: &Url,
        headers: Vec<(HeaderName, HeaderValue)>,
        body: Option<String>,
    ) -> Response {
        let mut request = axum::extract::Request::new(Body::from(body.unwrap_or_default()));
        *request.method_mut() = method;
        request.headers_mut().extend(headers);
        if let Ok(host) = url[url::Position::BeforeHost..url::Position::AfterPort].parse() {
            request.headers_mut().insert(header::HOST, host);
        }
        // Below our router there is no path of a public URL.
        let (_, target) = url.as_str().split_at(self.app.public_url.len().min(url.as_str().len()));
        *request.uri_mut() = target.parse().unwrap_or_default();
        let answer = router::answer(self.app, router::router(self.app.clone()), request).await;
        let (head, body) = answer.into_parts();
        let body = to_bytes(body, ANSWER).await.unwrap_or_default();
        Response { status: head.status.as_u16(), headers: head.headers, body }
    }
}

fn json(answer: &Response) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

/// An answer in a few words.
fn got(answer: &Result<Response, TransportError>) -> String {
    match answer {
        Err(error) => error.to_string(),
        Ok(answer) => match json(answer)["detail"].as_str() {
            Some(detail) => format!("{}: {detail}", answer.status),
            None => answer.status.to_string(),
        },
    }
}

/// The public URL leads nowhere.
fn unreachable(public_url: &str, error: &TransportError) -> (String, String) {
    let explanation = format!("{public_url}, the public URL, could not be reached from this server: {error}.");
    let fix = match error {
        TransportError::Dns { .. } => "Correct `public_url` in the server's settings, or the name's entry in the DNS.",
        TransportError::Tls(_) => {
            "Correct the certificate of the reverse proxy: identity providers accept only one that a public authority \
             has signed for this name, with its intermediate certificates."
        }
        TransportError::Timeout { .. } => {
            "Something between lets nothing through: look at the firewall and the reverse proxy. Some networks can't \
             reach their own public address from inside; then try the address from elsewhere."
        }
        _ => {
            "See whether `public_url` in the server's settings is the address that the reverse proxy answers on, and \
             whether the proxy passes it on to this server. Some networks can't reach their own public address from \
             inside; then try the address from elsewhere."
        }
    };
    (explanation, fix.to_owned())
}

/// Something answers at the public URL: is it this server?
fn stranger(answer: &Response) -> Option<(String, String)> {
    let is_config = json(answer)["schemas"][0] == "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
    let (explanation, fix) = match answer.status {
        200 if is_config => return None,
        300..=399 => (
            "The public URL answers with a redirect, which identity providers do not follow.".to_owned(),
            "Set `public_url` to the address that the redirect leads to, or let the reverse proxy pass `/scim` on.",
        ),
        401 => (
            "What answers at the public URL does not know the token of this test: the reverse proxy keeps the \
             Authorization header back, or the address belongs to another server."
                .to_owned(),
            "Let the proxy pass the Authorization header on, and see whether `public_url` is this server's own.",
        ),
        502..=504 => (
            format!("The reverse proxy answers {}: it does not reach this server.", answer.status),
            "Correct the address that the proxy passes requests on to.",
        ),
        status => (
            format!("What answers at the public URL is not this server's SCIM endpoint (status {status})."),
            "See whether `public_url` is this server's own, and whether the reverse proxy passes `/scim` on unchanged.",
        ),
    };
    Some((explanation, fix.to_owned()))
}

/// What of an answer is not what the client needs.
fn wrong(answer: &Response, status: &[u16], holds: &[(&String, String)]) -> Option<String> {
    let body = json(answer);
    if !status.contains(&answer.status) {
        let detail = body["detail"].as_str().unwrap_or("there is no reason in the answer");
        return Some(format!("It was answered with {}: {detail}.", answer.status));
    }
    let shown = |value: Option<&Value>| match value {
        None => "nothing".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    };
    holds.iter().find_map(|(at, expected)| {
        let found = shown(body.pointer(at));
        let name = at.trim_start_matches('/').replace('/', ".");
        (found != *expected).then(|| format!("{name} is {found}, but the client needs {expected}."))
    })
}

fn advice(status: u16, source: &Source) -> String {
    match status {
        400 if source.settings.tolerance != ::scim::Tolerance::default() => {
            "This source's tolerance has switches that are off, and its client needs one of them: switch them on again."
        }
        400 | 409 => "A rule of this source refuses what its client sends: see its settings and its schema.",
        401 | 429 => "Run the test again; if it fails again, the log of the server says why.",
        _ => "The log of the server says more.",
    }
    .to_owned()
}
