//! `lockstep administrator`: people who may use the API, and who is invited to.

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
    /// Invite somebody; prints the link to hand over, which is good once and for a week
    Invite {
        /// Their user name: their e-mail address
        name: String,
        /// What they may do: owner, administrator, manager, operator or auditor
        #[arg(long, value_parser = role)]
        role: Role,
        /// The application of a manager
        #[arg(long)]
        application: Option<String>,
    },
    /// The open invitations
    Invitations,
    /// Revoke an open invitation
    Uninvite {
        /// Its id
        id: String,
    },
    /// Keep an administrator out, which ends their sessions
    Disable {
        /// Their id
        id: String,
    },
    /// Let an administrator in again
    Enable {
        /// Their id
        id: String,
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
    let lines =
        [("NAME", "userName"), ("ROLE", "role"), ("MADE", "createdAt"), ("DISABLED", "disabledAt"), ("ID", "id")];
    Ok(match command {
        Command::Invite { name, role, application } => {
            let new = json!({"userName": name, "role": role, "application": application});
            let lines = [
                ("Name", "invitation/userName"),
                ("Role", "invitation/role"),
                ("Until", "invitation/expiresAt"),
                ("Link", "link"),
            ];
            Shown::object(api.post("/invitations", &new)?, &lines)
                .and("\nThe link is shown only now. Hand it over yourself: Lockstep sends no mail.")
        }
        Command::Invitations => {
            let lines =
                [("NAME", "userName"), ("ROLE", "role"), ("BY", "inviter"), ("UNTIL", "expiresAt"), ("ID", "id")];
            Shown::table(api.get("/invitations")?["items"].take(), &lines)
        }
        Command::Uninvite { id } => {
            let answer = api.delete(&format!("/invitations/{}", segment(&id)))?;
            Shown::text(answer, format!("The invitation {id} is revoked."))
        }
        Command::Disable { id } => set_disabled(api, &id, "disable")?,
        Command::Enable { id } => set_disabled(api, &id, "enable")?,
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

fn set_disabled(api: &Api, id: &str, verb: &str) -> anyhow::Result<Shown> {
    let answer = api.post(&format!("/administrators/{}/{verb}", segment(id)), &json!({}))?;
    Ok(Shown::object(answer, &[("Name", "userName"), ("Disabled", "disabledAt"), ("Id", "id")]))
}
