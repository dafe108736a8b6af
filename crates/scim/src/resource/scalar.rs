//! Single values: their types, their lengths, and the characters they may have.

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;

use crate::filter::resolve::{boolean, kind_text};
use crate::{Attribute, Error, Kind, Tolerance, fold};

/// Padding may be there or not; which of the two is nobody's business here.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// One value that is no object.
pub(crate) fn scalar(attribute: &Attribute, parent: &str, raw: Value, t: &Tolerance) -> Result<Value, Error> {
    let wrong = || wrong(attribute, parent, kind_text(attribute.kind));
    match (attribute.kind, raw) {
        // Who has left is never guessed: unassigning `active` would make it "not false".
        (Kind::Boolean, Value::Null) if attribute.name == "active" => Err(wrong()),
        (_, Value::Null) => Ok(Value::Null),
        (Kind::Boolean, Value::Bool(flag)) => Ok(flag.into()),
        (Kind::Boolean, Value::String(text)) if t.bool_strings => boolean(&text).map(Value::Bool).ok_or_else(wrong),
        (Kind::Integer, Value::Number(number)) if number.as_i64().is_some() => Ok(number.into()),
        (Kind::Decimal, Value::Number(number)) => Ok(number.into()),
        (Kind::Boolean | Kind::Integer | Kind::Decimal | Kind::Complex, _) => Err(wrong()),
        (_, Value::String(text)) if text.is_empty() => Ok(Value::Null),
        (_, Value::String(text)) => {
            check_text(attribute, parent, &text)?;
            Ok(text.into())
        }
        _ => Err(wrong()),
    }
}

fn check_text(attribute: &Attribute, parent: &str, text: &str) -> Result<(), Error> {
    let refuse = |why: &str| Err(Error::invalid_value(format!("{} {why}", at(parent, attribute))));
    let is_user_name = parent.is_empty() && attribute.name == "userName";
    let most = match attribute.name.as_str() {
        _ if attribute.kind == Kind::Binary => 65_536,
        "userName" if is_user_name => 256,
        "externalId" if parent.is_empty() => 512,
        _ => 4_096,
    };
    // Characters are only counted if there are more bytes than allowed characters.
    if text.len() > most && text.chars().count() > most {
        return refuse(&format!("may have at most {most} characters"));
    }
    if text.contains('\0') {
        return refuse("holds a NUL character, which no store can keep");
    }
    let is_line = is_user_name || attribute.name == "externalId" || attribute.name == "value";
    if is_line && text.contains(char::is_control) {
        return refuse("holds a control character");
    }
    if is_user_name {
        if text.contains(is_invisible) {
            return refuse("holds a character that cannot be seen");
        }
        // Blank alone is "missing", which check_required says.
        if !text.trim().is_empty() && text.trim().len() != text.len() {
            return refuse("begins or ends with a blank");
        }
    }
    match attribute.kind {
        Kind::DateTime if fold::date_time(text).is_none() => Err(wrong(attribute, parent, kind_text(Kind::DateTime))),
        Kind::Binary if BASE64.decode(text).is_err() => Err(wrong(attribute, parent, kind_text(Kind::Binary))),
        _ => canonical(attribute, parent, text),
    }
}

/// Zero-width and direction-changing characters make two names look like one.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn canonical(attribute: &Attribute, parent: &str, text: &str) -> Result<(), Error> {
    let allowed = &attribute.canonical_values;
    let matches = |value: &String| value == text || (!attribute.case_exact && fold::fold(value) == fold::fold(text));
    if allowed.is_empty() || allowed.iter().any(matches) {
        return Ok(());
    }
    Err(Error::invalid_value(format!("{} must be one of {}", at(parent, attribute), allowed.join(", "))))
}

/// The attribute's name with its parent's.
pub(super) fn at(parent: &str, attribute: &Attribute) -> String {
    match parent {
        "" => attribute.name.clone(),
        parent => format!("{parent}.{}", attribute.name),
    }
}

pub(super) fn wrong(attribute: &Attribute, parent: &str, expected: &str) -> Error {
    Error::invalid_value(format!("{} must be {expected}", at(parent, attribute)))
}
