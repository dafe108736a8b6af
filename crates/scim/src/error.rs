//! What a client did wrong, in the words of RFC 7644 section 3.12.

use serde_json::{Map, Value, json};

use crate::ERROR_URN;

/// A refusal, ready to be sent: an HTTP status, the RFC's keyword for it, and a sentence for a person.
///
/// `detail` names the attribute or the place in the text and the next step. It repeats attribute names and
/// operators from the request, never values, because values may be secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Error {
    /// The HTTP status, 400 to 599.
    pub status: u16,
    /// The keyword of RFC 7644 table 9 (or RFC 9865); only for 400, 403 and 409.
    pub scim_type: Option<ScimType>,
    /// What happened, to what, and what to do.
    pub detail: String,
}

/// The `scimType` keywords of RFC 7644 table 9 and RFC 9865 section 2.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScimType {
    /// The filter does not parse, or asks something the attribute cannot answer.
    InvalidFilter,
    /// The answer would be longer than the server is willing to compute.
    TooMany,
    /// Another resource has this value already.
    Uniqueness,
    /// The attribute cannot be changed, or not in this way.
    Mutability,
    /// The request is not the JSON that was expected.
    InvalidSyntax,
    /// The `path` of a PATCH operation is malformed or names nothing.
    InvalidPath,
    /// The `path` of a PATCH operation selects no value.
    NoTarget,
    /// A value is missing, has the wrong type, or is not allowed.
    InvalidValue,
    /// The version in the path is not supported.
    InvalidVers,
    /// The request holds something that must not stand in a URL.
    Sensitive,
    /// The cursor is not one of ours, or belongs to another query.
    InvalidCursor,
    /// The cursor was good once.
    ExpiredCursor,
    /// The `count` differs from the one the cursor was made with.
    InvalidCount,
}

impl ScimType {
    /// The keyword as it goes over the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::TooMany => "tooMany",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
            Self::InvalidVers => "invalidVers",
            Self::Sensitive => "sensitive",
            Self::InvalidCursor => "invalidCursor",
            Self::ExpiredCursor => "expiredCursor",
            Self::InvalidCount => "invalidCount",
        }
    }
}

/// One constructor per keyword, so that call sites cannot pair a keyword with the wrong status.
macro_rules! constructors {
    ($($(#[$doc:meta])* $name:ident = $status:literal $kind:expr;)*) => {
        $($(#[$doc])* pub fn $name(detail: impl Into<String>) -> Self { Self::new($status, $kind, detail) })*
    };
}

impl Error {
    /// Any refusal; prefer the named constructors, which know their status.
    pub fn new(status: u16, scim_type: Option<ScimType>, detail: impl Into<String>) -> Self {
        Self { status, scim_type, detail: detail.into() }
    }

    constructors! {
        /// 400 `invalidFilter`.
        invalid_filter = 400 Some(ScimType::InvalidFilter);
        /// 400 `tooMany`.
        too_many = 400 Some(ScimType::TooMany);
        /// 400 `mutability`.
        mutability = 400 Some(ScimType::Mutability);
        /// 400 `invalidSyntax`.
        invalid_syntax = 400 Some(ScimType::InvalidSyntax);
        /// 400 `invalidPath`.
        invalid_path = 400 Some(ScimType::InvalidPath);
        /// 400 `noTarget`.
        no_target = 400 Some(ScimType::NoTarget);
        /// 400 `invalidValue`.
        invalid_value = 400 Some(ScimType::InvalidValue);
        /// 403 `sensitive` (RFC 7644 section 7.5.2).
        sensitive = 403 Some(ScimType::Sensitive);
        /// 409 `uniqueness`.
        uniqueness = 409 Some(ScimType::Uniqueness);
        /// 404, which has no keyword.
        not_found = 404 None;
        /// 413: more elements or operations than one request may carry; no keyword.
        too_large = 413 None;
    }

    /// The body of RFC 7644 section 3.12. `status` is a string there; Okta and Entra both check.
    pub fn to_json(&self) -> Value {
        let mut body = Map::with_capacity(4);
        body.insert("schemas".into(), json!([ERROR_URN]));
        body.insert("status".into(), self.status.to_string().into());
        if let Some(kind) = self.scim_type {
            body.insert("scimType".into(), kind.as_str().into());
        }
        body.insert("detail".into(), self.detail.as_str().into());
        Value::Object(body)
    }
}
