//! Where a page of a sorted list begins, as a text that a client sends back.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use std::{fmt, str::FromStr};
use uuid::Uuid;

use crate::Error;

/// An order, and its direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Order<By> {
    /// What it goes by.
    pub by: By,
    /// The greatest first.
    pub descending: bool,
}

/// A place in a list: the row before it, and that row's sort key unless rows are sorted by id. The row need not be
/// there any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// The row's id.
    pub id: Uuid,
    /// What the row is sorted by.
    pub key: Option<String>,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            None => write!(f, "{}", self.id),
            Some(key) => write!(f, "{}.{}", self.id, URL_SAFE_NO_PAD.encode(key)),
        }
    }
}

impl FromStr for Position {
    type Err = Error;

    fn from_str(text: &str) -> Result<Position, Error> {
        let read = || {
            let (id, key) = text.split_once('.').map_or((text, None), |(id, key)| (id, Some(key)));
            let key = key.map(|key| URL_SAFE_NO_PAD.decode(key).ok().and_then(|key| String::from_utf8(key).ok()));
            Some(Position { id: Uuid::parse_str(id).ok()?, key: key.map_or(Some(None), |key| key.map(Some))? })
        };
        read().ok_or_else(|| Error::invalid("the page begins nowhere: send the `next` of the page before as it is"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_survives_its_text() {
        for key in [None, Some(""), Some("ana.ruiz"), Some("Åsa 李")] {
            let position = Position { id: Uuid::now_v7(), key: key.map(str::to_owned) };
            assert_eq!(position.to_string().parse::<Position>().unwrap(), position);
        }
        for bad in ["", "x", "018f0000-0000-7000-8000-000000000000.!"] {
            assert!(bad.parse::<Position>().is_err(), "{bad}");
        }
    }
}
