//! Trying a mapping that may still have faults: what each row gives for one person, and what is wrong with it.

use serde_json::Value;

use super::{Mapping, Target, VARIABLES};
use crate::{
    expression::{Expression, ExpressionError, Scope, suggestion},
    schema::Profile,
};

/// What one row gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Tried {
    /// The row's target, as written.
    pub to: String,
    /// The row's expression.
    pub expression: String,
    /// The value as the attribute holds it; none when it is empty.
    pub value: Result<Option<Value>, Flaw>,
}

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// In words. Never holds a person's data.
    pub message: String,
    /// Where in the expression, in characters from 0, when that is known.
    pub offset: Option<usize>,
}

impl Mapping {
    /// What each row gives for the person in this scope, whether or not the others have faults.
    pub fn try_rows(&self, profile: &Profile, scope: &Scope) -> Vec<Tried> {
        let tried = self.rows.iter().map(|row| {
            let target = Target::parse(&row.to, &profile.0).map_err(|message| Flaw { message, offset: None });
            let value = target.and_then(|target| {
                let value = evaluate(&row.expression, scope)?;
                target.shape(value).map_err(|message| Flaw { message, offset: None })
            });
            Tried { to: row.to.clone(), expression: row.expression.clone(), value }
        });
        tried.collect()
    }
}

/// An expression that is sound as far as it can be told without a person.
///
/// # Errors
/// What is wrong with it, and where.
pub fn check(text: &str) -> Result<Expression, Flaw> {
    let expression = Expression::compile(text).map_err(|error| {
        let offset = match &error {
            ExpressionError::Syntax { column, .. } => column.map(|column| column.saturating_sub(1)),
            _ => None,
        };
        Flaw { message: error.to_string(), offset }
    })?;
    let unknown = expression.variables().find(|name| !VARIABLES.contains(name)).map(str::to_owned);
    match unknown {
        None => Ok(expression),
        Some(name) => {
            let offset = text.find(&name).map(|bytes| text[..bytes].chars().count());
            let message = format!("there is no '{name}'{}", suggestion(&name, VARIABLES.into_iter()));
            Err(Flaw { message, offset })
        }
    }
}

/// The value of an expression for the person in this scope.
///
/// # Errors
/// What is wrong with it, and where.
pub fn evaluate(text: &str, scope: &Scope) -> Result<Value, Flaw> {
    check(text)?.evaluate(scope).map_err(|error| Flaw { message: error.to_string(), offset: None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::MappingRow;
    use serde_json::json;

    #[test]
    fn a_faulty_row_hides_no_other() {
        let user = json!({"userName": "ana", "title": null});
        let scope = Scope::new([("user", user), ("manager", json!({})), ("app", json!({"name": "Chat"}))]);
        let rows = [
            ("userName", "upper(user.userName)"),
            ("title", "user.title"),
            ("nickName", "lower(usr.x)"),
            ("displayName", "lower("),
            ("nothing", "1"),
        ];
        let mapping = Mapping { rows: rows.iter().map(|(to, expression)| MappingRow::new(*to, *expression)).collect() };
        let tried = mapping.try_rows(&Profile::default(), &scope);
        assert_eq!((&tried[0].value, &tried[1].value), (&Ok(Some(json!("ANA"))), &Ok(None)));
        let flaw = tried[2].value.as_ref().unwrap_err();
        assert!(flaw.message.contains("did you mean") && flaw.offset == Some(6), "{flaw:?}");
        assert!(tried[3].value.as_ref().is_err_and(|flaw| flaw.offset.is_some()), "{:?}", tried[3]);
        assert!(tried[4].value.is_err(), "no schema knows the attribute");
    }
}
