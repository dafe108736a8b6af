//! What just changed, as a stream of server-sent events: small messages that say what to ask for again.
//!
//! Messages of one second about the same object are one. Who listens gets them from the [newsroom](crate::newsroom).

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use directory::{Millis, news};
use futures::stream;
use serde::Serialize;
use std::{collections::BTreeSet, time::Duration};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    app::App,
    caller::{self, Caller},
    newsroom::Listening,
    openapi::words,
    problem::Problem,
};

/// Something changed.
#[derive(Serialize, ToSchema)]
pub struct Event {
    /// What kind of thing.
    #[schema(schema_with = topics)]
    topic: &'static str,
    /// Its id; null: any of its kind.
    id: Option<Uuid>,
}

words!(topics: "user", "group", "application", "source", "administrator", "settings", "run", "work", "request");

/// After so long a silence a comment is sent, so that everybody on the way knows that the stream lives.
const QUIET: Duration = Duration::from_secs(15);
/// News is told to nobody whose credential was good longer ago than this, in milliseconds.
const GOOD_FOR: Millis = 5_000;
/// So many changes of a kind in one second are told one by one; more are told as one without an id.
const EACH: usize = 20;

/// What changed, as server-sent events, until the session ends or the client hangs up.
#[utoipa::path(get, path = "/events", tag = "Status", responses((status = 200, body = Event, content_type = "text/event-stream")))]
pub async fn listen(State(app): State<App>, caller: Caller, headers: HeaderMap) -> Result<Response, Problem> {
    let news = app.newsroom.listen(&app, caller.tenant()).await?;
    let checked = app.directory.clock.now();
    let stream = Stream { app, headers, checked, news, first: true };
    let body = Body::from_stream(stream::unfold(stream, |mut stream| async move {
        let bytes = stream.next().await?;
        Some((Ok::<_, std::convert::Infallible>(bytes), stream))
    }));
    let mut response = body.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    // A proxy that gathers answers would keep the events for itself.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

struct Stream {
    app: App,
    /// The credential that opened the stream; it must stay good.
    headers: HeaderMap,
    /// When it was last looked whether it is.
    checked: Millis,
    news: Listening,
    first: bool,
}

impl Stream {
    /// The next piece; none ends the stream.
    async fn next(&mut self) -> Option<Bytes> {
        if std::mem::take(&mut self.first) {
            return Some(Bytes::from_static(b"retry: 2000\n\n"));
        }
        let heard = tokio::select! {
            heard = tokio::time::timeout(QUIET, self.news.next()) => heard,
            () = self.app.ending() => return None,
        };
        let now = self.app.directory.clock.now();
        if now - self.checked >= GOOD_FOR {
            // Listening is no use of a session: it neither prolongs it, nor goes on behind its end.
            if !caller::still_good(&self.app, &self.headers).await {
                return None;
            }
            self.checked = now;
        }
        match heard {
            Ok(news) => Some(told(&*news?)),
            Err(_) => Some(Bytes::from_static(b": still here\n\n")),
        }
    }
}

/// Messages of one second.
fn told(news: &BTreeSet<news::News>) -> Bytes {
    let mut text = String::new();
    let mut topics: Vec<&'static str> = news.iter().map(|news| news.topic).collect();
    topics.dedup();
    for topic in topics {
        let ids: Vec<_> = news.iter().filter(|news| news.topic == topic).map(|news| news.id).collect();
        let ids = if ids.len() > EACH { vec![None] } else { ids };
        for id in ids {
            let event = serde_json::to_string(&Event { topic, id }).unwrap_or_default();
            text += &format!("data: {event}\n\n");
        }
    }
    text.into()
}
