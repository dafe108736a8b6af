//! Plain stories: one thing at a time, told from the outside.

use directory::{
    Kind, Millis,
    application::{Matching, Removal},
    assignment::Subject,
    audit::Actor,
    lane,
    source::SourceSettings,
    work::{self, OpenQuery, Work},
};
use provision::Turn;
use scim::{ENTERPRISE_URN, Object, USER_URN};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    app::{App, Manner, members, text},
    wire::Fate,
    world::{End, World},
};

const HOST: &str = "git.test";
const MINUTE: Millis = 60_000;

/// One application that everyone has access to.
struct Story {
    world: World,
    application: Uuid,
}

fn person(name: &str) -> Value {
    json!({"schemas": [USER_URN], "userName": name, "displayName": name, "active": true,
        "emails": [{"value": format!("{name}@x.test"), "primary": true}]})
}

impl Story {
    async fn new(app: App) -> Story {
        Story::with(app, |_| {}).await
    }

    async fn with(app: App, change: impl FnOnce(&mut directory::application::ApplicationSettings)) -> Story {
        let world = World::new(1).await;
        let application = world.add(HOST, app, change).await;
        let story = Story { world, application };
        story.assign(Subject::Group(story.world.everyone)).await;
        story
    }

    async fn assign(&self, subject: Subject) {
        let world = &self.world;
        world.directory.assign(world.tenant, &Actor::system(), self.application, subject).await.unwrap();
    }

    async fn unassign(&self, subject: Subject) {
        let world = &self.world;
        world.directory.unassign(world.tenant, &Actor::system(), self.application, subject).await.unwrap();
    }

    /// A new person: record and user.
    async fn hire(&self, name: &str) -> (Uuid, Uuid) {
        let record = self.world.create(Kind::User, person(name)).await.unwrap();
        (record.id, record.subject.unwrap())
    }

    async fn set(&self, record: Uuid, path: &str, value: Value) {
        self.world.patch(Kind::User, record, json!([{"op": "replace", "path": path, "value": value}])).await.unwrap();
    }

    /// Plan and push once. What the push lane came to.
    async fn go(&mut self) -> Turn {
        self.world.settle(self.application).await
    }

    fn accounts(&self) -> Vec<Object> {
        self.world.wire.net().apps[HOST].users.values().cloned().collect()
    }

    fn account(&self, name: &str) -> Object {
        let found: Vec<_> = self.accounts().into_iter().filter(|doc| text(doc, "userName") == Some(name)).collect();
        let [account] = found.as_slice() else { panic!("{name} has {} accounts", found.len()) };
        account.clone()
    }

    fn group(&self) -> Option<Object> {
        let net = self.world.wire.net();
        assert!(net.apps[HOST].groups.len() < 2);
        net.apps[HOST].groups.values().next().cloned()
    }

    /// The next request of this kind meets this fate.
    fn next(&self, method: &'static str, path: &'static str, fate: Fate) {
        self.world.wire.net().next.push((method, path, fate));
    }

    /// Method and path of everything asked since the last time, without discovery.
    fn asked(&self) -> Vec<String> {
        let seen = std::mem::take(&mut self.world.wire.net().seen);
        let asked = seen.iter().filter(|(_, asked, _)| asked.path != "/ServiceProviderConfig");
        asked.map(|(_, asked, status)| format!("{} {} {status}", asked.method, asked.path)).collect()
    }

    async fn open(&self) -> Vec<Work> {
        let mut tx = self.world.directory.db.read(self.world.tenant).await.unwrap();
        let open =
            work::list(&mut tx, &OpenQuery { application: Some(self.application), limit: 100, ..OpenQuery::default() })
                .await
                .unwrap();
        open.into_iter().map(|(_, work)| work).collect()
    }

    async fn only_open(&self) -> Work {
        let mut open = self.open().await;
        assert_eq!(open.len(), 1, "{open:?}");
        open.remove(0)
    }
}

fn code(work: &Work) -> (&'static str, &str) {
    (work.status.as_str(), work.error_code.as_deref().unwrap_or_default())
}

#[tokio::test]
async fn a_person_comes_changes_goes_and_returns() {
    let mut story = Story::new(App::new(Manner::default())).await;
    let (ana, _) = story.hire("ana").await;
    assert_eq!(story.go().await, Turn::Idle(None));
    assert_eq!(story.asked(), ["GET /Users 200", "POST /Users 201"]);
    story.set(ana, "userName", json!("anna")).await;
    story.go().await;
    assert_eq!(story.asked(), ["PATCH /Users/u1 200"]);
    story.account("anna");
    story.unassign(Subject::Group(story.world.everyone)).await;
    story.go().await;
    assert_eq!(story.account("anna")["active"], false, "no longer assigned: deactivated");
    story.assign(Subject::Group(story.world.everyone)).await;
    story.go().await;
    assert_eq!(story.account("anna")["active"], true, "and back");
    story.asked();
    story.world.delete(Kind::User, ana).await.unwrap();
    story.go().await;
    assert_eq!(story.asked(), ["DELETE /Users/u1 204"]);
    assert!(story.accounts().is_empty() && story.open().await.is_empty());
}

#[tokio::test]
async fn a_group_lives_and_dies_by_its_changes_only() {
    let mut story = Story::new(App::new(Manner::default())).await;
    let (ana, _) = story.hire("ana").await;
    let (ben, _) = story.hire("ben").await;
    let doc = json!({"schemas": [scim::GROUP_URN], "displayName": "Ops", "members": [{"value": ana}]});
    let ops = story.world.create(Kind::Group, doc).await.unwrap();
    let (directory, tenant, application) = (story.world.directory.clone(), story.world.tenant, story.application);
    let push = |on| {
        let directory = directory.clone();
        async move { directory.push_group(tenant, &Actor::system(), application, ops.subject.unwrap(), on).await.unwrap() }
    };
    push(true).await;
    story.go().await;
    assert_eq!(members(&story.group().unwrap()).len(), 1);
    story.asked();
    let operations = json!([{"op": "replace", "path": "displayName", "value": "Operations"},
        {"op": "add", "path": "members", "value": [{"value": ben}]}]);
    story.world.patch(Kind::Group, ops.id, operations).await.unwrap();
    story.go().await;
    assert_eq!(story.asked(), ["PATCH /Groups/g3 200", "PATCH /Groups/g3 200"], "the name, and one member");
    let group = story.group().unwrap();
    assert_eq!((text(&group, "displayName"), members(&group).len()), (Some("Operations"), 2));
    push(false).await;
    story.go().await;
    assert_eq!(story.asked(), ["DELETE /Groups/g3 204"]);
}

#[tokio::test]
async fn a_report_waits_for_the_managers_account() {
    let mut story = Story::new(App::new(Manner::default())).await;
    let (ben, _) = story.hire("ben").await;
    let mut ana = person("ana");
    ana["schemas"] = json!([USER_URN, ENTERPRISE_URN]);
    ana[ENTERPRISE_URN] = json!({"manager": {"value": ben}});
    story.world.create(Kind::User, ana).await.unwrap();
    // Ben's account can't be made yet.
    for _ in 0..2 {
        story.next("POST", "/Users", Fate::Broken);
    }
    story.go().await;
    story.world.time.advance(MINUTE);
    story.go().await;
    let manager = story.account("ana")[ENTERPRISE_URN]["manager"]["value"].clone();
    let net = story.world.wire.net();
    let (id, _) = net.apps[HOST].users.iter().find(|(_, doc)| text(doc, "userName") == Some("ben")).unwrap();
    assert_eq!(manager, json!(id));
}

#[tokio::test]
async fn an_account_that_was_there_is_adopted() {
    let mut app = App::new(Manner::default());
    app.has("Users", json!({"schemas": [USER_URN], "userName": "ANA", "profileUrl": "https://keep.test/"}));
    let mut story = Story::new(app).await;
    story.hire("ana").await;
    story.go().await;
    assert_eq!(story.accounts().len(), 1);
    assert_eq!(story.account("ana")["profileUrl"], "https://keep.test/", "what is not ours stays");
}

#[tokio::test]
async fn a_conflict_leads_to_the_account_that_causes_it() {
    let mut app = App::new(Manner::default());
    app.has("Users", json!({"schemas": [USER_URN], "userName": "ana", "emails": [{"value": "old@x.test"}]}));
    let mut story = Story::with(app, |settings| settings.matching = Matching::Email).await;
    story.hire("ana").await;
    story.go().await;
    assert_eq!(story.asked(), ["GET /Users 200", "POST /Users 409", "GET /Users 200", "PATCH /Users/u1 200"]);
    assert!(story.open().await.is_empty());
}

#[tokio::test]
async fn more_than_one_match_is_for_a_person_to_decide() {
    let mut app = App::new(Manner::default());
    for name in ["a1", "a2"] {
        app.has("Users", json!({"schemas": [USER_URN], "userName": name, "emails": [{"value": "ana@x.test"}]}));
    }
    let mut story = Story::with(app, |settings| settings.matching = Matching::Email).await;
    story.hire("ana").await;
    story.go().await;
    assert_eq!(code(&story.only_open().await), ("failed", "match.ambiguous"));
    assert_eq!(story.accounts().len(), 2);
}

#[tokio::test]
async fn an_unanswered_create_is_looked_for_before_it_is_repeated() {
    // Nothing but looking keeps this application from having two.
    let mut story = Story::new(App::new(Manner { unique: false, ..Manner::default() })).await;
    story.hire("ana").await;
    story.next("POST", "/Users", Fate::AnswerLost);
    story.go().await;
    assert_eq!(story.only_open().await.status.as_str(), "pending");
    story.asked();
    story.world.time.advance(10 * MINUTE);
    story.go().await;
    assert_eq!(story.asked(), ["GET /Users 200"]);
    story.account("ana");
}

#[tokio::test]
async fn an_unanswered_change_is_not_believed() {
    let mut story = Story::new(App::new(Manner::default())).await;
    let (ana, _) = story.hire("ana").await;
    story.go().await;
    story.set(ana, "title", json!("Boss")).await;
    story.next("PATCH", "/Users", Fate::AnswerLost);
    story.go().await;
    // Taken back before the change is tried again: the ledger alone would say that there is nothing to do.
    story.world.patch(Kind::User, ana, json!([{"op": "remove", "path": "title"}])).await.unwrap();
    story.go().await;
    assert_eq!(story.account("ana").get("title"), None);
}

#[tokio::test]
async fn too_many_requests_rest_the_lane_and_count_no_attempt() {
    let mut story = Story::new(App::new(Manner::default())).await;
    story.hire("ana").await;
    story.next("GET", "/Users", Fate::Throttled);
    let Turn::Paused(until) = story.go().await else { panic!("it goes on") };
    let waited = until - story.world.time.at();
    assert!((6_000..=7_000).contains(&waited), "{waited}");
    assert_eq!(story.only_open().await.attempts, 0, "it is not ana who failed");
    story.asked();
    story.go().await;
    assert_eq!(story.asked(), [""; 0], "it rests");
    story.world.time.advance(8_000);
    story.go().await;
    story.account("ana");
}

#[tokio::test]
async fn refused_credentials_halt_the_lane() {
    let mut story = Story::new(App::new(Manner::default())).await;
    story.hire("ana").await;
    story.hire("ben").await;
    story.world.wire.net().locked.insert(HOST.into());
    assert!(matches!(story.go().await, Turn::Paused(_)));
    let mut tx = story.world.directory.db.read(story.world.tenant).await.unwrap();
    let pause = lane::pause(&mut tx, story.application).await.unwrap().unwrap();
    assert_eq!((pause.code.as_str(), pause.failures), ("auth.invalid", 1));
    drop(tx);
    story.world.wire.net().locked.clear();
    let (directory, tenant) = (story.world.directory.clone(), story.world.tenant);
    directory.set_credential(tenant, &Actor::system(), story.application, &"new".into()).await.unwrap();
    story.go().await;
    assert_eq!(story.accounts().len(), 2, "a new token is tried at once");
}

#[tokio::test]
async fn without_patch_objects_are_read_merged_and_put() {
    let mut story = Story::new(App::new(Manner { patch: false, honest: false, ..Manner::default() })).await;
    let (ana, user) = story.hire("ana").await;
    let group = story.world.directory.add_group(story.world.tenant, &Actor::system(), "Ops").await.unwrap().id;
    let (directory, tenant) = (story.world.directory.clone(), story.world.tenant);
    directory.push_group(tenant, &Actor::system(), story.application, group, true).await.unwrap();
    story.go().await;
    story.asked();
    story.set(ana, "title", json!("Boss")).await;
    story.go().await;
    assert_eq!(story.asked(), ["PATCH /Users/u1 501", "GET /Users/u1 200", "PUT /Users/u1 200"]);
    assert_eq!(story.account("ana")["title"], "Boss");
    directory.change_group_members(tenant, &Actor::system(), group, &[user], &[]).await.unwrap();
    story.go().await;
    assert_eq!(members(&story.group().unwrap()).len(), 1);
}

#[tokio::test]
async fn a_member_comes_as_soon_as_the_account_is_there() {
    let mut story = Story::new(App::new(Manner::default())).await;
    let (_, ana) = story.hire("ana").await;
    let (directory, tenant) = (story.world.directory.clone(), story.world.tenant);
    let group = directory.add_group(tenant, &Actor::system(), "Ops").await.unwrap().id;
    directory.change_group_members(tenant, &Actor::system(), group, &[ana], &[]).await.unwrap();
    directory.push_group(tenant, &Actor::system(), story.application, group, true).await.unwrap();
    story.next("POST", "/Users", Fate::Broken);
    story.go().await;
    let waiting = story.open().await.into_iter().find(|work| work.key.kind == Kind::Membership).unwrap();
    assert_eq!((code(&waiting), waiting.waiting_on), (("waiting", "dep.waiting"), Some(ana)));
    story.world.time.advance(10 * MINUTE);
    story.go().await;
    assert_eq!(members(&story.group().unwrap()).len(), 1);
    assert!(story.open().await.is_empty());
}

#[tokio::test]
async fn a_refused_member_keeps_nobody_else_out() {
    let mut story = Story::new(App::new(Manner::default())).await;
    let mut people = Vec::new();
    for number in 0..9 {
        people.push(story.hire(&format!("p{number}")).await.1);
    }
    story.go().await;
    let (directory, tenant) = (story.world.directory.clone(), story.world.tenant);
    let refused = {
        let mut net = story.world.wire.net();
        let app = net.apps.get_mut(HOST).unwrap();
        let id = app.users.iter().find(|(_, doc)| text(doc, "userName") == Some("p4")).unwrap().0.clone();
        app.refused.insert(id.clone());
        id
    };
    let group = directory.add_group(tenant, &Actor::system(), "Ops").await.unwrap().id;
    directory.change_group_members(tenant, &Actor::system(), group, &people, &[]).await.unwrap();
    directory.push_group(tenant, &Actor::system(), story.application, group, true).await.unwrap();
    story.go().await;
    let held = story.group().unwrap();
    assert_eq!(members(&held).len(), 8);
    assert!(!members(&held).contains(refused.as_str()));
    let open = story.only_open().await;
    assert_eq!((code(&open), open.key.member), (("failed", "value.invalid"), people[4]));
}

#[tokio::test]
async fn a_person_on_hold_is_left_alone_until_the_hold_is_lifted() {
    let mut story = Story::with(App::new(Manner::default()), |settings| settings.on_unassigned = Removal::Delete).await;
    let (ana, user) = story.hire("ana").await;
    story.go().await;
    let (directory, tenant) = (story.world.directory.clone(), story.world.tenant);
    directory.set_hold(tenant, &Actor::system(), user, true).await.unwrap();
    story.set(ana, "active", json!(false)).await;
    story.go().await;
    assert_eq!(story.account("ana")["active"], true);
    assert_eq!(code(&story.only_open().await), ("waiting", "held.hold"));
    story.world.delete(Kind::User, ana).await.unwrap();
    story.unassign(Subject::Group(story.world.everyone)).await;
    story.go().await;
    story.account("ana");
    directory.set_hold(tenant, &Actor::system(), user, false).await.unwrap();
    story.go().await;
    assert!(story.accounts().is_empty());
}

#[tokio::test]
async fn who_is_blocked_keeps_what_there_is_until_the_delay_is_over() {
    let mut story = Story::new(App::new(Manner::default())).await;
    let world = &story.world;
    let settings = SourceSettings { deactivation_delay: 15, ..world.caller.source.settings.clone() };
    world
        .directory
        .set_source_settings(world.tenant, &Actor::system(), world.caller.source.id, None, &settings)
        .await
        .unwrap();
    let (ana, user) = story.hire("ana").await;
    let (bob, _) = story.hire("bob").await;
    story.go().await;
    for record in [ana, bob] {
        story.set(record, "active", json!(false)).await;
    }
    // Somebody who is blocked before the first account is made gets none.
    let (cem, _) = story.hire("cem").await;
    story.set(cem, "active", json!(false)).await;
    story.asked();
    story.go().await;
    assert_eq!(story.asked(), Vec::<String>::new(), "blocked: nothing ends, and nothing grows");
    story.world.time.advance(14 * MINUTE);
    story.set(bob, "active", json!(true)).await;
    story.go().await;
    assert_eq!(story.account("ana")["active"], true);
    story.world.time.advance(MINUTE);
    story.go().await;
    assert_eq!(story.account("ana")["active"], false, "the delay is over");
    assert_eq!(story.account("bob")["active"], true, "who came back in time stays");
    assert_eq!(story.accounts().len(), 2);
    let mut tx = story.world.directory.db.read(story.world.tenant).await.unwrap();
    let ana_now = directory::user::get(&mut tx, user).await.unwrap().unwrap();
    let cause = directory::audit::get(&mut tx, ana_now.standing.cause.unwrap()).await.unwrap().unwrap();
    assert_eq!((cause.actor_kind.as_str(), cause.action.as_str()), ("system", "deactivate"));
    let because = cause.detail.unwrap()["because"].as_str().unwrap().parse().unwrap();
    let blocked = directory::audit::get(&mut tx, because).await.unwrap().unwrap();
    assert_eq!((blocked.actor_kind.as_str(), blocked.action.as_str()), ("source", "block"));
    drop(tx);
    story.set(ana, "active", json!(true)).await;
    story.go().await;
    assert_eq!(story.account("ana")["active"], true);
    assert!(story.open().await.is_empty());
}

#[tokio::test]
async fn a_group_that_its_source_deleted_goes_though_something_still_names_it() {
    let mut story = Story::new(App::new(Manner::default())).await;
    let (ana, _) = story.hire("ana").await;
    let team = json!({"schemas": [scim::GROUP_URN], "displayName": "Sales", "members": [{"value": ana}]});
    let team = story.world.create(Kind::Group, team).await.unwrap();
    let (directory, tenant, application) = (story.world.directory.clone(), story.world.tenant, story.application);
    directory.push_group(tenant, &Actor::system(), application, team.subject.unwrap(), true).await.unwrap();
    story.go().await;
    assert_eq!(members(&story.group().unwrap()).len(), 1);
    story.world.delete(Kind::Group, team.id).await.unwrap();
    story.go().await;
    assert!(story.group().is_none(), "it is pushed, but it is not there any more");
    story.account("ana");
    let mut tx = directory.db.read(tenant).await.unwrap();
    assert!(directory::group::get(&mut tx, team.subject.unwrap()).await.unwrap().unwrap().deleted_at.is_some());
    drop(tx);
    directory.push_group(tenant, &Actor::system(), application, team.subject.unwrap(), false).await.unwrap();
    let mut tx = directory.db.read(tenant).await.unwrap();
    assert!(directory::group::get(&mut tx, team.subject.unwrap()).await.unwrap().is_none(), "nothing names it now");
}

#[tokio::test]
async fn a_name_that_a_leaver_had_is_free_for_the_next() {
    let mut story = Story::new(App::new(Manner::default())).await;
    let (ana, _) = story.hire("ana").await;
    story.go().await;
    story.world.delete(Kind::User, ana).await.unwrap();
    story.hire("ana").await;
    story.go().await;
    assert_eq!(story.world.wire.net().apps[HOST].users.keys().collect::<Vec<_>>(), ["u2"]);
    assert!(story.open().await.is_empty(), "the old account went first");
}

#[tokio::test]
async fn killed_between_the_post_and_its_answer() {
    let mut story = Story::new(App::new(Manner { unique: false, ..Manner::default() })).await;
    story.hire("ana").await;
    story.next("POST", "/Users", Fate::KillAfter);
    story.go().await;
    // The dead node's lease runs out, and the next one finds the account under its name.
    story.world.time.advance(lane::LEASE + 1);
    let (tenant, application) = (story.world.tenant.id(), story.application);
    story.world.work(lane::LaneKind::Plan, tenant, 1, 0, End::Well).await.unwrap();
    story.world.work(lane::LaneKind::Push, application, 1, 0, End::Well).await.unwrap();
    story.account("ana");
    assert!(story.open().await.is_empty());
}
