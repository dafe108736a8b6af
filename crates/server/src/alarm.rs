//! Alarms in words, for the API and for the log.

use directory::{
    Millis,
    alarm::{Alarm, Cause},
    clock::rfc3339,
    source::SourceClient,
};

/// An alarm in words.
pub struct Words {
    /// `tokenExpires`, `tokenExpired` or `sourceSilent`.
    pub kind: &'static str,
    /// `info`: within weeks; `warning`: within days; `urgent`: now.
    pub severity: &'static str,
    /// What is the matter.
    pub text: String,
    /// What to do.
    pub fix: String,
}

/// Put an alarm into words.
pub fn words(alarm: &Alarm, now: Millis) -> Words {
    let name = &alarm.source_name;
    match &alarm.cause {
        Cause::TokenExpires { last4, at, days, .. } => Words {
            kind: "tokenExpires",
            severity: match days {
                ..=1 => "urgent",
                2..=14 => "warning",
                _ => "info",
            },
            text: format!(
                "The token{} of {name} stops working in {}, on {}.",
                ending(last4),
                plural(*days, "day"),
                rfc3339(*at)
            ),
            fix: "Rotate it: make a new token, give it to the client, and let the old one end.".into(),
        },
        Cause::TokenExpired { last4, at, .. } => Words {
            kind: "tokenExpired",
            severity: "urgent",
            text: format!(
                "The last token{} of {name} stopped working on {}: its client can't get in.",
                ending(last4),
                rfc3339(*at)
            ),
            fix: "Make a new token and give it to the client.".into(),
        },
        Cause::SourceSilent { last_request_at } => Words {
            kind: "sourceSilent",
            severity: "warning",
            text: format!(
                "{name} has sent nothing for {}; its last request came on {}.",
                plural((now - last_request_at) / (60 * 60 * 1000), "hour"),
                rfc3339(*last_request_at)
            ),
            fix: silence(alarm.client).into(),
        },
    }
}

fn silence(client: SourceClient) -> &'static str {
    match client {
        SourceClient::Entra => {
            "Entra calls about every 40 minutes. See whether provisioning is on there, or in quarantine."
        }
        SourceClient::Okta | SourceClient::OneLogin | SourceClient::JumpCloud | SourceClient::PingOne => {
            "This client calls only when something changes. If something did, see whether provisioning is still on \
             there, and its log of errors."
        }
        SourceClient::Google | SourceClient::Generic => {
            "If its client should call more often, see whether it still runs, and what its own log says."
        }
    }
}

fn ending(last4: &Option<String>) -> String {
    last4.as_ref().map(|last4| format!(" ending …{last4}")).unwrap_or_default()
}

fn plural(count: i64, what: &str) -> String {
    if count == 1 { format!("{count} {what}") } else { format!("{count} {what}s") }
}
