//! What an account should be: the mapping's result, and how it compares with what the application holds.

use directory::{
    account::{Account, LinkState, UserSubject},
    expression::{Scope, profile_for_expressions},
    mapping::{Authority, CompiledMapping, MappingError},
    user::{User, UserState},
};
use scim::{AttrPath, Change, Object, Op, Patch, Path, ResourceType, Tolerance, resource};
use serde_json::{Value, json};

/// What one user's account in one application should be.
#[derive(Clone, Debug, PartialEq)]
pub enum Desired {
    /// There should be one.
    Present {
        /// How it should look.
        document: Object,
        /// The paths that the mapping decides; the rest belongs to the application.
        managed: Vec<Path>,
        /// Whether the person is active: who is not gets no new account.
        active: bool,
    },
    /// There should be none.
    Absent {
        /// The person is gone from the directory, and not merely without access.
        removed: bool,
    },
}

impl Desired {
    /// Work it out. `creating`: for an account that is yet to be made.
    ///
    /// # Errors
    /// Every row of the mapping that failed.
    pub fn of(
        subject: &UserSubject,
        mapping: &CompiledMapping,
        application: &str,
        creating: bool,
    ) -> Result<Desired, Vec<MappingError>> {
        let Some(user) = &subject.user else { return Ok(Desired::Absent { removed: true }) };
        if subject.effective.is_none() {
            return Ok(Desired::Absent { removed: false });
        }
        let scope = scope(user, subject, application);
        let projected = mapping.project(&scope, creating)?;
        // What is shared belongs to the application once the account is there.
        let shared = |to: &String| mapping.rows().any(|row| row.to == *to && row.authority == Authority::Shared);
        let managed = projected.managed.iter().filter(|to| creating || !shared(to));
        let managed = managed.filter_map(|path| Path::parse(path, rt(), &Tolerance::tolerant()).ok()).collect();
        Ok(Desired::Present { document: projected.document, managed, active: user.active })
    }
}

/// What a mapping's expressions see of a user.
pub(crate) fn scope(user: &User, subject: &UserSubject, application: &str) -> Scope {
    // Who is only blocked keeps what there is, and gets nothing more.
    let keeps = |account: &Account| {
        account.state == LinkState::Linked && account.applied.get("active") != Some(&Value::Bool(false))
    };
    let stays = match user.standing.state {
        UserState::Active => true,
        UserState::Blocked => subject.account.as_ref().is_some_and(keeps),
        UserState::Pending | UserState::Deactivated => false,
    };
    let mut profile = profile_for_expressions(&user.doc);
    if let Value::Object(profile) = &mut profile {
        let groups: Vec<_> = subject.groups.iter().map(|(id, name)| json!({"id": id, "displayName": name})).collect();
        profile.insert("id".into(), user.id.to_string().into());
        profile.insert("active".into(), stays.into());
        profile.insert("groups".into(), groups.into());
    }
    let manager = match &subject.manager {
        Some(manager) => json!({
            "id": manager.user.id, "accountId": manager.account_id,
            "userName": manager.user.user_name, "displayName": manager.user.display_name,
        }),
        None => json!({"id": null, "accountId": null, "userName": null, "displayName": null}),
    };
    Scope::new([("user", profile), ("manager", manager), ("app", json!({"name": application}))])
}

/// An account as it should be, and what is to be sent so that it is. `reactivate`: what we deactivated becomes active
/// again, even if the mapping has no say in it.
pub(crate) fn difference(account: &Account, document: &Object, managed: &[Path], reactivate: bool) -> (Object, Patch) {
    let mut managed = managed.to_vec();
    if reactivate && !managed.iter().any(|path| path.attr == AttrPath::core("active")) {
        managed.push(Path { attr: AttrPath::core("active"), filter: None, sub: None });
    }
    let wanted = overlay(&account.applied, document, &managed);
    let patch = scim::diff(&account.applied, &wanted, rt());
    (wanted, patch)
}

pub(crate) fn rt() -> &'static ResourceType {
    ResourceType::user()
}

/// The account as it should be, seen from what it is: managed paths from `document`, everything else from `current`.
pub(crate) fn overlay(current: &Object, document: &Object, managed: &[Path]) -> Object {
    let mut changes = Vec::new();
    for path in managed {
        let clear = |path: &Path| Change { op: Op::Remove, path: path.clone(), value: None, implied: false };
        let value = lookup(document, path);
        match value {
            None if lookup(current, path).is_some() => changes.push(clear(path)),
            None => {}
            Some(value) => {
                // Replacing a whole complex attribute merges into what is there; it should be what it should be.
                if value.is_object() && lookup(current, path).is_some() {
                    changes.push(clear(path));
                }
                changes.push(Change { op: Op::Replace, path: path.clone(), value: Some(value), implied: false });
            }
        }
    }
    let patch = Patch { changes };
    // A mapping that projected gives values of the right types: nothing is left for this to refuse. If it should,
    // the whole document is the safe answer.
    patch.apply(current, rt(), &Tolerance::tolerant()).unwrap_or_else(|_| document.clone())
}

/// The value at a path.
pub(crate) fn lookup(document: &Object, path: &Path) -> Option<Value> {
    let container = match &path.attr.schema {
        Some(urn) => document.get(urn)?.as_object()?,
        None => document,
    };
    let value = container.get(&path.attr.attr)?;
    match (&path.filter, &path.attr.sub) {
        (Some(filter), _) => {
            let attribute = rt().attribute(&path.attr)?;
            let element = value
                .as_array()?
                .iter()
                .filter_map(Value::as_object)
                .find(|element| filter.matches_element(element, attribute))?;
            match &path.sub {
                Some(sub) => element.get(sub).cloned(),
                None => Some(Value::Object(element.clone())),
            }
        }
        (None, Some(sub)) => value.as_object()?.get(sub).cloned(),
        (None, None) => Some(value.clone()),
    }
}

/// An account as the application showed it, for the ledger: readOnly attributes are the application's business.
pub(crate) fn ledger(remote: &Object) -> Object {
    let tolerance = Tolerance::tolerant();
    let mut document = resource::read(Value::Object(remote.clone()), rt(), &tolerance).unwrap_or_default();
    for attribute in ["id", "meta", "groups", "password"] {
        document.remove(attribute);
    }
    document
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(value: Value) -> Object {
        value.as_object().cloned().unwrap()
    }

    fn paths(texts: &[&str]) -> Vec<Path> {
        texts.iter().map(|text| Path::parse(text, rt(), &Tolerance::tolerant()).unwrap()).collect()
    }

    #[test]
    fn only_managed_attributes_are_compared() {
        let current = object(json!({"schemas": [scim::USER_URN], "userName": "ana", "nickName": "A", "title": "Eng",
            "emails": [{"type": "home", "value": "h@x.test"}, {"type": "work", "value": "old@x.test"}]}));
        let document = object(json!({"schemas": [scim::USER_URN], "userName": "ana",
            "emails": [{"type": "work", "value": "new@x.test"}]}));
        let managed = paths(&["userName", "title", "emails[type eq \"work\"].value"]);
        let wanted = overlay(&current, &document, &managed);
        let expected = object(json!({"schemas": [scim::USER_URN], "userName": "ana", "nickName": "A",
            "emails": [{"type": "home", "value": "h@x.test"}, {"type": "work", "value": "new@x.test"}]}));
        assert_eq!(wanted, expected, "title is cleared, nickName and the home address are not ours");
        assert_eq!(overlay(&wanted, &document, &managed), wanted, "in step is in step");
    }

    #[test]
    fn extension_attributes_come_and_go() {
        let urn = scim::ENTERPRISE_URN;
        let current = object(json!({"schemas": [scim::USER_URN], "userName": "ana"}));
        let document = object(json!({"schemas": [scim::USER_URN, urn], "userName": "ana", urn: {"department": "Ops"}}));
        let managed = paths(&["userName", &format!("{urn}:department")]);
        let with = overlay(&current, &document, &managed);
        assert_eq!(with.get(urn), Some(&json!({"department": "Ops"})));
        let without = overlay(&with, &current, &managed);
        assert_eq!(without, current);
    }
}
