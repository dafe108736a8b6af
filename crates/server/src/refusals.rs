//! Refused credentials on their way into the database: gathered by source and reason, written behind the answers.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use axum::http::Method;
use directory::{Directory, Millis, access_token::Wrong, refusal::Refusal, request::network};

/// So often what was gathered is written.
pub const PATIENCE: Duration = Duration::from_millis(500);
/// So many base URLs are remembered between two writings; refusals at further ones are not recorded. Nobody can have
/// so many sources refusing at once, but anybody can make up paths.
const GATHERED: usize = 200;

/// Gathers refusals.
#[derive(Default)]
pub struct Refusals(Mutex<HashMap<String, Vec<Refusal>>>);

impl Refusals {
    /// A request to the base URL with this slug was refused. Of what it presented, at most the last three letters are
    /// kept, and none of what is too short to be a token.
    pub fn note(
        &self,
        slug: &str,
        reason: Wrong,
        at: Millis,
        method: &Method,
        presented: Option<&str>,
        address: Option<IpAddr>,
    ) {
        let mut gathered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if gathered.len() >= GATHERED && !gathered.contains_key(slug) {
            return;
        }
        let refusals = gathered.entry(slug.to_owned()).or_default();
        let total = refusals.iter().position(|known| known.reason == reason).map_or(0, |at| refusals.remove(at).total);
        refusals.push(Refusal {
            reason,
            at,
            total: total + 1,
            method: method.as_str().chars().take(20).collect(),
            token_end: presented.and_then(end),
            address: address.map(network),
        });
    }

    /// Write what was gathered.
    pub async fn write(&self, directory: &Directory) {
        let gathered = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for (slug, refusals) in gathered {
            if let Err(error) = directory.record_refusals(&slug, &refusals).await {
                tracing::warn!(%error, "refused requests could not be recorded");
            }
        }
    }
}

/// The last three letters of what may be a token: of shorter texts three letters would give too much away.
fn end(presented: &str) -> Option<String> {
    let length = presented.chars().count();
    let end: String = presented.chars().skip(length.saturating_sub(3)).collect();
    (length >= 16 && end.chars().all(|letter| letter.is_ascii_graphic())).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_gathered_by_reason_and_keep_no_token() {
        let refusals = Refusals::default();
        for (presented, reason) in [
            ("lockstep_in_a_secret-x9Q", Wrong::Unknown),
            ("lockstep_in_a_secret-x8Q", Wrong::Unknown),
            ("hunter2", Wrong::Expired),
        ] {
            refusals.note("abc", reason, 7, &Method::GET, Some(presented), Some("192.0.2.77".parse().unwrap()));
        }
        let gathered = refusals.0.lock().unwrap();
        let [unknown, expired] = &gathered["abc"][..] else { panic!("{gathered:?}") };
        assert_eq!((unknown.total, unknown.token_end.as_deref()), (2, Some("x8Q")));
        assert_eq!(unknown.address.as_deref(), Some("192.0.2.0/24"));
        assert_eq!(expired.token_end, None, "too short to show a part of it");
    }

    #[test]
    fn made_up_paths_fill_nothing() {
        let refusals = Refusals::default();
        for number in 0..10_000 {
            refusals.note(&number.to_string(), Wrong::Missing, 7, &Method::GET, None, None);
        }
        assert_eq!(refusals.0.lock().unwrap().len(), GATHERED);
    }
}
