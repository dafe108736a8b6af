//! `lockstep source`.

use std::{fs, path::PathBuf};

use anyhow::Context;
use clap::Subcommand;
use serde_json::json;

use super::{
    api::{Api, segment},
    show::Shown,
    source_token,
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
    /// What its client sent
    Requests {
        /// Its name or id
        source: String,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
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
                ("Joins by", "settings/join"),
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
        Command::Token(command) => source_token::run(api, command)?,
        Command::Requests { source, limit } => Shown::table(
            api.list(&format!("/sources/{}/requests", segment(&source)), "before", limit)?,
            &[
                ("WHEN", "at"),
                ("METHOD", "method"),
                ("PATH", "path"),
                ("STATUS", "status"),
                ("SCIM TYPE", "scimType"),
                ("DETAIL", "detail"),
            ],
        ),
    })
}

fn settings(api: &Api, source: &str, set: Option<PathBuf>) -> anyhow::Result<Shown> {
    let path = format!("/sources/{}", segment(source));
    let mut shown = match set {
        Some(file) => {
            let text = fs::read_to_string(&file).with_context(|| format!("can't read {}", file.display()))?;
            let settings = serde_json::from_str::<serde_json::Value>(&text);
            api.put(&format!("{path}/settings"), &settings.with_context(|| format!("{} is no JSON", file.display()))?)?
        }
        None => api.get(&path)?,
    };
    let settings = shown["settings"].take();
    let text = serde_json::to_string_pretty(&settings)?;
    Ok(Shown::text(settings, text))
}
