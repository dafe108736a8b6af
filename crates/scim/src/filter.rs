//! Filters: their tree and their canonical text (RFC 7644 section 3.4.2.2).

mod matches;
mod parse;
pub(crate) mod resolve;

use std::fmt;

use serde_json::Value;

use crate::AttrPath;
pub(crate) use parse::bracket_end;

/// A question about a resource. [`Filter::parse`] reads the text, [`Filter::resolve`] makes its names and
/// values those of a resource type, [`Filter::matches`] answers it.
///
/// As parsed, `And` and `Or` have two members or more and follow the text's brackets. Resolved among several types
/// they may be empty: all of nothing holds, one of nothing does not.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// All hold.
    And(Vec<Filter>),
    /// At least one holds.
    Or(Vec<Filter>),
    /// It does not hold.
    Not(Box<Filter>),
    /// A value at the path compares so.
    Compare {
        /// What is compared.
        path: AttrPath,
        /// How.
        op: Compare,
        /// With what: a string, number, boolean, or null. Before resolving, unquoted text is a list of one
        /// string, so that a strict connection can refuse it.
        value: Value,
    },
    /// There is a value at the path.
    Present(AttrPath),
    /// One and the same element satisfies the filter: `emails[type eq "work" and value co "x"]`.
    Element {
        /// The list (or complex attribute). Before resolving, a `sub` here says that the filter was written
        /// `emails[…].value eq "x"`, outside the RFC's grammar; the comparison is the last in `filter`.
        attr: AttrPath,
        /// Its names are relative: sub-attributes in `attr`, nothing else.
        filter: Box<Filter>,
    },
}

impl Filter {
    /// Holds for every resource.
    pub const ALWAYS: Filter = Filter::And(Vec::new());
    /// Holds for none.
    pub const NEVER: Filter = Filter::Or(Vec::new());
}

/// Comparison operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    /// Equal.
    Eq,
    /// No value is equal.
    Ne,
    /// Contains.
    Co,
    /// Starts with.
    Sw,
    /// Ends with.
    Ew,
    /// Greater, or later.
    Gt,
    /// Greater or equal.
    Ge,
    /// Less, or earlier.
    Lt,
    /// Less or equal.
    Le,
}

impl Compare {
    const ALL: [Compare; 9] =
        [Self::Eq, Self::Ne, Self::Co, Self::Sw, Self::Ew, Self::Gt, Self::Ge, Self::Lt, Self::Le];

    /// The operator's name in a filter.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Co => "co",
            Self::Sw => "sw",
            Self::Ew => "ew",
            Self::Gt => "gt",
            Self::Ge => "ge",
            Self::Lt => "lt",
            Self::Le => "le",
        }
    }

    /// Operator names are caseless (erratum to RFC 7644 section 3.4.2.2).
    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|op| op.as_str().eq_ignore_ascii_case(name))
    }
}

/// Unquoted text, marked as such until resolved.
fn unquoted(text: &str) -> Value {
    Value::Array(vec![text.into()])
}

/// The text, if it was unquoted.
fn as_unquoted(value: &Value) -> Option<&str> {
    match value.as_array().map(Vec::as_slice) {
        Some([Value::String(text)]) => Some(text),
        _ => None,
    }
}

/// The operands of `A and B`, or the one operand there is.
fn all(mut filters: Vec<Filter>) -> Filter {
    match filters.len() {
        1 => filters.remove(0),
        _ => Filter::And(filters),
    }
}

impl fmt::Display for Filter {
    /// Text that parses to the same tree.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(parts) => join(f, parts, " and "),
            Self::Or(parts) => join(f, parts, " or "),
            Self::Not(inner) => write!(f, "not ({inner})"),
            Self::Present(path) => write!(f, "{path} pr"),
            Self::Compare { path, op, value } => {
                write!(f, "{path} ")?;
                comparison(f, *op, value)
            }
            Self::Element { attr, filter } => match (&attr.sub, filter.as_ref()) {
                (Some(sub), Self::And(parts)) => {
                    let list = AttrPath { sub: None, ..attr.clone() };
                    // The last part is the comparison behind the bracket; see the variant.
                    let (last, rest) = match parts.split_last() {
                        Some(split) => split,
                        None => return Ok(()),
                    };
                    write!(f, "{list}[")?;
                    join(f, rest, " and ")?;
                    write!(f, "].{sub} ")?;
                    match last {
                        Self::Compare { op, value, .. } => comparison(f, *op, value),
                        _ => f.write_str("pr"),
                    }
                }
                _ => write!(f, "{attr}[{filter}]"),
            },
        }
    }
}

fn comparison(f: &mut fmt::Formatter<'_>, op: Compare, value: &Value) -> fmt::Result {
    match as_unquoted(value) {
        Some(text) => write!(f, "{} {text}", op.as_str()),
        None => write!(f, "{} {value}", op.as_str()),
    }
}

/// Joins with brackets around what is itself joined, unless it stands alone.
fn join(f: &mut fmt::Formatter<'_>, parts: &[Filter], word: &str) -> fmt::Result {
    for (n, part) in parts.iter().enumerate() {
        if n > 0 {
            f.write_str(word)?;
        }
        match part {
            Filter::And(_) | Filter::Or(_) if parts.len() > 1 => write!(f, "({part})")?,
            _ => write!(f, "{part}")?,
        }
    }
    Ok(())
}
