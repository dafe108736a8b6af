//! Text to tree, by recursive descent with a bound on everything.

use serde_json::Value;

use super::{Compare, Filter, all, unquoted};
use crate::{AttrPath, Error};

/// Longest filter in bytes; a URL allows less.
const MAX_BYTES: usize = 8_192;
/// Brackets and `not` inside each other; each level costs stack.
const MAX_DEPTH: usize = 16;
/// Comparisons in one filter; each costs the store a range.
const MAX_TERMS: usize = 50;

impl Filter {
    /// Reads the text of a filter. Only its form is checked: names and types are [`Filter::resolve`]'s.
    ///
    /// # Errors
    /// `invalidFilter` naming the column; also for more than 8,192 bytes, 16 levels, or 50 terms.
    pub fn parse(text: &str) -> Result<Filter, Error> {
        if text.len() > MAX_BYTES {
            return Err(Error::invalid_filter(format!("a filter may have at most {MAX_BYTES} bytes")));
        }
        let mut parser = Parser { text, at: 0, terms: 0, depth: 0, in_element: false };
        let filter = parser.or()?;
        parser.blanks();
        if parser.at < text.len() {
            return Err(parser.expected("and, or, or the end"));
        }
        Ok(filter)
    }
}

/// The place of the `]` that ends a value filter begun just before `text`. Brackets in quotes do not count.
pub(crate) fn bracket_end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b']' => return Some(at),
            b'"' => at += string_end(&text[at..])?,
            _ => at += 1,
        }
    }
    None
}

/// Length of the JSON string literal that `text` begins with, quotes included.
fn string_end(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    terms: usize,
    depth: usize,
    in_element: bool,
}

impl<'a> Parser<'a> {
    fn or(&mut self) -> Result<Filter, Error> {
        let mut parts = vec![self.and()?];
        while self.word("or") {
            parts.push(self.and()?);
        }
        Ok(match parts.len() {
            1 => parts.remove(0),
            _ => Filter::Or(parts),
        })
    }

    fn and(&mut self) -> Result<Filter, Error> {
        let mut parts = vec![self.not()?];
        while self.word("and") {
            parts.push(self.not()?);
        }
        Ok(all(parts))
    }

    fn not(&mut self) -> Result<Filter, Error> {
        self.blanks();
        let start = self.at;
        if self.word("not") {
            if self.take('(') {
                return Ok(Filter::Not(Box::new(self.group(')')?)));
            }
            // An attribute may be called "not"; then an operator follows.
            self.at = start;
        }
        if self.take('(') { self.group(')') } else { self.term() }
    }

    /// What stands in brackets, whose opening one is taken already.
    fn group(&mut self, end: char) -> Result<Filter, Error> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Error::invalid_filter(format!("a filter may nest at most {MAX_DEPTH} deep")));
        }
        let filter = self.or()?;
        if !self.take(end) {
            return Err(self.expected(if end == ')' { "and, or, or )" } else { "and, or, or ]" }));
        }
        self.depth -= 1;
        Ok(filter)
    }

    fn term(&mut self) -> Result<Filter, Error> {
        self.terms += 1;
        if self.terms > MAX_TERMS {
            return Err(Error::invalid_filter(format!("a filter may have at most {MAX_TERMS} comparisons")));
        }
        let path = self.path()?;
        if self.text[self.at..].starts_with('[') {
            self.at += 1;
            return self.element(path);
        }
        self.operator(path)
    }

    fn path(&mut self) -> Result<AttrPath, Error> {
        let start = self.at;
        let name = self.token();
        name.parse().map_err(|_| {
            self.at = start;
            self.expected("an attribute name")
        })
    }

    /// `pr`, or an operator and its value.
    fn operator(&mut self, path: AttrPath) -> Result<Filter, Error> {
        self.blanks();
        let start = self.at;
        let name = self.token();
        if name.eq_ignore_ascii_case("pr") {
            return Ok(Filter::Present(path));
        }
        let Some(op) = Compare::from_name(name) else {
            self.at = start;
            return Err(self.expected("one of eq ne co sw ew gt ge lt le pr"));
        };
        Ok(Filter::Compare { path, op, value: self.value()? })
    }

    /// After `emails[`. Entra asks `emails[type eq "work"].value eq "x"`, and its documentation has the same
    /// without `.value`; both mean one element.
    fn element(&mut self, attr: AttrPath) -> Result<Filter, Error> {
        if self.in_element || attr.sub.is_some() {
            self.at -= 1;
            return Err(self.expected("an operator; only an attribute outside [ ] may have a ["));
        }
        self.in_element = true;
        let inner = self.group(']')?;
        self.in_element = false;
        let rest = &self.text[self.at..];
        let sub = if rest.starts_with('.') {
            self.at += 1;
            self.path()?.attr
        } else if self.operator_follows() {
            "value".into()
        } else {
            return Ok(Filter::Element { attr, filter: Box::new(inner) });
        };
        let last = self.operator(AttrPath::core(&sub))?;
        let mut parts = match inner {
            Filter::And(parts) => parts,
            other => vec![other],
        };
        parts.push(last);
        let filter = Box::new(Filter::And(parts));
        Ok(Filter::Element { attr: attr.with_sub(&sub), filter })
    }

    fn operator_follows(&mut self) -> bool {
        let start = self.at;
        self.blanks();
        let name = self.token();
        self.at = start;
        Compare::from_name(name).is_some()
    }

    fn value(&mut self) -> Result<Value, Error> {
        self.blanks();
        let rest = &self.text[self.at..];
        if rest.starts_with('"') {
            let end = string_end(rest).ok_or_else(|| self.expected("a closing quote"))?;
            let value = serde_json::from_str(&rest[..end]).map_err(|_| self.expected("a JSON string"))?;
            self.at += end;
            return Ok(value);
        }
        let start = self.at;
        let text = self.token();
        match text {
            "" => Err(self.expected("a value")),
            "true" => Ok(true.into()),
            "false" => Ok(false.into()),
            "null" => Ok(Value::Null),
            // A number that would print differently keeps its text: it may be meant for a text attribute.
            _ => match serde_json::from_str::<serde_json::Number>(text) {
                Ok(number) if number.to_string() == text => Ok(Value::Number(number)),
                _ if text.starts_with(|c: char| c.is_alphanumeric() || "_+-/".contains(c)) => Ok(unquoted(text)),
                _ => {
                    self.at = start;
                    Err(self.expected("a value in double quotes"))
                }
            },
        }
    }

    fn blanks(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start_matches([' ', '\t']).len();
    }

    /// Everything up to a blank, a bracket or a quote.
    fn token(&mut self) -> &'a str {
        let rest = &self.text[self.at..];
        let end =
            rest.find(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']' | '"')).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// Takes the word if it comes next and ends there.
    fn word(&mut self, word: &str) -> bool {
        let start = self.at;
        self.blanks();
        if self.token().eq_ignore_ascii_case(word) {
            return true;
        }
        self.at = start;
        false
    }

    fn take(&mut self, c: char) -> bool {
        self.blanks();
        let found = self.text[self.at..].starts_with(c);
        self.at += if found { c.len_utf8() } else { 0 };
        found
    }

    fn expected(&self, what: &str) -> Error {
        let column = self.text[..self.at].chars().count() + 1;
        Error::invalid_filter(format!("filter, column {column}: expected {what}"))
    }
}
