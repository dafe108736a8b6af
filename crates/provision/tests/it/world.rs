//! A deployment under test: a real database, a fake clock, fake applications, and workers that can be killed.

use directory::{
    Clock, Db, Directory, Error, Kind, Millis, Tenant, Vault,
    access_token::Credential,
    application::ApplicationSettings,
    audit::Actor,
    group,
    lane::LaneKind,
    record::Record,
    source::{SourceCaller, SourceClient, SourceSettings},
};
use futures::future::{Either, join, select};
use provision::{Memory, Turn, push_turn};
use scim::{Object, Patch, Tolerance};
use scim_client::Transport;
use serde_json::Value;
use std::{
    path::PathBuf,
    pin::Pin,
    sync::{Arc, atomic::AtomicBool},
    task::Poll,
};
use uuid::Uuid;

use crate::{
    app::App,
    chance::Time,
    wire::{Arranged, Wire},
};

pub struct World {
    pub directory: Directory,
    pub tenant: Tenant,
    pub caller: SourceCaller,
    pub everyone: Uuid,
    pub time: Time,
    pub wire: Wire,
    pub transport: Arc<dyn Transport>,
    /// What each node is called; a node that was killed comes back under another name.
    pub nodes: [Uuid; 2],
    folder: PathBuf,
}

/// How a worker is to end.
#[derive(Clone, Copy, Debug)]
pub enum End {
    /// When it has nothing more to do.
    Well,
    /// Killed after it was polled so often.
    Polls(usize),
    /// Killed, or held up, at one of its requests.
    Request(Arranged),
}

type Worker = Pin<Box<dyn Future<Output = Result<Option<Turn>, Error>>>>;

impl World {
    pub async fn new(seed: u64) -> World {
        // Nothing here loses power: memory does for a disk.
        let memory = PathBuf::from("/dev/shm");
        let folder = if memory.is_dir() { memory } else { std::env::temp_dir() };
        let folder = folder.join(format!("lockstep-sim-{}", Uuid::now_v7()));
        let time = Time::new(seed);
        let vault = Vault::open(&folder).unwrap();
        let db = Db::sqlite(&folder).await.unwrap();
        let directory = Directory::open(db, Clock::new(time.clone()), vault).await.unwrap();
        let tenant = directory.tenants().await.unwrap()[0];
        let (source, token) = directory
            .add_source(tenant, &Actor::system(), "hr", SourceClient::Generic, &SourceSettings::default())
            .await
            .unwrap();
        let credential = Credential::Bearer(token.reveal());
        let caller = directory.authenticate_source(&source.slug, &credential).await.unwrap().unwrap();
        let mut tx = directory.db.read(tenant).await.unwrap();
        let everyone = group::everyone(&mut tx).await.unwrap().id;
        drop(tx);
        let wire = Wire::new(seed, time.clone());
        let nodes = [directory.clock.id(), directory.clock.id()];
        World { directory, tenant, caller, everyone, time, transport: Arc::new(wire.clone()), wire, nodes, folder }
    }

    /// An application at a host, published and active.
    pub async fn add(&self, host: &str, app: App, change: impl FnOnce(&mut ApplicationSettings)) -> Uuid {
        let mut settings = ApplicationSettings::new(format!("https://{host}/scim/v2").parse().unwrap());
        change(&mut settings);
        self.wire.net().apps.insert(host.to_owned(), app);
        let actor = Actor::system();
        let token = "right".into();
        let application =
            self.directory.add_application(self.tenant, &actor, host, &settings, Some(&token)).await.unwrap();
        self.directory.publish(self.tenant, &actor, application.id).await.unwrap();
        self.directory.set_active(self.tenant, &actor, application.id, true).await.unwrap();
        application.id
    }

    pub async fn create(&self, kind: Kind, body: Value) -> Result<Record, Error> {
        let body = read(kind, body);
        self.directory.create_record(&self.caller, None, kind, body).await
    }

    pub async fn replace(&self, kind: Kind, id: Uuid, body: Value) -> Result<Record, Error> {
        self.directory.replace_record(&self.caller, None, kind, id, &None, read(kind, body)).await
    }

    pub async fn patch(&self, kind: Kind, id: Uuid, operations: Value) -> Result<Record, Error> {
        let body = serde_json::json!({"schemas": [scim::PATCH_URN], "Operations": operations});
        let patch = Patch::read(&body, kind.standard_type(), &Tolerance::tolerant()).unwrap();
        self.directory.patch_record(&self.caller, None, kind, id, &None, &patch).await
    }

    pub async fn delete(&self, kind: Kind, id: Uuid) -> Result<(), Error> {
        self.directory.delete_record(&self.caller, None, kind, id, &None).await
    }

    /// One worker: claim a lane, work through it, give it back. `None`: the lane is another node's.
    fn worker(&self, kind: LaneKind, subject: Uuid, node: usize) -> Worker {
        let (directory, transport, tenant, node) =
            (self.directory.clone(), self.transport.clone(), self.tenant, self.nodes[node]);
        Box::pin(async move {
            let Some(mut lease) = directory.claim(tenant, kind, subject, node).await? else { return Ok(None) };
            let (mut memory, stop) = (Memory::default(), AtomicBool::new(false));
            let mut turn = Turn::Busy;
            // A bound, so that a lane that spins is a fault and not a test that never ends.
            for _ in 0..200 {
                turn = match kind {
                    LaneKind::Plan => match directory.plan_turn(&lease).await? {
                        Some(true) => Turn::Busy,
                        Some(false) => Turn::Idle(None),
                        None => Turn::Lost,
                    },
                    LaneKind::Push => push_turn(&directory, &mut lease, &transport, &mut memory, &stop).await?,
                };
                if turn != Turn::Busy {
                    break;
                }
            }
            directory.give_back(&lease).await?;
            Ok(Some(turn))
        })
    }

    /// Run a worker to an end. `None`: it was killed, or the lane was another node's.
    pub async fn work(
        &mut self,
        kind: LaneKind,
        subject: Uuid,
        node: usize,
        step: usize,
        end: End,
    ) -> Result<Option<Turn>, Error> {
        self.wire.begin(step, if let End::Request(arranged) = end { Some(arranged) } else { None });
        let mut worker = self.worker(kind, subject, node);
        let (wire, mut polls) = (self.wire.clone(), 0);
        let outcome = std::future::poll_fn(|context| {
            let polled = worker.as_mut().poll(context);
            polls += 1;
            let killed = wire.net().killed || matches!(end, End::Polls(limit) if polls >= limit);
            match polled {
                Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
                Poll::Pending if killed => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            }
        })
        .await;
        drop(worker);
        match outcome {
            Some(outcome) => outcome,
            None => {
                self.nodes[node] = self.directory.clock.id();
                Ok(None)
            }
        }
    }

    /// One node hangs in a request until its lease has run out; the other takes the lane over and works through it;
    /// then the first goes on.
    pub async fn overtaken(
        &mut self,
        subject: Uuid,
        step: usize,
        arranged: Arranged,
        late: Millis,
    ) -> Result<(), Error> {
        self.wire.begin(step, Some(arranged));
        let first = self.worker(LaneKind::Push, subject, 0);
        let hung = self.wire.hung.clone();
        match select(first, Box::pin(hung.notified())).await {
            Either::Left((outcome, _)) => outcome.map(drop),
            Either::Right((_, first)) => {
                self.time.advance(late);
                let second = self.worker(LaneKind::Push, subject, 1);
                let released = self.wire.released.clone();
                let second = async move {
                    let outcome = second.await;
                    released.notify_one();
                    outcome
                };
                let (first, second) = join(first, second).await;
                first.and(second).map(drop)
            }
        }
    }

    /// Plan, and push what is due to one application. What the push lane came to; `Lost` also for a worker that was
    /// killed.
    pub async fn settle(&mut self, application: Uuid) -> Turn {
        self.work(LaneKind::Plan, self.tenant.id(), 0, 0, End::Well).await.unwrap();
        let turn = self.work(LaneKind::Push, application, 0, 0, End::Well).await.unwrap();
        turn.unwrap_or(Turn::Lost)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // Left behind in memory at worst.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn read(kind: Kind, body: Value) -> Object {
    scim::resource::read(body, kind.standard_type(), &Tolerance::tolerant()).unwrap()
}
