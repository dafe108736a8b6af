//! How to connect each client: steps with the names of its fields, and its connection test. The texts are files in
//! `crates/server/guides`, compiled in.

use std::{collections::BTreeMap, sync::LazyLock};

use directory::source::SourceClient;
use figment::{
    Figment,
    providers::{Format, Toml},
};
use serde::Deserialize;

/// One client's guide, with `{placeholders}`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guide {
    /// What the client is called.
    pub name: String,
    /// What it does, in a sentence.
    pub summary: String,
    /// What to know before.
    #[serde(default)]
    pub notes: Vec<String>,
    /// What to do, in order.
    pub steps: Vec<Step>,
    /// What its own connection test sends, and the requests that follow it.
    pub test: Vec<Probe>,
}

/// One step of a guide.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What it is about.
    pub title: String,
    /// Where it happens.
    #[serde(default)]
    pub text: String,
    /// What to do; names of buttons and fields in backticks.
    #[serde(default)]
    pub actions: Vec<String>,
    /// What to fill in.
    #[serde(default)]
    pub fields: Vec<Field>,
}

/// A field of the client's pages.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Its name there.
    pub label: String,
    /// What to fill in or to choose.
    #[serde(default)]
    pub value: Option<String>,
    /// The token goes here.
    #[serde(default)]
    pub secret: bool,
    /// Whether the value is to be pasted, not chosen.
    #[serde(default = "yes")]
    pub copy: bool,
    /// What to mind.
    #[serde(default)]
    pub hint: Option<String>,
}

fn yes() -> bool {
    true
}

/// One request of a connection test, and what it must be answered.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// What it is for.
    pub title: String,
    /// The HTTP method.
    pub method: String,
    /// The path below the base URL, with its query.
    pub path: String,
    /// The body, JSON.
    #[serde(default)]
    pub body: Option<String>,
    /// The statuses that are right.
    pub status: Vec<u16>,
    /// What the answer must hold: JSON pointers and the text of their values.
    #[serde(default)]
    pub holds: BTreeMap<String, String>,
    /// The placeholder that the answer's `id` is kept under for later requests.
    #[serde(default)]
    pub keeps: Option<String>,
}

static GUIDES: LazyLock<Vec<Result<Guide, String>>> = LazyLock::new(|| {
    let read = |client: &SourceClient| Figment::from(Toml::string(text(*client))).extract().map_err(|e| e.to_string());
    SourceClient::ALL.iter().map(read).collect()
});

fn text(client: SourceClient) -> &'static str {
    match client {
        SourceClient::Okta => include_str!("../guides/okta.toml"),
        SourceClient::Entra => include_str!("../guides/entra.toml"),
        SourceClient::OneLogin => include_str!("../guides/oneLogin.toml"),
        SourceClient::JumpCloud => include_str!("../guides/jumpCloud.toml"),
        SourceClient::PingOne => include_str!("../guides/pingOne.toml"),
        SourceClient::Google => include_str!("../guides/google.toml"),
        SourceClient::Generic => include_str!("../guides/generic.toml"),
    }
}

impl Guide {
    /// The guide of a client.
    ///
    /// # Errors
    /// When its file is at fault, which a test rules out.
    pub fn of(client: SourceClient) -> Result<&'static Guide, directory::Error> {
        let at = SourceClient::ALL.iter().position(|known| *known == client).unwrap_or_default();
        match GUIDES.get(at) {
            Some(Ok(guide)) => Ok(guide),
            Some(Err(fault)) => {
                Err(directory::Error::invalid(format!("the guide of {} is at fault: {fault}", client.as_str())))
            }
            None => Err(directory::Error::not_found("guide", client.as_str())),
        }
    }
}

/// A text with its `{placeholders}` filled. What is no known one stays as it is: JSON has braces too.
pub fn fill(text: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fmt::Write, fs, path::Path};

    #[test]
    fn every_guide_says_what_to_do_and_how_to_test_it() {
        for client in SourceClient::ALL {
            let guide = Guide::of(client).unwrap();
            let fields: Vec<&Field> = guide.steps.iter().flat_map(|step| &step.fields).collect();
            assert!(
                fields.iter().any(|field| field.secret && field.value.is_none()),
                "{}: where the token goes",
                guide.name
            );
            assert!(
                fields.iter().any(|field| field.value.as_deref() == Some("{base_url}")),
                "{}: the base URL",
                guide.name
            );
            assert!(fields.iter().all(|field| field.secret != field.value.is_some()), "{}", guide.name);
            let mut known = vec!["random".to_owned()];
            for probe in &guide.test {
                assert!(matches!(&*probe.method, "GET" | "POST" | "PUT" | "PATCH" | "DELETE"), "{}", probe.title);
                assert!(probe.path.starts_with('/'), "{}", probe.title);
                let values: Vec<(&str, &str)> = known.iter().map(|name| (name.as_str(), "x")).collect();
                assert!(!fill(&probe.path, &values).contains('{'), "{}: {}", probe.title, probe.path);
                if let Some(body) = &probe.body {
                    serde_json::from_str::<serde_json::Value>(&fill(body, &values)).unwrap();
                    assert!(!fill(body, &values).contains("{user}"), "{}", probe.title);
                }
                known.extend(probe.keeps.clone());
            }
        }
    }

    /// The same texts as a page of the documentation. `LOCKSTEP_RENEW=1 cargo nextest run -p server guide` writes it.
    #[test]
    fn the_page_on_clients_is_made_of_the_guides() {
        let values = [
            ("base_url", "https://id.example.com/scim/v2/…"),
            ("public_url", "https://id.example.com"),
            ("token_url", "https://id.example.com/oauth/token"),
            ("source", "the source"),
        ];
        let mut page =
            "# Connecting an identity provider\n\nMade of `crates/server/guides`: `lockstep source guide NAME` \
                        shows the same with your own addresses.\n"
                .to_owned();
        for client in SourceClient::ALL {
            let guide = Guide::of(client).unwrap();
            write!(page, "\n## {}\n\n{}\n", guide.name, fill(&guide.summary, &values)).unwrap();
            for note in &guide.notes {
                write!(page, "\n- {}", fill(note, &values)).unwrap();
            }
            page += "\n";
            for (number, step) in (1..).zip(&guide.steps) {
                write!(page, "\n### {number}. {}\n\n", step.title).unwrap();
                if !step.text.is_empty() {
                    write!(page, "{}\n\n", fill(&step.text, &values)).unwrap();
                }
                for action in &step.actions {
                    writeln!(page, "- {}", fill(action, &values)).unwrap();
                }
                if !step.fields.is_empty() {
                    page += "\n| Field | Value |\n|---|---|\n";
                }
                for field in &step.fields {
                    let value = field
                        .value
                        .as_ref()
                        .map_or("the token".to_owned(), |value| format!("`{}`", fill(value, &values)));
                    let hint = field.hint.as_ref().map(|hint| format!(". {hint}")).unwrap_or_default();
                    writeln!(page, "| {} | {value}{hint} |", field.label).unwrap();
                }
            }
        }
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/clients.md");
        if std::env::var_os("LOCKSTEP_RENEW").is_some() {
            fs::write(&file, &page).unwrap();
        }
        let kept = fs::read_to_string(&file).unwrap_or_default();
        assert!(kept == page, "docs/clients.md is out of date: LOCKSTEP_RENEW=1 writes it anew");
    }
}
