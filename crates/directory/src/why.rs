//! "Why does Ana have this account?": from the account back to the assignments, the records and the last requests.

use serde::Serialize;
use uuid::Uuid;

use crate::{
    Error, Kind, Millis, Tx,
    access::AccessPath,
    account::{self, LinkState},
    application::Application,
    audit::{self, Change, ChangeQuery},
    group,
    history::{self, Operation, OperationQuery},
    record, source,
    user::User,
    work::{self, OpenQuery},
};

/// The answer, in words and in parts.
#[derive(Debug, Serialize)]
pub struct Why {
    /// The user's name.
    pub user: String,
    /// The application's name.
    pub application: String,
    /// One sentence.
    pub summary: String,
    /// Whether the user should have an account.
    pub has_access: bool,
    /// Since when.
    pub since: Option<Millis>,
    /// Each assignment that gives access, in words.
    pub because: Vec<String>,
    /// The sources that say who the user is.
    pub records: Vec<String>,
    /// The state of the account, if there is one.
    pub account: Option<AccountView>,
    /// What is not done yet, and why.
    pub open: Option<Open>,
    /// The last things that were sent, newest first.
    pub operations: Vec<Operation>,
    /// The last changes of the user, newest first.
    pub changes: Vec<Change>,
}

/// The account as it is known.
#[derive(Debug, Serialize)]
pub struct AccountView {
    /// The application's id of it.
    pub remote_id: Option<String>,
    /// `created` or `adopted`.
    pub origin: account::Origin,
    /// What is known about it.
    pub state: LinkState,
}

/// What is not done yet.
#[derive(Debug, Serialize)]
pub struct Open {
    /// `pending`, `waiting` or `failed`.
    pub status: &'static str,
    /// When it is tried next; none when only something else can release it.
    pub due_at: Option<Millis>,
    /// A code of the error taxonomy.
    pub error_code: Option<String>,
    /// In words.
    pub error_detail: Option<String>,
}

/// Explain one user's access to one application.
pub async fn explain(tx: &mut Tx, user: &User, application: &Application) -> Result<Why, Error> {
    let subject = account::user_subjects(tx, application.id, &[user.id]).await?.remove(&user.id).unwrap_or_default();
    let mut because = Vec::new();
    for path in subject.effective.iter().flat_map(|effective| &effective.paths) {
        because.push(match path {
            AccessPath::User => format!("{} is assigned directly", user.user_name),
            AccessPath::Group(id) => path_by_group(tx, user, *id).await?,
        });
    }
    let mut records = Vec::new();
    let sources = source::list(tx).await?;
    for (id, record) in record::of_subject(tx, Kind::User, user.id).await? {
        let name = sources.iter().find(|source| source.id == id).map_or("?", |source| source.name.as_str());
        records
            .push(format!("{name} says who {} is (record {}, version {})", user.user_name, record.id, record.version));
    }
    let about =
        OpenQuery { application: Some(application.id), subject: Some(user.id), limit: 100, ..OpenQuery::default() };
    let open = work::list(tx, &about).await?;
    let open = open.into_iter().map(|(_, work)| work).find(|work| work.key.kind == Kind::User).map(|work| Open {
        status: work.status.as_str(),
        due_at: (work.due_at != work::NEVER).then_some(work.due_at),
        error_code: work.error_code,
        error_detail: work.error_detail,
    });
    let mut operations =
        history::operations(tx, &OperationQuery { subject: Some(user.id), limit: 50, ..OperationQuery::default() })
            .await?
            .0;
    operations.retain(|operation| operation.application == application.id);
    operations.truncate(10);
    let of_user = ChangeQuery { object: Some(user.id), limit: 10, ..ChangeQuery::default() };
    let (changes, _) = audit::list(tx, &of_user).await?;
    let has_access = subject.effective.is_some();
    let account = subject.account.map(|account| AccountView {
        remote_id: account.remote_id,
        origin: account.origin,
        state: account.state,
    });
    Ok(Why {
        summary: summary(user, application, &because, account.as_ref(), open.as_ref()),
        user: user.user_name.clone(),
        application: application.name.clone(),
        has_access,
        since: subject.effective.map(|effective| effective.since),
        because,
        records,
        account,
        open,
        operations,
        changes,
    })
}

/// "Ana is in Staff, which is in Everyone at HQ, which is assigned".
async fn path_by_group(tx: &mut Tx, user: &User, assigned: Uuid) -> Result<String, Error> {
    let names = group::names(tx, &[assigned]).await?;
    let name = names.get(&assigned).cloned().unwrap_or_default();
    let above = group::ancestors(tx, &[user.id]).await?.remove(&user.id).unwrap_or_default();
    let everyone = group::everyone(tx).await?.id;
    if assigned == everyone {
        return Ok("everyone is assigned".to_owned());
    }
    let direct = group::is_direct_member(tx, assigned, user.id).await?;
    if direct {
        return Ok(format!("{} is in the group {name:?}, which is assigned", user.user_name));
    }
    let mut between = Vec::new();
    for id in above.into_iter().filter(|id| *id != assigned) {
        if group::ancestors(tx, &[id]).await?.get(&id).is_some_and(|up| up.contains(&assigned)) {
            between.push(id);
        }
    }
    let between: Vec<String> =
        group::names(tx, &between).await?.into_values().map(|name| format!("{name:?}")).collect();
    Ok(format!(
        "{} is in {}, which is inside the group {name:?}, which is assigned",
        user.user_name,
        between.join(", ")
    ))
}

fn summary(
    user: &User,
    application: &Application,
    because: &[String],
    account: Option<&AccountView>,
    open: Option<&Open>,
) -> String {
    let (person, place) = (&user.user_name, &application.name);
    let access = match because {
        [] => format!("{person} should have no account in {place}: nothing assigns it"),
        [first, ..] if !user.active => format!("{person} is assigned to {place} because {first}, but is not active"),
        [first, ..] => format!("{person} should have an account in {place} because {first}"),
    };
    let state = match account.map(|account| account.state) {
        None => "there is none".to_owned(),
        Some(LinkState::Creating) => "it is being made".to_owned(),
        Some(LinkState::Linked) => "it is there".to_owned(),
        Some(LinkState::Deactivated) => "the account that is there is deactivated".to_owned(),
        Some(LinkState::Released) => "the account that is there was left alone".to_owned(),
    };
    match open {
        None => format!("{access}; {state}"),
        Some(open) if !application.active => {
            format!("{access}; {state}; the application is paused, so what is {} waits", open.status)
        }
        Some(open) => format!(
            "{access}; {state}; {}: {}",
            open.status,
            open.error_detail.as_deref().unwrap_or("about to be looked at")
        ),
    }
}
