//! One turn of a push lane: what is due, in the order of phases, several objects at a time.

use directory::{
    Clock, Directory, Error, Kind, Millis,
    account::{self, Recording},
    application::{self, Application, ApplicationSettings, Removal},
    history::Tally,
    lane::{Lease, Pause},
    mapping::CompiledMapping,
    work::{self, Postponed, Work, WorkStatus},
};
use futures::{StreamExt, stream};
use scim_client::{Capabilities, Class, Client, Exchange, Fault, Transport, Update};
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};
use uuid::Uuid;

use crate::{connection, group, membership, pace, user};

/// So many objects are loaded at once: few enough that what was loaded is not stale, and a leaver is next soon.
const BATCH: i64 = 64;
/// So many requests are under way at a time.
const IN_FLIGHT: usize = 8;

/// What a turn came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Something was looked at; look again.
    Busy,
    /// Nothing is due before this time (never: `None`).
    Idle(Option<Millis>),
    /// The connection rests until this time.
    Paused(Millis),
    /// The lane belongs to another node, or the application is no longer active.
    Lost,
}

/// An application as a lane works on it.
pub(crate) struct Lane {
    pub directory: Directory,
    pub lease: Lease,
    pub application: Application,
    pub settings: ApplicationSettings,
    pub mapping: CompiledMapping,
    pub client: Client,
    pub capabilities: Mutex<Capabilities>,
    pub run: Uuid,
    /// The connection failed: stop after what is under way.
    pub halt: Mutex<Option<Pause>>,
    /// A request was answered: the connection is well.
    well: AtomicBool,
    lost: AtomicBool,
    renewed_at: AtomicI64,
    counts: Mutex<Tally>,
}

/// What a lane keeps from one turn to the next.
#[derive(Default)]
pub struct Memory {
    run: Option<Uuid>,
    counts: Tally,
    /// Of which version of the settings, and when they were read.
    capabilities: Option<(i64, Millis, Capabilities)>,
}

/// Capabilities are read again after an hour: applications are upgraded.
const CAPABILITIES_LIFE: Millis = 60 * 60 * 1000;

impl Memory {
    /// End the run, if one goes on: nothing is due any more, or the lane is given back.
    pub async fn end_run(&mut self, directory: &Directory, lease: &Lease) -> Result<(), Error> {
        if let Some(run) = self.run.take() {
            let counts = std::mem::take(&mut self.counts);
            directory.update_run(lease, run, &counts, true).await?;
        }
        Ok(())
    }
}

/// One turn of the lane that `lease` holds. Call it until it is no longer [`Turn::Busy`].
pub async fn push_turn(
    directory: &Directory,
    lease: &mut Lease,
    transport: &Arc<dyn Transport>,
    memory: &mut Memory,
    stop: &AtomicBool,
) -> Result<Turn, Error> {
    let now = directory.clock.now();
    if lease.paused_until > now {
        return Ok(Turn::Paused(lease.paused_until));
    }
    if !directory.renew(lease).await? {
        return Ok(Turn::Lost);
    }
    let mut tx = directory.db.read(lease.tenant).await?;
    let application = application::find(&mut tx, &lease.subject.to_string()).await?;
    let current = application::version(&mut tx, application.id, "current").await?;
    let (true, Some(version)) = (application.active, current) else { return Ok(Turn::Lost) };
    let due = work::due(&mut tx, application.id, now, if lease.failures > 0 { 1 } else { BATCH }).await?;
    if due.is_empty() {
        let next = work::next_due(&mut tx, application.id).await?;
        drop(tx);
        memory.end_run(directory, lease).await?;
        return Ok(Turn::Idle(next));
    }
    let token = directory.credential(&mut tx, application.id, &version.settings).await;
    drop(tx);
    let token = match token {
        Ok(token) => token,
        Err(error) => return rest(directory, lease, "auth.invalid", error.to_string(), None).await,
    };
    let client = connection::client(transport.clone(), version.settings.base_url.clone(), token);
    let known = memory.capabilities.as_ref();
    let known = known.filter(|(number, read_at, _)| *number == version.number && now - read_at < CAPABILITIES_LIFE);
    let (read_at, capabilities) = match known {
        Some((_, read_at, capabilities)) => (*read_at, capabilities.clone()),
        None => match client.capabilities().await {
            Ok(reply) => (now, reply.value),
            Err(fault) if halts(&fault) || fault.class == Class::Retry => {
                return rest(directory, lease, fault.code, fault.detail, fault.retry_after.map(millis)).await;
            }
            // What can't be read is no reason to do nothing: the defaults are what the RFC demands.
            Err(_) => (now, Capabilities::default()),
        },
    };
    memory.capabilities = Some((version.number, read_at, capabilities.clone()));
    let mapping = match version.settings.mapping.compile(&directory.definitions(lease.tenant).await?.profile) {
        Ok(mapping) => mapping,
        Err(errors) => {
            let detail = errors.first().map(ToString::to_string).unwrap_or_default();
            return rest(directory, lease, "map.error", detail, None).await;
        }
    };
    let run = match memory.run {
        Some(run) => run,
        None => match directory.begin_run(lease, "changes").await? {
            Some(run) => *memory.run.insert(run),
            None => return Ok(Turn::Lost),
        },
    };
    let lane = Lane {
        directory: directory.clone(),
        lease: *lease,
        application,
        settings: version.settings,
        mapping,
        client,
        capabilities: Mutex::new(capabilities),
        run,
        halt: Mutex::new(None),
        well: AtomicBool::new(false),
        lost: AtomicBool::new(false),
        renewed_at: AtomicI64::new(now),
        counts: Mutex::default(),
    };
    let looked = lane.look(due, stop).await;
    if lane.lost.load(Ordering::Relaxed) {
        return Ok(Turn::Lost);
    }
    memory.counts.add(&lane.counts.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    // What experience has corrected stays corrected.
    if let Some((.., capabilities)) = &mut memory.capabilities {
        *capabilities = lane.capabilities();
    }
    directory.update_run(lease, run, &memory.counts, false).await?;
    let halt = lane.halt.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
    if let Some(pause) = halt {
        directory.set_pause(lease, Some(&pause)).await?;
        (lease.paused_until, lease.failures) = (pause.until, pause.failures);
        looked?;
        return Ok(Turn::Paused(pause.until));
    }
    looked?;
    if lease.paused_until > 0 && lane.well.load(Ordering::Relaxed) {
        directory.set_pause(lease, None).await?;
        (lease.paused_until, lease.failures) = (0, 0);
    }
    Ok(Turn::Busy)
}

fn millis(duration: std::time::Duration) -> Millis {
    Millis::try_from(duration.as_millis()).unwrap_or(Millis::MAX)
}

/// Let the whole connection rest.
async fn rest(
    directory: &Directory,
    lease: &mut Lease,
    code: &str,
    note: String,
    wait: Option<Millis>,
) -> Result<Turn, Error> {
    let until = wait.map_or_else(|| pace::rest(&directory.clock, lease.failures), |wait| directory.clock.now() + wait);
    let pause = Pause { until, failures: lease.failures + 1, code: code.to_owned(), note };
    tracing::warn!(application = %lease.subject, code, note = pause.note, "the connection rests");
    directory.set_pause(lease, Some(&pause)).await?;
    (lease.paused_until, lease.failures) = (until, pause.failures);
    Ok(Turn::Paused(until))
}

/// Whether a failure is the connection's and not the object's.
pub(crate) fn halts(fault: &Fault) -> bool {
    match fault.class {
        Class::Unreachable | Class::Throttled => true,
        // 403 may be about one protected object: it must not keep everyone else waiting.
        Class::Refused => fault.status != Some(403),
        _ => false,
    }
}

impl Lane {
    pub(crate) fn clock(&self) -> &Clock {
        &self.directory.clock
    }

    /// Look at everything that is due, several objects at a time, one request per object.
    async fn look(&self, due: Vec<Work>, stop: &AtomicBool) -> Result<(), Error> {
        let mut users = Vec::new();
        let mut groups = Vec::new();
        let mut memberships: BTreeMap<Uuid, Vec<Work>> = BTreeMap::new();
        for work in due {
            match work.key.kind {
                Kind::User => users.push(work),
                Kind::Group => groups.push(work),
                Kind::Membership | Kind::Custom(_) => memberships.entry(work.key.subject).or_default().push(work),
            }
        }
        let ids: Vec<Uuid> = users.iter().map(|work| work.key.subject).collect();
        let mut tx = self.directory.db.read(self.lease.tenant).await?;
        let mut subjects = account::user_subjects(&mut tx, self.application.id, &ids).await?;
        drop(tx);
        let looks = users.into_iter().map(|work| {
            let subject = subjects.remove(&work.key.subject).unwrap_or_default();
            let seen = vec![work.clone()];
            async move {
                if self.goes_on(stop).await? {
                    self.stumble(seen, user::look(self, work, subject).await).await
                } else {
                    Ok(())
                }
            }
        });
        each(looks).await?;
        let looks = groups.into_iter().map(|work| async move {
            let seen = vec![work.clone()];
            if self.goes_on(stop).await? { self.stumble(seen, group::look(self, work).await).await } else { Ok(()) }
        });
        each(looks).await?;
        let looks = memberships.into_iter().map(|(group, works)| async move {
            let seen = works.clone();
            if self.goes_on(stop).await? {
                self.stumble(seen, membership::look(self, group, works, stop).await).await
            } else {
                Ok(())
            }
        });
        each(looks).await
    }

    /// A look that failed for a reason of ours, or on an answer that can't be stored, puts off its own object and
    /// keeps nobody else waiting.
    async fn stumble(&self, works: Vec<Work>, looked: Result<(), Error>) -> Result<(), Error> {
        let Err(error) = looked else { return Ok(()) };
        tracing::error!(application = %self.lease.subject, %error, "looking at an object failed");
        let taken = matches!(error, Error::Taken { .. });
        let postponed = works.into_iter().map(|work| {
            let postponed = if taken {
                needs_a_person(
                    self.clock(),
                    "match.already_linked",
                    format!("the application's object belongs to somebody else already: {error}"),
                )
            } else {
                let (status, due_at) = (WorkStatus::Pending, pace::again(self.clock(), work.attempts));
                Postponed { status, due_at, code: "internal".into(), detail: error.to_string(), waiting_on: None }
            };
            (work, postponed)
        });
        self.record(Recording { postponed: postponed.collect(), ..Recording::default() }).await.map(drop)
    }

    /// Whether to begin another request: the lane is ours, the connection is well, nobody wants to stop.
    pub(crate) async fn goes_on(&self, stop: &AtomicBool) -> Result<bool, Error> {
        let halted = self.halt.lock().unwrap_or_else(std::sync::PoisonError::into_inner).is_some();
        if halted || self.lost.load(Ordering::Relaxed) || stop.load(Ordering::Relaxed) {
            return Ok(false);
        }
        self.ours().await
    }

    /// Whether the lane is ours still; keeps it so.
    async fn ours(&self) -> Result<bool, Error> {
        let now = self.clock().now();
        let renewed_at = self.renewed_at.load(Ordering::Relaxed);
        if now - renewed_at > directory::lane::LEASE / 6
            && self.renewed_at.compare_exchange(renewed_at, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
            && !self.directory.renew(&self.lease).await?
        {
            self.lost.store(true, Ordering::Relaxed);
        }
        Ok(!self.lost.load(Ordering::Relaxed))
    }

    /// What was read is about to be written back: is the lane ours still? Reading may have taken so long that another
    /// node has the lane, and has written since.
    pub(crate) async fn may_write_back(&self) -> Result<(), Fault> {
        let detail = match self.ours().await {
            Ok(true) => return Ok(()),
            Ok(false) => "another node has the application by now".to_owned(),
            Err(error) => error.to_string(),
        };
        let (scim_type, retry_after) = (None, None);
        let (method, path, status, duration) = (String::new(), String::new(), None, std::time::Duration::ZERO);
        let exchange = Exchange { method, path, status, duration, request: None, response: None };
        Err(Fault { class: Class::Retry, code: "lane.lost", status, scim_type, detail, retry_after, exchange })
    }

    /// Record what a look came to. `false`: the lane is lost, nothing was recorded, and nothing more may be sent.
    pub(crate) async fn record(&self, recording: Recording) -> Result<bool, Error> {
        {
            let mut counts = self.counts.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            for operation in &recording.operations {
                counts.count(operation.kind, &operation.status);
            }
        }
        let recorded = self.directory.record(&self.lease, &recording).await?;
        if !recorded {
            self.lost.store(true, Ordering::Relaxed);
        }
        Ok(recorded)
    }

    /// The application answered.
    pub(crate) fn answered(&self) {
        self.well.store(true, Ordering::Relaxed);
    }

    /// What a failed request means for its work; a failure of the whole connection halts the lane.
    pub(crate) fn put_off(&self, work: &Work, fault: &Fault) -> Postponed {
        if halts(fault) {
            self.stop_for(fault);
        } else {
            self.answered();
        }
        let (status, due_at) = match fault.class {
            // The pause gates it; it is due as soon as the connection is well.
            _ if halts(fault) => (WorkStatus::Pending, self.clock().now()),
            Class::Retry | Class::Unclear | Class::Missing => {
                (WorkStatus::Pending, pace::again(self.clock(), work.attempts))
            }
            _ => (WorkStatus::Failed, pace::courtesy(self.clock())),
        };
        Postponed { status, due_at, code: fault.code.to_owned(), detail: fault.detail.clone(), waiting_on: None }
    }

    fn stop_for(&self, fault: &Fault) {
        let throttled = fault.class == Class::Throttled;
        let failures = if throttled { self.lease.failures } else { self.lease.failures + 1 };
        let until = match fault.retry_after {
            Some(wait) => self.clock().now() + millis(wait),
            None => pace::rest(self.clock(), self.lease.failures),
        };
        tracing::warn!(
            application = %self.lease.subject,
            code = fault.code,
            detail = fault.detail,
            "the connection rests"
        );
        let pause = Pause { until, failures, code: fault.code.to_owned(), note: fault.detail.clone() };
        self.halt.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get_or_insert(pause);
    }

    /// The application can't PATCH after all: from here on PUT.
    pub(crate) fn cannot_patch(&self) {
        self.capabilities.lock().unwrap_or_else(std::sync::PoisonError::into_inner).update = Update::PutMerge;
    }

    pub(crate) fn capabilities(&self) -> Capabilities {
        self.capabilities.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// What happens to a group in the application that is no longer pushed there.
    pub(crate) fn removes_groups(&self) -> bool {
        self.settings.delete && self.settings.on_removed == Removal::Delete
    }
}

/// A failure that only a person, or a change, can mend.
pub(crate) fn needs_a_person(clock: &Clock, code: &str, detail: String) -> Postponed {
    Postponed {
        status: WorkStatus::Failed,
        due_at: pace::courtesy(clock),
        code: code.to_owned(),
        detail,
        waiting_on: None,
    }
}

/// Run looks side by side. One that fails for a reason of ours does not keep the others from ending.
async fn each<F: Future<Output = Result<(), Error>>>(looks: impl Iterator<Item = F>) -> Result<(), Error> {
    let outcomes: Vec<_> = stream::iter(looks).buffer_unordered(IN_FLIGHT).collect().await;
    outcomes.into_iter().collect()
}
