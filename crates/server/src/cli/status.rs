//! `lockstep status` and `lockstep wait`.

use anyhow::bail;
use clap::Args;
use serde_json::Value;
use std::{
    thread::sleep,
    time::{Duration, Instant},
};

use super::{api::Api, duration, show::Shown};

#[derive(Args)]
pub struct WaitArguments {
    /// Until nothing is pending in active applications
    #[arg(long, required = true)]
    idle: bool,
    /// How long to wait at most: 90s, 5m, 1h
    #[arg(long, default_value = "60s", value_parser = duration::parse)]
    timeout: Duration,
}

pub fn show(api: &Api) -> anyhow::Result<Shown> {
    let status = api.get("/status")?;
    let columns = [
        ("APPLICATION", "name"),
        ("ACTIVE", "active"),
        ("PENDING", "pending"),
        ("WAITING", "waiting"),
        ("FAILED", "failed"),
        ("PAUSED", "pause/note"),
    ];
    let table = Shown::table(status["applications"].clone(), &columns);
    let sentence = format!("{}\n\n{}", sentence(&status), table.as_text());
    Ok(Shown::text(status, sentence))
}

fn sentence(status: &Value) -> String {
    let (pending, waiting, failed) = (&status["pending"], &status["waiting"], &status["failed"]);
    format!("{pending} pending, {waiting} waiting, {failed} failed")
}

pub fn wait(api: &Api, arguments: &WaitArguments) -> anyhow::Result<Shown> {
    debug_assert!(arguments.idle);
    let started = Instant::now();
    let mut pause = Duration::from_millis(20);
    loop {
        let status = api.get("/status")?;
        let sentence = sentence(&status);
        if status["idle"] == true {
            return Ok(Shown::text(status, sentence));
        }
        let left = arguments.timeout.saturating_sub(started.elapsed());
        if left.is_zero() {
            bail!("still not idle after {} s: {sentence}", arguments.timeout.as_secs());
        }
        sleep(pause.min(left));
        pause = (pause * 3 / 2).min(Duration::from_millis(500));
    }
}

/// What should be seen to.
pub fn alarms(api: &Api) -> anyhow::Result<Shown> {
    let alarms = api.get("/alarms")?["items"].take();
    Ok(Shown::table(alarms, &[("SINCE", "since"), ("SEVERITY", "severity"), ("ALARM", "text"), ("WHAT TO DO", "fix")]))
}
