//! The accounts that were read, as little of each as matching needs.

use directory::match_trial::RemoteAccount;
use scim::Object;
use scim_client::MatchIndex;
use serde_json::Value;
use std::collections::HashMap;
use uuid::Uuid;

/// So many characters of an account's name are kept.
const NAME: usize = 100;

/// Accounts by number, in the order in which they were read.
pub(super) struct Accounts {
    rows: Vec<Row>,
    by_id: HashMap<Box<str>, u32>,
    by_value: MatchIndex,
}

struct Row {
    id: Box<str>,
    name: Box<str>,
    /// Whose it is, or would be.
    owner: Option<Uuid>,
    /// Somebody here matches it.
    matched: bool,
}

impl Accounts {
    /// None yet. `attribute`: by which they are matched.
    pub(super) fn new(attribute: &'static str) -> Accounts {
        Accounts { rows: Vec::new(), by_id: HashMap::new(), by_value: MatchIndex::new(attribute) }
    }

    pub(super) fn add(&mut self, row: &Object) {
        let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default();
        let (number, id) = (self.count(), text("id"));
        let name = text("userName").chars().take(NAME).collect::<String>();
        self.by_value.insert(number, row);
        self.by_id.insert(id.into(), number);
        self.rows.push(Row { id: id.into(), name: name.into(), owner: None, matched: false });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.rows.len()).unwrap_or(u32::MAX)
    }

    /// The number of the account that has this id there.
    pub(super) fn by_id(&self, id: &str) -> Option<u32> {
        self.by_id.get(id).copied()
    }

    /// The numbers of the accounts that match a value. They count as matched from now on.
    pub(super) fn find(&mut self, value: &str) -> Vec<u32> {
        let found = self.by_value.find(value).to_vec();
        for number in &found {
            if let Some(row) = self.rows.get_mut(*number as usize) {
                row.matched = true;
            }
        }
        found
    }

    /// Whose an account is, or would be by what was found so far.
    pub(super) fn owner(&self, number: u32) -> Option<Uuid> {
        self.rows.get(number as usize)?.owner
    }

    pub(super) fn give(&mut self, number: u32, owner: Uuid) {
        if let Some(row) = self.rows.get_mut(number as usize) {
            row.owner = Some(owner);
        }
    }

    pub(super) fn shown(&self, number: u32) -> RemoteAccount {
        let row = self.rows.get(number as usize);
        let (id, name) = row.map_or(("", ""), |row| (&row.id, &row.name));
        RemoteAccount { id: id.to_owned(), name: name.to_owned() }
    }

    /// The accounts that are nobody's here.
    pub(super) fn unmatched(&self) -> impl Iterator<Item = u32> + Clone + '_ {
        (0..).zip(&self.rows).filter(|(_, row)| row.owner.is_none() && !row.matched).map(|(number, _)| number)
    }
}
