//! PostgreSQL: a pool, READ COMMITTED, row locks where a statement asks for them.

use sqlx::{
    ConnectOptions, Connection, PgPool,
    postgres::{PgArguments, PgConnectOptions, PgPoolOptions},
};
use std::{str::FromStr, time::Duration};

use super::{Arg, DbError};

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
    pool: PgPool,
}

impl Postgres {
    pub(super) async fn connect(url: &str) -> Result<Postgres, DbError> {
        let options = PgConnectOptions::from_str(url)?.application_name("lockstep").disable_statement_logging();
        // The pool keeps trying and then only says that it ran out of time; a first connection says why.
        options.connect().await?.close().await?;
        let pool = PgPoolOptions::new()
            .max_connections(20)
            .acquire_timeout(Duration::from_secs(10))
            .after_connect(|connection, _| {
                Box::pin(async move {
                    // A statement that runs this long is a fault; the client gets 503 and may try again.
                    sqlx::query("SET statement_timeout = '30s'").execute(&mut *connection).await?;
                    Ok(())
                })
            })
            .connect_with(options)
            .await?;
        Ok(Postgres { pool })
    }

    pub(super) async fn reader(&self) -> Result<sqlx::pool::PoolConnection<sqlx::Postgres>, DbError> {
        Ok(self.pool.acquire().await?)
    }

    pub(super) async fn begin(&self) -> Result<sqlx::Transaction<'static, sqlx::Postgres>, DbError> {
        Ok(self.pool.begin().await?)
    }

    pub(super) async fn close(&self) {
        self.pool.close().await;
    }
}
