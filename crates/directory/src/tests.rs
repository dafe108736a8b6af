//! Tests through this crate's own functions, each on SQLite and on PostgreSQL.

mod access;
mod drafts;
mod filters;
mod forecasts;
mod joins;
mod names;
mod pending;
mod plans;
mod policies;
mod records;
mod removals;
mod sessions;
mod source_access;
mod storage;
mod waiting;

use scim::{Object, Tolerance, resource};
use serde_json::Value;
use sqlx::{Connection, Executor, PgConnection};
use std::path::PathBuf;

use crate::{
    Clock, Db, Directory, Kind, Tenant, Vault,
    access_token::Credential,
    audit::Actor,
    lane::{LaneKind, Lease},
    record::Record,
    schema::RecordType,
    source::{SourceCaller, SourceClient, SourceSettings},
};

/// Which database a test runs on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum On {
    Sqlite,
    Postgres,
}

/// Make two tests of one: `name::sqlite` and `name::postgres`.
macro_rules! both {
    ($(#[$meta:meta])* async fn $name:ident($world:ident: World) $body:block) => {
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn story($world: crate::tests::World) $body

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                if let Some(world) = crate::tests::World::new(crate::tests::On::Sqlite).await {
                    story(world).await;
                }
            }

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                if let Some(world) = crate::tests::World::new(crate::tests::On::Postgres).await {
                    story(world).await;
                }
            }
        }
    };
}
pub(crate) use both;

/// A fresh directory with one source.
pub(crate) struct World {
    pub directory: Directory,
    pub caller: SourceCaller,
    pub folder: PathBuf,
    pub on: On,
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A database of its own on the test cluster. None, loudly, when there is no cluster; never on CI.
pub(crate) async fn fresh_postgres() -> Option<String> {
    let Ok(cluster) = std::env::var("LOCKSTEP_TEST_POSTGRES") else {
        assert!(std::env::var("CI").is_err(), "on CI the tests run inside tests/with-postgres");
        eprintln!("LOCKSTEP_TEST_POSTGRES is not set: not run on PostgreSQL");
        return None;
    };
    let name = format!("directory_{}", Clock::system().id().simple());
    let mut connection = PgConnection::connect(&cluster).await.unwrap();
    connection.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
    let (base, _) = cluster.rsplit_once('/').unwrap();
    Some(format!("{base}/{name}"))
}

pub(crate) fn fresh_folder() -> PathBuf {
    std::env::temp_dir().join(format!("lockstep-{}", Clock::system().id()))
}

impl World {
    pub async fn new(on: On) -> Option<World> {
        let folder = fresh_folder();
        let db = match on {
            On::Sqlite => Db::sqlite(&folder).await.unwrap(),
            On::Postgres => Db::postgres(&fresh_postgres().await?).await.unwrap(),
        };
        let directory = Directory::open(db, Clock::system(), Vault::open(&folder).unwrap()).await.unwrap();
        let tenant = directory.tenants().await.unwrap()[0];
        let caller = add_source(&directory, tenant, "okta").await;
        Some(World { directory, caller, folder, on })
    }

    pub fn tenant(&self) -> Tenant {
        self.caller.tenant
    }

    pub async fn user(&self, body: Value) -> Record {
        self.directory.create_record(&self.caller, None, Kind::User, read(Kind::User, body)).await.unwrap()
    }

    pub async fn group(&self, body: Value) -> Record {
        self.directory.create_record(&self.caller, None, Kind::Group, read(Kind::Group, body)).await.unwrap()
    }

    /// Run the plan lane until nothing is left to plan.
    pub async fn plan(&self) {
        let lease = self.claim(LaneKind::Plan, self.tenant().id()).await;
        while self.directory.plan_turn(&lease).await.unwrap() == Some(true) {}
        self.directory.give_back(&lease).await.unwrap();
    }

    pub async fn claim(&self, kind: LaneKind, subject: uuid::Uuid) -> Lease {
        let node = self.directory.clock.id();
        self.directory.claim(self.tenant(), kind, subject, node).await.unwrap().expect("the lane is free")
    }
}

pub(crate) async fn add_source(directory: &Directory, tenant: Tenant, name: &str) -> SourceCaller {
    add_source_with(directory, tenant, name, &SourceSettings::default()).await
}

pub(crate) async fn add_source_with(
    directory: &Directory,
    tenant: Tenant,
    name: &str,
    settings: &SourceSettings,
) -> SourceCaller {
    let (source, token) =
        directory.add_source(tenant, &Actor::system(), name, SourceClient::Generic, settings).await.unwrap();
    let credential = Credential::Bearer(token.reveal());
    directory.authenticate_source(&source.slug, &credential).await.unwrap().expect("the token is right")
}

/// The type of users' records.
pub(crate) fn users(world: &World) -> &RecordType {
    world.caller.definitions.of(Kind::User)
}

/// A body as the SCIM surface hands it over.
pub(crate) fn read(kind: Kind, mut body: Value) -> Object {
    let rt = kind.standard_type();
    body["schemas"] = serde_json::json!([rt.schema.id]);
    resource::read(body, rt, &Tolerance::tolerant()).unwrap()
}
