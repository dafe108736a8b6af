//! The seam between what is said and how it travels.

use std::fmt;
use std::net::IpAddr;

use ::http::{HeaderMap, HeaderName, HeaderValue, Method};
use bytes::Bytes;
use futures::future::BoxFuture;
use url::Url;

/// One HTTP request, ready to be sent.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The whole address, with path and query.
    pub url: Url,
    /// Headers in the order they are sent. `Host` and `Content-Length` are the transport's business.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The body, if the method has one.
    pub body: Option<Bytes>,
}

// Bodies can carry a password and addresses a secret query, so neither is shown.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("host", &self.url.host_str())
            .field("path", &self.url.path())
            .field("body", &self.body.as_ref().map(Bytes::len))
            .finish_non_exhaustive()
    }
}

/// One whole HTTP answer.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// All headers.
    pub headers: HeaderMap,
    /// The body, complete and within the transport's limit.
    pub body: Bytes,
}

/// Why there is no answer.
///
/// `sent` in a variant says that the request may have reached the application:
/// what it asked for may have been done, so a create must be looked for before it is repeated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// The host is, or resolves to, an address that may not be called.
    #[error("{host} leads to {address}, an address Lockstep may not call; the operator can allow its network")]
    AddressRefused {
        /// The host as the URL names it.
        host: String,
        /// The first address that was refused.
        address: IpAddr,
    },
    /// The URL itself may not be called: scheme, port, credentials in it, or a reserved name.
    #[error("the address is refused: {0}")]
    UrlRefused(String),
    /// The name has no address.
    #[error("the name {host} was not found: {reason}")]
    Dns {
        /// The host as the URL names it.
        host: String,
        /// What the resolver said.
        reason: String,
    },
    /// No TCP connection was made.
    #[error("no connection to {host}: {reason}")]
    Connect {
        /// The host as the URL names it.
        host: String,
        /// What the operating system said.
        reason: String,
    },
    /// No TLS session was made; the certificate's fault is in the text. No byte of the request was sent.
    #[error("no secure connection: {0}")]
    Tls(String),
    /// A limit of time passed.
    #[error("no answer in time")]
    Timeout {
        /// The request may have reached the application.
        sent: bool,
    },
    /// The connection ended before the answer did.
    #[error("the connection was closed before the answer was complete")]
    Closed {
        /// The request may have reached the application.
        sent: bool,
    },
    /// The answer's headers or body passed their limit and were cut.
    #[error("the answer is too large")]
    TooLarge,
    /// What came back is not HTTP/1.1.
    #[error("the answer is not HTTP: {0}")]
    Garbled(String),
}

impl TransportError {
    /// Whether the application may have received (and done) what was asked.
    pub fn may_have_been_received(&self) -> bool {
        match self {
            Self::Timeout { sent } | Self::Closed { sent } => *sent,
            Self::TooLarge | Self::Garbled(_) => true,
            Self::AddressRefused { .. }
            | Self::UrlRefused(_)
            | Self::Dns { .. }
            | Self::Connect { .. }
            | Self::Tls(_) => false,
        }
    }

    /// The stable code that history and the console group by.
    pub fn code(&self) -> &'static str {
        match self {
            Self::AddressRefused { .. } | Self::UrlRefused(_) => "net.address_refused",
            Self::Dns { .. } | Self::Connect { .. } | Self::Closed { .. } => "net.unreachable",
            Self::Tls(_) => "net.tls",
            Self::Timeout { .. } => "net.timeout",
            Self::TooLarge | Self::Garbled(_) => "reply.unparsable",
        }
    }
}

/// Carries one request to an application and brings its answer back.
///
/// The real one is [`HttpTransport`](crate::HttpTransport); simulations and tests bring their own.
/// Whoever implements it keeps its own limits of time and size, follows no redirect and repeats nothing.
pub trait Transport: Send + Sync + 'static {
    /// Sends one request and reads the whole answer, whatever its status.
    ///
    /// # Errors
    /// [`TransportError`] when there is no complete answer.
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>>;
}
