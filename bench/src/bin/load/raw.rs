//! The rows of creates, committed with nothing in front of the database.

use anyhow::Context;
use bench::{
    measure::Measure,
    person, postgres,
    rows::Person,
    sqlite::{Done, Job, Sqlite},
};
use serde_json::Value;
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

use crate::Limits;

/// Somewhere to commit to.
enum Database {
    Sqlite(Sqlite),
    Postgres(Box<sqlx::PgConnection>),
}

impl Database {
    async fn insert(&mut self, person: Person) -> anyhow::Result<()> {
        let stored = match self {
            Database::Sqlite(db) => {
                let done = db.run(Job::Create(Box::new(person))).await.map_err(anyhow::Error::msg)?;
                matches!(done, Done::Stored)
            }
            Database::Postgres(connection) => postgres::insert(connection, &person).await?,
        };
        stored.then_some(()).context("the database is not empty")
    }
}

/// Commit people for as long as the limits allow. What it costs is this process and those in the limits.
pub async fn run(database: &str, from: u64, limits: &Limits) -> anyhow::Result<Value> {
    let mut databases = Vec::new();
    if let Some(folder) = database.strip_prefix("sqlite:") {
        let sqlite = Sqlite::open(Path::new(folder)).await?;
        databases.extend((0..limits.clients).map(|_| Database::Sqlite(sqlite.clone())));
    } else {
        for _ in 0..limits.clients {
            databases.push(Database::Postgres(Box::new(postgres::open(database).await?)));
        }
    }
    let mut pids = limits.pids.clone();
    pids.push(std::process::id());
    let measure = Measure::start("raw", &pids);
    let (deadline, requests) = (Instant::now() + limits.time, limits.requests);
    let next = Arc::new(AtomicU64::new(0));
    let mut clients = JoinSet::new();
    for mut database in databases {
        let next = next.clone();
        clients.spawn(async move {
            let mut latencies = Vec::new();
            while Instant::now() < deadline {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= requests {
                    break;
                }
                let person = Person::read(&person::user(from + number)).context("a person without a name")?;
                let start = Instant::now();
                database.insert(person).await?;
                latencies.push(start.elapsed());
            }
            anyhow::Ok(latencies)
        });
    }
    let mut latencies: Vec<Duration> = Vec::new();
    while let Some(ended) = clients.join_next().await {
        latencies.extend(ended??);
    }
    let mut result = measure.finish(latencies, 0, None);
    result["clients"] = limits.clients.into();
    Ok(result)
}
