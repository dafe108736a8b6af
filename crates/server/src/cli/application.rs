//! `lockstep app`.

use anyhow::Context;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};
use std::{fs, path::PathBuf};

use super::{
    account,
    api::{Api, segment},
    group_preview, match_trial,
    show::Shown,
};

#[derive(Subcommand)]
pub enum Command {
    /// Make an application with a draft
    Add(Add),
    /// All applications
    List,
    /// One application and how it stands
    Get(App),
    /// Its draft; with --set, write it
    Draft {
        #[command(flatten)]
        app: App,
        /// A JSON file with what is to be decided, as `--json` prints it under "settings"
        #[arg(long, value_name = "FILE")]
        set: Option<PathBuf>,
    },
    /// Store another bearer token for it, read from standard input
    Credential(App),
    /// Make the draft what counts
    Publish(App),
    /// Let Lockstep act on it
    Activate(App),
    /// Pause it: nothing is sent, nothing there is touched
    Deactivate(App),
    /// Ask it who it is, without changing anything there
    Test(App),
    /// What matching would come to for everybody who should have an account, by its draft; nothing is changed there
    TryMatching(App),
    /// Push a group to it
    PushGroup {
        #[command(flatten)]
        app: App,
        /// The group's name or id
        group: String,
        /// Only show what it would do to the members of the group of this name there
        #[arg(long)]
        preview: bool,
    },
    /// Stop pushing a group, which removes the group there
    UnpushGroup {
        #[command(flatten)]
        app: App,
        /// The group's name or id
        group: String,
    },
    /// The groups that are pushed to it
    Groups(App),
    /// Who is assigned to it
    Assignments(Listed),
    /// The users who have access to it
    Users(Listed),
    /// What it holds for each user
    Accounts(Listed),
    /// What is open in it, and why
    Open(App),
    /// Look at everyone who has access, whether or not anything changed
    Sync(App),
    /// Look again, now, at what is open
    Retry {
        #[command(flatten)]
        app: App,
        /// Only at what has this code of the error taxonomy
        #[arg(long)]
        code: Option<String>,
    },
    /// Forget it; its accounts stay there as they are
    Delete(App),
}

/// Which application.
#[derive(Args)]
pub struct App {
    /// The application's name or id
    #[arg(value_name = "APP")]
    name: String,
}

/// Which application, and how much of its list.
#[derive(Args)]
pub struct Listed {
    #[command(flatten)]
    app: App,
    /// At most so many
    #[arg(long, default_value_t = 200)]
    limit: usize,
}

#[derive(Args)]
pub struct Add {
    /// Its name
    name: String,
    /// The base URL of its SCIM service
    #[arg(long, value_name = "URL")]
    base_url: String,
    /// The bearer token for it; in scripts, better LOCKSTEP_APP_TOKEN, since arguments can be seen by others
    #[arg(long, value_name = "TOKEN", env = "LOCKSTEP_APP_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// How an account that is already there is recognised
    #[arg(long = "match", value_name = "ATTRIBUTE", default_value = "userName")]
    matching: Matching,
}

#[derive(Clone, Copy, ValueEnum)]
enum Matching {
    #[value(name = "userName")]
    UserName,
    #[value(name = "email")]
    Email,
}

impl App {
    /// Its path, and what comes below it.
    pub fn path(&self, below: &str) -> String {
        format!("/applications/{}{below}", segment(&self.name))
    }
}

pub fn run(api: &Api, command: Command) -> anyhow::Result<Shown> {
    let act = |app: &App, verb: &str, sentence: &str| -> anyhow::Result<Shown> {
        let answer = api.post(&app.path(verb), &json!({}))?;
        Ok(Shown::text(answer, format!("{} {sentence}.", app.name)))
    };
    match command {
        Command::Add(new) => add(api, &new),
        Command::List => list(api),
        Command::Get(app) => get(api, &app),
        Command::Draft { app, set } => draft(api, &app, set),
        Command::Credential(app) => credential(api, &app),
        Command::Publish(app) => act(&app, "/publish", "is published"),
        Command::Activate(app) => act(&app, "/activate", "is active"),
        Command::Deactivate(app) => act(&app, "/deactivate", "is paused"),
        Command::Test(app) => {
            let answer = api.post(&app.path("/test"), &json!({}))?;
            let sentence = answer["sentence"].as_str().unwrap_or("It answered.").to_owned();
            Ok(Shown::text(answer, sentence))
        }
        Command::TryMatching(app) => match_trial::run(api, &app),
        Command::PushGroup { app, group, preview: true } => group_preview::run(api, &app, &group),
        Command::PushGroup { app, group, preview: false } => {
            let answer = api.post(&app.path("/groups"), &json!({"group": group}))?;
            Ok(Shown::text(answer, format!("{group} is pushed to {}.", app.name)))
        }
        Command::UnpushGroup { app, group } => {
            let answer = api.delete(&app.path(&format!("/groups/{}", segment(&group))))?;
            Ok(Shown::text(answer, format!("{group} is no longer pushed to {}.", app.name)))
        }
        Command::Groups(app) => account::groups(api, &app),
        Command::Assignments(list) => account::assignments(api, &list.app, list.limit),
        Command::Users(list) => account::users(api, &list.app, list.limit),
        Command::Accounts(list) => account::accounts(api, &list.app, list.limit),
        Command::Open(app) => account::open(api, &app),
        Command::Sync(app) => act(&app, "/sync", "is looked at"),
        Command::Retry { app, code } => {
            let answer = api.post(&app.path("/retry"), &json!({"code": code}))?;
            let sentence = format!("{} objects are tried again.", answer["retried"]);
            Ok(Shown::text(answer, sentence))
        }
        Command::Delete(app) => Ok(Shown::text(api.delete(&app.path(""))?, format!("{} is forgotten.", app.name))),
    }
}

fn add(api: &Api, new: &Add) -> anyhow::Result<Shown> {
    let matching = match new.matching {
        Matching::UserName => "userName",
        Matching::Email => "email",
    };
    let made = api.post(
        "/applications",
        &json!({"name": new.name, "baseUrl": new.base_url, "token": new.token, "match": matching}),
    )?;
    // This name stays: scripts rely on it.
    Ok(Shown::object(json!({"id": made["id"]}), &[("Id", "id")]))
}

fn list(api: &Api) -> anyhow::Result<Shown> {
    let items = api.get("/applications")?["items"].take();
    Ok(Shown::table(
        items,
        &[
            ("NAME", "name"),
            ("ACTIVE", "active"),
            ("VERSION", "currentVersion"),
            ("CHANGED", "modifiedAt"),
            ("ID", "id"),
        ],
    ))
}

fn get(api: &Api, app: &App) -> anyhow::Result<Shown> {
    let lines = [
        ("Name", "name"),
        ("Id", "id"),
        ("Active", "active"),
        ("Base URL", "baseUrl"),
        ("Version", "currentVersion"),
        ("Has a draft", "hasDraft"),
        ("Token ends in", "credential/last4"),
        ("Users with access", "effectiveUsers"),
        ("Pending", "open/pending"),
        ("Waiting", "open/waiting"),
        ("Failed", "open/failed"),
        ("Paused until", "pause/until"),
        ("Because", "pause/note"),
    ];
    Ok(Shown::object(api.get(&app.path(""))?, &lines))
}

fn draft(api: &Api, app: &App, set: Option<PathBuf>) -> anyhow::Result<Shown> {
    let path = app.path("/draft");
    let draft = match set {
        Some(file) => {
            let text = fs::read_to_string(&file).with_context(|| format!("can't read {}", file.display()))?;
            let settings: Value =
                serde_json::from_str(&text).with_context(|| format!("{} is no JSON", file.display()))?;
            api.put(&path, &settings)?
        }
        None => api.get(&path)?,
    };
    let lines = [
        ("Version", "number"),
        ("State", "state"),
        ("Base URL", "settings/baseUrl"),
        ("Match by", "settings/match"),
        ("Create", "settings/create"),
        ("Update", "settings/update"),
        ("Delete", "settings/delete"),
        ("When unassigned", "settings/onUnassigned"),
        ("When removed", "settings/onRemoved"),
    ];
    let mapping = Shown::table(
        draft["settings"]["mapping"].clone(),
        &[("TO", "to"), ("FROM", "expression"), ("APPLY", "apply"), ("ON EMPTY", "onEmpty")],
    );
    Ok(Shown::object(draft, &lines).and(&format!("\n\n{}", mapping.as_text())))
}

/// The token comes by standard input: arguments can be seen by everybody on the machine.
fn credential(api: &Api, app: &App) -> anyhow::Result<Shown> {
    let mut token = String::new();
    std::io::stdin().read_line(&mut token).context("can't read the token")?;
    let answer = api.put(&app.path("/credential"), &json!({"token": token.trim()}))?;
    Ok(Shown::text(answer, format!("{} has a new token.", app.name)))
}
