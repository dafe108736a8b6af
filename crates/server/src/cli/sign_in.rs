//! `lockstep sign-in`: the OpenID provider that administrators may sign in with.

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use directory::administrator::Role;
use serde_json::{Value, json};

use super::{api::Api, role, show::Shown};

#[derive(Subcommand)]
pub enum Command {
    /// What is set up, and what the provider must be told
    Show,
    /// Set the provider up, whole
    Set(Settings),
    /// Look at an issuer without storing anything
    Test {
        /// Its address
        issuer: String,
    },
    /// Remove the provider, which ends the sessions that began there
    Remove,
}

#[derive(Args)]
pub struct Settings {
    /// The issuer, letter by letter as its tokens name it
    issuer: String,
    /// Our name there
    #[arg(long)]
    client_id: String,
    /// What its button is called
    #[arg(long)]
    label: String,
    /// Read the client secret from standard input; without this, the stored one stays
    #[arg(long)]
    secret: bool,
    /// What is asked for beside openid; repeatable. By default: profile, email
    #[arg(long, value_name = "SCOPE")]
    scope: Vec<String>,
    /// The claim that lists somebody's groups, such as groups or realm_access.roles
    #[arg(long, value_name = "CLAIM")]
    groups_claim: Option<String>,
    /// Give whoever is in a group a role: administrator, operator or auditor; repeatable
    #[arg(long, value_name = "GROUP=ROLE", value_parser = group_role)]
    group_role: Vec<(String, Role)>,
    /// Nobody but owners may sign in with a password any more
    #[arg(long)]
    only_owners_use_passwords: bool,
}

/// `GROUP=ROLE`; the group may have `=` in it, as a distinguished name does.
fn group_role(text: &str) -> anyhow::Result<(String, Role)> {
    match text.rsplit_once('=') {
        Some((group, name)) if !group.is_empty() => Ok((group.to_owned(), role(name)?)),
        _ => bail!("{text:?} is no GROUP=ROLE"),
    }
}

const LINES: &[(&str, &str)] = &[
    ("Label", "provider/label"),
    ("Issuer", "provider/issuer"),
    ("Client id", "provider/clientId"),
    ("Has a secret", "provider/hasSecret"),
    ("Claim of groups", "provider/groupsClaim"),
    ("Only owners use passwords", "provider/onlyOwnersUsePasswords"),
    ("Redirect URI", "redirectUri"),
    ("Signed-out URI", "signedOutUri"),
];

pub fn run(api: &Api, command: Command) -> anyhow::Result<Shown> {
    Ok(match command {
        Command::Show => Shown::object(api.get("/sign-in/provider")?, LINES),
        Command::Set(settings) => Shown::object(api.put("/sign-in/provider", &body(settings)?)?, LINES),
        Command::Test { issuer } => {
            let found = api.post("/sign-in/provider/test", &json!({"issuer": issuer}))?;
            let lines = [
                ("Issuer", "issuer"),
                ("Sign-in page", "authorizationEndpoint"),
                ("Keys", "keys"),
                ("Signs people out", "signsOut"),
            ];
            Shown::object(found, &lines)
        }
        Command::Remove => Shown::text(api.delete("/sign-in/provider")?, "The provider is removed."),
    })
}

fn body(settings: Settings) -> anyhow::Result<Value> {
    let roles: Vec<Value> =
        settings.group_role.into_iter().map(|(group, role)| json!({"group": group, "role": role})).collect();
    let mut body = json!({
        "label": settings.label,
        "issuer": settings.issuer,
        "clientId": settings.client_id,
        "groupsClaim": settings.groups_claim,
        "groupRoles": roles,
        "onlyOwnersUsePasswords": settings.only_owners_use_passwords,
    });
    if !settings.scope.is_empty() {
        body["scopes"] = json!(settings.scope);
    }
    if settings.secret {
        // Arguments can be seen by everybody on the machine.
        let mut secret = String::new();
        std::io::stdin().read_line(&mut secret).context("can't read the client secret")?;
        body["clientSecret"] = json!(secret.trim_end_matches(['\r', '\n']));
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_may_be_a_distinguished_name() {
        assert_eq!(group_role("cn=it,dc=x=auditor").unwrap(), ("cn=it,dc=x".to_owned(), Role::Auditor));
        for bad in ["it", "=auditor", "it=king"] {
            assert!(group_role(bad).is_err(), "{bad}");
        }
    }
}
