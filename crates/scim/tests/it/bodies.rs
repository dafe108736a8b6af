//! POST and PUT bodies, and hostile bytes.

use scim::{AttrPath, json, resource};
use serde_json::{Value, json};

use super::*;

fn value(body: Value) -> (u16, Option<ScimType>) {
    refused(read_user(body))
}

const INVALID: (u16, Option<ScimType>) = (400, Some(ScimType::InvalidValue));
const SYNTAX: (u16, Option<ScimType>) = (400, Some(ScimType::InvalidSyntax));

fn with(name: &str, v: Value) -> Value {
    json!({"schemas": [USER], "userName": "bob", name: v})
}

#[test]
fn t08_schemas_are_mended() {
    let cases = [
        (json!([USER]), ENTERPRISE),
        (
            json!([USER, "urn:ietf:params:scim:schemas:extension:enterprise:2.0User"]),
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0User",
        ),
        (json!(["urn:scim:schemas:core:2.0"]), ENTERPRISE),
        (json!([USER.to_uppercase()]), ENTERPRISE),
    ];
    for (schemas, container) in cases {
        let body = json!({"schemas": schemas, "userName": "b", container: {"department": "Ops"}});
        let read = read_user(body.clone()).unwrap();
        assert_eq!(read["schemas"], json!([USER, ENTERPRISE]));
        assert_eq!(read[ENTERPRISE], json!({"department": "Ops"}));
        assert_eq!(refused(resource::read(body, user(), &strict())), SYNTAX, "{schemas}");
    }
    for schemas in [json!(null), json!([]), json!("x"), json!([7])] {
        assert_eq!(value(json!({"schemas": schemas, "userName": "b"})), SYNTAX);
    }
    assert_eq!(value(json!({"userName": "b"})), SYNTAX);
    for body in [json!([]), json!("x"), json!(null), json!(7)] {
        assert_eq!(value(body), SYNTAX);
    }
}

#[test]
fn t09_null_is_absent() {
    let read = read_user(json!({"schemas": [USER], "userName": "b", "addresses": null,
        "phoneNumbers": [], "title": null, "manager": null, "nickName": "", "name": {"givenName": null},
        "emails": [{"type": "work", "value": ""}], ENTERPRISE: {"department": null}}))
    .unwrap();
    same(&read, json!({"schemas": [USER], "userName": "b"}));
}

#[test]
fn what_the_server_sets_is_left_out() {
    let read = read_user(json!({"schemas": [USER], "userName": "b", "id": "x", "meta": {"created": "y"},
        "groups": [{"value": "G9"}],
        ENTERPRISE: {"manager": {"value": "9", "displayName": "Eve", "$ref": "http://inside/Users/9"}}}))
    .unwrap();
    same(&read, json!({"schemas": [USER, ENTERPRISE], "userName": "b", ENTERPRISE: {"manager": {"value": "9"}}}));
}

#[test]
fn names_are_caseless_and_unique() {
    let read = read_user(json!({"Schemas": [USER], "USERNAME": "b", "Emails": [{"VALUE": "a", "Primary": true}]}));
    same(&read.unwrap(), json!({"schemas": [USER], "userName": "b", "emails": [{"value": "a", "primary": true}]}));
    assert_eq!(value(json!({"schemas": [USER], "userName": "b", "username": "c"})), SYNTAX);
    assert!(read_user(with("nosuch", json!(1))).is_ok());
    assert_eq!(refused(resource::read(with("nosuch", json!(1)), user(), &strict())), SYNTAX);
}

#[test]
fn t15_required() {
    for body in [json!({"schemas": [USER]}), with("userName", json!("")), with("userName", json!("  "))] {
        let read = read_user(body).unwrap();
        assert_eq!(refused(resource::check_required(&read, user())), INVALID);
    }
    let unnamed = resource::read(json!({"schemas": [GROUP]}), group(), &tolerant()).unwrap();
    assert_eq!(refused(resource::check_required(&unnamed, group())), INVALID);
    assert!(resource::check_required(&a_user(json!({})), user()).is_ok());
}

#[test]
fn user_names_that_hide_something() {
    let bad = ["a\0b", "a\nb", "a\u{202e}b", "a\u{200b}b", " a", "a ", "\u{feff}a", "a\u{7f}", "a\u{ad}b"];
    for name in bad {
        assert_eq!(value(with("userName", json!(name))), INVALID, "{name:?}");
    }
    assert_eq!(value(with("userName", json!("é".repeat(257)))), INVALID);
    assert!(read_user(with("userName", json!("é".repeat(256)))).is_ok());
    assert_eq!(value(with("userName", json!(7))), INVALID);
    assert_eq!(value(with("externalId", json!("x".repeat(513)))), INVALID);
    assert_eq!(value(with("displayName", json!("x".repeat(4_097)))), INVALID);
    assert_eq!(value(with("displayName", json!("a\0"))), INVALID);
    assert_eq!(value(with("emails", json!([{"value": "a\r\nb"}]))), INVALID);
    assert!(read_user(with("addresses", json!([{"formatted": "a\nb"}]))).is_ok());
}

#[test]
fn active_is_never_guessed() {
    for good in ["True", "true", "TRUE"] {
        assert_eq!(read_user(with("active", json!(good))).unwrap()["active"], true);
    }
    for bad in [json!("no"), json!(0), json!(""), json!(null), json!([false]), json!({})] {
        assert_eq!(value(with("active", bad.clone())), INVALID, "{bad}");
        let bob = a_user(json!({"active": false}));
        for operation in [
            json!({"op": "replace", "path": "active", "value": bad}),
            json!({"op": "replace", "value": {"active": bad}}),
        ] {
            assert_eq!(refused(patch(&bob, json!([operation]))), INVALID, "{bad}");
        }
    }
    assert_eq!(refused(resource::read(with("active", json!("True")), user(), &strict())), INVALID);
}

#[test]
fn lists_have_one_primary_and_no_twins() {
    let two = json!([{"value": "a", "primary": true}, {"value": "b", "primary": "True"}]);
    let read = read_user(with("emails", two.clone())).unwrap();
    assert_eq!(read["emails"], json!([{"value": "a", "primary": true}, {"value": "b", "primary": false}]));
    let two = json!([{"value": "a", "primary": true}, {"value": "b", "primary": true}]);
    assert_eq!(refused(resource::read(with("emails", two), user(), &strict())), INVALID);
    let twins = json!([{"value": "a", "type": "work"}, {"value": "a", "type": "work"}, {"value": "a"}]);
    let read = read_user(with("emails", twins)).unwrap();
    assert_eq!(read["emails"], json!([{"value": "a", "type": "work"}, {"value": "a"}]));
    let many: Vec<Value> = (0..100).map(|n| json!({"value": format!("m{}", n % 50)})).collect();
    let read = read_user(with("emails", many.into())).unwrap();
    assert_eq!(read["emails"].as_array().unwrap().len(), 50);
    assert_eq!(value(with("emails", json!([null]))), INVALID);
    assert_eq!(value(with("emails", json!({"value": "a"}))), INVALID);
}

#[test]
fn types_are_checked() {
    assert_eq!(value(with("x509Certificates", json!([{"value": "-----BEGIN"}]))), INVALID);
    assert!(read_user(with("x509Certificates", json!([{"value": "AAECAw=="}]))).is_ok());
    assert_eq!(value(with("displayName", json!(["a"]))), INVALID);
    assert_eq!(value(with("name", json!("Bob"))), INVALID);
    assert_eq!(value(with("name", json!([{"givenName": "a"}, {"givenName": "b"}]))), INVALID);
    let typed: scim::Schema = serde_json::from_value(json!({"id": "urn:x:T", "name": "T", "attributes": [
        {"name": "n", "type": "integer"}, {"name": "d", "type": "decimal"}, {"name": "at", "type": "dateTime"},
        {"name": "size", "type": "string", "canonicalValues": ["S", "M"]}]}))
    .unwrap();
    let rt = ResourceType {
        id: "T".into(),
        name: "T".into(),
        endpoint: "/Ts".into(),
        description: String::new(),
        schema: typed.into(),
        extensions: vec![],
    };
    for (name, good, bad) in [
        ("n", json!(-7), json!(7.5)),
        ("n", json!(7), json!("7")),
        ("n", json!(i64::MAX), json!(u64::MAX)),
        ("d", json!(7.5), json!("7.5")),
        ("at", json!("2026-01-01T00:00:00Z"), json!("2026-01-01")),
        ("at", json!("2026-01-01T00:00:00.5+02:00"), json!("2026-01-01T00:00:00")),
        ("size", json!("m"), json!("XL")),
    ] {
        let body = |v| json!({"schemas": ["urn:x:T"], name: v});
        assert!(resource::read(body(good.clone()), &rt, &tolerant()).is_ok(), "{name} {good}");
        let read = resource::read(body(bad.clone()), &rt, &tolerant());
        assert_eq!(refused(read), INVALID, "{name} {bad}");
    }
}

#[test]
fn t57_entra_roles_are_json_in_a_string() {
    let inner = r#"{"id":"1","value":"Admin","displayName":"Admin"}"#;
    let read = read_user(with("roles", json!([{"value": inner}, inner]))).unwrap();
    assert_eq!(read["roles"], json!([{"value": "Admin", "display": "Admin"}]));
}

#[test]
fn immutable_values_stay() {
    let schema: scim::Schema = serde_json::from_value(json!({"id": "urn:x:T", "name": "T", "attributes": [
        {"name": "once", "type": "string", "mutability": "immutable"},
        {"name": "c", "type": "complex", "subAttributes": [
            {"name": "once", "type": "string", "mutability": "immutable"}, {"name": "free", "type": "string"}]}]}))
    .unwrap();
    let rt = ResourceType {
        id: "T".into(),
        name: "T".into(),
        endpoint: "/Ts".into(),
        description: String::new(),
        schema: schema.into(),
        extensions: vec![],
    };
    let read = |v: Value| {
        let mut body = json!({"schemas": ["urn:x:T"]});
        body.as_object_mut().unwrap().extend(v.as_object().unwrap().clone());
        resource::read(body, &rt, &tolerant()).unwrap()
    };
    let old = read(json!({"once": "a", "c": {"once": "b", "free": "x"}}));
    let check = |v| resource::check_immutable(&old, &read(v), &rt);
    assert!(check(json!({"once": "a", "c": {"once": "b", "free": "y"}})).is_ok());
    let mutability = (400, Some(ScimType::Mutability));
    assert_eq!(refused(check(json!({"once": "b", "c": {"once": "b"}}))), mutability);
    assert_eq!(refused(check(json!({"once": "a", "c": {"once": "c"}}))), mutability);
    let ops = |v| {
        let patch = scim::Patch::read(&patch_body(v), &rt, &tolerant())?;
        patch.apply(&old, &rt, &tolerant())
    };
    for bad in [
        json!([{"op": "replace", "path": "once", "value": "b"}]),
        json!([{"op": "remove", "path": "once"}]),
        json!([{"op": "replace", "path": "c.once", "value": "z"}]),
    ] {
        assert_eq!(refused(ops(bad)), mutability);
    }
    assert_eq!(ops(json!([{"op": "replace", "path": "once", "value": "a"}])).unwrap(), old);
    let empty = read(json!({}));
    assert!(resource::check_immutable(&empty, &old, &rt).is_ok());
}

#[test]
fn values_are_found_and_listed() {
    let bob = a_user(json!({"emails": [{"value": "a", "type": "work"}, {"value": "b"}],
        "name": {"givenName": "Bob"}, ENTERPRISE: {"manager": {"value": "9"}}}));
    let at = |path: &str| {
        let path = path.parse::<AttrPath>().unwrap().resolve(user()).unwrap();
        json!(resource::get(&bob, &path))
    };
    assert_eq!(at("emails.value"), json!(["a", "b"]));
    assert_eq!(at("EMAILS.TYPE"), json!(["work"]));
    assert_eq!(at("name.givenName"), json!(["Bob"]));
    assert_eq!(at("manager.value"), json!(["9"]));
    assert_eq!(at("title"), json!([]));
    assert_eq!(at(ENTERPRISE), json!([{"manager": {"value": "9"}}]));
    let mut seen = Vec::new();
    resource::each_value(&bob, user(), &mut |path, n, attribute, value| {
        assert!(path.to_string().ends_with(&attribute.name));
        seen.push(format!("{path} {n} {value}"));
    });
    assert_eq!(
        seen,
        [
            "userName 0 \"bob@x.test\"".to_owned(),
            "emails.value 0 \"a\"".into(),
            "emails.type 0 \"work\"".into(),
            "emails.value 1 \"b\"".into(),
            "name.givenName 0 \"Bob\"".into(),
            format!("{ENTERPRISE}:manager.value 0 \"9\""),
            "id 0 \"U1\"".into(),
        ]
    );
}

#[test]
fn bytes_that_are_no_json() {
    let limits = json::Limits::default();
    let read = |text: &str| json::read(text.as_bytes(), &limits);
    for bad in [
        "{",
        "{} x",
        "",
        "NaN",
        "1e400",
        "\u{feff}{}",
        "{\"a\":1,\"a\":2}",
        "[1,]",
        "\"\\ud800\"",
        "{\"a\":{\"b\":1,\"b\":1}}",
        "-",
        "tru",
    ] {
        assert_eq!(refused(read(bad)), SYNTAX, "{bad}");
    }
    assert!(json::read(b"\"\xff\"", &limits).is_err());
    let nested = |n: usize| "[".repeat(n) + &"]".repeat(n);
    assert!(read(&nested(32)).is_ok());
    assert_eq!(refused(read(&nested(33))), SYNTAX);
    assert_eq!(refused(read(&"[".repeat(200_000))), SYNTAX);
    let array = |n: usize| format!("[{}]", vec!["1"; n].join(","));
    assert!(read(&array(10_000)).is_ok());
    assert_eq!(refused(read(&array(10_001))), SYNTAX);
    let groups = json::Limits::groups();
    assert!(json::read(array(100_000).as_bytes(), &groups).is_ok());
    assert_eq!(refused(json::read(array(100_001).as_bytes(), &groups)), (413, None));
    let keys = |n: usize| {
        let list: Vec<String> = (0..n).map(|n| format!("\"{n}\":0")).collect();
        format!("{{{}}}", list.join(","))
    };
    assert!(read(&keys(1_000)).is_ok());
    assert_eq!(refused(read(&keys(1_001))), SYNTAX);
    assert_eq!(read("{\"b\":1,\"a\":2}").unwrap().to_string(), "{\"b\":1,\"a\":2}");
}
