//! From assignments to effective users and work.

use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::{
    access::{self, AccessPath},
    application::ApplicationSettings,
    assignment::Subject,
    group,
    work::{self, Work},
};

async fn application(world: &World) -> Uuid {
    let settings = ApplicationSettings::new("https://app.test/scim".parse().unwrap());
    let token = secrecy::SecretString::from("s3cret-token-of-the-app");
    let app = world
        .directory
        .add_application(world.tenant(), &Actor::system(), "App", &settings, Some(&token))
        .await
        .unwrap();
    world.directory.publish(world.tenant(), &Actor::system(), app.id).await.unwrap();
    app.id
}

async fn open(world: &World, app: Uuid) -> Vec<Work> {
    let mut tx = world.directory.db.read(world.tenant()).await.unwrap();
    work::due(&mut tx, app, i64::MAX - 1, 1000).await.unwrap()
}

both! {
    async fn access_comes_and_goes_with_its_paths(world: World) {
        let (tenant, system) = (world.tenant(), Actor::system());
        let app = application(&world).await;
        let ana = world.user(json!({"userName": "ana"})).await.subject.unwrap();
        let bob = world.user(json!({"userName": "bob"})).await;
        let sales = world.group(json!({"displayName": "Sales", "members": [{"value": bob.id}]})).await.subject.unwrap();
        let (bob, outer) = (bob.subject.unwrap(), world.directory.add_group(tenant, &system, "Outer").await.unwrap().id);
        world.directory.change_group_members(tenant, &system, outer, &[sales], &[]).await.unwrap();
        world.directory.assign(tenant, &system, app, Subject::User(ana)).await.unwrap();
        world.directory.assign(tenant, &system, app, Subject::Group(outer)).await.unwrap();
        world.plan().await;
        let mut tx = world.directory.db.read(tenant).await.unwrap();
        let effective = access::effective(&mut tx, app, &[ana, bob]).await.unwrap();
        assert_eq!(effective[&ana].paths, [AccessPath::User]);
        assert_eq!(effective[&bob].paths, [AccessPath::Group(outer)], "through a nested group");
        let since = effective[&bob].since;
        drop(tx);
        assert_eq!(open(&world, app).await.len(), 2);

        world.directory.assign(tenant, &system, app, Subject::User(bob)).await.unwrap();
        world.plan().await;
        world.directory.change_group_members(tenant, &system, outer, &[], &[sales]).await.unwrap();
        world.plan().await;
        let mut tx = world.directory.db.read(tenant).await.unwrap();
        let effective = access::effective(&mut tx, app, &[bob]).await.unwrap();
        assert_eq!((effective[&bob].paths.as_slice(), effective[&bob].since), (&[AccessPath::User][..], since), "access never ended");
        drop(tx);

        world.directory.unassign(tenant, &system, app, Subject::User(bob)).await.unwrap();
        world.plan().await;
        let mut tx = world.directory.db.read(tenant).await.unwrap();
        assert!(!access::effective(&mut tx, app, &[bob]).await.unwrap().contains_key(&bob));
        let everyone = group::everyone(&mut tx).await.unwrap().id;
        drop(tx);
        world.directory.assign(tenant, &system, app, Subject::Group(everyone)).await.unwrap();
        world.plan().await;
        let mut tx = world.directory.db.read(tenant).await.unwrap();
        assert_eq!(access::effective(&mut tx, app, &[bob]).await.unwrap()[&bob].paths, [AccessPath::Group(everyone)]);
        assert_eq!(access::count(&mut tx, app).await.unwrap(), 2);
    }
}

both! {
    async fn a_renewed_mark_outlives_the_old_look(world: World) {
        let (tenant, system) = (world.tenant(), Actor::system());
        let app = application(&world).await;
        let ana = world.user(json!({"userName": "ana"})).await;
        world.directory.assign(tenant, &system, app, Subject::User(ana.subject.unwrap())).await.unwrap();
        world.plan().await;
        let seen = open(&world, app).await;
        // Ana changes while a lane is looking at her.
        let patch = scim::Patch::read(&json!({"Operations": [{"op": "add", "path": "title", "value": "x"}]}), scim::ResourceType::user(), &Tolerance::tolerant()).unwrap();
        world.directory.patch_record(&world.caller, None, Kind::User, ana.id, &None, &patch).await.unwrap();
        world.plan().await;
        let lease = world.claim(LaneKind::Push, app).await;
        let done = crate::account::Recording { done: seen.clone(), ..Default::default() };
        assert!(world.directory.record(&lease, &done).await.unwrap());
        let left = open(&world, app).await;
        assert_eq!(left.len(), 1, "what came meanwhile is not forgotten");
        assert!(left[0].revision > seen[0].revision);
        let done = crate::account::Recording { done: left, ..Default::default() };
        assert!(world.directory.record(&lease, &done).await.unwrap());
        assert!(open(&world, app).await.is_empty());
    }
}

both! {
    async fn a_lost_lane_records_nothing(world: World) {
        let app = application(&world).await;
        let lease = world.claim(LaneKind::Push, app).await;
        let other = world.directory.clock.id();
        assert!(world.directory.claim(world.tenant(), LaneKind::Push, app, other).await.unwrap().is_none(), "one owner at a time");
        world.directory.give_back(&lease).await.unwrap();
        let second = world.directory.claim(world.tenant(), LaneKind::Push, app, other).await.unwrap().unwrap();
        assert!(!world.directory.record(&lease, &Default::default()).await.unwrap(), "the first is fenced off");
        assert!(world.directory.record(&second, &Default::default()).await.unwrap());
        assert!(!world.directory.renew(&lease).await.unwrap());
    }
}

both! {
    async fn a_credential_goes_nowhere_else(world: World) {
        use secrecy::ExposeSecret;
        let tenant = world.tenant();
        let app = application(&world).await;
        let settings = ApplicationSettings::new("https://app.test/scim".parse().unwrap());
        let elsewhere = ApplicationSettings::new("https://evil.test/scim".parse().unwrap());
        let mut tx = world.directory.db.read(tenant).await.unwrap();
        let token = world.directory.credential(&mut tx, app, &settings).await.unwrap().unwrap();
        assert_eq!(token.expose_secret(), "s3cret-token-of-the-app");
        let refused = world.directory.credential(&mut tx, app, &elsewhere).await.unwrap_err();
        assert!(refused.to_string().contains("https://app.test"), "{refused}");
        let (sealed,): (String,) = tx.row("SELECT sealed FROM credentials WHERE tenant = $1", crate::db::args![tenant.id()]).await.unwrap().unwrap();
        assert!(!sealed.contains("s3cret"));
    }
}
