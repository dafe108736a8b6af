//! The connector: resolve, check every address, connect to exactly that one, check the peer, TLS.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use ::http::Uri;
use futures::future::BoxFuture;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::guard::{self, Guard};
use crate::{Limits, TransportError, tls};

/// Turns a host name into addresses. Handed in, so that tests can answer like a hostile name server.
type Resolve = Arc<dyn Fn(String, u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> + Send + Sync>;

/// Makes guarded connections for hyper's pool. One guard per connector, so a pooled
/// connection was always made under the guard that is in force.
#[derive(Clone)]
pub(crate) struct Connector {
    guard: Guard,
    tls: TlsConnector,
    connect: Duration,
    handshake: Duration,
    resolve: Resolve,
}

impl Connector {
    pub(crate) fn new(guard: Guard, limits: &Limits, config: Arc<rustls::ClientConfig>) -> Self {
        Self {
            guard,
            tls: TlsConnector::from(config),
            connect: limits.connect,
            handshake: limits.tls,
            resolve: Arc::new(|host, port| {
                Box::pin(async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) })
            }),
        }
    }

    async fn open(self, uri: Uri) -> Result<TokioIo<Stream>, TransportError> {
        let secure = uri.scheme_str() == Some("https");
        let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let plain = guard::plain(uri.scheme_str().unwrap_or_default(), Some(port));

        let deadline = Instant::now() + self.connect;
        let addresses = self.addresses(host, port, deadline).await?;
        self.guard.check_addresses(host, plain, &addresses)?;
        let tcp = dial(host, &addresses, deadline).await?;
        let peer = tcp.peer_addr().map_err(|e| unreachable(host, &e))?;
        if !self.guard.may_call(peer.ip(), plain) {
            return Err(TransportError::AddressRefused { host: host.to_owned(), address: peer.ip() });
        }
        // Requests are small and waited for; without this the last segment waits for an acknowledgement.
        tcp.set_nodelay(true).map_err(|e| unreachable(host, &e))?;
        if !secure {
            return Ok(TokioIo::new(Stream::Plain(tcp)));
        }
        let name = ServerName::try_from(host.strip_suffix('.').unwrap_or(host).to_owned())
            .map_err(|_| TransportError::Tls(format!("no certificate can be for the name {host}")))?;
        match timeout(self.handshake, self.tls.connect(name, tcp)).await {
            Ok(Ok(stream)) => Ok(TokioIo::new(Stream::Tls(Box::new(stream)))),
            Ok(Err(error)) => Err(TransportError::Tls(tls::cause(&error))),
            Err(_) => Err(TransportError::Timeout { sent: false }),
        }
    }

    async fn addresses(&self, host: &str, port: u16, deadline: Instant) -> Result<Vec<SocketAddr>, TransportError> {
        // A literal never reaches a resolver, so it is checked like a resolved address.
        if let Ok(ip) = host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(ip, port)]);
        }
        let fault = |reason: String| TransportError::Dns { host: host.to_owned(), reason };
        let found = timeout_at(deadline, (self.resolve)(host.to_owned(), port))
            .await
            .map_err(|_| fault("the name server did not answer".to_owned()))?
            .map_err(|e| fault(e.to_string()))?;
        if found.is_empty() {
            return Err(fault("it has no address".to_owned()));
        }
        Ok(found)
    }
}

/// Tries one address after the other, sharing the time that is left fairly, so that a dead
/// IPv6 route does not use up the time of a living IPv4 one.
async fn dial(host: &str, addresses: &[SocketAddr], deadline: Instant) -> Result<TcpStream, TransportError> {
    let mut last = TransportError::Timeout { sent: false };
    for (tried, address) in addresses.iter().enumerate() {
        let left = deadline.saturating_duration_since(Instant::now());
        let share = left / u32::try_from(addresses.len() - tried).unwrap_or(u32::MAX);
        match timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(tcp)) => return Ok(tcp),
            Ok(Err(error)) => last = unreachable(host, &error),
            Err(_) => last = TransportError::Timeout { sent: false },
        }
    }
    Err(last)
}

fn unreachable(host: &str, error: &io::Error) -> TransportError {
    TransportError::Connect { host: host.to_owned(), reason: error.to_string() }
}

impl tower::Service<Uri> for Connector {
    type Response = TokioIo<Stream>;
    type Error = TransportError;
    type Future = BoxFuture<'static, Result<Self::Response, TransportError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.clone().open(uri))
    }
}

/// A connection, with or without TLS.
pub(crate) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(s) => Pin::new(s).poll_read(cx, buf),
            Self::Tls(s) => Pin::new(s).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(s) => Pin::new(s).poll_write(cx, buf),
            Self::Tls(s) => Pin::new(s).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(s) => Pin::new(s).poll_flush(cx),
            Self::Tls(s) => Pin::new(s).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(s) => Pin::new(s).poll_shutdown(cx),
            Self::Tls(s) => Pin::new(s).poll_shutdown(cx),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(s) => Pin::new(s).poll_write_vectored(cx, bufs),
            Self::Tls(s) => Pin::new(s).poll_write_vectored(cx, bufs),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(s) => s.is_write_vectored(),
            Self::Tls(s) => s.is_write_vectored(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const PUBLIC: &str = "93.184.216.34";

    /// A connector whose name server gives these answers in turn, the last one for ever.
    fn answering(guard: Guard, answers: &[&[&str]]) -> Connector {
        let answers: Vec<Vec<IpAddr>> =
            answers.iter().map(|set| set.iter().map(|ip| ip.parse().unwrap()).collect()).collect();
        let asked = AtomicUsize::new(0);
        let limits = Limits { connect: Duration::from_millis(200), ..Limits::default() };
        let mut connector = Connector::new(guard, &limits, tls::config(None).unwrap());
        connector.resolve = Arc::new(move |_, port| {
            let nth = asked.fetch_add(1, Ordering::Relaxed).min(answers.len() - 1);
            let set = answers[nth].iter().map(|ip| SocketAddr::new(*ip, port)).collect();
            Box::pin(async move { Ok(set) })
        });
        connector
    }

    async fn open(connector: &Connector, uri: &str) -> TransportError {
        match connector.clone().open(uri.parse().unwrap()).await {
            Ok(_) => panic!("{uri} was connected to"),
            Err(error) => error,
        }
    }

    fn is_refused(error: &TransportError) -> bool {
        matches!(error, TransportError::AddressRefused { .. })
    }

    #[tokio::test]
    async fn one_bad_address_spoils_the_set() {
        for set in
            [&[PUBLIC, "10.0.0.1"][..], &["10.0.0.1", PUBLIC], &[PUBLIC, "::ffff:127.0.0.1"], &[PUBLIC, "fd00::1"]]
        {
            let connector = answering(Guard::default(), &[set]);
            assert!(is_refused(&open(&connector, "https://app.example/").await), "{set:?}");
        }
    }

    #[tokio::test]
    async fn literals_are_checked_without_a_resolver() {
        let connector = answering(Guard::default(), &[&[PUBLIC]]);
        for host in ["127.0.0.1", "169.254.169.254", "[::1]", "[::ffff:10.0.0.1]", "[fe80::1]"] {
            assert!(is_refused(&open(&connector, &format!("https://{host}/")).await), "{host}");
        }
    }

    #[tokio::test]
    async fn a_name_that_moves_home_is_never_followed() {
        let canary = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        canary.set_nonblocking(true).unwrap();
        // Port 8443 is a usual one, so that only the address can be the reason.
        let connector = answering(Guard::default(), &[&["127.0.0.1"]]);
        for _ in 0..1000 {
            assert!(is_refused(&open(&connector, "https://rebind.example:8443/").await));
        }
        let port = canary.local_addr().unwrap().port();
        for _ in 0..100 {
            assert!(is_refused(&open(&connector, &format!("http://rebind.example:{port}/")).await));
        }
        assert_eq!(canary.accept().unwrap_err().kind(), io::ErrorKind::WouldBlock);
    }

    #[tokio::test]
    async fn each_connection_is_resolved_and_checked_anew() {
        let guard = Guard::new(vec!["127.0.0.1".parse().unwrap()]);
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let uri = format!("http://app.example:{}/", listener.local_addr().unwrap().port());
        let connector = answering(guard, &[&["127.0.0.1"], &["127.0.0.2"]]);
        assert!(connector.clone().open(uri.parse().unwrap()).await.is_ok());
        assert!(is_refused(&open(&connector, &uri).await));
    }

    #[tokio::test]
    async fn plain_http_needs_every_address_inside() {
        let guard = || Guard::new(vec!["127.0.0.0/8".parse().unwrap()]);
        assert!(is_refused(&open(&answering(guard(), &[&[PUBLIC]]), "http://app.example/").await));
        assert!(is_refused(&open(&answering(guard(), &[&["127.0.0.1", PUBLIC]]), "http://app.example/").await));
        assert!(is_refused(&open(&answering(guard(), &[&[PUBLIC]]), "https://app.example:22/").await));
    }

    #[tokio::test]
    async fn the_next_address_is_tried() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let uri = format!("http://app.example:{}/", listener.local_addr().unwrap().port());
        let guard = Guard::new(vec!["127.0.0.0/8".parse().unwrap()]);
        let connector = answering(guard, &[&["127.0.0.9", "127.0.0.1"]]);
        assert!(connector.open(uri.parse().unwrap()).await.is_ok());
    }

    #[tokio::test]
    async fn a_name_without_addresses_is_a_dns_fault() {
        assert!(matches!(
            open(&answering(Guard::default(), &[&[]]), "https://app.example/").await,
            TransportError::Dns { .. }
        ));
    }
}
