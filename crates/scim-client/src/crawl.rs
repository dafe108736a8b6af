//! Reading a collection to its end, and knowing whether it was read whole.
//!
//! A short page is not the end: services give fewer rows than were asked for. The end is where the count or the
//! cursor says it is (RFC 7644 section 3.4.2.4, RFC 9865), and a read is whole only when what was seen is what was
//! counted. Whoever takes half a list for the whole takes everybody on the other half for gone.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use scim::Object;

use crate::answer;
use crate::{Client, Fault, Page};

/// So many rows are asked for at once; a service may give fewer.
const COUNT: u64 = 100;

/// So many pages are read at most: a service with pages of one row is not read for ever.
const PAGES: u32 = 10_000;

/// Where the next page begins.
#[derive(Debug)]
enum At {
    /// Behind so many rows.
    Index(u64),
    /// Where the service says.
    Cursor(String),
    /// Nowhere.
    End,
}

/// All resources of one endpoint, page by page. Nothing is written there.
pub struct Crawl {
    client: Client,
    endpoint: &'static str,
    limit: u64,
    state: State,
}

/// What was learned from the pages so far.
#[derive(Debug)]
struct State {
    at: At,
    pages: u32,
    rows: u64,
    total: Option<u64>,
    /// The ids so far, as hashes: that two of a million share one is less likely than a fault of the machine.
    seen: HashSet<u64>,
    hasher: RandomState,
    doubt: Option<String>,
}

impl Crawl {
    /// A read of `endpoint` (`/Users`) from its beginning, that ends in doubt after `limit` rows.
    pub fn new(client: &Client, endpoint: &'static str, limit: u64) -> Self {
        Self { client: client.clone(), endpoint, limit, state: State::new() }
    }

    /// The next page's rows that were not seen yet; `None` at the end.
    ///
    /// # Errors
    /// [`Fault`], as for every call. The read stays where it is: the same page can be asked for again.
    pub async fn next(&mut self) -> Result<Option<Vec<Object>>, Fault> {
        let page = match &self.state.at {
            At::Index(behind) => self.client.list(self.endpoint, behind + 1, COUNT).await?,
            At::Cursor(cursor) => self.client.list_from(self.endpoint, cursor, COUNT).await?,
            At::End => return Ok(None),
        };
        Ok(Some(self.state.take(page.value, self.limit)))
    }

    /// How many resources there are, as far as the service says.
    pub fn total(&self) -> Option<u64> {
        self.state.total
    }

    /// Why what was read may not be all there is, as the end of a sentence about the service; `None` while there is
    /// no reason to doubt it. Ask at the end.
    pub fn doubt(&self) -> Option<&str> {
        self.state.doubt.as_deref()
    }
}

impl State {
    fn new() -> Self {
        let (seen, hasher) = (HashSet::new(), RandomState::new());
        Self { at: At::Index(0), pages: 0, rows: 0, total: None, seen, hasher, doubt: None }
    }

    /// The rows of a page that are new.
    fn take(&mut self, page: Page, limit: u64) -> Vec<Object> {
        self.pages += 1;
        if let (Some(before), Some(now)) = (self.total, page.total)
            && before != now
        {
            self.doubts(format!("their number changed from {before} to {now} while they were read"));
        }
        self.total = page.total.or(self.total);
        let held = page.resources.len() as u64;
        let mut fresh = Vec::with_capacity(page.resources.len());
        for row in page.resources {
            match answer::id(&row).map(|id| self.hasher.hash_one(id)) {
                None => self.doubts("one of them has no usable id".to_owned()),
                Some(id) if self.seen.insert(id) => fresh.push(row),
                Some(_) => self.doubts("some of them came twice".to_owned()),
            }
        }
        self.rows += fresh.len() as u64;
        self.at = match (page.next_cursor, &self.at) {
            // Going on would give the same again, and again.
            _ if held > 0 && fresh.is_empty() => At::End,
            (Some(next), At::Cursor(this)) if next == *this => {
                self.doubts("its pages lead back to where they began".to_owned());
                At::End
            }
            (Some(next), _) => At::Cursor(next),
            (None, At::Cursor(_) | At::End) => At::End,
            (None, At::Index(_)) if held == 0 => At::End,
            (None, At::Index(behind)) => {
                let behind = behind + held;
                if self.total.is_some_and(|total| behind >= total) { At::End } else { At::Index(behind) }
            }
        };
        if matches!(self.at, At::End) {
            if let Some(total) = self.total.filter(|total| *total != self.rows) {
                self.doubts(format!("it counts {total} of them and shows {}", self.rows));
            }
        } else if self.rows >= limit || self.pages >= PAGES {
            self.doubts(format!("only the first {} were read", self.rows));
            self.at = At::End;
        }
        fresh
    }

    /// The first reason counts: the others follow from it.
    fn doubts(&mut self, reason: String) {
        self.doubt.get_or_insert(reason);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A service's page from a position (by index), or a cursor's number.
    type Service<'a> = &'a dyn Fn(u64, Option<u64>) -> Page;

    fn page(ids: impl IntoIterator<Item = u64>, total: Option<u64>, next: Option<u64>) -> Page {
        let row = |id: u64| json!({"id": id.to_string()}).as_object().unwrap().clone();
        Page { resources: ids.into_iter().map(row).collect(), total, next_cursor: next.map(|n| n.to_string()) }
    }

    /// Reads it to the end: how many rows, on how many pages, and the doubt.
    fn crawl(service: Service<'_>, limit: u64) -> (u64, u32, Option<String>) {
        let mut state = State::new();
        let mut rows = 0;
        loop {
            let page = match &state.at {
                At::Index(behind) => service(*behind, None),
                At::Cursor(cursor) => service(0, Some(cursor.parse().unwrap())),
                At::End => return (rows, state.pages, state.doubt),
            };
            rows += state.take(page, limit).len() as u64;
            assert!(state.pages < 1_000, "it does not end");
        }
    }

    const MANY: u64 = 10_000;

    #[test]
    fn a_short_page_is_not_the_end() {
        for size in [1, 7, 20, 50, 100, 1_000] {
            let service = |behind: u64, _| page(behind..(behind + size).min(143), Some(143), None);
            let (rows, _, doubt) = crawl(&service, MANY);
            assert_eq!((rows, doubt), (143, None), "pages of {size}");
        }
    }

    #[test]
    fn cursors_are_followed_to_their_end() {
        let service = |_, cursor: Option<u64>| {
            let from = cursor.unwrap_or(0);
            page(from..(from + 20).min(43), Some(43), (from + 20 < 43).then_some(from + 20))
        };
        assert_eq!(crawl(&service, MANY), (43, 3, None));
        let uncounted = |_, cursor: Option<u64>| page([cursor.unwrap_or(0)], None, cursor.is_none().then_some(1));
        assert_eq!(crawl(&uncounted, MANY), (2, 2, None));
    }

    #[test]
    fn without_a_count_an_empty_page_is_the_end() {
        let service = |behind: u64, _| page(behind..(behind + 20).min(43), None, None);
        assert_eq!(crawl(&service, MANY), (43, 4, None));
        assert_eq!(crawl(&|_, _| page([], Some(0), None), MANY), (0, 1, None));
    }

    #[test]
    fn what_is_not_whole_is_said_to_be_so() {
        let doubt = |service: Service<'_>, limit| crawl(service, limit).2.unwrap();
        // Position is ignored: the first page again and again.
        assert!(doubt(&|_, _| page(0..20, Some(43), None), MANY).contains("twice"));
        assert!(doubt(&|_, _| page(0..20, None, None), MANY).contains("twice"));
        // It ends before it should.
        let short = |behind: u64, _| page(behind..(behind + 20).min(30), Some(43), None);
        assert_eq!(doubt(&short, MANY), "it counts 43 of them and shows 30");
        let last = |_, cursor: Option<u64>| page([cursor.unwrap_or(0)], Some(9), cursor.is_none().then_some(1));
        assert_eq!(doubt(&last, MANY), "it counts 9 of them and shows 2");
        // Somebody came meanwhile.
        let growing = |behind: u64, _| page(behind..behind + 20, Some(if behind == 0 { 40 } else { 41 }), None);
        assert!(doubt(&growing, MANY).starts_with("their number changed from 40 to 41"));
        // Cursors in a ring, empty pages on the way.
        assert!(doubt(&|_, _| page([], None, Some(3)), MANY).contains("lead back"));
        // Too many.
        let endless = |behind: u64, _| page(behind..behind + 20, Some(1_000_000), None);
        assert_eq!(crawl(&endless, 100), (100, 5, Some("only the first 100 were read".to_owned())));
        let nameless = Page { resources: vec![Object::new()], total: Some(1), next_cursor: None };
        assert!(doubt(&|_, _| nameless.clone(), MANY).contains("no usable id"));
    }
}
