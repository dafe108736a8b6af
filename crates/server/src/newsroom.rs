//! What just changed, read once and told to everybody who listens.
//!
//! Nothing is pushed from where changes are made: as long as anybody of a tenant listens at this node, one reader looks
//! at the ends of the histories once a second, which sees what other nodes did too. A hundred open consoles cost the
//! database what one does.

use directory::{
    Error, Tenant,
    news::{Follower, News},
};
use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::{OnceCell, broadcast, broadcast::error::RecvError};
use uuid::Uuid;

use crate::app::App;

/// How often it is looked for changes.
const PACE: Duration = Duration::from_secs(1);
/// Who falls behind by more messages than this is told that anything may have changed.
const BEHIND: usize = 32;
/// What changes can be about.
const TOPICS: [&str; 9] =
    ["user", "group", "application", "source", "administrator", "settings", "run", "work", "request"];

/// What changed in one second.
type Told = Arc<BTreeSet<News>>;

/// The readers of this node, one for each tenant that somebody listens to.
#[derive(Default)]
pub struct Newsroom {
    desks: Mutex<HashMap<Uuid, Arc<Desk>>>,
}

/// A tenant's reader and those it tells.
struct Desk {
    told: broadcast::Sender<Told>,
    /// Set once the reader has begun.
    begun: OnceCell<()>,
}

/// Somebody who listens.
pub struct Listening {
    told: broadcast::Receiver<Told>,
}

impl Listening {
    /// What changed next; none when nobody reads any more.
    pub async fn next(&mut self) -> Option<Told> {
        match self.told.recv().await {
            Ok(told) => Some(told),
            Err(RecvError::Lagged(_)) => Some(Arc::new(TOPICS.map(|topic| News { topic, id: None }).into())),
            Err(RecvError::Closed) => None,
        }
    }
}

impl Newsroom {
    /// Listen to what changes from now on.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn listen(&self, app: &App, tenant: Tenant) -> Result<Listening, Error> {
        let (desk, told) = {
            let mut desks = self.desks.lock().unwrap_or_else(PoisonError::into_inner);
            let desk = desks
                .entry(tenant.id())
                .or_insert_with(|| Arc::new(Desk { told: broadcast::Sender::new(BEHIND), begun: OnceCell::new() }));
            // Within the lock: a reader that ends looks within it whether anybody is left.
            (Arc::clone(desk), desk.told.subscribe())
        };
        let begin = async || -> Result<(), Error> {
            let mut tx = app.directory.db.read(tenant).await?;
            let follower = Follower::begin(&mut tx, app.directory.clock.now()).await?;
            drop(tx);
            tokio::spawn(read(app.clone(), tenant, Arc::clone(&desk), follower));
            Ok(())
        };
        desk.begun.get_or_try_init(begin).await?;
        Ok(Listening { told })
    }

    /// How many tenants are read for those who listen.
    pub fn readers(&self) -> usize {
        self.desks.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// How many listen.
    pub fn listeners(&self) -> usize {
        let desks = self.desks.lock().unwrap_or_else(PoisonError::into_inner);
        desks.values().map(|desk| desk.told.receiver_count()).sum()
    }

    /// Take a desk away if nobody listens there any more.
    fn close(&self, tenant: Tenant, desk: &Desk) -> bool {
        let mut desks = self.desks.lock().unwrap_or_else(PoisonError::into_inner);
        let is_left = desk.told.receiver_count() == 0;
        if is_left {
            desks.remove(&tenant.id());
        }
        is_left
    }
}

/// Read for as long as somebody listens and the process goes on.
async fn read(app: App, tenant: Tenant, desk: Arc<Desk>, mut follower: Follower) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(PACE) => {}
            () = app.ending() => return,
        }
        if app.newsroom.close(tenant, &desk) {
            return;
        }
        match look(&app, tenant, &mut follower).await {
            Ok(news) if news.is_empty() => {}
            // Nobody may be left by now.
            Ok(news) => drop(desk.told.send(Arc::new(news))),
            // The next look sees what this one missed.
            Err(error) => tracing::warn!(%error, "what changed could not be read"),
        }
    }
}

async fn look(app: &App, tenant: Tenant, follower: &mut Follower) -> Result<BTreeSet<News>, Error> {
    let mut tx = app.directory.db.read(tenant).await?;
    follower.look(&mut tx, app.directory.clock.now()).await
}
