//! What to do about an error: for each code of the taxonomy a title, a sentence, and the one action that helps most.

use crate::openapi::words;

/// What to do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advice {
    /// What it is, in a few words.
    pub title: &'static str,
    /// What to do.
    pub sentence: &'static str,
    /// The action that helps most.
    pub action: &'static str,
}

words!(pub actions: "test_connection", "replace_credential", "edit_mapping", "retry", "look_at_user", "look_at_application", "settings", "wait");

/// What to do about a code. Codes that nobody has written about are answered by the application's own words.
pub fn advice(code: &str) -> Advice {
    let (title, sentence, action) = match code {
        "auth.invalid" => (
            "The token was refused",
            "Replace the credential with one that the application accepts, then test the connection.",
            "replace_credential",
        ),
        "auth.forbidden" => (
            "The token may not do this",
            "Give the token the missing permission in the application, then retry.",
            "retry",
        ),
        "net.unreachable" | "net.timeout" => (
            "The application can't be reached",
            "Nothing is lost: Lockstep tries again by itself. Test the connection if it should be there.",
            "test_connection",
        ),
        "net.tls" => (
            "The certificate is not trusted",
            "The application must show a valid certificate for its name; then test the connection.",
            "test_connection",
        ),
        "net.refused" | "net.redirect" => (
            "The address may not be called",
            "Correct the base URL, or have the operator allow its network.",
            "settings",
        ),
        "rate.limited" => (
            "The application asks for a pause",
            "Nothing to do: Lockstep goes on when the application allows it.",
            "wait",
        ),
        "app.unavailable" | "app.error" => (
            "The application failed",
            "Lockstep tries again by itself. If it stays, show the application's vendor the request and its answer.",
            "wait",
        ),
        "match.ambiguous" => (
            "Several accounts match",
            "Remove all but one of them in the application, or match by another attribute.",
            "look_at_application",
        ),
        "match.already_linked" => (
            "The account belongs to somebody else",
            "Two people match one account. Correct the one whose data is wrong; an account is never taken from anybody.",
            "look_at_user",
        ),
        "match.no_value" => (
            "Nothing to match by",
            "The person lacks the attribute that accounts are matched by: add it at the source, or match by another.",
            "look_at_user",
        ),
        "conflict.unique" | "conflict.hidden" => (
            "The application says the account exists",
            "It is hidden or deactivated there: restore or remove it in the application, then retry.",
            "look_at_application",
        ),
        "link.missing" => (
            "The account was removed in the application",
            "Find out who removes it there: Lockstep makes it again as long as the person should have it.",
            "retry",
        ),
        "value.required" => (
            "A value is missing",
            "The application insists on an attribute: give it a value in the mapping, or at the source.",
            "edit_mapping",
        ),
        "value.invalid" => {
            ("A value was refused", "Map the attribute to a value that the application accepts.", "edit_mapping")
        }
        "schema.unknown_attr" => {
            ("The application has no such attribute", "Take the attribute out of the mapping.", "edit_mapping")
        }
        "mutability" => ("The value can't be changed any more", "Send the attribute on create only.", "edit_mapping"),
        "map.error" | "map.limit" => (
            "The mapping gives no value",
            "Open the mapping with this person to see which row fails, and correct it.",
            "edit_mapping",
        ),
        "cap.unsupported" => (
            "The application can't do this",
            "Switch off what the application does not offer, such as groups.",
            "settings",
        ),
        "cap.filter" => (
            "The application ignores filters",
            "Whether an account is there can't be told, so none is made. Match by an attribute it can filter by.",
            "settings",
        ),
        "reply.unparsable" => (
            "The answer makes no sense",
            "Look at the answer: a login page instead of JSON means that the base URL or the credential is wrong.",
            "test_connection",
        ),
        "licence.full" | "quota.target" => {
            ("The application is full", "Buy seats or free some in the application, then retry.", "retry")
        }
        "held.hold" => {
            ("The person is on hold", "Lift the hold when their accounts may be deactivated.", "look_at_user")
        }
        "held.create" => (
            "Making accounts is switched off",
            "Switch it on in the application's settings, or take the assignment back.",
            "settings",
        ),
        "dep.waiting" => {
            ("Waits for something else", "It goes on by itself when the account it needs is there.", "wait")
        }
        "create.in_doubt" | "version.conflict" => (
            "Looked up again in a moment",
            "Nothing to do: Lockstep finds out what the application holds, and goes on.",
            "wait",
        ),
        _ => (
            "Needs a look",
            "Read what the application answered, correct it there or in the mapping, and retry.",
            "retry",
        ),
    };
    Advice { title, sentence, action }
}
