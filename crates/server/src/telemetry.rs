//! The process's own log: messages for people, fields for machines. Never a secret, a body or a query string.

use std::io::{IsTerminal, stderr};

use anyhow::Context;
use tracing_subscriber::{EnvFilter, fmt, prelude::*};

/// Start logging to standard error: readable on a terminal, JSON lines otherwise. `filter` says which lines.
///
/// # Errors
/// When `filter` can't be read.
pub fn start(filter: &str) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(filter).with_context(|| format!("log: {filter:?} is no filter such as info"))?;
    let lines = if stderr().is_terminal() {
        fmt::layer().with_target(false).with_writer(stderr).boxed()
    } else {
        fmt::layer().json().flatten_event(true).with_writer(stderr).boxed()
    };
    // In tests several servers start in one process: the first one's subscriber serves all.
    let _ = tracing_subscriber::registry().with(filter).with(lines).try_init();
    Ok(())
}
