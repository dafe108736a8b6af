//! Match trials: what matching would come to for everybody who should have an account in an application, found out by
//! reading the accounts that are there once. Nothing is written there.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

use crate::{
    application::Matching,
    forecast::{Findings, Forecast},
};

/// What matching would come to, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matches {
    /// The number of the version that is tried.
    pub version: i64,
    /// By which attribute it recognises accounts.
    pub matching: Matching,
    /// How many accounts were read there.
    pub read: i64,
    /// How many the application says there are.
    pub there: Option<i64>,
    /// Whether all of them were read; none while they are being read.
    pub complete: Option<bool>,
    /// Why they were not all read, as a sentence.
    pub doubt: Option<String>,
    /// How many people it comes to what for: `create`, `adopt`, `linked`, `ambiguous`, …
    pub counts: BTreeMap<String, i64>,
    /// The first people of each.
    pub people: BTreeMap<String, Vec<Matched>>,
    /// How many of the accounts that were read are nobody's here.
    pub unmatched: i64,
    /// The first of those.
    pub unmatched_accounts: Vec<RemoteAccount>,
}

/// What matching would come to for one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matched {
    /// The person.
    pub user: Uuid,
    /// Their user name.
    pub user_name: String,
    /// Their display name.
    pub display_name: Option<String>,
    /// The first of the accounts that match.
    pub candidates: Vec<RemoteAccount>,
    /// Why, in words, where that is not said by what it comes to.
    pub detail: Option<String>,
}

/// An account as the application shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteAccount {
    /// The application's id of it.
    pub id: String,
    /// Its user name there.
    pub name: String,
}

/// A match trial on its way or done.
pub type MatchTrial = Forecast<Matches>;

impl Findings for Matches {
    const TABLE: &'static str = "match_trials";
    const NOUN: &'static str = "match trial";
}
