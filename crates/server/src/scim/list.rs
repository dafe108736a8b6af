//! `GET /Users`, `GET /Groups`, `GET /` over all types, and the same by `POST …/.search` (RFC 7644 sections 3.4.2 and
//! 3.4.3), with pages by index or by cursor (RFC 9865).

use ::scim::{Error, LIST_URN, ListQuery, Projection, ScimType};
use axum::{body::Body, http::StatusCode, response::Response};
use directory::{Kind, record};
use serde::{
    Serialize, Serializer,
    ser::{SerializeMap, SerializeSeq},
};

use super::{
    Call,
    answer::{self, Refusal},
    body,
    cursor::{Cursors, Place},
    render::{self, Page, Related},
};

/// Resources on a page when `count` is absent.
pub(super) const DEFAULT_COUNT: u32 = 100;
/// Most resources on a page.
pub(super) const MAX_COUNT: u32 = 200;
/// The longest filter in a URL, in bytes. One in a body may have four times as many.
const FILTER: usize = 2 * 1024;

impl Call<'_> {
    pub(super) async fn list(&self, kinds: &[Kind]) -> Result<Response, Refusal> {
        if self.parameter("filter").is_some_and(|filter| filter.len() > FILTER) {
            let detail = format!("a filter in a URL may have at most {FILTER} bytes: POST a longer one to /.search");
            return Err(Error::invalid_filter(detail).into());
        }
        let pairs = self.query.iter().map(|(name, value)| (&**name, &**value));
        let query = ListQuery::from_params(pairs, DEFAULT_COUNT.into(), MAX_COUNT.into())?;
        self.find(kinds, query).await
    }

    pub(super) async fn search(&self, kinds: &[Kind], body: &mut Option<Body>) -> Result<Response, Refusal> {
        let body = body::read(body, self.headers, body::limits(Kind::User)).await?;
        let query = ListQuery::from_search(&body, DEFAULT_COUNT.into(), MAX_COUNT.into())?;
        self.find(kinds, query).await.map_err(|refusal| match refusal.error.scim_type {
            // In a body a secret is no leak, so all that is wrong is asking for it (RFC 7644 erratum 6893).
            Some(ScimType::Sensitive) => Error::invalid_filter(refusal.error.detail).into(),
            _ => refusal,
        })
    }

    async fn find(&self, kinds: &[Kind], mut query: ListQuery) -> Result<Response, Refusal> {
        let (source, directory) = (&self.caller.source, self.directory());
        let cursors = Cursors::new(&directory.vault, directory.clock.now(), source.id, kinds, &query);
        let mut after = None;
        if let Some(text) = &query.cursor {
            query.start_index = 1;
            if !text.is_empty() {
                match cursors.read(text)? {
                    Place::After(kind, id) => after = Some((kind, id)),
                    Place::Index(index) => query.start_index = index,
                }
            }
        }
        let projections = kinds
            .iter()
            .map(|kind| {
                let (wanted, unwanted) = (query.attributes.as_deref(), query.excluded_attributes.as_deref());
                Projection::read(wanted, unwanted, &self.of(*kind).rt)
            })
            .collect::<Result<Vec<_>, _>>()?;
        let types: Vec<_> = kinds.iter().map(|kind| self.of(*kind)).collect();
        let mut tx = directory.db.read(self.caller.tenant).await?;
        let (places, tolerance) = (&directory.places, &source.settings.tolerance);
        let mut found = record::list(&mut tx, places, source.id, &types, &query, after, tolerance).await?;
        let mut pages = Vec::with_capacity(kinds.len());
        for (of, projection) in types.iter().zip(&projections) {
            let related = Related::load(&mut tx, of.kind, &found.records, projection).await?;
            pages.push(Page { base: &self.base, of, related, projection });
        }
        drop(tx);
        for record in &mut found.records {
            render::complete(record, self.of(record.kind), &self.base);
        }
        let paging = match (&query.cursor, found.records.last()) {
            (None, _) => Paging::Index(query.start_index),
            (Some(_), Some(last)) if found.more => Paging::Cursor(Some(cursors.write(match query.sort_by {
                None => Place::After(last.kind, last.id),
                // In another order than that of ids, a page begins where the one before it ended.
                Some(_) => Place::Index(query.start_index.saturating_add(query.count)),
            }))),
            (Some(_), _) => Paging::Cursor(None),
        };
        Ok(answer::json(StatusCode::OK, &List { paging, found: &found, pages: &pages }))
    }
}

/// How a client comes to the other pages.
enum Paging {
    /// By numbers: this is the first on the page, counted from 1.
    Index(u64),
    /// By the cursor of the next page, if there is one.
    Cursor(Option<String>),
}

/// A list answer. `Resources` is there even when empty, because Entra and Okta read it.
struct List<'a> {
    paging: Paging,
    found: &'a record::Page,
    pages: &'a [Page<'a>],
}

impl Serialize for List<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(5))?;
        map.serialize_entry("schemas", &[LIST_URN])?;
        map.serialize_entry("totalResults", &self.found.total)?;
        match &self.paging {
            Paging::Index(start) => map.serialize_entry("startIndex", start)?,
            Paging::Cursor(Some(next)) => map.serialize_entry("nextCursor", next)?,
            Paging::Cursor(None) => {}
        }
        map.serialize_entry("itemsPerPage", &self.found.records.len())?;
        map.serialize_entry("Resources", &Resources(self))?;
        map.end()
    }
}

struct Resources<'a>(&'a List<'a>);

impl Serialize for Resources<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let List { found, pages, .. } = self.0;
        let mut list = serializer.serialize_seq(Some(found.records.len()))?;
        for record in &found.records {
            if let Some(page) = pages.iter().find(|page| page.of.kind == record.kind) {
                list.serialize_element(&page.resource(record))?;
            }
        }
        list.end()
    }
}
