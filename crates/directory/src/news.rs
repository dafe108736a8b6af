//! What just happened, for those who watch: read from the ends of the histories, so that it does not matter which node
//! did it.

use std::collections::{BTreeSet, HashSet};
use uuid::Uuid;

use crate::{Error, Millis, Tx, db::args, window};

/// Something that changed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct News {
    /// `user`, `group`, `application`, `source`, `administrator`, `settings`, `run`, `work`, `request`.
    pub topic: &'static str,
    /// Which; none: any.
    pub id: Option<Uuid>,
}

/// An id is made some moments before its row can be seen: so far back is looked each time.
const OVERLAP: Millis = 10_000;
/// So many rows are looked at each time; what is more shows next time.
const LOOK: i64 = 500;

/// Somebody who watches.
#[derive(Debug, Default)]
pub struct Follower {
    /// Rows of the overlap that were told already.
    told: HashSet<Uuid>,
    /// Runs, as they were seen last.
    runs: BTreeSet<(Uuid, Option<Millis>, i64)>,
}

impl Follower {
    /// Begin to watch: what happened until now is not told.
    pub async fn begin(tx: &mut Tx, now: Millis) -> Result<Follower, Error> {
        let mut follower = Follower::default();
        follower.look(tx, now).await?;
        Ok(follower)
    }

    /// What happened since the last look.
    pub async fn look(&mut self, tx: &mut Tx, now: Millis) -> Result<BTreeSet<News>, Error> {
        let (tenant, since) = (tx.tenant().id(), window::at(now - OVERLAP));
        let mut news = BTreeSet::new();
        let mut seen = HashSet::new();
        let changes: Vec<(Uuid, String, Uuid)> = tx
            .rows(
                "SELECT id, object_kind, object FROM changes WHERE tenant = $1 AND id >= $2 ORDER BY id DESC LIMIT $3",
                args![tenant, since, LOOK],
            )
            .await?;
        for (id, kind, object) in changes {
            seen.insert(id);
            if !self.told.contains(&id) {
                news.insert(News { topic: topic(&kind), id: Some(object) });
            }
        }
        let operations: Vec<(Uuid, Uuid, i64, Uuid)> = tx
            .rows(
                "SELECT id, application, kind, subject FROM operations WHERE tenant = $1 AND id >= $2 ORDER BY id DESC LIMIT $3",
                args![tenant, since, LOOK],
            )
            .await?;
        for (id, application, kind, subject) in operations {
            seen.insert(id);
            if !self.told.contains(&id) {
                news.insert(News { topic: "work", id: Some(application) });
                news.insert(News { topic: if kind == 0 { "user" } else { "group" }, id: Some(subject) });
            }
        }
        let requests: Vec<(Uuid, Uuid)> = tx
            .rows(
                "SELECT id, source FROM requests WHERE tenant = $1 AND id >= $2 ORDER BY id DESC LIMIT $3",
                args![tenant, since, LOOK],
            )
            .await?;
        for (id, source) in requests {
            seen.insert(id);
            if !self.told.contains(&id) {
                news.insert(News { topic: "request", id: Some(source) });
            }
        }
        self.told = seen;
        let runs: Vec<(Uuid, Option<Millis>, i64)> = tx
            .rows(
                "SELECT id, finished_at, succeeded + pending + waiting + failed FROM runs WHERE tenant = $1 ORDER BY id DESC LIMIT 50",
                args![tenant],
            )
            .await?;
        let runs: BTreeSet<_> = runs.into_iter().collect();
        news.extend(runs.difference(&self.runs).map(|(id, ..)| News { topic: "run", id: Some(*id) }));
        self.runs = runs;
        Ok(news)
    }
}

fn topic(kind: &str) -> &'static str {
    match kind {
        "user" | "record" => "user",
        "group" => "group",
        "application" => "application",
        "source" => "source",
        "administrator" | "api_token" => "administrator",
        _ => "settings",
    }
}
