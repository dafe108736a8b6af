//! What may be written in an expression, for completion while typing.

/// A function of the expression language.
#[derive(Clone, Copy, Debug)]
pub struct FunctionInfo {
    /// Its name.
    pub name: &'static str,
    /// How it is called. Each may also be called on its first argument: `user.title.lower()`.
    pub signature: &'static str,
    /// What it gives.
    pub detail: &'static str,
}

macro_rules! functions {
    ($($name:literal, $signature:literal, $detail:literal;)*) => {
        &[$(FunctionInfo { name: $name, signature: $signature, detail: $detail }),*]
    };
}

/// All functions, ours first.
pub const FUNCTIONS: &[FunctionInfo] = functions! {
    "coalesce", "coalesce(a, b, …)", "the first that is not empty";
    "default", "default(value, otherwise)", "the value, or something else when it is empty";
    "present", "present(value)", "whether it is not empty";
    "joinPresent", "joinPresent(separator, a, b, …)", "what is not empty, joined";
    "left", "left(text, count)", "its first characters";
    "right", "right(text, count)", "its last characters";
    "mid", "mid(text, start, count)", "characters from the middle, counted from 0";
    "substring", "substring(text, start, end)", "from one position to before another";
    "before", "before(text, mark)", "what stands before the mark; all when it is not there";
    "after", "after(text, mark)", "what stands behind the mark";
    "word", "word(text, number, separators)", "one of its words, counted from 0";
    "lower", "lower(text)", "in lower case";
    "upper", "upper(text)", "in upper case";
    "title", "title(text)", "each word with a capital";
    "deburr", "deburr(text, language)", "without accents: Åsa → Asa";
    "ascii", "ascii(text, language)", "in plain ASCII letters";
    "slug", "slug(text, separator)", "lower case letters, digits and separators";
    "stripSpaces", "stripSpaces(text)", "without any spaces";
    "trim", "trim(text)", "without spaces at both ends";
    "replace", "replace(text, old, new)", "with every occurrence replaced";
    "regexReplace", "regexReplace(text, pattern, new)", "with every match replaced";
    "regexExtract", "regexExtract(text, pattern)", "the first match, or its first group";
    "split", "split(text, separator)", "the list of its parts";
    "join", "join(list, separator)", "the elements in one text";
    "distinct", "distinct(list)", "without repetitions";
    "pick", "pick(list, type)", "the element of a type, else the primary one, else the first";
    "inGroup", "inGroup(user, name)", "whether the person is in a group";
    "parseDate", "parseDate(text, format)", "a date from a text";
    "formatDate", "formatDate(date, format)", "a date as a text";
    "daysBetween", "daysBetween(from, to)", "whole days from one date to another";
    "sha256Hex", "sha256Hex(text)", "its SHA-256 in hexadecimal";
    "stableId", "stableId(text)", "a short id that is always the same for a text";
    "size", "size(value)", "the length of a text or list";
    "contains", "text.contains(part)", "whether it holds a part";
    "startsWith", "text.startsWith(part)", "whether it begins with a part";
    "endsWith", "text.endsWith(part)", "whether it ends with a part";
    "matches", "text.matches(pattern)", "whether a regular expression matches";
    "has", "has(user.title)", "whether a member is there";
    "exists", "list.exists(x, condition)", "whether one element fulfils a condition";
    "all", "list.all(x, condition)", "whether all elements fulfil a condition";
    "filter", "list.filter(x, condition)", "the elements that fulfil a condition";
    "map", "list.map(x, expression)", "the list of what each element gives";
    "string", "string(value)", "as a text";
    "int", "int(value)", "as a whole number";
};

/// Something that may be named in an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariableInfo {
    /// Its name: `user.name.givenName`.
    pub name: String,
    /// `text`, `number`, `true or false`, `list`, `object`.
    pub kind: &'static str,
    /// What it is.
    pub detail: String,
}

/// Everything that a mapping may name: the person, their manager and the application.
pub fn variables() -> Vec<VariableInfo> {
    let rt = scim::ResourceType::user();
    let own = |name: &str, kind, detail: &str| VariableInfo { name: name.to_owned(), kind, detail: detail.to_owned() };
    let mut found = vec![
        own("user.id", "text", "The person's id here."),
        own("user.groups", "list", "The groups that hold the person: id and displayName."),
        own("manager.id", "text", "The manager's id here."),
        own("manager.accountId", "text", "The application's id of the manager's account."),
        own("manager.userName", "text", "The manager's user name."),
        own("manager.displayName", "text", "What people call the manager."),
        own("app.name", "text", "The application's name."),
    ];
    for attribute in &rt.schema.attributes {
        describe(&mut found, "user", attribute);
    }
    for extension in &rt.extensions {
        let container = match extension.schema.id.as_str() {
            scim::ENTERPRISE_URN => "user.enterprise".to_owned(),
            urn => format!("user[\"{urn}\"]"),
        };
        for attribute in &extension.schema.attributes {
            describe(&mut found, &container, attribute);
        }
    }
    found
}

fn describe(found: &mut Vec<VariableInfo>, container: &str, attribute: &scim::Attribute) {
    // `$ref` can't be written, and is of no use to anybody else.
    let unwritable = attribute.name.starts_with('$') || attribute.returned == scim::Returned::Never;
    if unwritable || (container == "user" && attribute.name == "groups") {
        return;
    }
    let name = format!("{container}.{}", attribute.name);
    if !attribute.multi_valued {
        for sub in &attribute.sub_attributes {
            describe(found, &name, sub);
        }
    }
    let kind = match attribute.kind {
        _ if attribute.multi_valued => "list",
        scim::Kind::Complex => "object",
        scim::Kind::Boolean => "true or false",
        scim::Kind::Integer | scim::Kind::Decimal => "number",
        _ => "text",
    };
    found.push(VariableInfo { name, kind, detail: attribute.description.clone() });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::{Expression, functions};

    #[test]
    fn every_helper_is_described_and_everything_described_is_there() {
        for name in functions::names().filter(|name| !name.starts_with('@')) {
            assert!(FUNCTIONS.iter().any(|info| info.name == name), "{name} is not described");
        }
        for variable in variables() {
            let expression = Expression::compile(&variable.name);
            assert!(expression.is_ok(), "{} can't be written: {expression:?}", variable.name);
        }
        for FunctionInfo { name, .. } in FUNCTIONS {
            let unknown = Expression::compile(&format!("{name}x(1)")).unwrap_err().to_string();
            assert!(unknown.contains(&format!("{name}x")), "{unknown}");
        }
    }
}
