//! `lockstep token`: tokens for the API.

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
    /// Make a token
    Add {
        /// What it is for
        name: String,
        /// What it may do: administrator, operator or auditor
        #[arg(long, value_parser = role)]
        role: Role,
        /// How many days it lives: 1 to 730
        #[arg(long)]
        days: Option<i64>,
    },
    /// All tokens, revoked ones included
    List,
    /// Revoke a token
    Revoke {
        /// Its id
        token: String,
    },
}

pub fn run(api: &Api, command: Command) -> anyhow::Result<Shown> {
    Ok(match command {
        Command::Add { name, role, days } => {
            let made = api.post("/api-tokens", &json!({"name": name, "role": role, "days": days}))?;
            Shown::object(made, &[("Id", "id"), ("Token", "token")]).and("\nThe token is shown only now.")
        }
        Command::List => Shown::table(
            api.get("/api-tokens")?["items"].take(),
            &[
                ("NAME", "name"),
                ("ROLE", "role"),
                ("EXPIRES", "expiresAt"),
                ("LAST USED", "lastUsedAt"),
                ("REVOKED", "revokedAt"),
                ("ID", "id"),
            ],
        ),
        Command::Revoke { token } => {
            let answer = api.delete(&format!("/api-tokens/{}", segment(&token)))?;
            Shown::text(answer, format!("The token {token} is revoked."))
        }
    })
}
