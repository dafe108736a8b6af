//! The engine of one node: it claims lanes that have something to do, and gives them back.

use directory::{
    Directory, Error, Millis, Tenant,
    lane::{LaneKind, Lease},
};
use scim_client::Transport;
use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{sync::Notify, task::JoinSet, time};
use uuid::Uuid;

use crate::lane::{Memory, Turn, push_turn};

/// Lanes are looked for at least this often; the bell makes it sooner.
const LOOK: Duration = Duration::from_millis(500);
/// Old history is forgotten once an hour.
const SWEEP: Millis = 60 * 60 * 1000;
/// And at most this often, however many changes come in.
const REST: Duration = Duration::from_millis(10);

/// A running engine.
#[derive(Debug)]
pub struct Engine {
    stop: Arc<AtomicBool>,
    wake: Arc<Notify>,
    task: tokio::task::JoinHandle<()>,
}

impl Engine {
    /// Start working through the lanes of all tenants. Several nodes may do so on one database; each has an id of
    /// its own that outlives a crash, so that it takes up its own lanes again at once.
    pub fn start(directory: Directory, transport: Arc<dyn Transport>, node: Uuid) -> Engine {
        let (stop, wake) = (Arc::new(AtomicBool::new(false)), directory.bell.clone());
        let task = tokio::spawn(run(directory, transport, node, stop.clone()));
        Engine { stop, wake, task }
    }

    /// Finish the requests that are under way, record them, and give the lanes back.
    pub async fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.wake.notify_one();
        // A panicked engine has nothing left to finish.
        let _ = self.task.await;
    }
}

/// What push lanes keep from one claim to the next, by application.
type Memories = Arc<Mutex<HashMap<Uuid, Memory>>>;

/// What a lane is known by.
type Key = (LaneKind, Uuid);

async fn run(directory: Directory, transport: Arc<dyn Transport>, node: Uuid, stop: Arc<AtomicBool>) {
    let mut swept_at = 0;
    let mut lanes: JoinSet<Key> = JoinSet::new();
    let mut running: HashSet<Key> = HashSet::new();
    // What each application can do, as far as this node has found out.
    let memories: Memories = Memories::default();
    while !stop.load(Ordering::Relaxed) {
        let rung = directory.bell.notified();
        tokio::select! {
            () = rung => {}
            () = time::sleep(LOOK) => {}
            Some(ended) = lanes.join_next() => {
                if let Ok(key) = ended {
                    running.remove(&key);
                }
            }
        }
        while let Some(ended) = lanes.try_join_next() {
            if let Ok(key) = ended {
                running.remove(&key);
            }
        }
        if lanes.is_empty() {
            // A lane that panicked has told nobody; its lease runs out.
            running.clear();
        }
        let ready = match directory.ready().await {
            Ok(ready) => ready,
            Err(error) => {
                tracing::error!(%error, "looking for lanes failed");
                time::sleep(LOOK).await;
                continue;
            }
        };
        let now = directory.clock.now();
        if now - swept_at > SWEEP {
            match directory.sweep(directory.retention).await {
                // A bounded piece at a time: more of it at the next look.
                Ok(more) => swept_at = if more { swept_at } else { now },
                Err(error) => tracing::error!(%error, "forgetting old history failed"),
            }
        }
        let plan = ready.plan.into_iter().map(|tenant| (tenant, LaneKind::Plan, tenant.id()));
        let push =
            ready.push.into_iter().filter(|(.., due)| *due <= now).map(|(tenant, id, _)| (tenant, LaneKind::Push, id));
        for (tenant, kind, subject) in plan.chain(push) {
            if running.insert((kind, subject)) {
                let (directory, transport, stop) = (directory.clone(), transport.clone(), stop.clone());
                let memories = memories.clone();
                lanes.spawn(async move {
                    if let Err(error) =
                        work(&directory, &transport, &stop, &memories, node, tenant, kind, subject).await
                    {
                        tracing::error!(%error, lane = kind_name(kind), %subject, "a lane failed; it is tried again");
                        time::sleep(LOOK).await;
                    }
                    (kind, subject)
                });
            }
        }
        time::sleep(REST).await;
    }
    while lanes.join_next().await.is_some() {}
}

fn kind_name(kind: LaneKind) -> &'static str {
    match kind {
        LaneKind::Plan => "plan",
        LaneKind::Push => "push",
    }
}

/// Work through one lane until nothing is left to do.
#[allow(clippy::too_many_arguments)] // one caller, and each of them is a thing of its own
async fn work(
    directory: &Directory,
    transport: &Arc<dyn Transport>,
    stop: &AtomicBool,
    memories: &Memories,
    node: Uuid,
    tenant: Tenant,
    kind: LaneKind,
    subject: Uuid,
) -> Result<(), Error> {
    let Some(mut lease) = directory.claim(tenant, kind, subject, node).await? else {
        // Another node has it; do not ask again at once.
        time::sleep(LOOK).await;
        return Ok(());
    };
    let outcome = match kind {
        LaneKind::Plan => plan(directory, &lease, stop).await,
        LaneKind::Push => push(directory, transport, &mut lease, memories, stop).await,
    };
    directory.give_back(&lease).await?;
    outcome
}

async fn plan(directory: &Directory, lease: &Lease, stop: &AtomicBool) -> Result<(), Error> {
    while !stop.load(Ordering::Relaxed) && directory.plan_turn(lease).await? == Some(true) {
        if !directory.renew(lease).await? {
            break;
        }
    }
    Ok(())
}

async fn push(
    directory: &Directory,
    transport: &Arc<dyn Transport>,
    lease: &mut Lease,
    memories: &Memories,
    stop: &AtomicBool,
) -> Result<(), Error> {
    let locked = || memories.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut memory = locked().remove(&lease.subject).unwrap_or_default();
    let outcome = turns(directory, transport, lease, &mut memory, stop).await;
    memory.end_run(directory, lease).await?;
    locked().insert(lease.subject, memory);
    outcome
}

async fn turns(
    directory: &Directory,
    transport: &Arc<dyn Transport>,
    lease: &mut Lease,
    memory: &mut Memory,
    stop: &AtomicBool,
) -> Result<(), Error> {
    while !stop.load(Ordering::Relaxed) {
        match push_turn(directory, lease, transport, memory, stop).await? {
            Turn::Busy => {}
            Turn::Idle(_) | Turn::Paused(_) | Turn::Lost => break,
        }
    }
    Ok(())
}
