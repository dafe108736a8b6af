//! What linking a group would do to the members of the group that is there already, by name and before it is done:
//! the engine's own judgement of each membership, on what the application shows. Nothing is written there.

use directory::{
    Directory, Error, Tenant,
    account::{self, Account, Insider, MemberSubject, Origin},
    application, group,
};
use scim::Object;
use scim_client::{Client, Fault, Transport};
use serde_json::Value;
use std::{collections::HashSet, sync::Arc};
use uuid::Uuid;

use crate::{
    connection,
    group::GROUPS,
    membership::{Judgement, judge},
};

/// Larger groups are not compared by name: an answer of an application holds no more members either.
const MEMBERS: usize = 100_000;
/// So many people are named of each kind.
const NAMED: usize = 100;

/// What linking a group would do.
#[derive(Clone, Debug, Default)]
pub struct GroupPreview {
    /// The application's id of the group that is there.
    pub remote_id: Option<String>,
    /// Why it can't be linked, or can't be told, as a sentence.
    pub problem: Option<String>,
    /// Members there who stay.
    pub stay: People,
    /// Members who are added.
    pub added: People,
    /// Members there who are removed: people of the directory who are not in the group here, or have no access.
    pub removed: People,
    /// Who becomes a member as soon as there is an account.
    pub waiting: People,
    /// Members there whom Lockstep does not know, and leaves alone.
    pub others: usize,
}

/// How many people, and the first of them by user name.
#[derive(Clone, Debug, Default)]
pub struct People {
    /// How many.
    pub count: usize,
    /// The first 100.
    pub first: Vec<Insider>,
}

impl People {
    fn add(&mut self, person: Insider) {
        self.count += 1;
        if self.first.len() < NAMED {
            self.first.push(person);
        }
    }
}

/// Find out what pushing a group to an application would do to the members of the group of its name that is there
/// already. Application and group by id or name.
///
/// # Errors
/// `NotFound`; `Invalid` when it is linked already, or the credential is bound to another origin. That the application does not answer is a
/// problem of the preview.
pub async fn preview_group(
    directory: &Directory,
    tenant: Tenant,
    application: &str,
    group: &str,
    transport: Arc<dyn Transport>,
) -> Result<GroupPreview, Error> {
    let mut tx = directory.db.read(tenant).await?;
    let application = application::find(&mut tx, application).await?;
    let group = group::find(&mut tx, group).await?;
    let version = match application::version(&mut tx, application.id, "current").await? {
        Some(current) => Some(current),
        None => application::version(&mut tx, application.id, "draft").await?,
    };
    let settings = version.ok_or_else(|| Error::not_found("version of", &application.name))?.settings;
    let token = directory.credential(&mut tx, application.id, &settings).await?;
    if account::group_subject(&mut tx, application.id, group.id).await?.link.is_some() {
        return Err(Error::invalid(format!("{:?} is linked in {} already", group.display_name, application.name)));
    }
    let insiders = account::insiders(&mut tx, application.id, group.id, rows(MEMBERS + 1)).await?;
    drop(tx);
    if insiders.len() > MEMBERS {
        let problem =
            format!("{:?} has more than {MEMBERS} members: they are not compared by name", group.display_name);
        return Ok(GroupPreview { problem: Some(problem), ..GroupPreview::default() });
    }
    let client = connection::client(transport, settings.base_url.clone(), token);
    let there = match find(&client, &group.display_name, &application.name).await {
        Ok(there) => there,
        Err(problem) => return Ok(GroupPreview { problem: Some(problem), ..GroupPreview::default() }),
    };
    let mut preview = GroupPreview::default();
    let mut held: HashSet<String> = HashSet::new();
    if let Some(there) = &there {
        let id = there.get("id").and_then(Value::as_str).unwrap_or_default();
        preview.remote_id = Some(id.to_owned());
        let members = there.get("members").and_then(Value::as_array).into_iter().flatten();
        held.extend(members.filter_map(|member| member.get("value")?.as_str()).map(str::to_owned));
        let mut tx = directory.db.read(tenant).await?;
        let owner = account::group_owner(&mut tx, application.id, id).await?;
        if let Some((_, name)) = owner.filter(|(owner, _)| *owner != group.id) {
            let place = &application.name;
            preview.problem = Some(format!("the group of this name in {place} is the one of another group, {name:?}"));
            return Ok(preview);
        }
        let inside: HashSet<Uuid> = insiders.iter().map(|person| person.user).collect();
        let ids: Vec<&str> = held.iter().map(String::as_str).collect();
        let known = account::known_by_remote_ids(&mut tx, application.id, &ids).await?;
        drop(tx);
        preview.others = held.len() - known.len();
        let mut outside: Vec<Insider> = known.into_iter().filter(|person| !inside.contains(&person.user)).collect();
        outside.sort_by(|one, other| one.user_name.cmp(&other.user_name));
        for person in outside {
            preview.count(person, false, &held);
        }
    } else if !settings.create {
        preview.problem = Some(format!("making groups is switched off for {}", application.name));
    }
    for person in insiders {
        preview.count(person, true, &held);
    }
    Ok(preview)
}

fn rows(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The group that is there, with its members.
async fn find(client: &Client, name: &str, place: &str) -> Result<Option<Object>, String> {
    let told = |fault: Fault| fault.detail;
    let found = client.find(GROUPS, "displayName", name, Some("members")).await.map_err(told)?;
    let id = match found.value.as_slice() {
        [] if found.ignored_filter => {
            return Err(format!("{place} ignores filters, so whether the group is there can't be told"));
        }
        [] => return Ok(None),
        [one] => one.get("id").and_then(Value::as_str).unwrap_or_default(),
        many => return Err(format!("{} groups in {place} have this name: remove all but one there", many.len())),
    };
    client.get(GROUPS, id).await.map(|reply| Some(reply.value)).map_err(told)
}

impl GroupPreview {
    /// Count what becomes of somebody. `wanted`: they are in the group here, and have access.
    fn count(&mut self, person: Insider, wanted: bool, held: &HashSet<String>) {
        let subject = subject(&person, wanted, held);
        let kind = match judge(&subject, person.state) {
            Judgement::Add(_) => &mut self.added,
            Judgement::Remove(_) | Judgement::Renew(_) => &mut self.removed,
            Judgement::Wait => &mut self.waiting,
            Judgement::InStep if subject.held.is_some() => &mut self.stay,
            Judgement::InStep => return,
        };
        kind.add(person);
    }
}

/// A membership as the engine will see it once the members there are in the ledger.
fn subject(person: &Insider, wanted: bool, held: &HashSet<String>) -> MemberSubject {
    let account = person.account.clone().map(|(state, remote_id)| Account {
        user: person.user,
        user_name: person.user_name.clone(),
        remote_id,
        origin: Origin::Created,
        state,
        unsure: false,
        applied: Object::new(),
        created_at: 0,
        modified_at: 0,
    });
    let remote_id = account.as_ref().and_then(|account| account.remote_id.clone());
    MemberSubject { wanted, account, held: remote_id.filter(|id| held.contains(id)), unsure: false }
}
