//! Tokens of sources by a clock of the test's own, what is warned of, and scratch tenants.

use secrecy::ExposeSecret;
use serde_json::json;
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use super::*;
use crate::{
    Millis,
    access_token::Wrong,
    alarm::{self, Cause},
    clock,
    db::args,
    request::{Line, Request},
    scratch, source, source_token,
    source_token::{NewSourceToken, SourceTokenKind},
};

const HOUR: Millis = 60 * 60 * 1000;
const DAY: Millis = 24 * HOUR;

/// A clock that stands until it is moved.
#[derive(Clone)]
pub(super) struct Hands(Arc<AtomicI64>);

impl clock::Source for Hands {
    fn now(&self) -> Millis {
        self.0.load(Ordering::Relaxed)
    }

    fn fill(&self, bytes: &mut [u8]) {
        clock::random(bytes);
    }
}

impl Hands {
    pub(super) fn forward(&self, time: Millis) {
        self.0.fetch_add(time, Ordering::Relaxed);
    }
}

/// The world's directory by another clock, and that clock.
pub(super) async fn timed(world: &World) -> (Directory, Hands) {
    let hands = Hands(Arc::new(AtomicI64::new(world.directory.clock.now())));
    let (db, vault) = (world.directory.db.clone(), world.directory.vault.clone());
    (Directory::open(db, Clock::new(hands.clone()), vault).await.unwrap(), hands)
}

async fn alarms(directory: &Directory, tenant: Tenant) -> Vec<Cause> {
    let mut tx = directory.db.read(tenant).await.unwrap();
    alarm::list(&mut tx, directory.clock.now()).await.unwrap().into_iter().map(|alarm| alarm.cause).collect()
}

async fn told(directory: &Directory, tenant: Tenant) -> usize {
    directory.new_alarms(tenant).await.unwrap().len()
}

both! {
    async fn a_token_ends_and_is_warned_of_once_for_each_day_that_counts(world: World) {
        let (directory, hands) = timed(&world).await;
        let (tenant, system) = (world.tenant(), Actor::system());
        let (source, token) = directory
            .add_source(tenant, &system, "idp", SourceClient::Entra, &SourceSettings::default())
            .await
            .unwrap();
        let enter = async || {
            let credential = Credential::Bearer(token.reveal());
            directory.authenticate_source(&source.slug, &credential).await.unwrap().map(|caller| caller.source.id)
        };
        // The world's own source has a token of the same age, which is not of interest here.
        let mine = async || {
            let causes = alarms(&directory, tenant).await;
            causes.into_iter().find(|cause| matches!(cause, Cause::TokenExpires { token: id, .. } | Cause::TokenExpired { token: id, .. } if *id == token.id))
        };
        hands.forward(334 * DAY);
        assert_eq!((mine().await, told(&directory, tenant).await), (None, 0), "31 days are left");
        for left in [30, 14, 7, 1] {
            let mut tx = directory.db.read(tenant).await.unwrap();
            let expires_at = source_token::find(&mut tx, source.id, &token.id).await.unwrap().expires_at.unwrap();
            drop(tx);
            hands.forward(expires_at - left * DAY + HOUR - directory.clock.now());
            assert!(matches!(mine().await, Some(Cause::TokenExpires { days, .. }) if days == left), "{left}");
            assert_eq!(told(&directory, tenant).await, 2, "{left}: for each of the two sources");
            assert_eq!(told(&directory, tenant).await, 0, "{left}: once");
        }
        assert_eq!(enter().await, Ok(source.id));
        hands.forward(DAY);
        assert_eq!(enter().await, Err(Wrong::Expired));
        assert!(matches!(mine().await, Some(Cause::TokenExpired { .. })));
        assert_eq!((told(&directory, tenant).await, told(&directory, tenant).await), (2, 0));
        directory.add_source_token(tenant, &system, source.id, &NewSourceToken::default()).await.unwrap();
        assert_eq!(mine().await, None, "its cause is gone");
    }
}

both! {
    async fn a_rotation_is_no_alarm_and_never_lengthens_a_life(world: World) {
        let (directory, hands) = timed(&world).await;
        let (tenant, system, source) = (world.tenant(), Actor::system(), world.caller.source.id);
        hands.forward(360 * DAY);
        assert_eq!(alarms(&directory, tenant).await.len(), 1);
        let first = world.caller.token.clone();
        let (second, new) = directory.rotate_source_token(tenant, &system, source, &first, 30, 365).await.unwrap();
        assert_eq!(alarms(&directory, tenant).await, [], "the new one goes on");
        let mut tx = directory.db.read(tenant).await.unwrap();
        let first = source_token::find(&mut tx, source, &first).await.unwrap();
        assert!(first.expires_at < Some(directory.clock.now() + 7 * DAY), "its own end comes first");
        assert_eq!(second.last4.as_deref(), Some(&new.reveal()[new.reveal().len() - 4..]));
        drop(tx);
        hands.forward(100 * DAY);
        directory.revoke_source_token(tenant, &system, source, &second.id).await.unwrap();
        assert_eq!(alarms(&directory, tenant).await, [], "who revokes the last token wants it so");
    }
}

both! {
    async fn silence_after_a_call_is_an_alarm(world: World) {
        let (directory, hands) = timed(&world).await;
        let (tenant, source) = (world.tenant(), world.caller.source.id);
        let call = async || {
            let request = Request {
                id: directory.clock.id(), at: directory.clock.now(), method: "GET".into(), path: "/Users".into(), status: 200,
                scim_type: None, subject: None, detail: None, duration_us: 1, test: false, has_body: false,
            };
            let line = Line {
                tenant, source, source_name: world.caller.source.name.clone(), token: world.caller.token.clone(), from: None, request,
                failures: Vec::new(), bodies: None,
            };
            directory.log_requests(&[line]).await.unwrap();
        };
        hands.forward(27 * HOUR);
        assert_eq!(alarms(&directory, tenant).await, [], "one that never called is not silent, it waits");
        for _ in 0..2 {
            call().await;
            hands.forward(25 * HOUR);
            assert_eq!((alarms(&directory, tenant).await, told(&directory, tenant).await), (vec![], 0));
            hands.forward(2 * HOUR);
            assert!(matches!(alarms(&directory, tenant).await[..], [Cause::SourceSilent { .. }]));
            assert_eq!((told(&directory, tenant).await, told(&directory, tenant).await), (1, 0));
        }
    }
}

both! {
    async fn two_of_a_kind_live_however_many_ask_at_once(world: World) {
        let (tenant, source) = (world.tenant(), world.caller.source.id);
        let asked = (0..16).map(|_| {
            let directory = world.directory.clone();
            tokio::spawn(async move {
                directory.add_source_token(tenant, &Actor::system(), source, &NewSourceToken::default()).await.is_ok()
            })
        });
        let mut made = 0;
        for task in asked.collect::<Vec<_>>() {
            made += usize::from(task.await.unwrap());
        }
        assert_eq!(made, 1, "beside the one that the source began with");
        let client = NewSourceToken { kind: SourceTokenKind::OauthClient, ..NewSourceToken::default() };
        world.directory.add_source_token(tenant, &Actor::system(), source, &client).await.unwrap();
    }
}

both! {
    async fn what_was_not_made_here_costs_no_statement_and_what_was_made_before_works_on(world: World) {
        let (tenant, source) = (world.tenant(), &world.caller.source);
        let (_, token) =
            world.directory.add_source_token(tenant, &Actor::system(), source.id, &NewSourceToken::default()).await.unwrap();
        let text = token.text.expose_secret();
        let secret = text.rsplit_once('_').unwrap().1;
        let mut tx = world.directory.db.write(tenant).await.unwrap();
        // As the first release stored it.
        let old = crate::token::hash(&secret[..43]);
        tx.execute("UPDATE source_tokens SET hash = $1, last4 = NULL WHERE id = $2", args![old, &token.id]).await.unwrap();
        tx.commit().await.unwrap();
        let enter = async |text: &str| world.directory.authenticate_source(&source.slug, &Credential::Bearer(text)).await;
        assert!(enter(text).await.unwrap().is_ok());

        world.directory.db.close().await;
        assert!(enter(text).await.is_err(), "without a database nobody gets in");
        let mut wrong = text.to_owned();
        wrong.pop();
        for wrong in [&wrong, "", "x", &text.replace("lockstep_in", "lockstep_oa")] {
            assert!(matches!(enter(wrong).await, Ok(Err(Wrong::Unknown))), "{wrong}: asked the database");
        }
        let basic = Credential::Basic { user: "somebody", password: text };
        assert!(matches!(world.directory.authenticate_source(&source.slug, &basic).await, Ok(Err(Wrong::Unknown))));
    }
}

both! {
    async fn a_scratch_tenant_leaves_nothing(world: World) {
        let (directory, tenant) = (&world.directory, world.tenant());
        let before = source::list(&mut directory.db.read(tenant).await.unwrap()).await.unwrap().len();
        let token = directory.begin_scratch(tenant, &world.caller.source).await.unwrap();
        let credential = Credential::Bearer(token.reveal());
        let caller = directory.authenticate_source(&world.caller.source.slug, &credential).await.unwrap().unwrap();
        assert_eq!(caller.tests, Some((tenant, world.caller.source.id)));
        assert_ne!(caller.tenant, tenant);
        let create = async |kind, body| directory.create_record(&caller, None, kind, read(kind, body)).await.unwrap();
        let ana = create(Kind::User, json!({"userName": "ana", "externalId": "1"})).await;
        create(Kind::Group, json!({"displayName": "Sales", "members": [{"value": ana.id}]})).await;
        assert_eq!(source::list(&mut directory.db.read(tenant).await.unwrap()).await.unwrap().len(), before);

        directory.end_scratch(tenant, &token.id).await.unwrap();
        assert!(matches!(directory.authenticate_source(&world.caller.source.slug, &credential).await, Ok(Err(Wrong::Unknown))));
        let mut tx = directory.db.read(tenant).await.unwrap();
        let tables: Vec<(String,)> = match world.on {
            On::Sqlite => tx.rows(
                "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name = 'tenant' ORDER BY m.name",
                args![],
            ).await.unwrap(),
            On::Postgres => tx.rows(
                "SELECT CAST(table_name AS TEXT) FROM information_schema.columns WHERE column_name = 'tenant' AND table_schema = 'public' ORDER BY table_name",
                args![],
            ).await.unwrap(),
        };
        // Where a scratch tenant has nothing to do: who may sign in, how long things are kept, what is shown as an
        // example. Its own token goes first.
        let others = [
            "access_tokens", "administrators", "api_tokens", "demo", "invitations", "recovery_codes", "sessions", "settings",
            "sign_in_providers", "used_states",
        ];
        for (table,) in tables {
            let broom = format!("DELETE FROM {table} WHERE tenant = ");
            assert!(others.contains(&&*table) || scratch::TABLES.contains(&&*broom), "{table} is not swept: add it to scratch::TABLES");
            let mut sql = crate::db::Sql::new("SELECT COUNT(*) FROM ");
            sql.bind_text(&format!("{table} WHERE tenant = $1"), args![caller.tenant.id()]);
            let left: Vec<(i64,)> = tx.rows_of(sql).await.unwrap();
            assert_eq!(left[0].0, 0, "{table}");
        }
    }
}
