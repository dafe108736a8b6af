//! SQLite and PostgreSQL give the same answers, byte for byte, to the same requests: what clients send and what they
//! should not, in any order, over names that collide, fold and break.
//!
//! `LOCKSTEP_DIFFERENTIAL_SEEDS=100..120` runs other seeds. A failure prints its seed, its step and both answers.

mod filters;
mod people;
mod requests;
mod twins;

use crate::{chance::Chance, harness::Database};
use requests::World;
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
