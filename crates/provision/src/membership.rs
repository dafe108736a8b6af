//! Members of one pushed group: only those whose membership may be out of step, in chunks the application takes.

use directory::{
    Error, Kind,
    account::{self, LinkState, MemberSubject, Recording},
    user::{self, UserState},
    work::{self, Postponed, Work, WorkKey, WorkStatus},
};
use scim::{Change, Filter, Object, Op, Patch, Path, ResourceType, Tolerance};
use scim_client::{Class, Fault, MemberRemove, Update};
use serde_json::{Value, json};
use std::{
    collections::{HashMap, VecDeque},
    sync::atomic::AtomicBool,
};
use uuid::Uuid;

use crate::{
    group::{GROUPS, unpatchable},
    lane::Lane,
    trail::{About, Outcome, Trail},
};

/// One member to add or to remove.
#[derive(Clone)]
struct Move {
    work: Work,
    user: Uuid,
    remote_id: String,
    add: bool,
    /// Removed only because the account was made anew.
    again: bool,
}

/// Look at some memberships of a group.
pub(crate) async fn look(lane: &Lane, group: Uuid, works: Vec<Work>, stop: &AtomicBool) -> Result<(), Error> {
    let users: Vec<Uuid> = works.iter().map(|work| work.key.member).collect();
    let mut tx = lane.directory.db.read(lane.lease.tenant).await?;
    let subject = account::group_subject(&mut tx, lane.application.id, group).await?;
    let mut members = account::member_subjects(&mut tx, lane.application.id, group, &users).await?;
    let people: HashMap<Uuid, user::User> =
        user::get_all(&mut tx, &users).await?.into_iter().map(|user| (user.id, user)).collect();
    drop(tx);
    let link = subject.link.and_then(|link| Some((link.remote_id?, link.display_name)));
    let Some((remote_group, name)) = link.filter(|_| subject.pushed) else {
        // Without a group there are no members. When it appears, everyone inside it is looked at.
        return lane.record(Recording { done: works, ..Recording::default() }).await.map(drop);
    };
    let mut recording = Recording::default();
    let mut moves = Vec::new();
    for work in works {
        let user = work.key.member;
        let member = members.remove(&user).unwrap_or_default();
        let state = people.get(&user).map(|user| user.standing.state);
        match judge(&member, state) {
            Judgement::InStep => recording.done.push(work),
            Judgement::Add(remote_id) => moves.push(Move { work, user, remote_id, add: true, again: false }),
            Judgement::Remove(remote_id) => moves.push(Move { work, user, remote_id, add: false, again: false }),
            Judgement::Renew(remote_id) => moves.push(Move { work, user, remote_id, add: false, again: true }),
            Judgement::Wait => {
                let who = people.get(&user).map(|user| user.user_name.clone()).unwrap_or_default();
                let postponed = Postponed {
                    status: WorkStatus::Waiting,
                    due_at: work::NEVER,
                    code: "dep.waiting".into(),
                    detail: format!("{name}: {who} becomes a member as soon as the account is there"),
                    waiting_on: Some(user),
                };
                recording.postponed.push((work, postponed));
            }
        }
    }
    if !recording.done.is_empty() || !recording.postponed.is_empty() {
        lane.record(recording).await?;
    }
    // Removals go first.
    moves.sort_by_key(|step| step.add);
    let size = usize::try_from(lane.capabilities().max_members).unwrap_or(100).max(1);
    let mut chunks: VecDeque<Vec<Move>> = moves.chunks(size).map(<[Move]>::to_vec).collect();
    while let Some(chunk) = chunks.pop_front() {
        if !lane.goes_on(stop).await? {
            return Ok(());
        }
        let sending = chunk.iter().map(|step| (group, step.user, step.remote_id.clone())).collect();
        if !lane.record(Recording { sending, ..Recording::default() }).await? {
            return Ok(());
        }
        let chunk = still_right(lane, group, chunk).await?;
        if chunk.is_empty() {
            continue;
        }
        let mut trail = Trail::begin(lane.clock());
        match send(lane, &remote_group, &chunk, &mut trail).await {
            Ok(()) => {
                lane.answered();
                record(lane, group, &name, &remote_group, chunk, trail).await?;
            }
            // One member that the application refuses must not keep out the others: find it by halving.
            Err(fault) if matches!(fault.class, Class::Rejected | Class::Exists) && chunk.len() > 1 => {
                let (left, right) = chunk.split_at(chunk.len() / 2);
                chunks.push_front(right.to_vec());
                chunks.push_front(left.to_vec());
            }
            // The group is there: it is a member that the application does not know.
            Err(fault) if fault.class == Class::Missing && lane.client.get(GROUPS, &remote_group).await.is_ok() => {
                if chunk.len() > 1 {
                    let (left, right) = chunk.split_at(chunk.len() / 2);
                    chunks.push_front(right.to_vec());
                    chunks.push_front(left.to_vec());
                } else {
                    let refused = Fault { class: Class::Rejected, ..fault };
                    postpone(lane, group, &name, &remote_group, chunk, trail, &refused).await?;
                }
            }
            Err(fault) if fault.class == Class::Missing => {
                // Marked first: should we die in between, the next look comes here again.
                lane.directory.mark_work(lane.lease.tenant, lane.application.id, WorkKey::group(group)).await?;
                return lane.record(Recording { forget_link: Some(group), ..Recording::default() }).await.map(drop);
            }
            Err(fault) => {
                let halted = crate::lane::halts(&fault);
                postpone(lane, group, &name, &remote_group, chunk, trail, &fault).await?;
                if halted {
                    return Ok(());
                }
            }
        }
    }
    Ok(())
}

/// What is about to be sent, without what has changed since it was judged. The ledger says by now that it is being
/// sent, so the planner sees either the change or that entry, and marks what is left out here.
async fn still_right(lane: &Lane, group: Uuid, mut chunk: Vec<Move>) -> Result<Vec<Move>, Error> {
    let users: Vec<Uuid> = chunk.iter().map(|step| step.user).collect();
    let mut tx = lane.directory.db.read(lane.lease.tenant).await?;
    let mut members = account::member_subjects(&mut tx, lane.application.id, group, &users).await?;
    drop(tx);
    chunk.retain(|step| match judge(&members.remove(&step.user).unwrap_or_default(), Some(UserState::Active)) {
        Judgement::Add(remote_id) => step.add && remote_id == step.remote_id,
        Judgement::Remove(remote_id) | Judgement::Renew(remote_id) => !step.add && remote_id == step.remote_id,
        Judgement::InStep | Judgement::Wait => false,
    });
    Ok(chunk)
}

/// What a membership needs. With the remote id of the account that it is about.
pub(crate) enum Judgement {
    /// Nothing.
    InStep,
    /// To be added.
    Add(String),
    /// To be removed.
    Remove(String),
    /// To be removed, because the account was made anew, and then added.
    Renew(String),
    /// An account first.
    Wait,
}

/// `state`: where the person stands; none for one who is gone. Pure.
pub(crate) fn judge(member: &MemberSubject, state: Option<UserState>) -> Judgement {
    let account = member.account.as_ref().filter(|account| account.state == LinkState::Linked);
    let remote = account.and_then(|account| account.remote_id.clone());
    match (member.wanted, remote, &member.held) {
        // Sent before, and how it ended was never heard.
        (true, Some(remote), Some(held)) if remote == *held && member.unsure => Judgement::Add(remote),
        (true, Some(remote), Some(held)) if remote == *held => Judgement::InStep,
        // The account was made anew: the old one's membership goes, then the new one's comes.
        (true, Some(_), Some(held)) => Judgement::Renew(held.clone()),
        // Nothing grows for who is blocked. Should they come back, they are looked at again.
        (true, Some(_), None) if state == Some(UserState::Blocked) => Judgement::InStep,
        (true, Some(remote), None) => Judgement::Add(remote),
        // People who are not active get no account, so there is nothing to wait for.
        (true, None, None) if state == Some(UserState::Active) => Judgement::Wait,
        (true | false, None, None) | (false, Some(_), None) => Judgement::InStep,
        (true, None, Some(held)) | (false, _, Some(held)) => Judgement::Remove(held.clone()),
    }
}

fn members() -> Option<Path> {
    Path::parse("members", ResourceType::group(), &Tolerance::tolerant()).ok()
}

/// The changes for a chunk, in the form the application takes.
fn patch(moves: &[Move], removal: MemberRemove) -> Patch {
    let Some(path) = members() else { return Patch { changes: Vec::new() } };
    let element = |step: &Move| json!({"value": step.remote_id});
    let (added, removed): (Vec<&Move>, Vec<&Move>) = moves.iter().partition(|step| step.add);
    let mut changes = Vec::new();
    match removal {
        MemberRemove::Filter => changes.extend(removed.iter().map(|step| {
            let value = Value::from(step.remote_id.clone());
            let filter = Filter::Compare { path: scim::AttrPath::core("value"), op: scim::Compare::Eq, value };
            Change { op: Op::Remove, path: Path { filter: Some(filter), ..path.clone() }, value: None, implied: false }
        })),
        MemberRemove::ValueArray if !removed.is_empty() => {
            let value = Some(removed.iter().map(|step| element(step)).collect());
            changes.push(Change { op: Op::Remove, path: path.clone(), value, implied: false });
        }
        MemberRemove::ValueArray => {}
    }
    if !added.is_empty() {
        let value = Some(added.iter().map(|step| element(step)).collect());
        changes.push(Change { op: Op::Add, path, value, implied: false });
    }
    Patch { changes }
}

async fn send(lane: &Lane, remote_group: &str, moves: &[Move], trail: &mut Trail) -> Result<(), Fault> {
    let capabilities = lane.capabilities();
    if capabilities.update == Update::Patch {
        let patch = patch(moves, capabilities.member_remove);
        match lane.client.patch(GROUPS, remote_group, &patch).await {
            Ok(reply) => {
                trail.done(lane.clock(), reply.exchange);
                return Ok(());
            }
            Err(fault) => {
                trail.failed(lane.clock(), &fault);
                if !unpatchable(&fault) {
                    return Err(fault);
                }
                lane.cannot_patch();
            }
        }
    }
    // No PATCH: read, change, write the whole group.
    let reply = lane.client.get(GROUPS, remote_group).await?;
    trail.done(lane.clock(), reply.exchange);
    let mut body: Object = reply.value;
    body.remove("meta");
    let mut held: Vec<Value> = body.get("members").and_then(Value::as_array).cloned().unwrap_or_default();
    for step in moves {
        held.retain(|member| member.get("value").and_then(Value::as_str) != Some(step.remote_id.as_str()));
        if step.add {
            held.push(json!({"value": step.remote_id}));
        }
    }
    body.insert("members".into(), held.into());
    lane.may_write_back().await?;
    let reply = lane.client.replace(GROUPS, remote_group, &body).await?;
    trail.done(lane.clock(), reply.exchange);
    Ok(())
}

fn about(lane: &Lane, group: Uuid, name: &str, remote_group: &str, moves: &[Move]) -> About {
    let ids = |add: bool| moves.iter().filter(|step| step.add == add).map(|step| step.user).collect::<Vec<_>>();
    About {
        run: lane.run,
        application: lane.application.id,
        kind: Kind::Membership,
        subject: group,
        name: name.to_owned(),
        remote_id: Some(remote_group.to_owned()),
        changes: Some(json!({"added": ids(true), "removed": ids(false)})),
        cause: moves.iter().find_map(|step| step.work.cause),
    }
}

async fn record(
    lane: &Lane,
    group: Uuid,
    name: &str,
    remote_group: &str,
    moves: Vec<Move>,
    trail: Trail,
) -> Result<(), Error> {
    let operation =
        trail.operation(lane.clock(), about(lane, group, name, remote_group, &moves), "members", Outcome::Succeeded);
    let mut recording = Recording { operations: vec![operation], ..Recording::default() };
    for step in moves {
        if step.add {
            recording.added.push((group, step.user, step.remote_id));
        } else {
            recording.removed.push((group, step.user));
        }
        // The work of one that comes back under another id stays: the next look adds it.
        if !step.again {
            recording.done.push(step.work);
        }
    }
    lane.record(recording).await.map(drop)
}

async fn postpone(
    lane: &Lane,
    group: Uuid,
    name: &str,
    remote_group: &str,
    moves: Vec<Move>,
    trail: Trail,
    fault: &Fault,
) -> Result<(), Error> {
    let mut recording = Recording::default();
    let about = about(lane, group, name, remote_group, &moves);
    let mut last = None;
    for step in moves {
        if step.add && fault.class == Class::Rejected {
            // Surely not done.
            recording.removed.push((group, step.user));
        }
        let mut postponed = lane.put_off(&step.work, fault);
        postponed.detail = format!("{name}: {}", postponed.detail);
        last = Some((postponed.status, postponed.code.clone(), postponed.detail.clone()));
        recording.postponed.push((step.work, postponed));
    }
    if let Some((status, code, detail)) = last {
        let outcome = Outcome::Open { status: status.as_str(), code, detail };
        recording.operations.push(trail.operation(lane.clock(), about, "members", outcome));
    }
    lane.record(recording).await.map(drop)
}
