//! Sixty-four writers change the members of the same groups at once, in every dialect. Each membership has a model made
//! of the answers alone, and in the end, and in between, groups hold exactly what it says.
//!
//! A membership that only one writer changes is what that writer's last answer made it. Where several writers change
//! one, the version in each answer says which came last: at that version the membership was as the answer's request
//! wanted it. Whoever is deleted is in no group.

use std::collections::{BTreeMap, BTreeSet};

use directory::{Kind, member, record, source};
use futures::future::join_all;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    chance::Chance,
    harness::{Answer, Client, Database, TestServer, on_both},
};

const WRITERS: usize = 64;
const STEPS: usize = 16;
const GROUPS: usize = 4;
/// People whose memberships one writer alone changes.
const OWN: usize = 4;

/// What all writers know.
struct Company {
    groups: Vec<String>,
    /// People whom everyone moves about.
    shared: Vec<String>,
    /// People whom everyone adds, and each of whom somebody deletes.
    leaving: Vec<String>,
}

/// A person of one writer, and the groups that hold it.
struct Person {
    id: String,
    groups: [bool; GROUPS],
}

/// What an answer says of somebody whom others move about too.
#[derive(Debug)]
struct Said {
    group: usize,
    member: String,
    version: i64,
    is_member: bool,
}

struct Writer<'a> {
    number: usize,
    made: usize,
    client: Client,
    chance: Chance,
    company: &'a Company,
    own: Vec<Person>,
    said: Vec<Said>,
}

fn version(answer: &Answer) -> i64 {
    let tag = answer.header("etag");
    tag.strip_prefix("W/\"").and_then(|tag| tag.strip_suffix('"')).and_then(|tag| tag.parse().ok()).expect("a version")
}

async fn person(client: &Client, name: &str) -> String {
    client.post("/Users", json!({"userName": name})).await.expect(201).id()
}

async fn members(client: &Client, group: &str) -> (String, BTreeSet<String>) {
    let answer = client.get(&format!("/Groups/{group}")).await.expect(200);
    let members = answer.body["members"].as_array().into_iter().flatten();
    let ids = members.map(|member| member["value"].as_str().unwrap().to_owned()).collect();
    (answer.header("etag").to_owned(), ids)
}

/// The ways to add members (wire.md 1.4).
fn add(chance: &mut Chance, ids: &[&str]) -> Value {
    let list: Value = ids.iter().map(|id| json!({"value": id})).collect();
    match chance.below(4) {
        0 => json!({"op": "Add", "path": "members", "value": list}),
        1 => json!({"op": "add", "value": {"members": list}}),
        2 if ids.len() == 1 => json!({"op": "add", "path": "members", "value": list[0]}),
        _ => json!({"op": "add", "path": "members", "value": list}),
    }
}

/// The ways to remove members (W10).
fn remove(chance: &mut Chance, ids: &[&str]) -> Value {
    let list: Value = ids.iter().map(|id| json!({"$ref": null, "value": id})).collect();
    let any = ids.iter().map(|id| format!("value eq \"{id}\"")).collect::<Vec<_>>().join(" or ");
    match chance.below(4) {
        0 => json!({"op": "Remove", "path": "members", "value": list}),
        1 => json!({"op": "remove", "path": "members", "value": ids}),
        2 => json!({"op": "remove", "value": {"members": list}}),
        _ => json!({"op": "remove", "path": format!("members[{any}]")}),
    }
}

impl Writer<'_> {
    async fn run(mut self) -> Self {
        for _ in 0..OWN {
            self.arrive().await;
        }
        for _ in 0..STEPS {
            match self.chance.below(16) {
                0..=5 => self.move_own().await,
                6..=9 => self.move_shared().await,
                10 | 11 => self.swap_whole().await,
                12 => self.add_leaving().await,
                13 => self.leave().await,
                _ => self.look().await,
            }
        }
        self.look().await;
        self
    }

    async fn arrive(&mut self) {
        self.made += 1;
        let id = person(&self.client, &format!("w{}-{}", self.number, self.made)).await;
        self.own.push(Person { id, groups: [false; GROUPS] });
    }

    async fn patch(&self, group: usize, operations: Vec<Value>) -> Answer {
        let path = format!("/Groups/{}", self.company.groups[group]);
        let body = json!({"schemas": [scim::PATCH_URN], "Operations": operations});
        let answer = self.client.patch(&path, body).await;
        // Of a group with more than 100 members, only the version is told.
        assert!(matches!(answer.status.as_u16(), 200 | 204), "{} {}", answer.status, answer.text);
        answer
    }

    /// Add and remove some of one's own in one request.
    async fn move_own(&mut self) {
        let group = self.chance.below(GROUPS);
        let (mut come, mut go) = (Vec::new(), Vec::new());
        for number in 0..self.own.len() {
            match self.chance.below(3) {
                0 => come.push(number),
                1 => go.push(number),
                _ => {}
            }
        }
        let ids = |own: &[Person], numbers: &[usize]| -> Vec<String> {
            numbers.iter().map(|number| own[*number].id.clone()).collect()
        };
        let (coming, going) = (ids(&self.own, &come), ids(&self.own, &go));
        let texts = |ids: &'_ [String]| ids.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
        let (coming, going) = (texts(&coming), texts(&going));
        let mut operations = Vec::new();
        if !coming.is_empty() {
            operations.push(add(&mut self.chance, &coming.split(' ').collect::<Vec<_>>()));
        }
        if !going.is_empty() {
            operations.push(remove(&mut self.chance, &going.split(' ').collect::<Vec<_>>()));
        }
        if operations.is_empty() {
            return;
        }
        self.patch(group, operations).await;
        for (numbers, is_member) in [(come, true), (go, false)] {
            for number in numbers {
                self.own[number].groups[group] = is_member;
            }
        }
    }

    /// Move somebody whom others move as well.
    async fn move_shared(&mut self) {
        let group = self.chance.below(GROUPS);
        let member = self.chance.pick(&self.company.shared).unwrap().clone();
        let is_member = self.chance.percent(50);
        let change = if is_member { add } else { remove };
        let operation = change(&mut self.chance, &[&member]);
        let answer = self.patch(group, vec![operation]).await;
        self.said.push(Said { group, member, version: version(&answer), is_member });
    }

    /// Read a group, and write all of it back with one of one's own moved, unless it changed meanwhile.
    async fn swap_whole(&mut self) {
        let (group, number) = (self.chance.below(GROUPS), self.chance.below(self.own.len()));
        let id = &self.company.groups[group];
        let person = &mut self.own[number];
        for _ in 0..3 {
            let (tag, mut held) = members(&self.client, id).await;
            let is_member = !person.groups[group];
            if is_member {
                held.insert(person.id.clone())
            } else {
                held.remove(&person.id)
            };
            let list: Vec<_> = held.iter().map(|id| json!({"value": id})).collect();
            let (method, body) = match self.chance.below(2) {
                0 => (Method::PUT, json!({"displayName": format!("g{group}"), "members": list})),
                _ => {
                    let operation = json!({"op": "replace", "path": "members", "value": list});
                    (Method::PATCH, json!({"schemas": [scim::PATCH_URN], "Operations": [operation]}))
                }
            };
            let answer = self.client.send(method, &format!("/Groups/{id}"), Some(body), &[("if-match", &tag)]).await;
            if answer.status != StatusCode::PRECONDITION_FAILED {
                assert!(matches!(answer.status.as_u16(), 200 | 204), "{} {}", answer.status, answer.text);
                person.groups[group] = is_member;
                return;
            }
        }
    }

    /// Add somebody who may be gone.
    async fn add_leaving(&mut self) {
        let member = self.chance.pick(&self.company.leaving).unwrap().clone();
        let group = self.chance.below(GROUPS);
        let operation = add(&mut self.chance, &[&member]);
        self.patch(group, vec![operation]).await;
    }

    /// Somebody is deleted: one of one's own, or one whom others are just adding.
    async fn leave(&mut self) {
        if self.chance.percent(50) {
            let id = self.chance.pick(&self.company.leaving).unwrap();
            let answer = self.client.delete(&format!("/Users/{id}")).await;
            assert!(matches!(answer.status.as_u16(), 204 | 404), "{}", answer.text);
            return;
        }
        let number = self.chance.below(self.own.len());
        let id = self.own.swap_remove(number).id;
        self.client.delete(&format!("/Users/{id}")).await.expect(204);
        self.client.get(&format!("/Users/{id}")).await.expect(404);
        self.arrive().await;
    }

    /// What was acknowledged is there at once, seen from the group and from the person.
    async fn look(&mut self) {
        let group = self.chance.below(GROUPS);
        let (_, held) = members(&self.client, &self.company.groups[group]).await;
        for person in &self.own {
            assert_eq!(held.contains(&person.id), person.groups[group], "group {group}, {}", person.id);
        }
        let person = &self.own[self.chance.below(self.own.len())];
        let user = self.client.get(&format!("/Users/{}", person.id)).await.expect(200).body;
        let groups: BTreeSet<_> =
            user["groups"].as_array().into_iter().flatten().map(|group| group["value"].as_str().unwrap()).collect();
        let wanted = self.company.groups.iter().zip(person.groups).filter(|(_, is_member)| *is_member);
        assert_eq!(groups, wanted.map(|(id, _)| id.as_str()).collect());
    }
}

#[test]
fn no_membership_is_lost_and_none_appears() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let idp = server.source("idp").await;
        let mut company = Company { groups: Vec::new(), shared: Vec::new(), leaving: Vec::new() };
        for number in 0..GROUPS {
            company
                .groups
                .push(idp.post("/Groups", json!({"displayName": format!("g{number}")})).await.expect(201).id());
        }
        for number in 0..6 {
            company.shared.push(person(&idp, &format!("shared{number}")).await);
        }
        for number in 0..20 {
            company.leaving.push(person(&idp, &format!("leaving{number}")).await);
        }
        let writers = (0..WRITERS).map(|number| {
            let chance = Chance::new(number as u64);
            let (client, company) = (idp.clone(), &company);
            Writer { number, made: 0, client, chance, company, own: Vec::new(), said: Vec::new() }.run()
        });
        let writers = join_all(writers).await;

        // The last that was said of each shared membership.
        let mut last: BTreeMap<(usize, &str), &Said> = BTreeMap::new();
        for said in writers.iter().flat_map(|writer| &writer.said) {
            let other = last.entry((said.group, &said.member)).or_insert(said);
            assert!(
                other.version != said.version || other.is_member == said.is_member,
                "{said:?} and {other:?} can't both be true"
            );
            if said.version > other.version {
                *other = said;
            }
        }
        for (number, id) in company.groups.iter().enumerate() {
            let mut wanted: BTreeSet<&str> = BTreeSet::new();
            for person in writers.iter().flat_map(|writer| &writer.own).filter(|person| person.groups[number]) {
                wanted.insert(&person.id);
            }
            wanted
                .extend(last.values().filter(|said| said.group == number && said.is_member).map(|said| &*said.member));
            let (_, held) = members(&idp, id).await;
            let held: BTreeSet<_> = held.iter().map(String::as_str).collect();
            let leaving: BTreeSet<_> = company.leaving.iter().map(String::as_str).collect();
            assert_eq!(held.difference(&leaving).copied().collect::<BTreeSet<_>>(), wanted, "group {number}");
            check_inside(&server, id).await;
        }
        server.stop().await;
    });
}

#[test]
fn who_is_deleted_while_being_added_is_in_no_group() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let idp = server.source("idp").await;
        let mut groups = Vec::new();
        for number in 0..4 {
            groups.push(idp.post("/Groups", json!({"displayName": format!("g{number}")})).await.expect(201).id());
        }
        for round in 0..20 {
            let ana = person(&idp, &format!("ana{round}")).await;
            let change = async |number: usize, op: &str| {
                let operation = json!({"op": op, "path": "members", "value": [{"value": ana}]});
                let body = json!({"schemas": [scim::PATCH_URN], "Operations": [operation]});
                idp.patch(&format!("/Groups/{}", groups[number]), body).await.status.as_u16()
            };
            assert_eq!((change(0, "add").await, change(1, "add").await), (200, 200));
            let path = format!("/Users/{ana}");
            let (out, stays, deleted, come, also) = futures::join!(
                change(0, "remove"),
                change(1, "remove"),
                idp.delete(&path),
                change(2, "add"),
                change(3, "add")
            );
            deleted.expect(204);
            assert!([out, stays, come, also].iter().all(|status| *status == 200), "who is gone is awaited");
            for group in &groups {
                check_inside(&server, group).await;
            }
        }
        server.stop().await;
    });
}

/// Members are records that are there, or awaited; they are counted right, and the directory's group holds their users.
async fn check_inside(server: &TestServer, group: &str) {
    let mut tx = server.app.directory.db.read(server.tenant).await.unwrap();
    let source = source::find(&mut tx, "idp").await.unwrap().id;
    let record = record::get(&mut tx, source, Kind::Group, group.parse().unwrap()).await.unwrap().unwrap();
    let members = member::list(&mut tx, record.id, 10_000).await.unwrap();
    let awaited = member::pending_count(&mut tx, record.subject.unwrap()).await.unwrap();
    assert_eq!(usize::try_from(record.members - awaited), Ok(members.len()), "the number of members");
    let mut users = BTreeSet::new();
    for (id, _) in members {
        let member = record::get(&mut tx, source, Kind::User, id).await.unwrap();
        users.extend(member.unwrap_or_else(|| panic!("{id} is a member and is gone")).subject);
    }
    let inside = directory::group::members(&mut tx, record.subject.unwrap(), None, 10_000).await.unwrap();
    assert_eq!(inside.into_iter().map(|member| member.id).collect::<BTreeSet<_>>(), users);
}

#[test]
fn groups_put_into_each_other_at_once_make_no_circle() {
    on_both(async |database: Database| {
        let server = TestServer::start(database).await;
        let idp = server.source("idp").await;
        for round in 0..12 {
            let mut ids = Vec::new();
            for letter in ["a", "b", "c", "d"] {
                let body = json!({"displayName": format!("{letter}{round}")});
                ids.push(idp.post("/Groups", body).await.expect(201).id());
            }
            let nest = async |outer: usize, inner: usize| {
                let operation = json!({"op": "add", "path": "members", "value": [{"value": ids[inner]}]});
                let body = json!({"schemas": [scim::PATCH_URN], "Operations": [operation]});
                idp.patch(&format!("/Groups/{}", ids[outer]), body).await.status.as_u16()
            };
            // At first directly, which takes PostgreSQL a second to find out, then with something between.
            let (first, second) = if round < 2 {
                futures::join!(nest(0, 1), nest(1, 0))
            } else {
                assert_eq!((nest(0, 1).await, nest(2, 3).await), (200, 200));
                futures::join!(nest(1, 2), nest(3, 0))
            };
            assert_eq!(first.min(second)..=first.max(second), 200..=400, "round {round}");
        }
        server.stop().await;
    });
}
