//! `lockstep demo`.

use clap::Subcommand;
use serde_json::{Value, json};

use super::{api::Api, show::Shown};

#[derive(Subcommand)]
pub enum Command {
    /// Load people, groups and, with a SCIM server to try it on, an application
    Load {
        /// The base URL of the SCIM server
        #[arg(long, requires = "token")]
        base_url: Option<String>,
        /// The SCIM server's bearer token
        #[arg(long, requires = "base_url")]
        token: Option<String>,
    },
    /// Whether it is loaded
    Show,
    /// Take it away again, and nothing else
    Remove,
}

pub fn run(api: &Api, command: Command) -> anyhow::Result<Shown> {
    Ok(match command {
        Command::Load { base_url, token } => {
            let application = base_url.map(|base_url| json!({"baseUrl": base_url, "token": token}));
            let made = api.post("/demo", &json!({"application": application}))?;
            let text = sentence(&made);
            Shown::text(made, text)
        }
        Command::Show => {
            let demo = api.get("/demo")?;
            let text = sentence(&demo);
            Shown::text(demo, text)
        }
        Command::Remove => {
            api.delete("/demo")?;
            Shown::text(Value::Null, "The demo data is being taken away.")
        }
    })
}

fn sentence(demo: &Value) -> String {
    let name = |part: &str| demo[part]["name"].as_str().unwrap_or_default().to_owned();
    match (demo["state"].as_str(), demo["application"].is_null()) {
        (Some("loaded"), true) => format!("The demo data is loaded: the source {}.", name("source")),
        (Some("loaded"), false) => {
            format!("The demo data is loaded: the source {} and the {}.", name("source"), name("application"))
        }
        (Some("going"), _) => "The demo data is being taken away.".into(),
        _ => "There is no demo data.".into(),
    }
}
