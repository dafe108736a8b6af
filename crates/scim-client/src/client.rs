//! The calls an application is asked with.

use std::sync::Arc;

use ::http::Method;
use scim::{Object, Patch};
use serde_json::Value;
use url::Url;

use crate::answer::{self, Body};
use crate::base;
use crate::call::{Answer, Call, Caller};
use crate::matching::Wanted;
use crate::{Auth, Capabilities, Class, Exchange, Fault, Page, Transport};

/// Speaks SCIM to one application. Cheap to clone.
///
/// Each call is one exchange (two when the application redirects within itself); nothing is
/// repeated, nothing waits: that is the lane's business, which knows what it is doing from the
/// [`Class`] of a [`Fault`].
#[derive(Clone)]
pub struct Client(Arc<Caller>);

/// A call that did what it was to do.
#[derive(Clone, Debug)]
pub struct Reply<T> {
    /// What the application answered.
    pub value: T,
    /// What was sent and what came back.
    pub exchange: Exchange,
    /// Rows were returned that were not asked for: the application ignores filters
    /// (only ever set by [`Client::find`]).
    pub ignored_filter: bool,
}

impl Client {
    /// A client for the service at `base`, whose path and query are kept.
    pub fn new(transport: Arc<dyn Transport>, base: Url, auth: Auth) -> Self {
        Self(Arc::new(Caller::new(transport, base, &auth)))
    }

    /// What the service says it can do (RFC 7644 section 4). A service without this document
    /// (404) has the default capabilities.
    ///
    /// # Errors
    /// [`Fault`], as for every call.
    pub async fn capabilities(&self) -> Result<Reply<Capabilities>, Fault> {
        match self.0.call(Call::all(Method::GET, base::collection("ServiceProviderConfig"))).await {
            Ok(answer) => {
                answer.object(|config| Ok(Capabilities::from_service_provider_config(&Value::Object(config))))
            }
            Err(fault) if fault.status == Some(404) => Ok(Reply::new(Capabilities::default(), fault.exchange)),
            Err(fault) => Err(fault),
        }
    }

    /// One resource by its id.
    ///
    /// # Errors
    /// [`Class::Missing`] when there is none; [`Class::Unclear`] when the answer is another resource.
    pub async fn get(&self, endpoint: &str, id: &str) -> Result<Reply<Object>, Fault> {
        let answer = self.0.call(Call::one(Method::GET, endpoint, id, None)?).await?;
        answer.object(|object| match answer::member(&object, "id").map(Value::as_str) {
            // An id in another case is the same for services that fold them.
            Some(Some(other)) if !other.eq_ignore_ascii_case(id) => Err("it is another resource".to_owned()),
            _ if object.is_empty() => Err("it is an empty object".to_owned()),
            _ => Ok(object),
        })
    }

    /// The resources whose `attribute` is `value`, at most a page of them.
    ///
    /// Every row is checked here: without regard to case for `userName`, `emails.value` and
    /// `displayName`, exactly for all others. What the application returned beside them is left out and
    /// shows in [`Reply::ignored_filter`]. `excluded` names attributes that are not needed
    /// (`members`), as a comma list.
    ///
    /// # Errors
    /// [`Class::Unsupported`] with `cap.filter` when the filter is refused.
    pub async fn find(
        &self,
        endpoint: &str,
        attribute: &str,
        value: &str,
        excluded: Option<&str>,
    ) -> Result<Reply<Vec<Object>>, Fault> {
        let mut path = base::collection(endpoint);
        // A filter's string is a JSON string (RFC 7644 section 3.4.2.2).
        base::parameter(&mut path, "filter", &format!("{attribute} eq {}", Value::from(value)));
        if let Some(excluded) = excluded {
            base::parameter(&mut path, "excludedAttributes", excluded);
        }
        let answer = self.0.call(Call::all(Method::GET, path)).await?;
        let wanted = Wanted::new(attribute, value);
        let mut ignored = false;
        let mut reply = answer.object(|list| {
            let page = Page::read(list)?;
            if page.resources.is_empty() && page.total.is_some_and(|total| total > 0) {
                return Err("it counts results but holds none".to_owned());
            }
            let mut found: Vec<Object> = Vec::new();
            for row in page.resources {
                if !wanted.is_met_by(&row) {
                    ignored = true;
                    continue;
                }
                let id = answer::id(&row).ok_or("a result has no usable id")?;
                // The same row twice is one result, not an ambiguity.
                if !found.iter().any(|other| answer::id(other) == Some(id)) {
                    found.push(row);
                }
            }
            Ok(found)
        })?;
        reply.ignored_filter = ignored;
        Ok(reply)
    }

    /// A page of all resources by position; the first has `start_index` 1.
    ///
    /// # Errors
    /// [`Fault`], as for every call; an answer that leaves doubt about its rows is [`Class::Unclear`].
    pub async fn list(&self, endpoint: &str, start_index: u64, count: u64) -> Result<Reply<Page>, Fault> {
        self.page(endpoint, "startIndex", &start_index.to_string(), count).await
    }

    /// The page that [`Page::next_cursor`] points to (RFC 9865).
    ///
    /// # Errors
    /// As for [`Client::list`].
    pub async fn list_from(&self, endpoint: &str, cursor: &str, count: u64) -> Result<Reply<Page>, Fault> {
        self.page(endpoint, "cursor", cursor, count).await
    }

    async fn page(&self, endpoint: &str, position: &str, at: &str, count: u64) -> Result<Reply<Page>, Fault> {
        let mut path = base::collection(endpoint);
        base::parameter(&mut path, position, at);
        base::parameter(&mut path, "count", &count.to_string());
        self.0.call(Call::all(Method::GET, path)).await?.object(Page::read)
    }

    /// Creates a resource and returns what the application made of it, with its id.
    ///
    /// # Errors
    /// [`Class::Unclear`] when it may exist now: no answer, a server's fault, or a success without a usable id (text
    /// of 1 to 512 characters); [`Class::Exists`] for a conflict.
    pub async fn create(&self, endpoint: &str, body: &Object) -> Result<Reply<Object>, Fault> {
        let call =
            Call { body: Some(Value::Object(body.clone())), ..Call::all(Method::POST, base::collection(endpoint)) };
        self.0.call(call).await?.object(|object| match answer::id(&object) {
            Some(_) => Ok(object),
            None => Err("it has no usable id".to_owned()),
        })
    }

    /// Replaces a resource. `None` when the application does not show the result.
    ///
    /// # Errors
    /// [`Class::Unsupported`] when there is no PUT; [`Class::Missing`] when there is no such resource.
    pub async fn replace(&self, endpoint: &str, id: &str, body: &Object) -> Result<Reply<Option<Object>>, Fault> {
        self.0.call(Call::one(Method::PUT, endpoint, id, Some(Value::Object(body.clone())))?).await?.changed()
    }

    /// Changes a resource. `None` when the application does not show the result (204, or an empty object).
    ///
    /// # Errors
    /// As for [`Client::replace`].
    pub async fn patch(&self, endpoint: &str, id: &str, patch: &Patch) -> Result<Reply<Option<Object>>, Fault> {
        self.0.call(Call::one(Method::PATCH, endpoint, id, Some(patch.to_json()))?).await?.changed()
    }

    /// Deletes a resource. One that is already gone (404, 410) is a success, unless an HTML page says so, which no
    /// SCIM service sends.
    ///
    /// # Errors
    /// [`Class::Unsupported`] when there is no DELETE.
    pub async fn delete(&self, endpoint: &str, id: &str) -> Result<Reply<()>, Fault> {
        match self.0.call(Call::one(Method::DELETE, endpoint, id, None)?).await {
            Ok(Answer { body: Body::Empty, exchange }) => Ok(Reply::new((), exchange)),
            Ok(answer) => answer.object(|_| Ok(())),
            Err(fault) if fault.class == Class::Missing => Ok(Reply::new((), fault.exchange)),
            Err(fault) => Err(fault),
        }
    }
}

impl<T> Reply<T> {
    pub(crate) fn new(value: T, exchange: Exchange) -> Self {
        Self { value, exchange, ignored_filter: false }
    }
}
