//! Elements into lists, out of lists, and into each other.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::Object;
use crate::resource::normal;

/// Adds elements that are not there yet. One that agrees with an element there is that element; one with the
/// same `type` and `value` completes it.
pub(super) fn add(list: &mut Vec<Value>, new: &[Value]) {
    let mut changed = Vec::new();
    // For long lists, where the values stand; elements with other values need not be compared.
    let mut places: Option<HashMap<String, Vec<usize>>> = (list.len() * new.len() > 1_024).then(|| {
        let mut places: HashMap<String, Vec<usize>> = HashMap::with_capacity(list.len());
        for (n, element) in list.iter().enumerate() {
            places.entry(name_of(element)).or_default().push(n);
        }
        places
    });
    // Elements of one request stand beside each other; only those there before absorb what says less.
    let before = list.len();
    for element in new {
        let candidates = |n: &usize| normal::same(&list[*n], element) || (*n < before && agrees(&list[*n], element));
        let found = match &places {
            Some(places) => {
                let found = places.get(&name_of(element));
                found.and_then(|at| at.iter().copied().find(candidates))
            }
            None => (0..list.len()).find(candidates),
        };
        match (found, element) {
            (Some(n), Value::Object(more)) if !agrees(&list[n], element) => {
                if let Some(there) = list[n].as_object_mut() {
                    merge(there, more);
                }
                changed.push(n);
            }
            (Some(_), _) => {}
            (None, _) => {
                changed.push(list.len());
                if let Some(places) = &mut places {
                    places.entry(name_of(element)).or_default().push(list.len());
                }
                list.push(element.clone());
            }
        }
    }
    only_primary(list, &changed);
}

/// What an element is found by: its `value`, or itself.
fn name_of(element: &Value) -> String {
    match element.get("value") {
        Some(Value::String(value)) => value.clone(),
        _ => element.to_string(),
    }
}

/// Whether everything said by `said` holds of `element`.
fn agrees(element: &Value, said: &Value) -> bool {
    match (element, said) {
        (Value::Object(element), Value::Object(said)) => {
            said.iter().all(|(name, value)| element.get(name) == Some(value))
        }
        (element, said) => element == said,
    }
}

/// Removes the elements named: by `value` (and `type`, if both have one), or by everything said of them.
pub(super) fn remove(list: &mut Vec<Value>, named: &[Value]) {
    let values: HashSet<&str> = named.iter().filter_map(|n| n.get("value").and_then(Value::as_str)).collect();
    list.retain(|element| {
        let value = element.get("value").and_then(Value::as_str);
        let may_be_named = value.is_none_or(|v| values.contains(v)) || values.len() < named.len();
        !may_be_named
            || !named.iter().any(|said| match (said.get("value"), element.get("value")) {
                (Some(x), Some(y)) => {
                    let (s, e) = (said.get("type"), element.get("type"));
                    x == y && (s.is_none() || e.is_none() || s == e)
                }
                _ => agrees(element, said),
            })
    });
}

/// If one of these elements is primary, no other is (RFC 7644 section 3.5.2); of several the last.
pub(super) fn only_primary(list: &mut [Value], changed: &[usize]) {
    let is_primary = |e: &Value| e.get("primary") == Some(&Value::Bool(true));
    let Some(keep) = changed.iter().rev().copied().find(|n| list.get(*n).is_some_and(is_primary)) else {
        return;
    };
    for (n, element) in list.iter_mut().enumerate() {
        if n != keep && is_primary(element) {
            element["primary"] = false.into();
        }
    }
}

/// Null takes a part away, anything else sets it.
pub(super) fn merge(object: &mut Object, changes: &Object) {
    for (name, value) in changes {
        if value.is_null() {
            object.shift_remove(name);
        } else {
            object.insert(name.clone(), value.clone());
        }
    }
}
