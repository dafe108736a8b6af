//! The functions of the expression language besides CEL's own.
//!
//! Every one takes null for an answer: text functions give null for null, lists count as empty. A person without a
//! department must not make an expression fail that only wants to join the department to something. Positions count
//! from 0, in characters. Each may be called as `lower(x)` or as `x.lower()`.
//!
//! CEL's own extensions for text and lists are not registered: they fail on null, and `replace`, `join` and
//! `lists.range` let a short text make an arbitrarily large value. The few of them that people use are here again,
//! within [`BUDGET`].

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;
use std::sync::{LazyLock, RwLock};

use cel::common::types::{CelBool, CelDouble, CelInt, CelList, CelMap, CelNull, CelOptional, CelString, CelUInt};
use cel::common::value::{CowVal, Val};
use cel::{Context, ExecutionError, FunctionContext};
use jiff::civil::Time;
use jiff::fmt::{strtime, temporal::Pieces};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use regex::{Regex, RegexBuilder};
use sha2::{Digest, Sha256};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

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

/// What is in an optional, null when it is empty; anything else as it is.
fn unwrap<'c, 'v>(value: CowVal<'c, 'v>) -> CowVal<'c, 'v> {
    match &value {
        CowVal::Borrowed(inner) => match inner.downcast_ref::<CelOptional>() {
            Some(optional) => optional.option().map_or_else(null, CowVal::Borrowed),
            None => value,
        },
        CowVal::Owned(inner) => match inner.downcast_ref::<CelOptional>() {
            Some(optional) => optional.option().map_or_else(null, |v| CowVal::Owned(v.clone_as_boxed())),
            None => value,
        },
    }
}

fn null<'c, 'v>() -> CowVal<'c, 'v> {
    CowVal::owned(CelNull)
}

fn truth<'c, 'v>(value: bool) -> CowVal<'c, 'v> {
    CowVal::owned(CelBool::from(value))
}

fn answer<'c, 'v>(text: String) -> CowVal<'c, 'v> {
    CowVal::owned(CelString::from(text))
}

fn text_length(value: &CowVal<'_, '_>) -> usize {
    value.downcast_ref::<CelString>().map_or(0, |s| s.inner().len())
}

/// How much memory a value takes, in round numbers.
fn weight(value: &dyn Val) -> usize {
    1 + if let Some(text) = value.downcast_ref::<CelString>() {
        text.inner().len()
    } else if let Some(list) = value.downcast_ref::<CelList>() {
        list.inner().iter().map(|v| weight(v.as_ref())).sum()
    } else if let Some(map) = value.downcast_ref::<CelMap>() {
        map.inner().values().map(|v| 1 + weight(v.as_ref())).sum()
    } else if let Some(inner) = value.downcast_ref::<CelOptional>().and_then(|o| o.option()) {
        weight(inner)
    } else {
        0
    }
}

/// Whether there is something to see: not null, blank text, or an empty list or map.
fn is_present(value: &dyn Val) -> bool {
    if let Some(text) = value.downcast_ref::<CelString>() {
        !text.inner().trim().is_empty()
    } else if let Some(sizer) = value.as_sizer() {
        *sizer.size().inner() > 0
    } else {
        value.downcast_ref::<CelNull>().is_none()
    }
}

/// A value as text; numbers and booleans are written out, null is `None`.
fn text<'s>(value: &'s CowVal<'_, '_>) -> Result<Option<Cow<'s, str>>, String> {
    let value = value.as_ref();
    Ok(Some(if let Some(text) = value.downcast_ref::<CelString>() {
        Cow::Borrowed(text.inner())
    } else if value.downcast_ref::<CelNull>().is_some() {
        return Ok(None);
    } else if let Some(number) = value.downcast_ref::<CelInt>() {
        number.inner().to_string().into()
    } else if let Some(number) = value.downcast_ref::<CelUInt>() {
        number.inner().to_string().into()
    } else if let Some(number) = value.downcast_ref::<CelDouble>() {
        number.inner().to_string().into()
    } else if let Some(truth) = value.downcast_ref::<CelBool>() {
        truth.inner().to_string().into()
    } else {
        return Err(format!("it takes text, not a {}", value.get_type().name()));
    }))
}

fn text_or<'s>(args: Args<'s, '_, '_>, at: usize, otherwise: &'static str) -> Result<Cow<'s, str>, String> {
    Ok(args.get(at).map(text).transpose()?.flatten().unwrap_or(Cow::Borrowed(otherwise)))
}

/// An argument that says what to look for, so cannot be null or empty.
fn word_of<'s>(args: Args<'s, '_, '_>, at: usize) -> Result<Cow<'s, str>, String> {
    match text(&args[at])? {
        Some(found) if !found.is_empty() => Ok(found),
        _ => Err(format!("argument {} must not be empty", at + 1)),
    }
}

/// A position or a length; a negative one is 0.
fn count(args: Args<'_, '_, '_>, at: usize) -> Result<usize, String> {
    match args[at].downcast_ref::<CelInt>() {
        Some(number) => Ok(usize::try_from(*number.inner()).unwrap_or(0)),
        None => Err(format!("argument {} must be a whole number", at + 1)),
    }
}

/// The first argument's text, changed; null stays null.
fn map_text<'c, 'v>(args: Args<'_, 'c, 'v>, change: impl FnOnce(&str) -> Result<String, String>) -> Answer<'c, 'v> {
    Ok(match text(&args[0])? {
        Some(text) => answer(change(&text)?),
        None => null(),
    })
}

/// The elements of a list; null is the empty list.
fn elements<'s, 'v>(value: &'s CowVal<'_, 'v>) -> Result<Vec<&'s (dyn Val + 'v)>, String> {
    if let Some(list) = value.downcast_ref::<CelList>() {
        Ok(list.inner().iter().map(|element| element.as_ref()).collect())
    } else if value.downcast_ref::<CelNull>().is_some() {
        Ok(Vec::new())
    } else {
        Err(format!("it takes a list, not a {}", value.get_type().name()))
    }
}

/// A member of a map, if there is one and it is not null.
fn member<'s, 'v>(value: &'s (dyn Val + 'v), name: &str) -> Option<CowVal<'s, 'v>> {
    let found = value.downcast_ref::<CelMap>()?.as_indexer()?.get(&CelString::from(name)).ok()?;
    found.downcast_ref::<CelNull>().is_none().then_some(found)
}

/// `coalesce(a, b, …)`: the first that is [`present`](is_present), else null. `default(a, b)` is its short form.
fn coalesce<'c, 'v>(args: Args<'_, 'c, 'v>) -> Answer<'c, 'v> {
    Ok(args.iter().find(|value| is_present(value.as_ref())).cloned().unwrap_or_else(null))
}

/// `joinPresent(" ", [a, b])` or `joinPresent(" ", a, b)`: what is present, joined; null when nothing is.
fn join_present<'c, 'v>(args: Args<'_, 'c, 'v>) -> Answer<'c, 'v> {
    let parts: Vec<&(dyn Val + 'v)> = match &args[1..] {
        [only] if text(only).is_err() => elements(only)?,
        several => several.iter().map(|part| part.as_ref()).collect(),
    };
    let mut parts = parts.into_iter().filter(|part| is_present(*part)).peekable();
    match parts.peek() {
        Some(_) => join(parts, &text_or(args, 0, "")?),
        None => Ok(null()),
    }
}

fn join<'s, 'c, 'v: 's>(parts: impl Iterator<Item = &'s (dyn Val + 'v)>, separator: &str) -> Answer<'c, 'v> {
    let mut joined = String::new();
    for (at, part) in parts.enumerate() {
        if at > 0 {
            joined.push_str(separator);
        }
        joined.push_str(&text(&CowVal::Borrowed(part))?.unwrap_or_default());
        if joined.len() > BUDGET {
            spend(joined.len())?;
        }
    }
    Ok(answer(joined))
}

fn slice(text: &str, start: usize, length: usize) -> String {
    text.chars().skip(start).take(length).collect()
}

/// `substring(text, from)` and `substring(text, from, to)`: as in CEL, but past the end there is nothing, not an error.
fn substring<'c, 'v>(args: Args<'_, 'c, 'v>) -> Answer<'c, 'v> {
    let from = count(args, 1)?;
    let to = if args.len() == 3 { count(args, 2)? } else { usize::MAX };
    map_text(args, |text| Ok(slice(text, from, to.saturating_sub(from))))
}

/// `word(text, n)` and `word(text, n, ",!&#")`: the nth run of characters between separators (white space unless
/// given), counted from 0; null when there are fewer.
fn word<'c, 'v>(args: Args<'_, 'c, 'v>) -> Answer<'c, 'v> {
    let (number, separators) = (count(args, 1)?, text_or(args, 2, "")?);
    let separates = |c: char| {
        if separators.is_empty() { c.is_whitespace() } else { separators.contains(c) }
    };
    let Some(text) = text(&args[0])? else {
        return Ok(null());
    };
    let found = text.split(separates).filter(|word| !word.is_empty()).nth(number);
    Ok(found.map_or_else(null, |word| answer(word.to_owned())))
}

/// Upper case after anything that is not a letter or digit, lower case elsewhere: `Pinto-De'Silva`.
fn title(text: &str) -> String {
    let mut titled = String::with_capacity(text.len());
    let mut inside = false;
    for c in text.chars() {
        if inside {
            titled.extend(c.to_lowercase());
        } else {
            titled.extend(c.to_uppercase());
        }
        inside = c.is_alphanumeric() || is_combining_mark(c);
    }
    titled
}

/// Letters without their accents. Letters that are not a letter plus an accent are spelt out; with the locale `de`,
/// umlauts are too (`ö` → `oe`).
fn deburr(text: &str, locale: &str) -> String {
    let german = locale.get(..2).is_some_and(|language| language.eq_ignore_ascii_case("de"));
    let mut plain = String::with_capacity(text.len());
    // Composed first, so that both spellings of an umlaut are seen.
    for c in text.nfc() {
        plain.push_str(match c {
            'ä' if german => "ae",
            'ö' if german => "oe",
            'ü' if german => "ue",
            'Ä' if german => "Ae",
            'Ö' if german => "Oe",
            'Ü' if german => "Ue",
            'ß' => "ss",
            'ẞ' => "SS",
            'æ' => "ae",
            'Æ' => "AE",
            'ø' | 'œ' => "oe",
            'Ø' | 'Œ' => "OE",
            'ł' => "l",
            'Ł' => "L",
            'đ' | 'ð' => "d",
            'Đ' | 'Ð' => "D",
            'ħ' => "h",
            'Ħ' => "H",
            'ŧ' => "t",
            'Ŧ' => "T",
            'þ' => "th",
            'Þ' => "Th",
            'ı' => "i",
            other => {
                plain.extend(other.nfd().filter(|c| !is_combining_mark(*c)));
                continue;
            }
        });
    }
    plain
}

/// [`deburr`], then without what is still not ASCII.
fn ascii(text: &str, locale: &str) -> String {
    deburr(text, locale).chars().filter(char::is_ascii).collect()
}

/// Lower-case letters and digits with single hyphens between: `Ana Ñandú (HR)` → `ana-nandu-hr`.
fn slug(text: &str, locale: &str) -> String {
    let plain = ascii(text, locale).to_ascii_lowercase();
    let words: Vec<&str> = plain.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.join("-")
}

/// `replace(text, from, to)`: every `from`; null as `to` removes.
fn replace<'c, 'v>(args: Args<'_, 'c, 'v>) -> Answer<'c, 'v> {
    let (from, to) = (word_of(args, 1)?, text_or(args, 2, "")?);
    map_text(args, |text| {
        // Before the memory is taken, not after.
        spend(text.matches(&*from).count().saturating_mul(to.len()))?;
        Ok(text.replace(&*from, &to))
    })
}

/// `regexReplace(text, pattern, to)`: every match; `$1` in `to` is the first group.
fn regex_replace<'c, 'v>(args: Args<'_, 'c, 'v>) -> Answer<'c, 'v> {
    let (pattern, to) = (pattern(&word_of(args, 1)?)?, text_or(args, 2, "")?);
    map_text(args, |text| {
        // Before the memory is taken. Matches do not overlap, so that one `$1` brings in at most the text once.
        let groups = to.matches('$').count().saturating_mul(text.len());
        spend(pattern.find_iter(text).count().saturating_mul(to.len()).saturating_add(groups))?;
        Ok(pattern.replace_all(text, &*to).into_owned())
    })
}

/// `regexExtract(text, pattern)`: the first group of the first match, the whole match without groups; null for none.
fn regex_extract<'c, 'v>(args: Args<'_, 'c, 'v>) -> Answer<'c, 'v> {
    let pattern = pattern(&word_of(args, 1)?)?;
    let Some(text) = text(&args[0])? else {
        return Ok(null());
    };
    let found = pattern.captures(&text).and_then(|groups| groups.get(1).or_else(|| groups.get(0)));
    Ok(found.map_or_else(null, |found| answer(found.as_str().to_owned())))
}

/// `split(text, separator)`: null gives the empty list.
fn split<'c, 'v>(args: Args<'_, 'c, 'v>) -> Answer<'c, 'v> {
    let separator = word_of(args, 1)?;
    let parts: Vec<Box<dyn Val + 'v>> = match text(&args[0])? {
        Some(text) => text.split(&*separator).map(|part| boxed(part.to_owned())).collect(),
        None => Vec::new(),
    };
    spend(parts.len())?;
    Ok(CowVal::owned(CelList::from(parts)))
}

fn boxed<'v>(text: String) -> Box<dyn Val + 'v> {
    Box::new(CelString::from(text))
}

/// `distinct(list)`: each value once, where it first stood.
fn distinct<'c, 'v>(args: Args<'_, 'c, 'v>) -> Answer<'c, 'v> {
    let all = elements(&args[0])?;
    let mut kept: Vec<&(dyn Val + 'v)> = Vec::new();
    for element in all {
        spend(kept.len())?;
        if !kept.iter().any(|other| other.equals(element)) {
            kept.push(element);
        }
    }
    Ok(CowVal::owned(CelList::from(kept.into_iter().map(|v| v.clone_as_boxed()).collect::<Vec<Box<dyn Val + 'v>>>())))
}

/// `pick(user.emails, "work")`: the value of the first element of that type; `pick(user.emails)`: of the primary one,
/// else of the first. Null when there is none.
fn pick<'c, 'v>(args: Args<'_, 'c, 'v>) -> Answer<'c, 'v> {
    let all = elements(&args[0])?;
    let chosen = match args.get(1).map(text).transpose()?.flatten() {
        Some(kind) => all.iter().find(|element| same(element, "type", &kind)),
        None => all
            .iter()
            .find(|element| {
                member(**element, "primary").is_some_and(|p| p.downcast_ref::<CelBool>().is_some_and(|b| *b.inner()))
            })
            .or_else(|| all.first()),
    };
    Ok(chosen.and_then(|element| member(*element, "value")).map_or_else(null, |v| CowVal::Owned(v.into_owned())))
}

/// `inGroup(user.groups, "Staff")`: whether a group has that name or id. Names are compared without case, as SCIM
/// compares displayName (RFC 7643 section 4.2).
fn in_group<'c, 'v>(args: Args<'_, 'c, 'v>) -> Answer<'c, 'v> {
    let name = word_of(args, 1)?;
    let all = elements(&args[0])?;
    let names = ["displayName", "display", "id", "value"];
    Ok(truth(all.iter().any(|group| names.iter().any(|member| same(group, member, &name)))))
}

/// Whether a member is this text, whatever its case.
fn same(element: &&dyn Val, name: &str, text: &str) -> bool {
    member(*element, name).is_some_and(|found| {
        found.downcast_ref::<CelString>().is_some_and(|found| {
            found.inner() == text
                || found.inner().chars().flat_map(char::to_lowercase).eq(text.chars().flat_map(char::to_lowercase))
        })
    })
}

/// A date or time as it is written, in the offset it is written in (UTC when there is none).
fn instant(text: &str) -> Result<Zoned, String> {
    let unreadable = || {
        "it takes a date such as 2026-11-22 or 2026-11-22T09:30:00Z; parseDate(text, pattern) reads other forms"
            .to_owned()
    };
    if let Ok(time) = text.parse::<Timestamp>()
        && text.ends_with(['Z', 'z'])
    {
        return Ok(time.to_zoned(TimeZone::UTC));
    }
    let pieces = Pieces::parse(text).map_err(|_| unreadable())?;
    let zone = pieces.to_numeric_offset().map_or(TimeZone::UTC, TimeZone::fixed);
    let written = pieces.date().to_datetime(pieces.time().unwrap_or(Time::midnight()));
    written.to_zoned(zone).map_err(|_| unreadable())
}

/// `parseDate(text)` and `parseDate(text, "%d.%m.%Y")`: a date in another form as `2026-11-22`, a time as RFC 3339.
/// Blank text gives null: HR files leave dates empty.
fn parse_date<'c, 'v>(args: Args<'_, 'c, 'v>) -> Answer<'c, 'v> {
    let Some(written) = text(&args[0])?.filter(|text| !text.trim().is_empty()) else {
        return Ok(null());
    };
    let written = written.trim();
    let Some(pattern) = args.get(1).map(text).transpose()?.flatten() else {
        let time = instant(written)?;
        let dated = Pieces::parse(written).is_ok_and(|pieces| pieces.time().is_none());
        return Ok(answer(if dated { time.date().to_string() } else { time.timestamp().to_string() }));
    };
    let read = strtime::parse(&*pattern, written).map_err(|_| format!("the text does not look like {pattern}"))?;
    let parsed = if read.hour().is_none() {
        read.to_date().map(|date| date.to_string())
    } else if read.offset().is_some() {
        read.to_timestamp().map(|time| time.to_string())
    } else {
        read.to_datetime().map(|time| format!("{time}Z"))
    };
    parsed.map(answer).map_err(|_| format!("{pattern} does not give a whole date"))
}

/// `formatDate(date, "%d.%m.%Y")`: strftime's directives. Null and blank text give null.
fn format_date<'c, 'v>(args: Args<'_, 'c, 'v>) -> Answer<'c, 'v> {
    let Some(date) = text(&args[0])?.filter(|text| !text.trim().is_empty()) else {
        return Ok(null());
    };
    let pattern = word_of(args, 1)?;
    let formatted = strtime::format(&*pattern, &instant(date.trim())?);
    formatted.map(answer).map_err(|_| format!("{pattern} is not a date pattern"))
}

/// `daysBetween(from, to)`: calendar days, negative when `to` is earlier; null when either is missing.
fn days_between<'c, 'v>(args: Args<'_, 'c, 'v>) -> Answer<'c, 'v> {
    let date = |at: usize| -> Result<_, String> {
        let written = text(&args[at])?.filter(|text| !text.trim().is_empty());
        written.map(|text| instant(text.trim()).map(|time| time.date())).transpose()
    };
    Ok(match (date(0)?, date(1)?) {
        // Since the year -9999 there have been fewer days than fit an i32.
        (Some(from), Some(to)) => CowVal::owned(CelInt::from(i64::from((to - from).get_days()))),
        _ => null(),
    })
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
