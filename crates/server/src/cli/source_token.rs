//! `lockstep source token`.

use clap::Subcommand;
use serde_json::{Value, json};

use super::{
    api::{Api, segment},
    show::{Column, Shown},
};

#[derive(Subcommand)]
pub enum Command {
    /// Make another token; two of a kind may be alive at a time
    Add {
        /// The source's name or id
        source: String,
        /// How it is presented: bearer, basic (user name and password) or oauthClient (at the token endpoint)
        #[arg(long, value_name = "KIND", default_value = "bearer")]
        kind: String,
        /// What it is for
        #[arg(long, value_name = "NAME", default_value = "")]
        name: String,
        /// How long it lives: 1 to 730
        #[arg(long, value_name = "DAYS", default_value_t = 365)]
        days: i64,
        /// A network it may be used from; repeatable; without, from anywhere
        #[arg(long = "network", value_name = "CIDR")]
        networks: Vec<String>,
        /// How long an OAuth client's access tokens live: 60 to 360
        #[arg(long, value_name = "MINUTES")]
        access_minutes: Option<i64>,
    },
    /// All tokens, those that work no more included
    List {
        /// The source's name or id
        source: String,
    },
    /// Change what a token is called and where it may be used from
    Set {
        /// The source's name or id
        source: String,
        /// The token's id
        token: String,
        /// What it is for
        #[arg(long, value_name = "NAME", default_value = "")]
        name: String,
        /// A network it may be used from; repeatable; without, from anywhere
        #[arg(long = "network", value_name = "CIDR")]
        networks: Vec<String>,
    },
    /// Make a token that replaces another, which goes on working for a while
    Rotate {
        /// The source's name or id
        source: String,
        /// The id of the token to replace
        token: String,
        /// How long the old one goes on working: 0 (it ends now) to 30
        #[arg(long, value_name = "DAYS", default_value_t = 7)]
        overlap: i64,
        /// How long the new one lives: 1 to 730
        #[arg(long, value_name = "DAYS", default_value_t = 365)]
        days: i64,
    },
    /// Revoke a token
    Revoke {
        /// The source's name or id
        source: String,
        /// The token's id
        token: String,
    },
}

pub fn run(api: &Api, command: Command) -> anyhow::Result<Shown> {
    Ok(match command {
        Command::Add { source, kind, name, days, networks, access_minutes } => {
            let mut new = json!({"kind": kind, "name": name, "days": days, "networks": networks});
            if let Some(minutes) = access_minutes {
                new["accessMinutes"] = minutes.into();
            }
            made(api.post(&format!("/sources/{}/tokens", segment(&source)), &new)?)
        }
        Command::List { source } => Shown::table(
            api.get(&format!("/sources/{}/tokens", segment(&source)))?["items"].take(),
            &[
                ("ID", "id"),
                ("KIND", "kind"),
                ("NAME", "name"),
                ("ENDS IN", "lastFour"),
                ("STATE", "state"),
                ("EXPIRES", "expiresAt"),
                ("LAST USED", "lastUsedAt"),
                ("FROM", "lastUsedFrom"),
            ],
        ),
        Command::Set { source, token, name, networks } => {
            let path = format!("/sources/{}/tokens/{}", segment(&source), segment(&token));
            let answer = api.put(&path, &json!({"name": name, "networks": networks}))?;
            Shown::text(answer, format!("The token {token} is changed."))
        }
        Command::Rotate { source, token, overlap, days } => {
            let path = format!("/sources/{}/tokens/{}/rotate", segment(&source), segment(&token));
            made(api.post(&path, &json!({"overlapDays": overlap, "days": days}))?)
        }
        Command::Revoke { source, token } => {
            let answer = api.delete(&format!("/sources/{}/tokens/{}", segment(&source), segment(&token)))?;
            Shown::text(answer, format!("The token {token} is revoked."))
        }
    })
}

/// What was made, in the words of where it is to be typed in.
fn made(made: Value) -> Shown {
    let lines: &[Column] = match made["kind"].as_str() {
        Some("basic") => &[("User name", "userName"), ("Password", "token"), ("Expires", "expiresAt")],
        Some("oauthClient") => &[
            ("Client id", "clientId"),
            ("Client secret", "token"),
            ("Token URL", "tokenUrl"),
            ("Expires", "expiresAt"),
        ],
        _ => &[("Id", "id"), ("Token", "token"), ("Expires", "expiresAt")],
    };
    Shown::object(made, lines).and("\nIt is shown only now.")
}
