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
        /// What they may do: administrator, operator or auditor
        #[arg(long, value_parser = role)]
        role: Role,
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
        Command::Add { name, role } => {
            // Arguments can be seen by everybody on the machine.
            let mut password = String::new();
            std::io::stdin().read_line(&mut password).context("can't read the password")?;
            let password = password.trim_end_matches(['\r', '\n']);
            let new = json!({"userName": name, "password": password, "role": role});
            Shown::object(api.post("/administrators", &new)?, &[("Name", "userName"), ("Role", "role"), ("Id", "id")])
        }
        Command::List => Shown::table(api.get("/administrators")?["items"].take(), &lines),
        Command::Remove { id } => {
            let answer = api.delete(&format!("/administrators/{}", segment(&id)))?;
            Shown::text(answer, format!("The administrator {id} is removed."))
        }
    })
}
