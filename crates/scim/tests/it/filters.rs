//! Filters: the tables.

use scim::{Error, Filter, Path};
use serde_json::{Value, json};

use super::*;

fn asked(resource: &Object, filter: &str, t: &Tolerance) -> Result<bool, Error> {
    Ok(Filter::parse(filter)?.resolve(user(), t)?.matches(resource, user()))
}

fn bob() -> Object {
    let mut bob = a_user(json!({"externalId": "e1", "displayName": "and (x) ] \" é",
        "name": {"givenName": "Rob"}, "active": true, "title": "Ärztin",
        "emails": [{"type": "work", "value": "bob@y.test"}, {"type": "home", "value": "bob@x.test"}],
        ENTERPRISE: {"department": "Ops", "manager": {"value": "U2"}}}));
    bob.insert("meta".into(), json!({"lastModified": "2026-01-01T01:00:00.5+01:00"}));
    bob
}

#[test]
fn t05_t06_t23_t25_t29_t41_answers() {
    let bob = bob();
    let cases = [
        ("userName eq \"BOB@X.TEST\"", true),
        ("USERNAME Eq \"bob@x.test\"", true),
        ("userName eq\"bob@x.test\"", true),
        ("externalId eq \"E1\"", false),
        ("externalId eq \"e1\"", true),
        ("urn:ietf:params:scim:schemas:core:2.0:User:userName sw \"BOB\"", true),
        ("userName eq \"x\" or title co \"ärz\" and active eq true", true),
        ("userName eq \"bob@x.test\" or title eq \"x\" and active eq false", true),
        ("(userName eq \"bob@x.test\" or title eq \"x\") and active eq false", false),
        ("not (userName eq \"x\") and not (((title eq \"x\")))", true),
        ("emails[type eq \"work\" and value ew \"x.test\"]", false),
        ("emails[type eq \"home\" and value ew \"x.test\"]", true),
        ("emails.type eq \"work\" and emails.value ew \"x.test\"", true),
        ("emails[type eq \"work\" and not (value ew \"x.test\")]", true),
        ("emails[type eq \"home\"].value eq \"bob@x.test\"", true),
        ("emails[type eq \"work\"].value eq \"bob@x.test\"", false),
        ("emails[type eq \"work\" or type eq \"home\"].value eq \"bob@x.test\"", true),
        ("emails[type eq \"work\"].value pr", true),
        ("emails eq \"bob@x.test\"", true),
        ("name pr", true),
        ("name.familyName pr", false),
        ("phoneNumbers pr", false),
        ("emails[primary pr]", false),
        ("name.givenName sw \"R\"", true),
        ("displayName eq \"and (x) ] \\\" é\"", true),
        ("displayName eq \"AND (X) ] \\\" É\"", true),
        ("displayName co \"] \\\"\" and active eq true", true),
        ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq \"Ops\"", true),
        ("URN:ietf:params:scim:schemas:extension:Enterprise:2.0:user:DEPARTMENT eq \"ops\"", true),
        ("meta.lastModified gt \"2026-01-01T00:00:00Z\"", true),
        ("meta.lastModified gt \"2026-01-01T00:00:01Z\"", false),
        ("meta.lastModified eq \"2026-01-01T00:00:00.500Z\"", true),
        ("id eq \"U1\" and manager eq \"U2\"", true),
        ("manager eq \"U2\" and id eq \"U1\"", true),
        ("id eq \"U1\" and manager eq \"U3\"", false),
        ("manager[value eq \"U2\"]", true),
        ("active eq \"True\"", true),
        ("active eq True", true),
        ("active ne false", true),
        ("nickName ne \"x\"", true),
        ("emails.type ne \"work\"", false),
        ("emails.type ne \"fax\"", true),
        ("nickName eq null", true),
        ("title ne null", true),
        ("title gt \"z\"", true),
        ("title le \"z\"", false),
        ("schemas eq \"urn:ietf:params:scim:schemas:core:2.0:User\"", true),
        ("externalId eq e1", true),
    ];
    for (filter, expected) in cases {
        assert_eq!(asked(&bob, filter, &tolerant()), Ok(expected), "{filter}");
    }
    assert_eq!(asked(&a_user(json!({})), "active eq true", &tolerant()), Ok(false));
}

#[test]
fn t26_members() {
    let sales = Object::from_iter([
        ("id".to_owned(), json!("G1")),
        ("members".to_owned(), json!([{"value": "U1"}, {"value": "U2"}])),
    ]);
    for (filter, expected) in [
        ("id eq \"G1\" and members eq \"U1\"", true),
        ("members.value eq \"U1\"", true),
        ("members[value eq \"U1\"]", true),
        ("members eq \"U3\"", false),
        ("members.value eq \"u1\"", false),
    ] {
        let filter = Filter::parse(filter).unwrap().resolve(group(), &tolerant()).unwrap();
        assert_eq!(filter.matches(&sales, group()), expected, "{filter}");
    }
}

#[test]
fn t07_refusals() {
    let invalid = (400, Some(ScimType::InvalidFilter));
    let nested = |n: usize| format!("{}userName pr{}", "(".repeat(n), ")".repeat(n));
    let terms = |n: usize| vec!["userName pr"; n].join(" or ");
    let long = format!("userName eq \"{}\"", "x".repeat(20_000));
    let deep = nested(200_000);
    let brackets = "emails[".repeat(1_000);
    let (too_deep, too_many) = (nested(17), terms(51));
    for bad in [
        "",
        " ",
        "userName xx \"a\"",
        "userName eq",
        "eq \"a\"",
        "active gt true",
        "nosuch eq \"a\"",
        "emails[type eq \"work\"",
        "emails type eq \"work\"]",
        "(userName pr",
        "userName pr)",
        ")(",
        "userName = \"a\"",
        "userName eq \"a",
        "userName eq 'a'",
        "userName pr and",
        "and userName pr",
        "userName pr or or title pr",
        "meta.created co \"2\"",
        "meta.created gt \"yesterday\"",
        "active eq \"maybe\"",
        "active sw \"t\"",
        "name eq \"Bob\"",
        "addresses eq \"x\"",
        "emails.nosuch eq \"x\"",
        "emails[nosuch eq \"x\"]",
        "userName[value eq \"x\"]",
        "emails[emails[type pr]]",
        "emails[type eq \"x\"] and",
        "title gt null",
        "not userName pr",
        "userName eq \"\\x\"",
        "userName eq {}",
        "x509Certificates.value gt \"AA==\"",
        "userName eq \"a\" x",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User eq \"x\"",
        "emails[.type eq \"x\"]",
        &long,
        &deep,
        &brackets,
        &too_deep,
        &too_many,
    ] {
        let shown: String = bad.chars().take(60).collect();
        assert_eq!(refused(asked(&bob(), bad, &tolerant())), invalid, "{shown}");
    }
    assert!(Filter::parse(&nested(16)).is_ok());
    assert!(Filter::parse(&terms(50)).is_ok());
    let secret = asked(&bob(), "password eq \"x\"", &tolerant());
    assert_eq!(refused(secret), (403, Some(ScimType::Sensitive)));
    assert_eq!(refused(asked(&bob(), "password pr", &tolerant())).0, 403);
    let place = Filter::parse("userName eq \"a\" and (title pr").unwrap_err();
    assert_eq!(place.detail, "filter, column 30: expected and, or, or )");
}

#[test]
fn strict_connections_get_the_grammar() {
    for bad in [
        "emails[type eq \"work\"].value eq \"x\"",
        "emails eq \"x\"",
        "manager eq \"U2\"",
        "externalId eq e1",
        "active eq \"True\"",
        "active eq True",
        "department eq \"x\"",
    ] {
        assert_eq!(refused(asked(&bob(), bad, &strict())), (400, Some(ScimType::InvalidFilter)), "{bad}");
    }
    for good in ["emails[type eq \"work\" and value eq \"x\"]", "emails.value eq \"x\"", "active eq true"] {
        assert!(asked(&bob(), good, &strict()).is_ok(), "{good}");
    }
}

#[test]
fn resolved_filters_are_canonical() {
    for (filter, expected) in [
        ("USERNAME EQ \"a\"", "userName eq \"a\""),
        ("urn:ietf:params:scim:schemas:core:2.0:user:emails Co \"a\"", "emails.value co \"a\""),
        ("manager eq \"1\"", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq \"1\""),
        ("Emails[Type eq \"work\"].Value eq \"x\"", "emails[type eq \"work\" and value eq \"x\"]"),
        ("active eq \"FALSE\"", "active eq false"),
        ("externalId eq 0123", "externalId eq \"0123\""),
        ("externalId eq 123", "externalId eq \"123\""),
        ("externalId eq 1.50", "externalId eq \"1.50\""),
    ] {
        let resolved = Filter::parse(filter).unwrap().resolve(user(), &tolerant()).unwrap();
        assert_eq!(resolved.to_string(), expected);
        assert_eq!(resolved.resolve(user(), &tolerant()).unwrap(), resolved);
    }
}

#[test]
fn elements_are_tested_alone() {
    let filter = Path::parse("members[value eq \"u1\"]", group(), &tolerant()).unwrap().filter.unwrap();
    let members = group().attribute(&scim::AttrPath::core("members")).unwrap();
    let element = |v: Value| v.as_object().unwrap().clone();
    assert!(filter.matches_element(&element(json!({"value": "u1"})), members));
    assert!(!filter.matches_element(&element(json!({"value": "U1"})), members));
}

#[test]
fn keys_sort_as_values_do() {
    let attribute =
        |kind: &str| -> scim::Attribute { serde_json::from_value(json!({"name": "x", "type": kind})).unwrap() };
    let sorted = |kind: &str, values: &[Value]| {
        let attribute = attribute(kind);
        let keys: Vec<String> = values.iter().map(|v| scim::fold::key(&attribute, v).unwrap()).collect();
        assert!(keys.windows(2).all(|w| w[0] < w[1]), "{keys:?}");
    };
    sorted("integer", &[json!(i64::MIN), json!(-2), json!(-1), json!(0), json!(7), json!(10), json!(i64::MAX)]);
    sorted("decimal", &[json!(-1e9), json!(-2.5), json!(-0.1), json!(0), json!(0.1), json!(3), json!(1e300)]);
    sorted("boolean", &[json!(false), json!(true)]);
    sorted(
        "dateTime",
        &[
            json!("0001-01-01T00:00:00Z"),
            json!("2026-01-01T00:00:00+01:00"),
            json!("2026-01-01T00:00:00Z"),
            json!("2026-01-01T00:00:00.1Z"),
            json!("2026-01-01T00:00:00.12Z"),
            json!("9999-12-30T00:00:00Z"),
        ],
    );
    let key = |kind: &str, v: Value| scim::fold::key(&attribute(kind), &v);
    assert_eq!(key("decimal", json!(-0.0)), key("decimal", json!(0)));
    assert_eq!(key("string", json!("Jürgen")), key("string", json!("JU\u{308}RGEN")));
    assert_eq!(key("string", json!(null)), None);
    assert_eq!(key("integer", json!("7")), None);
    assert_eq!(key("dateTime", json!("2026-01-01T00:00:00Z")).unwrap().len(), 30);
    assert_eq!(scim::fold::fold("ａlice"), "alice");
    assert_eq!(scim::fold::fold("ΟΔΟΣ"), scim::fold::fold("οδοσ"));
}
