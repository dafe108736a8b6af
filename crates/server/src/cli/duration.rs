//! Durations as people write them: `90s`, `5m`, `1h`.

use std::time::Duration;

/// Read a duration; a bare number is seconds.
///
/// # Errors
/// With a sentence, for anything else.
pub fn parse(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let factor = match &text[digits.len()..] {
        "s" | "" => 1,
        "m" => 60,
        "h" => 3_600,
        _ => return Err(format!("{text:?} is no duration such as 90s, 5m or 1h")),
    };
    let number: u64 = digits.parse().map_err(|_| format!("{text:?} is no duration such as 90s, 5m or 1h"))?;
    Ok(Duration::from_secs(number.saturating_mul(factor)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        for (text, seconds) in [("60s", 60), ("5m", 300), ("1h", 3_600), ("7", 7), ("0s", 0)] {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "s", "1d", "-1s", "1.5s", "ms"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
