//! One person's story: what sources asked for, what it changed, and what was sent to applications, merged by time.

use std::collections::HashMap;
use uuid::Uuid;

use crate::{
    Error, Millis, Tx,
    audit::{self, Change, ChangeQuery},
    history::{self, Operation, OperationQuery},
    request::{self, Request},
};

/// Something that happened.
#[derive(Debug)]
pub enum Event {
    /// A change of the directory, and the request behind it: the source's id and what it sent.
    Change(Change, Option<(Uuid, Request)>),
    /// Something done to an account.
    Operation(Operation),
}

/// Something that happened, and when.
#[derive(Debug)]
pub struct Moment {
    /// Its id; events sort by it in the order in which they began.
    pub id: Uuid,
    /// When.
    pub at: Millis,
    /// What.
    pub event: Event,
}

/// The newest events about a user before `before`, at most `limit`.
pub async fn timeline(tx: &mut Tx, user: Uuid, before: Option<Uuid>, limit: i64) -> Result<Vec<Moment>, Error> {
    let query = ChangeQuery { object: Some(user), before, limit, ..ChangeQuery::default() };
    let (changes, _) = audit::list(tx, &query).await?;
    let query = OperationQuery { subject: Some(user), before, limit, ..OperationQuery::default() };
    let (operations, _) = history::operations(tx, &query).await?;
    let ids: Vec<Uuid> = changes.iter().filter_map(|change| change.request).collect();
    let requests: HashMap<Uuid, (Uuid, Request)> =
        request::get_all(tx, &ids).await?.into_iter().map(|found| (found.1.id, found)).collect();
    let changed = |change: Change| {
        let request = change.request.and_then(|id| requests.get(&id).cloned());
        Moment { id: change.id, at: change.at, event: Event::Change(change, request) }
    };
    let done = |operation: Operation| Moment { id: operation.id, at: operation.at, event: Event::Operation(operation) };
    let mut moments: Vec<Moment> = changes.into_iter().map(changed).chain(operations.into_iter().map(done)).collect();
    moments.sort_by_key(|moment| std::cmp::Reverse(moment.id));
    moments.truncate(usize::try_from(limit).unwrap_or(0));
    Ok(moments)
}
