//! How an account that is there already is recognised as somebody's. The engine asks the application for it, a match
//! trial looks among the accounts that it has read: both by this.

use directory::application::Matching;
use scim::Object;
use serde_json::json;

/// The attribute by which accounts are looked for, as a filter names it.
pub(crate) fn attribute(rule: Matching) -> &'static str {
    match rule {
        Matching::UserName => "userName",
        Matching::Email => "emails.value",
    }
}

/// The value by which a rule recognises an account. None: there is nothing to match by.
pub(crate) fn key(rule: Matching, document: &Object) -> Option<&str> {
    match rule {
        Matching::UserName => document.get("userName")?.as_str(),
        Matching::Email => primary_email(document),
    }
}

/// The primary e-mail address, or the first.
fn primary_email(document: &Object) -> Option<&str> {
    let emails = document.get("emails")?.as_array()?;
    let primary = emails.iter().find(|email| email.get("primary") == Some(&json!(true)));
    primary.or(emails.first())?.get("value")?.as_str()
}
