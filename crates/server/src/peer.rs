//! Where a request comes from, also behind a reverse proxy: its client's address, and how the client reaches us.

use std::net::{IpAddr, SocketAddr};

use ::scim_client::Network;
use axum::{
    extract::{ConnectInfo, Request},
    http::HeaderMap,
};
use url::Url;

/// Whose word about clients is taken: the proxies in front of us.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Vec<Network>);

/// How a request's client reaches us, when a trusted proxy says so: scheme and host, without a slash at the end.
#[derive(Clone, Debug)]
pub struct External(pub String);

impl TrustedProxies {
    /// The proxies in these networks.
    pub fn new(networks: Vec<Network>) -> TrustedProxies {
        TrustedProxies(networks)
    }

    /// Whether this is a proxy of ours.
    pub fn contains(&self, ip: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(ip))
    }

    /// The client's address: the last one in `X-Forwarded-For` that is no proxy of ours. What stands before it was
    /// written by the client itself, and may be anything.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        if !self.contains(peer) {
            return peer;
        }
        let values = headers.get_all("x-forwarded-for").iter().rev().filter_map(|value| value.to_str().ok());
        let mut client = peer;
        for hop in values.flat_map(|value| value.rsplit(',')) {
            let Some(address) = address(hop.trim()) else { break };
            client = address;
            if !self.contains(address) {
                break;
            }
        }
        client
    }

    /// Put the client's address in place of the proxy's, and [`External`] beside it.
    pub fn look_through(&self, request: &mut Request) {
        let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>().copied() else { return };
        if !self.contains(peer.ip()) {
            return;
        }
        let client = self.client(peer.ip(), request.headers());
        let external = external(request.headers());
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(client, peer.port())));
        if let Some(external) = external {
            request.extensions_mut().insert(external);
        }
    }
}

/// An address as proxies write it: bare, with a port, in brackets.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.split_once(']')).map_or(text, |(address, _)| address);
    bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

/// `X-Forwarded-Proto` and `X-Forwarded-Host` (else `Host`), as the nearest proxy wrote them.
fn external(headers: &HeaderMap) -> Option<External> {
    let last = |name: &str| headers.get_all(name).iter().next_back()?.to_str().ok()?.rsplit(',').next().map(str::trim);
    let scheme = last("x-forwarded-proto")?;
    let host = last("x-forwarded-host").or_else(|| last("host"))?;
    let url = Url::parse(&format!("{scheme}://{host}")).ok()?;
    let is_plain = matches!(url.scheme(), "http" | "https") && url.path() == "/" && url.query().is_none();
    (is_plain && url.username().is_empty() && url.host_str().is_some())
        .then(|| External(url.origin().ascii_serialization()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_client_is_known_behind_proxies_and_cannot_pretend() {
        let proxies = TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap(), "::1".parse().unwrap()]);
        let client = |peer: &str, forwarded: &str| {
            proxies.client(peer.parse().unwrap(), &headers(&[("x-forwarded-for", forwarded)])).to_string()
        };
        assert_eq!(client("192.0.2.9", "198.51.100.1"), "192.0.2.9", "no proxy of ours");
        assert_eq!(client("10.0.0.1", "198.51.100.1"), "198.51.100.1");
        assert_eq!(client("10.0.0.1", "1.2.3.4, 198.51.100.1, 10.0.0.2"), "198.51.100.1", "what the client wrote");
        assert_eq!(client("10.0.0.1", "[2001:db8::7]:4711"), "2001:db8::7");
        assert_eq!(client("10.0.0.1", "198.51.100.1:4711"), "198.51.100.1");
        assert_eq!(client("10.0.0.1", "unknown, 10.0.0.2"), "10.0.0.2");
        assert_eq!(client("::1", ""), "::1");
    }

    #[test]
    fn the_external_address_is_a_scheme_and_a_host() {
        let of = |pairs: &[(&'static str, &str)]| external(&headers(pairs)).map(|External(url)| url);
        let (https, host) = (("x-forwarded-proto", "https"), ("host", "inside:8080"));
        assert_eq!(of(&[https, ("x-forwarded-host", "id.example.test")]).as_deref(), Some("https://id.example.test"));
        assert_eq!(of(&[https, host]).as_deref(), Some("https://inside:8080"));
        assert_eq!(of(&[host]), None, "without a proxy's word there is none");
        for bad in ["a/b", "a?b", "u@a", "a b", ""] {
            assert_eq!(of(&[https, ("x-forwarded-host", bad)]), None, "{bad}");
        }
        assert_eq!(of(&[("x-forwarded-proto", "file"), host]), None);
    }
}
