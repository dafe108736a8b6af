//! The envelopes of RFC 7644: list answers, and the questions lists answer.

use serde_json::{Map, Value, json};

use crate::Error;
use crate::resource::normal::twice;

/// `schemas` of a list answer (RFC 7644 section 3.4.2).
pub const LIST_URN: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
/// `schemas` of an error (RFC 7644 section 3.12).
pub const ERROR_URN: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
/// `schemas` of a PATCH request (RFC 7644 section 3.5.2).
pub const PATCH_URN: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
/// `schemas` of a query by POST (RFC 7644 section 3.4.3).
pub const SEARCH_URN: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
/// `schemas` of a bulk request (RFC 7644 section 3.7).
pub const BULK_REQUEST_URN: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
/// `schemas` of a bulk answer (RFC 7644 section 3.7).
pub const BULK_RESPONSE_URN: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";

/// Longest filter in a URL, in bytes; in a body the filter's own limit applies.
const URL_FILTER: usize = 2_048;

/// A list answer. `Resources` is there even if empty, although the RFC lets it go: Entra and Okta read it.
/// `start_index` is None for cursor paging.
pub fn list_response(total: u64, start_index: Option<u64>, resources: Vec<Value>) -> Value {
    let mut body = Map::with_capacity(5);
    body.insert("schemas".into(), json!([LIST_URN]));
    body.insert("totalResults".into(), total.into());
    if let Some(start) = start_index {
        body.insert("startIndex".into(), start.into());
    }
    body.insert("itemsPerPage".into(), resources.len().into());
    body.insert("Resources".into(), resources.into());
    Value::Object(body)
}

/// A question to a list, from the URL or from the body of a search.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListQuery {
    /// The filter, not parsed yet.
    pub filter: Option<String>,
    /// The attribute to sort by, not parsed yet.
    pub sort_by: Option<String>,
    /// `sortOrder` was `descending`.
    pub descending: bool,
    /// First resource wanted, from 1.
    pub start_index: u64,
    /// Most resources wanted; 0 asks for the total only.
    pub count: u64,
    /// Comma list of attributes to return.
    pub attributes: Option<String>,
    /// Comma list of attributes to leave out.
    pub excluded_attributes: Option<String>,
    /// Cursor paging (RFC 9865): `Some("")` asks for the first page.
    pub cursor: Option<String>,
}

impl ListQuery {
    /// From decoded query parameters. Names in any case; empty and unknown parameters are ignored, because
    /// OneLogin sends `&` at the end and Entra `aadOptscim062020` in the base URL. Numbers are brought into
    /// range as RFC 7644 section 3.4.2.4 says: `startIndex` at least 1, `count` from 0 to `max_count`.
    ///
    /// # Errors
    /// `invalidValue` for numbers that are none and for an unknown `sortOrder`; `invalidFilter` for a filter
    /// over 2,048 bytes.
    pub fn from_params<'a>(
        pairs: impl Iterator<Item = (&'a str, &'a str)>,
        default_count: u64,
        max_count: u64,
    ) -> Result<Self, Error> {
        let mut query = Self::new(default_count, max_count);
        for (name, value) in pairs {
            query.set(name, value, max_count)?;
        }
        if query.filter.as_ref().is_some_and(|f| f.len() > URL_FILTER) {
            return Err(Error::invalid_filter(format!(
                "a filter in the URL may have at most {URL_FILTER} bytes; use POST /.search"
            )));
        }
        Ok(query)
    }

    /// From the body of `POST /.search`.
    ///
    /// # Errors
    /// `invalidSyntax` unless the body is a SearchRequest; otherwise as for parameters.
    pub fn from_search(body: &Value, default_count: u64, max_count: u64) -> Result<Self, Error> {
        let body = body.as_object().ok_or_else(|| Error::invalid_syntax("a search request is a JSON object"))?;
        once_each(body)?;
        let mut query = Self::new(default_count, max_count);
        let mut is_search = false;
        for (name, value) in body {
            if name.eq_ignore_ascii_case("schemas") {
                is_search = names_schema(value, SEARCH_URN);
                continue;
            }
            match value {
                Value::String(text) => query.set(name, text, max_count)?,
                Value::Number(number) => query.set(name, &number.to_string(), max_count)?,
                Value::Array(list) => {
                    let names: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
                    query.set(name, &names.join(","), max_count)?;
                }
                _ => {}
            }
        }
        if !is_search {
            return Err(Error::invalid_syntax(format!("schemas must hold {SEARCH_URN}")));
        }
        Ok(query)
    }

    fn new(default_count: u64, max_count: u64) -> Self {
        Self { start_index: 1, count: default_count.min(max_count), ..Self::default() }
    }

    fn set(&mut self, name: &str, value: &str, max_count: u64) -> Result<(), Error> {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        if is("cursor") {
            self.cursor = Some(value.into());
        } else if is("filter") && !value.is_empty() {
            // Blanks are a filter that lost its contents: it must not find everybody.
            self.filter = Some(value.into());
        } else if value.trim().is_empty() {
            // Junk such as `&&` or `filter=`.
        } else if is("sortBy") {
            self.sort_by = Some(value.into());
        } else if is("sortOrder") {
            self.descending = match value.to_ascii_lowercase().as_str() {
                "ascending" => false,
                "descending" => true,
                _ => {
                    return Err(Error::invalid_value("sortOrder must be ascending or descending"));
                }
            };
        } else if is("startIndex") {
            self.start_index = number("startIndex", value)?.max(1);
        } else if is("count") {
            self.count = number("count", value)?.min(max_count);
        } else if is("attributes") {
            list(&mut self.attributes, value);
        } else if is("excludedAttributes") {
            list(&mut self.excluded_attributes, value);
        }
        Ok(())
    }
}

/// One more part of a list that may come in several parameters of one name, as many HTTP libraries write lists.
fn list(known: &mut Option<String>, value: &str) {
    match known {
        Some(known) => known.extend([",", value]),
        None => *known = Some(value.into()),
    }
}

/// A whole number; negative ones count as 0. Beyond 63 bits is an error rather than a large page.
fn number(name: &str, text: &str) -> Result<u64, Error> {
    let number: i64 =
        text.trim().parse().map_err(|_| Error::invalid_value(format!("{name} must be a whole number")))?;
    Ok(number.max(0).unsigned_abs())
}

/// Names of a message have no letter case (RFC 7643 section 2.1): two that differ in nothing else are one given twice,
/// and which of them is meant nobody can say.
///
/// # Errors
/// `invalidSyntax` naming it.
pub(crate) fn once_each(message: &Map<String, Value>) -> Result<(), Error> {
    let mut names: Vec<String> = message.keys().map(|name| name.to_ascii_lowercase()).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(twice(&pair[0])),
        None => Ok(()),
    }
}

/// Whether a `schemas` value holds this URN, in any letter case.
pub(crate) fn names_schema(schemas: &Value, urn: &str) -> bool {
    schemas.as_array().is_some_and(|l| l.iter().any(|s| s.as_str().is_some_and(|s| s.eq_ignore_ascii_case(urn))))
}
