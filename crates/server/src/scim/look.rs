//! `GET /Users/{id}`, `GET /Groups/{id}` (RFC 7644 section 3.4.1).

use ::scim::Projection;
use axum::{
    http::{StatusCode, header},
    response::Response,
};
use directory::{Kind, record};
use uuid::Uuid;

use super::{
    Call,
    answer::{self, Refusal},
    render::{self, Page, Related},
    version,
};

impl Call<'_> {
    pub(super) async fn look(&self, kind: Kind, id: Uuid) -> Result<Response, Refusal> {
        let projection = self.projection(kind)?;
        let mut tx = self.directory().db.read(self.caller.tenant).await?;
        let found = record::get(&mut tx, self.caller.source.id, kind, id).await?;
        let mut record = found.ok_or_else(|| directory::Error::not_found(kind.as_str(), id))?;
        if version::is_known(self.headers, record.version) {
            let mut response = answer::empty(StatusCode::NOT_MODIFIED);
            answer::set(&mut response, header::ETAG, &version::etag(record.version));
            return Ok(response);
        }
        let related = Related::load(&mut tx, kind, std::slice::from_ref(&record), &projection).await?;
        drop(tx);
        Ok(self.show(StatusCode::OK, &mut record, related, &projection))
    }

    /// What the client wants to see.
    pub(super) fn projection(&self, kind: Kind) -> Result<Projection, Refusal> {
        let (wanted, unwanted) = (self.list_of("attributes"), self.list_of("excludedAttributes"));
        Ok(Projection::read(wanted.as_deref(), unwanted.as_deref(), &self.of(kind).rt)?)
    }

    /// An answer that holds one resource.
    pub(super) fn show(
        &self,
        status: StatusCode,
        record: &mut record::Record,
        related: Related,
        projection: &Projection,
    ) -> Response {
        let of = self.of(record.kind);
        render::complete(record, of, &self.base);
        let page = Page { base: &self.base, of, related, projection };
        let mut response = answer::json(status, &page.resource(record));
        self.name(&mut response, record);
        response
    }

    /// Say which resource an answer is about, and which version of it.
    pub(super) fn name(&self, response: &mut Response, record: &record::Record) {
        let location = format!("{}{}/{}", self.base, self.of(record.kind).rt.endpoint, record.id);
        answer::set(response, header::LOCATION, &location);
        answer::set(response, header::CONTENT_LOCATION, &location);
        answer::set(response, header::ETAG, &version::etag(record.version));
    }
}
