//! One pushed group: made, recognised, renamed, removed. Its members are the business of `membership`.

use directory::{
    Error, Kind,
    account::{self, GroupLink, LinkState, Origin, Recording},
    work::{Postponed, Work, WorkStatus},
};
use scim::{Change, Object, Op, Patch, Path, ResourceType, Tolerance};
use scim_client::{Class, Fault, Update};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    lane::{Lane, needs_a_person},
    trail::{About, Outcome, Trail},
    user::IN_DOUBT,
};

pub(crate) const GROUPS: &str = "/Groups";

/// Look at one group.
pub(crate) async fn look(lane: &Lane, work: Work) -> Result<(), Error> {
    let mut tx = lane.directory.db.read(lane.lease.tenant).await?;
    let subject = account::group_subject(&mut tx, lane.application.id, work.key.subject).await?;
    drop(tx);
    let name = match (&subject.group, &subject.link) {
        (Some(group), _) => group.display_name.clone(),
        (None, Some(link)) => link.display_name.clone(),
        (None, None) => String::new(),
    };
    let mut look =
        Look { lane, work, name, trail: Trail::begin(lane.clock()), recording: Recording::default(), did: None };
    let outcome = match (subject.pushed, subject.link) {
        (true, None) if !lane.settings.create => Err(needs_a_person(
            lane.clock(),
            "held.create",
            format!("{}: making groups is switched off for {}", look.name, lane.application.name),
        )),
        (true, None) => look.find_or_create(None).await?,
        (true, Some(link)) if link.remote_id.is_none() => look.find_or_create(Some(link)).await?,
        (true, Some(link)) => look.rename(link).await?,
        (false, None) => Ok(()),
        (false, Some(link)) => look.remove(link).await?,
    };
    look.record(outcome).await
}

/// In step, or why not.
type Looked = Result<(), Postponed>;

struct Look<'a> {
    lane: &'a Lane,
    work: Work,
    name: String,
    trail: Trail,
    recording: Recording,
    did: Option<&'static str>,
}

impl Look<'_> {
    fn fault(&mut self, fault: &Fault) -> Postponed {
        self.trail.failed(self.lane.clock(), fault);
        let mut postponed = self.lane.put_off(&self.work, fault);
        postponed.detail = format!("{}: {}", self.name, postponed.detail);
        postponed
    }

    fn link(&mut self, remote_id: Option<String>, origin: Origin, state: LinkState) -> GroupLink {
        let (group, display_name) = (self.work.key.subject, self.name.clone());
        GroupLink { group, display_name, remote_id, origin, state, unsure: false, created_at: 0, modified_at: 0 }
    }

    /// The group that we began to make under a name, if it came to be: it carries our id.
    async fn posted(&mut self, name: &str) -> Result<Option<String>, Fault> {
        let reply = self.lane.client.find(GROUPS, "displayName", name, Some("members")).await?;
        self.lane.answered();
        self.trail.done(self.lane.clock(), reply.exchange);
        let ours = Value::from(self.work.key.subject.to_string());
        let found = reply.value.iter().find(|remote| remote.get("externalId") == Some(&ours));
        Ok(found.and_then(|remote| remote.get("id")?.as_str()).map(str::to_owned))
    }

    /// Recognise the group by its name, or make it.
    async fn find_or_create(&mut self, begun: Option<GroupLink>) -> Result<Looked, Error> {
        // A create whose answer we do not know may still be under way there: looking now could make a second group.
        if let Some(due_at) =
            begun.as_ref().map(|begun| begun.modified_at + IN_DOUBT).filter(|due| *due > self.lane.clock().now())
        {
            return Ok(Err(Postponed {
                status: WorkStatus::Pending,
                due_at,
                code: "create.in_doubt".into(),
                detail: format!("{}: whether the group was made is looked up in a moment", self.name),
                waiting_on: None,
            }));
        }
        // What was posted is there under the name it had then.
        if let Some(begun) = begun.as_ref().filter(|begun| begun.display_name != self.name) {
            match self.posted(&begun.display_name).await {
                Err(fault) => return Ok(Err(self.fault(&fault))),
                Ok(None) => {}
                Ok(Some(id)) => {
                    let link = GroupLink { remote_id: Some(id), state: LinkState::Linked, ..begun.clone() };
                    self.recording.link = Some(GroupLink { unsure: true, ..link.clone() });
                    return self.rename(link).await;
                }
            }
        }
        match self.lane.client.find(GROUPS, "displayName", &self.name, Some("members")).await {
            Err(fault) => return Ok(Err(self.fault(&fault))),
            Ok(reply) => {
                self.lane.answered();
                self.trail.done(self.lane.clock(), reply.exchange);
                match reply.value.as_slice() {
                    [] if reply.ignored_filter => {
                        let detail = format!(
                            "{}: {} ignores filters, so whether the group is there can't be told",
                            self.name, self.lane.application.name
                        );
                        return Ok(Err(needs_a_person(self.lane.clock(), "cap.filter", detail)));
                    }
                    [] => {}
                    [remote] => return self.adopt(remote, begun.is_some()).await,
                    many => {
                        let detail = format!(
                            "{}: {} groups in {} have this name: remove all but one there",
                            self.name,
                            many.len(),
                            self.lane.application.name
                        );
                        return Ok(Err(needs_a_person(self.lane.clock(), "match.ambiguous", detail)));
                    }
                }
            }
        }
        let creating = self.link(None, Origin::Created, LinkState::Creating);
        if !self.lane.record(Recording { link: Some(creating), ..Recording::default() }).await? {
            return Ok(Ok(()));
        }
        self.did = Some("create");
        let mut body = Object::new();
        body.insert("schemas".into(), json!([scim::GROUP_URN]));
        body.insert("displayName".into(), self.name.clone().into());
        body.insert("externalId".into(), self.work.key.subject.to_string().into());
        match self.lane.client.create(GROUPS, &body).await {
            Ok(reply) => {
                self.lane.answered();
                self.trail.done(self.lane.clock(), reply.exchange);
                let id = reply.value.get("id").and_then(Value::as_str).map(str::to_owned);
                self.recording.link = Some(self.link(id, Origin::Created, LinkState::Linked));
                Ok(Ok(()))
            }
            Err(fault) => Ok(Err(self.fault(&fault))),
        }
    }

    /// Tie the group to one that is there. Members of it that are ours enter the ledger; others are left alone.
    async fn adopt(&mut self, remote: &Object, ours: bool) -> Result<Looked, Error> {
        let id = remote.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let whole = match self.lane.client.get(GROUPS, &id).await {
            Err(fault) => return Ok(Err(self.fault(&fault))),
            Ok(reply) => reply,
        };
        self.trail.done(self.lane.clock(), whole.exchange);
        let mut tx = self.lane.directory.db.read(self.lane.lease.tenant).await?;
        let owner = account::group_owner(&mut tx, self.lane.application.id, &id).await?;
        drop(tx);
        if let Some((_, name)) = owner.filter(|(group, _)| *group != self.work.key.subject) {
            let detail = format!(
                "{}: the group of this name in {} is the one of another group that is pushed there, {name:?}: rename one of them",
                self.name, self.lane.application.name
            );
            return Ok(Err(needs_a_person(self.lane.clock(), "match.already_linked", detail)));
        }
        let members = whole.value.get("members").and_then(Value::as_array);
        let values: Vec<&str> =
            members.into_iter().flatten().filter_map(|member| member.get("value")?.as_str()).collect();
        let mut tx = self.lane.directory.db.read(self.lane.lease.tenant).await?;
        let known: Vec<(Uuid, String)> = account::by_remote_ids(&mut tx, self.lane.application.id, &values).await?;
        drop(tx);
        let group = self.work.key.subject;
        self.recording.added = known.into_iter().map(|(user, remote)| (group, user, remote)).collect();
        let origin = if ours { Origin::Created } else { Origin::Adopted };
        self.did = Some(if ours { "create" } else { "adopt" });
        self.recording.link = Some(self.link(Some(id), origin, LinkState::Linked));
        Ok(Ok(()))
    }

    async fn rename(&mut self, link: GroupLink) -> Result<Looked, Error> {
        let in_step = link.display_name == self.name && !link.unsure;
        if in_step || !self.lane.settings.update || !self.sending(&link).await? {
            return Ok(Ok(()));
        }
        self.did = Some("update");
        let id = link.remote_id.clone().unwrap_or_default();
        let mut sent = match self.lane.capabilities().update {
            Update::Patch => self.patch_name(&id).await,
            _ => self.put_name(&id).await,
        };
        if let Some(fault) = sent.as_ref().err().filter(|fault| unpatchable(fault)) {
            self.trail.failed(self.lane.clock(), fault);
            self.lane.cannot_patch();
            sent = self.put_name(&id).await;
        }
        match sent {
            Ok(()) => {
                self.lane.answered();
                self.recording.link = Some(GroupLink {
                    display_name: self.name.clone(),
                    state: LinkState::Linked,
                    unsure: false,
                    ..link
                });
                Ok(Ok(()))
            }
            Err(fault) if fault.class == Class::Missing => {
                // Gone in the application: make it again, members and all.
                self.trail.failed(self.lane.clock(), &fault);
                self.lane
                    .record(Recording { forget_link: Some(self.work.key.subject), ..Recording::default() })
                    .await?;
                Box::pin(self.find_or_create(None)).await
            }
            Err(fault) => Ok(Err(self.fault(&fault))),
        }
    }

    /// Store that a change is about to be sent: should its end never be heard, it is sent again. `false`: the lane is
    /// lost, nothing may be sent.
    async fn sending(&mut self, link: &GroupLink) -> Result<bool, Error> {
        let link = Some(GroupLink { unsure: true, ..link.clone() });
        self.lane.record(Recording { link, ..Recording::default() }).await
    }

    async fn patch_name(&mut self, id: &str) -> Result<(), Fault> {
        let patch = Patch { changes: rename_to(&self.name) };
        let reply = self.lane.client.patch(GROUPS, id, &patch).await?;
        self.trail.done(self.lane.clock(), reply.exchange);
        Ok(())
    }

    async fn put_name(&mut self, id: &str) -> Result<(), Fault> {
        let reply = self.lane.client.get(GROUPS, id).await?;
        self.trail.done(self.lane.clock(), reply.exchange);
        let mut body = reply.value;
        body.remove("meta");
        body.insert("displayName".into(), self.name.clone().into());
        self.lane.may_write_back().await?;
        let reply = self.lane.client.replace(GROUPS, id, &body).await?;
        self.trail.done(self.lane.clock(), reply.exchange);
        Ok(())
    }

    /// No longer pushed, or no longer there: remove it in the application, or let go of it.
    async fn remove(&mut self, link: GroupLink) -> Result<Looked, Error> {
        self.recording.forget_link = Some(link.group);
        if link.remote_id.is_some() && self.lane.removes_groups() && !self.sending(&link).await? {
            return Ok(Ok(()));
        }
        let begun = link.remote_id.is_none() && self.lane.removes_groups();
        let remote_id = match link.remote_id {
            None if begun => match self.posted(&link.display_name).await {
                Ok(found) => found,
                Err(fault) => {
                    self.recording.forget_link = None;
                    return Ok(Err(self.fault(&fault)));
                }
            },
            known => known,
        };
        let Some(id) = remote_id.filter(|_| self.lane.removes_groups()) else {
            self.did = Some("release");
            return Ok(Ok(()));
        };
        self.did = Some("delete");
        match self.lane.client.delete(GROUPS, &id).await {
            Ok(reply) => {
                self.lane.answered();
                self.trail.done(self.lane.clock(), reply.exchange);
                Ok(Ok(()))
            }
            Err(fault) => {
                self.recording.forget_link = None;
                Ok(Err(self.fault(&fault)))
            }
        }
    }

    async fn record(mut self, looked: Looked) -> Result<(), Error> {
        let outcome = match &looked {
            Ok(()) => Outcome::Succeeded,
            Err(open) => {
                Outcome::Open { status: open.status.as_str(), code: open.code.clone(), detail: open.detail.clone() }
            }
        };
        if self.did.is_some() || looked.is_err() {
            let about = About {
                run: self.lane.run,
                application: self.lane.application.id,
                kind: Kind::Group,
                subject: self.work.key.subject,
                name: self.name,
                remote_id: self.recording.link.as_ref().and_then(|link| link.remote_id.clone()),
                changes: None,
                cause: self.work.cause,
            };
            self.recording.operations.push(self.trail.operation(
                self.lane.clock(),
                about,
                self.did.unwrap_or("none"),
                outcome,
            ));
        }
        match looked {
            Ok(()) => self.recording.done.push(self.work),
            Err(postponed) => self.recording.postponed.push((self.work, postponed)),
        }
        self.lane.record(self.recording).await.map(drop)
    }
}

/// The application can't do this by PATCH.
pub(crate) fn unpatchable(fault: &Fault) -> bool {
    fault.class == Class::Unsupported && fault.exchange.method == "PATCH"
}

fn rename_to(name: &str) -> Vec<Change> {
    let path = Path::parse("displayName", ResourceType::group(), &Tolerance::tolerant());
    path.map(|path| Change { op: Op::Replace, path, value: Some(name.into()), implied: false }).into_iter().collect()
}
