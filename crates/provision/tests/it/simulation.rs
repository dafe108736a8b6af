//! The whole engine under simulation: seeded people, applications, networks and crashes, and at the end the question
//! whether everything that must hold (design, section 3) does.
//!
//! `LOCKSTEP_SIM_SEEDS=1000..2000` runs other seeds. A failure prints its seed and its steps. What is done in which
//! order depends on the seed alone; how requests that are under way together overtake each other does not quite.

use directory::{
    application::{Matching, Removal},
    lane::LaneKind,
    work,
};
use scim::fold::fold;
use serde_json::json;

use crate::{
    app::{App, Manner},
    chance::Chance,
    check::Check,
    directory_steps::{Change, place, settings},
    model::{Model, Who},
    wire::{Arranged, Fate},
    world::{End, World},
};

const HOSTS: [&str; 2] = ["a.test", "b.test"];
const NAMES: [&str; 9] = ["user0", "user1", "user2", "user3", "user4", "user5", "user6", "user7", "Straße8"];
const STEPS: usize = 60;
const SECOND: i64 = 1_000;
const HOUR: i64 = 3_600 * SECOND;

struct Simulation {
    world: World,
    chance: Chance,
    log: Vec<String>,
    named: usize,
}

fn removal(chance: &mut Chance) -> Removal {
    [Removal::Delete, Removal::Deactivate, Removal::Nothing][chance.below(3)]
}

impl Simulation {
    async fn new(seed: u64) -> Simulation {
        let mut chance = Chance::new(seed);
        let world = World::new(seed).await;
        let mut places = Vec::new();
        for (index, host) in HOSTS.into_iter().enumerate() {
            let matching = if chance.percent(25) { Matching::Email } else { Matching::UserName };
            let mut place = place(host, removal(&mut chance), removal(&mut chance), matching);
            let manner = Manner {
                patch: index == 0,
                honest: chance.percent(80),
                unique: chance.percent(60),
                tidy: chance.percent(50),
                ..Manner::default()
            };
            let app = furnished(manner, matching, &mut chance);
            place.id = world.add(host, app, |draft| settings(&place, draft)).await;
            places.push(place);
        }
        world.wire.net().model = Model { places, ..Model::default() };
        Simulation { world, chance, log: Vec::new(), named: 0 }
    }

    fn model(&self) -> Model {
        self.world.wire.net().model.clone()
    }

    async fn run(&mut self) -> Result<(), String> {
        for (number, name) in NAMES.into_iter().enumerate().take(4) {
            let manager = (number > 0 && self.chance.percent(40)).then(|| number - 1);
            let create = Change::Create { name: name.into(), title: None, manager, active: true };
            self.change(create).await?;
        }
        for team in 0..2 {
            let sourced = self.chance.percent(50);
            self.change(Change::AddTeam { name: format!("team{team}-0"), sourced }).await?;
            self.change(Change::Members { team, add: vec![team, team + 1], remove: Vec::new() }).await?;
        }
        for place in 0..HOSTS.len() {
            let who = [Who::Everyone, Who::Team(0), Who::Team(1), Who::Person(3)][self.chance.below(4)];
            self.change(Change::Assign(place, who, true)).await?;
            let team = self.chance.below(2);
            self.change(Change::Push(place, team, true)).await?;
        }
        self.world.wire.net().weather = [0, 60, 150][self.chance.below(3)];
        for step in 0..STEPS {
            self.step(step).await?;
            self.violations()?;
        }
        self.finish().await
    }

    fn violations(&self) -> Result<(), String> {
        let net = self.world.wire.net();
        if net.violations.is_empty() { Ok(()) } else { Err(net.violations.join("\n")) }
    }

    async fn change(&mut self, change: Change) -> Result<(), String> {
        self.log.push(format!("{change:?}"));
        self.world.change(&change).await.map_err(|error| format!("the directory: {error}"))
    }

    async fn step(&mut self, step: usize) -> Result<(), String> {
        let dice = self.chance.below(100);
        match dice {
            0..46 => {
                if let Some(change) = self.random_change() {
                    self.change(change).await?;
                }
            }
            46..50 => self.forget(),
            50..52 => {
                let host = HOSTS[self.chance.below(2)];
                let mut net = self.world.wire.net();
                let locked = net.locked.remove(host) || !net.locked.insert(host.to_owned());
                self.log.push(format!("{host} refuses the credentials: {}", !locked));
            }
            52..55 => {
                let weather = [0, 60, 200, 500][self.chance.below(4)];
                self.world.wire.net().weather = weather;
                self.log.push(format!("weather {weather}"));
            }
            55..65 => {
                let by = [SECOND, 6 * SECOND, 40 * SECOND, 11 * 60 * SECOND, 3 * HOUR, 26 * HOUR][self.chance.below(6)];
                self.world.time.advance(by);
                self.log.push(format!("{} s pass", by / SECOND));
            }
            65..77 => {
                let end = if self.chance.percent(25) { End::Polls(self.chance.below(60)) } else { End::Well };
                self.plan(step, end).await?;
            }
            77..96 => {
                let (place, node, end) = (self.chance.below(2), self.chance.below(2), self.end());
                self.log.push(format!("{step}: node {node} works on {}, {end:?}", HOSTS[place]));
                let subject = self.model().places[place].id;
                self.world
                    .work(LaneKind::Push, subject, node, step, end)
                    .await
                    .map_err(|error| format!("push: {error}"))?;
            }
            _ => {
                let (place, nth) = (self.chance.below(2), self.chance.below(8));
                self.log.push(format!("{step}: node 0 hangs in request {nth} to {}, node 1 takes over", HOSTS[place]));
                let subject = self.model().places[place].id;
                let arranged = Arranged { nth, fate: Fate::Hang };
                self.world
                    .overtaken(subject, step, arranged, 40 * SECOND)
                    .await
                    .map_err(|error| format!("push: {error}"))?;
            }
        }
        Ok(())
    }

    async fn plan(&mut self, step: usize, end: End) -> Result<(), String> {
        self.log.push(format!("{step}: plan, {end:?}"));
        let tenant = self.world.tenant.id();
        self.world.work(LaneKind::Plan, tenant, 0, step, end).await.map_err(|error| format!("plan: {error}"))?;
        let mut tx = self.world.directory.db.read(self.world.tenant).await.unwrap();
        if work::dirty_count(&mut tx).await.unwrap() == 0 {
            self.world.wire.net().model.planned();
        }
        Ok(())
    }

    fn end(&mut self) -> End {
        match self.chance.below(100) {
            0..50 => End::Well,
            50..65 => End::Polls(self.chance.below(300)),
            65..82 => End::Request(Arranged { nth: self.chance.below(12), fate: Fate::KillBefore }),
            _ => End::Request(Arranged { nth: self.chance.below(12), fate: Fate::KillAfter }),
        }
    }

    /// Somebody removes an account or a group by hand.
    fn forget(&mut self) {
        let (place, dice, of_group) = (self.chance.below(2), self.chance.below(1000), self.chance.percent(25));
        let mut net = self.world.wire.net();
        let net = &mut *net;
        let app = net.apps.get_mut(HOSTS[place]).unwrap();
        if of_group {
            let ids: Vec<String> = app.groups.keys().cloned().collect();
            let Some(id) = ids.get(dice % ids.len().max(1)) else { return };
            let name = crate::app::text(&app.groups[id], "displayName").unwrap_or_default().to_owned();
            // By whatever name it was pushed.
            let teams = (0..net.model.teams.len()).filter(|team| fold(&name).starts_with(&format!("team{team}-")));
            net.model.places[place].forgotten_teams.extend(teams);
            app.forget("Groups", id);
            self.log.push(format!("{} forgets group {id}", HOSTS[place]));
            return;
        }
        let ids: Vec<String> = app.users.keys().cloned().collect();
        let Some(id) = ids.get(dice % ids.len().max(1)) else { return };
        let owner = net.model.owner(&app.users[id]);
        // Adopted, perhaps, and nothing sent yet.
        let owners = owner.map_or_else(|| (0..net.model.people.len()).collect(), |owner| vec![owner]);
        net.model.places[place].forgotten.extend(owners);
        net.model.places[place].gone.insert(id.clone());
        app.forget("Users", id);
        self.log.push(format!("{} forgets account {id}", HOSTS[place]));
    }

    fn free_name(&mut self, model: &Model) -> Option<String> {
        let name = *self.chance.pick(&NAMES).unwrap();
        let taken = model.people.iter().any(|person| person.alive && fold(&person.user_name) == fold(name));
        (!taken).then(|| name.to_owned())
    }

    fn random_change(&mut self) -> Option<Change> {
        let model = self.model();
        let people: Vec<usize> = (0..model.people.len()).filter(|who| model.people[*who].recorded).collect();
        let alive: Vec<usize> = (0..model.people.len()).filter(|who| model.people[*who].alive).collect();
        let teams: Vec<usize> = (0..model.teams.len()).filter(|team| model.teams[*team].alive).collect();
        let (who, team) = (self.chance.pick(&people).copied(), self.chance.pick(&teams).copied());
        let (place, yes) = (self.chance.below(2), self.chance.percent(60));
        self.named += 1;
        let word = format!("word{}", self.named);
        let maybe = yes.then(|| word.clone());
        Some(match self.chance.below(100) {
            0..16 if alive.len() < 7 => {
                let manager = self.chance.percent(40).then_some(who).flatten();
                Change::Create { name: self.free_name(&model)?, title: maybe, manager, active: self.chance.percent(90) }
            }
            0..22 => Change::Title(who?, maybe),
            22..26 => Change::Department(who?, maybe),
            26..29 => Change::Email(who?, format!("{word}@x.test")),
            29..32 => Change::Replace(who?, word, maybe),
            32..38 => Change::Rename(who?, self.free_name(&model)?),
            38..44 => Change::Active(who?, yes),
            44..48 => Change::Manager(who?, self.chance.pick(&people).copied().filter(|_| yes)),
            48..54 => Change::Delete(who?),
            54..59 => Change::Hold(*self.chance.pick(&alive)?, yes),
            59..64 if teams.len() < 4 => {
                Change::AddTeam { name: format!("team{}-0", model.teams.len()), sourced: !yes }
            }
            64..72 => {
                let team = team?;
                let inside: Vec<usize> =
                    people.iter().copied().filter(|who| model.teams[team].people.contains(who)).collect();
                let add: Vec<usize> = people.iter().copied().filter(|_| self.chance.percent(40)).collect();
                let remove: Vec<usize> =
                    inside.into_iter().filter(|who| !add.contains(who) && self.chance.percent(40)).collect();
                if add.is_empty() && remove.is_empty() {
                    return None;
                }
                Change::Members { team, add, remove }
            }
            72..76 => {
                let (outer, inner) = (team?, *self.chance.pick(&teams)?);
                let manual = model.teams[outer].record.is_none();
                let inside = !model.teams[outer].teams.contains(&inner);
                if !manual || model.holds(inner, outer) {
                    return None;
                }
                Change::Nest { outer, inner, inside }
            }
            76..78 => Change::RenameTeam(team?, format!("team{}-{}", team?, self.named)),
            78..80 => Change::RemoveTeam(team?),
            80..89 => {
                let who = match self.chance.below(10) {
                    0..5 => Who::Person(*self.chance.pick(&alive)?),
                    5..9 => Who::Team(team?),
                    _ => Who::Everyone,
                };
                Change::Assign(place, who, !model.places[place].assigned.contains(&who))
            }
            89..94 => Change::Push(place, team?, !model.places[place].pushed.contains(&team?)),
            94..97 => Change::Activate(place, !model.places[place].active),
            _ => {
                let (mapping, settings) = (self.chance.below(3), &model.places[place]);
                let keep = self.chance.percent(50);
                let (on_unassigned, on_removed) = if keep {
                    (settings.on_unassigned, settings.on_removed)
                } else {
                    (removal(&mut self.chance), removal(&mut self.chance))
                };
                Change::Publish { place, mapping, on_unassigned, on_removed }
            }
        })
    }

    /// Everything works again, and time passes: now everything has to be in step.
    async fn finish(&mut self) -> Result<(), String> {
        let resume = self.chance.percent(60);
        {
            let mut net = self.world.wire.net();
            net.weather = 0;
            net.locked.clear();
        }
        for place in 0..HOSTS.len() {
            if resume && !self.model().places[place].active {
                self.change(Change::Activate(place, true)).await?;
            }
        }
        self.log.push("faults end".into());
        // What somebody removed by hand is missed as soon as something changes.
        let model = self.model();
        for (who, person) in model.people.iter().enumerate() {
            if person.recorded && model.places.iter().any(|place| place.forgotten.contains(&who)) {
                self.change(Change::Given(who, format!("Nudged{who}"))).await?;
            }
        }
        for (team, group) in model.teams.iter().enumerate() {
            if group.alive && model.places.iter().any(|place| place.forgotten_teams.contains(&team)) {
                self.change(Change::RenameTeam(team, format!("team{team}-nudged"))).await?;
            }
        }
        for place in &mut self.world.wire.net().model.places {
            place.forgotten.retain(|who| !model.people[*who].recorded);
            place.forgotten_teams.retain(|team| !model.teams[*team].alive);
        }
        let mut before = None;
        for round in 0.. {
            // Longer than the day, and what is added to it, after which refused things are tried again.
            self.world.time.advance(30 * HOUR);
            self.round().await?;
            let now = Check::load(&self.world).await.at_rest();
            if now.is_some() && (before == now || now.as_ref().is_some_and(Vec::is_empty)) {
                break;
            }
            if round > 30 {
                return Err(format!("it never comes to rest: {:?}", Check::load(&self.world).await.open()));
            }
            before = now;
        }
        let mut problems = Check::load(&self.world).await.problems();
        problems.extend(self.look_again().await?);
        if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
    }

    async fn round(&mut self) -> Result<(), String> {
        self.plan(STEPS, End::Well).await?;
        for place in self.model().places {
            self.world
                .work(LaneKind::Push, place.id, 0, STEPS, End::Well)
                .await
                .map_err(|error| format!("push: {error}"))?;
        }
        self.violations()
    }

    /// A second look at everything sends nothing.
    async fn look_again(&mut self) -> Result<Vec<String>, String> {
        let open = Check::load(&self.world).await.open().len();
        let content: Vec<_> = self.world.wire.net().apps.values().map(App::content).collect();
        let seen = self.world.wire.net().seen.len();
        for place in self.model().places.iter().filter(|place| place.active) {
            let actor = directory::audit::Actor::system();
            self.world.directory.sync(self.world.tenant, &actor, place.id).await.unwrap();
        }
        self.round().await?;
        let net = self.world.wire.net();
        let now: Vec<_> = net.apps.values().map(App::content).collect();
        let mut problems = Vec::new();
        if content != now {
            problems.push("a second look changed something".into());
        }
        if open == 0 {
            let sent = net.seen[seen..].iter().filter(|(_, asked, _)| asked.writes());
            problems.extend(sent.map(|(host, asked, _)| {
                format!("a second look sent {} {} to {host}: {:?}", asked.method, asked.path, asked.body)
            }));
        }
        Ok(problems)
    }
}

/// An application that people used before.
fn furnished(manner: Manner, matching: Matching, chance: &mut Chance) -> App {
    let mut app = App::new(manner);
    let mut someone = None;
    for number in 0..3 {
        if !chance.percent(60) {
            continue;
        }
        let name = if matching == Matching::Email { format!("legacy{number}") } else { format!("USER{number}") };
        let email = format!("P{number}@x.test");
        let doc = |name: &str| {
            json!({"schemas": [scim::USER_URN], "userName": name, "active": true, "title": "old",
            "nickName": "Old", "profileUrl": "https://keep.test/", "emails": [{"value": email, "type": "work"}]})
        };
        someone = Some(app.has("Users", doc(&name)));
        if matching == Matching::Email && chance.percent(20) {
            app.has("Users", doc(&format!("twin{number}")));
        }
    }
    let stranger = app.has("Users", json!({"schemas": [scim::USER_URN], "userName": "stranger", "active": true}));
    if chance.percent(50) {
        let members: Vec<_> = someone.into_iter().chain([stranger]).map(|id| json!({"value": id})).collect();
        app.has("Groups", json!({"schemas": [scim::GROUP_URN], "displayName": "Team0-0", "members": members}));
    }
    app
}

async fn simulate(seed: u64) -> Result<(), String> {
    let mut simulation = Simulation::new(seed).await;
    let outcome = simulation.run().await;
    let net = simulation.world.wire.net();
    outcome.map_err(|problem| {
        let seen: Vec<String> = net
            .seen
            .iter()
            .map(|(host, asked, status)| {
                let query: Vec<_> = asked.query.iter().map(|(_, value)| value.as_str()).collect();
                let body = asked.body.as_ref().map(ToString::to_string).unwrap_or_default();
                format!("{host} {} {} {} -> {status} {body}", asked.method, asked.path, query.join(" "))
            })
            .collect();
        let seen = if std::env::var_os("LOCKSTEP_SIM_REQUESTS").is_some() {
            format!("requests:\n{}\n", seen.join("\n"))
        } else {
            String::new()
        };
        format!("seed {seed}\nsteps:\n{}\n{seen}{problem}\nseed {seed}", simulation.log.join("\n"))
    })
}

/// The share of the seeds that one of `PARTS` tests runs.
const PARTS: u64 = 8;
const SEEDS: std::ops::Range<u64> = 0..240;

fn part(part: u64) {
    let seeds = std::env::var("LOCKSTEP_SIM_SEEDS").ok().and_then(|text| {
        let (from, to) = text.split_once("..")?;
        Some(from.parse().ok()?..to.parse().ok()?)
    });
    let mut failures = Vec::new();
    for seed in seeds.unwrap_or(SEEDS).filter(|seed| seed % PARTS == part) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        failures.extend(runtime.block_on(simulate(seed)).err());
    }
    assert!(failures.is_empty(), "{} seeds fail\n\n{}", failures.len(), failures.join("\n\n"));
}

macro_rules! parts {
    ($($name:ident = $part:expr),*) => {$(
        #[test]
        fn $name() {
            part($part);
        }
    )*};
}
parts!(seeds_0 = 0, seeds_1 = 1, seeds_2 = 2, seeds_3 = 3, seeds_4 = 4, seeds_5 = 5, seeds_6 = 6, seeds_7 = 7);
