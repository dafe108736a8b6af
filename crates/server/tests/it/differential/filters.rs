//! Texts of filters over the attributes and values that [`people`](super::people) makes.

use serde_json::json;

use super::people::{self, Known, one};
use crate::chance::Chance;

const TEXTS: &[&str] = &[
    "userName",
    "username",
    "USERNAME",
    "displayName",
    "externalId",
    "title",
    "nickName",
    "name.familyName",
    "name.givenName",
    "Name.FamilyName",
    "emails",
    "emails.value",
    "emails.type",
    "emails.display",
    "phoneNumbers.value",
    "roles.value",
    "addresses.locality",
    "urn:ietf:params:scim:schemas:core:2.0:User:userName",
    "urn:ietf:params:scim:schemas:core:2.0:User:name.familyName",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
    "URN:ietf:params:scim:schemas:extension:enterprise:2.0:user:employeeNumber",
    "employeeNumber",
    "password",
    "schemas",
    "shoeSize",
];
const IDS: &[&str] = &[
    "id",
    "ID",
    "manager",
    "manager.value",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
    "members",
    "members.value",
    "groups",
    "groups.value",
];
const OPERATORS: &[&str] = &["eq", "eq", "eq", "Eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "xx"];
const LISTS: &[&str] =
    &["emails", "Emails", "phoneNumbers", "roles", "addresses", "members", "groups", "name", "manager"];
const SUBS: &[&str] = &["value", "type", "display", "primary", "locality", "givenName", "$ref"];
const BROKEN: &[&str] = &[
    "",
    "(",
    "userName",
    "userName eq",
    "userName eq \"",
    "userName eq \"a\" and",
    "not userName eq \"a\"",
    "emails[type eq \"work\"",
    "emails[]",
    "emails[type eq \"work\"]",
    "userName eq \"a\")",
    "eq eq eq",
    "\u{0}",
    "name eq \"x\"",
    "userName eq [1]",
    "userName eq {}",
    "emails[type eq \"work\"].value.x eq 1",
];

/// A filter, mostly a good one.
pub fn filter(chance: &mut Chance, known: &Known) -> String {
    match chance.below(20) {
        0 => one(chance, BROKEN).to_owned(),
        1 => {
            let mut text = term(chance, known, 2);
            text.truncate((0..=chance.below(text.len() + 1)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0));
            text
        }
        // What Entra and Okta ask.
        2 => format!("id eq {} and manager eq {}", quoted(&known.any(chance)), quoted(&known.any(chance))),
        3 => format!("id eq {} and members[value eq {}]", quoted(&known.any(chance)), quoted(&known.any(chance))),
        4..=6 => format!("{} eq {}", one(chance, &["userName", "displayName", "externalId"]), text(chance)),
        _ => term(chance, known, 3),
    }
}

fn quoted(text: &str) -> String {
    json!(text).to_string()
}

fn text(chance: &mut Chance) -> String {
    let whole = people::text(chance);
    // Parts of texts, for sw, ew and co.
    let part: String = match chance.below(4) {
        0 => whole.chars().take(1 + chance.below(3)).collect(),
        1 => whole.chars().skip(1 + chance.below(3)).collect(),
        _ => whole,
    };
    if chance.percent(6) && !part.contains([' ', '"', '(', ')', '[', ']', '\\']) { part } else { quoted(&part) }
}

fn value(chance: &mut Chance, known: &Known) -> String {
    match chance.below(12) {
        0 => one(chance, &["true", "false", "null", "1", "-7.5e3", "\"True\"", "True"]).to_owned(),
        1 => quoted(&known.any(chance)),
        _ => text(chance),
    }
}

fn term(chance: &mut Chance, known: &Known, depth: usize) -> String {
    if depth == 0 {
        return comparison(chance, known);
    }
    match chance.below(10) {
        0 | 1 => format!("{} and {}", term(chance, known, depth - 1), term(chance, known, depth - 1)),
        2 | 3 => format!("{} OR {}", term(chance, known, depth - 1), term(chance, known, depth - 1)),
        4 => format!("not ({})", term(chance, known, depth - 1)),
        5 => format!("({})", term(chance, known, depth - 1)),
        6 => element(chance, known),
        _ => comparison(chance, known),
    }
}

fn comparison(chance: &mut Chance, known: &Known) -> String {
    let operator = one(chance, OPERATORS);
    match chance.below(12) {
        0 => format!("{} pr", one(chance, TEXTS)),
        1 => format!("{} PR", one(chance, IDS)),
        2 => format!("active {operator} {}", one(chance, &["true", "false", "\"False\"", "null"])),
        3 => {
            let time = format!("2027-01-15T08:00:0{}.{:03}Z", chance.below(2), chance.below(900));
            format!("meta.{} {operator} \"{time}\"", one(chance, &["lastModified", "created"]))
        }
        4 => format!(
            "meta.{} {operator} \"{}\"",
            one(chance, &["resourceType", "version", "location"]),
            one(chance, &["User", "Group", "W/\\\"1\\\""])
        ),
        5 | 6 => format!("{} {operator} {}", one(chance, IDS), quoted(&known.any(chance))),
        _ => format!("{} {operator} {}", one(chance, TEXTS), value(chance, known)),
    }
}

fn element(chance: &mut Chance, known: &Known) -> String {
    let test = |chance: &mut Chance| {
        let (sub, operator) = (one(chance, SUBS), one(chance, OPERATORS));
        match (sub, chance.below(5)) {
            ("primary", _) => format!("primary {operator} {}", one(chance, &["true", "false", "\"True\""])),
            ("type", _) => format!("type {operator} \"{}\"", one(chance, people::TYPES)),
            (sub, 0) => format!("{sub} pr"),
            (sub, _) => format!("{sub} {operator} {}", value(chance, known)),
        }
    };
    let list = one(chance, LISTS);
    let inside = match chance.below(4) {
        0 => format!("{} and {}", test(chance), test(chance)),
        1 => format!("{} or not ({})", test(chance), test(chance)),
        _ => test(chance),
    };
    if chance.percent(20) {
        return format!("{list}[{inside}].{} {} {}", one(chance, SUBS), one(chance, OPERATORS), value(chance, known));
    }
    format!("{list}[{inside}]")
}
