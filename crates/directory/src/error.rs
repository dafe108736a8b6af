//! What can go wrong in the directory, without a word about HTTP.

use crate::db::DbError;

/// An error of the directory. Its text is for the person outside: what happened, to what, and what to do.
#[derive(thiserror::Error, Debug)]
pub enum Error {
    /// There is no such thing (or it belongs to somebody else, which must look the same).
    #[error("there is no {what} {name}")]
    NotFound {
        /// The noun: `user`, `application`, …
        what: &'static str,
        /// What was asked for.
        name: String,
    },
    /// The name, or another value that must be unique, is taken.
    #[error("{what} {name:?} is taken")]
    Taken {
        /// The attribute or noun.
        what: &'static str,
        /// The value.
        name: String,
    },
    /// The request can't be carried out as it is.
    #[error("{0}")]
    Invalid(String),
    /// Somebody else changed the thing since the caller read it.
    #[error("{what} was changed meanwhile: read it again")]
    Changed {
        /// The noun.
        what: &'static str,
    },
    /// Data stands in the way of the change.
    #[error("{detail}")]
    InUse {
        /// What can't be done, what is in the way, and what to do.
        detail: String,
        /// How many resources are in the way.
        count: i64,
    },
    /// An administrator changed what the tenant's resources look like while the request was under way; nothing was
    /// changed, and the same request will do.
    #[error("the schemas were changed just now: send the request again")]
    Redefined,
    /// The caller may not do this.
    #[error("{0}")]
    Forbidden(String),
    /// The protocol's rules were broken.
    #[error(transparent)]
    Scim(#[from] scim::Error),
    /// The database failed; nothing was changed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// Something stored can't be read: a fault of ours, named so that it can be found.
    #[error("{table} {id}: {fault}")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// The row.
        id: String,
        /// What is wrong with it.
        fault: String,
    },
}

impl Error {
    /// There is no `what` called `name`.
    pub fn not_found(what: &'static str, name: impl ToString) -> Error {
        Error::NotFound { what, name: name.to_string() }
    }

    /// The request can't be carried out, and why.
    pub fn invalid(detail: impl Into<String>) -> Error {
        Error::Invalid(detail.into())
    }

    /// Whether the fault lies with the object that was looked at: others may be done all the same.
    pub(crate) fn is_of_one_object(&self) -> bool {
        matches!(self, Error::Taken { .. } | Error::Invalid(_) | Error::Scim(_) | Error::Inconsistent { .. })
    }

    pub(crate) fn inconsistent(table: &'static str, id: impl ToString, fault: impl ToString) -> Error {
        Error::Inconsistent { table, id: id.to_string(), fault: fault.to_string() }
    }

    /// A unique index that was violated, as `Taken`; any other database error as it is.
    pub(crate) fn taken(error: DbError, what: &'static str, name: &str) -> Error {
        match error.violated() {
            Some(_) => Error::Taken { what, name: name.to_owned() },
            None => Error::Db(error),
        }
    }
}

/// Read a stored JSON document.
pub(crate) fn stored<T: serde::de::DeserializeOwned>(
    table: &'static str,
    id: impl ToString,
    text: &str,
) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| Error::inconsistent(table, id, error))
}

/// Write a document for storage.
pub(crate) fn to_text(value: &impl serde::Serialize) -> String {
    // Our documents are trees of strings, numbers and maps with string keys: they always serialise.
    serde_json::to_string(value).unwrap_or_default()
}
