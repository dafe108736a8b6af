//! Sends one scenario's requests to a SCIM server and prints what it measured, as one line of JSON.
//!
//! Every client is one kept-alive connection that sends its next request when the last one is answered. All of
//! them share one thread, so that on a small machine the server keeps a core. Latency is seen from here. What the
//! requests cost is the CPU time of the processes named with `--pid`.

mod endpoint;
mod raw;
mod scenario;

use clap::{Args, Parser, Subcommand, ValueEnum};
use serde_json::{Value, json};
use std::{path::PathBuf, time::Duration};

/// Sends a scenario's requests to a SCIM server and prints what it measured as JSON.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    scenario: Scenario,
    /// A process whose CPU time (with its children's) the requests cost; repeatable.
    #[arg(long = "pid", global = true)]
    pids: Vec<u32>,
    /// How many requests are under way at a time.
    #[arg(long, default_value_t = 8, global = true)]
    clients: usize,
    /// Stop after this many requests.
    #[arg(long, default_value_t = u64::MAX, global = true)]
    requests: u64,
    /// Start no request after this many seconds.
    #[arg(long, default_value_t = 3.0, global = true)]
    seconds: f64,
    /// Send requests for this many seconds before measuring (not for `create` and `raw`).
    #[arg(long, default_value_t = 0.5, global = true)]
    warm_up: f64,
}

#[derive(Args)]
struct Server {
    /// The SCIM base URL (http only).
    #[arg(long)]
    url: String,
    /// Its bearer token.
    #[arg(long)]
    token: String,
}

/// The people a server holds: a file with a line `NUMBER ID` for each.
#[derive(Args)]
struct People {
    /// File that `create` wrote.
    #[arg(long)]
    people: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Position {
    First,
    Middle,
    Last,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    UserName,
    ExternalId,
    Email,
}

#[derive(Subcommand)]
enum Scenario {
    /// POST people, numbered from `--from` on.
    Create {
        #[command(flatten)]
        server: Server,
        /// Number of the first person.
        #[arg(long, default_value_t = 0)]
        from: u64,
        /// File to append `NUMBER ID` to for everybody who was created.
        #[arg(long)]
        people: Option<PathBuf>,
    },
    /// GET one user by id.
    Read {
        #[command(flatten)]
        server: Server,
        #[command(flatten)]
        people: People,
    },
    /// GET one user by a filter.
    Filter {
        #[command(flatten)]
        server: Server,
        #[command(flatten)]
        people: People,
        /// Which attribute is asked for.
        #[arg(long, default_value = "user-name")]
        by: By,
    },
    /// GET a page of 100 users by `startIndex`.
    Page {
        #[command(flatten)]
        server: Server,
        /// Where in the list.
        #[arg(long)]
        position: Position,
    },
    /// GET all users by cursor, 100 at a time, one page after the other, `--rounds` times; the pages of the first and
    /// of the last tenth are measured.
    Walk {
        #[command(flatten)]
        server: Server,
        /// How often.
        #[arg(long, default_value_t = 1)]
        rounds: u64,
    },
    /// PATCH the displayName of a user.
    PatchUser {
        #[command(flatten)]
        server: Server,
        #[command(flatten)]
        people: People,
    },
    /// POST a group of the first `--members` people and print its id; not measured, so that what the server does
    /// about its members afterwards can be waited for.
    Group {
        #[command(flatten)]
        server: Server,
        #[command(flatten)]
        people: People,
        /// How many members.
        #[arg(long)]
        members: usize,
    },
    /// PATCH such a group: each client adds one more member and removes it again, in turn.
    PatchMember {
        #[command(flatten)]
        server: Server,
        #[command(flatten)]
        people: People,
        /// How many members it was made with.
        #[arg(long)]
        members: usize,
        /// Its id.
        #[arg(long)]
        group: String,
    },
    /// GET such a group without its members.
    ReadGroup {
        #[command(flatten)]
        server: Server,
        /// Its id.
        #[arg(long)]
        group: String,
    },
    /// PATCH such a group: one person more with each request, or the same people out of it again.
    ChangeMembers {
        #[command(flatten)]
        server: Server,
        #[command(flatten)]
        people: People,
        /// How many members it was made with.
        #[arg(long)]
        members: usize,
        /// Its id.
        #[arg(long)]
        group: String,
        /// Take them out.
        #[arg(long)]
        remove: bool,
    },
    /// Commit the rows of creates without any server: the limit of the database.
    Raw {
        /// `sqlite:FOLDER` or `postgres://…`, empty.
        #[arg(long)]
        database: String,
        /// Number of the first person.
        #[arg(long, default_value_t = 0)]
        from: u64,
    },
    /// Resident memory of the processes.
    Memory,
}

/// How long and how wide.
#[derive(Clone, Debug)]
struct Limits {
    clients: usize,
    requests: u64,
    time: Duration,
    warm_up: Duration,
    pids: Vec<u32>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let limits = Limits {
        clients: arguments.clients.max(1),
        requests: arguments.requests,
        time: Duration::try_from_secs_f64(arguments.seconds)?,
        warm_up: Duration::try_from_secs_f64(arguments.warm_up)?,
        pids: arguments.pids,
    };
    let seen: Value = match arguments.scenario {
        Scenario::Memory => {
            let bytes: u64 = limits.pids.iter().filter_map(|pid| bench::process::resident_bytes(*pid)).sum();
            json!({"scenario": "memory", "resident_bytes": bytes})
        }
        Scenario::Raw { database, from } => raw::run(&database, from, &limits).await?,
        other => tokio::task::LocalSet::new().run_until(scenario::run(other, limits)).await?,
    };
    println!("{seen}");
    Ok(())
}
