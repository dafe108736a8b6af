//! Dates, as text: `2026-11-22` or an RFC 3339 time.

use cel::common::types::CelInt;
use cel::common::value::CowVal;
use jiff::civil::Time;
use jiff::fmt::{strtime, temporal::Pieces};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::{
    Answer, Args,
    value::{answer, null, text, word_of},
};

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
pub(super) fn parse_date<'c, 'v>(args: Args<'_, 'c, 'v>) -> Answer<'c, 'v> {
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
pub(super) fn format_date<'c, 'v>(args: Args<'_, 'c, 'v>) -> Answer<'c, 'v> {
    let Some(date) = text(&args[0])?.filter(|text| !text.trim().is_empty()) else {
        return Ok(null());
    };
    let pattern = word_of(args, 1)?;
    let formatted = strtime::format(&*pattern, &instant(date.trim())?);
    formatted.map(answer).map_err(|_| format!("{pattern} is not a date pattern"))
}

/// `daysBetween(from, to)`: calendar days, negative when `to` is earlier; null when either is missing.
pub(super) fn days_between<'c, 'v>(args: Args<'_, 'c, 'v>) -> Answer<'c, 'v> {
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
