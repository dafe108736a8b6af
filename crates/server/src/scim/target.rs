//! What a path below `/scim` names.

use ::scim::{Error, ScimType};
use directory::{Kind, id as resource_id, schema::Definitions};
use percent_encoding::percent_decode_str;
use std::borrow::Cow;
use uuid::Uuid;

/// The endpoints of RFC 7644 section 3.2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Target<'a> {
    Root,
    Search,
    Bulk,
    Me,
    Resources(Kind),
    ResourceSearch(Kind),
    Resource(Kind, &'a str),
    ProviderConfig,
    Schemas,
    Schema(&'a str),
    ResourceTypes,
    ResourceType(&'a str),
    Unknown,
}

/// The slug in a path that begins with `/scim`. Empty segments count for nothing, because a base URL may have been
/// entered with a slash at its end.
///
/// # Errors
/// `invalidVers` for another version than 2, 404 when no source is named.
pub(super) fn source(path: &str) -> Result<&str, Error> {
    let mut segments = path.split('/').filter(|segment| !segment.is_empty()).skip(1);
    match segments.next() {
        Some("v2") => {}
        Some(other) if other.starts_with(['v', 'V']) => {
            let detail = "only version 2 of SCIM is spoken here: /scim/v2";
            return Err(Error::new(400, Some(ScimType::InvalidVers), detail));
        }
        _ => return Err(Error::not_found("there is nothing at this path: a base URL begins with /scim/v2")),
    }
    segments.next().ok_or_else(|| Error::not_found("the base URL of a source is /scim/v2/ and its id"))
}

/// A path below a source's base URL with what percent signs stand for, segment by segment: `%2D` and `-` are the same
/// (RFC 3986 section 6.2.2.2), and some clients escape the colons of a URN. A slash that is escaped divides nothing: its
/// segment stays as it is, and names nothing.
pub(super) fn decoded(path: &str) -> Cow<'_, str> {
    if !path.contains('%') {
        return Cow::Borrowed(path);
    }
    let segment = |segment| match percent_decode_str(segment).decode_utf8() {
        Ok(decoded) if !decoded.contains('/') => decoded,
        _ => Cow::Borrowed(segment),
    };
    Cow::Owned(path.split('/').map(segment).collect::<Vec<_>>().join("/"))
}

impl<'a> Target<'a> {
    /// What a path below a source's base URL names, also as the operations of a bulk request have it.
    pub(super) fn read(path: &'a str, definitions: &Definitions) -> Target<'a> {
        let mut segments = path.split('/').filter(|segment| !segment.is_empty());
        match [segments.next(), segments.next(), segments.next()] {
            [None, ..] => Target::Root,
            [Some(".search"), None, _] => Target::Search,
            [Some("Bulk"), None, _] => Target::Bulk,
            [Some("Me"), ..] => Target::Me,
            [Some("ServiceProviderConfig" | "ServiceProviderConfigs"), None, _] => Target::ProviderConfig,
            [Some("Schemas"), None, _] => Target::Schemas,
            [Some("Schemas"), Some(id), None] => Target::Schema(id),
            [Some("ResourceTypes"), None, _] => Target::ResourceTypes,
            [Some("ResourceTypes"), Some(id), None] => Target::ResourceType(id),
            [Some(endpoint), rest @ ..] => match (definitions.at(endpoint).map(|found| found.kind), rest) {
                (Some(kind), [None, _]) => Target::Resources(kind),
                (Some(kind), [Some(".search"), None]) => Target::ResourceSearch(kind),
                (Some(kind), [Some(id), None]) => Target::Resource(kind, id),
                _ => Target::Unknown,
            },
        }
    }
}

impl Target<'_> {
    /// Whether it describes the server, which is no secret.
    pub(super) fn is_discovery(&self) -> bool {
        matches!(
            self,
            Target::ProviderConfig
                | Target::Schemas
                | Target::Schema(_)
                | Target::ResourceTypes
                | Target::ResourceType(_)
        )
    }

    /// The methods it knows, as the `Allow` header lists them.
    pub(super) fn allowed(&self) -> &'static str {
        match self {
            Target::Resources(_) => "GET, HEAD, POST",
            Target::Resource(..) => "GET, HEAD, PUT, PATCH, DELETE",
            Target::Search | Target::ResourceSearch(_) | Target::Bulk => "POST",
            _ => "GET, HEAD",
        }
    }
}

/// The id in a path. Ids are UUIDs of ours; nothing else can exist.
pub(super) fn id(kind: Kind, name: &str) -> Result<Uuid, Error> {
    resource_id::read(name).ok_or_else(|| Error::not_found(format!("there is no such {}", kind.as_str())))
}

/// Whether this can be a source's slug, so that it may be repeated in an answer.
pub(super) fn is_slug(text: &str) -> bool {
    text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The part of a path below the base URL, for the request log.
pub(super) fn below(path: &str) -> &str {
    let mut rest = path;
    for _ in 0..3 {
        rest = rest.trim_start_matches('/');
        rest = rest.find('/').map_or("", |at| &rest[at..]);
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_their_targets() {
        let id = "urn:ietf:params:scim:schemas:core:2.0:User";
        for (path, target) in [
            ("", Target::Root),
            ("/", Target::Root),
            ("//Users", Target::Resources(Kind::User)),
            ("/Users/", Target::Resources(Kind::User)),
            ("/Groups/1", Target::Resource(Kind::Group, "1")),
            ("/Users/.search", Target::ResourceSearch(Kind::User)),
            ("/Users/1/2", Target::Unknown),
            ("/users", Target::Unknown),
            ("/.search", Target::Search),
            ("/Bulk", Target::Bulk),
            ("/Me", Target::Me),
            ("/ServiceProviderConfig", Target::ProviderConfig),
            ("/Schemas/urn:ietf:params:scim:schemas:core:2.0:User", Target::Schema(id)),
            ("/ResourceTypes", Target::ResourceTypes),
        ] {
            assert_eq!(Target::read(path, &Definitions::standard()), target, "{path}");
            let path = format!("/scim/v2/abc{path}");
            assert_eq!(source(&path), Ok("abc"));
            assert_eq!(Target::read(below(&path), &Definitions::standard()), target, "{path}");
        }
    }

    #[test]
    fn other_versions_and_no_source_are_refused() {
        let refused = |path| source(path).err().map(|error| (error.status, error.scim_type));
        assert_eq!(refused("/scim/v1/Users"), Some((400, Some(ScimType::InvalidVers))));
        assert_eq!(refused("/scim/v2"), Some((404, None)));
        assert_eq!(refused("/scim"), Some((404, None)));
    }

    #[test]
    fn percent_signs_stand_for_what_they_say() {
        for (path, as_if) in [
            ("/Users/1%2D2", "/Users/1-2"),
            ("/%55sers", "/Users"),
            ("/Schemas/urn%3Aietf%3Aparams", "/Schemas/urn:ietf:params"),
            ("/Users/1%2F2", "/Users/1%2F2"),
            ("/Users/%FF", "/Users/%FF"),
            ("/Users/%", "/Users/%"),
        ] {
            assert_eq!(decoded(path), as_if);
        }
    }

    #[test]
    fn the_log_has_the_path_below_the_base() {
        assert_eq!(below("/scim/v2/abc/Users/1"), "/Users/1");
        assert_eq!(below("/scim/v2/abc//Users"), "//Users");
        assert_eq!(below("/scim/v2/abc"), "");
    }
}
