//! How answers look: a table or a sentence for people, JSON for scripts.

use serde_json::Value;
use std::io::{self, Write};

/// An answer in both forms.
pub struct Shown {
    json: Value,
    text: String,
}

/// A column: its heading, and the member it shows (`/`-separated for one inside another).
pub type Column = (&'static str, &'static str);

impl Shown {
    /// A sentence.
    pub fn text(json: Value, text: impl Into<String>) -> Shown {
        Shown { json, text: text.into() }
    }

    /// A list as a table.
    pub fn table(items: Value, columns: &[Column]) -> Shown {
        let rows: Vec<Vec<String>> = items
            .as_array()
            .into_iter()
            .flatten()
            .map(|item| columns.iter().map(|(_, member)| cell(member_of(item, member))).collect())
            .collect();
        let text = if rows.is_empty() {
            "none".to_owned()
        } else {
            aligned(columns.iter().map(|(heading, _)| *heading), &rows)
        };
        Shown { json: items, text }
    }

    /// One object as lines of name and value.
    pub fn object(object: Value, lines: &[Column]) -> Shown {
        let width = lines.iter().map(|(heading, _)| heading.chars().count()).max().unwrap_or(0);
        let line = |(heading, member): &Column| {
            format!("{heading:width$}  {}", cell(member_of(&object, member))).trim_end().to_owned()
        };
        let text = lines.iter().map(line).collect::<Vec<_>>().join("\n");
        Shown { json: object, text }
    }

    /// More text below.
    pub fn and(mut self, more: &str) -> Shown {
        self.text += more;
        self
    }

    /// The text for people.
    pub fn as_text(&self) -> &str {
        &self.text
    }

    /// Print it.
    ///
    /// # Errors
    /// When nobody takes the output. That a reader such as `head` stopped early is none.
    pub fn print(&self, json: bool) -> anyhow::Result<()> {
        let text = if json { self.json.to_string() } else { self.text.clone() };
        match writeln!(io::stdout(), "{text}") {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
            _ => Ok(()),
        }
    }
}

fn member_of<'a>(item: &'a Value, member: &str) -> &'a Value {
    member.split('/').fold(item, |value, name| value.get(name).unwrap_or(&Value::Null))
}

/// A value in a table. Control characters, which could rewrite the terminal, become blanks.
fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => "-".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

fn aligned<'a>(headings: impl Iterator<Item = &'a str>, rows: &[Vec<String>]) -> String {
    let headings: Vec<String> = headings.map(str::to_owned).collect();
    let widths: Vec<usize> = (0..headings.len())
        .map(|column| rows.iter().chain([&headings]).map(|row| row[column].chars().count()).max().unwrap_or(0))
        .collect();
    let line = |row: &Vec<String>| {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        cells.join("  ").trim_end().to_owned()
    };
    std::iter::once(&headings).chain(rows).map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tables_are_aligned_and_harmless() {
        let items = json!([{"name": "Zoë", "open": {"failed": 2}}, {"name": "B\u{1b}[31m", "active": false}]);
        let shown = Shown::table(items, &[("NAME", "name"), ("FAILED", "open/failed"), ("ACTIVE", "active")]);
        assert_eq!(shown.text, "NAME    FAILED  ACTIVE\nZoë     2       -\nB [31m  -       no");
        assert_eq!(Shown::table(json!([]), &[("NAME", "name")]).text, "none");
    }
}
