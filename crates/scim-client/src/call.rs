//! One call on its way: sent, redirected within the application at most once, and its outcome sorted.

use std::sync::Arc;

use ::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, LOCATION, USER_AGENT};
use ::http::{HeaderName, HeaderValue, Method};
use bytes::Bytes;
use scim::Object;
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use crate::answer::{Body, Complaint};
use crate::auth::Credentials;
use crate::base::{self, Base};
use crate::exchange::Secrets;
use crate::outcome::Refusal;
use crate::retry_after::retry_after;
use crate::{Auth, Class, Exchange, Fault, Reply, Request, Response, Transport, TransportError};

const SCIM_JSON: HeaderValue = HeaderValue::from_static("application/scim+json");
const AGENT: HeaderValue = HeaderValue::from_static(concat!("Lockstep/", env!("CARGO_PKG_VERSION")));

/// What is needed to ask one application anything.
pub(crate) struct Caller {
    transport: Arc<dyn Transport>,
    base: Base,
    /// `None`: the credentials cannot be put into a header.
    credentials: Option<Credentials>,
}

/// A call, before it is sent.
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: String,
    /// One object by its id.
    pub(crate) one: bool,
    pub(crate) body: Option<Value>,
}

/// An answer of success.
pub(crate) struct Answer {
    pub(crate) body: Body,
    pub(crate) exchange: Exchange,
}

impl Caller {
    pub(crate) fn new(transport: Arc<dyn Transport>, base: Url, auth: &Auth) -> Self {
        Self { transport, base: Base::new(base), credentials: auth.credentials() }
    }

    /// Sends a call and sorts its outcome.
    pub(crate) async fn call(&self, call: Call) -> Result<Answer, Fault> {
        let Call { method, path, one, mut body } = call;
        let text = body.as_ref().map(|b| Bytes::from(serde_json::to_vec(b).expect("a JSON tree always has a text")));
        let mut secrets = Secrets::new(self.credentials.as_ref().map_or(&[], |c| &c.secrets));
        if let Some(body) = &mut body {
            secrets.mask(body);
        }
        let mut exchange = Exchange {
            method: method.as_str().to_owned(),
            path,
            status: None,
            duration: Default::default(),
            request: body,
            response: None,
        };
        let Some(credentials) = &self.credentials else {
            let detail = "the credentials hold characters that cannot be sent".to_owned();
            return Err(Fault::new(Class::Refused, "auth.invalid", detail, exchange));
        };

        let started = Instant::now();
        let outcome = self.deliver(&method, &exchange.path, credentials, text).await;
        exchange.duration = started.elapsed();
        let response = match outcome {
            Ok(response) => response,
            Err(error) => return Err(Fault::unanswered(&error, exchange)),
        };
        let body = Body::read(&response);
        exchange.status = Some(response.status);
        exchange.response = secrets.excerpt(&response.body, body.json());
        if (200..300).contains(&response.status) {
            return Ok(Answer { body, exchange });
        }
        let mut complaint = Complaint::read(&body, &response.body);
        complaint.detail = complaint.detail.map(|detail| secrets.conceal(detail));
        complaint.scim_type = complaint.scim_type.map(|word| secrets.conceal(word));
        // A Retry-After date is only ever compared with the clock of the machine that reads it.
        #[allow(clippy::disallowed_methods)]
        let wait = retry_after(&response.headers, jiff::Timestamp::now());
        let refusal = Refusal { method: &method, one, status: response.status, html: matches!(body, Body::Html) };
        Err(Fault::answered(&refusal, complaint, wait, exchange))
    }

    /// Sends one request; follows one redirect that keeps method and body (307, 308) and stays
    /// with the same scheme, host and port. Credentials go nowhere else.
    async fn deliver(
        &self,
        method: &Method,
        path: &str,
        credentials: &Credentials,
        body: Option<Bytes>,
    ) -> Result<Response, TransportError> {
        let first = request(method, self.base.url(path)?, credentials, body.clone());
        let response = self.transport.send(first).await?;
        if !matches!(response.status, 307 | 308) {
            return Ok(response);
        }
        let url = self.base.url(path)?;
        let target = response.headers.get(LOCATION).and_then(|v| url.join(v.to_str().ok()?).ok());
        match target {
            Some(target)
                if target.origin() == url.origin()
                    && target.username().is_empty()
                    && target.password().is_none()
                    && target != url =>
            {
                self.transport.send(request(method, target, credentials, body)).await
            }
            _ => Ok(response),
        }
    }
}

fn request(method: &Method, url: Url, credentials: &Credentials, body: Option<Bytes>) -> Request {
    let mut headers: Vec<(HeaderName, HeaderValue)> = Vec::with_capacity(4);
    headers.push((USER_AGENT, AGENT));
    headers.push((ACCEPT, SCIM_JSON));
    if let Some(authorization) = &credentials.header {
        headers.push((AUTHORIZATION, authorization.clone()));
    }
    if body.is_some() {
        headers.push((CONTENT_TYPE, SCIM_JSON));
    }
    Request { method: method.clone(), url, headers, body }
}

impl Call {
    pub(crate) fn all(method: Method, path: String) -> Self {
        Self { method, path, one: false, body: None }
    }

    pub(crate) fn one(method: Method, endpoint: &str, id: &str, body: Option<Value>) -> Result<Self, Fault> {
        if let Some(path) = base::one(endpoint, id) {
            return Ok(Self { method, path, one: true, body });
        }
        let exchange = Exchange {
            method: method.as_str().to_owned(),
            path: base::collection(endpoint),
            status: None,
            duration: Default::default(),
            request: None,
            response: None,
        };
        let detail =
            format!("nothing was sent: the id of an object under {} is empty, too long, or only dots", exchange.path);
        Err(Fault::new(Class::Rejected, "reply.unparsable", detail, exchange))
    }
}

impl Answer {
    /// The body, which must be an object that `read` takes.
    pub(crate) fn object<T>(self, read: impl FnOnce(Object) -> Result<T, String>) -> Result<Reply<T>, Fault> {
        match self.body.into_object().and_then(read) {
            Ok(value) => Ok(Reply::new(value, self.exchange)),
            Err(why) => Err(Fault::unparsable(&why, self.exchange)),
        }
    }

    /// The changed resource, if it is shown: 204 and an empty object (Google) are successes, too.
    pub(crate) fn changed(self) -> Result<Reply<Option<Object>>, Fault> {
        if matches!(self.body, Body::Empty) {
            return Ok(Reply::new(None, self.exchange));
        }
        self.object(|object| Ok(Some(object).filter(|o| !o.is_empty())))
    }
}
