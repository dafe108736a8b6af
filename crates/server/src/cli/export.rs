//! `lockstep export`.

use anyhow::Context;
use serde_json::Value;

use super::{
    api::{Api, with_query},
    show::Shown,
};

#[derive(clap::Args)]
pub struct Arguments {
    /// The list: users, groups, work, runs, operations, changes or sync-log
    list: String,
    /// csv or jsonl
    #[arg(long, default_value = "csv")]
    format: String,
    /// As the list is narrowed and sorted in the API, such as state=blocked or sort=-modifiedAt
    #[arg(long = "filter", value_name = "NAME=VALUE")]
    filters: Vec<String>,
}

/// The whole list as text.
pub fn run(api: &Api, arguments: &Arguments) -> anyhow::Result<Shown> {
    let mut query = vec![("format", Some(arguments.format.as_str()))];
    for filter in &arguments.filters {
        let (name, value) =
            filter.split_once('=').with_context(|| format!("{filter:?} is no filter: write NAME=VALUE"))?;
        query.push((name, Some(value)));
    }
    let text = api.text(&with_query(&format!("/export/{}", arguments.list), &query))?;
    Ok(Shown::text(Value::String(text.clone()), text))
}
