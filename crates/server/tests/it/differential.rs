//! SQLite and PostgreSQL give the same answers, byte for byte, to the same requests: what clients send and what they
//! should not, in any order, over names that collide, fold and break.
//!
//! `LOCKSTEP_DIFFERENTIAL_SEEDS=100..120` runs other seeds. A failure prints its seed, its step and both answers.

mod filters;
mod people;
mod requests;
mod twins;

use crate::{chance::Chance, harness::Database};
use requests::{Place, Request, World};
use twins::Twin;

/// Requests of one seed; eight seeds make 20,000.
const STEPS: u64 = 2_500;
/// Latest requests shown when answers differ.
const SHOWN: usize = 12;

async fn run(seed: u64, cluster: &str) {
    let folder = std::env::temp_dir().join(crate::harness::name());
    let sqlite = Twin::open(seed, &folder, Database::Sqlite).await;
    let postgres = Twin::open(seed, &folder, Database::Postgres(cluster.to_owned())).await;
    let mut world = World::new(Chance::new(seed));
    let mut before = Vec::new();
    for step in 1..=STEPS {
        let request = world.request();
        let (left, right) = futures::join!(sqlite.ask(step, &request), postgres.ask(step, &request));
        if left != right {
            before.reverse();
            before.truncate(SHOWN);
            before.reverse();
            panic!(
                "seed {seed}, step {step}: the answers differ\n{}\n-> {request}\nSQLite:     {left}\nPostgreSQL: {right}",
                before.join("\n"),
            );
        }
        assert!(![500, 503].contains(&left.status), "seed {seed}, step {step}: {request}\n{left}");
        world.learn(&request, &left);
        before.push(format!("{request}\n     {}", left.status));
    }
    world.check(seed);
    sqlite.close().await;
    postgres.close().await;
    let _ = std::fs::remove_dir_all(folder);
}

fn differential(seed: u64) {
    let Ok(cluster) = std::env::var("LOCKSTEP_TEST_POSTGRES") else {
        println!("LOCKSTEP_TEST_POSTGRES is not set: there is nothing to compare SQLite with");
        return;
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(run(seed, &cluster));
}

/// Pages on either side of a cursor's life, over the whole server.
async fn expire(database: Database) {
    let folder = std::env::temp_dir().join(crate::harness::name());
    let twin = Twin::open(0, &folder, database).await;
    let ask = async |step: u64, method, path: &str, body: Option<&str>| {
        let (place, path, body) = (Place::Source(0), path.to_owned(), body.map(|text| text.as_bytes().to_vec()));
        let headers = body.iter().map(|_| ("content-type", "application/json".to_owned())).collect();
        twin.ask(step, &Request { place, method, path, headers, body }).await
    };
    for (step, name) in [(1, "ana"), (2, "bob")] {
        let body = format!(r#"{{"schemas":["{}"],"userName":"{name}"}}"#, scim::USER_URN);
        assert_eq!(ask(step, "POST", "/Users", Some(&body)).await.status, 201);
    }
    let first: serde_json::Value =
        serde_json::from_str(&ask(3, "GET", "/Users?cursor&count=1", None).await.body).unwrap();
    let next = format!("/Users?count=1&cursor={}", first["nextCursor"].as_str().unwrap());
    assert_eq!(ask(499, "GET", &next, None).await.status, 200);
    let late = ask(500, "GET", &next, None).await;
    assert!(late.status == 400 && late.body.contains("expiredCursor"), "{late}");
    twin.close().await;
    let _ = std::fs::remove_dir_all(folder);
}

#[test]
fn cursors_expire() {
    crate::harness::on_both(expire);
}

/// One test to a seed, so that they run side by side.
macro_rules! seeds {
    ($($name:ident = $seed:literal),*) => {$(
        #[test]
        fn $name() {
            differential($seed);
        }
    )*};
}
seeds!(one = 1, two = 2, three = 3, four = 4, five = 5, six = 6, seven = 7, eight = 8);

#[test]
fn others() {
    let Ok(text) = std::env::var("LOCKSTEP_DIFFERENTIAL_SEEDS") else { return };
    let (from, to) = text.split_once("..").expect("FROM..TO");
    for seed in from.parse().unwrap()..to.parse().unwrap() {
        println!("seed {seed}");
        differential(seed);
    }
}
