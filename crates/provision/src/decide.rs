//! What to do about one object, from what it should be and what we know it is. Pure: the heart of the tests.

use directory::{
    account::{Account, LinkState},
    application::{ApplicationSettings, Removal},
};

use serde_json::Value;

use crate::desired::Desired;

/// The one action that brings an account closer to what it should be.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// It is in step.
    Nothing,
    /// Find out whether the application has an account already; if not, make one where `create` says so.
    Match {
        /// Make an account when there is none.
        create: bool,
    },
    /// Bring the account in line: send what differs from the ledger.
    Update {
        /// It was deactivated or released by us, and comes back.
        reactivate: bool,
    },
    /// Set `active` to false.
    Deactivate,
    /// Remove the account.
    Delete,
    /// Stop caring about an account that stays as it is.
    Release,
    /// The person is on hold: what would have been done waits until a person lifts the hold.
    Hold,
    /// There should be an account, there is none, and making accounts is switched off.
    MayNotCreate,
}

/// Decide the next step for one user's account.
pub fn decide(desired: &Desired, account: Option<&Account>, settings: &ApplicationSettings, on_hold: bool) -> Step {
    let known = account.filter(|account| account.remote_id.is_some() && account.state != LinkState::Creating);
    match (desired, known) {
        // People who are not active get no new account; one that is there is kept in line, `active` included.
        (Desired::Present { active: false, .. }, None) if account.is_none() => Step::Nothing,
        (Desired::Present { active, .. }, None) => match (settings.create, account) {
            (true, _) => Step::Match { create: *active },
            (false, Some(_)) => Step::Match { create: false },
            (false, None) => Step::MayNotCreate,
        },
        (Desired::Present { document, active, .. }, Some(account)) => {
            // Blocked on hold: it is deactivated as soon as the hold is lifted.
            let rests = document.get("active").is_some_and(|value| *value == Value::Bool(false) || !active);
            if on_hold && rests && account.applied.get("active") != Some(&Value::Bool(false)) {
                return Step::Hold;
            }
            let reactivate = account.state != LinkState::Linked;
            if settings.update || reactivate { Step::Update { reactivate } } else { Step::Nothing }
        }
        // A create may have got through before the person lost access: look, so that it can be removed.
        (Desired::Absent { .. }, None) if account.is_some() => Step::Match { create: false },
        (Desired::Absent { .. }, None) => Step::Nothing,
        (Desired::Absent { removed }, Some(account)) => {
            let removal = if *removed { settings.on_removed } else { settings.on_unassigned };
            let removal = if settings.delete { removal } else { Removal::Nothing };
            match (removal, account.state) {
                (Removal::Nothing, LinkState::Linked) => Step::Release,
                (Removal::Deactivate, LinkState::Deactivated) | (Removal::Nothing, _) => Step::Nothing,
                (Removal::Deactivate | Removal::Delete, _) if on_hold => Step::Hold,
                (Removal::Deactivate, _) => Step::Deactivate,
                (Removal::Delete, _) => Step::Delete,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use directory::account::Origin;
    use scim::Object;
    use uuid::Uuid;

    fn settings() -> ApplicationSettings {
        ApplicationSettings::new("https://app.test/scim".parse().unwrap())
    }

    fn account(state: LinkState) -> Account {
        let remote_id = (state != LinkState::Creating).then(|| "r1".to_owned());
        Account {
            user: Uuid::nil(),
            user_name: "ana".into(),
            remote_id,
            origin: Origin::Created,
            state,
            unsure: false,
            applied: Object::new(),
            created_at: 0,
            modified_at: 0,
        }
    }

    fn present(active: bool) -> Desired {
        Desired::Present { document: Object::new(), managed: Vec::new(), active }
    }

    #[test]
    fn every_state_has_its_step() {
        use LinkState::{Creating, Deactivated, Linked, Released};
        let absent = |removed| Desired::Absent { removed };
        let table = [
            (present(true), None, Step::Match { create: true }),
            (present(true), Some(Creating), Step::Match { create: true }),
            (present(true), Some(Linked), Step::Update { reactivate: false }),
            (present(true), Some(Deactivated), Step::Update { reactivate: true }),
            (present(true), Some(Released), Step::Update { reactivate: true }),
            (present(false), None, Step::Nothing),
            (present(false), Some(Creating), Step::Match { create: false }),
            (present(false), Some(Linked), Step::Update { reactivate: false }),
            (absent(false), None, Step::Nothing),
            (absent(false), Some(Creating), Step::Match { create: false }),
            (absent(false), Some(Linked), Step::Deactivate),
            (absent(false), Some(Deactivated), Step::Nothing),
            (absent(true), Some(Linked), Step::Delete),
            (absent(true), Some(Deactivated), Step::Delete),
            (absent(true), Some(Released), Step::Delete),
        ];
        for (desired, state, step) in table {
            let account = state.map(account);
            assert_eq!(decide(&desired, account.as_ref(), &settings(), false), step, "{desired:?} {state:?}");
        }
    }

    #[test]
    fn a_removal_is_exactly_what_was_configured() {
        let linked = account(LinkState::Linked);
        for removed in [false, true] {
            for (removal, step) in [
                (Removal::Nothing, Step::Release),
                (Removal::Deactivate, Step::Deactivate),
                (Removal::Delete, Step::Delete),
            ] {
                let mut settings = settings();
                // The other trigger is set to something else: neither may leak into the other.
                (settings.on_unassigned, settings.on_removed) =
                    if removed { (Removal::Nothing, removal) } else { (removal, Removal::Delete) };
                let desired = Desired::Absent { removed };
                assert_eq!(decide(&desired, Some(&linked), &settings, false), step);
                let held = if step == Step::Release { Step::Release } else { Step::Hold };
                assert_eq!(decide(&desired, Some(&linked), &settings, true), held, "a person on hold is left alone");
                settings.delete = false;
                assert_eq!(
                    decide(&desired, Some(&linked), &settings, false),
                    Step::Release,
                    "removals are switched off"
                );
            }
        }
    }

    #[test]
    fn switches_are_obeyed() {
        let mut settings = settings();
        settings.create = false;
        assert_eq!(decide(&present(true), None, &settings, false), Step::MayNotCreate);
        settings.update = false;
        assert_eq!(decide(&present(true), Some(&account(LinkState::Linked)), &settings, false), Step::Nothing);
        let back = decide(&present(true), Some(&account(LinkState::Deactivated)), &settings, false);
        assert_eq!(back, Step::Update { reactivate: true }, "undoing our own deactivation is no update");
    }
}
