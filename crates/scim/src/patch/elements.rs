//! Changes to a list that is kept elsewhere than in the document.

use std::mem;

use serde_json::Value;

use super::{Change, Op, Patch};
use crate::{Compare, Error, Filter, Object};

/// A change to a list of objects that are rows of a table, not part of the document: a group's `members`.
#[derive(Clone, Debug, PartialEq)]
pub enum ElementChange {
    /// Add these, unless there is one with the same `value`.
    Add(Vec<Object>),
    /// Remove those with these `value`s; one that is not there is no error.
    Remove(Vec<String>),
    /// Remove those the filter matches, whose names are relative to the element.
    RemoveWhere(Filter),
    /// Let there be these and no others.
    ReplaceAll(Vec<Object>),
    /// Remove all.
    Clear,
}

impl Patch {
    /// Takes all changes to a list of objects out of the patch and gives them in order. What remains can be
    /// applied to the document. Only for a core attribute whose elements are told apart by their `value`.
    ///
    /// # Errors
    /// `mutability` for changing a part of an element in place; `invalidValue` for elements without `value`.
    pub fn take_elements(&mut self, attribute: &str) -> Result<Vec<ElementChange>, Error> {
        let is_taken = |change: &Change| {
            change.path.attr.schema.is_none() && change.path.attr.attr.eq_ignore_ascii_case(attribute)
        };
        if !self.changes.iter().any(is_taken) {
            return Ok(Vec::new());
        }
        let (taken, kept): (Vec<_>, Vec<_>) = mem::take(&mut self.changes).into_iter().partition(is_taken);
        self.changes = kept;
        taken.into_iter().map(element_change).collect()
    }
}

fn element_change(change: Change) -> Result<ElementChange, Error> {
    let Change { op, path, value, .. } = change;
    if path.sub.is_some() || path.attr.sub.is_some() {
        return Err(Error::mutability(format!(
            "{path} cannot be changed in place; remove the element and add another"
        )));
    }
    match (op, path.filter) {
        (Op::Remove, Some(filter)) => {
            let mut values = Vec::new();
            Ok(if values_named(&filter, &mut values) {
                ElementChange::Remove(values)
            } else {
                ElementChange::RemoveWhere(filter)
            })
        }
        (Op::Remove, None) => match value {
            None => Ok(ElementChange::Clear),
            Some(value) => {
                let values = objects(value)?.into_iter().map(|mut e| match e.remove("value") {
                    Some(Value::String(value)) => Ok(value),
                    _ => Err(without_value(&path.attr.attr)),
                });
                Ok(ElementChange::Remove(values.collect::<Result<_, _>>()?))
            }
        },
        (Op::Add, None) => Ok(ElementChange::Add(objects(value.unwrap_or_default())?)),
        (Op::Replace, None) => Ok(ElementChange::ReplaceAll(objects(value.unwrap_or_default())?)),
        (_, Some(_)) => Err(Error::mutability(format!(
            "an element of {} cannot be changed in place; remove it and add another",
            path.attr.attr
        ))),
    }
}

/// Whether the filter only lists values: `value eq "a" or value eq "b"`.
fn values_named(filter: &Filter, values: &mut Vec<String>) -> bool {
    match filter {
        Filter::Or(parts) => parts.iter().all(|part| values_named(part, values)),
        Filter::Compare { path, op: Compare::Eq, value: Value::String(value) } if path.attr == "value" => {
            values.push(value.clone());
            true
        }
        _ => false,
    }
}

fn objects(value: Value) -> Result<Vec<Object>, Error> {
    let list = match value {
        Value::Array(list) => list,
        Value::Null => Vec::new(),
        one => vec![one],
    };
    list.into_iter()
        .map(|element| match element {
            Value::Object(element) => Ok(element),
            _ => Err(Error::invalid_value("an element must be an object")),
        })
        .collect()
}

fn without_value(attribute: &str) -> Error {
    Error::invalid_value(format!("{attribute}.value is required"))
}
