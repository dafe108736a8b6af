//! A source's tolerance as the API takes it, a profile by name or switch by switch, and shows it.

use std::borrow::Cow;

use ::scim::{Omitted, Tolerance, Unknown};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{OneOfBuilder, Ref, RefOr, Schema},
};

use crate::openapi::words;

/// Which deviations from the RFC are let through: a profile by its name, or switch by switch, where what is left out is
/// as in `tolerant`. It is always shown with all its switches.
pub struct Setting;

impl PartialSchema for Setting {
    fn schema() -> RefOr<Schema> {
        OneOfBuilder::new().item(Profile::schema()).item(Ref::from_schema_name(Switches::name())).into()
    }
}

impl ToSchema for Setting {
    fn name() -> Cow<'static, str> {
        "Tolerance".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((Switches::name().into(), Switches::schema()));
    }
}

/// A set of switches.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Everything that a client in the field was seen to need.
    Tolerant,
    /// RFC 7643 and 7644 to the letter.
    Strict,
    /// The interop profile draft: `strict`, and every operation has a path, a complex attribute is replaced whole, and
    /// filters are `eq` and `and`.
    Interop,
}

impl Profile {
    fn tolerance(self) -> Tolerance {
        match self {
            Profile::Tolerant => Tolerance::tolerant(),
            Profile::Strict => Tolerance::strict(),
            Profile::Interop => Tolerance::interop(),
        }
    }
}

pub fn serialize<S: Serializer>(tolerance: &Tolerance, serializer: S) -> Result<S::Ok, S::Error> {
    Switches::serialize(tolerance, serializer)
}

pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Tolerance, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    // Not the untagged enum: of a wrong switch it would only say that nothing fits.
    if value.is_string() {
        return Profile::deserialize(value).map(Profile::tolerance).map_err(serde::de::Error::custom);
    }
    Switches::deserialize(value).map_err(serde::de::Error::custom)
}

/// One switch per deviation from the RFC that a real client was seen to need.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(remote = "Tolerance", rename_all = "camelCase", default, deny_unknown_fields)]
#[schema(as = ToleranceSwitches)]
pub struct Switches {
    /// `Add`, `Replace`, `REMOVE` as PATCH operations (Entra).
    op_case: bool,
    /// `"True"` and `"false"` for booleans (Entra).
    bool_strings: bool,
    /// `"name.givenName"` as a key of a PATCH value without a path (Entra).
    dotted_keys: bool,
    /// `"urn:…:User:department"` as a key of a PATCH value without a path (Entra).
    urn_keys: bool,
    /// `"emails[type eq \"work\"].value"` as a key of a PATCH value without a path.
    valuepath_keys: bool,
    /// A string holding JSON where an object is expected.
    json_string_value: bool,
    /// `replace` at `emails[type eq "x"].value` without such an element makes one (Entra).
    valuepath_autocreate: bool,
    /// `remove` with a `value` removes what is listed (Entra, authentik).
    member_remove_by_value: bool,
    /// A complex attribute given as its bare `value` or as a list of one (Entra).
    manager_shapes: bool,
    /// `schemas` is mended (Entra, OneLogin).
    schemas_repair: bool,
    /// Filters with unquoted text and the like (Entra).
    filter_lenient: bool,
    /// Of two elements with `primary: true` the first stays primary.
    primary_first: bool,
    /// PATCH operations may come without a path, as the RFC has it.
    pathless_operations: bool,
    /// `replace` of a complex attribute leaves alone the parts that it does not name, as the RFC has it.
    complex_merge: bool,
    /// Filters with every operator, `or`, `not` and presence, as the RFC has it; without it only `eq` and `and`.
    full_filters: bool,
    /// Attributes that no schema knows: `ignore`, `store` as they are, or `reject`.
    #[schema(schema_with = unknowns)]
    unknown_attributes: Unknown,
    /// What a PUT leaves out: `clearOwned` it goes, but for a group's members and `active`; `clearAll` members go too;
    /// `keep` it stays unless it is sent as null or empty.
    #[schema(schema_with = omitted)]
    put_omitted: Omitted,
}

words!(unknowns: "ignore", "store", "reject");
words!(omitted: "clearOwned", "clearAll", "keep");

impl Default for Switches {
    fn default() -> Switches {
        let Tolerance {
            op_case,
            bool_strings,
            dotted_keys,
            urn_keys,
            valuepath_keys,
            json_string_value,
            valuepath_autocreate,
            member_remove_by_value,
            manager_shapes,
            schemas_repair,
            filter_lenient,
            primary_first,
            pathless_operations,
            complex_merge,
            full_filters,
            unknown_attributes,
            put_omitted,
        } = Tolerance::default();
        Switches {
            op_case,
            bool_strings,
            dotted_keys,
            urn_keys,
            valuepath_keys,
            json_string_value,
            valuepath_autocreate,
            member_remove_by_value,
            manager_shapes,
            schemas_repair,
            filter_lenient,
            primary_first,
            pathless_operations,
            complex_merge,
            full_filters,
            unknown_attributes,
            put_omitted,
        }
    }
}
