//! At rest: is everything as it has to be, and if not, is there a reason?

use directory::{
    Kind,
    application::Removal,
    work::{self, OpenQuery, Work, WorkStatus},
};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

use crate::{
    app::{App, members, text},
    model::Model,
    world::World,
};

/// What is to be compared.
pub struct Check {
    model: Model,
    apps: BTreeMap<String, App>,
    open: Vec<(Uuid, Work)>,
    dirty: i64,
}

impl Check {
    pub async fn load(world: &World) -> Check {
        let mut tx = world.directory.db.read(world.tenant).await.unwrap();
        let open = work::list(&mut tx, &OpenQuery { limit: 10_000, ..OpenQuery::default() }).await.unwrap();
        let dirty = work::dirty_count(&mut tx).await.unwrap();
        let net = world.wire.net();
        Check { model: net.model.clone(), apps: net.apps.clone(), open, dirty }
    }

    /// What is not done in active applications: subject, status, code.
    pub fn open(&self) -> Vec<String> {
        let active = |id: &Uuid| self.model.places.iter().any(|place| place.active && place.id == *id);
        let open = self.open.iter().filter(|(id, _)| active(id));
        open.map(|(_, work)| {
            let (code, detail) =
                (work.error_code.as_deref().unwrap_or_default(), work.error_detail.as_deref().unwrap_or_default());
            format!(
                "{:?} {} {} {} {code} {detail}",
                work.key.kind,
                work.key.subject,
                work.key.member,
                work.status.as_str()
            )
        })
        .collect()
    }

    /// What is left over when nothing is pending. `None`: something is.
    pub fn at_rest(&self) -> Option<Vec<String>> {
        let active = |id: &Uuid| self.model.places.iter().any(|place| place.active && place.id == *id);
        let pending = self.open.iter().any(|(id, work)| active(id) && work.status == WorkStatus::Pending);
        if pending || self.dirty > 0 { None } else { Some(self.open()) }
    }

    /// Everything that is wrong.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for index in (0..self.model.places.len()).filter(|place| self.model.places[*place].active) {
            let host = &self.model.places[index].host;
            let here = Here { check: self, place: index, app: &self.apps[host] };
            problems.extend(here.problems().into_iter().map(|problem| format!("{host}: {problem}")));
        }
        problems
    }
}

/// One application.
struct Here<'a> {
    check: &'a Check,
    place: usize,
    app: &'a App,
}

impl Here<'_> {
    fn model(&self) -> &Model {
        &self.check.model
    }

    fn open(&self) -> impl Iterator<Item = &Work> {
        let id = self.model().places[self.place].id;
        self.check.open.iter().filter(move |(application, _)| *application == id).map(|(_, work)| work)
    }

    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for work in self.open() {
            if !self.justified(work) {
                problems.push(format!("left over without a reason: {work:?}"));
            }
        }
        for person in 0..self.model().people.len() {
            self.person(person, &mut problems);
        }
        for team in 0..self.model().teams.len() {
            self.team(team, &mut problems);
        }
        for (id, before) in &self.app.initial {
            let kept = self.app.users.get(id).is_none_or(|now| now.get("profileUrl") == before.get("profileUrl"));
            if !kept {
                problems.push(format!("{id} has lost what is not ours"));
            }
        }
        problems
    }

    fn someone(&self, id: Uuid) -> Option<usize> {
        self.model().people.iter().position(|person| person.id == id)
    }

    /// Whether the model knows why this is not done.
    fn justified(&self, work: &Work) -> bool {
        let model = self.model();
        let who = self.someone(work.key.subject);
        match (work.key.kind, work.status, work.error_code.as_deref().unwrap_or_default()) {
            (_, WorkStatus::Pending, _) => false,
            (Kind::User, WorkStatus::Waiting, "held.hold") => who.is_some_and(|who| model.people[who].held),
            (Kind::User | Kind::Membership, WorkStatus::Waiting, "dep.waiting") => {
                let on = work.waiting_on.and_then(|id| self.someone(id));
                on.is_some_and(|on| model.account(self.app, on).is_none() && self.excused(on))
            }
            (Kind::User, WorkStatus::Failed, "conflict.unique" | "match.already_linked" | "match.ambiguous") => {
                who.is_some_and(|who| !model.in_the_way(self.place, who, self.app).is_empty())
            }
            // The account they are to be a member with was removed by hand, and a hold keeps it from being missed.
            (Kind::Membership, WorkStatus::Failed, "value.invalid") => self
                .someone(work.key.member)
                .is_some_and(|who| model.account(self.app, who).is_none() && self.excused(who)),
            _ => false,
        }
    }

    /// The history says why this person is not in step.
    fn excused(&self, person: usize) -> bool {
        let (model, id) = (self.model(), self.model().people[person].id);
        let said = |work: &Work| {
            work.key.kind == Kind::User && work.key.subject == id && work.error_code.as_deref() != Some("dep.waiting")
        };
        self.open().any(said) || model.places[self.place].forgotten.contains(&person)
    }

    fn person(&self, index: usize, problems: &mut Vec<String>) {
        let (model, place, person) = (self.model(), &self.model().places[self.place], &self.model().people[index]);
        let name = &person.user_name;
        let accounts: Vec<_> = self.app.users.iter().filter(|(_, doc)| model.owner(doc) == Some(index)).collect();
        if accounts.len() > 1 {
            problems.push(format!("{name} has {} accounts: {accounts:?}", accounts.len()));
            return;
        }
        let account = accounts.first().map(|(_, doc)| *doc);
        if self.excused(index) {
            return;
        }
        let active = account.is_some_and(|doc| doc.get("active") != Some(&json!(false)));
        if model.effective(self.place, index) {
            match account {
                // Whoever is gone while on hold is blocked: an account that was not there yet is not made any more.
                None if person.active && person.recorded => problems.push(format!("{name} has no account")),
                None => {}
                Some(doc) => {
                    let wrong = model.differences(self.place, index, self.app, doc);
                    problems.extend(wrong.into_iter().map(|wrong| format!("{name}: {wrong}")));
                    self.doubled(index, problems);
                }
            }
            return;
        }
        let removal = if person.alive { place.on_unassigned } else { place.on_removed };
        match removal {
            Removal::Delete if account.is_some() => problems.push(format!("{name} has an account still")),
            Removal::Deactivate if active => problems.push(format!("{name} has an active account still")),
            _ => {}
        }
    }

    /// An account that was there and should have been adopted.
    fn doubled(&self, person: usize, problems: &mut Vec<String>) {
        let model = self.model();
        if model.people[person].renamed
            || self.app.manner.unique && model.places[self.place].matching == directory::application::Matching::UserName
        {
            return;
        }
        for id in model.in_the_way(self.place, person, self.app) {
            if self.app.initial.contains_key(&id) && !self.app.owners.contains_key(&id) {
                problems.push(format!("{} was not adopted: {id} is there as well", model.people[person].user_name));
            }
        }
    }

    fn team(&self, index: usize, problems: &mut Vec<String>) {
        let (model, place, team) = (self.model(), &self.model().places[self.place], &self.model().teams[index]);
        let name = &team.name;
        let id = team.id.to_string();
        let ours = self.app.groups.values().filter(|doc| text(doc, "externalId") == Some(&id)).count();
        if ours > 1 {
            problems.push(format!("{name} is there {ours} times"));
        }
        if !team.alive || !place.pushed.contains(&index) {
            if ours > 0 && !place.kept_groups {
                problems.push(format!("{name} is there still"));
            }
            return;
        }
        let named: Vec<_> = self
            .app
            .groups
            .iter()
            .filter(|(_, doc)| text(doc, "displayName").is_some_and(|held| held.eq_ignore_ascii_case(name)))
            .collect();
        let [(group, doc)] = named.as_slice() else {
            problems.push(format!("{name} is there {} times", named.len()));
            return;
        };
        let held = members(doc);
        let wanted: BTreeSet<&str> = model
            .inside(index)
            .into_iter()
            .filter(|person| model.effective(self.place, *person) && !place.forgotten.contains(person))
            .filter_map(|person| Some(model.account(self.app, person)?.0.as_str()))
            .collect();
        // Nothing grows for who is blocked, and what is there stays.
        let is_blocked = |id: &str| {
            let of = |who: &usize| model.account(self.app, *who).is_some_and(|(held, _)| held == id);
            let people = model.people.iter().enumerate();
            people.filter(|(_, it)| it.held && !(it.active && it.recorded)).any(|(who, _)| of(&who))
        };
        let missing: Vec<_> = wanted.difference(&held).filter(|id| !is_blocked(id)).collect();
        if !missing.is_empty() {
            problems.push(format!("{name} lacks {missing:?}"));
        }
        // A group that was there, or that we let go of, may hold others.
        let inherited = self.app.initial.contains_key(*group) || place.kept_groups;
        // And what somebody removed by hand is not missed where a hold, or another reason, keeps us from looking.
        let excused = model.inside(index).into_iter().any(|who| self.excused(who));
        let known = |id: &str| {
            excused && place.gone.contains(id)
                || place.forgotten.iter().any(|who| model.account(self.app, *who).is_some_and(|(held, _)| held == id))
        };
        let surplus: Vec<_> = held.difference(&wanted).filter(|id| !known(id)).collect();
        if !inherited && !surplus.is_empty() {
            problems.push(format!("{name} holds {surplus:?}, who should not be there"));
        }
    }
}
