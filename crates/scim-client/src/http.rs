//! The real transport: HTTP/1.1 with pooled connections over the guarded connector.

use std::error::Error as _;
use std::time::Duration;

use ::http::Uri;
use ::http::header::CONTENT_LENGTH;
use bytes::Bytes;
use futures::future::BoxFuture;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use crate::connect::Connector;
use crate::{Guard, Request, Response, Transport, TransportError, tls};

/// Limits of one request.
///
/// The whole of it must stay shorter than a lane's lease of 30 s, so that no request is under
/// way when another node takes the lane over.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Finding the host's addresses and connecting to one of them. Default 5 s.
    pub connect: Duration,
    /// The TLS handshake. Default 5 s.
    pub tls: Duration,
    /// Everything from connecting to the last byte of the answer. Default 20 s.
    pub total: Duration,
    /// Largest answer body in bytes. Default 5 MiB.
    pub body: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            tls: Duration::from_secs(5),
            total: Duration::from_secs(20),
            body: 5 * 1024 * 1024,
        }
    }
}

/// How much of an answer's head is buffered before it is given up. hyper looks after each read, so one that comes in
/// a single piece may be up to twice as large. Bodies are read in pieces of this size, too.
const HEAD_LIMIT: usize = 32 * 1024;

/// Shorter than the 5 s after which Node.js servers close an idle connection, so that a request
/// is not sent into a connection that is just being closed, which for a POST is unclear.
const IDLE: Duration = Duration::from_secs(4);

/// Connections kept open per host while idle.
const IDLE_PER_HOST: usize = 64;

/// Sends requests over real sockets, to addresses its [`Guard`] lets through.
///
/// No proxy is used, whatever the environment says; no redirect is followed; no compression is
/// asked for. A request is repeated only when it was certainly not sent (an idle connection
/// that had been closed). To be shared by all clients under the same guard, for its pool.
#[derive(Clone)]
pub struct HttpTransport {
    guard: Guard,
    client: legacy::Client<Connector, Full<Bytes>>,
    limits: Limits,
}

impl HttpTransport {
    /// A transport with the default [`Limits`] and the public certificate authorities.
    ///
    /// Must be used inside a tokio runtime.
    pub fn new(guard: Guard) -> Self {
        // The only faults there can be lie in the text of extra authorities, and there is none.
        Self::with(guard, Limits::default(), None).expect("TLS with the public authorities is well configured")
    }

    /// A transport with limits of its own and, beside the public certificate authorities, those
    /// in the PEM text `authorities`.
    ///
    /// # Errors
    /// [`TransportError::Tls`] when the PEM text holds no usable certificate.
    pub fn with(guard: Guard, limits: Limits, authorities: Option<&[u8]>) -> Result<Self, TransportError> {
        let connector = Connector::new(guard.clone(), &limits, tls::config(authorities)?);
        let client = legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(IDLE_PER_HOST)
            .http1_max_buf_size(HEAD_LIMIT)
            .build(connector);
        Ok(Self { guard, client, limits })
    }

    async fn exchange(&self, request: Request) -> Result<Response, TransportError> {
        self.guard.check_url(&request.url)?;
        let answer = self.client.request(outgoing(request)?).await.map_err(|e| classify(&e))?;
        let (head, body) = answer.into_parts();
        let announced = head.headers.get(CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
        if announced.is_some_and(|length| length > self.limits.body) {
            return Err(TransportError::TooLarge);
        }
        let body = match Limited::new(body, self.limits.body).collect().await {
            Ok(collected) => collected.to_bytes(),
            Err(error) if error.is::<LengthLimitError>() => return Err(TransportError::TooLarge),
            Err(_) => return Err(TransportError::Closed { sent: true }),
        };
        Ok(Response { status: head.status.as_u16(), headers: head.headers, body })
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move {
            // Finding no connection has limits of its own; when this one strikes, the request
            // has most likely been sent, and taking it for sent is the safe side.
            tokio::time::timeout(self.limits.total, self.exchange(request))
                .await
                .unwrap_or(Err(TransportError::Timeout { sent: true }))
        })
    }
}

fn outgoing(request: Request) -> Result<::http::Request<Full<Bytes>>, TransportError> {
    let refuse = |e: ::http::Error| TransportError::UrlRefused(e.to_string());
    let uri = Uri::from_maybe_shared(Bytes::from(String::from(request.url))).map_err(|e| refuse(e.into()))?;
    let mut outgoing = ::http::Request::new(Full::new(request.body.unwrap_or_default()));
    *outgoing.method_mut() = request.method;
    *outgoing.uri_mut() = uri;
    outgoing.headers_mut().reserve(request.headers.len() + 2);
    for (name, value) in request.headers {
        outgoing.headers_mut().append(name, value);
    }
    Ok(outgoing)
}

/// What a failed request means for whether it was sent.
fn classify(error: &legacy::Error) -> TransportError {
    let Some(source) = error.source() else {
        return TransportError::Closed { sent: !error.is_connect() };
    };
    if let Some(own) = source.downcast_ref::<TransportError>() {
        return own.clone();
    }
    match source.downcast_ref::<hyper::Error>() {
        // Given back by the connection before a byte of it was written.
        Some(e) if e.is_canceled() => TransportError::Closed { sent: false },
        Some(e) if e.is_parse_too_large() => TransportError::TooLarge,
        Some(e) if e.is_parse() => TransportError::Garbled(e.to_string()),
        _ => TransportError::Closed { sent: !error.is_connect() },
    }
}
