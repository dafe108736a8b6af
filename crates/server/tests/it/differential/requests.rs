//! What is asked: requests made up from what earlier answers told.

use std::{collections::HashMap, fmt};

use scim::{BULK_REQUEST_URN, SEARCH_URN};
use serde_json::{Map, Value, json};

use super::{
    filters::filter,
    people::{self, Known, mostly, one},
    twins::Answer,
};
use crate::chance::Chance;

/// Which base a path is below of.
#[derive(Clone, Copy)]
pub enum Place {
    /// The tolerant source or the strict one.
    Source(usize),
    /// The admin API, for what the directory made of it all.
    Api,
}

/// One request, for both servers.
pub struct Request {
    pub place: Place,
    pub method: &'static str,
    pub path: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Option<Vec<u8>>,
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = match self.place {
            Place::Source(0) => "tolerant",
            Place::Source(_) => "strict",
            Place::Api => "api",
        };
        let body = self.body.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
        write!(f, "{place} {} {} {:?} {body}", self.method, self.path, self.headers)
    }
}

/// What is known of the servers, and chance.
pub struct World {
    chance: Chance,
    sources: [Known; 2],
    /// The last version seen of each resource.
    etags: HashMap<String, String>,
    /// Lists that go on: the path, and the cursor.
    cursors: Vec<(usize, String, String)>,
    /// How often each status came.
    statuses: HashMap<(&'static str, u16), usize>,
}

const ATTRIBUTES: &[&str] = &[
    "userName",
    "displayName",
    "emails",
    "emails.value",
    "members",
    "members.value",
    "groups",
    "id",
    "meta",
    "meta.created",
    "name.familyName",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    "department",
    "active",
    "nobody",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
    "schemas",
    "externalId",
    "",
    "Emails.Type",
];
const SORTS: &[&str] = &[
    "userName",
    "displayName",
    "name.familyName",
    "emails",
    "emails.value",
    "meta.lastModified",
    "meta.created",
    "active",
    "id",
    "externalId",
    "title",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
    "nobody",
    "members",
    "[",
];
const PATHS: &[&str] = &[
    "",
    "/",
    "/Users/",
    "/Users/x/y",
    "/users",
    "/Me",
    "/Schemas",
    "/ResourceTypes",
    "/ServiceProviderConfig",
    "/Bulk",
    "/Nothing",
    "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User",
    "/ResourceTypes/Group",
    "/.search",
    "/Users/.search",
    "//Groups",
];

/// More would make each list, and so each step, longer.
const MOST: usize = 40;

impl World {
    pub fn new(chance: Chance) -> World {
        World {
            chance,
            sources: Default::default(),
            etags: HashMap::new(),
            cursors: Vec::new(),
            statuses: HashMap::new(),
        }
    }

    /// The next request.
    pub fn request(&mut self) -> Request {
        let source = usize::from(self.chance.percent(30));
        let (chance, known) = (&mut self.chance, &self.sources[source]);
        let is_full = known.users.len() > MOST;
        let on = |method, path: String, body: Option<Value>| Request {
            place: Place::Source(source),
            method,
            path,
            headers: Vec::new(),
            body: body.map(|body| serde_json::to_vec(&body).unwrap()),
        };
        // Without people and groups there is little to ask.
        let mut request = match chance.below(if known.groups.len() < 2 { 60 } else { 100 }) {
            _ if known.users.len() < 4 => on("POST", "/Users".into(), Some(people::user(chance, known))),
            40..60 if known.groups.len() < 2 => on("POST", "/Groups".into(), Some(people::group(chance, known))),
            0..=11 if !is_full => on("POST", "/Users".into(), Some(people::user(chance, known))),
            0..=13 => on("DELETE", format!("/Users/{}", known.user(chance)), None),
            14..=20 => on("PUT", format!("/Users/{}", known.user(chance)), Some(people::user(chance, known))),
            21..=36 => on("PATCH", format!("/Users/{}", known.user(chance)), Some(people::user_patch(chance, known))),
            37..=41 if known.groups.len() < MOST / 2 => {
                on("POST", "/Groups".into(), Some(people::group(chance, known)))
            }
            37..=43 => on("DELETE", format!("/Groups/{}", known.group(chance)), None),
            44..=48 => on("PUT", format!("/Groups/{}", known.group(chance)), Some(people::group(chance, known))),
            49..=62 => {
                on("PATCH", format!("/Groups/{}", known.group(chance)), Some(people::group_patch(chance, known)))
            }
            63..=65 => on("GET", format!("/Users/{}", known.user(chance)), None),
            66..=68 => on("GET", format!("/Groups/{}", known.group(chance)), None),
            69..=85 => {
                let at = one(chance, &["/Users", "/Users", "/Groups", "/"]);
                on("GET", format!("{at}?{}", in_url(&question(chance, known))), None)
            }
            86..=89 => {
                let at = one(chance, &["/Users/.search", "/Groups/.search", "/.search"]);
                let mut body: Map<String, Value> = question(chance, known).into_iter().collect();
                body.insert("schemas".into(), json!([SEARCH_URN]));
                on("POST", at.into(), Some(body.into()))
            }
            90..=92 => on("POST", "/Bulk".into(), Some(bulk(chance, known))),
            93 | 94 => return self.continued().unwrap_or_else(|| on("GET", "/Users?count=3&cursor=".into(), None)),
            95 => {
                let method = one(chance, &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]);
                on(method, one(chance, PATHS).to_owned(), Some(people::user(chance, known)))
            }
            _ => return directory(chance),
        };
        if request.method != "GET" && chance.percent(8) && !request.path.contains('?') {
            request.path += &format!("?{}", in_url(&projection(chance)));
        }
        self.dress(&mut request);
        request
    }

    /// Headers, and now and then a body that broke on its way.
    fn dress(&mut self, request: &mut Request) {
        let chance = &mut self.chance;
        if let Some(body) = &mut request.body {
            let good = ["application/scim+json", "application/json; charset=utf-8"];
            request
                .headers
                .push(("content-type", mostly(chance, &good, &["text/plain", "application/xml"]).to_owned()));
            if chance.percent(2) {
                body.truncate(chance.below(body.len()));
            } else if chance.percent(1) {
                let at = chance.below(body.len());
                body[at] = b"\"{}[],:0\xff\0"[chance.below(10)];
            }
        }
        let id = request.path.rsplit('/').next().unwrap_or_default();
        let version = self.etags.get(id).cloned().unwrap_or_else(|| "W/\"1\"".into());
        let version = match chance.below(6) {
            0 => "*".into(),
            1 => "W/\"1\"".into(),
            2 => "\"2\", W/\"3\"".into(),
            3 => "seven".into(),
            _ => version,
        };
        if chance.percent(15) {
            request.headers.push((if request.method == "GET" { "if-none-match" } else { "if-match" }, version));
        }
    }

    /// The next page of a list, or one that is not.
    fn continued(&mut self) -> Option<Request> {
        if self.cursors.is_empty() {
            return None;
        }
        let at = self.chance.below(self.cursors.len());
        let (source, path, cursor) =
            if self.chance.percent(70) { self.cursors.swap_remove(at) } else { self.cursors[at].clone() };
        let other = usize::from(self.chance.percent(5));
        let cursor = if self.chance.percent(5) { cursor.to_lowercase() } else { cursor };
        let path = format!("{path}&cursor={cursor}");
        Some(Request { place: Place::Source(source ^ other), method: "GET", path, headers: Vec::new(), body: None })
    }

    /// Remember what an answer tells.
    pub fn learn(&mut self, request: &Request, answer: &Answer) {
        *self.statuses.entry((request.method, answer.status)).or_default() += 1;
        // Nothing that anybody else says can keep a source from taking back what it said.
        assert!((request.method, answer.status) != ("DELETE", 409), "{request}\n{answer}");
        let Place::Source(source) = request.place else { return };
        let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        let location = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        match (request.method, answer.status) {
            ("POST", 201) => self.made(source, &location(&body["meta"]["location"])),
            ("DELETE", 204) => self.gone(source, request.path.rsplit('/').next().unwrap_or_default()),
            ("POST", 200) => {
                for operation in body["Operations"].as_array().into_iter().flatten() {
                    let location = location(&operation["location"]);
                    match (operation["method"].as_str(), operation["status"].as_str()) {
                        (Some("POST"), Some("201")) => self.made(source, &location),
                        (Some("DELETE"), Some("204")) => {
                            self.gone(source, location.rsplit('/').next().unwrap_or_default());
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
        if let (Some(id), Some(version)) = (body["id"].as_str(), body["meta"]["version"].as_str()) {
            self.etags.insert(id.to_owned(), version.to_owned());
        }
        if let (Some(cursor), "GET") = (body["nextCursor"].as_str(), request.method) {
            let path = request.path.split("&cursor=").next().unwrap_or_default().to_owned();
            self.cursors.push((source, path, cursor.to_owned()));
        }
    }

    fn made(&mut self, source: usize, location: &str) {
        let known = &mut self.sources[source];
        let Some((path, id)) = location.rsplit_once('/') else { return };
        let ids = if path.ends_with("/Groups") { &mut known.groups } else { &mut known.users };
        ids.push(id.to_owned());
    }

    fn gone(&mut self, source: usize, id: &str) {
        let known = &mut self.sources[source];
        known.users.retain(|one| one != id);
        known.groups.retain(|one| one != id);
        known.gone.push(id.to_owned());
    }

    /// That the requests were worth asking: each kind of change was made, and refused.
    pub fn check(&self, seed: u64) {
        let often = |method, status| self.statuses.get(&(method, status)).copied().unwrap_or(0);
        println!("seed {seed}: {:?}", self.statuses);
        for (method, status, least) in [
            ("POST", 201, 50),
            ("POST", 409, 20),
            ("POST", 400, 20),
            ("PUT", 200, 50),
            ("PATCH", 200, 150),
            ("PATCH", 400, 50),
            ("PATCH", 412, 5),
            ("DELETE", 204, 20),
            ("DELETE", 404, 1),
            ("GET", 200, 200),
            ("GET", 400, 50),
        ] {
            assert!(often(method, status) >= least, "seed {seed}: only {} × {method} {status}", often(method, status));
        }
    }
}

/// What the directory made of it: people, groups, the audit trail.
fn directory(chance: &mut Chance) -> Request {
    let path = one(chance, &["/users?limit=50", "/groups?limit=50", "/changes?limit=20", "/users?limit=7&search=a"]);
    Request { place: Place::Api, method: "GET", path: path.into(), headers: Vec::new(), body: None }
}

fn projection(chance: &mut Chance) -> Vec<(String, Value)> {
    let names: Vec<_> = (0..1 + chance.below(3)).map(|_| one(chance, ATTRIBUTES)).collect();
    vec![(one(chance, &["attributes", "excludedAttributes"]).into(), names.join(",").into())]
}

/// A question to a list.
fn question(chance: &mut Chance, known: &Known) -> Vec<(String, Value)> {
    let mut question = Vec::new();
    let mut ask = |name: &str, value: Value| question.push((name.to_owned(), value));
    if chance.percent(75) {
        ask("filter", filter(chance, known).into());
    }
    if chance.percent(25) {
        ask("sortBy", one(chance, SORTS).into());
        ask("sortOrder", mostly(chance, &["ascending", "descending"], &["Descending", "upwards"]).into());
    }
    if chance.percent(30) {
        ask(
            "startIndex",
            one(chance, &[json!(1), json!(0), json!(-1), json!(2), json!(7), json!(39), json!(1_000_000), json!("x")]),
        );
    }
    if chance.percent(40) {
        ask(
            "count",
            one(chance, &[json!(0), json!(1), json!(2), json!(5), json!(10), json!(500), json!(-3), json!("ten")]),
        );
    }
    if chance.percent(20) {
        for (name, value) in projection(chance) {
            ask(&name, value);
        }
    }
    if chance.percent(25) {
        ask("cursor", one(chance, &["", "", "", "AAAA"]).into());
    }
    question
}

fn in_url(question: &[(String, Value)]) -> String {
    let mut text = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in question {
        text.append_pair(name, value.as_str().map_or_else(|| value.to_string(), str::to_owned).as_str());
    }
    // The cursor, if there is one, is the last: its next one takes its place.
    text.finish()
}

/// A bulk request whose operations refer to each other, to what is there, and to nothing.
fn bulk(chance: &mut Chance, known: &Known) -> Value {
    let length = chance.below(7);
    let refer = |chance: &mut Chance| format!("bulkId:b{}", chance.below(length + 1));
    let operations: Vec<Value> = (0..length)
        .map(|number| {
            let (name, user) = (format!("b{number}"), format!("/Users/{}", known.user(chance)));
            match chance.below(9) {
                0..=2 => {
                    let mut data = people::user(chance, known);
                    if chance.percent(30) {
                        data[scim::ENTERPRISE_URN] = json!({"manager": {"value": refer(chance)}});
                    }
                    json!({"method": "POST", "path": "/Users", "bulkId": name, "data": data})
                }
                3 | 4 => {
                    let mut data = people::group(chance, known);
                    if chance.percent(60) {
                        data["members"] = json!([{"value": refer(chance)}, {"value": known.user(chance)}]);
                    }
                    json!({"method": "post", "path": "/Groups", "bulkId": name, "data": data})
                }
                5 => json!({"method": "PATCH", "path": user, "data": people::user_patch(chance, known)}),
                6 => json!({"method": "PATCH", "path": format!("/Groups/{}", refer(chance)), "version": "W/\"1\"",
                            "data": people::group_patch(chance, known)}),
                7 => json!({"method": "DELETE", "path": user}),
                _ => json!({"method": one(chance, &["PUT", "GET", "POST", "DELETE"]), "path": one(chance, &["/Users", "/Nothing", "/Groups/x"]),
                            "data": people::user(chance, known)}),
            }
        })
        .collect();
    let mut body = json!({"schemas": [BULK_REQUEST_URN], "Operations": operations});
    if chance.percent(30) {
        body["failOnErrors"] = one(chance, &[json!(1), json!(2), json!(0), json!("x")]);
    }
    body
}
