//! What an application is to hold for a person: each target attribute, and the expression that makes its value.
//!
//! [`Mapping`] is what an administrator edits, [`CompiledMapping`] what runs. [`CompiledMapping::project`] is pure:
//! the same person and the same mapping always give the same account, whatever the application holds now.

mod trial;

pub use trial::{Flaw, Tried, check, evaluate};

use std::{collections::BTreeSet, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    expression::{Expression, Scope, kind, suggestion},
    schema::Profile,
};

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

/// Where a value goes.
#[derive(Clone, Debug)]
struct Target {
    path: scim::Path,
    /// The attribute at the end of the path.
    leaf: scim::Attribute,
    /// The members that the path's filter asks of the element; empty without a filter.
    element: Vec<(String, Value)>,
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

impl Target {
    fn parse(to: &str, rt: &scim::ResourceType) -> Result<Target, String> {
        let path = scim::Path::parse(to, rt, &scim::Tolerance::strict()).map_err(|error| error.to_string())?;
        if path.attr.attr.is_empty() {
            return Err("it names a whole extension; name one of its attributes".to_owned());
        }
        let top = scim::AttrPath { sub: None, ..path.attr.clone() };
        let sub = path.sub.as_ref().or(path.attr.sub.as_ref());
        let attribute = |path: &scim::AttrPath| rt.attribute(path).ok_or("no schema knows this attribute");
        let list = attribute(&top)?;
        let leaf = sub.map_or(Ok(list), |sub| attribute(&top.clone().with_sub(sub)))?;
        let common = path.attr.schema.is_none() && ["id", "meta", "schemas"].contains(&path.attr.attr.as_str());
        if common || [list, leaf].iter().any(|a| a.mutability == scim::Mutability::ReadOnly) {
            return Err("it is read-only: the application decides it".to_owned());
        }
        if leaf.returned == scim::Returned::Never {
            return Err("a secret can't be mapped: what is sent is kept in the history".to_owned());
        }
        if list.multi_valued && path.attr.sub.is_some() {
            return Err(format!("{top} is a list; say which element, e.g. {top}[type eq \"work\"].{}", leaf.name));
        }
        let mut element = Vec::new();
        if let Some(filter) = &path.filter {
            members(filter, &mut element)
                .ok_or("its filter does not say what element to make; use eq, joined by and")?;
        }
        if let Some(sub) = sub.filter(|sub| element.iter().any(|(name, _)| name == *sub)) {
            return Err(format!("its filter says already what {sub} is"));
        }
        Ok(Target { path, leaf: leaf.clone(), element })
    }

    /// Whether two targets decide the same thing.
    fn overlaps(&self, other: &Target) -> bool {
        let (a, b) = (&self.path.attr, &other.path.attr);
        if a.attr != b.attr || a.schema != b.schema {
            return false;
        }
        let whole = |target: &Target| target.element.is_empty() && target.path.attr.sub.is_none();
        let same_element = self.element.iter().all(|member| other.element.contains(member))
            && self.element.len() == other.element.len();
        if whole(self) || whole(other) {
            true
        } else if self.element.is_empty() {
            a.sub == b.sub
        } else {
            same_element && (self.path.sub == other.path.sub || self.path.sub.is_none() || other.path.sub.is_none())
        }
    }

    /// The value as this attribute holds it; `None` when it is empty.
    fn shape(&self, value: Value) -> Result<Option<Value>, String> {
        let whole_list = self.leaf.multi_valued && self.element.is_empty();
        let value = match value {
            Value::Array(elements) if whole_list => {
                let shaped = elements.into_iter().map(|element| shape_one(&self.leaf, element));
                Value::Array(shaped.filter(|v| !matches!(v, Ok(Value::Null))).collect::<Result<_, _>>()?)
            }
            one => match shape_one(&self.leaf, one)? {
                Value::Null => Value::Null,
                shaped if whole_list => Value::Array(vec![shaped]),
                shaped => shaped,
            },
        };
        let empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        Ok((!empty).then_some(value))
    }

    fn put(&self, document: &mut scim::Object, value: Value) {
        let attr = &self.path.attr;
        let container = match &attr.schema {
            Some(urn) => object(document, urn),
            None => document,
        };
        if self.element.is_empty() {
            match &attr.sub {
                Some(sub) => drop(object(container, &attr.attr).insert(sub.clone(), value)),
                None => drop(container.insert(attr.attr.clone(), value)),
            }
            return;
        }
        let list = container.entry(attr.attr.as_str()).or_insert_with(|| Value::Array(Vec::new()));
        // `overlaps` keeps whole attributes and elements of them apart, so it is a list.
        let Value::Array(list) = list else { return };
        let fits = |element: &Value| self.element.iter().all(|(name, value)| element.get(name) == Some(value));
        let at = list.iter().position(fits).unwrap_or_else(|| {
            list.push(Value::Object(self.element.iter().cloned().collect()));
            list.len() - 1
        });
        let Value::Object(element) = &mut list[at] else {
            return;
        };
        match (&self.path.sub, value) {
            (Some(sub), value) => drop(element.insert(sub.clone(), value)),
            (None, Value::Object(members)) => {
                // What the filter says stands: the row was written for that element.
                for (name, value) in members {
                    element.entry(name).or_insert(value);
                }
            }
            (None, _) => {}
        }
    }
}

/// The members an element needs for a filter of `eq` and `and` to hold; `None` for other filters.
fn members(filter: &scim::Filter, found: &mut Vec<(String, Value)>) -> Option<()> {
    match filter {
        scim::Filter::And(all) => all.iter().try_for_each(|one| members(one, found)),
        scim::Filter::Compare { path, op: scim::Compare::Eq, value } if path.sub.is_none() && !value.is_null() => {
            let known = found.iter().any(|(name, _)| *name == path.attr);
            (!known).then(|| found.push((path.attr.clone(), value.clone())))
        }
        _ => None,
    }
}

/// The object under a name, made if there is none.
fn object<'a>(parent: &'a mut scim::Object, name: &str) -> &'a mut scim::Object {
    let slot = parent.entry(name).or_insert(Value::Null);
    if !slot.is_object() {
        *slot = Value::Object(scim::Object::new());
    }
    slot.as_object_mut().expect("it was just made one")
}

/// One value (an element, for a list) as an attribute of this kind holds it; null when it is empty.
fn shape_one(attribute: &scim::Attribute, value: Value) -> Result<Value, String> {
    use scim::Kind;
    let name = &attribute.name;
    let unfit = |value: &Value, needed: &str| Err(format!("it gives {}, but {name} takes {needed}", kind(value)));
    match (attribute.kind, value) {
        (_, Value::Null) => Ok(Value::Null),
        (_, Value::String(text)) if text.trim().is_empty() => Ok(Value::Null),
        (Kind::Complex, Value::Object(held)) => shape_object(attribute, held),
        (Kind::Complex, value) => match attribute.sub_attributes.iter().find(|sub| sub.name == "value") {
            // A bare value stands for the object that has it: `manager`, `emails`.
            Some(sub) if !value.is_array() => Ok(match shape_one(sub, value)? {
                Value::Null => Value::Null,
                value => Value::Object(scim::Object::from_iter([("value".to_owned(), value)])),
            }),
            _ => unfit(&value, "an object"),
        },
        // Numbers are text to most applications: employeeNumber 007 is not.
        (Kind::String, Value::Number(number)) => Ok(Value::String(number.to_string())),
        (Kind::String | Kind::Reference | Kind::Binary | Kind::DateTime, value) => match value {
            Value::String(_) => Ok(value),
            other => unfit(&other, "a text"),
        },
        (Kind::Boolean, Value::Bool(truth)) => Ok(Value::Bool(truth)),
        (Kind::Boolean, Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(Value::Bool(true)),
        (Kind::Boolean, Value::String(text)) if text.eq_ignore_ascii_case("false") => Ok(Value::Bool(false)),
        (Kind::Boolean, value) => unfit(&value, "true or false"),
        (Kind::Integer, value) if value.is_i64() || value.is_u64() => Ok(value),
        (Kind::Integer, value) => unfit(&value, "a whole number"),
        (Kind::Decimal, value) if value.is_number() => Ok(value),
        (Kind::Decimal, value) => unfit(&value, "a number"),
    }
}

/// An object with its members in canonical case, without empty ones and without those only the application sets.
fn shape_object(attribute: &scim::Attribute, held: scim::Object) -> Result<Value, String> {
    let mut shaped = scim::Object::new();
    for (name, value) in held {
        let subs = &attribute.sub_attributes;
        let Some(sub) = subs.iter().find(|sub| sub.name.eq_ignore_ascii_case(&name)) else {
            let close = suggestion(&name, subs.iter().map(|sub| sub.name.as_str()));
            return Err(format!("{} has no part '{name}'{close}", attribute.name));
        };
        if sub.mutability == scim::Mutability::ReadOnly {
            continue;
        }
        let value = shape_one(sub, value)?;
        if !value.is_null() {
            shaped.insert(sub.name.clone(), value);
        }
    }
    Ok(if shaped.is_empty() { Value::Null } else { Value::Object(shaped) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::profile_for_expressions;
    use proptest::prelude::*;
    use serde_json::json;

    fn scope(user: &Value) -> Scope {
        let mut profile = profile_for_expressions(user.as_object().unwrap(), scim::ResourceType::user());
        profile["id"] = json!("01890000");
        profile["groups"] = json!([{"id": "g1", "displayName": "Staff"}]);
        let manager = json!({"id": "m", "accountId": user.get("managedBy"), "userName": null, "displayName": null});
        Scope::new([("user", profile), ("manager", manager), ("app", json!({"name": "Wiki"}))])
    }

    fn map(rows: &[(&str, &str)]) -> Result<CompiledMapping, Vec<MappingError>> {
        Mapping { rows: rows.iter().map(|(to, expression)| MappingRow::new(*to, *expression)).collect() }
            .compile(&Profile::default())
    }

    fn project(rows: &[(&str, &str)], user: &Value) -> Result<Projected, Vec<MappingError>> {
        map(rows).unwrap().project(&scope(user), true)
    }

    /// A tenant that has defined a schema of its own.
    fn acme() -> Profile {
        let schema = json!({"id": "urn:acme:2.0:User", "name": "AcmeUser", "attributes": [
            {"name": "costCenter", "type": "string"}, {"name": "floor", "type": "integer"},
            {"name": "pin", "type": "string", "mutability": "writeOnly", "returned": "never"},
            {"name": "desk", "type": "complex", "subAttributes": [{"name": "room", "type": "string"}]}]});
        let schema = std::sync::Arc::new(serde_json::from_value(schema).unwrap());
        let mut rt = scim::ResourceType::user().clone();
        rt.extensions.push(scim::Extension { schema, required: false });
        Profile(Arc::new(rt))
    }

    #[test]
    fn attributes_of_an_administrators_own_come_and_go() {
        let profile = acme();
        let rows = [
            ("userName", "user.userName"),
            ("urn:acme:2.0:User:costCenter", "user['urn:acme:2.0:User'].costCenter"),
            ("urn:acme:2.0:User:floor", "user['urn:acme:2.0:User'].floor"),
            ("urn:acme:2.0:User:desk.room", "user['urn:acme:2.0:User'].desk.room"),
        ];
        let rows = rows.iter().map(|(to, expression)| MappingRow::new(*to, *expression)).collect();
        let mapping = Mapping { rows }.compile(&profile).unwrap();
        let see = |user: Value| {
            let user = profile_for_expressions(user.as_object().unwrap(), &profile.0);
            let scope = Scope::new([("user", user), ("manager", json!({})), ("app", json!({"name": "Wiki"}))]);
            Value::Object(mapping.project(&scope, true).unwrap().document)
        };
        let own = json!({"costCenter": "7", "floor": 3, "desk": {"room": "a"}});
        assert_eq!(
            see(json!({"userName": "ana", "urn:acme:2.0:User": own})),
            json!({"schemas": [scim::USER_URN, "urn:acme:2.0:User"], "userName": "ana", "urn:acme:2.0:User": own})
        );
        // Who has none of it is no fault of the mapping.
        assert_eq!(see(json!({"userName": "bob"})), json!({"schemas": [scim::USER_URN], "userName": "bob"}));
        let refused = |to: &str, profile: &Profile| {
            Mapping { rows: vec![MappingRow::new(to, "'x'")] }.compile(profile).unwrap_err()[0].message.clone()
        };
        assert!(refused("urn:acme:2.0:User:pin", &profile).contains("secret"));
        assert!(refused("urn:acme:2.0:User:none", &profile).contains("no schema knows"));
        assert!(refused("urn:acme:2.0:User:costCenter", &Profile::default()).contains("no schema knows"));
    }

    fn ana() -> Value {
        json!({
            "userName": "ana@example.org", "displayName": "Ana Ñandú", "active": false, "title": "Head",
            "name": {"formatted": "Ana Ñandú", "familyName": "Ñandú", "givenName": "Ana"},
            "emails": [{"value": "ana@example.org", "type": "work", "primary": true}, {"value": "a@home.example"}],
            "phoneNumbers": [{"value": "+34 1", "type": "work"}],
            "addresses": [{"locality": "Vigo", "country": "ES", "type": "work"}],
            "preferredLanguage": "es", "locale": "es-ES", "timezone": "Europe/Madrid", "userType": "Employee", "nickName": "Anita",
            "managedBy": "remote-7",
            scim::ENTERPRISE_URN: {"employeeNumber": "7", "department": "HR", "costCenter": "C1", "organization": "O", "division": "D"},
        })
    }

    #[test]
    fn default_mapping_of_a_full_user() {
        let mapping = Mapping::default_users();
        let projected = mapping.compile(&Profile::default()).unwrap().project(&scope(&ana()), true).unwrap();
        let mut expected = ana();
        let expected = expected.as_object_mut().unwrap();
        expected.remove("managedBy");
        expected[scim::ENTERPRISE_URN]["manager"] = json!({"value": "remote-7"});
        expected.insert("externalId".into(), json!("01890000"));
        expected.insert("schemas".into(), json!([scim::USER_URN, scim::ENTERPRISE_URN]));
        assert_eq!(projected.document, *expected);
        assert_eq!(projected.managed, mapping.rows.iter().map(|row| row.to.clone()).collect::<Vec<_>>());
    }

    #[test]
    fn default_mapping_of_an_almost_empty_user() {
        let mapping = Mapping::default_users().compile(&Profile::default()).unwrap();
        let projected = mapping.project(&scope(&json!({"userName": "bo"})), false).unwrap();
        let expected = json!({"schemas": [scim::USER_URN], "userName": "bo", "externalId": "01890000", "active": true});
        assert_eq!(Value::Object(projected.document), expected);
        assert_eq!(projected.managed.len(), 25);
        let errors = mapping.project(&scope(&json!({"userName": " "})), true).unwrap_err();
        assert_eq!(errors.len(), 1);
        assert_eq!((errors[0].to.as_str(), errors[0].expression.as_str()), ("userName", "user.userName"));
        assert_eq!(errors[0].to_string(), "userName: it is empty, and must not be");
    }

    #[test]
    fn value_paths_build_elements() {
        let rows = [
            (r#"emails[type eq "work"].value"#, "user.userName"),
            (r#"emails[type eq "work"].primary"#, "true"),
            (r#"emails[type eq "home" and primary eq false].value"#, "user.emails[1].value"),
            (r#"phoneNumbers[primary eq true]"#, "{'value': '+34 2', 'primary': false, 'display': ''}"),
            (r#"ims[type eq "xmpp"].value"#, "user.nickName"),
            (r#"ims[type eq "xmpp"].primary"#, "true"),
            (r#"addresses[type eq "work"].country"#, "'ES'"),
            (r#"addresses[type eq "work"].locality"#, "'Vigo'"),
            (r#"roles[type eq "job"]"#, "user.title"),
        ];
        let mut user = ana();
        user.as_object_mut().unwrap().remove("nickName");
        let projected = project(&rows, &user).unwrap();
        let expected = json!({
            "schemas": [scim::USER_URN],
            "emails": [{"type": "work", "value": "ana@example.org", "primary": true}, {"type": "home", "primary": false, "value": "a@home.example"}],
            "phoneNumbers": [{"primary": true, "value": "+34 2"}],
            "addresses": [{"type": "work", "country": "ES", "locality": "Vigo"}],
            "roles": [{"type": "job", "value": "Head"}],
        });
        assert_eq!(Value::Object(projected.document), expected);
    }

    #[test]
    fn values_take_their_attributes_shape() {
        let enterprise = |attribute: &str| format!("{}:{attribute}", scim::ENTERPRISE_URN);
        let (number, manager) = (enterprise("employeeNumber"), enterprise("manager"));
        let rows = [
            ("USERNAME", "'x'"),
            (number.as_str(), "7"),
            (manager.as_str(), "'m1'"),
            ("active", "'False'"),
            ("emails", "[user.userName, null, {'VALUE': 'b', 'type': ''}, {'type': null}]"),
            ("phoneNumbers", "{'value': '1'}"),
            ("name", "{'givenName': 'A', 'familyName': null}"),
            ("roles", "[]"),
        ];
        let projected = project(&rows, &ana()).unwrap();
        let expected = json!({
            "schemas": [scim::USER_URN, scim::ENTERPRISE_URN],
            "userName": "x", "active": false,
            "emails": [{"value": "ana@example.org"}, {"value": "b"}], "phoneNumbers": [{"value": "1"}], "name": {"givenName": "A"},
            scim::ENTERPRISE_URN: {"employeeNumber": "7", "manager": {"value": "m1"}},
        });
        assert_eq!(Value::Object(projected.document), expected);
        assert!(!projected.managed.contains(&"roles".to_owned()), "empty and left alone");
        for (to, expression, says) in [
            ("title", "['a']", "it gives a list, but title takes a text"),
            ("title", "true", "takes a text"),
            ("active", "1", "true or false"),
            ("emails", "[['a']]", "takes an object"),
            ("emails", "{'valu': 'a'}", "emails has no part 'valu'; did you mean 'value'?"),
            ("name", "'Ana'", "takes an object"),
            ("title", "user.titel", "did you mean 'title'?"),
            ("title", "user.nickName + user.profileUrl", "a value is missing"),
        ] {
            let errors = project(&[(to, expression)], &ana()).unwrap_err();
            assert_eq!((errors[0].to.as_str(), errors[0].expression.as_str()), (to, expression));
            assert!(errors[0].message.contains(says), "{}", errors[0]);
        }
        let errors = project(&[("title", "1 / 0"), ("locale", "'es'"), ("active", "user.title")], &ana()).unwrap_err();
        assert_eq!(errors.iter().map(|e| e.to.as_str()).collect::<Vec<_>>(), ["title", "active"]);
        assert!(!format!("{errors:?}").contains("Head"));
    }

    #[test]
    fn apply_and_on_empty_decide_what_is_managed() {
        let rows = [
            json!({"to": "userName", "expression": "user.userName"}),
            json!({"to": "nickName", "expression": "'first'", "apply": "on_create", "authority": "shared"}),
            json!({"to": "title", "expression": "null", "on_empty": "leave"}),
            json!({"to": "locale", "expression": "user.?nothing", "on_empty": "clear"}),
        ];
        let mapping: Mapping = serde_json::from_value(json!({"rows": rows})).unwrap();
        assert_eq!(mapping.rows[1].authority, Authority::Shared);
        assert_eq!(serde_json::from_value::<Mapping>(serde_json::to_value(&mapping).unwrap()).unwrap(), mapping);
        let compiled = mapping.compile(&Profile::default()).unwrap();
        let created = compiled.project(&scope(&ana()), true).unwrap();
        assert_eq!(created.managed, ["userName", "nickName", "locale"]);
        assert_eq!(created.document["nickName"], "first");
        let later = compiled.project(&scope(&ana()), false).unwrap();
        assert_eq!(later.managed, ["userName", "locale"]);
        assert_eq!(later.document.keys().collect::<Vec<_>>(), ["schemas", "userName"]);
        assert!(
            serde_json::from_value::<MappingRow>(json!({"to": "a", "expression": "b", "onEmpty": "fail"})).is_err()
        );
    }

    #[test]
    fn all_compile_problems_at_once() {
        let department = format!("{}:department", scim::ENTERPRISE_URN);
        let rows = [
            ("userName", "lowr(user.userName)", "did you mean 'lower'?"),
            ("usrName", "user.userName", "no schema knows"),
            ("title", "usr.title", "there is no 'usr'; did you mean 'user'?"),
            ("locale", "now", "there is no 'now'"),
            ("id", "user.id", "read-only"),
            ("groups", "user.groups", "read-only"),
            ("meta.created", "''", "read-only"),
            ("emails.value", "user.userName", "say which element, e.g. emails[type eq \"work\"].value"),
            (r#"emails[type ne "work"].value"#, "''", "use eq"),
            (r#"emails[type eq "a" or type eq "b"].value"#, "''", "use eq"),
            (r#"emails[type eq "work"].type"#, "''", "says already"),
            (scim::ENTERPRISE_URN, "{}", "whole extension"),
            ("name.givenName", "''", ""),
            ("name", "{}", "the row for name.givenName decides this already"),
            ("NAME.givenname", "''", "the row for name.givenName decides this already"),
            (r#"emails[type eq "work"].value"#, "''", ""),
            ("emails", "[]", "decides this already"),
            (r#"emails[type eq "work"]"#, "{}", "decides this already"),
            (r#"emails[type eq "home"].value"#, "''", ""),
            (department.as_str(), "''", ""),
            (department.as_str(), "''", "decides this already"),
            ("displayName", "user.", "column"),
        ];
        let errors = map(&rows.map(|(to, expression, _)| (to, expression))).unwrap_err();
        let expected: Vec<_> = rows.iter().filter(|row| !row.2.is_empty()).collect();
        assert_eq!(errors.len(), expected.len(), "{errors:#?}");
        for (error, (to, expression, says)) in errors.iter().zip(expected) {
            assert_eq!((error.to.as_str(), error.expression.as_str()), (*to, *expression));
            assert!(error.message.contains(says), "{error}");
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,8}".prop_map(Value::from),
        ];
        let name = prop::sample::select(vec![
            "value",
            "type",
            "primary",
            "givenName",
            "familyName",
            "department",
            "manager",
            "x",
            "",
        ]);
        leaf.prop_recursive(3, 24, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((name.clone(), inner), 0..4)
                    .prop_map(|members| members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
            ]
        })
    }

    fn has_nothing(value: &Value) -> bool {
        match value {
            Value::Null => true,
            Value::Array(elements) => elements.is_empty() || elements.iter().any(has_nothing),
            Value::Object(members) => members.is_empty() || members.values().any(has_nothing),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn any_user_is_projected_or_refused(
            members in prop::collection::vec((prop::sample::select(vec![
                "userName", "active", "name", "displayName", "title", "emails", "phoneNumbers", "addresses", "groups", "id", "password",
                scim::ENTERPRISE_URN, "managedBy", "custom",
            ]), any_json()), 0..8),
            creating: bool,
        ) {
            let user: Value = members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            match Mapping::default_users().compile(&Profile::default()).unwrap().project(&scope(&user), creating) {
                Ok(projected) => prop_assert!(!has_nothing(&Value::Object(projected.document))),
                Err(errors) => prop_assert!(!errors.is_empty()),
            }
        }
    }
}
