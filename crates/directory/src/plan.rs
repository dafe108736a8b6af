//! Plans: what publishing a draft would do.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

use crate::forecast::{Findings, Forecast};

/// What publishing would do, as far as it is worked out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outlook {
    /// How many people each effect has: `create`, `update`, `deactivate`, `delete`, …
    pub counts: BTreeMap<String, i64>,
    /// How many accounts' attributes would be updated, by attribute.
    pub attributes: BTreeMap<String, i64>,
    /// The first people of each effect: id and name.
    pub examples: BTreeMap<String, Vec<(Uuid, String)>>,
}

/// A plan on its way or done.
pub type Plan = Forecast<Outlook>;

impl Findings for Outlook {
    const TABLE: &'static str = "plans";
    const NOUN: &'static str = "plan";
}
