//! Keys: texts whose equality and byte order are the attribute's own.

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

use crate::{Attribute, Kind};

/// The caseless key of a text: compatible forms made one (NFKC), letters lower case, final sigma as any other.
/// Two user names are the same name when their keys are equal. Folding a key gives the same key.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut key = fold_once(text);
    // Lower-casing can make a text that composes anew; two or three rounds settle every text known.
    for _ in 0..4 {
        let next = fold_once(&key);
        if next == key {
            break;
        }
        key = next;
    }
    key
}

fn fold_once(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).map(|c| if c == 'ς' { 'σ' } else { c }).nfkc().collect()
}

/// Folds only what needs folding.
pub(crate) fn text_key<'a>(attribute: &Attribute, text: &'a str) -> Cow<'a, str> {
    if attribute.case_exact || text.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase()) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(fold(text))
    }
}

/// A value's key: keys are equal when values are, and their bytes sort as values do. Text is folded unless
/// `caseExact`; booleans are words; numbers are 16 hexadecimal digits; times are 30 characters of UTC.
/// None for null, for objects and lists, and for values that are not of the attribute's kind.
pub fn key(attribute: &Attribute, value: &Value) -> Option<String> {
    match (attribute.kind, value) {
        (Kind::String | Kind::Reference | Kind::Binary, Value::String(text)) => {
            Some(text_key(attribute, text).into_owned())
        }
        (Kind::Boolean, Value::Bool(flag)) => Some(flag.to_string()),
        (Kind::Integer, Value::Number(number)) => {
            // Flipping the sign bit puts negative numbers before positive ones.
            Some(format!("{:016x}", (number.as_i64()? as u64) ^ (1 << 63)))
        }
        (Kind::Decimal, Value::Number(number)) => {
            let float = number.as_f64()?;
            // Zero has two signs and one key.
            let bits = if float == 0.0 { 0 } else { float.to_bits() };
            let sortable = if bits >> 63 == 1 { !bits } else { bits ^ (1 << 63) };
            Some(format!("{sortable:016x}"))
        }
        (Kind::DateTime, Value::String(text)) => time(text).map(|t| format!("{t:.9}")),
        _ => None,
    }
}

/// A point in time with an offset, in the years 0 to 9999 (so that the year has four digits in a key).
pub(crate) fn time(text: &str) -> Option<Timestamp> {
    let time: Timestamp = text.parse().ok()?;
    (!text.starts_with('-') && time.as_second() >= -62_167_219_200).then_some(time)
}
