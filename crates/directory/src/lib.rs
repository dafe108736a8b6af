#![doc = include_str!("../README.md")]
// A statement's row is written where the statement is: a name for it would only be one more place to look.
#![allow(clippy::type_complexity)]

pub mod access;
pub mod access_token;
pub mod account;
pub mod administrator;
pub mod application;
pub mod assignment;
pub mod audit;
pub mod clock;
mod db;
mod error;
pub mod expression;
pub mod group;
pub mod history;
pub mod join;
pub mod lane;
pub mod mapping;
pub mod member;
mod query;
pub mod record;
pub mod refusal;
pub mod request;
pub mod scratch;
mod secret;
pub mod source;
pub mod source_token;
pub mod tenant;
#[cfg(test)]
mod tests;
mod token;
pub mod user;
mod values;
pub mod why;
pub mod work;

pub use clock::{Clock, Millis};
pub use db::{Db, DbError, Tx};
pub use error::Error;
pub use secret::{Vault, node_id};
pub use tenant::Tenant;
pub use token::{NewToken, token_id};

use std::sync::Arc;
use tokio::sync::Notify;

/// The door to this crate: the database, the clock, the key, and the bell that wakes the engine.
#[derive(Clone, Debug)]
pub struct Directory {
    /// The database.
    pub db: Db,
    /// Time and randomness.
    pub clock: Clock,
    /// Seals applications' credentials.
    pub vault: Vault,
    /// Rung after every commit that left a mark. It only makes the engine look sooner.
    pub bell: Arc<Notify>,
}

impl Directory {
    /// Open a directory over a migrated database; makes the default tenant on first start.
    pub async fn open(db: Db, clock: Clock, vault: Vault) -> Result<Directory, Error> {
        let directory = Directory { db, clock, vault, bell: Arc::new(Notify::new()) };
        directory.ensure_default_tenant().await?;
        Ok(directory)
    }
}

/// Objects that marks, values, members and operations are about.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum Kind {
    /// A user, or a user's record.
    User,
    /// A group, or a group record.
    Group,
    /// One user's membership of one group in one application.
    Membership,
}

impl Kind {
    pub(crate) fn code(self) -> i64 {
        self as i64
    }

    pub(crate) fn from_code(code: i64) -> Kind {
        match code {
            0 => Kind::User,
            1 => Kind::Group,
            _ => Kind::Membership,
        }
    }

    /// `user`, `group`, `membership`.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::User => "user",
            Kind::Group => "group",
            Kind::Membership => "membership",
        }
    }

    /// The SCIM resource type of a record of this kind.
    pub fn resource_type(self) -> &'static scim::ResourceType {
        match self {
            Kind::Group => scim::ResourceType::group(),
            Kind::User | Kind::Membership => scim::ResourceType::user(),
        }
    }
}
