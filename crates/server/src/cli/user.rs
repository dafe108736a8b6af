//! `lockstep user`.

use clap::Subcommand;
use serde_json::Value;

use super::{
    api::{Api, segment, with_query},
    show::Shown,
};

#[derive(Subcommand)]
pub enum Command {
    /// Users, oldest first
    List {
        /// The beginning of a user name, e-mail address, display name or family name
        search: Option<String>,
        /// Only active (true) or inactive (false) ones
        #[arg(long)]
        active: Option<bool>,
        /// Only who stands here: pending, active, blocked or deactivated
        #[arg(long)]
        state: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// One user with records, access and accounts
    Get {
        /// Their user name or id
        user: String,
    },
    /// Keep everything of theirs from being deactivated or deleted
    Hold {
        /// Their user name or id
        user: String,
        /// Take them off hold
        #[arg(long)]
        off: bool,
    },
    /// Deactivate a blocked person now, without waiting for the end of the delay
    Deactivate {
        /// Their user name or id
        user: String,
    },
    /// Remove a person whom no source has
    Remove {
        /// Their user name or id
        user: String,
    },
}

pub fn run(api: &Api, command: Command) -> anyhow::Result<Shown> {
    Ok(match command {
        Command::List { search, active, state, limit } => {
            let active = active.map(|active| active.to_string());
            let query = [("search", search.as_deref()), ("active", active.as_deref()), ("state", state.as_deref())];
            let path = with_query("/users", &query);
            Shown::table(
                api.list(&path, "after", limit)?,
                &[
                    ("USER NAME", "userName"),
                    ("NAME", "displayName"),
                    ("STATE", "state"),
                    ("DEACTIVATED AT", "deactivatesAt"),
                    ("HOLD", "onHold"),
                    ("ID", "id"),
                ],
            )
        }
        Command::Get { user } => get(api.get(&format!("/users/{}", segment(&user)))?),
        Command::Hold { user, off } => {
            let path = format!("/users/{}/hold", segment(&user));
            let after = if off { api.delete(&path)? } else { api.put(&path, &Value::Null)? };
            Shown::text(after, format!("{user} is {} hold.", if off { "no longer on" } else { "on" }))
        }
        Command::Deactivate { user } => {
            let after = api.post(&format!("/users/{}/deactivate", segment(&user)), &Value::Null)?;
            Shown::text(after, format!("{user} is deactivated."))
        }
        Command::Remove { user } => {
            let after = api.delete(&format!("/users/{}", segment(&user)))?;
            Shown::text(after, format!("{user} is removed."))
        }
    })
}

fn get(user: Value) -> Shown {
    let table = |member: &str, columns| Shown::table(user[member].clone(), columns);
    let records = table("records", &[("SOURCE", "sourceName"), ("RECORD", "id"), ("CHANGED", "modifiedAt")]);
    let access = table("access", &[("APPLICATION", "applicationName"), ("SINCE", "since")]);
    let accounts = table(
        "accounts",
        &[("APPLICATION", "applicationName"), ("STATE", "state"), ("ORIGIN", "origin"), ("REMOTE ID", "remoteId")],
    );
    let more = format!(
        "\n\nRecords\n{}\n\nAccess\n{}\n\nAccounts\n{}",
        records.as_text(),
        access.as_text(),
        accounts.as_text()
    );
    let lines = [
        ("User name", "userName"),
        ("Id", "id"),
        ("Name", "displayName"),
        ("State", "state"),
        ("Since", "stateSince"),
        ("Deactivated at", "deactivatesAt"),
        ("On hold", "onHold"),
        ("Made", "createdAt"),
        ("Changed", "modifiedAt"),
    ];
    Shown::object(user, &lines).and(&more)
}
