//! What the test believes: who exists, who should have what, and what may be sent. Worked out from the operations
//! the test itself made, and from nothing the engine says.

use directory::application::{Matching, Removal};
use scim::{ENTERPRISE_URN, Object, fold::fold};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

use crate::app::{App, Asked, text};

#[derive(Clone, Debug)]
pub struct Person {
    pub record: Uuid,
    pub id: Uuid,
    pub user_name: String,
    pub given: String,
    pub title: Option<String>,
    pub email: String,
    pub department: Option<String>,
    pub manager: Option<usize>,
    pub active: bool,
    pub held: bool,
    /// The source still has a record.
    pub recorded: bool,
    /// The directory still has the user: with a record, or kept because of a hold.
    pub alive: bool,
    pub renamed: bool,
}

#[derive(Clone, Debug)]
pub struct Team {
    pub id: Uuid,
    /// A group of the source, not a manual one.
    pub record: Option<Uuid>,
    pub name: String,
    pub people: BTreeSet<usize>,
    pub teams: BTreeSet<usize>,
    pub alive: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Who {
    Person(usize),
    Team(usize),
    Everyone,
}

/// An application as the directory knows it.
#[derive(Clone, Debug)]
pub struct Place {
    pub id: Uuid,
    pub host: String,
    pub active: bool,
    pub assigned: BTreeSet<Who>,
    pub pushed: BTreeSet<usize>,
    pub on_unassigned: Removal,
    pub on_removed: Removal,
    pub matching: Matching,
    pub mapping: usize,
    /// Removed groups were to stay at some time.
    pub kept_groups: bool,
    /// Who had no access at some time since the planner last finished: what it knows may be that old.
    pub absent: BTreeSet<usize>,
    /// Removed by hand: not missed before something changes.
    pub forgotten: BTreeSet<usize>,
    pub forgotten_teams: BTreeSet<usize>,
    /// Remote ids that are gone for good.
    pub gone: BTreeSet<String>,
}

#[derive(Clone, Debug, Default)]
pub struct Model {
    pub people: Vec<Person>,
    pub teams: Vec<Team>,
    pub places: Vec<Place>,
}

impl Model {
    /// Everyone inside a team, directly or through other teams.
    pub fn inside(&self, team: usize) -> BTreeSet<usize> {
        let (mut found, mut seen, mut open) = (BTreeSet::new(), BTreeSet::new(), vec![team]);
        while let Some(team) = open.pop() {
            if seen.insert(team) && self.teams[team].alive {
                found.extend(self.teams[team].people.iter().copied().filter(|person| self.people[*person].alive));
                open.extend(&self.teams[team].teams);
            }
        }
        found
    }

    /// Whether `inner` is inside `outer`, or is it.
    pub fn holds(&self, outer: usize, inner: usize) -> bool {
        outer == inner || self.teams[outer].teams.iter().any(|team| self.holds(*team, inner))
    }

    pub fn effective(&self, place: usize, person: usize) -> bool {
        self.people[person].alive
            && self.places[place].assigned.iter().any(|who| match who {
                Who::Person(assigned) => *assigned == person,
                Who::Team(team) => self.inside(*team).contains(&person),
                Who::Everyone => true,
            })
    }

    fn without_access(&self, place: usize) -> BTreeSet<usize> {
        (0..self.people.len()).filter(|person| !self.effective(place, *person)).collect()
    }

    /// The directory changed: the planner may still be acting on what was before, or on this.
    pub fn changed(&mut self) {
        for place in 0..self.places.len() {
            let absent = self.without_access(place);
            self.places[place].absent.extend(absent);
        }
    }

    /// The planner has seen everything.
    pub fn planned(&mut self) {
        for place in 0..self.places.len() {
            self.places[place].absent = self.without_access(place);
        }
    }

    pub fn place(&self, host: &str) -> Option<usize> {
        self.places.iter().position(|place| place.host == host)
    }

    /// Whose account this is, as far as it says so.
    pub fn owner(&self, doc: &Object) -> Option<usize> {
        let owner = text(doc, "externalId")?;
        self.people.iter().position(|person| person.id.to_string() == owner)
    }

    /// The account of a person that an application holds.
    pub fn account<'a>(&self, app: &'a App, person: usize) -> Option<(&'a String, &'a Object)> {
        app.users.iter().find(|(_, doc)| self.owner(doc) == Some(person))
    }

    /// The attributes that the mapping decides, and their values. `None`: there should be none.
    pub fn attributes(&self, place: usize, person: usize, app: &App) -> BTreeMap<&'static str, Option<Value>> {
        let (place, person) = (&self.places[place], &self.people[person]);
        let manager = person.manager.filter(|manager| self.people[*manager].alive);
        let manager = manager.and_then(|manager| Some(self.account(app, manager)?.0.clone()));
        let mut enterprise = Object::new();
        if let Some(department) = &person.department {
            enterprise.insert("department".into(), department.clone().into());
        }
        if let Some(manager) = manager {
            enterprise.insert("manager".into(), json!({"value": manager}));
        }
        let display =
            if place.mapping == 1 { format!("{} ({})", person.given, person.user_name) } else { person.given.clone() };
        let mut wanted = BTreeMap::from([
            ("userName", Some(json!(person.user_name))),
            ("externalId", Some(json!(person.id.to_string()))),
            ("active", Some(json!(person.active))),
            ("name", Some(json!({"givenName": person.given, "familyName": "Test"}))),
            ("displayName", Some(json!(display))),
            ("emails", Some(json!([{"value": person.email, "type": "work", "primary": true}]))),
            ("title", person.title.as_ref().map(|title| json!(title))),
            ("nickName", None),
            (ENTERPRISE_URN, Some(enterprise.into()).filter(|enterprise| enterprise != &json!({}))),
        ]);
        if place.mapping == 2 {
            // This mapping says nothing about the title: it stays as it is.
            wanted.remove("title");
        }
        wanted
    }

    /// The attributes of an account that differ from what they should be.
    pub fn differences(&self, place: usize, person: usize, app: &App, doc: &Object) -> Vec<String> {
        let mut wrong = Vec::new();
        for (attribute, wanted) in self.attributes(place, person, app) {
            let mut held = doc.get(attribute).cloned().filter(|value| !value.is_null() && value != &json!([]));
            if let (true, Some(Value::Object(enterprise))) = (attribute == ENTERPRISE_URN, &mut held) {
                // The reference to an account that somebody removed by hand is not missed; and one that was adopted
                // and let go of before anything was sent does not say whose it is.
                let manager = enterprise.get("manager").and_then(|manager| manager["value"].as_str());
                let unnamed = |id| app.initial.contains_key(id) && !app.owners.contains_key(id);
                if manager.is_some_and(|id| self.places[place].gone.contains(id) || unnamed(id)) {
                    continue;
                }
            }
            if held != wanted {
                wrong.push(format!("{attribute} is {held:?}, should be {wanted:?}"));
            }
        }
        wrong
    }

    /// What must never be sent, whatever else happens. `before` and `after`: the resource it changed.
    pub fn judge(&self, host: &str, asked: &Asked, before: Option<&Object>, after: Option<&Object>) -> Option<String> {
        let index = self.place(host)?;
        let place = &self.places[index];
        if !place.active {
            return Some(format!("{host} is paused and was asked {} {}", asked.method, asked.path));
        }
        if !asked.path.starts_with("/Users") {
            return None;
        }
        let before = before?;
        let active = |doc: &Object| doc.get("active") != Some(&json!(false));
        let (ends, rests) = (after.is_none(), after.is_some_and(|after| active(before) && !active(after)));
        let Some(owner) = self.owner(before) else {
            let stranger = text(before, "userName").is_some_and(|name| name.starts_with("stranger"));
            return stranger.then(|| format!("{host}: a stranger was touched: {} {}", asked.method, asked.path));
        };
        let person = &self.people[owner];
        let name = &person.user_name;
        if let Some(after) = after
            && self.owner(after) != Some(owner)
        {
            return Some(format!("{host}: the account of {name} was given to {:?}", text(after, "externalId")));
        }
        if person.held && (ends || rests) {
            return Some(format!("{host}: {name} is on hold and was hit by {} {}", asked.method, asked.path));
        }
        let absent = !person.alive || place.absent.contains(&owner);
        if ends {
            let removal = if person.alive { place.on_unassigned } else { place.on_removed };
            if !absent || removal != Removal::Delete {
                return Some(format!(
                    "{host}: the account of {name} was deleted; absent: {absent}, configured: {removal:?}"
                ));
            }
        }
        if rests
            && person.active
            && (!absent || (place.on_unassigned == Removal::Nothing && place.on_removed == Removal::Nothing))
        {
            return Some(format!("{host}: the account of {name} was deactivated, and nothing asks for it"));
        }
        None
    }

    /// Whether an account of somebody else stands in a person's way.
    pub fn in_the_way(&self, place: usize, person: usize, app: &App) -> Vec<String> {
        let (name, email) = (fold(&self.people[person].user_name), fold(&self.people[person].email));
        let others = app.users.iter().filter(|(_, doc)| self.owner(doc) != Some(person));
        others
            .filter(|(_, doc)| {
                let emails = doc.get("emails").and_then(Value::as_array);
                let has_email = emails
                    .into_iter()
                    .flatten()
                    .any(|held| held["value"].as_str().is_some_and(|held| fold(held) == email));
                text(doc, "userName").is_some_and(|held| fold(held) == name)
                    || (has_email && self.places[place].matching == Matching::Email)
            })
            .map(|(id, _)| id.clone())
            .collect()
    }
}
