//! `lockstep source guide`, `check` and `test`.

use anyhow::bail;
use serde_json::{Value, json};

use super::{
    api::{Api, segment},
    show::Shown,
};

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// How to connect the source's client, as a page to read.
pub fn guide(api: &Api, source: &str) -> anyhow::Result<Shown> {
    let guide = api.get(&format!("/sources/{}/guide", segment(source)))?;
    let mut lines = vec![text(&guide["name"]).to_owned(), text(&guide["summary"]).to_owned()];
    lines.extend(items(&guide["notes"]).map(|note| format!("- {}", text(note))));
    for (number, step) in (1..).zip(items(&guide["steps"])) {
        lines.push(format!("\n{number}. {}", text(&step["title"])));
        if !text(&step["text"]).is_empty() {
            lines.push(format!("   {}", text(&step["text"])));
        }
        lines.extend(items(&step["actions"]).map(|action| format!("   - {}", text(action))));
        for field in items(&step["fields"]) {
            let value = if field["secret"] == true { "the token" } else { text(&field["value"]) };
            let hint = field["hint"].as_str().map(|hint| format!("   ({hint})")).unwrap_or_default();
            lines.push(format!("     {}:  {value}{hint}", text(&field["label"])));
        }
    }
    Ok(Shown::text(guide, lines.join("\n")))
}

fn mark(state: &str) -> &'static str {
    match state {
        "done" => "ok  ",
        "waiting" => "... ",
        _ => "!!  ",
    }
}

/// What has arrived, and what was refused.
pub fn check(api: &Api, source: &str) -> anyhow::Result<Shown> {
    let setup = api.get(&format!("/sources/{}/setup", segment(source)))?;
    let last = setup["lastRequestAt"].as_str().unwrap_or("never");
    let mut lines = vec![format!("State: {}; last request: {last}", text(&setup["state"]))];
    for check in items(&setup["checks"]) {
        let count = check["count"].as_i64().map(|count| format!(" ({count})")).unwrap_or_default();
        lines.push(format!("{}{}{count}", mark(text(&check["state"])), text(&check["title"])));
        lines.extend(["detail", "fix"].iter().filter_map(|part| Some(format!("      {}", check[*part].as_str()?))));
    }
    let refused = &setup["lastRefused"];
    if refused.is_object() {
        lines.push(format!("Last refused: {} {}", text(&refused["at"]), text(&refused["reason"])));
        lines.push(format!("      {}", text(&refused["fix"])));
    }
    Ok(Shown::text(setup, lines.join("\n")))
}

/// Play the client's connection test. Fails when a step does.
pub fn test(api: &Api, source: &str) -> anyhow::Result<Shown> {
    let report = api.post(&format!("/sources/{}/self-test", segment(source)), &json!({}))?;
    let mut lines = Vec::new();
    for step in items(&report["steps"]) {
        let state = if step["passed"] == true { "done" } else { "failed" };
        lines.push(format!("{}{}: {}", mark(state), text(&step["title"]), text(&step["got"])));
        lines.extend(["explanation", "fix"].iter().filter_map(|part| Some(format!("      {}", step[*part].as_str()?))));
    }
    if report["passed"] == true {
        return Ok(Shown::text(report, lines.join("\n")));
    }
    bail!("the test of {source} failed\n{}", lines.join("\n"))
}
