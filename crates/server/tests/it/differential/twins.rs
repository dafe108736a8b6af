//! The same server on another database: same clock, same chance, same key.

use std::{
    fmt,
    path::Path,
    sync::{Arc, Mutex},
};

use axum::{Router, body::Body};
use directory::{Clock, Db, Directory, Millis, Vault, administrator::Role, audit::Actor, clock, source};
use http_body_util::BodyExt;
use scim_client::{Guard, HttpTransport};
use server::{app::App, metrics, request_log::RequestLog, router};

use super::requests::{Place, Request};
use crate::{
    chance::Chance,
    harness::{Database, config, create_database, drop_database},
};

/// Time and randomness that depend on the step alone, not on what was asked of them before.
#[derive(Clone)]
struct Steps(Arc<Mutex<(u64, Millis, Chance)>>);

impl Steps {
    fn new(seed: u64) -> Steps {
        Steps(Arc::new(Mutex::new((seed, 0, Chance::new(seed)))))
    }

    fn go(&self, step: u64) {
        let mut state = self.0.lock().unwrap();
        // Several requests in one millisecond, and sometimes a cursor's life between two of them.
        let passed = step / 3 + (step / 500) * 700_000;
        let seed = state.0;
        *state = (seed, 1_800_000_000_000 + i64::try_from(passed).unwrap(), Chance::new(seed ^ (step << 20)));
    }
}

impl clock::Source for Steps {
    fn now(&self) -> Millis {
        self.0.lock().unwrap().1
    }

    fn fill(&self, bytes: &mut [u8]) {
        let chance = &mut self.0.lock().unwrap().2;
        for part in bytes.chunks_mut(8) {
            part.copy_from_slice(&chance.next().to_le_bytes()[..part.len()]);
        }
    }
}

/// One of the two servers. It has no engine, which would take from the clock between requests.
pub struct Twin {
    app: App,
    router: Router,
    steps: Steps,
    /// Slug and token of a tolerant and of a strict source.
    sources: Vec<(String, String)>,
    api_token: String,
    /// What is random by design, and what stands for it in answers.
    random: Vec<(String, &'static str)>,
    database: Database,
    name: String,
}

impl Twin {
    /// A server on an empty database. Both twins have one `folder`, and so one key.
    pub async fn open(seed: u64, folder: &Path, database: Database) -> Twin {
        let (steps, name) = (Steps::new(seed), crate::harness::name());
        let db = match &database {
            Database::Sqlite => Db::sqlite(folder).await.unwrap(),
            Database::Postgres(cluster) => Db::postgres(&create_database(cluster, &name).await).await.unwrap(),
        };
        steps.go(0);
        let directory = Directory::open(db, Clock::new(steps.clone()), Vault::open(folder).unwrap()).await.unwrap();
        let tenant = directory.tenants().await.unwrap()[0];
        let (mut sources, mut random) = (Vec::new(), Vec::new());
        for (name, tolerance) in [("tolerant", scim::Tolerance::tolerant()), ("strict", scim::Tolerance::strict())] {
            let settings = source::SourceSettings { tolerance, ..source::SourceSettings::default() };
            let (source, token) = directory
                .add_source(tenant, &Actor::system(), name, source::SourceClient::Generic, &settings)
                .await
                .unwrap();
            random.extend([(source.slug.clone(), name), (token.id.clone(), "token")]);
            sources.push((source.slug, token.reveal().to_owned()));
        }
        let token = directory.add_local_api_token("auditor", Role::Auditor).await.unwrap();
        random.push((token.id.clone(), "token"));
        let guard = Guard::new(Vec::new());
        let app = App::new(
            &config(folder, None),
            directory.clone(),
            Arc::new(HttpTransport::new(guard.clone())),
            guard,
            "https://hub.test".into(),
            RequestLog::start(directory),
            metrics::install().unwrap(),
        );
        // What is written behind the answers comes when it comes, and takes ids from the same clock.
        app.log.close().await;
        let api_token = token.reveal().to_owned();
        Twin { router: router::router(app.clone()), app, steps, sources, api_token, random, database, name }
    }

    /// Its answer to a request. What is random in it by design has a name instead.
    pub async fn ask(&self, step: u64, request: &Request) -> Answer {
        self.steps.go(step);
        let (base, token) = match request.place {
            Place::Source(number) => {
                let (slug, token) = &self.sources[number];
                (format!("/scim/v2/{slug}"), token)
            }
            Place::Api => ("/api/v1".to_owned(), &self.api_token),
        };
        let mut ask = http::Request::builder()
            .method(request.method)
            .uri(format!("{base}{}", request.path))
            .header("host", "lockstep.test")
            .header("authorization", format!("Bearer {token}"));
        for (name, value) in &request.headers {
            ask = ask.header(*name, value);
        }
        let ask = ask.body(Body::from(request.body.clone().unwrap_or_default())).unwrap();
        let (head, body) = router::answer(&self.app, self.router.clone(), ask).await.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let mut headers: Vec<_> = head
            .headers
            .iter()
            .map(|(name, value)| self.plain(&format!("{name}: {}", value.to_str().unwrap())))
            .collect();
        headers.sort();
        Answer { status: head.status.as_u16(), headers, body: self.plain(std::str::from_utf8(&bytes).unwrap()) }
    }

    fn plain(&self, text: &str) -> String {
        self.random.iter().fold(text.to_owned(), |text, (random, name)| text.replace(random, name))
    }

    pub async fn close(self) {
        self.app.log.close().await;
        self.app.directory.db.close().await;
        if let Database::Postgres(cluster) = &self.database {
            drop_database(cluster, &self.name).await;
        }
    }
}

/// A whole answer.
#[derive(PartialEq)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<String>,
    pub body: String,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}\n            {}", self.status, self.headers, self.body)
    }
}
