//! PostgreSQL: a pool, READ COMMITTED, row locks where a statement asks for them.

use sqlx::{
    ConnectOptions, Connection, PgPool,
    postgres::{PgArguments, PgConnectOptions, PgPoolOptions},
};
use std::{str::FromStr, time::Duration};

use super::{Arg, DbError, PATIENCE, share::Shares};

/// Turn our values into PostgreSQL's.
pub(super) fn bind(args: Vec<Arg>) -> Result<PgArguments, DbError> {
    use sqlx::Arguments;
    let mut bound = PgArguments::default();
    for arg in args {
        match arg {
            Arg::Id(v) => bound.add(v),
            // PostgreSQL has no text with NUL in it; what an application answers may have.
            Arg::Text(Some(v)) if v.contains('\0') => bound.add(v.replace('\0', "\u{FFFD}")),
            Arg::Text(v) => bound.add(v),
            Arg::Int(v) => bound.add(v),
            Arg::Bool(v) => bound.add(v),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(bound)
}

#[derive(Clone, Debug)]
pub(super) struct Postgres {
    /// For the engine and administrators.
    own: PgPool,
    /// For sources' clients, who cannot take all connections and are not kept waiting.
    clients: PgPool,
    /// Of those for clients.
    pub(super) shares: Shares,
}

/// `limit`: a statement that runs longer is a fault, or somebody holds what it needs; who asked may try again.
fn pool(options: &PgConnectOptions, size: u32, patience: Duration, limit: &'static str) -> PgPool {
    PgPoolOptions::new()
        .max_connections(size)
        .acquire_timeout(patience)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                sqlx::query(limit).execute(&mut *connection).await?;
                Ok(())
            })
        })
        .connect_lazy_with(options.clone())
}

impl Postgres {
    pub(super) async fn connect(url: &str) -> Result<Postgres, DbError> {
        let options = PgConnectOptions::from_str(url)?.application_name("lockstep").disable_statement_logging();
        // The pool keeps trying and then only says that it ran out of time; a first connection says why.
        options.connect().await?.close().await?;
        Ok(Postgres {
            own: pool(&options, 12, Duration::from_secs(10), "SET statement_timeout = '30s'"),
            clients: pool(&options, 20, PATIENCE, "SET statement_timeout = '5s'"),
            shares: Shares::new(15),
        })
    }

    fn pool(&self, for_clients: bool) -> &PgPool {
        if for_clients { &self.clients } else { &self.own }
    }

    pub(super) async fn reader(
        &self,
        for_clients: bool,
    ) -> Result<sqlx::pool::PoolConnection<sqlx::Postgres>, DbError> {
        Ok(self.pool(for_clients).acquire().await?)
    }

    pub(super) async fn begin(&self, for_clients: bool) -> Result<sqlx::Transaction<'static, sqlx::Postgres>, DbError> {
        Ok(self.pool(for_clients).begin().await?)
    }

    pub(super) async fn close(&self) {
        self.clients.close().await;
        self.own.close().await;
    }
}
