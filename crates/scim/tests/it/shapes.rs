//! The wire catalogue: what clients really send, each shape once.

use scim::{ElementChange, Filter, Patch, resource};
use serde_json::{Value, json};

use super::*;

#[test]
fn w01_entra_creates_a_user() {
    let user = read_user(json!({
        "schemas": [USER, ENTERPRISE],
        "externalId": "0a21", "userName": "bob@x.test", "active": true,
        "emails": [{"primary": true, "type": "work", "value": "bob@x.test"}],
        "meta": {"resourceType": "User"},
        "name": {"formatted": "Bob B", "familyName": "B", "givenName": "Bob"}, "roles": []
    }))
    .unwrap();
    same(
        &user,
        json!({
            "schemas": [USER],
            "externalId": "0a21", "userName": "bob@x.test", "active": true,
            "emails": [{"primary": true, "type": "work", "value": "bob@x.test"}],
            "name": {"formatted": "Bob B", "familyName": "B", "givenName": "Bob"},
        }),
    );
}

#[test]
fn w02_entra_creates_a_group() {
    let body = json!({
        "schemas": [GROUP, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
        "externalId": "8aa1", "displayName": "Sales", "meta": {"resourceType": "Group"}
    });
    let read = resource::read(body.clone(), group(), &tolerant()).unwrap();
    same(&read, json!({"schemas": [GROUP], "externalId": "8aa1", "displayName": "Sales"}));
    let kind = Some(ScimType::InvalidSyntax);
    assert_eq!(refused(resource::read(body, group(), &strict())), (400, kind));
}

#[test]
fn w03_entra_patches_one_attribute_at_a_time() {
    let bob = a_user(json!({"active": true, "name": {"givenName": "Bob", "familyName": "B"},
        "emails": [{"type": "work", "value": "o@x.test", "primary": true}]}));
    let next = patch(
        &bob,
        json!([
            {"op": "Replace", "path": "emails[type eq \"work\"].value", "value": "n@x.test"},
            {"op": "Replace", "path": "name.givenName", "value": "Rob"},
            {"op": "Add", "path": format!("{ENTERPRISE}:employeeNumber"), "value": "7"},
            {"op": "Replace", "path": "active", "value": "False"}
        ]),
    )
    .unwrap();
    same(
        &next,
        json!({"schemas": [USER, ENTERPRISE], "userName": "bob@x.test", "id": "U1", "active": false,
            "name": {"givenName": "Rob", "familyName": "B"},
            "emails": [{"type": "work", "value": "n@x.test", "primary": true}],
            ENTERPRISE: {"employeeNumber": "7"}}),
    );
}

#[test]
fn w04_entra_with_the_flag_sends_paths_as_keys() {
    let bob = a_user(json!({"emails": [{"type": "work", "value": "o@x.test"}]}));
    let operations = json!([{"op": "replace", "value": {
        "displayName": "Rob B", "name.givenName": "Rob", "active": false,
        "emails[type eq \"work\"].value": "n@x.test",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department": "Ops"}}]);
    let next = patch(&bob, operations.clone()).unwrap();
    same(
        &next,
        json!({"schemas": [USER, ENTERPRISE], "userName": "bob@x.test", "id": "U1", "active": false,
            "displayName": "Rob B", "name": {"givenName": "Rob"},
            "emails": [{"type": "work", "value": "n@x.test"}],
            ENTERPRISE: {"department": "Ops"}}),
    );
    assert_eq!(refused(patch_with(&bob, operations, &strict())).0, 400);
}

#[test]
fn w05_entra_sets_and_clears_the_manager() {
    let bob = a_user(json!({}));
    let shapes = [
        json!({"op": "Add", "path": "manager", "value": [{"$ref": "https://x/Users/9", "value": "9"}]}),
        json!({"op": "Replace", "path": format!("{ENTERPRISE}:manager"), "value": "9"}),
        json!({"op": "Replace", "path": format!("{ENTERPRISE}:manager.value"), "value": "9"}),
        json!({"op": "Add", "path": format!("{ENTERPRISE}:manager"), "value": {"$ref": "../Users/9"}}),
        json!({"op": "add", "value": {ENTERPRISE: {"manager": {"value": "9", "displayName": "Eve"}}}}),
        json!({"op": "add", "value": {ENTERPRISE: {"manager.value": "9"}}}),
    ];
    for shape in shapes {
        let next = patch(&bob, json!([shape])).unwrap();
        assert_eq!(next[ENTERPRISE], json!({"manager": {"value": "9"}}), "{shape}");
        assert_eq!(next["schemas"], json!([USER, ENTERPRISE]));
        let clears = [
            json!({"op": "Replace", "path": format!("{ENTERPRISE}:manager"), "value": ""}),
            json!({"op": "Replace", "path": format!("{ENTERPRISE}:manager"), "value": {"value": ""}}),
            json!({"op": "Replace", "path": format!("{ENTERPRISE}:manager"), "value": null}),
            json!({"op": "Remove", "path": format!("{ENTERPRISE}:manager")}),
            json!({"op": "Remove", "path": "manager[value eq \"9\"]"}),
            json!({"op": "Remove", "path": ENTERPRISE}),
        ];
        for clear in clears {
            assert_eq!(patch(&next, json!([clear])).unwrap(), bob, "{clear}");
        }
        let other = json!([{"op": "Remove", "path": "manager[value eq \"8\"]"}]);
        assert_eq!(patch(&next, other).unwrap(), next);
    }
    let by_name = json!([{"op": "add", "path": "manager", "value": {"value": "9"}}]);
    assert_eq!(refused(patch_with(&bob, by_name, &strict())), (400, Some(ScimType::InvalidPath)));
}

#[test]
fn w06_okta_creates_a_user() {
    let user = read_user(json!({"schemas": [USER], "userName": "t@x.test",
        "name": {"givenName": "T", "familyName": "U"},
        "emails": [{"primary": true, "value": "t@x.test", "type": "work"}],
        "displayName": "T U", "locale": "en-US", "externalId": "00ujl29u0le5T6Aj10h7", "groups": [],
        "password": "1mz050nq", "active": true}))
    .unwrap();
    assert_eq!(user["password"], "1mz050nq");
    assert!(!user.contains_key("groups"));
    assert_eq!(user.keys().next().unwrap(), "schemas");
}

#[test]
fn w07_okta_deactivates() {
    let bob = a_user(json!({"active": true}));
    let next = patch(&bob, json!([{"op": "replace", "value": {"active": false}}])).unwrap();
    assert_eq!(next["active"], false);
}

#[test]
fn w08_w11_a_rename_repeats_the_id() {
    let mut stored = Object::from_iter([("id".into(), json!("abf4"))]);
    stored.insert("schemas".into(), json!([GROUP]));
    stored.insert("displayName".into(), "Old".into());
    let apply = |value: Value| {
        let body = patch_body(json!([{"op": "replace", "value": value}]));
        Patch::read(&body, group(), &tolerant())?.apply(&stored, group(), &tolerant())
    };
    let okta = apply(json!({"id": "abf4", "displayName": "New"})).unwrap();
    same(&okta, json!({"id": "abf4", "schemas": [GROUP], "displayName": "New"}));
    let authentik = json!({"schemas": [GROUP], "id": "abf4", "externalId": "e", "displayName": "X"});
    assert_eq!(apply(authentik).unwrap()["displayName"], "X");
    let other = apply(json!({"id": "other", "displayName": "New"}));
    assert_eq!(refused(other), (400, Some(ScimType::Mutability)));
}

/// The member changes of a PATCH, each shown as text.
fn members(operations: Value) -> Result<Vec<String>, Error> {
    let mut patch = Patch::read(&patch_body(operations), group(), &tolerant())?;
    let changes = patch.take_elements("members")?;
    assert!(patch.changes.is_empty());
    Ok(changes
        .into_iter()
        .map(|change| match change {
            ElementChange::Add(list) => format!("add {}", json!(list)),
            ElementChange::Remove(values) => format!("remove {}", values.join(" ")),
            ElementChange::RemoveWhere(filter) => format!("remove where {filter}"),
            ElementChange::ReplaceAll(list) => format!("replace {}", json!(list)),
            ElementChange::Clear => "clear".into(),
        })
        .collect())
}

#[test]
fn w09_okta_changes_members() {
    let changes = members(json!([
        {"op": "remove", "path": "members[value eq \"u1\"]"},
        {"op": "add", "path": "members", "value": [{"value": "u2", "display": "u2@x.test"}]}
    ]));
    assert_eq!(changes.unwrap(), ["remove u1", r#"add [{"value":"u2"}]"#]);
}

#[test]
fn w10_removing_members_in_every_shape() {
    let cases = [
        (json!({"op": "remove", "path": "members[value eq \"u1\"]"}), "remove u1"),
        (json!({"op": "Remove", "path": "members", "value": [{"$ref": null, "value": "u1"}]}), "remove u1"),
        (json!({"op": "remove", "path": "members", "value": {"value": "u1"}}), "remove u1"),
        (json!({"op": "remove", "path": "members", "value": ["u1"]}), "remove u1"),
        (json!({"op": "remove", "path": "members", "value": "u1"}), "remove u1"),
        (json!({"op": "remove", "value": {"members": [{"value": "u1"}]}}), "remove u1"),
        (json!({"op": "remove", "path": "members[value eq \"u1\" or value eq \"u2\"]"}), "remove u1 u2"),
        (json!({"op": "remove", "path": "members"}), "clear"),
        (json!({"op": "remove", "path": "members", "value": null}), "clear"),
        (json!({"op": "remove", "path": "members", "value": []}), "remove "),
        (json!({"op": "remove", "path": "members[type eq \"User\"]"}), "remove where type eq \"User\""),
    ];
    for (operation, expected) in cases {
        assert_eq!(members(json!([operation])).unwrap(), [expected], "{operation}");
    }
    // What names nobody must not remove everybody.
    for value in [json!([{"$ref": null}]), json!([{}]), json!({"value": null}), json!([7])] {
        let operation = json!([{"op": "remove", "path": "members", "value": value}]);
        assert_eq!(refused(members(operation)).0, 400, "{value}");
    }
    let listed = json!([{"op": "remove", "path": "members", "value": [{"value": "u1"}]}]);
    let strictly = Patch::read(&patch_body(listed), group(), &strict());
    assert_eq!(refused(strictly), (400, Some(ScimType::InvalidValue)));
}

#[test]
fn w12_the_value_is_json_in_a_string() {
    let bob = a_user(json!({"active": true}));
    let operations = json!([{"op": "replace", "value": "{\"active\":\"false\"}"}]);
    assert_eq!(patch(&bob, operations.clone()).unwrap()["active"], false);
    assert_eq!(refused(patch_with(&bob, operations, &strict())).0, 400);
}

#[test]
fn w13_members_added_without_a_path() {
    let changes = members(json!([{"op": "add", "value": {"members": [{"value": "u1"}]}}]));
    assert_eq!(changes.unwrap(), [r#"add [{"value":"u1"}]"#]);
}

#[test]
fn members_without_value_are_refused() {
    for op in ["add", "replace"] {
        for value in [json!(null), json!([{}]), json!([{"value": null}]), json!([{"display": "x"}])] {
            let operation = json!([{"op": op, "path": "members", "value": value}]);
            assert_eq!(refused(members(operation)), (400, Some(ScimType::InvalidValue)), "{op} {value}");
        }
        let without = members(json!([{"op": op, "path": "members"}]));
        assert_eq!(refused(without), (400, Some(ScimType::InvalidValue)));
    }
    assert_eq!(members(json!([{"op": "replace", "path": "members", "value": []}])).unwrap(), ["replace []"]);
    let inside = json!([{"op": "replace", "path": "members[value eq \"u1\"].value", "value": "u2"}]);
    assert_eq!(refused(members(inside)), (400, Some(ScimType::Mutability)));
}

#[test]
fn other_changes_stay_in_the_patch() {
    let body = patch_body(json!([
        {"op": "add", "path": "members", "value": [{"value": "u1"}, {"value": "u1"}]},
        {"op": "replace", "path": "displayName", "value": "New"},
        {"op": "remove", "path": "Members[Value Eq \"u2\"]"},
    ]));
    let mut patch = Patch::read(&body, group(), &tolerant()).unwrap();
    assert_eq!(patch.take_elements("members").unwrap().len(), 2);
    assert_eq!(patch.changes.len(), 1);
    assert_eq!(patch.changes[0].path.to_string(), "displayName");
}

#[test]
fn e03_a_filter_from_an_old_document() {
    let filter = Filter::parse("externalId eq jyoung").unwrap();
    assert!(filter.resolve(user(), &strict()).is_err());
    let resolved = filter.resolve(user(), &tolerant()).unwrap();
    assert_eq!(resolved.to_string(), "externalId eq \"jyoung\"");
    let old = Filter::parse("emails[type eq \"work\"] eq \"x\"").unwrap();
    let resolved = old.resolve(user(), &tolerant()).unwrap();
    assert_eq!(resolved.to_string(), "emails[type eq \"work\" and value eq \"x\"]");
}

#[test]
fn onelogin_names_schemas_of_scim_1() {
    let body = json!({
        "schemas": ["urn:scim:schemas:core:2.0", "urn:scim:schemas:extension:enterprise:2.0"],
        "userName": "x", "urn:scim:schemas:extension:enterprise:2.0": {"department": "Ops"}});
    let read = read_user(body.clone()).unwrap();
    same(&read, json!({"schemas": [USER, ENTERPRISE], "userName": "x", ENTERPRISE: {"department": "Ops"}}));
    assert_eq!(refused(resource::read(body, user(), &strict())), (400, Some(ScimType::InvalidSyntax)));
}
