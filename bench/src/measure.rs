//! One measurement: what was done, how long it took, and what it cost whom.

use serde_json::{Value, json};
use std::time::{Duration, Instant};

use crate::process;

/// A measurement under way.
#[derive(Debug)]
pub struct Measure {
    scenario: String,
    servers: Vec<u32>,
    start: Instant,
    server_cpu: f64,
    client_cpu: f64,
}

impl Measure {
    /// Start the clocks. `servers`: the processes whose CPU time is what the requests cost.
    pub fn start(scenario: &str, servers: &[u32]) -> Measure {
        Measure {
            scenario: scenario.to_owned(),
            servers: servers.to_vec(),
            server_cpu: servers.iter().map(|pid| process::cpu_seconds(*pid)).sum(),
            client_cpu: process::own_cpu_seconds(),
            start: Instant::now(),
        }
    }

    /// When it began.
    pub fn began(&self) -> Instant {
        self.start
    }

    /// Stop the clocks and say what was seen, as JSON. `latencies`: one per request that succeeded.
    pub fn finish(self, mut latencies: Vec<Duration>, failed: u64, first_failure: Option<String>) -> Value {
        let seconds = self.start.elapsed().as_secs_f64();
        let server_cpu = self.servers.iter().map(|pid| process::cpu_seconds(*pid)).sum::<f64>() - self.server_cpu;
        let client_cpu = process::own_cpu_seconds() - self.client_cpu;
        latencies.sort_unstable();
        let requests = latencies.len() as f64;
        let milliseconds = |share| percentile(&latencies, share).map(|d| round(d.as_secs_f64() * 1000.0));
        json!({
            "scenario": self.scenario,
            "requests": latencies.len(),
            "failed": failed,
            "first_failure": first_failure,
            "seconds": round(seconds),
            "per_second": round(requests / seconds),
            "p50_ms": milliseconds(0.5),
            "p99_ms": milliseconds(0.99),
            "server_cpu_seconds": round(server_cpu),
            "per_cpu_second": per(requests, server_cpu),
            "client_cpu_seconds": round(client_cpu),
            "per_client_cpu_second": per(requests, client_cpu),
        })
    }
}

/// The latency that `share` of the requests kept within (nearest rank); `sorted` ascending.
fn percentile(sorted: &[Duration], share: f64) -> Option<Duration> {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied()
}

/// Null when too little CPU time was seen (less than 5 ticks) to say anything.
fn per(requests: f64, cpu: f64) -> Option<f64> {
    (cpu >= 0.05).then(|| round(requests / cpu))
}

fn round(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_ranks() {
        let sorted: Vec<_> = (1..=200).map(Duration::from_millis).collect();
        assert_eq!(percentile(&sorted, 0.5), Some(Duration::from_millis(100)));
        assert_eq!(percentile(&sorted, 0.99), Some(Duration::from_millis(198)));
        assert_eq!(percentile(&sorted[..1], 0.99), Some(Duration::from_millis(1)));
        assert_eq!(percentile(&[], 0.5), None);
    }
}
