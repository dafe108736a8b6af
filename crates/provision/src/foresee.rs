//! What would be done for a person, without doing it: the same decisions as the engine's, on what the ledger says. Pure.

use directory::{
    account::{LinkState, UserSubject},
    application::ApplicationSettings,
    mapping::{CompiledMapping, Mapping, MappingError, Tried},
};
use scim::{Object, Patch, ResourceType};
use serde_json::Value;

use crate::{
    decide::{Step, decide},
    desired::{Desired, difference, lookup, scope},
};

/// What would become of one account.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// It is in step, or there is none and should be none.
    Nothing,
    /// It is looked for, and made when it is not there.
    Create,
    /// It is looked for, because it may have been made.
    Match,
    /// Attributes are changed.
    Update,
    /// It comes back.
    Reactivate,
    /// It is deactivated.
    Deactivate,
    /// It is removed.
    Delete,
    /// It is left as it is, and no longer looked after.
    Release,
    /// The person is on hold: what would have been done waits.
    Hold,
    /// There should be one, and making accounts is switched off.
    MayNotCreate,
    /// The mapping gives no account.
    Error,
}

impl Effect {
    /// The word in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Effect::Nothing => "nothing",
            Effect::Create => "create",
            Effect::Match => "match",
            Effect::Update => "update",
            Effect::Reactivate => "reactivate",
            Effect::Deactivate => "deactivate",
            Effect::Delete => "delete",
            Effect::Release => "release",
            Effect::Hold => "hold",
            Effect::MayNotCreate => "may_not_create",
            Effect::Error => "error",
        }
    }
}

/// A request that would be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Outbound {
    /// The HTTP method.
    pub method: &'static str,
    /// The path below the base URL.
    pub path: String,
    /// The body.
    pub body: Option<Value>,
}

/// One attribute before and after.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The attribute's path.
    pub path: String,
    /// What the ledger says.
    pub before: Option<Value>,
    /// What it is to be.
    pub after: Option<Value>,
}

/// What would be done for one person.
#[derive(Clone, Debug, PartialEq)]
pub struct Foreseen {
    /// What would become of the account.
    pub effect: Effect,
    /// The attributes that would change.
    pub differences: Vec<Difference>,
    /// What would be sent first. An account that is looked for may turn out to be there, and then be changed instead.
    pub request: Option<Outbound>,
    /// Why the mapping gives no account.
    pub errors: Vec<MappingError>,
}

/// Work out what would be done for one person under these settings.
pub fn foresee(
    subject: &UserSubject,
    settings: &ApplicationSettings,
    mapping: &CompiledMapping,
    application: &str,
) -> Foreseen {
    let account = subject.account.as_ref();
    let creating = account.is_none_or(|account| account.remote_id.is_none());
    let desired = match Desired::of(subject, mapping, application, creating) {
        Ok(desired) => desired,
        Err(errors) => return Foreseen { effect: Effect::Error, differences: Vec::new(), request: None, errors },
    };
    let on_hold = subject.user.as_ref().is_some_and(|user| user.on_hold);
    let place = || format!("/Users/{}", account.and_then(|account| account.remote_id.as_deref()).unwrap_or_default());
    let foreseen = |effect, differences, request| Foreseen { effect, differences, request, errors: Vec::new() };
    match (decide(&desired, account, settings, on_hold), desired) {
        (Step::Match { create: true }, Desired::Present { document, .. }) => {
            let differences = document.iter().filter(|(name, _)| *name != "schemas").map(|(name, value)| Difference {
                path: name.clone(),
                before: None,
                after: Some(value.clone()),
            });
            let differences = differences.collect();
            let body = Some(Value::Object(document));
            foreseen(Effect::Create, differences, Some(Outbound { method: "POST", path: "/Users".into(), body }))
        }
        (Step::Match { .. }, _) => foreseen(Effect::Match, Vec::new(), None),
        (Step::Update { reactivate }, Desired::Present { mut document, managed, active }) => {
            let Some(account) = account else { return foreseen(Effect::Nothing, Vec::new(), None) };
            if reactivate && active {
                document.insert("active".into(), true.into());
            }
            let (_, patch) = difference(account, &document, &managed, reactivate, mapping.resource_type());
            let effect = match account.state {
                LinkState::Deactivated if reactivate => Effect::Reactivate,
                _ if patch.changes.is_empty() => Effect::Nothing,
                _ => Effect::Update,
            };
            foreseen(effect, differences(&account.applied, &patch, mapping.resource_type()), patched(place(), &patch))
        }
        (Step::Deactivate, _) => {
            let applied = account.map(|account| account.applied.clone()).unwrap_or_default();
            let mut wanted = applied.clone();
            wanted.insert("active".into(), false.into());
            let patch = scim::diff(&applied, &wanted, mapping.resource_type());
            foreseen(
                Effect::Deactivate,
                differences(&applied, &patch, mapping.resource_type()),
                patched(place(), &patch),
            )
        }
        (Step::Delete, _) => {
            foreseen(Effect::Delete, Vec::new(), Some(Outbound { method: "DELETE", path: place(), body: None }))
        }
        (Step::Release, _) => foreseen(Effect::Release, Vec::new(), None),
        (Step::Hold, _) => foreseen(Effect::Hold, Vec::new(), None),
        (Step::MayNotCreate, _) => foreseen(Effect::MayNotCreate, Vec::new(), None),
        (Step::Nothing | Step::Update { .. }, _) => foreseen(Effect::Nothing, Vec::new(), None),
    }
}

fn differences(before: &Object, patch: &Patch, rt: &ResourceType) -> Vec<Difference> {
    let difference = |change: &scim::Change| Difference {
        path: change.path.to_string(),
        before: lookup(before, &change.path, rt),
        after: change.value.clone(),
    };
    patch.changes.iter().map(difference).collect()
}

fn patched(path: String, patch: &Patch) -> Option<Outbound> {
    (!patch.changes.is_empty()).then(|| Outbound { method: "PATCH", path, body: Some(patch.to_json()) })
}

/// What each row of a mapping gives for a person, whether or not others have faults. Nothing for somebody who is gone.
pub fn try_rows(subject: &UserSubject, mapping: &Mapping, application: &str) -> Vec<Tried> {
    subject
        .user
        .as_ref()
        .map(|user| mapping.try_rows(&subject.profile, &scope(user, subject, application)))
        .unwrap_or_default()
}

/// The value of one expression for a person.
///
/// # Errors
/// What is wrong with it, and where.
pub fn try_expression(
    subject: &UserSubject,
    text: &str,
    application: &str,
) -> Result<Option<Value>, directory::mapping::Flaw> {
    match &subject.user {
        Some(user) => directory::mapping::evaluate(text, &scope(user, subject, application)).map(Some),
        None => directory::mapping::check(text).map(|_| None),
    }
}

/// The account that a mapping gives a person, whether or not they have access.
///
/// # Errors
/// Every row that failed.
pub fn account_of(
    subject: &UserSubject,
    mapping: &CompiledMapping,
    application: &str,
) -> Result<Option<Object>, Vec<MappingError>> {
    let Some(user) = &subject.user else { return Ok(None) };
    let creating = subject.account.as_ref().is_none_or(|account| account.remote_id.is_none());
    Ok(Some(mapping.project(&scope(user, subject, application), creating)?.document))
}
