//! Shapes that many answers share: times, pages, entity tags.

use axum::{
    Json,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use directory::{Count, Millis, clock::rfc3339};
use serde::{Deserialize, Serialize, Serializer};
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type},
};
use uuid::Uuid;

use crate::{export::PIECE, problem::Problem};

/// A moment, written as RFC 3339 in UTC with milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time(pub Millis);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&rfc3339(self.0))
    }
}

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::DateTime);
        ObjectBuilder::new().schema_type(Type::String).format(Some(format)).into()
    }
}

impl ToSchema for Time {}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The page's items.
    pub items: Vec<T>,
    /// Where the next page begins, as `after` or `before` of the next request; null on the last page.
    pub next: Option<String>,
    /// How many items the list has. Only on the first page of lists that are counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<Total>,
}

/// A number that is only counted as far as anybody wants to know exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Total {
    /// The number, at most 10,000.
    count: i64,
    /// Whether it is the number; false: there are more.
    exact: bool,
}

impl From<Count> for Total {
    fn from(Count { count, exact }: Count) -> Total {
        Total { count, exact }
    }
}

impl<T> Page<T> {
    /// A list that is short by nature, whole.
    pub fn whole(items: impl IntoIterator<Item = T>) -> Json<Page<T>> {
        Json(Page { items: items.into_iter().collect(), next: None, total: None })
    }

    /// A page from one row more than it may hold: the last one only says that there is more.
    pub fn of<R, C: ToString>(
        mut rows: Vec<R>,
        limit: Limit,
        cursor: impl Fn(&R) -> C,
        item: impl FnMut(R) -> T,
    ) -> Json<Page<T>> {
        let more = rows.len() > limit.length();
        rows.truncate(limit.length());
        let next = rows.last().filter(|_| more).map(|row| cursor(row).to_string());
        Json(Page { items: rows.into_iter().map(item).collect(), next, total: None })
    }

    /// The same from a stretch of a history that goes on behind `end`.
    pub fn of_stretch<R>(
        rows: Vec<R>,
        end: Option<Uuid>,
        limit: Limit,
        cursor: impl Fn(&R) -> Uuid,
        item: impl FnMut(R) -> T,
    ) -> Json<Page<T>> {
        let Json(mut page) = Page::of(rows, limit, cursor, item);
        page.next = page.next.or(end.map(|end| end.to_string()));
        Json(page)
    }
}

/// Where a file goes on behind a piece of a history: behind its last row when the piece is full, else behind the stretch
/// that was looked through.
pub fn onward<R>(rows: &[R], end: Option<Uuid>, id: impl Fn(&R) -> Uuid) -> Option<Uuid> {
    let is_full = rows.len() >= usize::try_from(PIECE).unwrap_or(usize::MAX);
    if is_full { rows.last().map(id) } else { end }
}

/// How many items a page holds: 1 to 200, 50 unless chosen.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(transparent)]
pub struct Limit(i64);

impl Limit {
    fn length(self) -> usize {
        usize::try_from(self.0.clamp(1, 200)).unwrap_or(1)
    }

    /// How many rows to read, so that [`Page::of`] can tell whether there are more.
    pub fn rows(self) -> i64 {
        self.0.clamp(1, 200) + 1
    }
}

impl Default for Limit {
    fn default() -> Limit {
        Limit(50)
    }
}

/// Which page of a list in the order in which things were made.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct After {
    /// The `next` of the page before.
    pub after: Option<Uuid>,
    /// How many items the page holds: 1 to 200, 50 unless chosen.
    #[serde(default)]
    #[param(value_type = Option<i64>)]
    pub limit: Limit,
}

/// Which page of a list that begins with the newest.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Before {
    /// The `next` of the page before.
    pub before: Option<Uuid>,
    /// How many items the page holds: 1 to 200, 50 unless chosen.
    #[serde(default)]
    #[param(value_type = Option<i64>)]
    pub limit: Limit,
}

/// An answer with the entity tag of what it shows.
pub struct Tagged<T>(pub String, pub T);

impl<T: Serialize> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.1).into_response();
        if let Ok(tag) = HeaderValue::from_str(&self.0) {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response
    }
}

/// The entity tag of a version.
pub fn tag(version: impl std::fmt::Display) -> String {
    format!("\"{version}\"")
}

/// Refuse a change whose `If-Match` names another version than the current one. Without the header it goes ahead.
pub fn check_tag(headers: &HeaderMap, what: &str, current: &str) -> Result<(), Problem> {
    let mut tags = headers
        .get_all(header::IF_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .peekable();
    if tags.peek().is_none()
        || tags.any(|tag| matches!(tag.trim(), "*") || tag.trim().trim_start_matches("W/") == current)
    {
        return Ok(());
    }
    Err(Problem::new(StatusCode::PRECONDITION_FAILED, format!("{what} was changed meanwhile: read it again")))
}

/// 201 with what was made.
pub fn created<T: Serialize>(made: T) -> Response {
    (StatusCode::CREATED, Json(made)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_where_the_next_one_begins() {
        let ids: Vec<Uuid> = (0..3).map(|_| Uuid::now_v7()).collect();
        let Json(page) = Page::of(ids.clone(), Limit(2), |id| *id, |id| id);
        assert_eq!((page.items.as_slice(), page.next), (&ids[..2], Some(ids[1].to_string())));
        let Json(page) = Page::of(ids.clone(), Limit(3), |id| *id, |id| id);
        assert_eq!((page.items.len(), page.next), (3, None));
        assert_eq!((Limit(0).rows(), Limit(9_999).rows(), Limit::default().rows()), (2, 201, 51));
    }

    #[test]
    fn if_match_lets_only_the_current_version_be_changed() {
        let with = |value: &str| HeaderMap::from_iter([(header::IF_MATCH, value.parse().unwrap())]);
        let current = tag(3);
        assert!(check_tag(&HeaderMap::new(), "it", &current).is_ok());
        for good in ["\"3\"", "W/\"3\"", "*", "\"1\", \"3\""] {
            assert!(check_tag(&with(good), "it", &current).is_ok(), "{good}");
        }
        for bad in ["\"2\"", "3", ""] {
            assert!(check_tag(&with(bad), "it", &current).is_err(), "{bad}");
        }
    }
}
