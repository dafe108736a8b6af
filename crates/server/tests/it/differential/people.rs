//! Bodies: users, groups and PATCHes of both, in the dialects of real clients and with what no client should send.
//! Everything is taken from small pools, so that names collide, fold into each other, and are found by filters.

use scim::{ENTERPRISE_URN, GROUP_URN, PATCH_URN, USER_URN};
use serde_json::{Map, Value, json};

use crate::chance::Chance;

const TEXTS: &[&str] = &[
    "ana",
    "Ana",
    "ANA",
    "ana.ruiz@x.test",
    "bob@x.test",
    "Bob@X.test",
    "b\u{e9}a",
    "be\u{301}a",
    "B\u{c9}A",
    "straße",
    "STRASSE",
    "İpek",
    "ipek",
    "ΣΊΣΥΦΟΣ",
    "σίσυφος",
    "ﬁn",
    "fin",
    "名前",
    "\u{1f600} smile",
    "a b",
    "a\\b",
    "a\"b",
    "100%",
    "a_b",
    "axb",
    "a%b",
    "z",
    "~",
    "\u{10ffff}",
    "7",
    "True",
    "nul\u{fffd}",
];
const ODD: &[&str] = &["", " ", " ana", "nul\0", "a\tb", "a\u{200b}b", "line\nbreak"];
pub const TYPES: &[&str] = &["work", "Work", "home", "other", ""];
const USER_TEXTS: &[&str] = &[
    "displayName",
    "nickName",
    "title",
    "userType",
    "locale",
    "timezone",
    "profileUrl",
    "DisplayName",
    "preferredLanguage",
];
const ENTERPRISE_TEXTS: &[&str] =
    &["employeeNumber", "department", "costCenter", "division", "organization", "Department"];
const USER_PATHS: &[&str] = &[
    "userName",
    "username",
    "displayName",
    "title",
    "externalId",
    "active",
    "name",
    "name.givenName",
    "name.familyName",
    "Name.GivenName",
    "emails",
    "emails.value",
    "emails[type eq \"work\"]",
    "emails[type eq \"work\"].value",
    "emails[type eq \"home\"].value",
    "emails[type eq \"other\"].display",
    "emails[primary eq true].value",
    "emails[type eq \"work\" and value co \"a\"].primary",
    "emails[value sw \"a\"]",
    "roles",
    "roles[primary eq \"True\"].value",
    "phoneNumbers[type eq \"mobile\"].value",
    "addresses[type eq \"work\"].locality",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    "urn:ietf:params:scim:schemas:core:2.0:User:title",
    "manager",
    "department",
    "groups",
    "id",
    "meta.created",
    "password",
    "schemas",
    "shoeSize",
    "emails[",
    "emails[type eq].value",
];

/// The ids that exist at a source, and some that did.
#[derive(Default)]
pub struct Known {
    pub users: Vec<String>,
    pub groups: Vec<String>,
    pub gone: Vec<String>,
}

impl Known {
    /// An id: most are of something that is there.
    pub fn any(&self, chance: &mut Chance) -> String {
        match chance.below(12) {
            0..=6 => self.pick(chance, &self.users),
            7..=9 => self.pick(chance, &self.groups),
            _ => self.pick(chance, &self.gone),
        }
    }

    pub fn user(&self, chance: &mut Chance) -> String {
        if chance.percent(94) { self.pick(chance, &self.users) } else { self.any(chance) }
    }

    pub fn group(&self, chance: &mut Chance) -> String {
        if chance.percent(94) { self.pick(chance, &self.groups) } else { self.any(chance) }
    }

    fn pick(&self, chance: &mut Chance, ids: &[String]) -> String {
        match chance.below(40) {
            0 => "00000000-0000-7000-8000-000000000000".into(),
            1 => "nobody".into(),
            2 => ids.first().map_or("NOBODY".into(), |id| id.to_uppercase()),
            _ => chance.pick(ids).map_or_else(|| "nobody".into(), String::clone),
        }
    }
}

/// One of the first ones, rarely of the others.
pub fn mostly<T: Clone>(chance: &mut Chance, good: &[T], bad: &[T]) -> T {
    let is_good = chance.percent(95);
    one(chance, if is_good { good } else { bad })
}

/// One of several.
pub fn one<T: Clone>(chance: &mut Chance, of: &[T]) -> T {
    of[chance.below(of.len())].clone()
}

pub fn text(chance: &mut Chance) -> String {
    match chance.below(30) {
        0 => one(chance, ODD).to_owned(),
        1 => "l".repeat(one(chance, &[255, 256, 257, 511, 512, 513, 600, 4_096, 4_097])),
        2..=10 => format!("u{}", chance.below(30)),
        _ => one(chance, TEXTS).to_owned(),
    }
}

/// A value of any kind, which mostly does not fit.
fn anything(chance: &mut Chance) -> Value {
    match chance.below(9) {
        0 => Value::Null,
        1 => json!(chance.percent(50)),
        2 => json!(chance.below(100)),
        3 => json!(-0.5),
        4 => json!([]),
        5 => json!({}),
        6 => json!([text(chance), null, 7]),
        7 => json!({"value": text(chance), "type": {"x": []}}),
        _ => text(chance).into(),
    }
}

fn active(chance: &mut Chance) -> Value {
    let good = [json!(true), json!(false), json!("True"), json!("False"), json!("false")];
    mostly(chance, &good, &[json!(null), json!("maybe"), json!(1)])
}

fn element(chance: &mut Chance) -> Value {
    let mut element = Map::new();
    element.insert("value".into(), text(chance).into());
    if chance.percent(75) {
        element.insert("type".into(), one(chance, TYPES).into());
    }
    if chance.percent(25) {
        element.insert("primary".into(), active(chance));
    }
    if chance.percent(15) {
        element.insert("display".into(), text(chance).into());
    }
    element.into()
}

fn elements(chance: &mut Chance) -> Value {
    match chance.below(20) {
        0 => anything(chance),
        1 => element(chance),
        _ => (0..chance.below(4)).map(|_| element(chance)).collect(),
    }
}

fn manager(chance: &mut Chance, known: &Known) -> Value {
    let id = known.user(chance);
    match chance.below(9) {
        0 => json!(id),
        1 => json!([{"$ref": format!("../Users/{id}"), "value": id}]),
        2 => json!(""),
        3 => Value::Null,
        4 => json!({"value": id, "displayName": text(chance)}),
        _ => json!({"value": id}),
    }
}

fn enterprise(chance: &mut Chance, known: &Known) -> Value {
    let mut container = Map::new();
    for _ in 0..chance.below(3) {
        container.insert(one(chance, ENTERPRISE_TEXTS).into(), text(chance).into());
    }
    if chance.percent(35) {
        container.insert("manager".into(), manager(chance, known));
    }
    container.into()
}

fn schemas(chance: &mut Chance, urn: &str) -> Option<Value> {
    Some(match chance.below(24) {
        0 => return None,
        1 => json!([]),
        2 => json!([urn.to_uppercase()]),
        3 => json!([urn, "urn:x:unknown"]),
        4 => json!(["urn:scim:schemas:core:2.0", "urn:scim:schemas:extension:enterprise:2.0"]),
        5 => json!([urn, urn]),
        6..=12 => json!([urn, ENTERPRISE_URN]),
        _ => json!([urn]),
    })
}

/// A body for POST or PUT of a user.
pub fn user(chance: &mut Chance, known: &Known) -> Value {
    let mut body = Map::new();
    if let Some(urns) = schemas(chance, USER_URN) {
        body.insert("schemas".into(), urns);
    }
    if chance.percent(97) {
        body.insert("userName".into(), text(chance).into());
    }
    if chance.percent(50) {
        body.insert("externalId".into(), text(chance).into());
    }
    if chance.percent(50) {
        body.insert("active".into(), active(chance));
    }
    if chance.percent(50) {
        body.insert("name".into(), json!({"givenName": text(chance), "familyName": text(chance)}));
    }
    for name in ["emails", "phoneNumbers", "roles", "addresses"] {
        if chance.percent(if name == "emails" { 60 } else { 12 }) {
            body.insert(name.into(), elements(chance));
        }
    }
    for _ in 0..chance.below(3) {
        body.insert(one(chance, USER_TEXTS).into(), text(chance).into());
    }
    if chance.percent(35) {
        body.insert(ENTERPRISE_URN.into(), enterprise(chance, known));
    }
    match chance.below(14) {
        0 => {
            // What a client that reads, merges and puts sends back.
            body.insert("id".into(), known.any(chance).into());
            body.insert("meta".into(), json!({"resourceType": "User", "version": "W/\"1\""}));
            body.insert("groups".into(), json!([{"value": known.group(chance), "display": "x"}]));
        }
        1 => {
            body.insert("password".into(), text(chance).into());
        }
        2 => {
            body.insert("shoeSize".into(), anything(chance));
        }
        3 => {
            body.insert("title".into(), anything(chance));
        }
        _ => {}
    }
    body.into()
}

fn member(chance: &mut Chance, known: &Known) -> Value {
    let id = if chance.percent(80) { known.user(chance) } else { known.any(chance) };
    match chance.below(10) {
        0 => json!(id),
        1 => json!({"value": id, "$ref": null, "display": text(chance)}),
        2 => json!({"value": id, "type": one(chance, &["User", "Group", "x"])}),
        3 => json!({"$ref": null, "value": id}),
        _ => json!({"value": id}),
    }
}

fn members(chance: &mut Chance, known: &Known) -> Value {
    match chance.below(30) {
        0 => anything(chance),
        1 => member(chance, known),
        _ => (0..chance.below(5)).map(|_| member(chance, known)).collect(),
    }
}

/// A body for POST or PUT of a group.
pub fn group(chance: &mut Chance, known: &Known) -> Value {
    let mut body = Map::new();
    if let Some(urns) = schemas(chance, GROUP_URN) {
        body.insert("schemas".into(), urns);
    }
    if chance.percent(97) {
        body.insert("displayName".into(), text(chance).into());
    }
    if chance.percent(30) {
        body.insert("externalId".into(), text(chance).into());
    }
    if chance.percent(60) {
        body.insert("members".into(), members(chance, known));
    }
    if chance.percent(8) {
        body.insert("id".into(), known.any(chance).into());
        body.insert("meta".into(), json!({"resourceType": "Group"}));
    }
    body.into()
}

fn operations(chance: &mut Chance, mut operation: impl FnMut(&mut Chance) -> Value) -> Value {
    let operations: Vec<Value> = (0..1 + chance.below(3)).map(|_| operation(chance)).collect();
    match chance.below(40) {
        0 => json!({"Operations": operations}),
        1 => json!({"schemas": [PATCH_URN], "operations": operations}),
        2 => json!({"schemas": [PATCH_URN], "Operations": []}),
        3 => json!({"schemas": [PATCH_URN], "Operations": operations[0]}),
        _ => json!({"schemas": [PATCH_URN], "Operations": operations}),
    }
}

fn op(chance: &mut Chance) -> &'static str {
    mostly(chance, &["add", "replace", "remove", "Add", "Replace", "Remove"], &["REPLACE", "move", ""])
}

/// A PATCH of a user.
pub fn user_patch(chance: &mut Chance, known: &Known) -> Value {
    operations(chance, |chance| match chance.below(12) {
        // W03, W04, W05, W07, W12 of wire.md 1.4.
        0 => json!({"op": "Replace", "path": "emails[type eq \"work\"].value", "value": text(chance)}),
        1 => json!({"op": "replace", "value": {
            "displayName": text(chance), "name.givenName": text(chance), "active": active(chance),
            "emails[type eq \"work\"].value": text(chance), format!("{ENTERPRISE_URN}:department"): text(chance)}}),
        2 => json!({"op": op(chance), "path": "manager", "value": manager(chance, known)}),
        3 => json!({"op": op(chance), "path": format!("{ENTERPRISE_URN}:manager"), "value": manager(chance, known)}),
        4 => json!({"op": "Replace", "path": "active", "value": active(chance)}),
        5 => json!({"op": "replace", "value": json!({"active": active(chance), "title": text(chance)}).to_string()}),
        6 => json!({"op": op(chance), "value": user(chance, known)}),
        7 => json!({"op": op(chance), "path": "emails", "value": elements(chance)}),
        8 => {
            json!({"op": "Add", "path": "roles", "value": [{"value": json!({"id": "1", "value": text(chance)}).to_string()}]})
        }
        9 => json!({"op": "remove", "path": one(chance, USER_PATHS)}),
        10 => json!({"op": op(chance), "path": one(chance, USER_PATHS), "value": anything(chance)}),
        _ => json!({"op": op(chance), "path": one(chance, USER_PATHS), "value": text(chance)}),
    })
}

/// A PATCH of a group.
pub fn group_patch(chance: &mut Chance, known: &Known) -> Value {
    operations(chance, |chance| {
        let id = known.user(chance);
        match chance.below(16) {
            // W08 to W13 of wire.md 1.4.
            0 => json!({"op": "replace", "value": {"id": known.any(chance), "displayName": text(chance)}}),
            1 => json!({"op": "remove", "path": format!("members[value eq {}]", json!(id))}),
            2..=4 => json!({"op": "add", "path": "members", "value": members(chance, known)}),
            5 => json!({"op": "Remove", "path": "members", "value": members(chance, known)}),
            6 => json!({"op": "remove", "path": "members", "value": one(chance, &[json!({"value": id}), json!(id)])}),
            7 => json!({"op": "remove", "value": {"members": members(chance, known)}}),
            8 => {
                json!({"op": "remove", "path": format!("members[value eq {} or value eq {}]", json!(id), json!(known.any(chance)))})
            }
            9 => json!({"op": "remove", "path": "members"}),
            10 => {
                json!({"op": "replace", "value": {"schemas": [GROUP_URN], "externalId": text(chance), "displayName": text(chance)}})
            }
            11 => json!({"op": "add", "value": {"members": members(chance, known)}}),
            12 => json!({"op": op(chance), "path": "members", "value": members(chance, known)}),
            13 => {
                json!({"op": op(chance), "path": one(chance, &["displayName", "externalId", "members.value", "members[type eq \"User\"]", "members.display", "x"]), "value": text(chance)})
            }
            14 => json!({"op": op(chance), "path": "members", "value": anything(chance)}),
            _ => json!({"op": "Replace", "path": "displayName", "value": text(chance)}),
        }
    })
}
