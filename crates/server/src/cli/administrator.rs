//! `lockstep administrator`: people with a password for the API.

use anyhow::Context;
use clap::Subcommand;
use directory::administrator::Role;
use serde_json::json;

use super::{
    api::{Api, segment},
    role,
    show::Shown,
};

#[derive(Subcommand)]
pub enum Command {
    /// Make an administrator; the password is read from standard input
    Add {
        /// The name they sign in with
        name: String,
        /// What they may do: owner, administrator, manager, operator or auditor
        #[arg(long, value_parser = role)]
        role: Role,
        /// The application of a manager
        #[arg(long)]
        application: Option<String>,
    },
    /// Give an administrator another role, which ends their sessions
    Role {
        /// Their id
        id: String,
        /// What they may do: owner, administrator, manager, operator or auditor
        #[arg(value_parser = role)]
        role: Role,
        /// The application of a manager
        #[arg(long)]
        application: Option<String>,
    },
    /// All administrators
    List,
    /// Remove an administrator and end their sessions
    Remove {
        /// Their id
        id: String,
    },
}

pub fn run(api: &Api, command: Command) -> anyhow::Result<Shown> {
    let lines = [("NAME", "userName"), ("ROLE", "role"), ("MADE", "createdAt"), ("ID", "id")];
    Ok(match command {
        Command::Role { id, role, application } => {
            let new = json!({"role": role, "application": application});
            let answer = api.put(&format!("/administrators/{}", segment(&id)), &new)?;
            Shown::object(answer, &[("Name", "userName"), ("Role", "role"), ("Id", "id")])
        }
        Command::Add { name, role, application } => {
            // Arguments can be seen by everybody on the machine.
            let mut password = String::new();
            std::io::stdin().read_line(&mut password).context("can't read the password")?;
            let password = password.trim_end_matches(['\r', '\n']);
            let new = json!({"userName": name, "password": password, "role": role, "application": application});
            Shown::object(api.post("/administrators", &new)?, &[("Name", "userName"), ("Role", "role"), ("Id", "id")])
        }
        Command::List => Shown::table(api.get("/administrators")?["items"].take(), &lines),
        Command::Remove { id } => {
            let answer = api.delete(&format!("/administrators/{}", segment(&id)))?;
            Shown::text(answer, format!("The administrator {id} is removed."))
        }
    })
}
