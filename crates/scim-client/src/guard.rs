//! Which addresses may be called.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use url::{Host, Url};

use crate::{Network, TransportError};

/// IPv4 ranges that are nobody's public service (IANA special-purpose registry).
const REFUSED_V4: &[Network] = &[
    Network::v4(0, 0, 0, 0, 8),       // this host
    Network::v4(10, 0, 0, 0, 8),      // private
    Network::v4(100, 64, 0, 0, 10),   // carrier-grade NAT; some clouds' metadata
    Network::v4(127, 0, 0, 0, 8),     // loopback
    Network::v4(169, 254, 0, 0, 16),  // link local; metadata
    Network::v4(172, 16, 0, 0, 12),   // private
    Network::v4(192, 0, 0, 0, 24),    // protocol assignments
    Network::v4(192, 0, 2, 0, 24),    // documentation
    Network::v4(192, 88, 99, 0, 24),  // 6to4 relays
    Network::v4(192, 168, 0, 0, 16),  // private
    Network::v4(198, 18, 0, 0, 15),   // benchmarks
    Network::v4(198, 51, 100, 0, 24), // documentation
    Network::v4(203, 0, 113, 0, 24),  // documentation
    Network::v4(224, 0, 0, 0, 4),     // multicast
    Network::v4(240, 0, 0, 0, 4),     // reserved, broadcast
];

/// All public IPv6 addresses lie here. Outside are loopback, IPv4 in disguise (`::/96`,
/// NAT64 `64:ff9b::/96` and `64:ff9b:1::/48`), discard `100::/64`, segment routing `5f00::/16`,
/// unique local `fc00::/7`, link and site local, multicast, and what is not given out yet.
const PUBLIC_V6: Network = Network::v6(0x2000, 0, 3);

/// Ranges inside [`PUBLIC_V6`] that are not public services.
const REFUSED_V6: &[Network] = &[
    Network::v6(0x2001, 0, 23),     // protocol assignments; Teredo carries IPv4 addresses
    Network::v6(0x2001, 0xdb8, 32), // documentation
    Network::v6(0x2002, 0, 16),     // 6to4 carries IPv4 addresses
    Network::v6(0x3fff, 0, 20),     // documentation
];

/// Names by which clouds hand out credentials to whoever asks from inside.
const METADATA_NAMES: &[&str] = &[
    "metadata",
    "metadata.google.internal",
    "metadata.goog",
    "metadata.azure.internal",
    "metadata.azure.com",
    "metadata.tencentyun.com",
    "instance-data",
    "instance-data.ec2.internal",
];

/// Decides which addresses Lockstep may call, against requests being steered into the
/// network it runs in (server-side request forgery).
///
/// Public addresses may be called over https on port 443 or 8443. Everything else (plain
/// http, other ports, private and special addresses) only when *every* address of the host
/// lies in a network that the operator allowed. The default allows none.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    allowed: Arc<[Network]>,
}

impl Guard {
    /// A guard that also lets the operator's own networks be called.
    pub fn new(allowed: Vec<Network>) -> Self {
        Self { allowed: allowed.into() }
    }

    /// Whether this address may be called at all (over https, on a usual port).
    pub fn check(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        let public = match ip {
            IpAddr::V4(_) => !REFUSED_V4.iter().any(|n| n.contains(ip)),
            IpAddr::V6(_) => PUBLIC_V6.contains(ip) && !REFUSED_V6.iter().any(|n| n.contains(ip)),
        };
        public || self.allows(ip)
    }

    /// Whether the operator listed a network that holds this address.
    fn allows(&self, ip: IpAddr) -> bool {
        self.allowed.iter().any(|n| n.contains(ip))
    }

    /// Checks what can be known of a URL without asking for its host's addresses: to be used
    /// when a URL is saved, and again before each request. The connector checks the addresses.
    ///
    /// # Errors
    /// [`TransportError::UrlRefused`] for another scheme than https or http, credentials in the
    /// URL, names of this host or of a metadata service, and plain http or an unusual port
    /// when no network is allowed; [`TransportError::AddressRefused`] for a literal address.
    pub fn check_url(&self, url: &Url) -> Result<(), TransportError> {
        let refuse = |reason: &str| Err(TransportError::UrlRefused(reason.to_owned()));
        if !matches!(url.scheme(), "https" | "http") {
            return refuse("only https (and http inside allowed networks) is spoken");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("it carries a user name or password; give credentials as credentials");
        }
        let ip = match url.host() {
            None => return refuse("it names no host"),
            Some(Host::Ipv4(ip)) => IpAddr::V4(ip),
            Some(Host::Ipv6(ip)) => IpAddr::V6(ip),
            Some(Host::Domain(name)) => return self.check_name(url, name),
        };
        if !self.may_call(ip, is_plain(url)) {
            return Err(TransportError::AddressRefused { host: ip.to_string(), address: ip });
        }
        Ok(())
    }

    fn check_name(&self, url: &Url, name: &str) -> Result<(), TransportError> {
        let refuse = |reason: &str| Err(TransportError::UrlRefused(reason.to_owned()));
        let bare = name.strip_suffix('.').unwrap_or(name);
        // The url crate writes host names in lower case.
        if METADATA_NAMES.contains(&bare) {
            return refuse("the name belongs to a cloud's metadata service");
        }
        let local = bare == "localhost" || bare.ends_with(".localhost") || bare == "localhost.localdomain";
        if local && !self.allowed.iter().any(|n| n.contains(LOOPBACK_V4) || n.contains(LOOPBACK_V6)) {
            return refuse("the name means this host");
        }
        if is_plain(url) && self.allowed.is_empty() {
            return refuse(
                "http, and ports other than 443 and 8443, are only used inside networks the operator allowed",
            );
        }
        Ok(())
    }

    /// Checks all addresses a host resolved to: one that may not be called spoils the set,
    /// because which one is used is the resolver's choice, not ours.
    pub(crate) fn check_addresses(
        &self,
        host: &str,
        plain: bool,
        addresses: &[SocketAddr],
    ) -> Result<(), TransportError> {
        match addresses.iter().find(|a| !self.may_call(a.ip(), plain)) {
            Some(bad) => Err(TransportError::AddressRefused { host: host.to_owned(), address: bad.ip() }),
            None => Ok(()),
        }
    }

    /// `plain`: over plain http or on an unusual port.
    pub(crate) fn may_call(&self, ip: IpAddr, plain: bool) -> bool {
        if plain { self.allows(ip) } else { self.check(ip) }
    }
}

const LOOPBACK_V4: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
const LOOPBACK_V6: IpAddr = IpAddr::V6(std::net::Ipv6Addr::LOCALHOST);

/// What is only allowed towards the operator's own networks.
fn is_plain(url: &Url) -> bool {
    plain(url.scheme(), url.port_or_known_default())
}

/// Plain http, or a port that is not usual for https.
pub(crate) fn plain(scheme: &str, port: Option<u16>) -> bool {
    scheme != "https" || !matches!(port, Some(443 | 8443))
}
