//! Parts of a text, and other forms of it.

use cel::common::types::{CelList, CelString};
use cel::common::value::{CowVal, Val};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::{
    Answer, Args, pattern, spend,
    value::{answer, count, map_text, null, text, text_or, word_of},
};

pub(super) fn slice(text: &str, start: usize, length: usize) -> String {
    text.chars().skip(start).take(length).collect()
}

/// `substring(text, from)` and `substring(text, from, to)`: as in CEL, but past the end there is nothing, not an error.
pub(super) fn substring<'c, 'v>(args: Args<'_, 'c, 'v>) -> Answer<'c, 'v> {
    let from = count(args, 1)?;
    let to = if args.len() == 3 { count(args, 2)? } else { usize::MAX };
    map_text(args, |text| Ok(slice(text, from, to.saturating_sub(from))))
}

/// `word(text, n)` and `word(text, n, ",!&#")`: the nth run of characters between separators (white space unless
/// given), counted from 0; null when there are fewer.
pub(super) fn word<'c, 'v>(args: Args<'_, 'c, 'v>) -> Answer<'c, 'v> {
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
pub(super) fn title(text: &str) -> String {
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
pub(super) fn deburr(text: &str, locale: &str) -> String {
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
pub(super) fn ascii(text: &str, locale: &str) -> String {
    deburr(text, locale).chars().filter(char::is_ascii).collect()
}

/// Lower-case letters and digits with single hyphens between: `Ana Ñandú (HR)` → `ana-nandu-hr`.
pub(super) fn slug(text: &str, locale: &str) -> String {
    let plain = ascii(text, locale).to_ascii_lowercase();
    let words: Vec<&str> = plain.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.join("-")
}

/// `replace(text, from, to)`: every `from`; null as `to` removes.
pub(super) fn replace<'c, 'v>(args: Args<'_, 'c, 'v>) -> Answer<'c, 'v> {
    let (from, to) = (word_of(args, 1)?, text_or(args, 2, "")?);
    map_text(args, |text| {
        // Before the memory is taken, not after.
        spend(text.matches(&*from).count().saturating_mul(to.len()))?;
        Ok(text.replace(&*from, &to))
    })
}

/// `regexReplace(text, pattern, to)`: every match; `$1` in `to` is the first group.
pub(super) fn regex_replace<'c, 'v>(args: Args<'_, 'c, 'v>) -> Answer<'c, 'v> {
    let (pattern, to) = (pattern(&word_of(args, 1)?)?, text_or(args, 2, "")?);
    map_text(args, |text| {
        // Before the memory is taken. Matches do not overlap, so that one `$1` brings in at most the text once.
        let groups = to.matches('$').count().saturating_mul(text.len());
        spend(pattern.find_iter(text).count().saturating_mul(to.len()).saturating_add(groups))?;
        Ok(pattern.replace_all(text, &*to).into_owned())
    })
}

/// `regexExtract(text, pattern)`: the first group of the first match, the whole match without groups; null for none.
pub(super) fn regex_extract<'c, 'v>(args: Args<'_, 'c, 'v>) -> Answer<'c, 'v> {
    let pattern = pattern(&word_of(args, 1)?)?;
    let Some(text) = text(&args[0])? else {
        return Ok(null());
    };
    let found = pattern.captures(&text).and_then(|groups| groups.get(1).or_else(|| groups.get(0)));
    Ok(found.map_or_else(null, |found| answer(found.as_str().to_owned())))
}

/// `split(text, separator)`: null gives the empty list.
pub(super) fn split<'c, 'v>(args: Args<'_, 'c, 'v>) -> Answer<'c, 'v> {
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
