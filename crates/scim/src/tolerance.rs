//! How far a connection's client may stray from the RFC.

use serde::{Deserialize, Serialize};

/// One switch per deviation seen from a real client. Tolerant by default, because Entra, Okta, OneLogin and
/// authentik each need some of these; strict for clients known to be good, and for conformance runs.
///
/// Not switches, because the RFC asks for them or nobody is hurt: names are matched without regard to case
/// (RFC 7643 section 2.1), and `operations` is `Operations`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tolerance {
    /// `Add`, `Replace`, `REMOVE` as PATCH operations (Entra).
    pub op_case: bool,
    /// `"True"` and `"false"` for booleans, in bodies and in filters (Entra).
    pub bool_strings: bool,
    /// `"name.givenName"` as a key of a path-less PATCH value (Entra with `aadOptscim062020`).
    pub dotted_keys: bool,
    /// `"urn:…:User:department"` as a key of a path-less PATCH value (Entra with `aadOptscim062020`).
    pub urn_keys: bool,
    /// `"emails[type eq \"work\"].value"` as a key of a path-less PATCH value (by symmetry).
    pub valuepath_keys: bool,
    /// A string holding JSON where an object is expected (scim-for-keycloak; Entra's roles).
    pub json_string_value: bool,
    /// `replace` at `emails[type eq "x"].value` without such an element makes one (Entra); off: 400 `noTarget`.
    /// Only for filters of `eq` joined by `and`: others do not say what to make.
    pub valuepath_autocreate: bool,
    /// `remove` with a `value` removes what is listed (Entra, authentik); off: 400, because the literal
    /// reading of the RFC would empty the group.
    pub member_remove_by_value: bool,
    /// A complex attribute given as its bare `value`, as a list of one, or as `""` to clear it; extension
    /// attributes named without their URN (Entra's three ways of setting a manager).
    pub manager_shapes: bool,
    /// `schemas` is mended: missing extension URNs added, malformed and SCIM 1 URNs understood, unknown ones
    /// dropped (Entra, OneLogin); off: 400 `invalidSyntax`.
    pub schemas_repair: bool,
    /// Filters with unquoted text, `emails eq`, `manager eq`, and `emails[…].value eq` (Entra).
    pub filter_lenient: bool,
    /// Of two elements with `primary:true` the first stays primary; off: 400 `invalidValue`.
    pub primary_first: bool,
    /// Operations without a path, whose value is an object of attributes (RFC 7644 section 3.5.2.1); off: 400
    /// `noTarget`, as the interop profile draft wants it.
    pub pathless_operations: bool,
    /// `replace` of a complex attribute leaves alone the parts it does not name (RFC 7644 section 3.5.2.3); off: it
    /// replaces the whole, as the interop profile draft wants it.
    pub complex_merge: bool,
    /// Filters with every operator, `or`, `not` and presence (RFC 7644 section 3.4.2.2); off: comparisons by `eq`, joined
    /// by `and`, and 400 `invalidFilter` for all else, as the interop profile draft wants it.
    pub full_filters: bool,
    /// Attributes no schema knows.
    pub unknown_attributes: Unknown,
    /// What a PUT does with what it leaves out.
    pub put_omitted: Omitted,
}

/// What a PUT does with what it leaves out. RFC 7644 section 3.5.1 leaves it to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Omitted {
    /// What the source has stated before and leaves out now goes. A group's `members` and `active` stay: a rename must
    /// not empty a group, and nobody comes back by not being mentioned.
    ClearOwned,
    /// Everything goes, a group's members too. Who was inactive still does not come back.
    ClearAll,
    /// Everything stays; what is to go is sent as null or empty.
    Keep,
}

/// What to do with attributes no schema knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unknown {
    /// Leave them out (RFC 7644 section 3.3 allows it).
    Ignore,
    /// Keep them as they were sent, for reading back. Nothing can be asked of them: in filters they stay unknown.
    Store,
    /// 400 `invalidSyntax` (the interop profile draft wants it); as a PATCH path 400 `invalidPath`.
    Reject,
}

impl Tolerance {
    /// Everything a client in the field was seen to need.
    pub fn tolerant() -> Self {
        Self::all(true, Unknown::Ignore, Omitted::ClearOwned)
    }

    /// The RFC to the letter.
    pub fn strict() -> Self {
        Self::all(false, Unknown::Reject, Omitted::ClearAll)
    }

    /// Strict, and beyond the RFC what the interop profile draft (draft-zollner-scim-interop-profile) asks for: every
    /// operation has a path, a complex attribute is replaced whole, and filters are `eq` and `and`. Okta's and Entra's
    /// clients fail here.
    pub fn interop() -> Self {
        Self { pathless_operations: false, complex_merge: false, full_filters: false, ..Self::strict() }
    }

    fn all(on: bool, unknown_attributes: Unknown, put_omitted: Omitted) -> Self {
        Self {
            op_case: on,
            bool_strings: on,
            dotted_keys: on,
            urn_keys: on,
            valuepath_keys: on,
            json_string_value: on,
            valuepath_autocreate: on,
            member_remove_by_value: on,
            manager_shapes: on,
            schemas_repair: on,
            filter_lenient: on,
            primary_first: on,
            pathless_operations: true,
            complex_merge: true,
            full_filters: true,
            unknown_attributes,
            put_omitted,
        }
    }

    pub(crate) fn stores_unknown(&self) -> bool {
        self.unknown_attributes == Unknown::Store
    }

    pub(crate) fn rejects_unknown(&self) -> bool {
        self.unknown_attributes == Unknown::Reject
    }
}

impl Default for Tolerance {
    fn default() -> Self {
        Self::tolerant()
    }
}
