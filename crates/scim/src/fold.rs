//! Keys: texts whose equality and byte order are the attribute's own.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::Offset};
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
        (Kind::DateTime, Value::String(text)) => time(text).map(|t| format!("{t:.9}Z")),
        _ => None,
    }
}

/// The first moment whose year has four digits, so that keys sort.
const FIRST: DateTime = DateTime::constant(0, 1, 1, 0, 0, 0, 0);

/// A point in time with an offset, in UTC: an xsd:dateTime, or what else clients compare with (`+0530`, no seconds).
pub(crate) fn time(text: &str) -> Option<DateTime> {
    date_time(text).or_else(|| {
        let time = Offset::UTC.to_datetime(text.parse::<Timestamp>().ok()?);
        (!text.starts_with('-') && time >= FIRST).then_some(time)
    })
}

/// Milliseconds since 1970-01-01T00:00:00Z of a point in time with an offset, as clients write it in filters.
pub fn millis(text: &str) -> Option<i64> {
    let since = time(text)?.duration_since(DateTime::constant(1970, 1, 1, 0, 0, 0, 0));
    i64::try_from(since.as_millis()).ok()
}

/// An xsd:dateTime (RFC 7643 section 2.3.5) with an offset, in the years 0 to 9999, in UTC. A moment that is in another
/// year there is the first or the last of these years.
pub(crate) fn date_time(text: &str) -> Option<DateTime> {
    let (local, rest) = text.split_at_checked(19)?;
    let is_in_place = |(at, byte): (usize, u8)| match at {
        4 | 7 => byte == b'-',
        10 => byte == b'T',
        13 | 16 => byte == b':',
        _ => byte.is_ascii_digit(),
    };
    // The parser takes a leap second for the one before it; xsd:dateTime has none.
    if !local.bytes().enumerate().all(is_in_place) || local.ends_with("60") {
        return None;
    }
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let (nanoseconds, zone) = match rest.strip_prefix('.') {
        None => (0, rest),
        Some(rest) => {
            let (fraction, zone) = rest.split_at(digits(rest));
            let kept = &fraction[..fraction.len().min(9)];
            (format!("{kept:0<9}").parse().ok().filter(|_| !fraction.is_empty())?, zone)
        }
    };
    let local = local.parse::<DateTime>().ok()?.with().subsec_nanosecond(nanoseconds).build().ok()?;
    Some(local.saturating_sub(SignedDuration::from_mins(offset(zone)?)).max(FIRST))
}

/// Minutes east of Greenwich: `Z`, or a sign, hours and minutes up to 14:00.
fn offset(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let (sign, clock) = zone.split_at_checked(1)?;
    let (hours, minutes) = clock.split_once(':')?;
    let number = |text: &str| text.parse().ok().filter(|_| text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit()));
    let (hours, minutes): (i64, i64) = (number(hours)?, number(minutes)?);
    let east = Some(hours * 60 + minutes).filter(|east| minutes < 60 && *east <= 14 * 60)?;
    match sign {
        "+" => Some(east),
        "-" => Some(-east),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_xsd_date_time_is_a_moment() {
        for (text, key) in [
            ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000000000"),
            ("2026-01-31T12:00:00.25+05:30", "2026-01-31T06:30:00.250000000"),
            ("2026-01-31T12:00:00.1234567899-14:00", "2026-02-01T02:00:00.123456789"),
            ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59.000000000"),
            ("9999-12-31T23:59:59-01:00", "9999-12-31T23:59:59.999999999"),
            ("0000-01-01T00:00:00+01:00", "0000-01-01T00:00:00.000000000"),
        ] {
            assert_eq!(date_time(text).map(|time| format!("{time:.9}")).as_deref(), Some(key), "{text}");
        }
        for text in [
            "2026-01-31",
            "2026-01-31T12:00:00",
            "2026-01-31 12:00:00Z",
            "20260131T120000Z",
            "2026-01-31T12:00Z",
            "2026-01-31T12:00:00+05",
            "2026-01-31T12:00:00+0530",
            "2026-01-31T12:00:00,5Z",
            "2026-01-31T12:00:00.Z",
            "2026-01-31T12:00:00Z[Europe/Berlin]",
            "2026-01-31T12:00:00+15:00",
            "2026-01-31T12:00:00+01:60",
            "2026-01-31t12:00:00Z",
            "2026-01-31T12:00:00z",
            "2026-02-30T12:00:00Z",
            "2026-01-31T24:00:00Z",
            "2026-01-31T12:00:60Z",
            "-2026-01-31T12:00:00Z",
            "2026-01-31T12:00:00+1é",
            "2026-01-31T12:00:0é",
            "",
        ] {
            assert_eq!(date_time(text), None, "{text}");
        }
    }
}
