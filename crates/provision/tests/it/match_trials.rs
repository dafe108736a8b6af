//! What matching would come to for everybody, told before anything is sent; and what then happens.

use directory::{
    Kind, application::Matching, assignment::Subject, audit::Actor, forecast, lane::LaneKind, match_trial::MatchTrial,
};
use provision::begin_match_trial;
use scim::USER_URN;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

use crate::{
    app::{App, Manner, text},
    wire::{Arranged, Fate},
    world::{End, World},
};

const HOST: &str = "git.test";

fn person(name: &str) -> Value {
    json!({"schemas": [USER_URN], "userName": name, "displayName": format!("The {name}"), "active": true,
        "emails": [{"value": format!("{name}@x.test"), "primary": true}]})
}

/// An application that everyone has access to, and these people, whom nothing was sent for yet.
async fn world(app: App, matching: Matching, people: &[&str]) -> (World, Uuid) {
    let mut world = World::new(1).await;
    let application = world.add(HOST, app, |settings| settings.matching = matching).await;
    let everyone = Subject::Group(world.everyone);
    world.directory.assign(world.tenant, &Actor::system(), application, everyone).await.unwrap();
    hire(&mut world, people).await;
    (world, application)
}

async fn hire(world: &mut World, people: &[&str]) {
    for name in people {
        // Ids are in order only from one millisecond to the next.
        world.time.advance(1);
        world.create(Kind::User, person(name)).await.unwrap();
    }
    world.work(LaneKind::Plan, world.tenant.id(), 0, 0, End::Well).await.unwrap();
}

/// Try matching, to the end.
async fn tried(world: &World, application: Uuid) -> MatchTrial {
    let (directory, tenant) = (&world.directory, world.tenant);
    let id = begin_match_trial(directory, tenant, application, world.transport.clone()).await.unwrap().id;
    loop {
        let mut tx = directory.db.read(tenant).await.unwrap();
        let trial: MatchTrial = forecast::get(&mut tx, application, id).await.unwrap();
        drop(tx);
        if trial.state(directory.clock.now()) != "running" {
            return trial;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

/// Who it comes to what for.
fn names(trial: &MatchTrial) -> BTreeMap<&str, Vec<&str>> {
    let people = trial.outlook.people.iter();
    let names = people.map(|(outcome, people)| {
        assert_eq!(trial.outlook.counts[outcome], people.len() as i64);
        (outcome.as_str(), people.iter().map(|person| person.user_name.as_str()).collect())
    });
    names.collect()
}

#[tokio::test]
async fn everybody_is_told_what_then_happens() {
    let app = App::new(Manner { unique: false, page: 2, ..Manner::default() });
    let (mut world, application) = world(app, Matching::UserName, &["linked", "missing"]).await;
    world.settle(application).await;
    {
        let mut net = world.wire.net();
        let app = net.apps.get_mut(HOST).unwrap();
        let missing = app.users.iter().find(|(_, doc)| text(doc, "userName") == Some("missing")).unwrap().0.clone();
        app.forget("Users", &missing);
        for name in ["ADOPTED", "twice", "Twice", "service"] {
            app.has("Users", json!({"userName": name}));
        }
        net.seen.clear();
    }
    hire(&mut world, &["adopted", "twice", "new"]).await;
    let before = world.wire.net().apps[HOST].content();

    let trial = tried(&world, application).await;
    assert_eq!((trial.state(world.time.at()), &trial.outlook.doubt), ("done", &None));
    assert_eq!((trial.outlook.complete, trial.outlook.read, trial.outlook.there), (Some(true), 5, Some(5)));
    let expected = BTreeMap::from([
        ("adopt", vec!["adopted"]),
        ("ambiguous", vec!["twice"]),
        ("create", vec!["new"]),
        ("linked", vec!["linked"]),
        ("missing", vec!["missing"]),
    ]);
    assert_eq!(names(&trial), expected);
    let candidates: Vec<_> =
        trial.outlook.people["ambiguous"][0].candidates.iter().map(|account| account.name.as_str()).collect();
    assert_eq!(candidates, ["twice", "Twice"]);
    assert_eq!(trial.outlook.people["adopt"][0].display_name.as_deref(), Some("The adopted"));
    let nobody: Vec<_> = trial.outlook.unmatched_accounts.iter().map(|account| account.name.as_str()).collect();
    assert_eq!((trial.outlook.unmatched, nobody), (1, vec!["service"]));
    // One read of the list, and nothing else: no search for anybody, no write.
    {
        let net = world.wire.net();
        let asked: Vec<_> = net.seen.iter().map(|(_, asked, _)| (asked.method.as_str(), asked.path.as_str())).collect();
        assert_eq!(asked, [("GET", "/Users"); 3]);
        assert_eq!(net.apps[HOST].content(), before);
    }

    // The engine does what was told.
    world.settle(application).await;
    let net = world.wire.net();
    let held = |name: &str| net.apps[HOST].users.values().filter(|doc| text(doc, "userName") == Some(name)).count();
    assert_eq!((held("new"), held("adopted"), held("ADOPTED"), held("twice"), held("Twice")), (1, 1, 0, 1, 1));
}

#[tokio::test]
async fn an_account_goes_to_one_person_only() {
    let mut app = App::new(Manner::default());
    app.has("Users", json!({"userName": "x", "emails": [{"value": "shared@x.test"}]}));
    let (mut world, application) = world(app, Matching::Email, &[]).await;
    for name in ["first", "second"] {
        let mut person = person(name);
        person["emails"][0]["value"] = "Shared@X.test".into();
        world.time.advance(1);
        world.create(Kind::User, person).await.unwrap();
    }
    let mut without = person("without");
    without.as_object_mut().unwrap().remove("emails");
    world.create(Kind::User, without).await.unwrap();
    hire(&mut world, &[]).await;
    let trial = tried(&world, application).await;
    let expected = BTreeMap::from([("adopt", vec!["first"]), ("no_value", vec!["without"]), ("taken", vec!["second"])]);
    assert_eq!(names(&trial), expected);
    assert_eq!(trial.outlook.people["taken"][0].candidates[0].name, "x");
    assert_eq!(trial.outlook.unmatched, 0);
    // Once it is linked, to whoever was looked at first, its owner is named.
    world.settle(application).await;
    let trial = tried(&world, application).await;
    let owner = &trial.outlook.people["linked"][0].user_name;
    assert_eq!(trial.outlook.people["taken"][0].detail, Some(format!("it belongs to {owner}")));
}

#[tokio::test]
async fn what_could_not_be_read_is_not_taken_for_missing() {
    let mut app = App::new(Manner { page: 1, ..Manner::default() });
    for name in ["ana", "bo", "service"] {
        app.has("Users", json!({"userName": name}));
    }
    let (mut world, application) = world(app, Matching::UserName, &["ana", "bo", "new"]).await;
    // The second page fails, for good.
    world.wire.begin(0, Some(Arranged { nth: 1, fate: Fate::Unauthorised }));
    let trial = tried(&world, application).await;
    assert_eq!((trial.state(world.time.at()), trial.outlook.complete), ("done", Some(false)));
    assert_eq!((trial.outlook.read, trial.outlook.there), (1, Some(3)));
    let doubt = trial.outlook.doubt.clone().unwrap();
    assert!(doubt.starts_with("git.test could not be read to the end: ") && doubt.contains("credentials"), "{doubt}");
    assert_eq!(names(&trial), BTreeMap::from([("adopt", vec!["ana"]), ("unknown", vec!["bo", "new"])]));

    // In passing: it is asked for again.
    world.wire.begin(0, Some(Arranged { nth: 1, fate: Fate::Broken }));
    let trial = tried(&world, application).await;
    assert_eq!(trial.outlook.complete, Some(true));
    assert_eq!(names(&trial), BTreeMap::from([("adopt", vec!["ana", "bo"]), ("create", vec!["new"])]));

    // Nothing could be read at all.
    world.wire.net().locked.insert(HOST.to_owned());
    let trial = tried(&world, application).await;
    assert_eq!((trial.state(world.time.at()), trial.outlook.counts.len()), ("failed", 0));
    assert!(trial.fault.unwrap().contains("credentials"));
    world.wire.net().locked.clear();
    world.settle(application).await;
    assert_eq!(world.wire.net().apps[HOST].users.len(), 4);
}
