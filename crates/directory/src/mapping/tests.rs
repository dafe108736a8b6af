//! What mappings give, row by row and for whole people.

use super::*;
use crate::expression::profile_for_expressions;
use proptest::prelude::*;
use serde_json::json;

fn scope(user: &Value) -> Scope {
    let mut profile = profile_for_expressions(user.as_object().unwrap(), scim::ResourceType::user());
    profile["id"] = json!("01890000");
    profile["groups"] = json!([{"id": "g1", "displayName": "Staff"}]);
    let manager = json!({"id": "m", "accountId": user.get("managedBy"), "userName": null, "displayName": null});
    Scope::new([("user", profile), ("manager", manager), ("app", json!({"name": "Wiki"}))])
}

fn map(rows: &[(&str, &str)]) -> Result<CompiledMapping, Vec<MappingError>> {
    Mapping { rows: rows.iter().map(|(to, expression)| MappingRow::new(*to, *expression)).collect() }
        .compile(&Profile::default())
}

fn project(rows: &[(&str, &str)], user: &Value) -> Result<Projected, Vec<MappingError>> {
    map(rows).unwrap().project(&scope(user), true)
}

/// A tenant that has defined a schema of its own.
fn acme() -> Profile {
    let schema = json!({"id": "urn:acme:2.0:User", "name": "AcmeUser", "attributes": [
        {"name": "costCenter", "type": "string"}, {"name": "floor", "type": "integer"},
        {"name": "pin", "type": "string", "mutability": "writeOnly", "returned": "never"},
        {"name": "desk", "type": "complex", "subAttributes": [{"name": "room", "type": "string"}]}]});
    let schema = std::sync::Arc::new(serde_json::from_value(schema).unwrap());
    let mut rt = scim::ResourceType::user().clone();
    rt.extensions.push(scim::Extension { schema, required: false });
    Profile(Arc::new(rt))
}

#[test]
fn attributes_of_an_administrators_own_come_and_go() {
    let profile = acme();
    let rows = [
        ("userName", "user.userName"),
        ("urn:acme:2.0:User:costCenter", "user['urn:acme:2.0:User'].costCenter"),
        ("urn:acme:2.0:User:floor", "user['urn:acme:2.0:User'].floor"),
        ("urn:acme:2.0:User:desk.room", "user['urn:acme:2.0:User'].desk.room"),
    ];
    let rows = rows.iter().map(|(to, expression)| MappingRow::new(*to, *expression)).collect();
    let mapping = Mapping { rows }.compile(&profile).unwrap();
    let see = |user: Value| {
        let user = profile_for_expressions(user.as_object().unwrap(), &profile.0);
        let scope = Scope::new([("user", user), ("manager", json!({})), ("app", json!({"name": "Wiki"}))]);
        Value::Object(mapping.project(&scope, true).unwrap().document)
    };
    let own = json!({"costCenter": "7", "floor": 3, "desk": {"room": "a"}});
    assert_eq!(
        see(json!({"userName": "ana", "urn:acme:2.0:User": own})),
        json!({"schemas": [scim::USER_URN, "urn:acme:2.0:User"], "userName": "ana", "urn:acme:2.0:User": own})
    );
    // Who has none of it is no fault of the mapping.
    assert_eq!(see(json!({"userName": "bob"})), json!({"schemas": [scim::USER_URN], "userName": "bob"}));
    let refused = |to: &str, profile: &Profile| {
        Mapping { rows: vec![MappingRow::new(to, "'x'")] }.compile(profile).unwrap_err()[0].message.clone()
    };
    assert!(refused("urn:acme:2.0:User:pin", &profile).contains("secret"));
    assert!(refused("urn:acme:2.0:User:none", &profile).contains("no schema knows"));
    assert!(refused("urn:acme:2.0:User:costCenter", &Profile::default()).contains("no schema knows"));
}

fn ana() -> Value {
    json!({
        "userName": "ana@example.org", "displayName": "Ana Ñandú", "active": false, "title": "Head",
        "name": {"formatted": "Ana Ñandú", "familyName": "Ñandú", "givenName": "Ana"},
        "emails": [{"value": "ana@example.org", "type": "work", "primary": true}, {"value": "a@home.example"}],
        "phoneNumbers": [{"value": "+34 1", "type": "work"}],
        "addresses": [{"locality": "Vigo", "country": "ES", "type": "work"}],
        "preferredLanguage": "es", "locale": "es-ES", "timezone": "Europe/Madrid", "userType": "Employee", "nickName": "Anita",
        "managedBy": "remote-7",
        scim::ENTERPRISE_URN: {"employeeNumber": "7", "department": "HR", "costCenter": "C1", "organization": "O", "division": "D"},
    })
}

#[test]
fn default_mapping_of_a_full_user() {
    let mapping = Mapping::default_users();
    let projected = mapping.compile(&Profile::default()).unwrap().project(&scope(&ana()), true).unwrap();
    let mut expected = ana();
    let expected = expected.as_object_mut().unwrap();
    expected.remove("managedBy");
    expected[scim::ENTERPRISE_URN]["manager"] = json!({"value": "remote-7"});
    expected.insert("externalId".into(), json!("01890000"));
    expected.insert("schemas".into(), json!([scim::USER_URN, scim::ENTERPRISE_URN]));
    assert_eq!(projected.document, *expected);
    assert_eq!(projected.managed, mapping.rows.iter().map(|row| row.to.clone()).collect::<Vec<_>>());
}

#[test]
fn default_mapping_of_an_almost_empty_user() {
    let mapping = Mapping::default_users().compile(&Profile::default()).unwrap();
    let projected = mapping.project(&scope(&json!({"userName": "bo"})), false).unwrap();
    let expected = json!({"schemas": [scim::USER_URN], "userName": "bo", "externalId": "01890000", "active": true});
    assert_eq!(Value::Object(projected.document), expected);
    assert_eq!(projected.managed.len(), 25);
    let errors = mapping.project(&scope(&json!({"userName": " "})), true).unwrap_err();
    assert_eq!(errors.len(), 1);
    assert_eq!((errors[0].to.as_str(), errors[0].expression.as_str()), ("userName", "user.userName"));
    assert_eq!(errors[0].to_string(), "userName: it is empty, and must not be");
}

#[test]
fn value_paths_build_elements() {
    let rows = [
        (r#"emails[type eq "work"].value"#, "user.userName"),
        (r#"emails[type eq "work"].primary"#, "true"),
        (r#"emails[type eq "home" and primary eq false].value"#, "user.emails[1].value"),
        (r#"phoneNumbers[primary eq true]"#, "{'value': '+34 2', 'primary': false, 'display': ''}"),
        (r#"ims[type eq "xmpp"].value"#, "user.nickName"),
        (r#"ims[type eq "xmpp"].primary"#, "true"),
        (r#"addresses[type eq "work"].country"#, "'ES'"),
        (r#"addresses[type eq "work"].locality"#, "'Vigo'"),
        (r#"roles[type eq "job"]"#, "user.title"),
    ];
    let mut user = ana();
    user.as_object_mut().unwrap().remove("nickName");
    let projected = project(&rows, &user).unwrap();
    let expected = json!({
        "schemas": [scim::USER_URN],
        "emails": [{"type": "work", "value": "ana@example.org", "primary": true}, {"type": "home", "primary": false, "value": "a@home.example"}],
        "phoneNumbers": [{"primary": true, "value": "+34 2"}],
        "addresses": [{"type": "work", "country": "ES", "locality": "Vigo"}],
        "roles": [{"type": "job", "value": "Head"}],
    });
    assert_eq!(Value::Object(projected.document), expected);
}

#[test]
fn values_take_their_attributes_shape() {
    let enterprise = |attribute: &str| format!("{}:{attribute}", scim::ENTERPRISE_URN);
    let (number, manager) = (enterprise("employeeNumber"), enterprise("manager"));
    let rows = [
        ("USERNAME", "'x'"),
        (number.as_str(), "7"),
        (manager.as_str(), "'m1'"),
        ("active", "'False'"),
        ("emails", "[user.userName, null, {'VALUE': 'b', 'type': ''}, {'type': null}]"),
        ("phoneNumbers", "{'value': '1'}"),
        ("name", "{'givenName': 'A', 'familyName': null}"),
        ("roles", "[]"),
    ];
    let projected = project(&rows, &ana()).unwrap();
    let expected = json!({
        "schemas": [scim::USER_URN, scim::ENTERPRISE_URN],
        "userName": "x", "active": false,
        "emails": [{"value": "ana@example.org"}, {"value": "b"}], "phoneNumbers": [{"value": "1"}], "name": {"givenName": "A"},
        scim::ENTERPRISE_URN: {"employeeNumber": "7", "manager": {"value": "m1"}},
    });
    assert_eq!(Value::Object(projected.document), expected);
    assert!(!projected.managed.contains(&"roles".to_owned()), "empty and left alone");
    for (to, expression, says) in [
        ("title", "['a']", "it gives a list, but title takes a text"),
        ("title", "true", "takes a text"),
        ("active", "1", "true or false"),
        ("emails", "[['a']]", "takes an object"),
        ("emails", "{'valu': 'a'}", "emails has no part 'valu'; did you mean 'value'?"),
        ("name", "'Ana'", "takes an object"),
        ("title", "user.titel", "did you mean 'title'?"),
        ("title", "user.nickName + user.profileUrl", "a value is missing"),
    ] {
        let errors = project(&[(to, expression)], &ana()).unwrap_err();
        assert_eq!((errors[0].to.as_str(), errors[0].expression.as_str()), (to, expression));
        assert!(errors[0].message.contains(says), "{}", errors[0]);
    }
    let errors = project(&[("title", "1 / 0"), ("locale", "'es'"), ("active", "user.title")], &ana()).unwrap_err();
    assert_eq!(errors.iter().map(|e| e.to.as_str()).collect::<Vec<_>>(), ["title", "active"]);
    assert!(!format!("{errors:?}").contains("Head"));
}

#[test]
fn apply_and_on_empty_decide_what_is_managed() {
    let rows = [
        json!({"to": "userName", "expression": "user.userName"}),
        json!({"to": "nickName", "expression": "'first'", "apply": "on_create", "authority": "shared"}),
        json!({"to": "title", "expression": "null", "on_empty": "leave"}),
        json!({"to": "locale", "expression": "user.?nothing", "on_empty": "clear"}),
    ];
    let mapping: Mapping = serde_json::from_value(json!({"rows": rows})).unwrap();
    assert_eq!(mapping.rows[1].authority, Authority::Shared);
    assert_eq!(serde_json::from_value::<Mapping>(serde_json::to_value(&mapping).unwrap()).unwrap(), mapping);
    let compiled = mapping.compile(&Profile::default()).unwrap();
    let created = compiled.project(&scope(&ana()), true).unwrap();
    assert_eq!(created.managed, ["userName", "nickName", "locale"]);
    assert_eq!(created.document["nickName"], "first");
    let later = compiled.project(&scope(&ana()), false).unwrap();
    assert_eq!(later.managed, ["userName", "locale"]);
    assert_eq!(later.document.keys().collect::<Vec<_>>(), ["schemas", "userName"]);
    assert!(serde_json::from_value::<MappingRow>(json!({"to": "a", "expression": "b", "onEmpty": "fail"})).is_err());
}

#[test]
fn all_compile_problems_at_once() {
    let department = format!("{}:department", scim::ENTERPRISE_URN);
    let rows = [
        ("userName", "lowr(user.userName)", "did you mean 'lower'?"),
        ("usrName", "user.userName", "no schema knows"),
        ("title", "usr.title", "there is no 'usr'; did you mean 'user'?"),
        ("locale", "now", "there is no 'now'"),
        ("id", "user.id", "read-only"),
        ("groups", "user.groups", "read-only"),
        ("meta.created", "''", "read-only"),
        ("emails.value", "user.userName", "say which element, e.g. emails[type eq \"work\"].value"),
        (r#"emails[type ne "work"].value"#, "''", "use eq"),
        (r#"emails[type eq "a" or type eq "b"].value"#, "''", "use eq"),
        (r#"emails[type eq "work"].type"#, "''", "says already"),
        (scim::ENTERPRISE_URN, "{}", "whole extension"),
        ("name.givenName", "''", ""),
        ("name", "{}", "the row for name.givenName decides this already"),
        ("NAME.givenname", "''", "the row for name.givenName decides this already"),
        (r#"emails[type eq "work"].value"#, "''", ""),
        ("emails", "[]", "decides this already"),
        (r#"emails[type eq "work"]"#, "{}", "decides this already"),
        (r#"emails[type eq "home"].value"#, "''", ""),
        (department.as_str(), "''", ""),
        (department.as_str(), "''", "decides this already"),
        ("displayName", "user.", "column"),
    ];
    let errors = map(&rows.map(|(to, expression, _)| (to, expression))).unwrap_err();
    let expected: Vec<_> = rows.iter().filter(|row| !row.2.is_empty()).collect();
    assert_eq!(errors.len(), expected.len(), "{errors:#?}");
    for (error, (to, expression, says)) in errors.iter().zip(expected) {
        assert_eq!((error.to.as_str(), error.expression.as_str()), (*to, *expression));
        assert!(error.message.contains(says), "{error}");
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    let name = prop::sample::select(vec![
        "value",
        "type",
        "primary",
        "givenName",
        "familyName",
        "department",
        "manager",
        "x",
        "",
    ]);
    leaf.prop_recursive(3, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..4)
                .prop_map(|members| members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

fn has_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(elements) => elements.is_empty() || elements.iter().any(has_nothing),
        Value::Object(members) => members.is_empty() || members.values().any(has_nothing),
        _ => false,
    }
}

proptest! {
    #[test]
    fn any_user_is_projected_or_refused(
        members in prop::collection::vec((prop::sample::select(vec![
            "userName", "active", "name", "displayName", "title", "emails", "phoneNumbers", "addresses", "groups", "id", "password",
            scim::ENTERPRISE_URN, "managedBy", "custom",
        ]), any_json()), 0..8),
        creating: bool,
    ) {
        let user: Value = members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        match Mapping::default_users().compile(&Profile::default()).unwrap().project(&scope(&user), creating) {
            Ok(projected) => prop_assert!(!has_nothing(&Value::Object(projected.document))),
            Err(errors) => prop_assert!(!errors.is_empty()),
        }
    }
}
