//! An application: a small SCIM service in memory. It knows nothing about faults; those happen on the wire.

use scim::{Filter, GROUP_URN, Object, Patch, ResourceType, Tolerance, USER_URN, fold::fold, resource};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What an application is like.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// PATCH is supported.
    pub patch: bool,
    /// It says so truthfully in its ServiceProviderConfig.
    pub honest: bool,
    /// `userName` and a group's `displayName` are unique.
    pub unique: bool,
    /// An account that goes leaves its groups.
    pub tidy: bool,
    /// Most rows in one answer.
    pub page: usize,
}

impl Default for Manner {
    fn default() -> Manner {
        Manner { patch: true, honest: true, unique: true, tidy: true, page: 200 }
    }
}

/// A request as the application sees it.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    /// Without the base path and the query.
    pub path: String,
    pub query: Vec<(String, String)>,
    pub body: Option<Value>,
}

impl Asked {
    pub fn writes(&self) -> bool {
        self.method != "GET"
    }
}

/// Its answer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

/// The service and what it holds.
#[derive(Clone, Debug, Default)]
pub struct App {
    pub manner: Manner,
    pub users: BTreeMap<String, Object>,
    pub groups: BTreeMap<String, Object>,
    /// Every `externalId` an account ever had: whose it was.
    pub owners: BTreeMap<String, BTreeSet<String>>,
    /// What was there before Lockstep came.
    pub initial: BTreeMap<String, Object>,
    /// Members it refuses.
    pub refused: BTreeSet<String>,
    made: u64,
}

impl App {
    pub fn new(manner: Manner) -> App {
        App { manner, ..App::default() }
    }

    /// Something that is there from the beginning.
    pub fn has(&mut self, endpoint: &str, doc: Value) -> String {
        let id = self.id(endpoint);
        let doc = doc.as_object().unwrap().clone();
        self.initial.insert(id.clone(), doc.clone());
        self.collection(endpoint).insert(id.clone(), doc);
        id
    }

    fn id(&mut self, endpoint: &str) -> String {
        self.made += 1;
        format!("{}{}", if endpoint == "Users" { "u" } else { "g" }, self.made)
    }

    fn collection(&mut self, endpoint: &str) -> &mut BTreeMap<String, Object> {
        if endpoint == "Users" { &mut self.users } else { &mut self.groups }
    }

    /// Carry out a request.
    pub fn answer(&mut self, asked: &Asked) -> Answer {
        let mut parts = asked.path.trim_matches('/').split('/');
        let (endpoint, id) = (parts.next().unwrap_or_default(), parts.next());
        let rt = match endpoint {
            "ServiceProviderConfig" => return self.config(),
            "Users" => ResourceType::user(),
            "Groups" => ResourceType::group(),
            _ => return error(404, None, "there is no such endpoint"),
        };
        match (asked.method.as_str(), id) {
            ("GET", None) => self.list(endpoint, rt, asked),
            ("GET", Some(id)) => match self.collection(endpoint).get(id) {
                Some(doc) => shown(200, endpoint, id, doc),
                None => gone(id),
            },
            ("POST", None) => self.create(endpoint, rt, asked),
            ("DELETE", Some(id)) => self.delete(endpoint, id),
            ("PATCH", Some(_)) if !self.manner.patch => error(501, None, "PATCH is not supported"),
            ("PATCH" | "PUT", Some(id)) => self.change(endpoint, id, rt, asked),
            _ => error(405, None, "not here"),
        }
    }

    fn config(&self) -> Answer {
        let patch = self.manner.patch || !self.manner.honest;
        let off = json!({"supported": false});
        Answer {
            status: 200,
            body: json!({"patch": {"supported": patch}, "filter": {"supported": true, "maxResults": 200},
            "bulk": off, "etag": off, "sort": off, "changePassword": off, "authenticationSchemes": []}),
        }
    }

    fn list(&mut self, endpoint: &str, rt: &ResourceType, asked: &Asked) -> Answer {
        let parameter = |name: &str| asked.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let filter = parameter("filter")
            .map(|text| Filter::parse(text).and_then(|filter| filter.resolve(rt, &Tolerance::tolerant())));
        let filter = match filter.transpose() {
            Ok(filter) => filter,
            Err(fault) => return error(400, Some("invalidFilter"), &fault.to_string()),
        };
        let page = self.manner.page;
        let without_members = parameter("excludedAttributes").is_some_and(|list| list.contains("members"));
        let found = self
            .collection(endpoint)
            .iter()
            .filter(|(_, doc)| filter.as_ref().is_none_or(|filter| filter.matches(doc, rt)));
        let rows: Vec<Value> = found
            .map(|(id, doc)| {
                let mut row = shown(200, endpoint, id, doc).body;
                if without_members {
                    row.as_object_mut().unwrap().remove("members");
                }
                row
            })
            .collect();
        let number = |name: &str, otherwise: usize| parameter(name).and_then(|n| n.parse().ok()).unwrap_or(otherwise);
        let (start, count) = (number("startIndex", 1).max(1), number("count", page).min(page));
        let total = rows.len() as u64;
        let shown = rows.into_iter().skip(start - 1).take(count).collect();
        Answer { status: 200, body: scim::list_response(total, Some(start as u64), shown) }
    }

    fn create(&mut self, endpoint: &str, rt: &ResourceType, asked: &Asked) -> Answer {
        let doc = match resource::read(asked.body.clone().unwrap_or_default(), rt, &Tolerance::tolerant()) {
            Ok(doc) => doc,
            Err(fault) => return error(400, Some("invalidValue"), &fault.to_string()),
        };
        if let Some(refusal) = self.refusal(endpoint, None, &doc) {
            return refusal;
        }
        let id = self.id(endpoint);
        self.store(endpoint, &id, doc.clone());
        shown(201, endpoint, &id, &doc)
    }

    fn change(&mut self, endpoint: &str, id: &str, rt: &ResourceType, asked: &Asked) -> Answer {
        let Some(before) = self.collection(endpoint).get(id).cloned() else { return gone(id) };
        let (body, tolerance) = (asked.body.clone().unwrap_or_default(), Tolerance::tolerant());
        let after = if asked.method == "PUT" {
            resource::read(body, rt, &tolerance)
        } else {
            Patch::read(&body, rt, &tolerance).and_then(|patch| patch.apply(&before, rt, &tolerance))
        };
        let mut after = match after {
            Ok(after) => after,
            Err(fault) => return error(fault.status, fault.scim_type.map(|word| word.as_str()), &fault.to_string()),
        };
        for attribute in ["id", "meta", "groups"] {
            after.remove(attribute);
        }
        if let Some(refusal) = self.refusal(endpoint, Some((id, &before)), &after) {
            return refusal;
        }
        self.store(endpoint, id, after.clone());
        shown(200, endpoint, id, &after)
    }

    fn store(&mut self, endpoint: &str, id: &str, doc: Object) {
        if let Some(owner) = text(&doc, "externalId") {
            self.owners.entry(id.to_owned()).or_default().insert(owner.to_owned());
        }
        self.collection(endpoint).insert(id.to_owned(), doc);
    }

    /// Why it will not have this.
    fn refusal(&self, endpoint: &str, before: Option<(&str, &Object)>, doc: &Object) -> Option<Answer> {
        let (name, all) = if endpoint == "Users" { ("userName", &self.users) } else { ("displayName", &self.groups) };
        let Some(value) = text(doc, name) else { return Some(error(400, Some("invalidValue"), "it has no name")) };
        let same = |other: &Object| text(other, name).is_some_and(|other| fold(other) == fold(value));
        if self.manner.unique && all.iter().any(|(id, other)| before.is_none_or(|(mine, _)| mine != id) && same(other))
        {
            return Some(error(409, Some("uniqueness"), "the name is taken"));
        }
        let had: BTreeSet<&str> = before.map(|(_, doc)| members(doc)).unwrap_or_default();
        let unknown = members(doc)
            .into_iter()
            .find(|id| !had.contains(id) && (!self.users.contains_key(*id) || self.refused.contains(*id)));
        unknown.map(|id| error(400, Some("invalidValue"), &format!("there is no user {id}")))
    }

    fn delete(&mut self, endpoint: &str, id: &str) -> Answer {
        if self.collection(endpoint).remove(id).is_none() {
            return gone(id);
        }
        if endpoint == "Users" && self.manner.tidy {
            for group in self.groups.values_mut() {
                if let Some(Value::Array(members)) = group.get_mut("members") {
                    members.retain(|member| member["value"] != id);
                }
            }
        }
        Answer { status: 204, body: Value::Null }
    }

    /// Somebody removes it by hand.
    pub fn forget(&mut self, endpoint: &str, id: &str) {
        self.delete(endpoint, id);
    }

    /// What it holds now, to see whether anything changed.
    pub fn content(&self) -> (BTreeMap<String, Object>, BTreeMap<String, Object>) {
        (self.users.clone(), self.groups.clone())
    }
}

/// A text attribute.
pub fn text<'a>(doc: &'a Object, attribute: &str) -> Option<&'a str> {
    doc.get(attribute)?.as_str()
}

/// The ids in `members`.
pub fn members(group: &Object) -> BTreeSet<&str> {
    group
        .get("members")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|member| member.get("value")?.as_str())
        .collect()
}

fn shown(status: u16, endpoint: &str, id: &str, doc: &Object) -> Answer {
    let mut body = doc.clone();
    body.entry("schemas").or_insert_with(|| json!([if endpoint == "Users" { USER_URN } else { GROUP_URN }]));
    body.insert("id".into(), id.into());
    body.insert("meta".into(), json!({"resourceType": endpoint.trim_end_matches('s')}));
    Answer { status, body: body.into() }
}

fn gone(id: &str) -> Answer {
    error(404, None, &format!("there is no {id}"))
}

fn error(status: u16, scim_type: Option<&str>, detail: &str) -> Answer {
    let mut body = json!({"schemas": [scim::ERROR_URN], "status": status.to_string(), "detail": detail});
    if let Some(word) = scim_type {
        body["scimType"] = word.into();
    }
    Answer { status, body }
}
