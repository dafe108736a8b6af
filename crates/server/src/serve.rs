//! `lockstep serve`: the process from its start to its end.
//!
//! Connections run on hyper's own builder, because `axum::serve` sets no timers and would keep a half-sent head open
//! for ever. HTTP/1.1 only: in front of us stands a proxy that speaks TLS, and speaks HTTP/1.1 to us.

use std::{fs::File, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use ::scim_client::{Guard, HttpTransport, Transport};
use anyhow::Context;
use axum::{Router, body::Body, extract::ConnectInfo};
use directory::Clock;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    net::{TcpListener, TcpStream},
    time::timeout,
};

use crate::{
    app::{self, App},
    config::Config,
    connections::Connections,
    metrics,
    request_log::RequestLog,
    router, setup_code, upkeep,
};

/// A head that takes longer is cut off, and so is a connection on which nothing is asked for so long.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// The longest head that is read at all. It leaves room to answer a target that is too long in SCIM's words.
const HEAD_SIZE: usize = 64 * 1024;
/// So long requests under way may take to end when the process ends.
const GRACE: Duration = Duration::from_secs(10);

/// What a connection gets for which there is no place.
const TURNED_AWAY: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

/// A server that listens, but does not answer yet.
pub struct Server {
    listener: TcpListener,
    app: App,
    engine: provision::Engine,
    /// Held for as long as the server runs: one server to a data directory.
    lock: File,
}

/// Serve until the process is told to end.
///
/// # Errors
/// With a sentence for the operator, when the start fails.
pub async fn serve(config: Config) -> anyhow::Result<()> {
    let signals = Signals::listen()?;
    let server = Server::start(&config).await?;
    server.announce().await?;
    server.run(signals.received()).await;
    Ok(())
}

/// Make sure that no other server works on this data directory: two would share one node's identity.
fn lock(folder: &Path) -> anyhow::Result<File> {
    std::fs::create_dir_all(folder).with_context(|| format!("can't make {}", folder.display()))?;
    let file = File::create(folder.join("lock")).with_context(|| format!("can't write in {}", folder.display()))?;
    file.try_lock().map_err(|_| anyhow::anyhow!("another Lockstep is running on {}", folder.display()))?;
    Ok(file)
}

impl Server {
    /// Open everything and listen.
    ///
    /// # Errors
    /// With a sentence for the operator: port taken, unusable database or key.
    pub async fn start(config: &Config) -> anyhow::Result<Server> {
        let guard = Guard::new(config.allow_outbound.clone());
        let transport: Arc<dyn Transport> = Arc::new(HttpTransport::new(guard.clone()));
        Server::start_with(config, Clock::system(), guard, transport).await
    }

    /// The same by another clock and over another way to applications, for tests.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub async fn start_with(
        config: &Config,
        clock: Clock,
        guard: Guard,
        transport: Arc<dyn Transport>,
    ) -> anyhow::Result<Server> {
        let listener =
            TcpListener::bind(config.listen).await.with_context(|| format!("can't listen on {}", config.listen))?;
        let address = listener.local_addr()?;
        let lock = lock(&config.data_dir)?;
        let directory = app::open_directory(config, clock).await?;
        let node = directory::node_id(&config.data_dir).context("can't tell which node this is")?;
        directory.check_key().await.with_context(|| {
            let folder = config.data_dir.display();
            format!("the key in {folder} is not the one that this database's credentials were sealed with")
        })?;
        let public_url = config.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
        let log = RequestLog::start(directory.clone());
        let engine = provision::Engine::start(directory.clone(), Arc::clone(&transport), node);
        let app = App::new(config, directory, transport, guard, public_url, log, metrics::install()?);
        Ok(Server { listener, app, engine, lock })
    }

    /// The app behind it.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the operating system can't say.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Tell the operator where to go, and how to become the first administrator.
    async fn announce(&self) -> anyhow::Result<()> {
        let app = &self.app;
        tracing::info!(listen = %self.address()?, public_url = app.public_url, "listening");
        let mut text = format!("Lockstep listens on {}\n", app.public_url);
        if !app.directory.has_administrator().await? {
            text += &setup_code::renew(app);
        }
        setup_code::print(&text);
        Ok(())
    }

    /// Answer requests until `end`, then finish what is under way.
    pub async fn run(self, end: impl Future<Output = ()>) {
        let Server { listener, app, engine, lock: _lock } = self;
        let router = router::router(app.clone());
        let graceful = GracefulShutdown::new();
        let connections = Connections::default();
        let upkeep = tokio::spawn(upkeep::run(app.clone()));
        let mut end = std::pin::pin!(end);
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = &mut end => break,
            };
            match accepted {
                Ok((stream, peer)) => {
                    let counted = !app.trusted_proxies.contains(peer.ip());
                    let Some(place) = connections.take(peer.ip(), counted) else {
                        metrics::turned_away();
                        // Fits into the empty buffer of a new connection; whoever does not read it is not waited for.
                        let _ = stream.try_write(TURNED_AWAY);
                        continue;
                    };
                    let connection = graceful.watch(connection(stream, peer, app.clone(), router.clone()));
                    tokio::spawn(async move {
                        // Clients that hang up are no fault of ours.
                        let _ = connection.await;
                        drop(place);
                    });
                }
                Err(error) => {
                    // Mostly too many open files: others must be closed first.
                    tracing::error!(%error, "can't accept a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
        drop(listener);
        upkeep.abort();
        tracing::info!("ending: no new requests");
        if timeout(GRACE, graceful.shutdown()).await.is_err() {
            tracing::warn!("requests were still under way and are cut off");
        }
        if timeout(GRACE, app.finish()).await.is_err() {
            tracing::warn!("changes were still under way and are undone");
        }
        engine.stop().await;
        app.refusals.write(&app.directory).await;
        app.log.close().await;
        app.directory.db.close().await;
        tracing::info!("ended");
    }
}

type Connection<S> = http1::Connection<TokioIo<TcpStream>, S>;

fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    app: App,
    router: Router,
) -> Connection<
    impl hyper::service::Service<
        hyper::Request<Incoming>,
        Response = hyper::Response<Body>,
        Error = std::convert::Infallible,
        Future: Send,
    >,
> {
    // Answers are written whole: waiting for more to send would only delay them.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let (app, router) = (app.clone(), router.clone());
        async move {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            Ok(router::answer(&app, router, request).await)
        }
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD_SIZE)
        .serve_connection(TokioIo::new(stream), service)
}

/// What tells a process to end.
struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    /// Listen from now on, so that a signal during the start is not lost.
    fn listen() -> anyhow::Result<Signals> {
        #[cfg(unix)]
        let terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        Ok(Signals {
            #[cfg(unix)]
            terminate,
        })
    }

    /// SIGTERM, or an interrupt from the terminal.
    async fn received(self) {
        #[cfg(unix)]
        {
            let mut terminate = self.terminate;
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    }
}
