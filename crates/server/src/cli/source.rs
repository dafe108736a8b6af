//! `lockstep source`.

use std::{fs, path::PathBuf};

use anyhow::Context;
use clap::Subcommand;
use serde_json::{Value, json};

use super::{
    api::{Api, segment, with_query},
    show::Shown,
    source_setup, source_token,
};

#[derive(Subcommand)]
pub enum Command {
    /// Make a SCIM source and its first token
    Add {
        /// Its name
        name: String,
        /// Which client it is for: okta, entra, oneLogin, jumpCloud, pingOne, google or generic
        #[arg(long, value_name = "CLIENT", default_value = "generic")]
        client: String,
    },
    /// All sources
    List,
    /// One source
    Get {
        /// Its name or id
        source: String,
    },
    /// How its records join, and which deviations from the standard are let through
    Settings {
        /// Its name or id
        source: String,
        /// Replace them by a JSON file; what it leaves out gets its default
        #[arg(long, value_name = "FILE")]
        set: Option<PathBuf>,
    },
    /// Change some of its settings, and leave the others as they are
    Set(SetCommand),
    /// Put all sources in order: where several state an attribute, the first one's value counts
    Order {
        /// Their names or ids, each once
        #[arg(required = true)]
        sources: Vec<String>,
    },
    /// Its records that belong to no user yet, and why
    Unjoined {
        /// Its name or id
        source: String,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Say whose a record without a user is
    Link {
        /// The source's name or id
        source: String,
        /// The record's id
        record: String,
        /// The user's name or id; without it, a new user is made
        user: Option<String>,
    },
    /// Show who would be concerned by its removal; with --people and --confirm, remove it
    Remove {
        /// Its name or id
        source: String,
        /// What becomes of people whom no other source has: keep, deactivate or delete
        #[arg(long, requires = "confirm")]
        people: Option<String>,
        /// Its name, letter by letter
        #[arg(long, requires = "people")]
        confirm: Option<String>,
    },
    /// Its tokens
    #[command(subcommand)]
    Token(source_token::Command),
    /// Its groups that wait for members which have not arrived yet
    Waiting {
        /// Its name or id
        source: String,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// How to connect its client, step by step
    Guide {
        /// Its name or id
        source: String,
    },
    /// What has arrived, what was refused, and what to do
    Check {
        /// Its name or id
        source: String,
    },
    /// Play its client's own connection test; leaves nothing behind
    Test {
        /// Its name or id
        source: String,
    },
    /// What its client sent
    Requests {
        /// Its name or id
        source: String,
        /// Only those that failed
        #[arg(long)]
        errors: bool,
        /// About this id or name
        #[arg(long)]
        subject: Option<String>,
        /// As comma-separated values, all of them
        #[arg(long)]
        csv: bool,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// What it did to people and groups, with what was skipped or failed
    SyncLog {
        /// Its name or id; all sources without
        source: Option<String>,
        /// Only done, skipped or failed lines
        #[arg(long)]
        result: Option<String>,
        /// About this id, or a name that begins so
        #[arg(long)]
        subject: Option<String>,
        /// As comma-separated values, all of them
        #[arg(long)]
        csv: bool,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Keep what its client says and is answered for so many minutes, at most 60; 0 ends it
    RecordBodies {
        /// Its name or id
        source: String,
        /// For so many minutes
        minutes: i64,
    },
}

#[derive(clap::Args)]
pub struct SetCommand {
    /// Its name or id
    source: String,
    /// The exact rule by which a record finds its user: userName, externalId, attribute or never
    #[arg(long)]
    join: Option<String>,
    /// The attribute of --join attribute
    #[arg(long)]
    join_attribute: Option<String>,
    /// Whether, when the rule finds nobody, the only user with one of the e-mail addresses is joined
    #[arg(long, value_name = "true|false")]
    join_by_email: Option<bool>,
    /// Whom records may join: sourced people, or all, local ones too
    #[arg(long)]
    may_join: Option<String>,
    /// What becomes of a person whom the last source deletes: delete, deactivate or ignore
    #[arg(long)]
    on_delete: Option<String>,
    /// For how many minutes a person who is no longer active is only blocked: 0 to 129600
    #[arg(long, value_name = "MINUTES")]
    delay: Option<i64>,
    /// Whether people who arrive inactive become pending users at once
    #[arg(long, value_name = "true|false")]
    create_inactive: Option<bool>,
    /// An attribute that it may state; repeatable, and `all` for all of them
    #[arg(long = "attribute", value_name = "NAME")]
    attributes: Vec<String>,
}

pub fn run(api: &Api, command: Command) -> anyhow::Result<Shown> {
    Ok(match command {
        Command::Add { name, client } => {
            let made = api.post("/sources", &json!({"name": name, "client": client}))?;
            // These three names stay: scripts rely on them.
            let made = json!({"id": made["id"], "base_url": made["baseUrl"], "token": made["token"]});
            Shown::object(made, &[("Id", "id"), ("Base URL", "base_url"), ("Token", "token")])
                .and("\nThe token is shown only now.")
        }
        Command::List => Shown::table(
            api.get("/sources")?["items"].take(),
            &[
                ("NAME", "name"),
                ("KIND", "kind"),
                ("CLIENT", "client"),
                ("LAST REQUEST", "lastRequestAt"),
                ("BASE URL", "baseUrl"),
                ("ID", "id"),
            ],
        ),
        Command::Get { source } => Shown::object(
            api.get(&format!("/sources/{}", segment(&source)))?,
            &[
                ("Name", "name"),
                ("Id", "id"),
                ("Kind", "kind"),
                ("Client", "client"),
                ("Base URL", "baseUrl"),
                ("Rank", "rank"),
                ("State", "state"),
                ("Joins by", "settings/join"),
                ("On delete", "settings/onDelete"),
                ("Delay (min)", "settings/deactivationDelay"),
                ("Made", "createdAt"),
                ("Last request", "lastRequestAt"),
                ("Members not arrived", "pendingMembers"),
            ],
        ),
        Command::Waiting { source, limit } => Shown::table(
            api.list(&format!("/sources/{}/waiting-groups", segment(&source)), "after", limit)?,
            &[("GROUP", "displayName"), ("MEMBERS NOT ARRIVED", "pendingMembers"), ("ID", "id")],
        ),
        Command::Settings { source, set } => settings(api, &source, set)?,
        Command::Set(command) => set(api, command)?,
        Command::Order { sources } => Shown::table(
            api.put("/sources/order", &json!({"sources": sources}))?["items"].take(),
            &[("NAME", "name"), ("RANK", "rank"), ("ID", "id")],
        ),
        Command::Unjoined { source, limit } => Shown::table(
            api.list(&format!("/sources/{}/unjoined", segment(&source)), "after", limit)?,
            &[("RECORD", "id"), ("USER NAME", "userName"), ("WHY", "code"), ("WHAT TO DO", "reason")],
        ),
        Command::Link { source, record, user } => {
            let path = format!("/sources/{}/unjoined/{}", segment(&source), segment(&record));
            let after = match &user {
                Some(user) => api.post(&format!("{path}/link"), &json!({"user": user}))?,
                None => api.post(&format!("{path}/make"), &json!({}))?,
            };
            let text = format!("The record belongs to {} now.", after["userName"].as_str().unwrap_or_default());
            Shown::text(after, text)
        }
        Command::SyncLog { source, result, subject, csv, limit } => {
            let place = source.map_or_else(String::new, |source| format!("/sources/{}", segment(&source)));
            let query = [("result", result.as_deref()), ("subject", subject.as_deref())];
            if csv {
                let text = api.text(&with_query(&format!("/export{place}/sync-log"), &query))?;
                return Ok(Shown::text(Value::String(text.clone()), text));
            }
            Shown::table(
                api.list(&with_query(&format!("{place}/sync-log"), &query), "before", limit)?,
                &[
                    ("WHEN", "at"),
                    ("SOURCE", "sourceName"),
                    ("WHO", "subjectName"),
                    ("EVENT", "event"),
                    ("RESULT", "result"),
                    ("WHY", "error"),
                ],
            )
        }
        Command::RecordBodies { source, minutes } => {
            let path = format!("/sources/{}/record-bodies", segment(&source));
            let after = api.put(&path, &json!({"minutes": minutes}))?;
            let text = match after["recordBodiesUntil"].as_str() {
                Some(until) => format!("Bodies are kept until {until}, and forgotten a day later."),
                None => "Bodies are no longer kept.".to_owned(),
            };
            Shown::text(after, text)
        }
        Command::Remove { source, people, confirm } => remove(api, &source, people, confirm)?,
        Command::Token(command) => source_token::run(api, command)?,
        Command::Guide { source } => source_setup::guide(api, &source)?,
        Command::Check { source } => source_setup::check(api, &source)?,
        Command::Test { source } => source_setup::test(api, &source)?,
        Command::Requests { source, errors, subject, csv, limit } => {
            let path = format!("/sources/{}/requests", segment(&source));
            let query = [("errors", errors.then_some("true")), ("subject", subject.as_deref())];
            if csv {
                let text = api.text(&with_query(&format!("/export{path}"), &query))?;
                return Ok(Shown::text(Value::String(text.clone()), text));
            }
            Shown::table(
                api.list(&with_query(&path, &query), "before", limit)?,
                &[
                    ("WHEN", "at"),
                    ("METHOD", "method"),
                    ("PATH", "path"),
                    ("STATUS", "status"),
                    ("SCIM TYPE", "scimType"),
                    ("DETAIL", "detail"),
                ],
            )
        }
    })
}

fn settings(api: &Api, source: &str, set: Option<PathBuf>) -> anyhow::Result<Shown> {
    let path = format!("/sources/{}", segment(source));
    let mut shown = match set {
        Some(file) => {
            let text = fs::read_to_string(&file).with_context(|| format!("can't read {}", file.display()))?;
            let settings = serde_json::from_str::<Value>(&text);
            api.put(&format!("{path}/settings"), &settings.with_context(|| format!("{} is no JSON", file.display()))?)?
        }
        None => api.get(&path)?,
    };
    let settings = shown["settings"].take();
    let text = serde_json::to_string_pretty(&settings)?;
    Ok(Shown::text(settings, text))
}

/// Read, change, write back; nothing when somebody else changed them in between.
fn set(api: &Api, command: SetCommand) -> anyhow::Result<Shown> {
    let path = format!("/sources/{}", segment(&command.source));
    let (mut source, tag) = api.get_tagged(&path)?;
    let mut settings = source["settings"].take();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            settings[name] = value;
        }
    };
    // A rule that reads no attribute has none.
    let rule_reads_none = command.join.as_deref().is_some_and(|rule| rule != "attribute");
    put("joinAttribute", rule_reads_none.then_some(Value::Null));
    put("join", command.join.map(Value::from));
    put("joinAttribute", command.join_attribute.map(Value::from));
    put("joinByEmail", command.join_by_email.map(Value::from));
    put("mayJoin", command.may_join.map(Value::from));
    put("onDelete", command.on_delete.map(Value::from));
    put("deactivationDelay", command.delay.map(Value::from));
    put("createInactive", command.create_inactive.map(Value::from));
    put(
        "attributes",
        match command.attributes.as_slice() {
            [] => None,
            [all] if all == "all" => Some(Value::Null),
            some => Some(some.to_vec().into()),
        },
    );
    let mut after = api.put_tagged(&format!("{path}/settings"), &tag, &settings)?;
    let settings = after["settings"].take();
    let text = serde_json::to_string_pretty(&settings)?;
    Ok(Shown::text(settings, text))
}

fn remove(api: &Api, source: &str, people: Option<String>, confirm: Option<String>) -> anyhow::Result<Shown> {
    let path = format!("/sources/{}", segment(source));
    if let (Some(people), Some(confirm)) = (people, confirm) {
        let after = api.delete_with(&path, &json!({"confirm": confirm, "people": people}))?;
        return Ok(Shown::text(after, format!("{source} is being removed: its tokens no longer work.")));
    }
    let lines = [
        ("People only here", "people/onlyHere"),
        ("Elsewhere too", "people/alsoElsewhere"),
        ("On hold", "people/onHold"),
        ("Unjoined records", "people/unjoined"),
        ("Groups", "groups"),
        ("Groups in use", "groupsInUse"),
    ];
    let shown = Shown::object(api.get(&format!("{path}/removal"))?, &lines);
    Ok(shown.and("\nTo remove it: --people keep|deactivate|delete --confirm NAME"))
}
