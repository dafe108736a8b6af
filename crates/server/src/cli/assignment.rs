//! `lockstep assign` and `lockstep unassign`.

use clap::Args;
use serde_json::json;

use super::{
    api::{Api, with_query},
    application::App,
    show::Shown,
};

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    app: App,
    #[command(flatten)]
    whom: Whom,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct Whom {
    /// Everyone in a group, by name or id
    #[arg(long, value_name = "NAME")]
    group: Option<String>,
    /// One user, by user name or id
    #[arg(long, value_name = "USERNAME")]
    user: Option<String>,
    /// Everyone in the directory
    #[arg(long)]
    everyone: bool,
}

impl Whom {
    fn words(&self) -> &str {
        self.group.as_deref().or(self.user.as_deref()).unwrap_or("Everyone")
    }
}

pub fn assign(api: &Api, arguments: &Arguments) -> anyhow::Result<Shown> {
    let Whom { group, user, everyone } = &arguments.whom;
    let answer =
        api.post(&arguments.app.path("/assignments"), &json!({"group": group, "user": user, "everyone": everyone}))?;
    Ok(Shown::text(answer, format!("{} is assigned.", arguments.whom.words())))
}

pub fn unassign(api: &Api, arguments: &Arguments) -> anyhow::Result<Shown> {
    let Whom { group, user, everyone } = &arguments.whom;
    let query = [("group", group.as_deref()), ("user", user.as_deref()), ("everyone", everyone.then_some("true"))];
    let answer = api.delete(&with_query(&arguments.app.path("/assignments"), &query))?;
    Ok(Shown::text(answer, format!("{} is no longer assigned.", arguments.whom.words())))
}
