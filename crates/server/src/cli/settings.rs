//! `lockstep settings`: what is decided about the whole deployment.

use anyhow::Context;
use clap::Args;
use serde_json::Value;
use std::{fs, path::PathBuf};

use super::{api::Api, show::Shown};

#[derive(Args)]
pub struct Arguments {
    /// Change what a JSON file names, such as {"session": {"idleMinutes": 60}}; the rest stays
    #[arg(long, value_name = "FILE")]
    set: Option<PathBuf>,
}

pub fn run(api: &Api, arguments: Arguments) -> anyhow::Result<Shown> {
    let (mut settings, tag) = api.get_tagged("/settings")?;
    if let Some(file) = arguments.set {
        let text = fs::read_to_string(&file).with_context(|| format!("can't read {}", file.display()))?;
        let change: Value = serde_json::from_str(&text).with_context(|| format!("{} is no JSON", file.display()))?;
        merge(&mut settings, change);
        settings = api.put_tagged("/settings", &tag, &settings)?;
    }
    let text = serde_json::to_string_pretty(&settings)?;
    Ok(Shown::text(settings, text))
}

/// Put the members of a change in place, and those of objects inside it (RFC 7396, where `null` is a value).
fn merge(into: &mut Value, change: Value) {
    match (into, change) {
        (Value::Object(into), Value::Object(change)) => {
            for (name, value) in change {
                merge(into.entry(name).or_insert(Value::Null), value);
            }
        }
        (into, change) => *into = change,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_change_does_not_name_stays() {
        let mut settings = json!({"name": "A", "session": {"idle": 30, "absolute": 12}});
        merge(&mut settings, json!({"session": {"idle": 60}, "new": true}));
        assert_eq!(settings, json!({"name": "A", "session": {"idle": 60, "absolute": 12}, "new": true}));
    }
}
