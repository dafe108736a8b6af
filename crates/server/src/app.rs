//! What every handler needs: the directory, the way out, and the few things the process keeps in memory.

use std::{
    collections::HashMap,
    net::IpAddr,
    ops::Deref,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use ::scim_client::{Guard, Network, Transport};
use anyhow::{Context, anyhow};
use directory::{
    Clock, Db, Directory, Tenant, Vault,
    access_token::{Credential, Wrong},
    source::SourceCaller,
};
use metrics_exporter_prometheus::PrometheusHandle;
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use tokio::sync::{RwLock, watch};

use crate::{
    config::Config, door::Door, export::Places, newsroom::Newsroom, oidc::Oidc, peer::TrustedProxies,
    refusals::Refusals, request_log::RequestLog, setup_code::SetupCode, throttle::Throttle,
};

/// The running process as handlers see it. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

/// What [`App`] holds.
pub struct Inner {
    /// The domain and its database.
    pub directory: Directory,
    /// The same for requests of sources, which are not kept waiting: they are told to come again.
    pub scim: Directory,
    /// How applications are called.
    pub transport: Arc<dyn Transport>,
    /// Sign-in at an OpenID provider.
    pub oidc: Oidc,
    /// Which addresses may be called; asked when a base URL is saved.
    pub guard: Guard,
    /// How the world reaches us, without a slash at the end.
    pub public_url: String,
    /// Whether the operator said so, or it is only the listening address.
    pub is_public_url_set: bool,
    /// The proxies whose word about clients is taken.
    pub trusted_proxies: TrustedProxies,
    /// The log of requests to sources.
    pub log: RequestLog,
    /// Makes the first administrator; none once there is one.
    setup_code: Mutex<Option<SetupCode>>,
    /// Renders `/metrics`.
    pub metrics: PrometheusHandle,
    /// How often each SCIM token may come, by its id.
    pub rate: Throttle<String>,
    /// How often each address, and whoever guesses at one token, may come with wrong credentials.
    pub failures: Throttle<String>,
    /// What administrators' passwords pass.
    pub door: Door,
    /// Requests whose credentials were refused, for their source's administrator.
    pub refusals: Refusals,
    /// The files that are written at a time.
    pub exports: Places,
    /// Those who are told what changes.
    pub newsroom: Newsroom,
    tokens: Mutex<Tokens>,
    /// Becomes true when the process ends: streams that would go on for ever end then.
    ending: watch::Sender<bool>,
    /// Read by every mutation under way, written by the shutdown that waits for them.
    under_way: Arc<RwLock<()>>,
}

impl Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl App {
    /// An app over an open directory. `public_url` without a slash at the end.
    pub fn new(
        config: &Config,
        directory: Directory,
        transport: Arc<dyn Transport>,
        guard: Guard,
        public_url: String,
        log: RequestLog,
        metrics: PrometheusHandle,
    ) -> App {
        App(Arc::new(Inner {
            scim: directory.for_clients(),
            directory,
            oidc: Oidc::new(Arc::clone(&transport)),
            transport,
            guard,
            public_url,
            is_public_url_set: config.public_url.is_some(),
            trusted_proxies: TrustedProxies::new(config.trusted_proxies.clone()),
            log,
            setup_code: Mutex::new(None),
            metrics,
            rate: Throttle::new(config.scim_rate, config.scim_burst),
            failures: Throttle::new(1, config.scim_failures),
            door: Door::default(),
            refusals: Refusals::default(),
            exports: Places::default(),
            newsroom: Newsroom::default(),
            tokens: Mutex::default(),
            ending: watch::Sender::new(false),
            under_way: Arc::default(),
        }))
    }

    /// Run a change in a task of its own, so that it ends even when its client hangs up half way. A shutdown waits
    /// for it.
    ///
    /// # Panics
    /// When `work` panics, with its panic.
    pub async fn to_the_end<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> T {
        let under_way = Arc::clone(&self.under_way).read_owned().await;
        let task = tokio::spawn(async move {
            let outcome = work.await;
            drop(under_way);
            outcome
        });
        match task.await {
            Ok(outcome) => outcome,
            // Nobody aborts these tasks: the only other way for one to end is a panic, which goes on here.
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }

    /// Do something behind an answer, which does not wait for it. A shutdown does.
    pub fn behind(&self, work: impl Future<Output = ()> + Send + 'static) {
        let under_way = Arc::clone(&self.under_way);
        tokio::spawn(async move {
            let under_way = under_way.read_owned().await;
            work.await;
            drop(under_way);
        });
    }

    /// What makes the first administrator.
    pub fn setup_code(&self) -> MutexGuard<'_, Option<SetupCode>> {
        self.setup_code.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wait until no change is under way. Later ones wait for ever: only for the end of the process.
    pub async fn finish(&self) {
        std::mem::forget(Arc::clone(&self.under_way).write_owned().await);
    }

    /// Tell whoever waits in [`App::ending`] that the process ends.
    pub fn end(&self) {
        self.ending.send_replace(true);
    }

    /// Wait until the process ends.
    pub async fn ending(&self) {
        // The sender lives as long as the app.
        let _ = self.ending.subscribe().wait_for(|ending| *ending).await;
    }

    /// Forget which tokens were right: after one was revoked, or a source's settings changed.
    pub fn forget_tokens(&self) {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Who presents this at this source, remembered for [`REMEMBERED`], or why nobody does.
    pub async fn authenticate_source(
        &self,
        slug: &str,
        credential: &Credential<'_>,
        peer: Option<IpAddr>,
    ) -> Result<Result<Arc<SourceCaller>, Wrong>, directory::Error> {
        let key = token_key(slug, credential);
        let (known, generation) = self.tokens.lock().unwrap_or_else(PoisonError::into_inner).get(&key);
        let caller = match known {
            Some(caller) => caller,
            None => match self.scim.authenticate_source(slug, credential).await? {
                Ok(caller) => {
                    let caller = Arc::new(caller);
                    self.tokens.lock().unwrap_or_else(PoisonError::into_inner).put(
                        key,
                        generation,
                        Arc::clone(&caller),
                    );
                    caller
                }
                Err(wrong) => return Ok(Err(wrong)),
            },
        };
        Ok(if may_come_from(&caller.networks, peer) { Ok(caller) } else { Err(Wrong::Network) })
    }
}

/// So long a right token is not looked up again. Another node's revocation takes so long to arrive here.
const REMEMBERED: Duration = Duration::from_secs(2);

type TokenKey = [u8; 32];

fn token_key(slug: &str, credential: &Credential<'_>) -> TokenKey {
    let hash = Sha256::new().chain_update(slug).chain_update([0]);
    match credential {
        Credential::Bearer(text) => hash.chain_update(text),
        Credential::Basic { user, password } => {
            hash.chain_update([0]).chain_update(user).chain_update([0]).chain_update(password)
        }
    }
    .finalize()
    .into()
}

/// Whether a token with these networks may be used from an address. None means from anywhere.
pub fn may_come_from(networks: &[String], peer: Option<IpAddr>) -> bool {
    networks.is_empty()
        || networks.iter().filter_map(|network| network.parse::<Network>().ok()).any(|network| {
            // Without an address there is nothing to compare.
            peer.is_some_and(|peer| network.contains(peer))
        })
}

/// Tokens that were right a moment ago, by hash.
#[derive(Default)]
struct Tokens {
    callers: HashMap<TokenKey, (Instant, Arc<SourceCaller>)>,
    /// How often everything was forgotten: a look-up that began before may not put its answer back.
    generation: u64,
}

impl Tokens {
    fn get(&self, key: &TokenKey) -> (Option<Arc<SourceCaller>>, u64) {
        let fresh = self.callers.get(key).filter(|(at, _)| at.elapsed() < REMEMBERED);
        (fresh.map(|(_, caller)| Arc::clone(caller)), self.generation)
    }

    fn put(&mut self, key: TokenKey, generation: u64, caller: Arc<SourceCaller>) {
        if generation != self.generation {
            return;
        }
        if self.callers.len() >= 1_000 {
            self.callers.clear();
        }
        self.callers.insert(key, (Instant::now(), caller));
    }

    fn clear(&mut self) {
        self.generation += 1;
        self.callers.clear();
    }
}

/// Open the database and the key that a configuration names, by this clock.
///
/// # Errors
/// With a sentence for the operator: unreachable database, newer schema, unreadable key.
pub async fn open_directory(config: &Config, clock: Clock) -> anyhow::Result<Directory> {
    let vault = open_vault(&config.data_dir)?;
    let db = match &config.database_url {
        // A database error's text has its causes in it already.
        Some(url) => {
            let opened = Db::postgres(url.expose_secret()).await;
            opened.map_err(|error| anyhow!("can't open the PostgreSQL database: {error}"))?
        }
        None => {
            let opened = Db::sqlite(&config.data_dir).await;
            opened.map_err(|error| anyhow!("can't open the database in {}: {error}", config.data_dir.display()))?
        }
    };
    Ok(Directory::open(db, clock, vault).await?)
}

fn open_vault(folder: &Path) -> anyhow::Result<Vault> {
    Vault::open(folder).with_context(|| format!("can't use the key in {}", folder.display()))
}

/// Ask an application who it is, without changing anything there.
pub async fn test_connection(
    app: &App,
    tenant: Tenant,
    application: &str,
) -> Result<serde_json::Value, directory::Error> {
    let found = provision::test_connection(&app.directory, tenant, application, Arc::clone(&app.transport)).await?;
    serde_json::to_value(found).map_err(|error| directory::Error::invalid(error.to_string()))
}
