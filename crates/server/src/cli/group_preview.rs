//! `lockstep app push-group --preview`.

use serde_json::{Value, json};

use super::{api::Api, application::App, show::Shown};

/// What happens to whom, in the order in which it is told.
const KINDS: [(&str, &str); 4] =
    [("stay", "stay"), ("added", "are added"), ("removed", "are removed"), ("waiting", "have no account yet")];

/// What pushing a group would do to the members there.
pub fn run(api: &Api, app: &App, group: &str) -> anyhow::Result<Shown> {
    let preview = api.post(&app.path("/group-preview"), &json!({"group": group}))?;
    let mut lines = vec![match (preview["problem"].as_str(), preview["remoteId"].as_str()) {
        (Some(problem), _) => format!("{problem}."),
        (None, Some(id)) => format!("The group {id} there would be linked."),
        (None, None) => "There is no group of that name: it would be made.".to_owned(),
    }];
    lines.extend(KINDS.iter().filter_map(|(kind, words)| line(&preview[*kind], words)));
    if let Some(others) = preview["others"].as_u64().filter(|others| *others > 0) {
        lines.push(format!("{others} members there are unknown to Lockstep, and left alone."));
    }
    Ok(Shown::text(preview, lines.join("\n")))
}

fn line(members: &Value, words: &str) -> Option<String> {
    let count = members["count"].as_u64().filter(|count| *count > 0)?;
    let names: Vec<_> =
        members["people"].as_array().into_iter().flatten().filter_map(|person| person["userName"].as_str()).collect();
    let more = if (names.len() as u64) < count { ", …" } else { "" };
    Some(format!("{count} {words}: {}{more}", names.join(", ")))
}
