//! `GET /Users`, `GET /Groups`, and the same by `POST …/.search` (RFC 7644 sections 3.4.2 and 3.4.3).

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
    render::{self, Page, Related},
};

/// Resources on a page when `count` is absent.
pub(super) const DEFAULT_COUNT: u32 = 100;
/// Most resources on a page.
pub(super) const MAX_COUNT: u32 = 200;

impl Call<'_> {
    pub(super) async fn list(&self, kind: Kind) -> Result<Response, Refusal> {
        let pairs = self.query.iter().map(|(name, value)| (&**name, &**value));
        let query = ListQuery::from_params(pairs, DEFAULT_COUNT.into(), MAX_COUNT.into())?;
        self.find(kind, &query).await
    }

    pub(super) async fn search(&self, kind: Kind, body: &mut Option<Body>) -> Result<Response, Refusal> {
        let body = body::read(body, self.headers, Kind::User).await?;
        let query = ListQuery::from_search(&body, DEFAULT_COUNT.into(), MAX_COUNT.into())?;
        self.find(kind, &query).await.map_err(|refusal| match refusal.error.scim_type {
            // In a body a secret is no leak, so all that is wrong is asking for it (RFC 7644 erratum 6893).
            Some(ScimType::Sensitive) => Error::invalid_filter(refusal.error.detail).into(),
            _ => refusal,
        })
    }

    async fn find(&self, kind: Kind, query: &ListQuery) -> Result<Response, Refusal> {
        let rt = kind.resource_type();
        let projection = Projection::read(query.attributes.as_deref(), query.excluded_attributes.as_deref(), rt)?;
        let source = &self.caller.source;
        let mut tx = self.app.directory.db.read(self.caller.tenant).await?;
        let mut found = record::list(&mut tx, source.id, kind, query, &source.settings.tolerance).await?;
        let related = Related::load(&mut tx, kind, &found.records, &projection).await?;
        drop(tx);
        for record in &mut found.records {
            render::complete(record, &self.base);
        }
        let page = Page { base: &self.base, related, projection: &projection };
        Ok(answer::json(StatusCode::OK, &List { start_index: query.start_index, found: &found, page: &page }))
    }
}

/// A list answer. `Resources` is there even when empty, because Entra and Okta read it.
struct List<'a> {
    start_index: u64,
    found: &'a record::Page,
    page: &'a Page<'a>,
}

impl Serialize for List<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(5))?;
        map.serialize_entry("schemas", &[LIST_URN])?;
        map.serialize_entry("totalResults", &self.found.total)?;
        map.serialize_entry("startIndex", &self.start_index)?;
        map.serialize_entry("itemsPerPage", &self.found.records.len())?;
        map.serialize_entry("Resources", &Resources(self))?;
        map.end()
    }
}

struct Resources<'a>(&'a List<'a>);

impl Serialize for Resources<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let List { found, page, .. } = self.0;
        let mut list = serializer.serialize_seq(Some(found.records.len()))?;
        for record in &found.records {
            list.serialize_element(&page.resource(record))?;
        }
        list.end()
    }
}
