//! PATCH: the tables.

use serde_json::json;

use super::*;

const MUTABILITY: (u16, Option<ScimType>) = (400, Some(ScimType::Mutability));
const NO_TARGET: (u16, Option<ScimType>) = (400, Some(ScimType::NoTarget));
const PATH: (u16, Option<ScimType>) = (400, Some(ScimType::InvalidPath));
const FILTER: (u16, Option<ScimType>) = (400, Some(ScimType::InvalidFilter));
const SYNTAX: (u16, Option<ScimType>) = (400, Some(ScimType::InvalidSyntax));
const VALUE: (u16, Option<ScimType>) = (400, Some(ScimType::InvalidValue));

#[test]
fn t30_urns_and_extensions() {
    let bob = a_user(json!({}));
    let renamed = patch(&bob, json!([{"op": "replace", "path": format!("{USER}:userName"), "value": "rob"}]));
    assert_eq!(renamed.unwrap()["userName"], "rob");
    let add = json!([{"op": "add", "path": format!("{ENTERPRISE}:employeeNumber"), "value": "7"}]);
    let with = patch(&bob, add).unwrap();
    assert_eq!(with["schemas"], json!([USER, ENTERPRISE]));
    let remove = json!([{"op": "remove", "path": format!("{ENTERPRISE}:EmployeeNumber")}]);
    assert_eq!(patch(&with, remove).unwrap(), bob);
    assert_eq!(patch(&with, json!([{"op": "remove", "path": ENTERPRISE}])).unwrap(), bob);
    for op in ["add", "replace"] {
        let whole = json!([{"op": op, "path": ENTERPRISE, "value": {"employeeNumber": "7"}}]);
        assert_eq!(patch(&bob, whole).unwrap(), with);
        let implied = json!([{"op": op, "value": {ENTERPRISE: {"employeeNumber": "7"}}}]);
        assert_eq!(patch(&bob, implied).unwrap(), with);
    }
    let null = json!([{"op": "replace", "value": {ENTERPRISE: null}}]);
    assert_eq!(patch(&with, null).unwrap(), bob);
}

#[test]
fn t32_complex_attributes_are_merged() {
    let bob = a_user(json!({"name": {"givenName": "Bob", "familyName": "B"}}));
    let next = patch(&bob, json!([{"op": "replace", "path": "name", "value": {"givenName": "R"}}]));
    assert_eq!(next.unwrap()["name"], json!({"givenName": "R", "familyName": "B"}));
    let next = patch(&bob, json!([{"op": "replace", "path": "name", "value": {"familyName": null}}]));
    assert_eq!(next.unwrap()["name"], json!({"givenName": "Bob"}));
    let next = patch(&bob, json!([{"op": "replace", "value": {"name": {"familyName": ""}}}]));
    assert_eq!(next.unwrap()["name"], json!({"givenName": "Bob"}));
    let both = json!([{"op": "remove", "path": "name.givenName"}, {"op": "remove", "path": "name.familyName"}]);
    assert!(!patch(&bob, both).unwrap().contains_key("name"));
}

#[test]
fn t33_only_the_chosen_element_changes() {
    let bob = a_user(json!({"emails": [
        {"type": "work", "value": "w", "primary": true, "display": "W"}, {"type": "home", "value": "h"}]}));
    let next = patch(&bob, json!([{"op": "replace", "path": "emails[type eq \"WORK\"].value", "value": "n"}]));
    assert_eq!(
        next.unwrap()["emails"],
        json!([{"type": "work", "value": "n", "primary": true, "display": "W"}, {"type": "home", "value": "h"}])
    );
    // The RFC replaces a chosen element whole; what the filter said of it stays.
    let next = patch(&bob, json!([{"op": "replace", "path": "emails[type eq \"work\"]", "value": {"value": "n"}}]));
    assert_eq!(next.unwrap()["emails"], json!([{"type": "work", "value": "n"}, {"type": "home", "value": "h"}]));
    let next = patch(&bob, json!([{"op": "add", "path": "emails[type eq \"work\"]", "value": {"value": "n"}}]));
    assert_eq!(next.unwrap()["emails"][0]["display"], "W");
    let next = patch(&bob, json!([{"op": "remove", "path": "emails[type eq \"work\"]"}]));
    assert_eq!(next.unwrap()["emails"], json!([{"type": "home", "value": "h"}]));
    // A mail whose address is removed is gone.
    let next = patch(&bob, json!([{"op": "remove", "path": "emails[type eq \"home\"].value"}]));
    assert_eq!(next.unwrap()["emails"].as_array().unwrap().len(), 1);
    let none = json!([{"op": "remove", "path": "emails[type eq \"fax\"]"}]);
    assert_eq!(patch(&bob, none).unwrap(), bob);
}

#[test]
fn t34_one_primary() {
    let bob = a_user(json!({"emails": [{"type": "work", "value": "w", "primary": true}]}));
    let expected = json!([{"type": "work", "value": "w", "primary": false},
        {"type": "home", "value": "h", "primary": true}]);
    let add = json!([{"op": "add", "path": "emails",
        "value": [{"type": "home", "value": "h", "primary": true}]}]);
    assert_eq!(patch(&bob, add).unwrap()["emails"], expected);
    let two = a_user(json!({"emails": [{"type": "work", "value": "w", "primary": true},
        {"type": "home", "value": "h"}]}));
    let set = json!([{"op": "replace", "path": "emails[type eq \"home\"].primary", "value": "True"}]);
    assert_eq!(patch(&two, set).unwrap()["emails"], expected);
}

#[test]
fn t35_elements_that_are_not_there() {
    let bob = a_user(json!({"emails": [{"type": "work", "value": "w"}]}));
    let made = json!([{"type": "work", "value": "w"}, {"type": "other", "value": "o"}]);
    let at = |op: &str, path: &str, value: &str| json!([{"op": op, "path": path, "value": value}]);
    for op in ["add", "replace"] {
        let operations = at(op, "emails[type eq \"other\"].value", "o");
        assert_eq!(patch(&bob, operations.clone()).unwrap()["emails"], made);
        let strictly = patch_with(&bob, operations, &strict());
        match op {
            "add" => assert_eq!(strictly.unwrap()["emails"], made),
            _ => assert_eq!(refused(strictly), NO_TARGET),
        }
        for t in [tolerant(), strict()] {
            let vague = at(op, "emails[value co \"zz\"].type", "x");
            assert_eq!(refused(patch_with(&bob, vague, &t)), NO_TARGET);
        }
    }
    let and = at("replace", "addresses[type eq \"work\" and primary eq \"True\"].country", "DE");
    assert_eq!(patch(&bob, and).unwrap()["addresses"], json!([{"type": "work", "primary": true, "country": "DE"}]));
    let parts = json!([
        {"op": "Add", "path": "emails[type eq \"other\"].display", "value": "O"},
        {"op": "Add", "path": "emails[type eq \"other\"].primary", "value": "True"},
        {"op": "Add", "path": "emails[type eq \"other\"].value", "value": "o"}]);
    assert_eq!(
        patch(&bob, parts).unwrap()["emails"][1],
        json!({"type": "other", "display": "O", "primary": true, "value": "o"})
    );
    let clear = at("replace", "emails[type eq \"other\"].value", "");
    assert_eq!(patch(&bob, clear).unwrap(), bob);
}

#[test]
fn t36_all_or_nothing() {
    let bob = a_user(json!({}));
    let operations = json!([{"op": "replace", "path": "displayName", "value": "New"},
        {"op": "replace", "path": "emails[", "value": "x"}]);
    assert_eq!(refused(patch(&bob, operations)), PATH);
    let operations = json!([{"op": "replace", "path": "displayName", "value": "New"},
        {"op": "replace", "path": "id", "value": "x"}]);
    assert_eq!(refused(patch(&bob, operations)), MUTABILITY);
}

#[test]
fn t37_what_clients_may_not_change() {
    let bob = a_user(json!({}));
    for (path, value) in [
        ("id", json!("x")),
        ("id", json!("U1")),
        ("meta.created", json!("2026-01-01T00:00:00Z")),
        ("meta", json!({})),
        ("groups", json!([{"value": "G"}])),
        ("groups[value eq \"G\"].display", json!("x")),
        ("manager.displayName", json!("x")),
    ] {
        let operations = json!([{"op": "replace", "path": path, "value": value}]);
        assert_eq!(refused(patch(&bob, operations)), MUTABILITY, "{path}");
    }
    assert_eq!(refused(patch(&bob, json!([{"op": "remove", "path": "userName"}]))), MUTABILITY);
    let blank = json!([{"op": "replace", "path": "userName", "value": ""}]);
    assert_eq!(refused(patch(&bob, blank)), VALUE);
    let implied = json!([{"op": "replace", "value": {"id": "U1", "groups": [{"value": "G"}],
        "meta": {"created": "x"}, "schemas": ["urn:y"]}}]);
    assert_eq!(patch(&bob, implied.clone()).unwrap(), bob);
    assert_eq!(refused(patch_with(&bob, implied, &strict())), MUTABILITY);
}

#[test]
fn t38_messages_that_are_none() {
    let read = |body: Value| Patch::read(&body, user(), &tolerant());
    for body in [
        json!([]),
        json!("x"),
        json!({"schemas": [scim::PATCH_URN]}),
        patch_body(json!([])),
        patch_body(json!({})),
        patch_body(json!(["x"])),
        patch_body(json!([{"op": "move", "path": "title", "value": "x"}])),
        patch_body(json!([{"op": 7, "path": "title", "value": "x"}])),
        patch_body(json!([{"path": "title", "value": "x"}])),
        json!({"schemas": ["urn:x"], "Operations": [{"op": "remove", "path": "title"}]}),
    ] {
        assert_eq!(refused(read(body.clone())), SYNTAX, "{body}");
    }
    let one = |operation: Value| refused(read(patch_body(json!([operation]))));
    assert_eq!(one(json!({"op": "add", "path": "title"})), VALUE);
    assert_eq!(one(json!({"op": "replace", "path": "title"})), VALUE);
    assert_eq!(one(json!({"op": "add"})), VALUE);
    assert_eq!(one(json!({"op": "add", "value": "x"})), VALUE);
    assert_eq!(one(json!({"op": "remove"})), NO_TARGET);
    assert_eq!(one(json!({"op": "remove", "path": ""})), NO_TARGET);
    for path in [
        "emails[",
        "a..b",
        "name.givenName.x",
        "emails[type eq \"x\"",
        "emails]",
        ".",
        "name.",
        "emails[type eq \"x\"]x",
        "emails[type eq \"x\"].a.b",
        "title[value eq \"x\"]",
        "\"",
        "a b",
    ] {
        assert_eq!(one(json!({"op": "add", "path": path, "value": "x"})), PATH, "{path}");
    }
    assert_eq!(one(json!({"op": "add", "path": "a".repeat(5_000), "value": "x"})), PATH);
    for path in ["emails[type eq]", "emails[nosuch eq \"x\"]", "emails[]", "emails[primary gt true]"] {
        assert_eq!(one(json!({"op": "add", "path": path, "value": "x"})), FILTER, "{path}");
    }
    let unknown = patch_body(json!([{"op": "add", "path": "nosuch", "value": "x"}]));
    assert!(read(unknown.clone()).unwrap().changes.is_empty());
    assert_eq!(refused(Patch::read(&unknown, user(), &strict())), PATH);
    let many = vec![json!({"op": "remove", "path": "title"}); 1_001];
    assert_eq!(refused(read(patch_body(many.into()))), (413, None));
    let bare = json!({"operations": [{"OP": "Add", "Path": "title", "VALUE": "x", "name": "y"}]});
    assert_eq!(read(bare.clone()).unwrap().changes.len(), 1);
    assert_eq!(refused(Patch::read(&bare, user(), &strict())), SYNTAX);
}

#[test]
fn t46_paths_as_keys_make_no_attributes() {
    let next = patch(&a_user(json!({})), json!([{"op": "replace", "value": {"name.givenName": "Rob"}}]));
    assert_eq!(next.unwrap().keys().collect::<Vec<_>>(), ["schemas", "userName", "id", "name"]);
}

#[test]
fn t47_booleans_as_strings() {
    let bob = a_user(json!({"active": true}));
    for (text, expected) in [("False", false), ("true", true), ("FALSE", false)] {
        let operations = json!([{"op": "Replace", "path": "active", "value": text}]);
        assert_eq!(patch(&bob, operations).unwrap()["active"], expected);
        let operations = json!([{"op": "replace", "path": "active", "value": text}]);
        assert_eq!(refused(patch_with(&bob, operations, &strict())), VALUE);
    }
    let operations = json!([{"op": "Replace", "path": "active", "value": "no"}]);
    assert_eq!(refused(patch(&bob, operations)), VALUE);
}

#[test]
fn t57_entra_roles() {
    let bob = a_user(json!({}));
    let inner = r#"{"id":"1","value":"Admin","displayName":"Admin"}"#;
    let add = json!([{"op": "Add", "path": "roles", "value": [{"value": inner}]}]);
    let once = patch(&bob, add.clone()).unwrap();
    assert_eq!(once["roles"], json!([{"value": "Admin", "display": "Admin"}]));
    assert_eq!(patch(&once, add).unwrap(), once);
    for value in [json!([{"value": inner}]), json!({"value": inner}), json!(inner)] {
        let operations = json!([{"op": "Replace", "path": "roles[primary eq \"True\"].value", "value": value}]);
        let next = patch(&bob, operations).unwrap();
        let expected = json!([{"primary": true, "value": "Admin", "display": "Admin"}]);
        assert_eq!(next["roles"], expected, "{value}");
    }
    let plain = json!([{"op": "Replace", "path": "roles[primary eq \"True\"].value", "value": "Admin"}]);
    assert_eq!(patch(&bob, plain).unwrap()["roles"], json!([{"primary": true, "value": "Admin"}]));
}

#[test]
fn adding_what_is_there_changes_nothing() {
    let bob = a_user(json!({"emails": [{"type": "work", "value": "w", "primary": true}], "title": "T"}));
    for value in [
        json!([{"type": "work", "value": "w"}]),
        json!({"type": "work", "value": "w", "primary": true}),
        json!([{"value": "w"}]),
        json!([]),
        json!(null),
    ] {
        let operations = json!([{"op": "add", "path": "emails", "value": value}]);
        assert_eq!(patch(&bob, operations).unwrap(), bob, "{value}");
    }
    assert_eq!(patch(&bob, json!([{"op": "add", "path": "title", "value": "T"}])).unwrap(), bob);
    // The same mail with something more said of it is completed, not doubled.
    let more = json!([{"op": "add", "path": "emails", "value": {"type": "work", "value": "w", "display": "D"}}]);
    assert_eq!(patch(&bob, more).unwrap()["emails"].as_array().unwrap().len(), 1);
}

#[test]
fn listed_elements_are_removed() {
    let bob = a_user(json!({"emails": [{"type": "work", "value": "w"}, {"type": "home", "value": "h"}]}));
    let left = json!([{"type": "home", "value": "h"}]);
    for value in [json!([{"value": "w"}]), json!("w"), json!({"value": "w", "type": "work"}), json!([{"type": "work"}])]
    {
        let operations = json!([{"op": "remove", "path": "emails", "value": value}]);
        assert_eq!(patch(&bob, operations).unwrap()["emails"], left, "{value}");
    }
    let none = json!([{"op": "remove", "path": "emails", "value": [{"value": "w", "type": "home"}]}]);
    assert_eq!(patch(&bob, none).unwrap(), bob);
}

#[test]
fn an_old_fault_elsewhere_is_no_hindrance() {
    let mut bob = a_user(json!({}));
    bob.remove("userName");
    let operations = json!([{"op": "replace", "path": "title", "value": "T"}]);
    assert_eq!(patch(&bob, operations).unwrap()["title"], "T");
}

#[test]
fn outbound_form() {
    let mut desired = a_user(json!({"active": false, "name": {"givenName": "B"}}));
    desired.insert(ENTERPRISE.into(), json!({"department": "Ops"}));
    let current = a_user(json!({"active": true, "name": {"givenName": "A"}, "title": "T"}));
    let patch = scim::diff(&current, &desired, user());
    assert_eq!(
        patch.to_json(),
        json!({"schemas": [scim::PATCH_URN], "Operations": [
            {"op": "replace", "path": "name.givenName", "value": "B"},
            {"op": "remove", "path": "title"},
            {"op": "replace", "path": "active", "value": false},
            {"op": "add", "path": format!("{ENTERPRISE}:department"), "value": "Ops"}]})
    );
}

/// A type whose attributes can be set once, and lists of plain values.
fn sealed() -> ResourceType {
    let attributes = json!([
        {"name": "words", "type": "string", "multiValued": true},
        {"name": "seals", "type": "string", "multiValued": true, "mutability": "immutable"},
        {"name": "parts", "type": "complex", "multiValued": true, "subAttributes": [
            {"name": "value", "type": "string"}, {"name": "once", "type": "string", "mutability": "immutable"}]}]);
    let schema: scim::Schema =
        serde_json::from_value(json!({"id": "urn:x:Sealed", "name": "S", "attributes": attributes})).unwrap();
    ResourceType { name: "S".into(), id: "S".into(), schema: schema.into(), extensions: Vec::new(), ..user().clone() }
}

#[test]
fn a_value_of_a_plain_list_is_named_by_itself() {
    let rt = sealed();
    let Value::Object(before) = json!({"schemas": ["urn:x:Sealed"], "words": ["a", "B", "c"]}) else { unreachable!() };
    let change = |operation: Value, t: &Tolerance| {
        Patch::read(&patch_body(json!([operation])), &rt, t)?.apply(&before, &rt, t).map(|next| next["words"].clone())
    };
    for t in [tolerant(), strict()] {
        let remove = json!({"op": "remove", "path": "words[value eq \"b\"]"});
        assert_eq!(change(remove, &t).unwrap(), json!(["a", "c"]));
        let replace = json!({"op": "replace", "path": "words[value sw \"a\" or value eq \"c\"]", "value": "d"});
        assert_eq!(change(replace, &t).unwrap(), json!(["d", "B"]), "the same value twice is one");
        let nothing = json!({"op": "remove", "path": "words[value eq \"x\"]"});
        assert_eq!(change(nothing, &t).unwrap(), json!(["a", "B", "c"]));
        let replace = json!({"op": "replace", "path": "words[value eq \"x\"]", "value": "y"});
        assert_eq!(refused(change(replace, &t)), NO_TARGET);
        assert_eq!(refused(change(json!({"op": "remove", "path": "words[type eq \"b\"]"}), &t)), FILTER);
        assert_eq!(refused(change(json!({"op": "remove", "path": "words[value eq \"b\"].value"}), &t)), PATH);
    }
    let asked = scim::Filter::parse("words[value eq \"B\"]").unwrap().resolve(&rt, &strict()).unwrap();
    assert!(asked.matches(&before, &rt));
}

#[test]
fn what_is_set_once_is_compared_as_what_it_is() {
    let (rt, t) = (sealed(), tolerant());
    let Value::Object(before) = json!({"schemas": ["urn:x:Sealed"], "seals": ["a", "b"],
        "parts": [{"value": "x"}, {"value": "y", "once": "1"}]})
    else {
        unreachable!()
    };
    let change = |operation: Value| Patch::read(&patch_body(json!([operation])), &rt, &t)?.apply(&before, &rt, &t);
    assert!(change(json!({"op": "replace", "path": "seals", "value": ["b", "a"]})).is_ok(), "lists have no order");
    assert_eq!(refused(change(json!({"op": "replace", "path": "seals", "value": ["b", "c"]}))), MUTABILITY);
    assert_eq!(refused(change(json!({"op": "add", "path": "seals", "value": ["c"]}))), MUTABILITY);
    let first = change(json!({"op": "add", "path": "parts[value eq \"x\"].once", "value": "2"})).unwrap();
    assert_eq!(first["parts"][0], json!({"value": "x", "once": "2"}), "it had none yet");
    assert!(change(json!({"op": "replace", "path": "parts[value eq \"y\"].once", "value": "1"})).is_ok());
    assert_eq!(
        refused(change(json!({"op": "replace", "path": "parts[value eq \"y\"].once", "value": "2"}))),
        MUTABILITY
    );
    assert_eq!(refused(change(json!({"op": "remove", "path": "parts[value eq \"y\"].once"}))), MUTABILITY);
}

#[test]
fn a_member_of_a_message_is_given_once() {
    let bob = a_user(json!({}));
    let operation = json!({"op": "replace", "path": "title", "value": "x"});
    let twice = json!({"schemas": [scim::PATCH_URN], "Operations": [operation], "operations": [operation]});
    assert_eq!(refused(Patch::read(&twice, user(), &tolerant())), SYNTAX);
    let twice = json!([{"op": "replace", "path": "title", "value": "x", "Value": "y"}]);
    assert_eq!(refused(patch(&bob, twice)), SYNTAX);
}

#[test]
fn elements_have_no_nulls_and_no_doubles() {
    let bob =
        a_user(json!({"emails": [{"value": "a", "type": "work"}, {"value": "a", "type": "home"}, {"value": "b"}],
        "roles": [{"value": "x"}]}));
    let role = json!({"value": "c", "type": null, "display": ""});
    let next = patch(&bob, json!([{"op": "replace", "path": "roles.value", "value": role}])).unwrap();
    assert_eq!(next["roles"], json!([{"value": "c"}]));
    let next = patch(&bob, json!([{"op": "add", "path": "roles[value eq \"y\"]", "value": ""}])).unwrap();
    assert_eq!(next["roles"], bob["roles"], "nothing is no element");
    let next =
        patch(&bob, json!([{"op": "replace", "path": "emails[type eq \"home\"].type", "value": "work"}])).unwrap();
    assert_eq!(next["emails"], json!([{"value": "a", "type": "work"}, {"value": "b"}]));
    let twice = json!([{"op": "add", "path": "phoneNumbers[type eq \"m\" and value eq \"1\"].value", "value": "2"}]);
    let once = patch(&bob, twice.clone()).unwrap();
    assert_eq!(patch(&once, twice).unwrap(), once);
}
