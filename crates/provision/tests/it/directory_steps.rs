//! What people do to the directory, and what the model believes of it.

use directory::{
    Error, Kind,
    application::{ApplicationSettings, Matching, Removal},
    assignment::Subject,
    audit::Actor,
    mapping::Mapping,
};
use scim::{ENTERPRISE_URN, USER_URN};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    model::{Model, Person, Place, Team, Who},
    world::World,
};

/// One change of the directory.
#[derive(Clone, Debug)]
pub enum Change {
    Create { name: String, title: Option<String>, manager: Option<usize>, active: bool },
    Title(usize, Option<String>),
    Given(usize, String),
    Department(usize, Option<String>),
    Email(usize, String),
    Replace(usize, String, Option<String>),
    Rename(usize, String),
    Active(usize, bool),
    Manager(usize, Option<usize>),
    Delete(usize),
    Hold(usize, bool),
    AddTeam { name: String, sourced: bool },
    Members { team: usize, add: Vec<usize>, remove: Vec<usize> },
    Nest { outer: usize, inner: usize, inside: bool },
    RenameTeam(usize, String),
    RemoveTeam(usize),
    Assign(usize, Who, bool),
    Push(usize, usize, bool),
    Activate(usize, bool),
    Publish { place: usize, mapping: usize, on_unassigned: Removal, on_removed: Removal },
}

/// The settings that a place stands for.
pub fn settings(place: &Place, settings: &mut ApplicationSettings) {
    (settings.on_unassigned, settings.on_removed, settings.matching) =
        (place.on_unassigned, place.on_removed, place.matching);
    settings.mapping = mapping(place.mapping);
}

fn mapping(number: usize) -> Mapping {
    let mut mapping = Mapping::default_users();
    match number {
        1 => {
            let row = mapping.rows.iter_mut().find(|row| row.to == "displayName").unwrap();
            row.expression = "user.name.givenName + ' (' + user.userName + ')'".into();
        }
        2 => mapping.rows.retain(|row| row.to != "title"),
        _ => {}
    }
    mapping
}

fn document(model: &Model, person: &Person) -> Value {
    let mut doc = json!({"schemas": [USER_URN, ENTERPRISE_URN], "userName": person.user_name, "active": person.active,
        "name": {"givenName": person.given, "familyName": "Test"}, "displayName": person.given,
        "emails": [{"value": person.email, "type": "work", "primary": true}]});
    if let Some(title) = &person.title {
        doc["title"] = title.clone().into();
    }
    if let Some(department) = &person.department {
        doc[ENTERPRISE_URN] = json!({"department": department});
    }
    if let Some(manager) = person.manager {
        doc[ENTERPRISE_URN]["manager"] = json!({"value": model.people[manager].record});
    }
    doc
}

/// Set, or without a value clear, one attribute.
fn operation(path: &str, value: Option<&str>) -> Value {
    match value {
        Some(value) => json!([{"op": "replace", "path": path, "value": value}]),
        None => json!([{"op": "remove", "path": path}]),
    }
}

impl World {
    /// Carry out a change, here and in the model. Changes that make no sense any more are left out.
    pub async fn change(&self, change: &Change) -> Result<(), Error> {
        let mut model = self.wire.net().model.clone();
        self.carry_out(change, &mut model).await?;
        model.changed();
        self.wire.net().model = model;
        Ok(())
    }

    async fn carry_out(&self, change: &Change, model: &mut Model) -> Result<(), Error> {
        let (directory, tenant, actor) = (&self.directory, self.tenant, Actor::system());
        let enterprise = |name: &str| format!("{ENTERPRISE_URN}:{name}");
        match change {
            Change::Create { name, title, manager, active } => {
                let number = model.people.len();
                let mut person = Person {
                    record: Uuid::nil(),
                    id: Uuid::nil(),
                    user_name: name.clone(),
                    given: format!("Given{number}"),
                    title: title.clone(),
                    email: format!("p{number}@x.test"),
                    department: None,
                    manager: *manager,
                    active: *active,
                    held: false,
                    recorded: true,
                    alive: true,
                    renamed: false,
                };
                let record = self.create(Kind::User, document(model, &person)).await?;
                (person.record, person.id) = (record.id, record.subject.unwrap());
                model.people.push(person);
            }
            Change::Title(who, title) => {
                self.patch(Kind::User, model.people[*who].record, operation("title", title.as_deref())).await?;
                model.people[*who].title.clone_from(title);
            }
            Change::Given(who, given) => {
                let operations =
                    json!([{"op": "replace", "value": {"name": {"givenName": given}, "displayName": given}}]);
                self.patch(Kind::User, model.people[*who].record, operations).await?;
                model.people[*who].given.clone_from(given);
            }
            Change::Department(who, department) => {
                let operations = operation(&enterprise("department"), department.as_deref());
                self.patch(Kind::User, model.people[*who].record, operations).await?;
                model.people[*who].department.clone_from(department);
            }
            Change::Email(who, email) => {
                let operations = json!([{"op": "replace", "path": "emails", "value": [{"value": email, "type": "work", "primary": true}]}]);
                self.patch(Kind::User, model.people[*who].record, operations).await?;
                model.people[*who].email.clone_from(email);
                model.people[*who].renamed = true;
            }
            Change::Replace(who, given, title) => {
                let mut person = model.people[*who].clone();
                person.given.clone_from(given);
                person.title.clone_from(title);
                self.replace(Kind::User, person.record, document(model, &person)).await?;
                model.people[*who] = person;
            }
            Change::Rename(who, name) => {
                self.patch(Kind::User, model.people[*who].record, operation("userName", Some(name))).await?;
                model.people[*who].user_name.clone_from(name);
                model.people[*who].renamed = true;
            }
            Change::Active(who, active) => {
                let operations = json!([{"op": "replace", "path": "active", "value": active}]);
                self.patch(Kind::User, model.people[*who].record, operations).await?;
                model.people[*who].active = *active;
            }
            Change::Manager(who, manager) => {
                let manager_record = manager.map(|manager| model.people[manager].record.to_string());
                let operations = match manager_record {
                    Some(record) => {
                        json!([{"op": "replace", "path": enterprise("manager"), "value": {"value": record}}])
                    }
                    None => json!([{"op": "remove", "path": enterprise("manager")}]),
                };
                self.patch(Kind::User, model.people[*who].record, operations).await?;
                model.people[*who].manager = *manager;
            }
            Change::Delete(who) => {
                self.delete(Kind::User, model.people[*who].record).await?;
                model.people[*who].recorded = false;
                for report in &mut model.people {
                    report.manager = report.manager.filter(|manager| manager != who);
                }
                for team in model.teams.iter_mut().filter(|team| team.record.is_some()) {
                    team.people.remove(who);
                }
                if !model.people[*who].held {
                    gone(model, *who);
                }
            }
            Change::Hold(who, held) => {
                directory.set_hold(tenant, &actor, model.people[*who].id, *held).await?;
                model.people[*who].held = *held;
                if !held && !model.people[*who].recorded {
                    gone(model, *who);
                }
            }
            Change::AddTeam { name, sourced } => {
                let (id, record) = if *sourced {
                    let record =
                        self.create(Kind::Group, json!({"schemas": [scim::GROUP_URN], "displayName": name})).await?;
                    (record.subject.unwrap(), Some(record.id))
                } else {
                    (directory.add_group(tenant, &actor, name).await?.id, None)
                };
                let (people, teams) = Default::default();
                model.teams.push(Team { id, record, name: name.clone(), people, teams, alive: true });
            }
            Change::Members { team, add, remove } => {
                let of = |who: &[usize], record: bool| -> Vec<Uuid> {
                    who.iter()
                        .map(|who| if record { model.people[*who].record } else { model.people[*who].id })
                        .collect()
                };
                match model.teams[*team].record {
                    None => {
                        directory
                            .change_group_members(
                                tenant,
                                &actor,
                                model.teams[*team].id,
                                &of(add, false),
                                &of(remove, false),
                            )
                            .await?
                    }
                    Some(record) => {
                        let value = |ids: Vec<Uuid>| ids.into_iter().map(|id| json!({"value": id})).collect::<Value>();
                        let operations = json!([
                            {"op": "add", "path": "members", "value": value(of(add, true))},
                            {"op": "remove", "path": "members", "value": value(of(remove, true))},
                        ]);
                        let (adds, removes) = (!add.is_empty(), !remove.is_empty());
                        let operations = operations
                            .as_array()
                            .unwrap()
                            .iter()
                            .zip([adds, removes])
                            .filter(|(_, some)| *some)
                            .map(|(one, _)| one.clone());
                        self.patch(Kind::Group, record, operations.collect()).await?;
                    }
                }
                model.teams[*team].people.extend(add);
                model.teams[*team].people.retain(|who| !remove.contains(who));
            }
            Change::Nest { outer, inner, inside } => {
                let (outer_id, inner_id) = (model.teams[*outer].id, [model.teams[*inner].id]);
                let (add, remove): (&[Uuid], &[Uuid]) = if *inside { (&inner_id, &[]) } else { (&[], &inner_id) };
                directory.change_group_members(tenant, &actor, outer_id, add, remove).await?;
                let teams = &mut model.teams[*outer].teams;
                if *inside {
                    teams.insert(*inner)
                } else {
                    teams.remove(inner)
                };
            }
            Change::RenameTeam(team, name) => {
                match model.teams[*team].record {
                    None => drop(directory.rename_group(tenant, &actor, model.teams[*team].id, name).await?),
                    Some(record) => drop(self.patch(Kind::Group, record, operation("displayName", Some(name))).await?),
                }
                model.teams[*team].name.clone_from(name);
            }
            Change::RemoveTeam(team) => {
                match model.teams[*team].record {
                    None => directory.remove_group(tenant, &actor, model.teams[*team].id).await?,
                    Some(record) => self.delete(Kind::Group, record).await?,
                }
                model.teams[*team].alive = false;
                for other in &mut model.teams {
                    other.teams.remove(team);
                }
                for place in &mut model.places {
                    place.assigned.remove(&Who::Team(*team));
                }
            }
            Change::Assign(place, who, assigned) => {
                let subject = match who {
                    Who::Person(person) => Subject::User(model.people[*person].id),
                    Who::Team(team) => Subject::Group(model.teams[*team].id),
                    Who::Everyone => Subject::Group(self.everyone),
                };
                let id = model.places[*place].id;
                let all = &mut model.places[*place].assigned;
                if *assigned {
                    directory.assign(tenant, &actor, id, subject).await?;
                    all.insert(*who);
                } else {
                    directory.unassign(tenant, &actor, id, subject).await?;
                    all.remove(who);
                }
            }
            Change::Push(place, team, pushed) => {
                directory.push_group(tenant, &actor, model.places[*place].id, model.teams[*team].id, *pushed).await?;
                let all = &mut model.places[*place].pushed;
                if *pushed {
                    all.insert(*team)
                } else {
                    all.remove(team)
                };
            }
            Change::Activate(place, active) => {
                directory.set_active(tenant, &actor, model.places[*place].id, *active).await?;
                model.places[*place].active = *active;
            }
            Change::Publish { place, mapping, on_unassigned, on_removed } => {
                let place = &mut model.places[*place];
                (place.mapping, place.on_unassigned, place.on_removed) = (*mapping, *on_unassigned, *on_removed);
                place.kept_groups |= *on_removed != Removal::Delete;
                let mut draft = ApplicationSettings::new(format!("https://{}/scim/v2", place.host).parse().unwrap());
                settings(place, &mut draft);
                directory.set_draft(tenant, &actor, place.id, None, &draft).await?;
                directory.publish(tenant, &actor, place.id).await?;
            }
        }
        Ok(())
    }
}

/// A user leaves the directory.
fn gone(model: &mut Model, who: usize) {
    model.people[who].alive = false;
    for team in &mut model.teams {
        team.people.remove(&who);
    }
    for place in &mut model.places {
        place.assigned.remove(&Who::Person(who));
    }
}

/// A place before anything happened.
pub fn place(host: &str, on_unassigned: Removal, on_removed: Removal, matching: Matching) -> Place {
    Place {
        id: Uuid::nil(),
        host: host.to_owned(),
        active: true,
        assigned: Default::default(),
        pushed: Default::default(),
        on_unassigned,
        on_removed,
        matching,
        mapping: 0,
        kept_groups: on_removed != Removal::Delete,
        absent: Default::default(),
        forgotten: Default::default(),
        forgotten_teams: Default::default(),
        gone: Default::default(),
    }
}
