//! Laws, over generated users, patches, filters and noise.

use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use scim::{AttrPath, Compare, Filter, ListQuery, Path, Projection, diff, fold, json as scim_json};
use serde_json::{Value, json};

use super::*;

fn text() -> impl Strategy<Value = String> {
    prop_oneof![Just("Ana".to_owned()), Just("ana".to_owned()), "[a-zA-Zäß \"\\\\\\])(]{1,8}"]
}

/// An element of a list. Without `primary`, which adding and removing do not restore.
fn element() -> impl Strategy<Value = Value> {
    (of(prop_oneof![Just("work"), Just("home"), Just("other")]), text(), of(text())).prop_map(
        |(kind, value, display)| {
            let mut element = json!({ "value": value });
            if let Some(kind) = kind {
                element["type"] = kind.into();
            }
            if let Some(display) = display {
                element["display"] = display.into();
            }
            element
        },
    )
}

fn primary_element() -> impl Strategy<Value = Value> {
    (element(), of(any::<bool>())).prop_map(|(mut element, primary)| {
        if let Some(primary) = primary {
            element["primary"] = primary.into();
        }
        element
    })
}

/// An attribute path and a value for it, as `replace` takes them.
fn attribute() -> impl Strategy<Value = (String, Value)> {
    prop_oneof![
        (prop_oneof![Just("title"), Just("nickName"), Just("name.givenName"), Just("name.familyName")], text())
            .prop_map(|(name, text)| (name.to_owned(), json!(text))),
        any::<bool>().prop_map(|active| ("active".into(), json!(active))),
        (prop_oneof![Just("emails"), Just("roles"), Just("phoneNumbers")], vec(primary_element(), 0..4))
            .prop_map(|(name, list)| (name.into(), json!(list))),
        text().prop_map(|text| (format!("{ENTERPRISE}:department"), json!(text))),
        text().prop_map(|text| (format!("{ENTERPRISE}:manager.value"), json!(text.trim_end()))),
        (text(), text()).prop_map(|(a, b)| ("name".into(), json!({"givenName": a, "middleName": b}))),
    ]
}

fn users() -> impl Strategy<Value = Object> {
    vec(attribute(), 0..8).prop_map(|attributes| {
        let operations: Vec<Value> = attributes
            .into_iter()
            .map(|(path, value)| json!({"op": "replace", "path": path, "value": value}))
            .collect();
        let bob = a_user(json!({}));
        if operations.is_empty() { bob } else { patch(&bob, operations.into()).unwrap() }
    })
}

fn operation() -> impl Strategy<Value = Value> {
    (prop_oneof![Just("add"), Just("replace"), Just("remove")], attribute()).prop_map(|(op, (path, value))| match op {
        "remove" => json!({"op": op, "path": path}),
        _ => json!({"op": op, "path": path, "value": value}),
    })
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        ".{0,8}".prop_map(Value::from),
        text().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_filter("finite", |f| f.is_finite()).prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
    ]
}

fn name() -> impl Strategy<Value = String> {
    "[a-zA-Z$][a-zA-Z0-9_-]{0,6}"
        .prop_filter("no keyword", |n| !["and", "or", "not", "pr"].contains(&n.to_ascii_lowercase().as_str()))
}

fn path(relative: bool) -> BoxedStrategy<AttrPath> {
    let attr = name().prop_map(|attr| AttrPath::core(&attr));
    if relative {
        return attr.boxed();
    }
    (of(Just("urn:x:2.0:Y".to_owned())), name(), of(name()))
        .prop_map(|(schema, attr, sub)| AttrPath { schema, attr, sub })
        .boxed()
}

fn comparison(relative: bool) -> BoxedStrategy<Filter> {
    let op = proptest::sample::select(vec![
        Compare::Eq,
        Compare::Ne,
        Compare::Co,
        Compare::Sw,
        Compare::Ew,
        Compare::Gt,
        Compare::Ge,
        Compare::Lt,
        Compare::Le,
    ]);
    prop_oneof![
        path(relative).prop_map(Filter::Present),
        (path(relative), op, scalar()).prop_map(|(path, op, value)| Filter::Compare { path, op, value }),
    ]
    .boxed()
}

fn joined(leaf: BoxedStrategy<Filter>) -> BoxedStrategy<Filter> {
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 2..4).prop_map(Filter::And),
            vec(inner.clone(), 2..4).prop_map(Filter::Or),
            inner.prop_map(|f| Filter::Not(Box::new(f))),
        ]
    })
    .boxed()
}

fn filters() -> impl Strategy<Value = Filter> {
    let element = (name(), joined(comparison(true)))
        .prop_map(|(attr, filter)| Filter::Element { attr: AttrPath::core(&attr), filter: Box::new(filter) });
    joined(prop_oneof![3 => comparison(false), 1 => element].boxed())
}

/// Filters over the generated users, resolved.
fn questions() -> impl Strategy<Value = Filter> {
    let leaf = prop_oneof![
        (
            prop_oneof![Just("title"), Just("emails.value"), Just("emails.type"), Just("name.givenName")],
            prop_oneof![Just("eq"), Just("ne"), Just("co"), Just("sw"), Just("ew"), Just("gt"), Just("le")],
            text()
        )
            .prop_map(|(path, op, text)| format!("{path} {op} {}", json!(text))),
        Just("active eq true".to_owned()),
        Just("emails pr".to_owned()),
        text().prop_map(|t| format!("emails[type eq \"work\" and value ne {}]", json!(t))),
    ];
    vec(leaf, 1..4).prop_map(|parts| Filter::parse(&parts.join(" and ")).unwrap().resolve(user(), &tolerant()).unwrap())
}

fn json_values() -> impl Strategy<Value = Value> {
    let keys = prop_oneof![
        3 => proptest::sample::select(vec![
            "schemas", "userName", "emails", "value", "type", "primary", "name", "active", "members", "id",
            "Operations", "op", "path", "manager", "roles", "x509Certificates", "givenName", "displayName",
            "name.givenName", "emails[type eq \"work\"].value", ENTERPRISE,
        ]).prop_map(str::to_owned),
        1 => ".{0,6}",
    ];
    let leaf = prop_oneof![
        4 => scalar(),
        1 => proptest::sample::select(vec![
            "add", "Replace", "remove", USER, ENTERPRISE, "{\"value\":\"a\"}", "[1]", "members",
            "emails[type eq \"work\"]", "manager", "True",
        ]).prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map(keys.clone(), inner, 0..5).prop_map(|m| m.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn a_printed_filter_parses_to_itself(filter in filters()) {
        prop_assert_eq!(Filter::parse(&filter.to_string()), Ok(filter));
    }

    #[test]
    fn a_parsed_filter_prints_to_its_like(text in "[a-c.]{1,3}(\\[[ab] (pr|eq 1x)( and b pr)?\\](\\.c)? ?(eq|pr)? ?[x1.0\"]{0,3}| eq [a0-9.]{1,4}| pr)") {
        if let Ok(filter) = Filter::parse(&text) {
            prop_assert_eq!(Filter::parse(&filter.to_string()), Ok(filter));
        }
    }

    #[test]
    fn no_filter_text_panics(text in "\\PC{0,40}|[a-b .\\[\\]()\"\\\\enotpqrd]{0,60}|.{0,20}") {
        let _ = Filter::parse(&text).map(|f| f.resolve(user(), &tolerant()));
        let _ = Path::parse(&text, user(), &tolerant());
        let _ = Path::parse(&format!("emails[{text}].value"), user(), &tolerant());
        let _ = text.parse::<AttrPath>();
        let _ = Projection::read(Some(&text), None, user());
    }

    #[test]
    fn a_printed_path_parses_to_itself(text in "(emails|roles)\\[(type|value) (eq|ne) \"[a-z\\]]{0,3}\"\\](\\.(value|type))?|name(\\.givenName)?|urn:ietf:params:scim:schemas:extension:enterprise:2\\.0:User(:manager)?") {
        let path = Path::parse(&text, user(), &tolerant()).unwrap();
        prop_assert_eq!(Path::parse(&path.to_string(), user(), &strict()), Ok(path));
    }

    #[test]
    fn no_bytes_panic(bytes in vec(any::<u8>(), 0..64), value in json_values()) {
        let limits = scim_json::Limits::default();
        let _ = scim_json::read(&bytes, &limits);
        prop_assert_eq!(scim_json::read(value.to_string().as_bytes(), &limits), Ok(value));
    }

    #[test]
    fn no_body_panics(value in json_values(), operations in vec(json_values(), 1..3)) {
        for t in [tolerant(), strict()] {
            let _ = ListQuery::from_search(&value, 10, 20);
            let mut body = value.clone();
            if let Some(body) = body.as_object_mut() {
                body.insert("schemas".into(), json!([USER]));
            }
            if let Ok(read) = resource::read(body, user(), &t) {
                let again = resource::read(read.clone().into(), user(), &t);
                prop_assert_eq!(again.as_ref(), Ok(&read));
            }
            for rt in [user(), group()] {
                let operations = operations.iter().map(|o| json!({"op": "replace", "value": o})).collect::<Vec<_>>();
                for body in [patch_body(operations.clone().into()), patch_body(value.clone())] {
                    if let Ok(mut patch) = Patch::read(&body, rt, &t) {
                        let _ = patch.apply(&a_user(json!({})), rt, &t);
                        let _ = patch.take_elements("members");
                    }
                }
            }
        }
    }

    #[test]
    fn what_a_patch_makes_is_regular(before in users(), operations in vec(operation(), 1..4)) {
        let after = patch(&before, operations.into()).unwrap();
        let mut again = resource::read(after.clone().into(), user(), &strict()).unwrap();
        again.insert("id".into(), "U1".into());
        prop_assert_eq!(again, after);
    }

    #[test]
    fn replacing_twice_is_replacing_once(before in users(), (path, value) in attribute()) {
        let operations = json!([{"op": "replace", "path": path, "value": value}]);
        let once = patch(&before, operations.clone()).unwrap();
        prop_assert_eq!(patch(&once, operations).unwrap(), once);
    }

    #[test]
    fn adding_twice_is_adding_once(before in users(), (path, value) in attribute()) {
        let operations = json!([{"op": "add", "path": path, "value": value}]);
        let once = patch(&before, operations.clone()).unwrap();
        prop_assert_eq!(patch(&once, operations).unwrap(), once);
    }

    #[test]
    fn adding_and_removing_restores(before in users(), element in element()) {
        let path = AttrPath::core("emails").with_sub("value");
        prop_assume!(!resource::get(&before, &path).contains(&&element["value"]));
        let added = patch(&before, json!([{"op": "add", "path": "emails", "value": [element]}])).unwrap();
        prop_assert_ne!(&added, &before);
        let by_value = json!([{"op": "remove", "path": "emails", "value": [element]}]);
        prop_assert_eq!(&patch(&added, by_value).unwrap(), &before);
        // A filter is caseless, a value is not.
        if !resource::get(&before, &path).iter().any(|v| fold::fold(v.as_str().unwrap()) == fold::fold(element["value"].as_str().unwrap())) {
            let by_filter = json!([{"op": "remove", "path": format!("emails[value eq {}]", element["value"])}]);
            prop_assert_eq!(&patch(&added, by_filter).unwrap(), &before);
        }
    }

    #[test]
    fn a_failing_operation_leaves_nothing(before in users(), operations in vec(operation(), 1..4)) {
        let mut operations = operations;
        operations.push(json!({"op": "replace", "path": "id", "value": "other"}));
        prop_assert_eq!(refused(patch(&before, operations.into())), (400, Some(ScimType::Mutability)));
    }

    #[test]
    fn a_path_and_a_key_are_the_same(before in users(), (path, value) in attribute()) {
        for op in ["add", "replace"] {
            let explicit = patch(&before, json!([{"op": op, "path": path, "value": value}])).unwrap();
            let implied = patch(&before, json!([{"op": op, "value": {&path: value}}])).unwrap();
            prop_assert_eq!(implied, explicit);
        }
    }

    #[test]
    fn a_difference_applied_is_the_desired(a in users(), b in users()) {
        let patch = diff(&a, &b, user());
        prop_assert_eq!(patch.apply(&a, user(), &strict()).unwrap(), b.clone());
        prop_assert_eq!(patch.changes.is_empty(), a == b);
        // And after going over the wire.
        if !patch.changes.is_empty() {
            let read = Patch::read(&patch.to_json(), user(), &strict()).unwrap();
            prop_assert_eq!(read.apply(&a, user(), &strict()).unwrap(), b);
        }
    }

    #[test]
    fn folding_a_key_gives_the_key(text in "\\PC{0,20}|[İıſßΣςǅﬁÅＡａ\u{300}-\u{345}aA]{0,8}") {
        let key = fold::fold(&text);
        prop_assert_eq!(fold::fold(&key), key);
    }

    #[test]
    fn keys_and_matches_agree(user in users(), wanted in text()) {
        let filter = Filter::parse(&format!("title eq {}", json!(wanted))).unwrap().resolve(super::user(), &tolerant()).unwrap();
        let title = super::user().attribute(&AttrPath::core("title")).unwrap();
        let equal = user.get("title").is_some_and(|t| fold::key(title, t) == fold::key(title, &json!(wanted)));
        prop_assert_eq!(filter.matches(&user, super::user()), equal);
    }

    #[test]
    fn filters_obey_logic(resource in users(), f in questions(), g in questions()) {
        let holds = |f: &Filter| f.matches(&resource, user());
        let not = |f: &Filter| Filter::Not(Box::new(f.clone()));
        prop_assert_eq!(holds(&not(&f)), !holds(&f));
        let neither = Filter::And(vec![not(&f), not(&g)]);
        prop_assert_eq!(holds(&not(&Filter::Or(vec![f.clone(), g.clone()]))), holds(&neither));
        prop_assert_eq!(Filter::parse(&f.to_string()).unwrap().resolve(user(), &tolerant()).unwrap(), f);
    }

    #[test]
    fn integers_sort_by_key(a in any::<i64>(), b in any::<i64>(), x in -1e9..1e9f64, y in -1e9..1e9f64) {
        let of = |kind: &str| -> scim::Attribute { serde_json::from_value(json!({"name": "x", "type": kind})).unwrap() };
        let key = |kind: &str, v: Value| fold::key(&of(kind), &v).unwrap();
        prop_assert_eq!(key("integer", json!(a)).cmp(&key("integer", json!(b))), a.cmp(&b));
        prop_assert_eq!(Some(key("decimal", json!(x)).cmp(&key("decimal", json!(y)))), x.partial_cmp(&y));
    }

    #[test]
    fn a_projection_is_part_of_the_resource(resource in users(), names in vec(attribute(), 1..3)) {
        let list = names.iter().map(|(n, _)| n.as_str()).collect::<Vec<_>>().join(",");
        let only = Projection::read(Some(&list), None, user()).unwrap();
        let shown = only.apply(resource.clone(), user());
        prop_assert_eq!(only.apply(shown.clone(), user()), shown.clone());
        prop_assert!(shown.contains_key("id") && shown.contains_key("schemas"));
        prop_assert!(shown.keys().all(|k| resource.contains_key(k)));
    }
}
