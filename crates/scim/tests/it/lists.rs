//! Lists, search requests, and projection.

use std::sync::Arc;

use scim::{AttrPath, Extension, ListQuery, Patch, Projection, list_response, resource};
use serde_json::{Value, json};

use super::*;

fn query(text: &str) -> Result<ListQuery, Error> {
    let pairs = text.split('&').filter(|p| !p.is_empty()).map(|p| p.split_once('=').unwrap_or((p, "")));
    ListQuery::from_params(pairs, 100, 200)
}

#[test]
fn t60_numbers_come_into_range() {
    for (text, start, count) in [
        ("", 1, 100),
        ("startIndex=-5", 1, 100),
        ("startIndex=0", 1, 100),
        ("startIndex=7&count=1", 7, 1),
        ("count=-1", 1, 0),
        ("count=0", 1, 0),
        ("count=100000", 1, 200),
        ("COUNT=3&STARTINDEX=2", 2, 3),
        ("aadOptscim062020&foo=1&&count=", 1, 100),
    ] {
        let query = query(text).unwrap();
        assert_eq!((query.start_index, query.count), (start, count), "{text}");
    }
    for bad in ["count=abc", "startIndex=abc", "startIndex=9223372036854775808", "count=1.5", "sortOrder=up"] {
        assert_eq!(refused(query(bad)), (400, Some(ScimType::InvalidValue)), "{bad}");
    }
    let long = format!("filter={}", "x".repeat(2_049));
    assert_eq!(refused(query(&long)), (400, Some(ScimType::InvalidFilter)));
}

#[test]
fn everything_else_is_passed_on() {
    let all =
        query("filter=id pr&sortBy=name.familyName&sortOrder=Descending&attributes=id&excludedAttributes=&cursor");
    let all = all.unwrap();
    assert_eq!(all.filter.as_deref(), Some("id pr"));
    assert_eq!(all.sort_by.as_deref(), Some("name.familyName"));
    assert!(all.descending);
    assert_eq!(all.attributes.as_deref(), Some("id"));
    assert_eq!(all.excluded_attributes, None);
    assert_eq!(all.cursor.as_deref(), Some(""));
    assert_eq!(query("").unwrap().cursor, None);
}

#[test]
fn t64_search() {
    let body = json!({"schemas": [scim::SEARCH_URN], "attributes": ["userName", "active"], "Count": 5,
        "startIndex": 3, "filter": "id pr", "sortOrder": "descending", "cursor": "abc"});
    let search = ListQuery::from_search(&body, 100, 200).unwrap();
    assert_eq!(search.attributes.as_deref(), Some("userName,active"));
    assert_eq!((search.start_index, search.count, search.descending), (3, 5, true));
    assert_eq!(search.cursor.as_deref(), Some("abc"));
    for bad in [json!({}), json!([]), json!({"schemas": [scim::PATCH_URN]})] {
        let kind = Some(ScimType::InvalidSyntax);
        assert_eq!(refused(ListQuery::from_search(&bad, 100, 200)), (400, kind));
    }
}

#[test]
fn w14_a_list_answer() {
    insta::assert_json_snapshot!(list_response(0, Some(1), vec![]), @r#"
    {
      "schemas": [
        "urn:ietf:params:scim:api:messages:2.0:ListResponse"
      ],
      "totalResults": 0,
      "startIndex": 1,
      "itemsPerPage": 0,
      "Resources": []
    }
    "#);
    assert!(list_response(9, None, vec![json!({})]).get("startIndex").is_none());
}

fn shown(attributes: Option<&str>, excluded: Option<&str>) -> Value {
    let mut bob = a_user(json!({"name": {"givenName": "B", "familyName": "C"}, "active": true,
        "emails": [{"type": "work", "value": "w"}], "password": "secret",
        ENTERPRISE: {"department": "Ops", "division": "D"}}));
    bob.insert("meta".into(), json!({"location": "x"}));
    Projection::read(attributes, excluded, user()).unwrap().apply(bob, user()).into()
}

#[test]
fn t62_projection() {
    let keys = |v: Value| v.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    let full = format!("schemas userName name active emails {ENTERPRISE} id meta");
    assert_eq!(keys(shown(None, None)), full);
    assert_eq!(keys(shown(Some(""), Some(" "))), full);
    assert_eq!(keys(shown(Some("userName"), None)), "schemas userName id");
    assert_eq!(keys(shown(Some("nosuch"), None)), "schemas id");
    assert_eq!(keys(shown(Some("password"), None)), "schemas id");
    assert_eq!(shown(Some("NAME.givenname, emails.value"), None)["name"], json!({"givenName": "B"}));
    assert_eq!(shown(Some("emails.value"), None)["emails"], json!([{"value": "w"}]));
    let enterprise = shown(Some(&format!("{ENTERPRISE}:department")), None);
    assert_eq!(enterprise[ENTERPRISE], json!({"department": "Ops"}));
    assert_eq!(enterprise["schemas"], json!([USER, ENTERPRISE]));
    assert_eq!(shown(Some("userName"), None)["schemas"], json!([USER]));
    assert_eq!(shown(Some(ENTERPRISE), None)[ENTERPRISE], json!({"department": "Ops", "division": "D"}));
    let without = shown(None, Some("id,emails,name.givenName,schemas"));
    assert_eq!(keys(without.clone()), format!("schemas userName name active {ENTERPRISE} id meta"));
    assert_eq!(without["name"], json!({"familyName": "C"}));
    assert!(shown(None, Some(ENTERPRISE)).get(ENTERPRISE).is_none());
    let both = Projection::read(Some("id"), Some("name"), user());
    assert_eq!(refused(both), (400, Some(ScimType::InvalidValue)));
}

#[test]
fn what_is_wanted() {
    let of = |a, e| Projection::read(a, e, group()).unwrap();
    assert!(Projection::all().wants("members") && Projection::all().is_all());
    assert!(!of(None, Some("members")).wants("members"));
    assert!(of(None, Some("members.display")).wants("members"));
    assert!(!of(Some("id"), None).wants("members"));
    assert!(of(Some("Members.value"), None).wants("members"));
    assert!(!of(Some("id"), None).is_all());
}

#[test]
fn what_is_returned_on_request_is_returned_to_who_set_it() {
    let of_kind =
        |kind: &str, parts: Value| json!({"name": kind, "type": "complex", "returned": kind, "subAttributes": parts});
    let parts = json!([{"name": "open", "type": "string"}, {"name": "asked", "type": "string", "returned": "request"}]);
    let schema = json!({"id": "urn:x:Car", "name": "Car", "attributes":
        [of_kind("default", parts.clone()), of_kind("request", parts), {"name": "plate", "type": "string", "returned": "request"}]});
    let mut car = user().clone();
    car.extensions.push(Extension { schema: Arc::new(serde_json::from_value(schema).unwrap()), required: false });
    let both = json!({"open": "o", "asked": "a"});
    let body = json!({"schemas": [USER, "urn:x:Car"], "userName": "u", "urn:x:Car":
        {"default": both, "request": both, "plate": "p"}});
    let whole = resource::read(body, &car, &tolerant()).unwrap();
    let shown = |specified, excluded| {
        let projection = Projection::read(None, excluded, &car).unwrap().after_change(specified);
        projection.apply(whole.clone(), &car).remove("urn:x:Car").unwrap()
    };
    let by =
        |operations: Value| shown(Patch::read(&patch_body(operations), &car, &tolerant()).unwrap().specified(), None);
    assert_eq!(shown(Vec::new(), None), json!({"default": {"open": "o"}}));
    assert_eq!(shown(resource::specified(&whole, &car), None), json!({"default": both, "request": both, "plate": "p"}));
    assert_eq!(
        shown(resource::specified(&whole, &car), Some("urn:x:Car:plate,urn:x:Car:request.asked")),
        json!({"default": both, "request": {"open": "o"}})
    );
    let plate = json!([{"op": "replace", "path": "urn:x:Car:plate", "value": "p"}]);
    assert_eq!(by(plate), json!({"default": {"open": "o"}, "plate": "p"}));
    let part = json!([{"op": "add", "path": "urn:x:car:Request.open", "value": "o"}]);
    assert_eq!(by(part), json!({"default": {"open": "o"}, "request": {"open": "o"}}));
    let pathless = json!([{"op": "add", "value": {"urn:x:Car": {"default": {"asked": "a"}}}}]);
    assert_eq!(by(pathless), json!({"default": both}));
}

#[test]
fn what_a_resource_is_sorted_by() {
    let key = |emails: Value, path: &str| {
        let path = path.parse::<AttrPath>().unwrap().resolve(user()).unwrap();
        resource::sort_key(&a_user(json!({"emails": emails, "title": "T", "active": true})), &path, user())
    };
    let two = json!([{"value": "B", "type": "work"}, {"value": "a", "type": "home", "primary": true}]);
    assert_eq!(key(two.clone(), "emails.value").as_deref(), Some("a"), "the primary one");
    assert_eq!(key(two.clone(), "EMAILS").as_deref(), Some("a"), "its value");
    assert_eq!(key(two.clone(), "emails.type").as_deref(), Some("home"));
    assert_eq!(key(two, "emails.display"), None);
    let first = json!([{"type": "work"}, {"value": "C", "primary": false}, {"value": "b"}]);
    assert_eq!(key(first, "emails.value").as_deref(), Some("c"), "the first that there is, without case");
    assert_eq!(key(json!([]), "emails"), None);
    assert_eq!(key(json!([]), "title").as_deref(), Some("t"));
    assert_eq!(key(json!([]), "name"), None, "which has no value of its own");
}

#[test]
fn a_filter_of_blanks_is_no_filter_left_out() {
    let asked = |text: &str| ListQuery::from_params([("filter", text)].into_iter(), 100, 200).unwrap().filter;
    assert_eq!(asked(""), None);
    assert!(scim::Filter::parse(&asked(" ").unwrap()).is_err());
    let body = json!({"schemas": [scim::SEARCH_URN], "count": 1, "Count": 2});
    assert!(ListQuery::from_search(&body, 100, 200).is_err(), "count is given twice");
}
