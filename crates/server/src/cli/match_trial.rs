//! `lockstep app try-matching`.

use anyhow::bail;
use serde_json::{Value, json};
use std::{thread::sleep, time::Duration};

use super::{
    api::Api,
    application::App,
    show::{Column, Shown},
};

/// How long to wait before it is asked again how far a trial is.
const PAUSE: Duration = Duration::from_millis(500);

/// Outcomes that a person has to see to, each person with a line of their own.
const NEED_A_PERSON: [&str; 5] = ["ambiguous", "taken", "missing", "no_value", "error"];

/// Find out what matching would come to for everybody, and wait for it.
pub fn run(api: &Api, app: &App) -> anyhow::Result<Shown> {
    let mut trial = api.post(&app.path("/draft/match-trial"), &json!({}))?;
    let path = app.path(&format!("/match-trials/{}", trial["id"].as_str().unwrap_or_default()));
    while trial["state"] == "running" {
        sleep(PAUSE);
        trial = api.get(&path)?;
    }
    if trial["state"] == "failed" {
        bail!("{}", trial["detail"].as_str().unwrap_or("it could not be found out"));
    }
    Ok(show(trial))
}

fn show(trial: Value) -> Shown {
    let counts = trial["counts"].as_object().into_iter().flatten();
    let mut counts: Vec<Value> = counts.map(|(outcome, count)| json!({"outcome": outcome, "count": count})).collect();
    counts.push(json!({"outcome": "accounts of nobody here", "count": trial["unmatched"]}));
    let mut text = Shown::table(counts.into(), &[("OUTCOME", "outcome"), ("COUNT", "count")]).as_text().to_owned();
    if let Some(doubt) = trial["doubt"].as_str() {
        text = format!("{doubt}. Who was not found among those that were read is unknown.\n\n{text}");
    }
    let columns: [Column; 4] =
        [("OUTCOME", "outcome"), ("USER", "userName"), ("WHY", "detail"), ("ACCOUNTS", "accounts")];
    let people: Vec<Value> = NEED_A_PERSON.iter().flat_map(|outcome| lines(&trial, outcome)).collect();
    if !people.is_empty() {
        text = format!("{text}\n\n{}", Shown::table(people.into(), &columns).as_text());
    }
    if trial["unmatched"] != 0 {
        let accounts = Shown::table(trial["unmatchedAccounts"].clone(), &[("ACCOUNT OF NOBODY", "name"), ("ID", "id")]);
        text = format!("{text}\n\n{}", accounts.as_text());
    }
    Shown::text(trial, text)
}

fn lines<'a>(trial: &'a Value, outcome: &'a str) -> impl Iterator<Item = Value> + 'a {
    trial["people"][outcome].as_array().into_iter().flatten().map(move |person| {
        let ids: Vec<_> = person["candidates"].as_array().into_iter().flatten().filter_map(|one| one["id"].as_str()).collect();
        json!({"outcome": outcome, "userName": person["userName"], "detail": person["detail"], "accounts": ids.join(", ")})
    })
}
