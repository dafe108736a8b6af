//! In which order the operations of a bulk request run: as they come, except that each waits for those it refers to
//! by `bulkId` (RFC 7644 section 3.7.2).

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
};

use serde_json::Value;

/// How a reference to another operation begins.
const PREFIX: &str = "bulkId:";

/// The `bulkId` that a text refers to.
pub fn reference(text: &str) -> Option<&str> {
    text.strip_prefix(PREFIX)
}

/// The texts in a body that refer to other operations.
pub fn references<'a>(data: &'a Value, found: &mut Vec<&'a str>) {
    match data {
        Value::String(text) => found.extend(reference(text)),
        Value::Array(list) => list.iter().for_each(|value| references(value, found)),
        Value::Object(object) => object.values().for_each(|value| references(value, found)),
        _ => {}
    }
}

/// Put ids where a body refers to other operations.
///
/// # Errors
/// The first one of `id`.
pub fn resolve<E>(data: &mut Value, id: &impl Fn(&str) -> Result<String, E>) -> Result<(), E> {
    match data {
        Value::String(text) => {
            if let Some(name) = reference(text) {
                *text = id(name)?;
            }
            Ok(())
        }
        Value::Array(list) => list.iter_mut().try_for_each(|value| resolve(value, id)),
        Value::Object(object) => object.values_mut().try_for_each(|value| resolve(value, id)),
        _ => Ok(()),
    }
}

/// Take the managers that refer to other operations out of a user's body; the last one is returned.
pub fn take_manager(user: &mut Value) -> Option<Value> {
    let mut taken = None;
    for (name, value) in user.as_object_mut()? {
        if value.is_object() && name.contains(':') {
            taken = take_manager(value).or(taken);
        }
    }
    user.as_object_mut()?.retain(|name, value| {
        let mut found = Vec::new();
        references(value, &mut found);
        let stays = found.is_empty() || !name.eq_ignore_ascii_case("manager");
        if !stays {
            taken = Some(value.take());
        }
        stays
    });
    taken
}

/// What an operation has to do with the others.
#[derive(Debug, Default)]
pub struct Links<'a> {
    /// The `bulkId` that others know it by.
    pub name: Option<&'a str>,
    /// The `bulkId`s that it refers to.
    pub needs: Vec<&'a str>,
    /// It can run before what it refers to, and be completed afterwards.
    pub can_wait: bool,
}

/// What is to be done with an operation, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// All that it refers to has run.
    Run(usize),
    /// It stands in a circle, which is opened here: it runs without its references and is completed at the end.
    Open(usize),
    /// It stands in a circle that can't be opened.
    Circular(usize),
}

/// All operations, each once. References to nobody are not waited for.
pub fn order(links: &[Links]) -> Vec<Step> {
    let mut makers: HashMap<&str, usize> = HashMap::new();
    for (number, name) in links.iter().enumerate().filter_map(|(number, link)| Some((number, link.name?))) {
        makers.entry(name).or_insert(number);
    }
    let needs: Vec<Vec<usize>> = links
        .iter()
        .map(|link| {
            let mut needs: Vec<_> = link.needs.iter().filter_map(|name| makers.get(name).copied()).collect();
            needs.sort_unstable();
            needs.dedup();
            needs
        })
        .collect();
    let mut needed_by: Vec<Vec<usize>> = vec![Vec::new(); links.len()];
    for (number, needs) in needs.iter().enumerate() {
        needs.iter().for_each(|need| needed_by[*need].push(number));
    }
    let mut open: Vec<usize> = needs.iter().map(Vec::len).collect();
    let mut ready: BinaryHeap<_> = (0..links.len()).filter(|number| open[*number] == 0).map(Reverse).collect();
    let mut done = vec![false; links.len()];
    let mut steps = Vec::with_capacity(links.len());
    loop {
        let next = match ready.pop() {
            Some(Reverse(number)) if done[number] => continue,
            Some(Reverse(number)) => vec![Step::Run(number)],
            None => {
                let Some(waiting) = done.iter().position(|done| !done) else { return steps };
                let circle = circle(waiting, &needs, &done);
                match circle.iter().filter(|number| links[**number].can_wait).min() {
                    Some(number) => vec![Step::Open(*number)],
                    None => circle.into_iter().map(Step::Circular).collect(),
                }
            }
        };
        for step in next {
            let (Step::Run(number) | Step::Open(number) | Step::Circular(number)) = step;
            steps.push(step);
            done[number] = true;
            for other in &needed_by[number] {
                open[*other] -= 1;
                if open[*other] == 0 {
                    ready.push(Reverse(*other));
                }
            }
        }
    }
}

/// A circle that one comes to from an operation that waits, when all that are not done wait.
fn circle(from: usize, needs: &[Vec<usize>], done: &[bool]) -> Vec<usize> {
    let mut way = Vec::new();
    let mut at = vec![None; needs.len()];
    let mut number = from;
    while at[number].is_none() {
        at[number] = Some(way.len());
        way.push(number);
        number = needs[number].iter().copied().find(|need| !done[*need]).unwrap_or(number);
    }
    way.split_off(at[number].unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn link<'a>(name: &'a str, needs: &[&'a str], can_wait: bool) -> Links<'a> {
        Links { name: Some(name), needs: needs.to_vec(), can_wait }
    }

    #[test]
    fn operations_wait_for_what_they_refer_to_and_for_nothing_else() {
        use Step::{Circular, Open, Run};
        let plain = [link("a", &[], false), link("b", &["a"], false), link("c", &["nobody"], false)];
        assert_eq!(order(&plain), [Run(0), Run(1), Run(2)]);
        let late = [link("g", &["u"], false), link("x", &[], false), link("u", &[], true)];
        assert_eq!(order(&late), [Run(1), Run(2), Run(0)], "nothing is pulled forward");
        let couple = [link("g", &["a"], false), link("a", &["b"], true), link("b", &["a"], true)];
        assert_eq!(order(&couple), [Open(1), Run(0), Run(2)]);
        let ring = [link("above", &["a"], false), link("a", &["b"], false), link("b", &["a"], false)];
        assert_eq!(order(&ring), [Circular(1), Circular(2), Run(0)]);
        assert_eq!(order(&[link("me", &["me"], true)]), [Open(0)]);
    }

    #[test]
    fn every_operation_gets_its_turn_once_and_after_what_it_needs() {
        let names: Vec<String> = (0..40).map(|number| number.to_string()).collect();
        let mut state = 1_u64;
        let mut random = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 40).unwrap() % below
        };
        for _ in 0..300 {
            let links: Vec<Links> = names
                .iter()
                .map(|name| Links {
                    name: Some(name),
                    needs: (0..random(3)).map(|_| names[random(40)].as_str()).collect(),
                    can_wait: random(2) == 0,
                })
                .collect();
            let mut turn = vec![None; links.len()];
            for (at, step) in order(&links).into_iter().enumerate() {
                let (Step::Run(number) | Step::Open(number) | Step::Circular(number)) = step;
                assert_eq!(turn[number].replace(at), None);
                let needs = links[number].needs.iter().map(|name| name.parse::<usize>().unwrap());
                assert!(!matches!(step, Step::Run(_)) || needs.into_iter().all(|need| turn[need].is_some()));
                assert!(!matches!(step, Step::Open(_)) || links[number].can_wait);
            }
            assert!(turn.iter().all(Option::is_some));
        }
    }

    #[test]
    fn managers_are_taken_out_and_ids_put_in() {
        let mut user = json!({"userName": "a", "urn:x:User": {"manager": {"value": "bulkId:b"}, "department": "d"}});
        assert_eq!(take_manager(&mut user), Some(json!({"value": "bulkId:b"})));
        assert_eq!(user, json!({"userName": "a", "urn:x:User": {"department": "d"}}));
        let mut group = json!({"members": [{"value": "bulkId:b"}, {"value": "c"}]});
        resolve(&mut group, &|name| Ok::<_, ()>(format!("id of {name}"))).unwrap();
        assert_eq!(group, json!({"members": [{"value": "id of b"}, {"value": "c"}]}));
        assert_eq!(resolve(&mut json!(["bulkId:b"]), &|_| Err(7)), Err(7));
    }
}
