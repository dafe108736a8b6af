//! The targets of a mapping's rows: where a value goes, and the shape that it takes there.

use serde_json::Value;

use crate::expression::{kind, suggestion};

/// Where a value goes.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) path: scim::Path,
    /// The attribute at the end of the path.
    pub(super) leaf: scim::Attribute,
    /// The members that the path's filter asks of the element; empty without a filter.
    pub(super) element: Vec<(String, Value)>,
}

impl Target {
    pub(super) fn parse(to: &str, rt: &scim::ResourceType) -> Result<Target, String> {
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
    pub(super) fn overlaps(&self, other: &Target) -> bool {
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
    pub(super) fn shape(&self, value: Value) -> Result<Option<Value>, String> {
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

    pub(super) fn put(&self, document: &mut scim::Object, value: Value) {
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
