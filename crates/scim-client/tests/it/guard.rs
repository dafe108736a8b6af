//! Nothing inside the network can be reached unless the operator said so.

use std::net::TcpListener;

use scim_client::{Guard, HttpTransport, Request, Transport, TransportError};
use url::Url;

use crate::server::{Server, bare, loopback};

/// Hosts as an attacker writes them, and what a guard that allows nothing says.
const REFUSED: &[&str] = &[
    // Loopback in every spelling that the URL standard reads as an address.
    "127.0.0.1",
    "127.0.0.2",
    "127.1",
    "127.0.1",
    "127.255.255.254",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "017700000001",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "%31%32%37.0.0.1",
    "127.0.0.1.",
    "0",
    "0.0.0.0",
    "0.1.2.3",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[::7f00:1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
    // Names of this host.
    "localhost",
    "LOCALHOST",
    "localhost.",
    "app.localhost",
    "ｌｏｃａｌｈｏｓｔ",
    "localhost.localdomain",
    // Metadata.
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "[::ffff:169.254.169.254]",
    "[fd00:ec2::254]",
    "[64:ff9b::a9fe:a9fe]",
    "metadata.google.internal",
    "METADATA.google.internal.",
    "metadata",
    "metadata.azure.internal",
    "instance-data",
    "169.254.170.2",
    "100.100.100.200",
    "192.0.0.192",
    // Private and special IPv4.
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.127.255.255",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "192.168.255.255",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "[::ffff:10.0.0.1]",
    "[::ffff:192.168.0.1]",
    // Private and special IPv6.
    "[fc00::1]",
    "[fdff::1]",
    "[fe80::1]",
    "[febf::1]",
    "[fec0::1]",
    "[ff02::1]",
    "[100::1]",
    "[2001:db8::1]",
    "[2001::1]",
    "[2001:20::1]",
    "[2002::1]",
    "[3fff::1]",
    "[5f00::1]",
    "[4000::1]",
    "[1::1]",
];

/// URLs refused for more than their host.
const REFUSED_URLS: &[&str] = &[
    "https://user@app.example/",
    "https://user:pw@app.example/",
    "https://:pw@app.example/",
    "https://app.example@10.0.0.1/",
    "http://app.example/",
    "http://app.example:443/",
    "http://93.184.216.34/",
    "https://app.example:22/",
    "https://app.example:80/",
    "https://93.184.216.34:6379/",
    "ftp://app.example/",
    "file:///etc/passwd",
    "gopher://app.example/",
    "data:,x",
    "unix:/run/x.sock",
    "javascript:alert(1)",
    "ws://app.example/",
];

fn request(url: Url) -> Request {
    Request { method: http::Method::GET, url, headers: Vec::new(), body: None }
}

fn is_refused(error: &TransportError) -> bool {
    matches!(error, TransportError::AddressRefused { .. } | TransportError::UrlRefused(_))
        && error.code() == "net.address_refused"
        && !error.may_have_been_received()
}

/// A listener that must stay alone.
struct Canary(TcpListener);

impl Canary {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    fn port(&self) -> u16 {
        self.0.local_addr().unwrap().port()
    }

    fn assert_alone(&self, after: &str) {
        assert_eq!(self.0.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "{after} was connected to");
    }
}

#[tokio::test]
async fn the_inside_is_refused_by_any_name() {
    const { assert!(REFUSED.len() + REFUSED_URLS.len() >= 60) };
    let canary = Canary::new();
    let transport = HttpTransport::new(Guard::default());
    for host in REFUSED {
        for url in [
            format!("https://{host}/scim"),
            format!("https://{host}:8443/scim"),
            format!("https://{host}:{}/scim", canary.port()),
            format!("http://{host}:{}/scim", canary.port()),
        ] {
            let parsed: Url = url.parse().unwrap_or_else(|e| panic!("{url}: {e}"));
            let at_save = Guard::default().check_url(&parsed).expect_err(&url);
            assert!(is_refused(&at_save), "{url}: {at_save}");
            let at_send = transport.send(request(parsed)).await.expect_err(&url);
            assert!(is_refused(&at_send), "{url}: {at_send}");
            canary.assert_alone(&url);
        }
    }
}

#[tokio::test]
async fn urls_that_ask_for_more_are_refused() {
    let transport = HttpTransport::new(Guard::default());
    for url in REFUSED_URLS {
        let parsed: Url = url.parse().unwrap();
        assert!(is_refused(&Guard::default().check_url(&parsed).expect_err(url)), "{url}");
        assert!(is_refused(&transport.send(request(parsed)).await.expect_err(url)), "{url}");
    }
}

proptest::proptest! {
    #[test]
    fn a_disguise_changes_nothing(bits: u32) {
        let v4 = std::net::Ipv4Addr::from_bits(bits);
        let [a, b, c, d] = v4.octets();
        let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        let guard = Guard::default();
        assert_eq!(guard.check(v4.into()), guard.check(v4.to_ipv6_mapped().into()));
        // Gateways and tunnels would carry the packet to an address that nobody checked.
        for carrier in [
            format!("::{v4}"), format!("::ffff:0:{v4}"), format!("64:ff9b::{v4}"), format!("64:ff9b:1::{v4}"),
            format!("2002:{high:x}:{low:x}::1"), format!("2001:0:{high:x}:{low:x}::"),
        ] {
            assert!(!guard.check(carrier.parse().unwrap()), "{carrier}");
        }
    }
}

#[test]
fn credentials_are_refused_even_inside() {
    for url in ["http://user@127.0.0.1/", "http://:pw@127.0.0.1/", "https://user:pw@127.0.0.1/"] {
        assert!(matches!(loopback().check_url(&url.parse().unwrap()), Err(TransportError::UrlRefused(_))), "{url}");
    }
}

#[test]
fn the_public_is_allowed() {
    for url in [
        "https://app.example/",
        "https://app.example:8443/",
        "https://93.184.216.34/",
        "https://[2606:2800:220:1::1]/",
        "https://[::ffff:8.8.8.8]/",
        "https://9.255.255.255/",
        "https://11.0.0.0/",
        "https://100.63.255.255/",
        "https://100.128.0.0/",
        "https://172.15.255.255/",
        "https://172.32.0.0/",
        "https://192.167.255.255/",
        "https://192.169.0.0/",
        "https://198.17.255.255/",
        "https://198.20.0.0/",
        "https://223.255.255.255/",
        "https://169.253.255.255/",
        "https://128.0.0.0/",
        "https://[2001:200::1]/",
        "https://[2003::1]/",
        "https://localhost.example/",
        "https://mylocalhost/",
        "https://metadata.example/",
    ] {
        assert_eq!(Guard::default().check_url(&url.parse().unwrap()), Ok(()), "{url}");
    }
}

#[tokio::test]
async fn an_allowed_network_is_open_in_every_spelling() {
    let server = Server::playing([bare(204, "")]).await;
    let port = server.address.port();
    let transport = HttpTransport::new(loopback());
    for host in ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"] {
        let url: Url = format!("http://{host}:{port}/").parse().unwrap();
        loopback().check_url(&url).unwrap();
        assert_eq!(transport.send(request(url)).await.unwrap().status, 204, "{host}");
    }
}

#[tokio::test]
async fn an_allowed_network_opens_nothing_else() {
    let canary = Canary::new();
    let guard = Guard::new(vec!["10.0.0.0/8".parse().unwrap(), "127.0.0.2".parse().unwrap()]);
    let transport = HttpTransport::new(guard.clone());
    for host in ["127.0.0.1", "[::1]", "192.168.0.1", "169.254.169.254", "[fe80::1]", "93.184.216.34"] {
        let url: Url = format!("http://{host}:{}/", canary.port()).parse().unwrap();
        assert!(is_refused(&guard.check_url(&url).expect_err(host)), "{host}");
        assert!(is_refused(&transport.send(request(url)).await.expect_err(host)), "{host}");
    }
    // A name is resolved, and its address is not in the networks.
    for host in ["localhost", "localhost."] {
        let url: Url = format!("http://{host}:{}/", canary.port()).parse().unwrap();
        assert!(is_refused(&transport.send(request(url)).await.expect_err(host)), "{host}");
    }
    canary.assert_alone("a host outside the networks");
}

#[tokio::test]
async fn a_name_inside_an_allowed_network_is_open() {
    let server = Server::playing([bare(204, "")]).await;
    let guard = Guard::new(vec!["127.0.0.0/8".parse().unwrap(), "::1".parse().unwrap()]);
    let url: Url = format!("http://localhost:{}/", server.address.port()).parse().unwrap();
    guard.check_url(&url).unwrap();
    assert_eq!(HttpTransport::new(guard).send(request(url)).await.unwrap().status, 204);
}

#[test]
fn everything_may_be_allowed() {
    let guard = Guard::new(vec!["0.0.0.0/0".parse().unwrap(), "::/0".parse().unwrap()]);
    for host in REFUSED {
        let url: Url = format!("http://{host}:81/").parse().unwrap();
        let metadata_name = url.host_str().is_some_and(|h| h.starts_with("metadata") || h.starts_with("instance"));
        assert_eq!(guard.check_url(&url).is_ok(), !metadata_name, "{host}");
    }
}
