//! Comma-separated files (RFC 4180) that spreadsheets may open safely, streamed page by page.

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::stream;

/// The longest file, in lines: a narrower question gives the rest.
pub const LINES: usize = 100_000;

/// Append a line.
pub fn line<'a>(text: &mut String, cells: impl IntoIterator<Item = &'a str>) {
    for (number, cell) in cells.into_iter().enumerate() {
        if number > 0 {
            text.push(',');
        }
        text.push('"');
        // A spreadsheet would take it for a formula, which can do things.
        if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
            text.push('\'');
        }
        text.push_str(&cell.replace('"', "\"\""));
        text.push('"');
    }
    text.push_str("\r\n");
}

/// A file made of pages. `page` gives the lines of one, how many they are, and what the next one is asked for by.
pub fn file<C, F, E>(name: &str, head: &[&str], first: C, page: impl FnMut(C) -> F + Send + 'static) -> Response
where
    C: Send + 'static,
    F: Future<Output = Result<(String, usize, Option<C>), E>> + Send,
    E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
{
    let mut text = String::new();
    line(&mut text, head.iter().copied());
    let state = (Some(text), Some(first), 0, page);
    let pages = stream::unfold(state, async |(text, next, lines, mut page)| {
        if let Some(text) = text {
            return Some((Ok(Bytes::from(text)), (None, next, lines, page)));
        }
        let next = next.filter(|_| lines < LINES)?;
        match page(next).await {
            Ok((text, count, next)) => Some((Ok(Bytes::from(text)), (None, next, lines + count, page))),
            // The connection breaks off, so that nobody takes half a file for a whole one.
            Err(error) => Some((Err(error.into()), (None, None, lines, page))),
        }
    });
    let mut response = Body::from_stream(pages).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8; header=present"));
    if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{name}.csv\"")) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_never_formulas() {
        let mut text = String::new();
        line(&mut text, ["a", "b \"c\", d", "=1+1", "+1", "-1", "@x", "\tx", "\rx", "x=1"]);
        assert_eq!(text, "\"a\",\"b \"\"c\"\", d\",\"'=1+1\",\"'+1\",\"'-1\",\"'@x\",\"'\tx\",\"'\rx\",\"x=1\"\r\n");
    }
}
