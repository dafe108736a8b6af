//! What publishing a draft would do to everybody: plan(draft) − plan(current), in bounded pieces.

use directory::{
    Directory, Error, Tenant, account,
    application::{self, ApplicationSettings},
    forecast,
    mapping::CompiledMapping,
    plan::{Outlook, Plan},
    schema::{self, Profile},
};
use std::sync::Arc;
use uuid::Uuid;

use crate::foresee::{Effect, Foreseen, foresee};

/// So many people are looked at between two stores of the result.
const PIECE: i64 = 200;
/// So many names of each effect are kept.
const EXAMPLES: usize = 10;

/// Begin to work out what publishing the draft of an application would do, and go on behind the scenes.
///
/// # Errors
/// `Invalid` when there is no draft, or its mapping has faults.
pub async fn begin_plan(directory: &Directory, tenant: Tenant, application: Uuid) -> Result<Plan, Error> {
    let (name, draft, current) = {
        let mut tx = directory.db.read(tenant).await?;
        let application = application::find(&mut tx, &application.to_string()).await?;
        let draft = application::version(&mut tx, application.id, "draft").await?.ok_or_else(|| {
            Error::invalid(format!("{:?} has no draft: publishing would do nothing", application.name))
        })?;
        let current = application::version(&mut tx, application.id, "current").await?;
        let profile = &schema::load(&mut tx).await?.profile;
        let current = current.map(|version| Sight::new(version.settings, profile));
        (application.name, Arc::new(Sight::new(draft.settings, profile)?), current)
    };
    let current = current.transpose()?.map(Arc::new);
    let plan = directory.begin_forecast(tenant, application, &Outlook::default()).await?;
    let (directory, begun) = (directory.clone(), plan.clone());
    tokio::spawn(async move {
        let mut plan = begun;
        if let Err(error) = go(&directory, tenant, &mut plan, &name, &draft, current.as_deref()).await {
            tracing::error!(%error, application = %plan.application, "a plan could not be worked out");
            plan.fault = Some("Lockstep failed to work it out; its log says why".into());
            // What can't be stored either shows by its silence.
            let _ = directory.move_forecast(tenant, &plan).await;
        }
    });
    Ok(plan)
}

/// Settings and their mapping, ready to run.
pub(crate) struct Sight {
    pub(crate) settings: ApplicationSettings,
    pub(crate) mapping: CompiledMapping,
}

impl Sight {
    /// # Errors
    /// `Invalid` when the mapping has faults.
    pub(crate) fn new(settings: ApplicationSettings, profile: &Profile) -> Result<Sight, Error> {
        let mapping = settings.mapping.compile(profile).map_err(|errors| {
            let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
            Error::invalid(format!("the mapping has faults: {}", errors.join("; ")))
        })?;
        Ok(Sight { settings, mapping })
    }
}

async fn go(
    directory: &Directory,
    tenant: Tenant,
    plan: &mut Plan,
    name: &str,
    draft: &Sight,
    current: Option<&Sight>,
) -> Result<(), Error> {
    let mut after = Uuid::nil();
    loop {
        let subjects = {
            let mut tx = directory.db.read(tenant).await?;
            let people = forecast::people(&mut tx, plan.application, after, PIECE).await?;
            let Some(last) = people.last() else { break };
            after = *last;
            account::user_subjects(&mut tx, plan.application, &people).await?
        };
        plan.done += i64::try_from(subjects.len()).unwrap_or(0);
        for (id, subject) in &subjects {
            let then = foresee(subject, &draft.settings, &draft.mapping, name);
            let now = current.map(|sight| foresee(subject, &sight.settings, &sight.mapping, name));
            let shown = subject.user.as_ref().map(|user| &user.user_name);
            let shown = shown.or(subject.account.as_ref().map(|account| &account.user_name));
            count(&mut plan.outlook, *id, shown.map_or("", String::as_str), &then, now.as_ref());
        }
        if !directory.move_forecast(tenant, plan).await? {
            return Ok(());
        }
        // Whoever is waiting for an answer goes first.
        tokio::task::yield_now().await;
    }
    plan.finished_at = Some(directory.clock.now());
    directory.move_forecast(tenant, plan).await.map(drop)
}

/// Count what publishing changes for one person: what happens anyway is not its doing.
fn count(outlook: &mut Outlook, id: Uuid, name: &str, then: &Foreseen, now: Option<&Foreseen>) {
    let same = now.is_some_and(|now| now == then) || (now.is_none() && then.effect == Effect::Nothing);
    let effect = if same { "unchanged" } else { then.effect.as_str() };
    *outlook.counts.entry(effect.to_owned()).or_default() += 1;
    if same {
        return;
    }
    if matches!(then.effect, Effect::Update | Effect::Reactivate) {
        for difference in &then.differences {
            *outlook.attributes.entry(difference.path.clone()).or_default() += 1;
        }
    }
    let examples = outlook.examples.entry(effect.to_owned()).or_default();
    if examples.len() < EXAMPLES {
        examples.push((id, name.to_owned()));
    }
}
