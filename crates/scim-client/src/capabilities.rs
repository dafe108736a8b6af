//! What an application's SCIM service can do.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answer::member;

/// How an existing object is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Update {
    /// PATCH with what differs (RFC 7644 section 3.5.2).
    Patch,
    /// PUT with the desired object.
    Put,
    /// GET, merge, PUT: keeps attributes that Lockstep does not know.
    PutMerge,
}

/// How a PATCH takes a member out of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberRemove {
    /// `members[value eq "…"]`, as the standard has it.
    Filter,
    /// `members` with an array of values, as Entra sends it. A strict server empties the group on it.
    ValueArray,
}

/// An application's capability profile, as far as the engine uses it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Capabilities {
    /// PATCH is supported.
    pub patch: bool,
    /// Filters are supported.
    pub filter: bool,
    /// ETags are supported.
    pub etag: bool,
    /// Bulk requests are supported.
    pub bulk: bool,
    /// Most resources in one answer.
    pub max_results: Option<u32>,
    /// Most operations in one bulk request.
    pub max_operations: Option<u32>,
    /// How objects are changed.
    pub update: Update,
    /// How members are taken out of a group.
    pub member_remove: MemberRemove,
    /// Most members named in one PATCH.
    pub max_members: u32,
    /// There are groups at all.
    pub groups: bool,
}

impl Default for Capabilities {
    /// What most services do when they say nothing: PATCH and filters, no ETags, no bulk.
    fn default() -> Self {
        Self {
            patch: true,
            filter: true,
            etag: false,
            bulk: false,
            max_results: None,
            max_operations: None,
            update: Update::Patch,
            member_remove: MemberRemove::Filter,
            max_members: 100,
            groups: true,
        }
    }
}

impl Capabilities {
    /// Reads a `ServiceProviderConfig` (RFC 7643 section 5), as services really send it:
    /// `0` and `1` (Snowflake) and `"true"` are booleans, anything missing or odd is the default.
    pub fn from_service_provider_config(v: &Value) -> Self {
        let default = Self::default();
        let supported = |feature, otherwise| part(v, feature, "supported").and_then(truth).unwrap_or(otherwise);
        let patch = supported("patch", default.patch);
        Self {
            patch,
            filter: supported("filter", default.filter),
            etag: supported("etag", default.etag),
            bulk: supported("bulk", default.bulk),
            max_results: part(v, "filter", "maxResults").and_then(count),
            max_operations: part(v, "bulk", "maxOperations").and_then(count),
            // A plain PUT would drop what Lockstep does not know.
            update: if patch { Update::Patch } else { Update::PutMerge },
            ..default
        }
    }
}

fn part<'a>(config: &'a Value, feature: &str, name: &str) -> Option<&'a Value> {
    member(member(config.as_object()?, feature)?.as_object()?, name)
}

fn truth(v: &Value) -> Option<bool> {
    match v {
        Value::Bool(b) => Some(*b),
        Value::Number(n) => Some(n.as_f64()? != 0.0),
        Value::String(s) if s.eq_ignore_ascii_case("true") || s == "1" => Some(true),
        Value::String(s) if s.eq_ignore_ascii_case("false") || s == "0" => Some(false),
        _ => None,
    }
}

/// A limit; zero and less are no limits anyone could keep.
fn count(v: &Value) -> Option<u32> {
    let n = match v {
        Value::Number(n) => n.as_u64()?,
        Value::String(s) => s.trim().parse().ok()?,
        _ => return None,
    };
    (n > 0).then(|| u32::try_from(n).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_what_services_send() {
        let spoken = json!({
            "patch": {"supported": true}, "bulk": {"supported": "False", "maxOperations": "0"},
            "filter": {"supported": 0, "maxResults": 200}, "ETag": {"Supported": 1},
        });
        let read = Capabilities::from_service_provider_config(&spoken);
        let expected = Capabilities { filter: false, etag: true, max_results: Some(200), ..Capabilities::default() };
        assert_eq!(read, expected);
    }

    #[test]
    fn without_patch_objects_are_merged_and_put() {
        let read = Capabilities::from_service_provider_config(&json!({"patch": {"supported": false}}));
        assert_eq!((read.patch, read.update), (false, Update::PutMerge));
    }

    #[test]
    fn junk_is_the_default() {
        for junk in [
            json!(null),
            json!([]),
            json!("x"),
            json!({"patch": true, "filter": {"supported": "maybe", "maxResults": -5}, "bulk": []}),
        ] {
            assert_eq!(Capabilities::from_service_provider_config(&junk), Capabilities::default(), "{junk}");
        }
    }

    #[test]
    fn stored_profiles_may_lack_later_fields() {
        let read: Capabilities =
            serde_json::from_value(json!({"update": "put_merge", "member_remove": "value_array"})).unwrap();
        assert_eq!(
            (read.update, read.member_remove, read.max_members),
            (Update::PutMerge, MemberRemove::ValueArray, 100)
        );
    }
}
