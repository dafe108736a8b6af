//! Lists: joined, picked from, looked through.

use cel::common::types::{CelBool, CelList, CelString};
use cel::common::value::{CowVal, Val};

use super::{
    Answer, Args, BUDGET, spend,
    value::{answer, elements, is_present, member, null, text, text_or, truth, word_of},
};

/// `joinPresent(" ", [a, b])` or `joinPresent(" ", a, b)`: what is present, joined; null when nothing is.
pub(super) fn join_present<'c, 'v>(args: Args<'_, 'c, 'v>) -> Answer<'c, 'v> {
    let parts: Vec<&(dyn Val + 'v)> = match &args[1..] {
        [only] if text(only).is_err() => elements(only)?,
        several => several.iter().map(|part| part.as_ref()).collect(),
    };
    let mut parts = parts.into_iter().filter(|part| is_present(*part)).peekable();
    match parts.peek() {
        Some(_) => join(parts, &text_or(args, 0, "")?),
        None => Ok(null()),
    }
}

pub(super) fn join<'s, 'c, 'v: 's>(parts: impl Iterator<Item = &'s (dyn Val + 'v)>, separator: &str) -> Answer<'c, 'v> {
    let mut joined = String::new();
    for (at, part) in parts.enumerate() {
        if at > 0 {
            joined.push_str(separator);
        }
        joined.push_str(&text(&CowVal::Borrowed(part))?.unwrap_or_default());
        if joined.len() > BUDGET {
            spend(joined.len())?;
        }
    }
    Ok(answer(joined))
}

/// `distinct(list)`: each value once, where it first stood.
pub(super) fn distinct<'c, 'v>(args: Args<'_, 'c, 'v>) -> Answer<'c, 'v> {
    let all = elements(&args[0])?;
    let mut kept: Vec<&(dyn Val + 'v)> = Vec::new();
    for element in all {
        spend(kept.len())?;
        if !kept.iter().any(|other| other.equals(element)) {
            kept.push(element);
        }
    }
    Ok(CowVal::owned(CelList::from(kept.into_iter().map(|v| v.clone_as_boxed()).collect::<Vec<Box<dyn Val + 'v>>>())))
}

/// `pick(user.emails, "work")`: the value of the first element of that type; `pick(user.emails)`: of the primary one,
/// else of the first. Null when there is none.
pub(super) fn pick<'c, 'v>(args: Args<'_, 'c, 'v>) -> Answer<'c, 'v> {
    let all = elements(&args[0])?;
    let chosen = match args.get(1).map(text).transpose()?.flatten() {
        Some(kind) => all.iter().find(|element| same(element, "type", &kind)),
        None => all
            .iter()
            .find(|element| {
                member(**element, "primary").is_some_and(|p| p.downcast_ref::<CelBool>().is_some_and(|b| *b.inner()))
            })
            .or_else(|| all.first()),
    };
    Ok(chosen.and_then(|element| member(*element, "value")).map_or_else(null, |v| CowVal::Owned(v.into_owned())))
}

/// `inGroup(user.groups, "Staff")`: whether a group has that name or id. Names are compared without case, as SCIM
/// compares displayName (RFC 7643 section 4.2).
pub(super) fn in_group<'c, 'v>(args: Args<'_, 'c, 'v>) -> Answer<'c, 'v> {
    let name = word_of(args, 1)?;
    let all = elements(&args[0])?;
    let names = ["displayName", "display", "id", "value"];
    Ok(truth(all.iter().any(|group| names.iter().any(|member| same(group, member, &name)))))
}

/// Whether a member is this text, whatever its case.
fn same(element: &&dyn Val, name: &str, text: &str) -> bool {
    member(*element, name).is_some_and(|found| {
        found.downcast_ref::<CelString>().is_some_and(|found| {
            found.inner() == text
                || found.inner().chars().flat_map(char::to_lowercase).eq(text.chars().flat_map(char::to_lowercase))
        })
    })
}
