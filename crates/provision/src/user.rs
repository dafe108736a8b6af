//! One user's account: load, decide, match, write, record; again until nothing is left to do.

use directory::{
    Error, Kind, Millis, Tx,
    account::{self, Account, LinkState, Origin, Recording, UserSubject},
    application::Matching,
    work::{self, Postponed, Work, WorkStatus},
};
use scim::{Object, Patch};
use scim_client::{Class, Exchange, Fault, Update};
use serde_json::Value;

use crate::{
    decide::{Step, decide},
    desired::{Desired, difference, ledger},
    lane::{Lane, needs_a_person},
    matching::{attribute, key},
    trail::{About, Outcome, Trail},
};

pub(crate) const USERS: &str = "/Users";

/// How long a create without an answer may still be under way: the longest request, in milliseconds.
pub(crate) const IN_DOUBT: Millis = 20_000;

/// A look may take so many steps: match, link, update; and once more when the account was gone.
const STEPS: usize = 6;

/// Look at one user.
pub(crate) async fn look(lane: &Lane, work: Work, subject: UserSubject) -> Result<(), Error> {
    let name = match (&subject.user, &subject.account) {
        (Some(user), _) => user.user_name.clone(),
        (None, Some(account)) => account.user_name.clone(),
        (None, None) => String::new(),
    };
    let account = subject.account.clone();
    let mut look = Look { lane, work, name, account, trail: Trail::begin(lane.clock()), did: None, changes: None };
    for _ in 0..STEPS {
        match look.step(&subject).await? {
            Next::Again => {}
            Next::Done => return look.finish(&subject).await,
            Next::Open(postponed) => return look.postpone(postponed).await,
        }
    }
    let postponed = Postponed {
        status: WorkStatus::Pending,
        due_at: crate::pace::again(lane.clock(), look.work.attempts),
        code: "link.missing".into(),
        detail: format!("{}: the account keeps disappearing from {}", look.name, lane.application.name),
        waiting_on: None,
    };
    look.postpone(postponed).await
}

/// What follows from a step.
enum Next {
    /// Decide again.
    Again,
    /// In step.
    Done,
    /// Not in step, and why.
    Open(Postponed),
}

struct Look<'a> {
    lane: &'a Lane,
    work: Work,
    name: String,
    account: Option<Account>,
    trail: Trail,
    /// What was done, for the history: the first thing counts.
    did: Option<&'static str>,
    changes: Option<Value>,
}

impl Look<'_> {
    async fn step(&mut self, subject: &UserSubject) -> Result<Next, Error> {
        if let Some(account) = self.account.clone().filter(|account| account.unsure) {
            return self.read(account).await;
        }
        let creating = self.account.as_ref().is_none_or(|account| account.remote_id.is_none());
        let desired = match Desired::of(subject, &self.lane.mapping, &self.lane.application.name, creating) {
            Ok(desired) => desired,
            Err(errors) => {
                let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
                return Ok(self.open("map.error", format!("{}: {}", self.name, errors.join("; "))));
            }
        };
        let on_hold = subject.user.as_ref().is_some_and(|user| user.on_hold);
        match (decide(&desired, self.account.as_ref(), &self.lane.settings, on_hold), desired) {
            (Step::Nothing, _) => Ok(Next::Done),
            (Step::Match { create }, desired) => match self.unsettled(subject) {
                Some(wait) => Ok(Next::Open(wait)),
                None => self.find(&desired, create).await,
            },
            (Step::Update { reactivate }, Desired::Present { mut document, managed, active }) => {
                // What we deactivated we make active again, even if the mapping has no say in it.
                if reactivate && active {
                    document.insert("active".into(), true.into());
                }
                self.update(&document, &managed, reactivate).await
            }
            (Step::Update { .. }, Desired::Absent { .. }) => Ok(Next::Done),
            (Step::Deactivate, _) => self.deactivate().await,
            (Step::Delete, _) => self.delete().await,
            (Step::Release, _) => self.release(),
            (Step::Hold, _) => Ok(Next::Open(Postponed {
                status: WorkStatus::Waiting,
                due_at: work::NEVER,
                code: "held.hold".into(),
                detail: format!("{} is on hold: nothing is deactivated or deleted until the hold is lifted", self.name),
                waiting_on: None,
            })),
            (Step::MayNotCreate, _) => Ok(self.open(
                "held.create",
                format!("{}: making accounts is switched off for {}", self.name, self.lane.application.name),
            )),
        }
    }

    /// A create that was begun a moment ago, and whose answer we do not know, may still be under way in the
    /// application: looking now could find nothing and make a second account.
    fn unsettled(&self, subject: &UserSubject) -> Option<Postponed> {
        let begun = subject.account.as_ref().filter(|account| account.state == LinkState::Creating)?;
        let due_at = begun.modified_at + IN_DOUBT;
        (self.account.is_some() && due_at > self.lane.clock().now()).then(|| Postponed {
            status: WorkStatus::Pending,
            due_at,
            code: "create.in_doubt".into(),
            detail: format!("{}: whether the account was made is looked up in a moment", self.name),
            waiting_on: None,
        })
    }

    /// A change was sent, and how it ended was never heard: see what the application holds.
    async fn read(&mut self, account: Account) -> Result<Next, Error> {
        match self.lane.client.get(USERS, account.remote_id.as_deref().unwrap_or_default()).await {
            Ok(reply) => {
                self.lane.answered();
                self.trail.done(self.lane.clock(), reply.exchange);
                let applied = ledger(&reply.value, self.lane.mapping.resource_type());
                // Which of our changes got through shows in what is there.
                let rests = applied.get("active") == Some(&Value::Bool(false));
                let state = if rests { LinkState::Deactivated } else { LinkState::Linked };
                self.linked(account.remote_id, account.origin, state, applied);
                Ok(Next::Again)
            }
            Err(fault) if fault.class == Class::Missing => self.missing(&fault),
            Err(fault) => Ok(self.fault(&fault)),
        }
    }

    /// Store that a change is about to be sent: should its end never be heard, the ledger is not believed any more.
    /// `false`: the lane is lost, nothing may be sent.
    async fn sending(&mut self) -> Result<bool, Error> {
        if let Some(account) = &mut self.account {
            account.unsure = true;
        }
        self.lane.record(Recording { account: self.account.clone(), ..Recording::default() }).await
    }

    fn open(&self, code: &str, detail: String) -> Next {
        Next::Open(needs_a_person(self.lane.clock(), code, detail))
    }

    fn fault(&mut self, fault: &Fault) -> Next {
        self.trail.failed(self.lane.clock(), fault);
        let mut postponed = self.lane.put_off(&self.work, fault);
        postponed.detail = format!("{}: {}", self.name, postponed.detail);
        Next::Open(postponed)
    }

    /// Look for the account in the application, and make it when it is not there.
    async fn find(&mut self, desired: &Desired, create: bool) -> Result<Next, Error> {
        let document = match desired {
            Desired::Present { document, .. } => document.clone(),
            // The document that was posted, perhaps: kept in the ledger before it was sent.
            Desired::Absent { .. } => self.account.as_ref().map(|account| account.applied.clone()).unwrap_or_default(),
        };
        let rule = self.lane.settings.matching;
        // What was posted is there under the name it had then. Only our own counts: the name is no longer theirs.
        let posted = self.account.as_ref().map(|account| account.applied.clone());
        if let Some(posted) =
            posted.filter(|posted| key(rule, posted).is_some() && key(rule, posted) != key(rule, &document))
        {
            let external_id = posted.get("externalId");
            let mut found = match self.search(rule, &posted).await {
                Ok(found) => found,
                Err(next) => return Ok(next),
            };
            found.retain(|remote| external_id.is_some() && remote.get("externalId") == external_id);
            if found.len() == 1 {
                return self.link(found.remove(0)).await;
            }
        }
        let mut found = match self.search(rule, &document).await {
            Ok(found) => found,
            Err(next) => return Ok(next),
        };
        match found.len() {
            0 if create => self.create(&document).await,
            0 => {
                // It never came to be.
                self.account = None;
                Ok(Next::Done)
            }
            1 => self.link(found.remove(0)).await,
            many => Ok(self.open(
                "match.ambiguous",
                format!(
                    "{}: {many} accounts in {} match: remove all but one there, or choose another matching attribute",
                    self.name, self.lane.application.name
                ),
            )),
        }
    }

    async fn search(&mut self, rule: Matching, document: &Object) -> Result<Vec<Object>, Next> {
        let attribute = attribute(rule);
        let Some(value) = key(rule, document) else {
            return Err(self.open("match.no_value", format!("{}: there is no {attribute} to match by", self.name)));
        };
        match self.lane.client.find(USERS, attribute, value, None).await {
            Ok(reply) => {
                self.lane.answered();
                self.trail.done(self.lane.clock(), reply.exchange);
                if reply.ignored_filter && reply.value.is_empty() {
                    // The account may be on a page that was not shown: nothing may be made on such an answer.
                    let detail = format!(
                        "{}: {} ignores filters, so whether the account is there can't be told",
                        self.name, self.lane.application.name
                    );
                    return Err(self.open("cap.filter", detail));
                }
                Ok(reply.value)
            }
            Err(fault) => Err(self.fault(&fault)),
        }
    }

    /// Tie the user to an account that is there.
    async fn link(&mut self, remote: Object) -> Result<Next, Error> {
        let id = remote.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        if id.is_empty() {
            return Ok(self.open("reply.unparsable", format!("{}: the account that matches has no id", self.name)));
        }
        let mut tx = self.lane.directory.db.read(self.lane.lease.tenant).await?;
        let owner = account::owner(&mut tx, self.lane.application.id, &id).await?;
        let begun = self.begun_for(&mut tx, &remote).await?;
        drop(tx);
        if let Some((user, name)) = owner.filter(|(user, _)| *user != self.work.key.subject) {
            return Ok(self.open(
                "match.already_linked",
                format!(
                    "{}: the account that matches belongs to {name} ({user}): it is never taken from them",
                    self.name
                ),
            ));
        }
        if let Some(name) = begun {
            return Ok(Next::Open(Postponed {
                status: WorkStatus::Pending,
                due_at: crate::pace::again(self.lane.clock(), self.work.attempts),
                code: "match.already_linked".into(),
                detail: format!("{}: the account that matches was made for {name}, who is being looked at", self.name),
                waiting_on: None,
            }));
        }
        // Found where we had begun to make one: it is ours.
        let origin = if self.account.is_some() { Origin::Created } else { Origin::Adopted };
        self.did.get_or_insert(if origin == Origin::Created { "create" } else { "adopt" });
        let stored =
            self.store(Some(id), origin, LinkState::Linked, ledger(&remote, self.lane.mapping.resource_type())).await?;
        Ok(if stored { Next::Again } else { Next::Done })
    }

    /// For whom we began to make this account without hearing the end of it, when that is somebody else.
    async fn begun_for(&self, tx: &mut Tx, remote: &Object) -> Result<Option<String>, Error> {
        let named = remote.get("externalId").and_then(Value::as_str).and_then(|text| text.parse().ok());
        let Some(user) = named.filter(|user| *user != self.work.key.subject) else { return Ok(None) };
        let account = account::accounts(tx, self.lane.application.id, &[user]).await?.remove(&user);
        Ok(account.filter(|account| account.state == LinkState::Creating).map(|account| account.user_name))
    }

    async fn create(&mut self, document: &Object) -> Result<Next, Error> {
        // Whoever looks next, after a crash for instance, matches before anything is posted.
        if !self.store(None, Origin::Created, LinkState::Creating, document.clone()).await? {
            // Another node has the lane by now, and may be making the account at this moment.
            return Ok(Next::Done);
        }
        self.did = Some("create");
        self.changes = Some(Value::Object(document.clone()));
        match self.lane.client.create(USERS, document).await {
            Ok(reply) => {
                self.lane.answered();
                self.trail.done(self.lane.clock(), reply.exchange);
                let id = reply.value.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
                self.linked(Some(id), Origin::Created, LinkState::Linked, document.clone());
                Ok(Next::Done)
            }
            Err(fault) if fault.class == Class::Exists => self.exists(document, &fault).await,
            // It may have been made all the same: the account stays `creating`.
            Err(fault) if fault.class == Class::Unclear => Ok(self.fault(&fault)),
            Err(fault) => {
                self.account = None;
                Ok(self.fault(&fault))
            }
        }
    }

    /// 409: an account is there after all. Look for it by everything that may be unique.
    async fn exists(&mut self, document: &Object, fault: &Fault) -> Result<Next, Error> {
        self.trail.failed(self.lane.clock(), fault);
        self.lane.answered();
        for rule in [Matching::UserName, Matching::Email] {
            if key(rule, document).is_none() {
                continue;
            }
            let mut found = match self.search(rule, document).await {
                Ok(found) => found,
                Err(next) => return Ok(next),
            };
            if found.len() == 1 {
                self.account = None;
                return self.link(found.remove(0)).await;
            }
        }
        Ok(self.open(
            "conflict.hidden",
            format!(
                "{}: {} says the account exists but does not show it: {}",
                self.name, self.lane.application.name, fault.detail
            ),
        ))
    }

    /// Send what differs from the ledger.
    async fn update(&mut self, document: &Object, managed: &[scim::Path], reactivate: bool) -> Result<Next, Error> {
        let Some(account) = self.account.clone() else { return Ok(Next::Again) };
        let (wanted, patch) = difference(&account, document, managed, reactivate, self.lane.mapping.resource_type());
        if patch.changes.is_empty() {
            if reactivate || account.state != LinkState::Linked {
                self.linked(account.remote_id, account.origin, LinkState::Linked, wanted);
            }
            return Ok(Next::Done);
        }
        self.did.get_or_insert(if reactivate && account.state == LinkState::Deactivated {
            "reactivate"
        } else {
            "update"
        });
        if !self.sending().await? {
            return Ok(Next::Done);
        }
        match self.write(&account, &patch).await {
            Ok(_) => {
                self.linked(account.remote_id, account.origin, LinkState::Linked, wanted);
                Ok(Next::Done)
            }
            Err(fault) if fault.class == Class::Missing => self.missing(&fault),
            Err(fault) => Ok(self.fault(&fault)),
        }
    }

    /// The account is gone in the application: find it again, or make it again.
    fn missing(&mut self, fault: &Fault) -> Result<Next, Error> {
        self.trail.failed(self.lane.clock(), fault);
        self.lane.answered();
        self.account = None;
        self.did = None;
        Ok(Next::Again)
    }

    /// A removal is decided on what is true now, not on what was when the turn began: put on hold, or wanted again,
    /// since then, the person is left alone and looked at anew.
    async fn still_leaves(&self) -> Result<bool, Error> {
        let mut tx = self.lane.directory.db.read(self.lane.lease.tenant).await?;
        let id = self.work.key.subject;
        let now =
            account::user_subjects(&mut tx, self.lane.application.id, &[id]).await?.remove(&id).unwrap_or_default();
        Ok(now.effective.is_none() && !now.user.is_some_and(|user| user.on_hold))
    }

    fn changed_meanwhile(&self) -> Next {
        Next::Open(Postponed {
            status: WorkStatus::Pending,
            due_at: self.lane.clock().now(),
            code: "changed".into(),
            detail: format!("{}: changed meanwhile, and is looked at again", self.name),
            waiting_on: None,
        })
    }

    async fn deactivate(&mut self) -> Result<Next, Error> {
        if !self.still_leaves().await? {
            return Ok(self.changed_meanwhile());
        }
        let Some(account) = self.account.clone() else { return Ok(Next::Done) };
        self.did = Some("deactivate");
        let mut wanted = account.applied.clone();
        wanted.insert("active".into(), false.into());
        let patch = scim::diff(&account.applied, &wanted, self.lane.mapping.resource_type());
        if patch.changes.is_empty() {
            self.linked(account.remote_id, account.origin, LinkState::Deactivated, wanted);
            return Ok(Next::Done);
        }
        if !self.sending().await? {
            return Ok(Next::Done);
        }
        match self.write(&account, &patch).await {
            Ok(Some(answer)) if answer.get("active").and_then(Value::as_bool) == Some(true) => Ok(self.open(
                "deactivation_not_effective",
                format!(
                    "{}: {} accepted the deactivation, but the account is still active",
                    self.name, self.lane.application.name
                ),
            )),
            Ok(_) => {
                self.linked(account.remote_id, account.origin, LinkState::Deactivated, wanted);
                Ok(Next::Done)
            }
            Err(fault) if fault.class == Class::Missing => {
                // Nothing is there to deactivate.
                self.trail.failed(self.lane.clock(), &fault);
                self.lane.answered();
                self.account = None;
                Ok(Next::Done)
            }
            Err(fault) => Ok(self.fault(&fault)),
        }
    }

    async fn delete(&mut self) -> Result<Next, Error> {
        if !self.still_leaves().await? {
            return Ok(self.changed_meanwhile());
        }
        let Some(remote_id) = self.account.as_ref().and_then(|account| account.remote_id.clone()) else {
            return Ok(Next::Done);
        };
        self.did = Some("delete");
        if !self.sending().await? {
            return Ok(Next::Done);
        }
        match self.lane.client.delete(USERS, &remote_id).await {
            Ok(reply) => {
                self.lane.answered();
                self.trail.done(self.lane.clock(), reply.exchange);
                self.account = None;
                Ok(Next::Done)
            }
            Err(fault) => Ok(self.fault(&fault)),
        }
    }

    fn release(&mut self) -> Result<Next, Error> {
        if let Some(account) = self.account.clone() {
            self.did = Some("release");
            self.linked(account.remote_id, account.origin, LinkState::Released, account.applied);
        }
        Ok(Next::Done)
    }

    /// Change the account in the way the application can: PATCH, or GET, merge and PUT.
    async fn write(&mut self, account: &Account, patch: &Patch) -> Result<Option<Object>, Fault> {
        let id = account.remote_id.as_deref().unwrap_or_default();
        self.changes = Some(patch.to_json()["Operations"].clone());
        if self.lane.capabilities().update == Update::Patch {
            match self.lane.client.patch(USERS, id, patch).await {
                Ok(reply) => {
                    self.lane.answered();
                    self.trail.done(self.lane.clock(), reply.exchange);
                    return Ok(reply.value);
                }
                Err(fault) if fault.class == Class::Unsupported => {
                    // From here on PUT; the next look would find the same.
                    self.trail.failed(self.lane.clock(), &fault);
                    self.lane.cannot_patch();
                }
                Err(fault) => return Err(fault),
            }
        }
        let reply = self.lane.client.get(USERS, id).await?;
        self.lane.answered();
        self.trail.done(self.lane.clock(), reply.exchange);
        let current = ledger(&reply.value, self.lane.mapping.resource_type());
        let changed = patch.apply(&current, self.lane.mapping.resource_type(), &scim::Tolerance::tolerant()).map_err(
            |error| Fault {
                class: Class::Rejected,
                code: "reply.unparsable",
                status: None,
                scim_type: None,
                detail: format!("what {} shows of the account can't be changed: {error}", self.lane.application.name),
                retry_after: None,
                exchange: Exchange {
                    method: String::new(),
                    path: String::new(),
                    status: None,
                    duration: std::time::Duration::ZERO,
                    request: None,
                    response: None,
                },
            },
        )?;
        // What no schema of ours knows stays as the application has it.
        let mut body = reply.value;
        body.retain(|name, _| !current.contains_key(name) && !matches!(name.as_str(), "meta" | "groups"));
        body.extend(changed);
        body.insert("id".into(), id.into());
        self.lane.may_write_back().await?;
        let reply = self.lane.client.replace(USERS, id, &body).await?;
        self.trail.done(self.lane.clock(), reply.exchange);
        Ok(reply.value)
    }

    /// What the account has become; stored with the rest of the look.
    fn linked(&mut self, remote_id: Option<String>, origin: Origin, state: LinkState, applied: Object) {
        let (created_at, modified_at) =
            self.account.as_ref().map_or((0, 0), |account| (account.created_at, account.modified_at));
        let (user, user_name) = (self.work.key.subject, self.name.clone());
        let unsure = false;
        self.account =
            Some(Account { user, user_name, remote_id, origin, state, unsure, applied, created_at, modified_at });
    }

    /// What the account has become; stored at once, because something must not happen before it is. `false`: the
    /// lane is lost.
    async fn store(
        &mut self,
        remote_id: Option<String>,
        origin: Origin,
        state: LinkState,
        applied: Object,
    ) -> Result<bool, Error> {
        self.linked(remote_id, origin, state, applied);
        let recording = Recording { account: self.account.clone(), ..Recording::default() };
        self.lane.record(recording).await
    }

    fn operation(&mut self, outcome: Outcome) -> Option<directory::history::Operation> {
        let op = match (&outcome, self.did) {
            (_, Some(op)) => op,
            // Nothing to tell: no change is counted, not stored.
            (Outcome::Succeeded, None) => return None,
            (Outcome::Open { .. }, None) => "none",
        };
        let about = About {
            run: self.lane.run,
            application: self.lane.application.id,
            kind: Kind::User,
            subject: self.work.key.subject,
            name: self.name.clone(),
            remote_id: self.account.as_ref().and_then(|account| account.remote_id.clone()),
            changes: self.changes.take(),
            cause: self.work.cause,
        };
        let trail = std::mem::replace(&mut self.trail, Trail::begin(self.lane.clock()));
        Some(trail.operation(self.lane.clock(), about, op, outcome))
    }

    async fn finish(mut self, subject: &UserSubject) -> Result<(), Error> {
        let operations = self.operation(Outcome::Succeeded).into_iter().collect();
        let forget_account = match (&self.account, &subject.account) {
            (None, Some(gone)) => Some(gone.user),
            (None, None) if self.work.attempts > 0 => Some(self.work.key.subject),
            _ => None,
        };
        let mut recording =
            Recording { account: self.account.clone(), forget_account, operations, ..Recording::default() };
        // In step but for a manager whose account is still to come: the rest of the account is there meanwhile.
        let missing = subject.manager.as_ref().filter(|manager| {
            manager.account_id.is_none() && manager.effective && manager.user.active && reads_manager(self.lane)
        });
        match missing.filter(|_| recording.account.is_some() && subject.effective.is_some()) {
            Some(manager) => {
                let postponed = Postponed {
                    status: WorkStatus::Waiting,
                    due_at: work::NEVER,
                    code: "dep.waiting".into(),
                    detail: format!(
                        "{}: the manager is set as soon as {} has an account",
                        self.name, manager.user.user_name
                    ),
                    waiting_on: Some(manager.user.id),
                };
                recording.postponed.push((self.work, postponed));
            }
            None => recording.done.push(self.work),
        }
        if recording.account.as_ref() == subject.account.as_ref() {
            recording.account = None;
        }
        self.lane.record(recording).await.map(drop)
    }

    async fn postpone(mut self, postponed: Postponed) -> Result<(), Error> {
        let outcome = Outcome::Open {
            status: postponed.status.as_str(),
            code: postponed.code.clone(),
            detail: postponed.detail.clone(),
        };
        let operations = self.operation(outcome).into_iter().collect();
        // What we know not to be there is not kept as being made.
        let forget_account = self.account.is_none().then_some(self.work.key.subject);
        self.lane
            .record(Recording {
                operations,
                forget_account,
                postponed: vec![(self.work, postponed)],
                ..Recording::default()
            })
            .await
            .map(drop)
    }
}

fn reads_manager(lane: &Lane) -> bool {
    lane.mapping.rows().any(|row| row.expression.contains("manager.accountId"))
}
