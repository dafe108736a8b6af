//! The compressed forms of a file, and which one a browser takes.

use http::{HeaderMap, header};

/// A form in which a file lies beside the plain one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoding {
    /// The smallest; over https only, in most browsers.
    Brotli,
    /// What everything takes.
    Gzip,
}

impl Encoding {
    /// The better one first.
    pub const ALL: [Encoding; 2] = [Encoding::Brotli, Encoding::Gzip];

    /// As `Content-Encoding` names it.
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Brotli => "br",
            Encoding::Gzip => "gzip",
        }
    }

    /// What the build adds to the file's name.
    pub fn suffix(self) -> &'static str {
        match self {
            Encoding::Brotli => ".br",
            Encoding::Gzip => ".gz",
        }
    }

    /// The best form that is there and that the browser takes (RFC 9110 section 12.5.3).
    pub fn choose<T>(headers: &HeaderMap, find: impl Fn(Encoding) -> Option<T>) -> Option<(Encoding, T)> {
        let accepted = headers.get_all(header::ACCEPT_ENCODING);
        let accepted: Vec<&str> =
            accepted.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).collect();
        Encoding::ALL
            .into_iter()
            .filter(|encoding| takes(&accepted, encoding.name()))
            .find_map(|encoding| Some((encoding, find(encoding)?)))
    }
}

/// Whether a name stands in the list with a weight above zero; `*` stands for all that are not named.
fn takes(accepted: &[&str], name: &str) -> bool {
    let weight = |wanted: &str| {
        accepted.iter().find_map(|item| {
            let mut parts = item.split(';').map(str::trim);
            let is_it = parts.next().is_some_and(|given| given.eq_ignore_ascii_case(wanted));
            let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(Ok(1.0), str::parse::<f32>);
            is_it.then(|| weight.unwrap_or(0.0))
        })
    };
    weight(name).or_else(|| weight("*")).is_some_and(|weight| weight > 0.0)
}
