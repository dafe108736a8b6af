//! Changes to a resource.

use serde_json::Value;

use super::list::{add, merge, only_primary, remove};
use super::{Change, Op, Patch};
use crate::resource::{equal_unordered, normal, repair_schemas, set_once};
use crate::schema::find;
use crate::{AttrPath, Attribute, Compare, Error, Filter, Kind, Mutability, Object, ResourceType, Tolerance};

impl Patch {
    /// The resource after all changes, in order; on an error there is no result, so nothing is half done.
    /// A patch that changes nothing gives an equal resource. `resource` is regular and carries its `id`;
    /// `meta`, `groups` and what else the server adds may be missing.
    ///
    /// # Errors
    /// `mutability` for what the client may not change or must not remove, `noTarget` for a filter that
    /// selects nothing to replace, `invalidValue` for a required attribute set to nothing.
    pub fn apply(&self, resource: &Object, rt: &ResourceType, t: &Tolerance) -> Result<Object, Error> {
        let mut next = resource.clone();
        for change in &self.changes {
            apply(&mut next, change, rt, t)?;
        }
        repair_schemas(&mut next, rt);
        Ok(next)
    }
}

fn apply(resource: &mut Object, change: &Change, rt: &ResourceType, t: &Tolerance) -> Result<(), Error> {
    let path = &change.path;
    if path.attr.attr.is_empty() {
        return remove_extension(resource, change, rt);
    }
    let Some(top) = rt.top(&path.attr) else {
        if t.stores_unknown() {
            stored(resource, change);
            return Ok(());
        }
        return Err(Error::invalid_path("the path names an attribute no schema knows"));
    };
    if !may_change(resource, change, top, t)? {
        return Ok(());
    }
    let Some(urn) = &path.attr.schema else {
        return at(resource, top, change, t);
    };
    let mut extension = match resource.get_mut(urn).map(Value::take) {
        Some(Value::Object(extension)) => extension,
        _ => Object::new(),
    };
    at(&mut extension, top, change, t)?;
    if extension.is_empty() {
        resource.shift_remove(urn);
    } else {
        resource.insert(urn.clone(), extension.into());
    }
    Ok(())
}

/// Sets or removes what no schema knows, at the top or in an object named by its URN.
fn stored(resource: &mut Object, change: &Change) {
    let AttrPath { schema, attr, .. } = &change.path.attr;
    let name = |object: &Object, name: &String| {
        object.keys().find(|known| known.eq_ignore_ascii_case(name)).unwrap_or(name).clone()
    };
    let whole = name(resource, &change.path.attr.to_string());
    let Some(urn) = schema.as_ref().filter(|_| !resource.contains_key(&whole)) else {
        let name = if schema.is_some() { whole } else { name(resource, attr) };
        merge(resource, &Object::from_iter([(name, change.value.clone().unwrap_or_default())]));
        return;
    };
    let urn = name(resource, urn);
    let mut extension = match resource.get_mut(&urn).map(Value::take) {
        Some(Value::Object(extension)) => extension,
        _ => Object::new(),
    };
    let attr = name(&extension, attr);
    merge(&mut extension, &Object::from_iter([(attr, change.value.clone().unwrap_or_default())]));
    let extension = if extension.is_empty() { Value::Null } else { extension.into() };
    merge(resource, &Object::from_iter([(urn, extension)]));
}

fn remove_extension(resource: &mut Object, change: &Change, rt: &ResourceType) -> Result<(), Error> {
    let urn = change.path.attr.schema.as_deref().unwrap_or_default();
    let extension = rt.extensions.iter().find(|e| e.schema.id == urn);
    if extension.is_some_and(|e| e.required || e.schema.attributes.iter().any(|a| a.required)) {
        return Err(Error::mutability(format!("{urn} is required and cannot be removed")));
    }
    resource.shift_remove(urn);
    Ok(())
}

/// Whether there is anything to do; an error if the client may not do it.
fn may_change(resource: &Object, change: &Change, top: &Attribute, t: &Tolerance) -> Result<bool, Error> {
    if top.name == "schemas" {
        return Ok(false);
    }
    let part = change.path.sub.as_ref().or(change.path.attr.sub.as_ref());
    let part = part.and_then(|name| find(&top.sub_attributes, name));
    let read_only = |a: &Attribute| a.mutability == Mutability::ReadOnly;
    if read_only(top) || part.is_some_and(read_only) {
        let refusal = || Err(Error::mutability(format!("{} is readOnly: only the server sets it", change.path)));
        // Okta's group rename repeats the id, Okta's and authentik's whole resources the rest.
        return match change.implied {
            true if top.name == "id" => match resource.get("id") == change.value.as_ref() {
                true => Ok(false),
                false => refusal(),
            },
            true if !t.rejects_unknown() => Ok(false),
            _ => refusal(),
        };
    }
    Ok(true)
}

/// Changes one attribute of an object: the resource, or an extension of it.
fn at(object: &mut Object, top: &Attribute, change: &Change, t: &Tolerance) -> Result<(), Error> {
    let once = top.mutability == Mutability::Immutable
        || top.sub_attributes.iter().any(|a| a.mutability == Mutability::Immutable);
    let before = if once { object.get(&top.name).cloned() } else { None };
    let place = Place { object, top, t };
    place.change(change)?;
    if let Some(before) = before {
        check_once(top, &before, object.get(&top.name))?;
    }
    match object.get(&top.name) {
        None if top.required => Err(if change.op == Op::Remove {
            Error::mutability(format!("{} is required and cannot be removed", top.name))
        } else {
            Error::invalid_value(format!("{} is required", top.name))
        }),
        None => Ok(()),
        Some(_) if top.sub_attributes.iter().any(|p| p.required) || top.required => {
            normal::required(std::slice::from_ref(top), object, "")
        }
        Some(_) => Ok(()),
    }
}

/// Nothing immutable has another value than before.
fn check_once(top: &Attribute, before: &Value, after: Option<&Value>) -> Result<(), Error> {
    if top.mutability == Mutability::Immutable {
        return if after.is_some_and(|after| equal_unordered(before, after)) {
            Ok(())
        } else {
            Err(set_once(&top.name))
        };
    }
    if top.multi_valued {
        return Ok(());
    }
    for part in top.sub_attributes.iter().filter(|p| p.mutability == Mutability::Immutable) {
        let old = before.get(&part.name);
        if old.is_some() && after.and_then(|a| a.get(&part.name)) != old {
            return Err(set_once(&part.name));
        }
    }
    Ok(())
}

/// An attribute in an object, to be changed.
struct Place<'a> {
    object: &'a mut Object,
    top: &'a Attribute,
    t: &'a Tolerance,
}

impl Place<'_> {
    fn change(self, change: &Change) -> Result<(), Error> {
        let value = change.value.as_ref().unwrap_or(&Value::Null);
        let part = change.path.sub.as_deref().or(change.path.attr.sub.as_deref());
        match (&change.path.filter, part, self.top.multi_valued) {
            (None, None, true) => self.list(change.op, change.value.as_ref()),
            (None, None, false) => self.single(change.op, value),
            (None, Some(part), false) => self.single_part(change.op, part, value),
            (Some(filter), _, true) if self.top.kind != Kind::Complex => self.plain(change.op, filter, value),
            (filter, part, true) => self.elements(change.op, filter.as_ref(), part, value),
            (Some(filter), part, false) => self.single_filtered(change.op, filter, part, value),
        }
    }

    fn get(&mut self) -> Option<&mut Value> {
        self.object.get_mut(&self.top.name)
    }

    fn set(self, value: Value) {
        let is_empty = match &value {
            Value::Null => true,
            Value::Array(list) => list.is_empty(),
            Value::Object(object) => object.is_empty(),
            _ => false,
        };
        if is_empty {
            self.object.shift_remove(&self.top.name);
        } else if let Some(place) = self.object.get_mut(&self.top.name) {
            *place = value;
        } else {
            self.object.insert(self.top.name.clone(), value);
        }
    }

    /// The list, taken out of the object to be worked on; [`Place::set`] puts it back.
    fn take_list(&mut self) -> Vec<Value> {
        match self.get().map(Value::take) {
            Some(Value::Array(list)) => list,
            _ => Vec::new(),
        }
    }

    /// A single value. Complex ones are merged part by part (RFC 7644 section 3.5.2.3).
    fn single(mut self, op: Op, value: &Value) -> Result<(), Error> {
        let value = match (op, value) {
            (Op::Remove, _) => Value::Null,
            (_, Value::Object(changes)) => {
                let mut merged = match self.get().map(Value::take) {
                    Some(Value::Object(current)) if op == Op::Add || self.t.complex_merge => current,
                    _ => Object::new(),
                };
                merge(&mut merged, changes);
                merged.into()
            }
            (_, value) => value.clone(),
        };
        self.set(value);
        Ok(())
    }

    fn single_part(self, op: Op, part: &str, value: &Value) -> Result<(), Error> {
        let value = if op == Op::Remove { &Value::Null } else { value };
        let change = Object::from_iter([(part.to_owned(), value.clone())]);
        self.single(Op::Add, &change.into())
    }

    /// `manager[value eq "9"]`, as if the manager were a list of one (Entra).
    fn single_filtered(mut self, op: Op, filter: &Filter, part: Option<&str>, value: &Value) -> Result<(), Error> {
        let top = self.top;
        let matches =
            self.get().and_then(|v| v.as_object()).is_some_and(|current| filter.matches_element(current, top));
        match (op, matches) {
            (Op::Remove, false) => Ok(()),
            (_, false) => Err(no_target(top)),
            (_, true) => match part {
                Some(part) => self.single_part(op, part, value),
                None => self.single(op, value),
            },
        }
    }

    /// A whole list.
    fn list(mut self, op: Op, value: Option<&Value>) -> Result<(), Error> {
        let value = match value {
            None | Some(Value::Null) => match op {
                Op::Add => return Ok(()),
                _ => None,
            },
            value => value,
        };
        let named = match value {
            None => {
                self.set(Value::Null);
                return Ok(());
            }
            Some(Value::Array(list)) => list.as_slice(),
            Some(one) => std::slice::from_ref(one),
        };
        match op {
            Op::Replace => self.set(named.to_vec().into()),
            Op::Add => {
                let mut list = self.take_list();
                add(&mut list, named);
                self.set(list.into());
            }
            Op::Remove => {
                let mut list = self.take_list();
                remove(&mut list, named);
                self.set(list.into());
            }
        }
        Ok(())
    }

    /// Some values of a plain list, each of which is its own `value`.
    fn plain(mut self, op: Op, filter: &Filter, value: &Value) -> Result<(), Error> {
        let parts = self.top.as_elements();
        let is_chosen = |element: &Value| {
            filter.matches_element(&Object::from_iter([("value".to_owned(), element.clone())]), &parts)
        };
        let mut list = self.take_list();
        if op == Op::Remove || value.is_null() {
            list.retain(|element| !is_chosen(element));
        } else {
            if !list.iter().any(is_chosen) {
                return Err(no_target(self.top));
            }
            let changed: Vec<Value> =
                list.into_iter().map(|element| if is_chosen(&element) { value.clone() } else { element }).collect();
            list = Vec::new();
            add(&mut list, &changed);
        }
        self.set(list.into());
        Ok(())
    }

    /// Some elements of a list, or a part of them; without a filter all.
    fn elements(mut self, op: Op, filter: Option<&Filter>, part: Option<&str>, value: &Value) -> Result<(), Error> {
        let (top, t) = (self.top, self.t);
        let mut list = self.take_list();
        let chosen: Vec<usize> = list
            .iter()
            .enumerate()
            .filter(|(_, e)| e.as_object().is_some_and(|e| filter.is_none_or(|f| f.matches_element(e, top))))
            .map(|(n, _)| n)
            .collect();
        let part_changed = part.and_then(|p| find(&top.sub_attributes, p));
        if let Some(part) = part_changed.filter(|p| p.mutability == Mutability::Immutable)
            && chosen.iter().filter_map(|n| list[*n].get(&part.name)).any(|old| op == Op::Remove || old != value)
        {
            return Err(set_once(&format!("{}.{}", top.name, part.name)));
        }
        match (op, part) {
            (Op::Remove, None) => {
                let mut n = 0;
                list.retain(|_| {
                    n += 1;
                    chosen.binary_search(&(n - 1)).is_err()
                });
            }
            _ if chosen.is_empty() => {
                if op != Op::Remove && !value.is_null() {
                    let element = made(filter, part, value, op, top, t)?;
                    if !element.is_empty() {
                        list.push(element.into());
                        let end = list.len() - 1;
                        only_primary(&mut list, &[end]);
                    }
                }
            }
            _ => {
                for n in &chosen {
                    if let Some(element) = list[*n].as_object_mut() {
                        change_element(element, op, filter, part, value);
                    }
                }
                only_primary(&mut list, &chosen);
                // A mail that lost its address is none. (One that has none yet may get it next: Entra makes
                // elements part by part.)
                let takes_away = op == Op::Remove || value.is_null();
                let mut n = 0;
                list.retain(|element| {
                    n += 1;
                    chosen.binary_search(&(n - 1)).is_err()
                        || element
                            .as_object()
                            .is_none_or(|e| !(e.is_empty() || takes_away && normal::is_hollow(top, e)))
                });
            }
        }
        normal::unique(&mut list);
        self.set(list.into());
        Ok(())
    }
}

fn change_element(element: &mut Object, op: Op, filter: Option<&Filter>, part: Option<&str>, value: &Value) {
    match (op, part, value) {
        (Op::Remove, Some(part), _) | (_, Some(part), Value::Null) => {
            element.shift_remove(part);
        }
        (_, Some(part), value) => {
            element.insert(part.to_owned(), value.clone());
        }
        (Op::Replace, None, Value::Object(changes)) => {
            // RFC 7644 section 3.5.2.3 replaces the whole element; what the filter said of it stays true
            // unless the value says otherwise.
            element.clear();
            if let Some(Some(said)) = filter.map(said_by) {
                element.extend(said);
            }
            merge(element, changes);
        }
        (_, None, Value::Object(changes)) => merge(element, changes),
        (_, None, _) => element.clear(),
    }
}

/// The element a client means that is not there: what the filter says of it, and the value.
fn made(
    filter: Option<&Filter>,
    part: Option<&str>,
    value: &Value,
    op: Op,
    top: &Attribute,
    t: &Tolerance,
) -> Result<Object, Error> {
    if op == Op::Replace && !t.valuepath_autocreate {
        return Err(no_target(top));
    }
    let mut element = match filter {
        Some(filter) => said_by(filter).ok_or_else(|| no_target(top))?,
        None => Object::new(),
    };
    match (part, value) {
        (Some(part), value) => {
            element.insert(part.to_owned(), value.clone());
        }
        (None, Value::Object(changes)) => merge(&mut element, changes),
        (None, _) => {}
    }
    Ok(element)
}

/// What a filter of `eq` joined by `and` says of its element; None if it says anything else.
fn said_by(filter: &Filter) -> Option<Object> {
    match filter {
        Filter::And(parts) => {
            let mut said = Object::new();
            for part in parts {
                said.extend(said_by(part)?);
            }
            Some(said)
        }
        Filter::Compare { path, op: Compare::Eq, value } if !value.is_null() => {
            Some(Object::from_iter([(path.attr.clone(), value.clone())]))
        }
        _ => None,
    }
}

fn no_target(top: &Attribute) -> Error {
    Error::no_target(format!("no element of {} matches the filter of the path", top.name))
}
