#![doc = include_str!("../README.md")]
// A statement's row is written where the statement is: a name for it would only be one more place to look.
#![allow(clippy::type_complexity)]

pub mod access;
pub mod access_token;
pub mod account;
pub mod administrator;
pub mod alarm;
pub mod application;
pub mod assignment;
pub mod audit;
pub mod chore;
pub mod clock;
mod count;
mod db;
pub mod demo;
mod error;
pub mod expression;
pub mod forecast;
pub mod group;
pub mod history;
pub mod id;
pub mod join;
pub mod lane;
pub mod leaver;
pub mod mapping;
pub mod match_trial;
pub mod member;
pub mod news;
pub mod plan;
mod position;
mod query;
pub mod record;
pub mod refusal;
pub mod request;
pub mod schema;
pub mod scratch;
pub mod search;
mod secret;
pub mod settings;
pub mod setup;
pub mod source;
pub mod source_token;
pub mod statistics;
pub mod tenant;
#[cfg(test)]
mod tests;
mod token;
pub mod unjoined;
pub mod user;
mod values;
pub mod why;
mod window;
pub mod work;

pub use clock::{Clock, Millis};
pub use count::Count;
pub use db::{Db, DbError, Tx};
pub use error::Error;
pub use position::{Order, Position};
pub use secret::{Vault, node_id};
pub use tenant::Tenant;
pub use token::{NewToken, token_id};

use std::sync::Arc;
use tokio::sync::Notify;
use uuid::Uuid;

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
    /// Where pages of sources' records ended lately.
    pub places: Arc<record::Places>,
    /// What tenants' sources accept, compiled.
    compiled: schema::Cache,
}

impl Directory {
    /// Open a directory over a migrated database; makes the default tenant on first start.
    pub async fn open(db: Db, clock: Clock, vault: Vault) -> Result<Directory, Error> {
        let (bell, places, compiled) = (Arc::default(), Arc::default(), schema::Cache::default());
        let directory = Directory { db, clock, vault, bell, places, compiled };
        directory.ensure_default_tenant().await?;
        Ok(directory)
    }

    /// The same directory for whoever waits for an answer: see [`Db::for_clients`].
    pub fn for_clients(&self) -> Directory {
        Directory { db: self.db.for_clients(), ..self.clone() }
    }

    /// The same directory for one of many who ask at the same time: see [`Db::on_behalf_of`].
    pub fn on_behalf_of(&self, whom: Uuid) -> Directory {
        Directory { db: self.db.on_behalf_of(whom), ..self.clone() }
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
    /// A record of a type that an administrator defined, by its code. It belongs to no user or group.
    Custom(i64),
}

impl Kind {
    /// The number by which rows know it.
    pub fn code(self) -> i64 {
        match self {
            Kind::User => 0,
            Kind::Group => 1,
            Kind::Membership => 2,
            Kind::Custom(code) => code,
        }
    }

    /// The kind of a row.
    pub fn from_code(code: i64) -> Kind {
        match code {
            0 => Kind::User,
            1 => Kind::Group,
            schema::FIRST_CUSTOM.. => Kind::Custom(code),
            _ => Kind::Membership,
        }
    }

    /// `user`, `group`, `membership`, `resource`.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::User => "user",
            Kind::Group => "group",
            Kind::Membership => "membership",
            Kind::Custom(_) => "resource",
        }
    }

    /// The resource type of such a record as the standard has it; users', for what the standard does not know.
    pub fn standard_type(self) -> &'static scim::ResourceType {
        if self == Kind::Group { scim::ResourceType::group() } else { scim::ResourceType::user() }
    }

    /// What SCIM calls a member of this kind.
    pub fn member_type(self) -> &'static str {
        if self == Kind::Group { "Group" } else { "User" }
    }
}
