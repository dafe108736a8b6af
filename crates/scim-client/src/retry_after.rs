//! How long an application asks to be left alone.

use std::time::Duration;

use ::http::HeaderMap;
use ::http::header::RETRY_AFTER;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

/// Shortest and longest wait that is taken from an application: it may neither make us hammer nor stop for good.
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(3600);

/// Reads `Retry-After` (RFC 9110 section 10.2.3), seconds or a date, clamped to 1 s … 1 h.
/// Of several the longest counts. Junk is `None`: the caller's own back-off then decides.
pub(crate) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    headers.get_all(RETRY_AFTER).iter().filter_map(|v| wait(v.to_str().ok()?.trim(), now)).max()
}

fn wait(text: &str, now: Timestamp) -> Option<Duration> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let asked = if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        if digits.len() < text.len() {
            SHORTEST
        } else {
            // Too many digits for a number are still a long time.
            digits.parse().map_or(LONGEST, Duration::from_secs)
        }
    } else {
        // The date HTTP prescribes is one of RFC 2822 in the zone GMT.
        let until = DateTimeParser::new().parse_timestamp(text).ok()?;
        Duration::try_from(until.duration_since(now)).unwrap_or(SHORTEST)
    };
    Some(asked.clamp(SHORTEST, LONGEST))
}

#[cfg(test)]
mod tests {
    use ::http::HeaderValue;

    use super::*;

    const NOW: &str = "2026-11-22T10:00:00Z";

    fn read(values: &[&str]) -> Option<u64> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(RETRY_AFTER, HeaderValue::from_str(value).unwrap());
        }
        retry_after(&headers, NOW.parse().unwrap()).map(|d| d.as_secs())
    }

    #[test]
    fn seconds_dates_and_junk() {
        for (text, seconds) in [
            ("7", Some(7)),
            (" 7 ", Some(7)),
            ("0", Some(1)),
            ("-1", Some(1)),
            ("3601", Some(3600)),
            ("99999999", Some(3600)),
            ("99999999999999999999999999", Some(3600)),
            ("Sun, 22 Nov 2026 10:02:00 GMT", Some(120)),
            ("Sun, 22 Nov 2026 09:00:00 GMT", Some(1)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(1)),
            ("Tue, 22 Nov 2050 10:02:00 GMT", Some(3600)),
            ("abc", None),
            ("soon", None),
            ("", None),
            ("-", None),
            ("1.5", None),
            ("7, 9", None),
            ("Sun, 99 Nov 2026 10:02:00 GMT", None),
        ] {
            assert_eq!(read(&[text]), seconds, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_wait_is_within_bounds(text in "[ -~]{0,40}", digits in "-?[0-9]{1,30}") {
            for text in [text, digits] {
                if let Some(seconds) = read(&[&text]) {
                    assert!((1..=3600).contains(&seconds));
                }
            }
        }
    }

    #[test]
    fn of_several_the_longest() {
        assert_eq!(read(&["7", "60"]), Some(60));
        assert_eq!(read(&["abc", "60"]), Some(60));
        assert_eq!(read(&[]), None);
    }
}
