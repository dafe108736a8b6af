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
}

pub fn run(api: &Api, command: Command) -> anyhow::Result<Shown> {
    Ok(match command {
        Command::List { search, active, limit } => {
            let active = active.map(|active| active.to_string());
            let path = with_query("/users", &[("search", search.as_deref()), ("active", active.as_deref())]);
            Shown::table(
                api.list(&path, "after", limit)?,
                &[
                    ("USER NAME", "userName"),
                    ("NAME", "displayName"),
                    ("ACTIVE", "active"),
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
        ("Active", "active"),
        ("On hold", "onHold"),
        ("Made", "createdAt"),
        ("Changed", "modifiedAt"),
    ];
    Shown::object(user, &lines).and(&more)
}
