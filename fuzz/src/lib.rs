//! What is fuzzed, one function to each kind of input. A function returns for every input; it panics when a law does
//! not hold, and so does what it calls when that has a fault.

use scim::{
    AttrPath, Filter, ListQuery, Object, Op, Patch, Path, Projection, ResourceType, Tolerance, bulk, diff, json,
    resource,
};
use serde_json::{Value, json};
use std::collections::HashSet;

/// Reads one input.
pub type Target = fn(&[u8]);

/// All of them, by the name of their corpus.
pub const TARGETS: [(&str, Target); 6] =
    [("filter", filter), ("path", path), ("patch", patch), ("resource", resource), ("bulk", bulk), ("json", json)];

fn types() -> [&'static ResourceType; 2] {
    [ResourceType::user(), ResourceType::group()]
}

fn tolerances() -> [Tolerance; 2] {
    [Tolerance::tolerant(), Tolerance::strict()]
}

fn text(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok()
}

fn body(data: &[u8]) -> Option<Value> {
    json::read(data, &json::Limits::groups()).ok()
}

fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        _ => Object::new(),
    }
}

/// Somebody, or a group, as it is stored.
fn sample(rt: &ResourceType) -> Object {
    let body = if rt.id == "Group" {
        json!({"schemas": [scim::GROUP_URN], "displayName": "Staff", "externalId": "g1",
               "members": [{"value": "u1", "type": "User"}, {"value": "u2"}]})
    } else {
        json!({"schemas": [scim::USER_URN, scim::ENTERPRISE_URN], "userName": "ana", "externalId": "1", "active": true,
               "name": {"givenName": "Ana", "familyName": "Ruiz"}, "title": "Engineer",
               "emails": [{"value": "ana@x.test", "type": "work", "primary": true}, {"value": "a@home.test", "type": "home"}],
               "roles": [{"value": "admin"}], scim::ENTERPRISE_URN: {"department": "R&D", "manager": {"value": "u9"}}})
    };
    let mut stored = resource::read(body, rt, &Tolerance::strict()).expect("the sample is regular");
    stored.insert("id".into(), "u1".into());
    stored
}

/// A filter prints to its like, also when resolved, and its contrary holds where it does not.
pub fn filter(data: &[u8]) {
    let Some(parsed) = text(data).and_then(|text| Filter::parse(text).ok()) else { return };
    assert_eq!(Filter::parse(&parsed.to_string()).as_ref(), Ok(&parsed), "printed: {parsed}");
    for rt in types() {
        let stored = sample(rt);
        for tolerance in tolerances() {
            let Ok(resolved) = parsed.resolve(rt, &tolerance) else { continue };
            let printed = resolved.to_string();
            let again = Filter::parse(&printed).and_then(|again| again.resolve(rt, &tolerance));
            assert_eq!(again.as_ref(), Ok(&resolved), "resolved: {printed}");
            let holds = resolved.matches(&stored, rt);
            assert_ne!(Filter::Not(Box::new(resolved)).matches(&stored, rt), holds, "{printed}");
        }
        let _ = parsed.resolve_among(rt, &Tolerance::tolerant());
    }
}

/// A path prints to its like.
pub fn path(data: &[u8]) {
    let Some(text) = text(data) else { return };
    if let Ok(path) = text.parse::<AttrPath>() {
        assert_eq!(path.to_string().parse().as_ref(), Ok(&path));
    }
    for rt in types() {
        for tolerance in tolerances() {
            if let Ok(path) = Path::parse(text, rt, &tolerance) {
                let printed = path.to_string();
                assert_eq!(Path::parse(&printed, rt, &tolerance).as_ref(), Ok(&path), "printed: {printed}");
            }
        }
        if let Ok(projection) = Projection::read(Some(text), None, rt) {
            let shown = projection.apply(sample(rt), rt);
            assert_eq!(projection.apply(shown.clone(), rt), shown);
        }
        let _ = Projection::read(None, Some(text), rt).map(|projection| projection.apply(sample(rt), rt));
    }
}

/// What a PATCH makes is regular, and replacing twice is replacing once.
pub fn patch(data: &[u8]) {
    let Some(body) = body(data) else { return };
    for rt in types() {
        let before = sample(rt);
        for tolerance in tolerances() {
            let Ok(patch) = Patch::read(&body, rt, &tolerance) else { continue };
            let _ = patch.clone().take_elements("members");
            let Ok(after) = patch.apply(&before, rt, &tolerance) else { continue };
            is_regular(&after, rt);
            if let [change] = patch.changes.as_slice()
                && change.op == Op::Replace
                && !change.path.to_string().contains('[')
            {
                assert_eq!(patch.apply(&after, rt, &tolerance).as_ref(), Ok(&after), "{patch:?}");
            }
            // The difference is what leads from the one to the other.
            let way = diff(&before, &after, rt);
            assert_eq!(way.apply(&before, rt, &Tolerance::strict()).as_ref(), Ok(&after), "{way:?}");
        }
    }
}

fn is_regular(stored: &Object, rt: &ResourceType) {
    let mut again =
        resource::read(stored.clone().into(), rt, &Tolerance::strict()).expect("what is stored can be read");
    let mut stored = stored.clone();
    // A body says nothing of what the server alone sets.
    for name in ["id", "meta"] {
        stored.remove(name);
        again.remove(name);
    }
    assert_eq!(again, stored);
}

/// A resource that was read is regular, and its parts are part of it.
pub fn resource(data: &[u8]) {
    let Some(body) = body(data) else { return };
    for rt in types() {
        for tolerance in tolerances() {
            let Ok(read) = resource::read(body.clone(), rt, &tolerance) else { continue };
            is_regular(&read, rt);
            let _ = resource::check_required(&read, rt);
            let _ = resource::check_immutable(&sample(rt), &read, rt);
            resource::each_value(&read, rt, &mut |path, _, attribute, value| {
                assert_eq!(rt.attribute(path).map(|found| &found.name), Some(&attribute.name), "{path}");
                if let Some(key) = scim::fold::key(attribute, value) {
                    assert_eq!(scim::fold::fold(&scim::fold::fold(&key)), scim::fold::fold(&key));
                }
            });
        }
    }
    let _ = ListQuery::from_search(&body, 10, 20);
}

/// Each operation of a bulk request gets its turn once, after what it needs unless it stands in a circle.
pub fn bulk(data: &[u8]) {
    let Some(body) = body(data) else { return };
    let Ok(mut request) = bulk::Request::read(body, 1_000) else { return };
    let links: Vec<_> = request
        .operations
        .iter()
        .map(|operation| {
            let mut needs = Vec::new();
            bulk::references(&operation.data, &mut needs);
            needs.extend(operation.path.split('/').filter_map(bulk::reference));
            bulk::Links { name: operation.name.as_deref(), needs, can_wait: operation.is("POST") }
        })
        .collect();
    let steps = bulk::order(&links);
    let mut done = HashSet::new();
    for step in &steps {
        let (bulk::Step::Run(number) | bulk::Step::Open(number) | bulk::Step::Circular(number)) = *step;
        if let bulk::Step::Run(_) = step {
            for need in &links[number].needs {
                let maker = links.iter().position(|link| link.name == Some(need));
                assert!(maker.is_none_or(|maker| done.contains(&maker)), "{number} before {need}");
            }
        }
        assert!(done.insert(number), "{number} twice");
    }
    assert_eq!(done.len(), links.len());
    for operation in &mut request.operations {
        bulk::take_manager(&mut operation.data);
        bulk::resolve(&mut operation.data, &|name| if name.is_empty() { Err(()) } else { Ok("id".to_owned()) }).ok();
    }
}

/// JSON is read as `serde_json` reads it, or refused: too deep, too long, twice the same key.
pub fn json(data: &[u8]) {
    let limits = json::Limits::default();
    let Ok(value) = json::read(data, &limits) else { return };
    let plain = serde_json::from_slice::<Value>(data).expect("what we read is JSON");
    assert_eq!(plain, value);
    let printed = serde_json::to_vec(&value).expect("a value prints");
    assert_eq!(json::read(&printed, &limits).as_ref(), Ok(&value));
    assert!(depth(&value) <= limits.depth);
    let _ = Patch::read(&value, ResourceType::user(), &Tolerance::tolerant());
    object(value);
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(list) => 1 + list.iter().map(depth).max().unwrap_or(0),
        Value::Object(object) => 1 + object.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}
