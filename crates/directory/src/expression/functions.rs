//! The functions of the expression language besides CEL's own.
//!
//! Every one takes null for an answer: text functions give null for null, lists count as empty. A person without a
//! department must not make an expression fail that only wants to join the department to something. Positions count
//! from 0, in characters. Each may be called as `lower(x)` or as `x.lower()`.
//!
//! CEL's own extensions for text and lists are not registered: they fail on null, and `replace`, `join` and
//! `lists.range` let a short text make an arbitrarily large value. The few of them that people use are here again,
//! within [`BUDGET`].

mod date;
mod list;
mod text;
mod value;

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::{LazyLock, RwLock};

use cel::common::value::CowVal;
use cel::{Context, ExecutionError, FunctionContext};
use regex::{Regex, RegexBuilder};
use sha2::{Digest, Sha256};

use date::{days_between, format_date, parse_date};
use list::{distinct, in_group, join, join_present, pick};
use text::{ascii, deburr, regex_extract, regex_replace, replace, slice, slug, split, substring, title, word};
use value::{count, elements, is_present, map_text, null, text, text_length, text_or, truth, unwrap, weight, word_of};

/// What one evaluation may spend: a byte of text made or read by a helper, or a value made in a loop, costs 1, a
/// turn of a loop [`TURN`]. CEL ends by itself but has no other bound.
const BUDGET: usize = 1_000_000;
/// The price of one turn of a loop.
const TURN: usize = 20;
/// Compiled patterns kept; when there are more, all are forgotten.
const PATTERNS: usize = 1_000;

/// The most arguments of a function that takes any number.
const MANY: usize = 100;

/// The name a loop's range is wrapped in: charges its turns.
pub(super) const WITHIN: &str = "@within";
/// The name a value made in a loop is wrapped in: charges its size.
pub(super) const CHARGE: &str = "@charge";
/// What `matches` is renamed to: CEL's own compiles its pattern on every call.
pub(super) const MATCHES: &str = "@matches";

type Args<'s, 'c, 'v> = &'s [CowVal<'c, 'v>];
type Answer<'c, 'v> = Result<CowVal<'c, 'v>, String>;
type Function =
    dyn for<'c, 'v> Fn(&mut FunctionContext<'c, 'v>) -> Result<CowVal<'c, 'v>, ExecutionError> + Send + Sync;

/// One function: its name, how many arguments it takes, and what it does.
struct Helper {
    name: &'static str,
    least: usize,
    most: usize,
    run: for<'s, 'c, 'v> fn(Args<'s, 'c, 'v>) -> Answer<'c, 'v>,
}

macro_rules! helpers {
    ($($name:expr, $least:literal..=$most:tt, $run:expr;)*) => {
        &[$(Helper { name: $name, least: $least, most: $most, run: $run }),*]
    };
}

const HELPERS: &[Helper] = helpers! {
    // Missing values.
    "coalesce", 1..=MANY, coalesce;
    "default", 2..=2, coalesce;
    "present", 1..=1, |a| Ok(truth(is_present(a[0].as_ref())));
    "joinPresent", 2..=MANY, join_present;
    // Parts of a text.
    "left", 2..=2, |a| map_text(a, |s| Ok(slice(s, 0, count(a, 1)?)));
    "right", 2..=2, |a| map_text(a, |s| Ok(slice(s, s.chars().count().saturating_sub(count(a, 1)?), usize::MAX)));
    "mid", 3..=3, |a| map_text(a, |s| Ok(slice(s, count(a, 1)?, count(a, 2)?)));
    "substring", 2..=3, substring;
    "before", 2..=2, |a| map_text(a, |s| Ok(s.split_once(&*word_of(a, 1)?).map_or(s, |(head, _)| head).to_owned()));
    "after", 2..=2, |a| map_text(a, |s| Ok(s.split_once(&*word_of(a, 1)?).map_or("", |(_, tail)| tail).to_owned()));
    "word", 2..=3, word;
    // Another form of a text.
    "lower", 1..=1, |a| map_text(a, |s| Ok(s.to_lowercase()));
    "upper", 1..=1, |a| map_text(a, |s| Ok(s.to_uppercase()));
    "title", 1..=1, |a| map_text(a, |s| Ok(title(s)));
    "deburr", 1..=2, |a| map_text(a, |s| Ok(deburr(s, &text_or(a, 1, "")?)));
    "ascii", 1..=2, |a| map_text(a, |s| Ok(ascii(s, &text_or(a, 1, "")?)));
    "slug", 1..=2, |a| map_text(a, |s| Ok(slug(s, &text_or(a, 1, "")?)));
    "stripSpaces", 1..=1, |a| map_text(a, |s| Ok(s.split_whitespace().collect()));
    "trim", 1..=1, |a| map_text(a, |s| Ok(s.trim().to_owned()));
    "replace", 3..=3, replace;
    "regexReplace", 3..=3, regex_replace;
    "regexExtract", 2..=2, regex_extract;
    MATCHES, 2..=2, |a| Ok(truth(match text(&a[0])? { Some(s) => pattern(&word_of(a, 1)?)?.is_match(&s), None => false }));
    // Lists.
    "split", 2..=2, split;
    "join", 1..=2, |a| join(elements(&a[0])?.into_iter(), &text_or(a, 1, "")?);
    "distinct", 1..=1, distinct;
    "pick", 1..=2, pick;
    "inGroup", 2..=2, in_group;
    // Dates, as text: `2026-11-22` or an RFC 3339 time.
    "parseDate", 1..=2, parse_date;
    "formatDate", 2..=2, format_date;
    "daysBetween", 2..=2, days_between;
    // Fingerprints.
    "sha256Hex", 1..=1, |a| map_text(a, |s| Ok(Sha256::digest(s).iter().map(|byte| format!("{byte:02x}")).collect()));
    "stableId", 1..=1, |a| map_text(a, |s| Ok(stable_id(s)));
    // Put in by `Expression::compile`, out of reach of an expression's text.
    WITHIN, 1..=1, |a| { spend(TURN.saturating_mul(a[0].as_sizer().map_or(0, |s| usize::try_from(*s.size().inner()).unwrap_or(0))))?; Ok(a[0].clone()) };
    CHARGE, 1..=1, |a| { spend(weight(a[0].as_ref()))?; Ok(a[0].clone()) };
};

/// The names of the helpers, for checking and suggesting names.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    HELPERS.iter().map(|helper| helper.name)
}

/// Makes the helpers callable in `context`, a root context.
pub(super) fn register(context: &mut Context<'static, 'static>) {
    for helper in HELPERS {
        let function: Box<Function> = Box::new(|call| helper.call(call));
        context.add_function(helper.name, function).expect("helpers have names that CEL does not use");
    }
}

thread_local! {
    /// What is left of the evaluation running on this thread. An evaluation never changes threads.
    static LEFT: Cell<usize> = const { Cell::new(BUDGET) };
}

/// Gives the evaluation about to start a full [`BUDGET`].
pub(super) fn refill() {
    LEFT.set(BUDGET);
}

fn spend(amount: usize) -> Result<(), String> {
    let left = LEFT.get().checked_sub(amount).ok_or("it makes too much data or loops too often")?;
    LEFT.set(left);
    Ok(())
}

/// A pattern, compiled once per process. RE2 style: no backtracking, so linear in the text.
pub(super) fn pattern(text: &str) -> Result<Regex, String> {
    static COMPILED: LazyLock<RwLock<HashMap<String, Regex>>> = LazyLock::new(RwLock::default);
    // A lock poisoned by a panic elsewhere still guards a sound map.
    if let Some(found) = COMPILED.read().unwrap_or_else(|e| e.into_inner()).get(text) {
        return Ok(found.clone());
    }
    let regex = RegexBuilder::new(text)
        .size_limit(1 << 20)
        .dfa_size_limit(1 << 20)
        .build()
        .map_err(|error| format!("the pattern is not valid: {}", last_line(&error.to_string())))?;
    let mut compiled = COMPILED.write().unwrap_or_else(|e| e.into_inner());
    if compiled.len() >= PATTERNS {
        compiled.clear();
    }
    compiled.insert(text.to_owned(), regex.clone());
    Ok(regex)
}

fn last_line(text: &str) -> &str {
    text.lines().last().unwrap_or_default().trim_start_matches("error: ")
}

impl Helper {
    fn call<'c, 'v>(&self, call: &mut FunctionContext<'c, 'v>) -> Result<CowVal<'c, 'v>, ExecutionError> {
        let args: Vec<CowVal<'c, 'v>> =
            call.this.take().into_iter().chain(std::mem::take(&mut call.args)).map(unwrap).collect();
        let failed = |message: String| ExecutionError::function_error(self.name, message);
        if args.len() < self.least || args.len() > self.most {
            let expected = match (self.least, self.most) {
                (least, MANY) => format!("at least {least}"),
                (least, most) if least == most => least.to_string(),
                (least, most) => format!("{least} to {most}"),
            };
            return Err(failed(format!("it takes {expected} arguments, not {}", args.len())));
        }
        spend(args.iter().map(text_length).sum::<usize>() + 1).map_err(failed)?;
        let answer = (self.run)(&args).map_err(failed)?;
        spend(text_length(&answer)).map_err(failed)?;
        Ok(answer)
    }
}

/// `coalesce(a, b, …)`: the first that is [`present`](is_present), else null. `default(a, b)` is its short form.
fn coalesce<'c, 'v>(args: Args<'_, 'c, 'v>) -> Answer<'c, 'v> {
    Ok(args.iter().find(|value| is_present(value.as_ref())).cloned().unwrap_or_else(null))
}

/// An id that is always the same for the same text: a name-based UUID of version 8 (RFC 9562 appendix B.2, SHA-256).
fn stable_id(text: &str) -> String {
    // A namespace of our own, so that ids made elsewhere from the same text differ.
    const NAMESPACE: &[u8] = b"lockstep:stableId:";
    let digest = Sha256::new().chain_update(NAMESPACE).chain_update(text).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid().to_string()
}

#[cfg(test)]
mod tests {
    use crate::expression::{Expression, Scope};
    use serde_json::{Value, json};

    fn scope() -> Scope {
        let user = json!({
            "none": null, "blank": " ", "name": "Łódź Straße Øst", "mail": "ana@example.org", "number": 7,
            "emails": [{"type": "home", "value": "h"}, {"type": "Work", "value": "w", "primary": true}],
            "groups": [{"id": "1", "displayName": "Staff"}, {"id": "2", "displayName": "app-gh-admins"}],
            "empty": [],
        });
        Scope::new([("user", user)])
    }

    #[test]
    fn table() {
        let scope = scope();
        for (text, expected) in [
            ("coalesce(user.none, user.blank, user.mail)", json!("ana@example.org")),
            ("coalesce(user.none, user.empty)", json!(null)),
            ("default(user.none, 'x')", json!("x")),
            ("default(false, true)", json!(false)),
            (
                "[present(user.none), present(user.blank), present(user.empty), present(0), present('a')]",
                json!([false, false, false, true, true]),
            ),
            ("joinPresent(' ', [user.mail, user.none, user.number])", json!("ana@example.org 7")),
            ("joinPresent('-', user.none, 'a', user.blank, 'b')", json!("a-b")),
            ("joinPresent(' ', [user.none])", json!(null)),
            ("left('Jo', 9)", json!("Jo")),
            ("left(user.name, 4)", json!("Łódź")),
            ("left('abc', -1)", json!("")),
            ("right('000000' + string(user.number), 6)", json!("000007")),
            ("mid('abcdef', 1, 3)", json!("bcd")),
            ("'app-gh-admins'.substring(7)", json!("admins")),
            ("substring('abc', 1, 2) + substring('abc', 5) + substring('abc', 2, 1)", json!("b")),
            ("before(user.mail, '@') + after(user.mail, '@')", json!("anaexample.org")),
            ("[before('ana', '@'), after('ana', '@')]", json!(["ana", ""])),
            ("word('a, b!c', 2, ',! ')", json!("c")),
            ("word(' one  two ', 1)", json!("two")),
            ("word('one', 1)", json!(null)),
            ("lower('ÅngstrÖm') + upper('straße')", json!("ångströmSTRASSE")),
            ("title(\"pinto-de'SILVA\")", json!("Pinto-De'Silva")),
            ("deburr(user.name)", json!("Lodz Strasse OEst")),
            ("deburr('Müller-Ößig', 'de')", json!("Mueller-Oessig")),
            ("ascii('Ñandú 漢')", json!("Nandu ")),
            ("slug(' Ana Ñandú (HR) ')", json!("ana-nandu-hr")),
            ("stripSpaces(' a\tb ')", json!("ab")),
            ("' a '.trim()", json!("a")),
            ("user.mail.replace('@example.org', '')", json!("ana")),
            ("regexReplace('+1 (999) 888-7777', r'[()\\s-]+', '')", json!("+19998887777")),
            ("regexReplace('ab', '(a)(b)', '$2$1')", json!("ba")),
            ("regexExtract('tel 0123456789', r'(\\d{10})')", json!("0123456789")),
            ("regexExtract('none', '[0-9]')", json!(null)),
            ("user.mail.matches('^ana@')", json!(true)),
            ("matches(user.none, 'a')", json!(false)),
            ("'a, b'.split(',').map(p, p.trim())", json!(["a", "b"])),
            ("['a', 'b'].join('+')", json!("a+b")),
            ("['a', 'b', 'a'].distinct()", json!(["a", "b"])),
            ("pick(user.emails, 'work')", json!("w")),
            ("pick(user.emails)", json!("w")),
            ("pick(user.emails, 'other')", json!(null)),
            ("pick(user.none, 'work')", json!(null)),
            ("inGroup(user.groups, 'staff')", json!(true)),
            ("inGroup(user.groups, '2')", json!(true)),
            ("inGroup(user.none, 'staff')", json!(false)),
            ("parseDate('20261122', '%Y%m%d')", json!("2026-11-22")),
            ("parseDate('22.11.2026 10:30', '%d.%m.%Y %H:%M')", json!("2026-11-22T10:30:00Z")),
            ("parseDate(user.blank)", json!(null)),
            ("parseDate('2026-11-22T10:00:00+02:00')", json!("2026-11-22T08:00:00Z")),
            ("formatDate('2026-11-22T23:30:00-05:00', '%d.%m.%Y')", json!("22.11.2026")),
            ("formatDate(parseDate('20261122101500', '%Y%m%d%H%M%S'), '%Y-%m-%d')", json!("2026-11-22")),
            ("daysBetween('2026-01-01', '2026-12-31T12:00:00Z')", json!(364)),
            ("daysBetween('2026-01-02', '2026-01-01')", json!(-1)),
            ("daysBetween('0001-01-01', '9999-12-30')", json!(3_652_057)),
            ("daysBetween(user.none, '2026-01-01')", json!(null)),
            ("sha256Hex('abc')", json!("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")),
            (
                "stableId('ana') == stableId('ana') && stableId('ana') != stableId('bo') && size(stableId('a')) == 36",
                json!(true),
            ),
        ] {
            let value = Expression::compile(text).and_then(|e| e.evaluate(&scope));
            assert_eq!(value, Ok(expected), "{text}");
        }
    }

    #[test]
    fn null_is_never_an_error() {
        let scope = scope();
        for text in [
            "left(user.none, 1)",
            "right(user.none, 1)",
            "mid(user.none, 0, 1)",
            "substring(user.none, 1)",
            "before(user.none, '@')",
            "after(user.none, '@')",
            "word(user.none, 0)",
            "lower(user.none)",
            "upper(user.none)",
            "title(user.none)",
            "deburr(user.none)",
            "ascii(user.none)",
            "slug(user.none)",
            "stripSpaces(user.none)",
            "user.none.trim()",
            "replace(user.none, 'a', 'b')",
            "regexReplace(user.none, 'a', 'b')",
            "regexExtract(user.none, 'a')",
            "parseDate(user.none, '%Y')",
            "formatDate(user.none, '%Y')",
            "sha256Hex(user.none)",
            "stableId(user.none)",
            "lower(user.?nothing)",
        ] {
            assert_eq!(Expression::compile(text).unwrap().evaluate(&scope), Ok(Value::Null), "{text}");
        }
        for text in ["split(user.none, ',')", "distinct(user.none)"] {
            assert_eq!(Expression::compile(text).unwrap().evaluate(&scope), Ok(json!([])), "{text}");
        }
        assert_eq!(Expression::compile("join(user.none)").unwrap().evaluate(&scope), Ok(json!("")));
    }

    #[test]
    fn mistakes_say_what_is_wrong() {
        let scope = scope();
        for (text, says) in [
            ("left('a')", "2 arguments"),
            ("left('a', 'b')", "argument 2 must be a whole number"),
            ("lower(user.emails)", "not a list"),
            ("pick('a', 'b')", "takes a list"),
            ("before('a', '')", "argument 2 must not be empty"),
            ("formatDate('soon', '%Y')", "2026-11-22"),
            ("parseDate('soon', '%Y-%m-%d')", "%Y-%m-%d"),
            ("formatDate('2026-11-22', '%!')", "pattern"),
        ] {
            let error = Expression::compile(text).unwrap().evaluate(&scope).unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
