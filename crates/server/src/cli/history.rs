//! `lockstep run`, `operation`, `audit` and `why`.

use clap::{Args, Subcommand};
use serde_json::Value;

use super::{
    api::{Api, segment, with_query},
    show::{Column, Shown},
};

#[derive(Subcommand)]
pub enum RunCommand {
    /// Runs, newest first
    List {
        /// Only of this application, by name or id
        #[arg(long)]
        app: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 20)]
        limit: usize,
    },
    /// One run with its operations
    Get {
        /// Its id
        run: String,
    },
}

#[derive(Subcommand)]
pub enum OperationCommand {
    /// Operations, newest first
    List {
        /// Only of this run
        #[arg(long)]
        run: Option<String>,
        /// Only about this user, by user name or id
        #[arg(long)]
        user: Option<String>,
        /// Only about this group, by name or id
        #[arg(long, conflicts_with = "user")]
        group: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// One operation with its requests
    Get {
        /// Its id
        operation: String,
    },
}

#[derive(Subcommand)]
pub enum AuditCommand {
    /// Changes, newest first
    List {
        /// Only about the object with this id
        #[arg(long)]
        object: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
}

#[derive(Args)]
pub struct WhyArguments {
    /// The user's name or id
    #[arg(value_name = "USERNAME")]
    user: String,
    /// The application's name or id
    #[arg(value_name = "APP")]
    app: String,
}

const OPERATIONS: [Column; 7] = [
    ("WHEN", "at"),
    ("DID", "op"),
    ("KIND", "kind"),
    ("NAME", "subjectName"),
    ("STATUS", "status"),
    ("WHY", "errorDetail"),
    ("ID", "id"),
];

pub fn run(api: &Api, command: RunCommand) -> anyhow::Result<Shown> {
    Ok(match command {
        RunCommand::List { app, limit } => Shown::table(
            api.list(&with_query("/runs", &[("application", app.as_deref())]), "before", limit)?,
            &[
                ("STARTED", "startedAt"),
                ("FINISHED", "finishedAt"),
                ("SUCCEEDED", "succeeded"),
                ("PENDING", "pending"),
                ("WAITING", "waiting"),
                ("FAILED", "failed"),
                ("ID", "id"),
            ],
        ),
        RunCommand::Get { run } => {
            let shown = api.get(&format!("/runs/{}", segment(&run)))?;
            let operations = api.list(&with_query("/operations", &[("run", Some(&run))]), "before", 200)?;
            let lines = [
                ("Started", "startedAt"),
                ("Finished", "finishedAt"),
                ("Succeeded", "succeeded"),
                ("Pending", "pending"),
                ("Waiting", "waiting"),
                ("Failed", "failed"),
            ];
            let below = format!("\n\n{}", Shown::table(operations, &OPERATIONS).as_text());
            Shown::object(shown, &lines).and(&below)
        }
    })
}

pub fn operation(api: &Api, command: OperationCommand) -> anyhow::Result<Shown> {
    Ok(match command {
        OperationCommand::List { run, user, group, limit } => {
            let of = [
                user.map(|user| format!("/users/{}", segment(&user))),
                group.map(|group| format!("/groups/{}", segment(&group))),
            ];
            let subject = match of.into_iter().flatten().next() {
                Some(path) => api.get(&path)?["id"].as_str().map(str::to_owned),
                None => None,
            };
            let path = with_query("/operations", &[("run", run.as_deref()), ("subject", subject.as_deref())]);
            Shown::table(api.list(&path, "before", limit)?, &OPERATIONS)
        }
        OperationCommand::Get { operation } => {
            let operation = api.get(&format!("/operations/{}", segment(&operation)))?;
            let attempts = [
                ("WHEN", "at"),
                ("METHOD", "method"),
                ("PATH", "path"),
                ("STATUS", "status"),
                ("MS", "durationMs"),
                ("ERROR", "errorCode"),
            ];
            let attempts =
                Shown::table(operation.get("attempts").cloned().unwrap_or(Value::Array(Vec::new())), &attempts);
            let lines = [
                ("Did", "op"),
                ("Kind", "kind"),
                ("Name", "subjectName"),
                ("Status", "status"),
                ("Error", "errorCode"),
                ("Why", "errorDetail"),
                ("Remote id", "remoteId"),
                ("When", "at"),
                ("Caused by", "cause"),
                ("Run", "run"),
                ("Sent", "changes"),
            ];
            let below = format!("\n\n{}", attempts.as_text());
            Shown::object(operation, &lines).and(&below)
        }
    })
}

pub fn audit(api: &Api, command: AuditCommand) -> anyhow::Result<Shown> {
    let AuditCommand::List { object, limit } = command;
    let path = with_query("/changes", &[("object", object.as_deref())]);
    Ok(Shown::table(
        api.list(&path, "before", limit)?,
        &[
            ("WHEN", "at"),
            ("WHO", "actor"),
            ("DID", "action"),
            ("KIND", "objectKind"),
            ("NAME", "objectName"),
            ("WHAT", "detail"),
        ],
    ))
}

pub fn why(api: &Api, arguments: &WhyArguments) -> anyhow::Result<Shown> {
    let why =
        api.get(&with_query("/why", &[("user", Some(&arguments.user)), ("application", Some(&arguments.app))]))?;
    let mut text = why["summary"].as_str().unwrap_or_default().to_owned();
    for (heading, member) in [("Because", "because"), ("Records", "records")] {
        let lines: Vec<&str> = why[member].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if !lines.is_empty() {
            text += &format!("\n\n{heading}\n  {}", lines.join("\n  "));
        }
    }
    let operations = Shown::table(why["operations"].clone(), &OPERATIONS);
    text += &format!("\n\nLast operations\n{}", operations.as_text());
    Ok(Shown::text(why, text))
}
