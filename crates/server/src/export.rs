//! Files of what a list shows: the same items with the same filters, written page by page while they are read, so that
//! a file of any length needs the memory of one page. Every export leaves an entry in the audit trail.

use axum::{
    body::Body,
    extract::FromRequestParts,
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use directory::Tx;
use futures::stream;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use utoipa::IntoParams;

use crate::{admin::Query, app::App, caller::Caller, csv, openapi::words, problem::Problem};

/// So many items are read at a time.
pub const PIECE: i64 = 1_000;
/// So many files are written at a time by one node: each keeps the database busy for as long as it lasts.
const AT_ONCE: usize = 4;

/// The places of the files that a node writes at a time.
pub struct Places(Arc<Semaphore>);

impl Default for Places {
    fn default() -> Places {
        Places(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

/// How a file is written.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Comma-separated values that spreadsheets may open safely.
    #[default]
    Csv,
    /// One JSON object on each line, as the list has it.
    Jsonl,
}

words!(formats: "csv", "jsonl");

/// How the file is written.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Written {
    /// `csv` unless chosen, or `jsonl`: one JSON object on each line, with everything that the list has of an item.
    #[serde(default)]
    #[param(schema_with = formats)]
    format: Format,
}

/// An export that may begin.
pub struct Export {
    /// Who asked for it.
    pub caller: Caller,
    format: Format,
    /// What the list is narrowed to, as it was asked.
    view: BTreeMap<String, String>,
    place: OwnedSemaphorePermit,
}

impl FromRequestParts<App> for Export {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Export, Problem> {
        let caller = Caller::from_request_parts(parts, app).await?;
        let Query(Written { format }) = Query::from_request_parts(parts, app).await?;
        let Query(mut view): Query<BTreeMap<String, String>> = Query::from_request_parts(parts, app).await?;
        view.retain(|name, _| !matches!(name.as_str(), "format" | "limit"));
        let place = Arc::clone(&app.exports.0).try_acquire_owned().map_err(|_| {
            Problem::new(StatusCode::TOO_MANY_REQUESTS, "other exports are being written: try again when they are done")
        })?;
        Ok(Export { caller, format, view, place })
    }
}

impl Export {
    /// The same, of a list that its path narrows too.
    pub fn of(mut self, name: &str, value: impl ToString) -> Export {
        self.view.insert(name.to_owned(), value.to_string());
        self
    }

    /// The file. `columns`: what a CSV file has of each item, as [`cell`] reads it. `page` gives the items from a place
    /// on, and the place where it goes on.
    ///
    /// # Errors
    /// When the first items can't be read, so that a search that can't be asked is refused and no file begins; and when
    /// the export can't be put into the audit trail: nothing is given away then.
    pub async fn write<T, C, F>(
        self,
        app: &App,
        what: &'static str,
        columns: &'static [&'static str],
        first: C,
        mut page: impl FnMut(Tx, C) -> F + Send + 'static,
    ) -> Result<Response, Problem>
    where
        T: Serialize + Send,
        C: Send + 'static,
        F: Future<Output = Result<(Vec<T>, Option<C>), Problem>> + Send,
    {
        let Export { caller, format, view, place } = self;
        let (db, tenant) = (app.directory.db.clone(), caller.tenant());
        let mut head = String::new();
        if format == Format::Csv {
            csv::line(&mut head, columns.iter().copied());
        }
        let (items, next) = page(db.read(tenant).await?, first).await?;
        head += &lines(format, columns, &items)?;
        let detail = serde_json::json!({"format": format, "view": view});
        app.directory.note_export(tenant, &caller.actor(), what, detail).await?;
        let state = (Some(head), next, page, place);
        let pages = stream::unfold(state, move |(head, next, mut page, place)| {
            let db = db.clone();
            async move {
                if let Some(text) = head {
                    return Some((Ok(Bytes::from(text)), (None, next, page, place)));
                }
                let next = next?;
                let piece = async {
                    let (items, next) = page(db.read(tenant).await?, next).await?;
                    Ok::<_, Problem>((lines(format, columns, &items)?, next))
                };
                match piece.await {
                    Ok((text, next)) => Some((Ok(Bytes::from(text)), (None, next, page, place))),
                    // The connection breaks off, so that nobody takes half a file for a whole one.
                    Err(problem) => Some((Err(std::io::Error::other(problem.to_string())), (None, None, page, place))),
                }
            }
        });
        let mut response = Body::from_stream(pages).into_response();
        let (kind, ending) = match format {
            Format::Csv => ("text/csv; charset=utf-8; header=present", "csv"),
            Format::Jsonl => ("application/jsonl; charset=utf-8", "jsonl"),
        };
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{what}.{ending}\"")) {
            headers.insert(header::CONTENT_DISPOSITION, disposition);
        }
        Ok(response)
    }
}

fn lines<T: Serialize>(format: Format, columns: &[&str], items: &[T]) -> Result<String, Problem> {
    let mut text = String::new();
    for item in items {
        match format {
            Format::Jsonl => {
                text += &serde_json::to_string(item).map_err(|error| Problem::fault(&error))?;
                text.push('\n');
            }
            Format::Csv => {
                let item = serde_json::to_value(item).map_err(|error| Problem::fault(&error))?;
                let cells: Vec<String> = columns.iter().map(|column| cell(&item, column)).collect();
                csv::line(&mut text, cells.iter().map(String::as_str));
            }
        }
    }
    Ok(text)
}

/// What an item has at a place: `userName`, or `sources.name` for the names of all its sources. What is neither a text
/// nor a number is written as JSON; what is not there is empty.
fn cell(item: &Value, column: &str) -> String {
    let (member, rest) = column.split_once('.').map_or((column, None), |(member, rest)| (member, Some(rest)));
    match (&item[member], rest) {
        (Value::Array(items), Some(rest)) => {
            let cells: Vec<String> = items.iter().map(|item| cell(item, rest)).collect();
            cells.join("; ")
        }
        (inner, Some(rest)) => cell(inner, rest),
        (Value::Null, None) => String::new(),
        (Value::String(text), None) => text.clone(),
        (value, None) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_cell_is_what_a_person_would_read() {
        let item = json!({"name": "Ana", "count": 3, "on": true, "none": null, "sources": [{"name": "Okta"}, {"name": "HR"}],
            "change": {"title": ["a", "b"]}, "last": {"at": "today"}});
        for (column, expected) in [
            ("name", "Ana"),
            ("count", "3"),
            ("on", "true"),
            ("none", ""),
            ("missing", ""),
            ("missing.name", ""),
            ("sources.name", "Okta; HR"),
            ("change", "{\"title\":[\"a\",\"b\"]}"),
            ("last.at", "today"),
        ] {
            assert_eq!(cell(&item, column), expected, "{column}");
        }
    }

    #[test]
    fn lines_are_safe_in_a_spreadsheet_and_whole_in_json() {
        let items = [json!({"name": "=1+1", "more": 1})];
        assert_eq!(lines(Format::Csv, &["name"], &items).unwrap(), "\"'=1+1\"\r\n");
        assert_eq!(lines(Format::Jsonl, &["name"], &items).unwrap(), "{\"name\":\"=1+1\",\"more\":1}\n");
    }
}
