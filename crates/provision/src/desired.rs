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
        let parse = |path: &String| Path::parse(path, mapping.resource_type(), &Tolerance::tolerant()).ok();
        let managed = managed.filter_map(parse).collect();
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
    let mut profile = profile_for_expressions(&user.doc, &subject.profile.0);
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
pub(crate) fn difference(
    account: &Account,
    document: &Object,
    managed: &[Path],
    reactivate: bool,
    rt: &ResourceType,
) -> (Object, Patch) {
    let mut managed = managed.to_vec();
    if reactivate && !managed.iter().any(|path| path.attr == AttrPath::core("active")) {
        managed.push(Path { attr: AttrPath::core("active"), filter: None, sub: None });
    }
    let wanted = overlay(&account.applied, document, &managed, rt);
    let patch = scim::diff(&account.applied, &wanted, rt);
    (wanted, patch)
}

/// The account as it should be, seen from what it is: managed paths from `document`, everything else from `current`.
pub(crate) fn overlay(current: &Object, document: &Object, managed: &[Path], rt: &ResourceType) -> Object {
    let mut changes = Vec::new();
    for path in managed {
        let clear = |path: &Path| Change { op: Op::Remove, path: path.clone(), value: None, implied: false };
        let value = lookup(document, path, rt);
        match value {
            None if lookup(current, path, rt).is_some() => changes.push(clear(path)),
            None => {}
            Some(value) => {
                // Replacing a whole complex attribute merges into what is there; it should be what it should be.
                if value.is_object() && lookup(current, path, rt).is_some() {
                    changes.push(clear(path));
                }
                changes.push(Change { op: Op::Replace, path: path.clone(), value: Some(value), implied: false });
            }
        }
    }
    let patch = Patch { changes };
    // A mapping that projected gives values of the right types: nothing is left for this to refuse. If it should,
    // the whole document is the safe answer.
    patch.apply(current, rt, &Tolerance::tolerant()).unwrap_or_else(|_| document.clone())
}

/// The value at a path.
pub(crate) fn lookup(document: &Object, path: &Path, rt: &ResourceType) -> Option<Value> {
    let container = match &path.attr.schema {
        Some(urn) => document.get(urn)?.as_object()?,
        None => document,
    };
    let value = container.get(&path.attr.attr)?;
    match (&path.filter, &path.attr.sub) {
        (Some(filter), _) => {
            let attribute = rt.attribute(&path.attr)?;
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
pub(crate) fn ledger(remote: &Object, rt: &ResourceType) -> Object {
    let tolerance = Tolerance::tolerant();
    let mut document = resource::read(Value::Object(remote.clone()), rt, &tolerance).unwrap_or_default();
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
        texts.iter().map(|text| Path::parse(text, ResourceType::user(), &Tolerance::tolerant()).unwrap()).collect()
    }

    #[test]
    fn only_managed_attributes_are_compared() {
        let current = object(json!({"schemas": [scim::USER_URN], "userName": "ana", "nickName": "A", "title": "Eng",
            "emails": [{"type": "home", "value": "h@x.test"}, {"type": "work", "value": "old@x.test"}]}));
        let document = object(json!({"schemas": [scim::USER_URN], "userName": "ana",
            "emails": [{"type": "work", "value": "new@x.test"}]}));
        let managed = paths(&["userName", "title", "emails[type eq \"work\"].value"]);
        let wanted = overlay(&current, &document, &managed, ResourceType::user());
        let expected = object(json!({"schemas": [scim::USER_URN], "userName": "ana", "nickName": "A",
            "emails": [{"type": "home", "value": "h@x.test"}, {"type": "work", "value": "new@x.test"}]}));
        assert_eq!(wanted, expected, "title is cleared, nickName and the home address are not ours");
        assert_eq!(overlay(&wanted, &document, &managed, ResourceType::user()), wanted, "in step is in step");
    }

    #[test]
    fn extension_attributes_come_and_go() {
        let urn = scim::ENTERPRISE_URN;
        let current = object(json!({"schemas": [scim::USER_URN], "userName": "ana"}));
        let document = object(json!({"schemas": [scim::USER_URN, urn], "userName": "ana", urn: {"department": "Ops"}}));
        let managed = paths(&["userName", &format!("{urn}:department")]);
        let with = overlay(&current, &document, &managed, ResourceType::user());
        assert_eq!(with.get(urn), Some(&json!({"department": "Ops"})));
        let without = overlay(&with, &current, &managed, ResourceType::user());
        assert_eq!(without, current);
    }

    #[test]
    fn what_an_administrator_defined_is_seen_in_accounts_too() {
        let urn = "urn:acme:2.0:User";
        let schema = json!({"id": urn, "name": "Acme", "attributes": [{"name": "costCenter", "type": "string"}]});
        let mut rt = ResourceType::user().clone();
        let schema = std::sync::Arc::new(serde_json::from_value(schema).unwrap());
        rt.extensions.push(scim::Extension { schema, required: false });
        let shown =
            object(json!({"schemas": [scim::USER_URN, urn], "id": "7", "userName": "ana", urn: {"costCenter": "1"}}));
        let current = ledger(&shown, &rt);
        assert_eq!(current[urn], json!({"costCenter": "1"}));
        let document = object(json!({"schemas": [scim::USER_URN, urn], "userName": "ana", urn: {"costCenter": "2"}}));
        let managed = [Path::parse(&format!("{urn}:costCenter"), &rt, &Tolerance::tolerant()).unwrap()];
        let wanted = overlay(&current, &document, &managed, &rt);
        let patch = scim::diff(&current, &wanted, &rt);
        assert_eq!(patch.changes.len(), 1);
        assert_eq!(patch.changes[0].path.to_string(), format!("{urn}:costCenter"));
        let without = object(json!({"schemas": [scim::USER_URN], "userName": "ana"}));
        assert_eq!(overlay(&current, &without, &managed, &rt).get(urn), None);
    }
}
