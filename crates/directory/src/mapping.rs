//! What an application is to hold for a person: each target attribute, and the expression that makes its value.
//!
//! [`Mapping`] is what an administrator edits, [`CompiledMapping`] what runs. [`CompiledMapping::project`] is pure:
//! the same person and the same mapping always give the same account, whatever the application holds now.

mod target;
mod trial;

pub use trial::{Flaw, Tried, check, evaluate};

use std::{collections::BTreeSet, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    expression::{Expression, Scope, suggestion},
    schema::Profile,
};
use target::Target;

/// The variables a mapping's expressions may use. There is no `now`: a value that changes by itself would change
/// accounts without a cause.
pub const VARIABLES: [&str; 3] = ["user", "manager", "app"];

/// The rows of an application's mapping. Their order is the order of the attributes in the account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mapping {
    /// One row per target.
    pub rows: Vec<MappingRow>,
}

/// One target and where its value comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MappingRow {
    /// A SCIM path: `userName`, `name.givenName`, `emails[type eq "work"].value`, `urn:…:User:department`, or a
    /// whole list such as `emails`. A filter may only be `eq` comparisons joined by `and`: others do not say what
    /// element to make.
    pub to: String,
    /// A CEL expression over [`VARIABLES`].
    pub expression: String,
    /// When the row has a say.
    #[serde(default)]
    pub apply: Apply,
    /// What an empty value (null, blank text, an empty list or object) means.
    #[serde(default)]
    pub on_empty: OnEmpty,
    /// Whether the application may hold values besides ours.
    #[serde(default)]
    pub authority: Authority,
}

/// When a row has a say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Apply {
    /// Whenever the account is compared with what it should be.
    #[default]
    Always,
    /// Only when the account is created; afterwards the application's value is left alone.
    OnCreate,
}

/// What an empty value means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnEmpty {
    /// Nothing: the application's value, if any, is left alone.
    #[default]
    Leave,
    /// The attribute is to be absent.
    Clear,
    /// The person cannot be provisioned until there is a value.
    Fail,
}

/// Whether the application may hold values besides ours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Authority {
    /// No: what differs is put right.
    #[default]
    Authoritative,
    /// Yes: ours are added to a list, others in it stay.
    Shared,
}

/// Why a row cannot be used, or gave no value for someone. Never contains a person's data.
#[derive(thiserror::Error, Debug, Clone, PartialEq)]
#[error("{to}: {message}")]
pub struct MappingError {
    /// The row's target, as written.
    pub to: String,
    /// The row's expression.
    pub expression: String,
    /// What is wrong.
    pub message: String,
}

/// A mapping that has been checked and can be run. Compile once, use for everybody.
#[derive(Clone, Debug)]
pub struct CompiledMapping {
    rt: Arc<scim::ResourceType>,
    rows: Vec<CompiledRow>,
}

#[derive(Clone, Debug)]
struct CompiledRow {
    row: MappingRow,
    target: Target,
    expression: Expression,
}

/// The account a person is to have.
#[derive(Clone, Debug, PartialEq)]
pub struct Projected {
    /// The resource: `schemas` set, nothing null or empty, names in canonical case.
    pub document: scim::Object,
    /// The targets this projection decides, as the rows write them; those absent from the document are to be
    /// absent. Everything else belongs to the application and must not be compared.
    pub managed: Vec<String>,
}

impl MappingRow {
    /// A row with every choice at its default.
    pub fn new(to: impl Into<String>, expression: impl Into<String>) -> Self {
        MappingRow {
            to: to.into(),
            expression: expression.into(),
            apply: Apply::default(),
            on_empty: OnEmpty::default(),
            authority: Authority::default(),
        }
    }
}

impl Mapping {
    /// What a new application starts with: every attribute that applications commonly take, one to one. An attribute
    /// that the person does not have, or no longer has, is cleared; without a userName there is no account.
    pub fn default_users() -> Mapping {
        const CORE: [(&str, &str); 19] = [
            ("userName", "user.userName"),
            ("externalId", "user.id"),
            ("active", "default(user.active, true)"),
            ("name.formatted", "user.name.formatted"),
            ("name.familyName", "user.name.familyName"),
            ("name.givenName", "user.name.givenName"),
            ("name.middleName", "user.name.middleName"),
            ("name.honorificPrefix", "user.name.honorificPrefix"),
            ("name.honorificSuffix", "user.name.honorificSuffix"),
            ("displayName", "user.displayName"),
            ("nickName", "user.nickName"),
            ("title", "user.title"),
            ("userType", "user.userType"),
            ("preferredLanguage", "user.preferredLanguage"),
            ("locale", "user.locale"),
            ("timezone", "user.timezone"),
            ("emails", "user.emails"),
            ("phoneNumbers", "user.phoneNumbers"),
            ("addresses", "user.addresses"),
        ];
        const ENTERPRISE: [(&str, &str); 6] = [
            ("employeeNumber", "user.enterprise.employeeNumber"),
            ("costCenter", "user.enterprise.costCenter"),
            ("organization", "user.enterprise.organization"),
            ("division", "user.enterprise.division"),
            ("department", "user.enterprise.department"),
            ("manager.value", "manager.accountId"),
        ];
        let core = CORE.iter().map(|(to, expression)| ((*to).to_owned(), *expression));
        let enterprise =
            ENTERPRISE.iter().map(|(to, expression)| (format!("{}:{to}", scim::ENTERPRISE_URN), *expression));
        let rows = core.chain(enterprise).map(|(to, expression)| {
            let on_empty = if to == "userName" { OnEmpty::Fail } else { OnEmpty::Clear };
            MappingRow { on_empty, ..MappingRow::new(to, expression) }
        });
        Mapping { rows: rows.collect() }
    }

    /// Checks every row and makes the mapping ready to run, for accounts as `profile` has them.
    ///
    /// # Errors
    /// All problems at once: bad paths and expressions, unknown variables, read-only targets, rows that decide the
    /// same thing.
    pub fn compile(&self, profile: &Profile) -> Result<CompiledMapping, Vec<MappingError>> {
        let (mut rows, mut errors): (Vec<CompiledRow>, Vec<MappingError>) = (Vec::new(), Vec::new());
        let mut decided: Vec<(Target, &str)> = Vec::new();
        for row in &self.rows {
            let target = Target::parse(&row.to, &profile.0);
            let expression = Expression::compile(&row.expression);
            errors.extend(target.as_ref().err().map(|message| row.error(message.clone())));
            match &expression {
                Ok(expression) => {
                    errors.extend(expression.variables().filter(|name| !VARIABLES.contains(name)).map(|name| {
                        row.error(format!("there is no '{name}'{}", suggestion(name, VARIABLES.into_iter())))
                    }))
                }
                Err(error) => errors.push(row.error(error.to_string())),
            }
            if let Ok(target) = &target {
                match decided.iter().find(|(other, _)| target.overlaps(other)) {
                    Some((_, to)) => errors.push(row.error(format!("the row for {to} decides this already"))),
                    None => decided.push((target.clone(), &row.to)),
                }
            }
            if let (Ok(target), Ok(expression)) = (target, expression) {
                rows.push(CompiledRow { row: row.clone(), target, expression });
            }
        }
        if errors.is_empty() { Ok(CompiledMapping { rt: Arc::clone(&profile.0), rows }) } else { Err(errors) }
    }
}

impl MappingRow {
    fn error(&self, message: String) -> MappingError {
        MappingError { to: self.to.clone(), expression: self.expression.clone(), message }
    }
}

impl CompiledMapping {
    /// What its accounts look like.
    pub fn resource_type(&self) -> &scim::ResourceType {
        &self.rt
    }

    /// The rows, in order.
    pub fn rows(&self) -> impl Iterator<Item = &MappingRow> {
        self.rows.iter().map(|compiled| &compiled.row)
    }

    /// The account for the person in this scope. `creating` says that there is none yet.
    ///
    /// # Errors
    /// One per row that cannot give a value: its expression failed, its value does not fit the attribute, or it is
    /// empty and must not be.
    pub fn project(&self, scope: &Scope, creating: bool) -> Result<Projected, Vec<MappingError>> {
        let (mut document, mut managed, mut errors) = (scim::Object::new(), Vec::new(), Vec::new());
        document.insert("schemas".to_owned(), Value::Null);
        for CompiledRow { row, target, expression } in &self.rows {
            if row.apply == Apply::OnCreate && !creating {
                continue;
            }
            let value = expression.evaluate(scope).map_err(|error| error.to_string());
            match (value.and_then(|value| target.shape(value)), row.on_empty) {
                (Ok(Some(value)), _) => target.put(&mut document, value),
                (Ok(None), OnEmpty::Clear) => {}
                (Ok(None), OnEmpty::Leave) => continue,
                (Ok(None), OnEmpty::Fail) => errors.push(row.error("it is empty, and must not be".to_owned())),
                (Err(message), _) => errors.push(row.error(message)),
            }
            managed.push(row.to.clone());
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        self.drop_hollow_elements(&mut document);
        let rt = &self.rt;
        let schemas = rt.schema_ids().filter(|urn| *urn == rt.schema.id || document.contains_key(*urn));
        document["schemas"] = schemas.map(Value::from).collect();
        Ok(Projected { document, managed })
    }

    /// Takes away elements that only say of what type they would be: `emails[type eq "work"].primary` had a value,
    /// `emails[type eq "work"].value` had none.
    fn drop_hollow_elements(&self, document: &mut scim::Object) {
        let lists: BTreeSet<&str> = self
            .rows
            .iter()
            .filter(|row| !row.target.element.is_empty())
            .map(|row| row.target.path.attr.attr.as_str())
            .collect();
        for name in lists {
            let Some(Value::Array(elements)) = document.get_mut(name) else {
                continue;
            };
            elements.retain(|element| {
                element.as_object().is_some_and(|members| {
                    members.keys().any(|m| !["type", "primary", "display"].contains(&m.as_str()))
                })
            });
            if elements.is_empty() {
                document.shift_remove(name);
            }
        }
    }
}

#[cfg(test)]
mod tests;
