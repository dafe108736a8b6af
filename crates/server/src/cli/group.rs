//! `lockstep group`.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{
    api::{Api, segment, with_query},
    show::Shown,
};

#[derive(Subcommand)]
pub enum Command {
    /// Make a group that is kept by hand
    Add {
        /// Its name
        name: String,
    },
    /// Groups, oldest first
    List {
        /// The beginning of the name
        search: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// One group
    Get {
        /// Its name or id
        group: String,
    },
    /// Rename a group that is kept by hand
    Rename {
        /// Its name or id
        group: String,
        /// The new name
        name: String,
    },
    /// Remove a group that is kept by hand
    Delete {
        /// Its name or id
        group: String,
    },
    /// The direct members of a group; with flags, change them
    Members(Members),
    /// The members that its source has named and that have not arrived yet
    Pending {
        /// Its name or id
        group: String,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
}

#[derive(Args)]
pub struct Members {
    /// The group's name or id
    group: String,
    /// Users to add, by user name or id
    #[arg(long, value_name = "USER")]
    add_user: Vec<String>,
    /// Groups to add, by name or id
    #[arg(long, value_name = "GROUP")]
    add_group: Vec<String>,
    /// Users to take out, by user name or id
    #[arg(long, value_name = "USER")]
    remove_user: Vec<String>,
    /// Groups to take out, by name or id
    #[arg(long, value_name = "GROUP")]
    remove_group: Vec<String>,
    /// Show at most so many
    #[arg(long, default_value_t = 200)]
    limit: usize,
}

pub fn run(api: &Api, command: Command) -> anyhow::Result<Shown> {
    let lines = [
        ("Name", "displayName"),
        ("Id", "id"),
        ("Kind", "kind"),
        ("Members", "memberCount/count"),
        ("Not arrived", "pendingMembers"),
        ("Changed", "modifiedAt"),
    ];
    Ok(match command {
        Command::Add { name } => {
            let made = api.post("/groups", &json!({"displayName": name}))?;
            Shown::object(made, &[("Name", "displayName"), ("Id", "id")])
        }
        Command::List { search, limit } => Shown::table(
            api.list(&with_query("/groups", &[("search", search.as_deref())]), "after", limit)?,
            &[("NAME", "displayName"), ("KIND", "kind"), ("CHANGED", "modifiedAt"), ("ID", "id")],
        ),
        Command::Get { group } => Shown::object(api.get(&path(&group))?, &lines),
        Command::Rename { group, name } => Shown::object(
            api.patch(&path(&group), &json!({"displayName": name}))?,
            &[("Name", "displayName"), ("Id", "id")],
        ),
        Command::Delete { group } => Shown::text(api.delete(&path(&group))?, format!("The group {group} is removed.")),
        Command::Members(arguments) => members(api, &arguments)?,
        Command::Pending { group, limit } => Shown::table(
            api.list(&format!("{}/pending-members", path(&group)), "after", limit)?,
            &[("MEMBER", "value"), ("SINCE", "since")],
        ),
    })
}

fn path(group: &str) -> String {
    format!("/groups/{}", segment(group))
}

fn members(api: &Api, arguments: &Members) -> anyhow::Result<Shown> {
    let path = format!("{}/members", path(&arguments.group));
    let add = ids(api, &arguments.add_user, &arguments.add_group)?;
    let remove = ids(api, &arguments.remove_user, &arguments.remove_group)?;
    if !add.is_empty() || !remove.is_empty() {
        api.post(&path, &json!({"add": add, "remove": remove}))?;
    }
    Ok(Shown::table(
        api.list(&path, "after", arguments.limit)?,
        &[("NAME", "name"), ("DISPLAY NAME", "displayName"), ("KIND", "kind"), ("ID", "id")],
    ))
}

fn ids(api: &Api, users: &[String], groups: &[String]) -> anyhow::Result<Vec<Value>> {
    let users = users.iter().map(|user| format!("/users/{}", segment(user)));
    let groups = groups.iter().map(|group| path(group));
    users.chain(groups).map(|path| Ok(api.get(&path)?["id"].take())).collect()
}
