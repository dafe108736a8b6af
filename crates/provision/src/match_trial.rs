//! What matching would come to for everybody: the application's accounts are read once, page by page, and then each
//! person is matched among them by the engine's own rules. Nothing is written there.

mod accounts;

use directory::{
    Directory, Error, Millis, Tenant, account,
    account::UserSubject,
    application, forecast,
    match_trial::{MatchTrial, Matched, Matches, RemoteAccount},
    schema,
};
use scim_client::{Class, Client, Crawl, Fault, Transport};
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::time;
use uuid::Uuid;

use self::accounts::Accounts;
use crate::{
    connection,
    decide::{Step, decide},
    desired::Desired,
    matching::{attribute, key},
    plan::Sight,
    user::USERS,
};

/// So many people are looked at between two stores of the result.
const PIECE: i64 = 200;
/// So many people of each outcome are named, and so many accounts that are nobody's.
const NAMED: usize = 100;
/// So many accounts are named for a person whom several match.
const CANDIDATES: usize = 10;
/// So many accounts are read at most: at about 200 bytes for each, 100 MB.
const ACCOUNTS: u64 = 500_000;
/// So long they are read at most.
const READING: Millis = 30 * 60 * 1_000;
/// While they are read, what is known so far is stored so often.
const STORED: Millis = 1_000;
/// A page that failed in passing is asked for again after these waits, unless the application names one.
const AGAIN: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(4)];
/// So long an application may make us wait: a trial that stays silent for a minute is taken for dead.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Begin to find out what matching would come to for everybody who should have an account in an application, by its
/// draft, or by its current version while there is none; and go on behind the scenes.
///
/// # Errors
/// `Invalid` when the mapping has faults, or the credential is bound to another origin.
pub async fn begin_match_trial(
    directory: &Directory,
    tenant: Tenant,
    application: Uuid,
    transport: Arc<dyn Transport>,
) -> Result<MatchTrial, Error> {
    let (name, version, sight, token) = {
        let mut tx = directory.db.read(tenant).await?;
        let application = application::find(&mut tx, &application.to_string()).await?;
        let version = application::basis(&mut tx, application.id).await?;
        let version = version.ok_or_else(|| Error::not_found("version of", &application.name))?;
        let token = directory.credential(&mut tx, application.id, &version.settings).await?;
        let profile = &schema::load(&mut tx).await?.profile;
        (application.name, version.number, Sight::new(version.settings, profile)?, token)
    };
    let client = connection::client(transport, sight.settings.base_url.clone(), token);
    let outlook = Matches { version, matching: sight.settings.matching, ..Matches::default() };
    let begun = directory.begin_forecast(tenant, application, &outlook).await?;
    let (directory, trial) = (directory.clone(), begun.clone());
    tokio::spawn(async move {
        let mut trial = Trial { directory: &directory, tenant, name: &name, sight: &sight, trial };
        if let Err(error) = trial.go(&client).await {
            tracing::error!(%error, %application, "a match trial could not be worked out");
            trial.trial.fault = Some("Lockstep failed to work it out; its log says why".into());
            // What can't be stored either shows by its silence.
            let _ = trial.store().await;
        }
    });
    Ok(begun)
}

struct Trial<'a> {
    directory: &'a Directory,
    tenant: Tenant,
    name: &'a str,
    sight: &'a Sight,
    trial: MatchTrial,
}

/// What matching would come to for one person.
#[derive(Debug, PartialEq)]
enum Outcome {
    /// An account is theirs already.
    Linked,
    /// An account was theirs, and is not there any more.
    Missing,
    /// One is being made for them at this moment.
    Creating,
    /// Nobody there matches: one would be made.
    Create,
    /// One there matches, and would be theirs. By its number.
    Adopt,
    /// Several there match. Their numbers.
    Ambiguous(Vec<u32>),
    /// The one that matches is, or would be, somebody else's.
    Taken { account: u32, owner: Uuid },
    /// The mapping gives nothing to match by.
    NoValue,
    /// The mapping gives no account, and why.
    Error(String),
    /// They are not active: none would be made for them.
    Inactive,
    /// There should be one, and making accounts is switched off.
    MayNotCreate,
    /// None was found among those that could be read.
    Unknown,
}

impl Outcome {
    /// The word in the API.
    fn as_str(&self) -> &'static str {
        match self {
            Outcome::Linked => "linked",
            Outcome::Missing => "missing",
            Outcome::Creating => "creating",
            Outcome::Create => "create",
            Outcome::Adopt => "adopt",
            Outcome::Ambiguous(_) => "ambiguous",
            Outcome::Taken { .. } => "taken",
            Outcome::NoValue => "no_value",
            Outcome::Error(_) => "error",
            Outcome::Inactive => "inactive",
            Outcome::MayNotCreate => "may_not_create",
            Outcome::Unknown => "unknown",
        }
    }
}

impl Trial<'_> {
    /// Store how far it is. `false`: another trial has taken its place.
    async fn store(&self) -> Result<bool, Error> {
        self.directory.move_forecast(self.tenant, &self.trial).await
    }

    async fn go(&mut self, client: &Client) -> Result<(), Error> {
        let Some(mut there) = self.read(client).await? else { return Ok(()) };
        self.mark_owners(&mut there).await?;
        if !self.match_people(&mut there).await? {
            return Ok(());
        }
        let unmatched = there.unmatched();
        self.trial.outlook.unmatched = i64::try_from(unmatched.clone().count()).unwrap_or(i64::MAX);
        self.trial.outlook.unmatched_accounts = unmatched.take(NAMED).map(|number| there.shown(number)).collect();
        self.trial.finished_at = Some(self.directory.clock.now());
        self.store().await.map(drop)
    }

    /// Read the accounts that are there. `None`: there is nothing to go on with.
    async fn read(&mut self, client: &Client) -> Result<Option<Accounts>, Error> {
        let clock = &self.directory.clock;
        let begun = clock.now();
        let mut stored_at = begun;
        let mut there = Accounts::new(attribute(self.sight.settings.matching));
        let mut crawl = Crawl::new(client, USERS, ACCOUNTS);
        let doubt = loop {
            match page(&mut crawl).await {
                Ok(Some(rows)) => rows.iter().for_each(|row| there.add(row)),
                Ok(None) => break crawl.doubt().map(|doubt| format!("{} could not be read whole: {doubt}", self.name)),
                Err(fault) if there.is_empty() => {
                    self.trial.fault = Some(fault.detail);
                    self.store().await?;
                    return Ok(None);
                }
                Err(fault) => break Some(format!("{} could not be read to the end: {}", self.name, fault.detail)),
            }
            let outlook = &mut self.trial.outlook;
            outlook.read = i64::from(there.count());
            outlook.there = crawl.total().and_then(|total| i64::try_from(total).ok());
            let now = clock.now();
            if now - begun > READING {
                break Some(format!("{} could not be read to the end within half an hour", self.name));
            }
            if now - stored_at >= STORED {
                stored_at = now;
                if !self.store().await? {
                    return Ok(None);
                }
            }
        };
        self.trial.outlook.complete = Some(doubt.is_none());
        self.trial.outlook.doubt = doubt;
        Ok(self.store().await?.then_some(there))
    }

    /// Which of the accounts that are there are somebody's already.
    async fn mark_owners(&self, there: &mut Accounts) -> Result<(), Error> {
        let mut after = Uuid::nil();
        loop {
            let mut tx = self.directory.db.read(self.tenant).await?;
            let known = account::remote_ids(&mut tx, self.trial.application, after, PIECE).await?;
            drop(tx);
            let Some((last, _)) = known.last() else { return Ok(()) };
            after = *last;
            for (user, remote_id) in known {
                if let Some(number) = remote_id.and_then(|id| there.by_id(&id)) {
                    there.give(number, user);
                }
            }
        }
    }

    /// Match everybody. `false`: another trial has taken this one's place.
    async fn match_people(&mut self, there: &mut Accounts) -> Result<bool, Error> {
        let mut after = Uuid::nil();
        loop {
            let mut tx = self.directory.db.read(self.tenant).await?;
            let people = forecast::people(&mut tx, self.trial.application, after, PIECE).await?;
            let Some(last) = people.last() else { return Ok(true) };
            after = *last;
            let mut subjects = account::user_subjects(&mut tx, self.trial.application, &people).await?;
            let mut seen = Vec::new();
            for id in &people {
                let subject = subjects.remove(id).unwrap_or_default();
                if let Some(outcome) = self.outcome(&subject, there) {
                    seen.push((subject, outcome));
                }
            }
            let owners: Vec<Uuid> = seen.iter().filter_map(|(_, outcome)| self.names_owner(outcome)).collect();
            let owners = account::accounts(&mut tx, self.trial.application, &owners).await?;
            drop(tx);
            let owners = owners.into_iter().map(|(id, account)| (id, account.user_name)).collect();
            for (subject, outcome) in seen {
                self.count(&subject, &outcome, there, &owners);
            }
            self.trial.done += i64::try_from(people.len()).unwrap_or(0);
            if !self.store().await? {
                return Ok(false);
            }
            // Whoever is waiting for an answer goes first.
            tokio::task::yield_now().await;
        }
    }

    /// What matching comes to for somebody. None: they should have no account.
    fn outcome(&self, subject: &UserSubject, there: &mut Accounts) -> Option<Outcome> {
        let Sight { settings, mapping } = self.sight;
        let account = subject.account.as_ref();
        let creating = account.is_none_or(|account| account.remote_id.is_none());
        let desired = match Desired::of(subject, mapping, self.name, creating) {
            Ok(desired) => desired,
            Err(errors) => {
                let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
                return Some(Outcome::Error(errors.join("; ")));
            }
        };
        let on_hold = subject.user.as_ref().is_some_and(|user| user.on_hold);
        let step = decide(&desired, account, settings, on_hold);
        let Desired::Present { document, .. } = desired else { return None };
        let complete = self.trial.outlook.complete == Some(true);
        Some(match (step, account) {
            (Step::MayNotCreate, _) => Outcome::MayNotCreate,
            (Step::Match { .. }, Some(_)) => Outcome::Creating,
            (Step::Match { .. }, None) => match key(settings.matching, &document) {
                None => Outcome::NoValue,
                Some(value) => match (there.find(value).as_slice(), &subject.user) {
                    ([], _) if complete => Outcome::Create,
                    ([], _) | (_, None) => Outcome::Unknown,
                    ([one], Some(user)) => match there.owner(*one) {
                        Some(owner) if owner != user.id => Outcome::Taken { account: *one, owner },
                        _ => {
                            // The engine links whoever comes first, and takes it from nobody then.
                            there.give(*one, user.id);
                            Outcome::Adopt
                        }
                    },
                    (several, _) => Outcome::Ambiguous(several.to_vec()),
                },
            },
            (_, None) => Outcome::Inactive,
            (_, Some(account)) => {
                let is_there = account.remote_id.as_deref().is_some_and(|id| there.by_id(id).is_some());
                if complete && !is_there { Outcome::Missing } else { Outcome::Linked }
            }
        })
    }

    /// Whether this outcome names somebody else, and is one of those that are shown.
    fn names_owner(&self, outcome: &Outcome) -> Option<Uuid> {
        let Outcome::Taken { owner, .. } = outcome else { return None };
        let shown = self.trial.outlook.people.get(outcome.as_str()).map_or(0, Vec::len);
        (shown < NAMED).then_some(*owner)
    }

    fn count(&mut self, subject: &UserSubject, outcome: &Outcome, there: &Accounts, owners: &HashMap<Uuid, String>) {
        let outlook = &mut self.trial.outlook;
        *outlook.counts.entry(outcome.as_str().to_owned()).or_default() += 1;
        let people = outlook.people.entry(outcome.as_str().to_owned()).or_default();
        let Some(user) = subject.user.as_ref().filter(|_| people.len() < NAMED) else { return };
        let candidates: Vec<RemoteAccount> = match outcome {
            Outcome::Ambiguous(several) => several.iter().take(CANDIDATES).map(|number| there.shown(*number)).collect(),
            Outcome::Taken { account, .. } => vec![there.shown(*account)],
            _ => Vec::new(),
        };
        let detail = match outcome {
            Outcome::Error(detail) => Some(detail.clone()),
            Outcome::Ambiguous(several) => Some(format!("{} accounts match", several.len())),
            // Whoever has none yet is another of those who would be linked to it.
            Outcome::Taken { owner, .. } => Some(match owners.get(owner) {
                Some(name) => format!("it belongs to {name}"),
                None => "it would be linked to somebody else first".to_owned(),
            }),
            _ => None,
        };
        let (user_name, display_name) = (user.user_name.clone(), user.display_name.clone());
        people.push(Matched { user: user.id, user_name, display_name, candidates, detail });
    }
}

/// The next page, asked for again when it failed in passing.
async fn page(crawl: &mut Crawl) -> Result<Option<Vec<scim::Object>>, Fault> {
    for wait in AGAIN {
        match crawl.next().await {
            Err(fault) if matches!(fault.class, Class::Retry | Class::Throttled) => {
                time::sleep(fault.retry_after.unwrap_or(wait).min(LONGEST_WAIT)).await;
            }
            other => return other,
        }
    }
    crawl.next().await
}
