//! Lines of comma-separated values (RFC 4180) that spreadsheets may open safely.

/// Append a line.
pub fn line<'a>(text: &mut String, cells: impl IntoIterator<Item = &'a str>) {
    for (number, cell) in cells.into_iter().enumerate() {
        if number > 0 {
            text.push(',');
        }
        text.push('"');
        // A spreadsheet would take it for a formula, which can do things.
        if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
            text.push('\'');
        }
        text.push_str(&cell.replace('"', "\"\""));
        text.push('"');
    }
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_never_formulas() {
        let mut text = String::new();
        line(&mut text, ["a", "b \"c\", d", "=1+1", "+1", "-1", "@x", "\tx", "\rx", "x=1"]);
        assert_eq!(text, "\"a\",\"b \"\"c\"\", d\",\"'=1+1\",\"'+1\",\"'-1\",\"'@x\",\"'\tx\",\"'\rx\",\"x=1\"\r\n");
    }
}
