//! POST, PUT, PATCH and DELETE of resources (RFC 7644 sections 3.3, 3.5 and 3.6).
//!
//! Each runs to its end even when its client hangs up, and is answered after it is on disk.

use std::sync::Arc;

use ::scim::{AttrPath, Object, Omitted, Patch, Projection, resource};
use axum::{
    body::Body,
    http::{StatusCode, header},
    response::Response,
};
use directory::{
    Directory, Kind,
    record::{self, Precondition, Record},
};
use serde_json::Value;
use uuid::Uuid;

use super::{
    Call, Trace,
    answer::{self, Refusal},
    body,
    render::Related,
    version,
};

/// A PATCH of a larger group is answered without its body, unless the client says what it wants to see: Entra adds
/// members one by one, and would get all of them each time.
const SMALL_GROUP: i64 = 100;

/// What a POST, PUT or PATCH came to.
pub(super) struct Changed {
    pub record: Record,
    /// What the request gave values to, as far as the answer depends on it: where an attribute is returned on request.
    specified: Vec<AttrPath>,
}

impl Call<'_> {
    pub(super) async fn create(
        &self,
        kind: Kind,
        body: &mut Option<Body>,
        trace: &mut Trace,
    ) -> Result<Response, Refusal> {
        let projection = self.projection(kind)?;
        let body = body::read(body, self.headers, body::limits(kind)).await?;
        let Changed { mut record, specified } = self.make(kind, body, trace).await?;
        let projection = projection.after_change(specified);
        let related = match kind {
            // Nobody can have put it into a group yet.
            Kind::User => Related::default(),
            _ => self.related(&record, &projection).await?,
        };
        Ok(self.show(StatusCode::CREATED, &mut record, related, &projection))
    }

    pub(super) async fn replace(&self, kind: Kind, id: Uuid, body: &mut Option<Body>) -> Result<Response, Refusal> {
        let projection = self.projection(kind)?;
        self.unless_known(kind, id).await?;
        let body = body::read(body, self.headers, body::limits(kind)).await?;
        let Changed { mut record, specified } = self.put(kind, id, version::if_match(self.headers), body).await?;
        let projection = projection.after_change(specified);
        let related = self.related(&record, &projection).await?;
        Ok(self.show(StatusCode::OK, &mut record, related, &projection))
    }

    pub(super) async fn patch(&self, kind: Kind, id: Uuid, body: &mut Option<Body>) -> Result<Response, Refusal> {
        let projection = self.projection(kind)?;
        self.unless_known(kind, id).await?;
        let body = body::read(body, self.headers, body::limits(kind)).await?;
        let Changed { mut record, specified } = self.amend(kind, id, version::if_match(self.headers), &body).await?;
        let projection = projection.after_change(specified);
        if kind == Kind::Group && record.members > SMALL_GROUP && projection.is_all() {
            let mut response = answer::empty(StatusCode::NO_CONTENT);
            self.name(&mut response, &record);
            return Ok(response);
        }
        let related = self.related(&record, &projection).await?;
        Ok(self.show(StatusCode::OK, &mut record, related, &projection))
    }

    pub(super) async fn delete(&self, kind: Kind, id: Uuid) -> Result<Response, Refusal> {
        self.unless_known(kind, id).await?;
        self.remove(kind, id, version::if_match(self.headers)).await?;
        Ok(answer::empty(StatusCode::NO_CONTENT))
    }

    /// A change that is not wanted if the resource has a version that `If-None-Match` names, or is there at all (`*`), is
    /// not made (RFC 9110 section 13.1.2). No SCIM client is known to ask, so the look is spared all that do not.
    async fn unless_known(&self, kind: Kind, id: Uuid) -> Result<(), Refusal> {
        if !self.headers.contains_key(header::IF_NONE_MATCH) {
            return Ok(());
        }
        let mut tx = self.directory().db.read(self.caller.tenant).await?;
        let found = record::get(&mut tx, self.caller.source.id, kind, id).await?;
        match found {
            Some(record) if version::is_known(self.headers, record.version) => {
                Err(directory::Error::Changed { what: kind.as_str() }.into())
            }
            _ => Ok(()),
        }
    }

    /// POST.
    pub(super) async fn make(&self, kind: Kind, body: Value, trace: &mut Trace) -> Result<Changed, Refusal> {
        let (resource, _) = self.resource(kind, body, trace)?;
        let specified = self.specified(kind, || resource::specified(&resource, &self.of(kind).rt));
        let (directory, caller, request) = self.parts();
        let work = async move { directory.create_record(&caller, Some(request), kind, resource).await };
        Ok(Changed { record: self.app.to_the_end(work).await?, specified })
    }

    /// PUT.
    pub(super) async fn put(
        &self,
        kind: Kind,
        id: Uuid,
        if_match: Precondition,
        body: Value,
    ) -> Result<Changed, Refusal> {
        let (mut resource, sent) = self.resource(kind, body, &mut Trace::default())?;
        let specified = self.specified(kind, || resource::specified(&resource, &self.of(kind).rt));
        if let Some(sent) = sent {
            resource::mark_emptied(&mut resource, &sent, &self.of(kind).rt);
        }
        let (directory, caller, request) = self.parts();
        let work = async move { directory.replace_record(&caller, Some(request), kind, id, &if_match, resource).await };
        Ok(Changed { record: self.app.to_the_end(work).await?, specified })
    }

    /// PATCH.
    pub(super) async fn amend(
        &self,
        kind: Kind,
        id: Uuid,
        if_match: Precondition,
        body: &Value,
    ) -> Result<Changed, Refusal> {
        let patch = Patch::read(body, &self.of(kind).rt, &self.caller.source.settings.tolerance)?;
        let specified = self.specified(kind, || patch.specified());
        let (directory, caller, request) = self.parts();
        let work = async move { directory.patch_record(&caller, Some(request), kind, id, &if_match, &patch).await };
        Ok(Changed { record: self.app.to_the_end(work).await?, specified })
    }

    fn specified(&self, kind: Kind, of_request: impl FnOnce() -> Vec<AttrPath>) -> Vec<AttrPath> {
        if self.of(kind).has_requested { of_request() } else { Vec::new() }
    }

    /// DELETE.
    pub(super) async fn remove(&self, kind: Kind, id: Uuid, if_match: Precondition) -> Result<(), Refusal> {
        let (directory, caller, request) = self.parts();
        let work = async move { directory.delete_record(&caller, Some(request), kind, id, &if_match).await };
        Ok(self.app.to_the_end(work).await?)
    }

    /// What a change needs to own, because it may outlive its request.
    fn parts(&self) -> (Directory, Arc<directory::source::SourceCaller>, Uuid) {
        (self.directory(), Arc::clone(&self.caller), self.id)
    }

    /// A whole resource from a body, and the body as it was sent where it matters what it does not leave out.
    fn resource(&self, kind: Kind, body: Value, trace: &mut Trace) -> Result<(Object, Option<Object>), Refusal> {
        let of = self.of(kind);
        let empties = kind == Kind::Group && body.as_object().is_some_and(empties_members);
        let tolerance = &self.caller.source.settings.tolerance;
        let sent = if tolerance.put_omitted == Omitted::Keep { body.as_object().cloned() } else { None };
        let mut resource = resource::read(body, &of.rt, tolerance)?;
        if empties {
            resource.insert("members".into(), Value::Array(Vec::new()));
        }
        let name = of.naming().unwrap_or("externalId");
        trace.subject = resource.get(name).and_then(Value::as_str).map(str::to_owned);
        resource::check_required(&resource, &of.rt)?;
        Ok((resource, sent))
    }

    async fn related(&self, record: &Record, projection: &Projection) -> Result<Related, Refusal> {
        let mut tx = self.directory().db.read(self.caller.tenant).await?;
        Ok(Related::load(&mut tx, record.kind, std::slice::from_ref(record), projection).await?)
    }
}

/// Whether a group's body says that it has no members. A body that does not mention them says nothing: a rename by
/// PUT must not empty a group. To RFC 7643 both are the same, and so they are to [`resource::read`].
fn empties_members(body: &Object) -> bool {
    body.iter().any(|(name, value)| name.eq_ignore_ascii_case("members") && value.as_array().is_some_and(Vec::is_empty))
}
