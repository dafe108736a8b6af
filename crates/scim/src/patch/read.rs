//! A PATCH request to changes.

use serde_json::Value;

use super::{Change, Op, Patch};
use crate::message::{names_schema, once_each};
use crate::resource::normal;
use crate::schema::find;
use crate::{AttrPath, Attribute, Error, Kind, Mutability, Object, PATCH_URN, Path, ResourceType, Tolerance};

/// Most operations in one request; more are 413.
const MAX_OPERATIONS: usize = 1_000;

impl Patch {
    /// Reads a PatchOp message. An operation without a path becomes one change per attribute of its value;
    /// every value is made regular. `schemas` may be missing where `schemas` are repaired (scripts do that).
    ///
    /// # Errors
    /// `invalidSyntax` for the message's form and unknown operations, `invalidPath`, `invalidFilter`,
    /// `noTarget` for a removal of nothing in particular, `invalidValue`; 413 over 1,000 operations.
    pub fn read(body: &Value, rt: &ResourceType, t: &Tolerance) -> Result<Patch, Error> {
        let body = body.as_object().ok_or_else(|| Error::invalid_syntax("a PATCH request is a JSON object"))?;
        once_each(body)?;
        match get(body, "schemas") {
            None | Some(Value::Null) if t.schemas_repair => {}
            Some(schemas) if names_schema(schemas, PATCH_URN) => {}
            _ => {
                return Err(Error::invalid_syntax(format!("schemas must hold {PATCH_URN}")));
            }
        }
        let operations = match get(body, "Operations") {
            Some(Value::Array(list)) if !list.is_empty() => list,
            _ => {
                return Err(Error::invalid_syntax("Operations must be a list with operations"));
            }
        };
        if operations.len() > MAX_OPERATIONS {
            return Err(Error::too_large(format!("a PATCH request may have at most {MAX_OPERATIONS} operations")));
        }
        let mut reader = Reader { rt, t, changes: Vec::with_capacity(operations.len()) };
        for operation in operations {
            reader.operation(operation)?;
        }
        Ok(Patch { changes: reader.changes })
    }
}

/// A member of an object, in any letter case; the exact name first, since it is nearly always that.
fn get<'a>(object: &'a Object, name: &str) -> Option<&'a Value> {
    object.get(name).or_else(|| object.iter().find(|(k, _)| k.eq_ignore_ascii_case(name)).map(|(_, v)| v))
}

struct Reader<'a> {
    rt: &'a ResourceType,
    t: &'a Tolerance,
    changes: Vec<Change>,
}

impl Reader<'_> {
    fn operation(&mut self, operation: &Value) -> Result<(), Error> {
        let operation = operation.as_object().ok_or_else(|| Error::invalid_syntax("an operation is a JSON object"))?;
        once_each(operation)?;
        let op = self.op(get(operation, "op"))?;
        let value = get(operation, "value");
        let path = match get(operation, "path") {
            None | Some(Value::Null) => None,
            Some(Value::String(path)) if path.trim().is_empty() => None,
            Some(Value::String(path)) => Some(path),
            Some(_) => return Err(Error::invalid_path("path must be a string")),
        };
        let Some(path) = path else {
            return self.without_path(op, value);
        };
        match Path::parse_known(path, self.rt, self.t)? {
            Some(path) => self.change(op, path, value, false),
            None if self.t.stores_unknown() => self.stored(op, path.parse()?, value),
            None if self.t.rejects_unknown() => Err(Error::invalid_path("the path names an attribute no schema knows")),
            None => Ok(()),
        }
    }

    fn op(&self, op: Option<&Value>) -> Result<Op, Error> {
        let name = op.and_then(Value::as_str).unwrap_or_default();
        [Op::Add, Op::Remove, Op::Replace]
            .into_iter()
            .find(|op| name == op.as_str() || (self.t.op_case && name.eq_ignore_ascii_case(op.as_str())))
            .ok_or_else(|| Error::invalid_syntax("op must be add, remove or replace"))
    }

    /// `{"op":"replace","value":{"displayName":"X","active":false}}`.
    fn without_path(&mut self, op: Op, value: Option<&Value>) -> Result<(), Error> {
        if op == Op::Remove && !(self.t.member_remove_by_value && value.is_some_and(Value::is_object)) {
            return Err(Error::no_target("remove needs a path"));
        }
        if !self.t.pathless_operations {
            return Err(Error::no_target("every operation needs a path"));
        }
        let parsed;
        let object = match value {
            None => {
                return Err(Error::invalid_value(format!("{} needs a value", op.as_str())));
            }
            Some(Value::Object(object)) => object,
            Some(Value::String(text)) => match normal::embedded(text, self.t) {
                Some(Value::Object(object)) => {
                    parsed = object;
                    &parsed
                }
                _ => return Err(no_object()),
            },
            Some(_) => return Err(no_object()),
        };
        for (name, value) in object {
            self.implied(op, name, value)?;
        }
        Ok(())
    }

    /// One key of a path-less value: an attribute, an extension's object, or a path where tolerated.
    fn implied(&mut self, op: Op, name: &str, value: &Value) -> Result<(), Error> {
        // What is there decides about `schemas`, not the client.
        if name.eq_ignore_ascii_case("schemas") {
            return Ok(());
        }
        if let Some(attribute) = self.rt.core_attribute(name) {
            return self.change(op, whole(AttrPath::core(&attribute.name)), Some(value), true);
        }
        if let Some(schema) = normal::extension_of(self.rt, name, self.t) {
            let place = |attr: &str| whole(AttrPath { schema: Some(schema.id.clone()), attr: attr.into(), sub: None });
            let Value::Object(parts) = value else {
                return self.change(op, place(""), Some(value), true);
            };
            for (name, value) in parts {
                match find(&schema.attributes, name) {
                    Some(a) => self.change(op, place(&a.name), Some(value), true)?,
                    None => self.named_by_path(op, &format!("{}:{name}", schema.id), value)?,
                }
            }
            return Ok(());
        }
        self.named_by_path(op, name, value)
    }

    fn named_by_path(&mut self, op: Op, name: &str, value: &Value) -> Result<(), Error> {
        let t = self.t;
        let tolerated = if name.contains('[') {
            t.valuepath_keys
        } else if name.contains(':') {
            t.urn_keys
        } else if name.contains('.') {
            t.dotted_keys
        } else {
            t.manager_shapes
        };
        let path = if tolerated {
            match Path::parse_known(name, self.rt, t) {
                // A key with a filter was surely meant as a path: its fault is worth an answer.
                Err(e) if name.contains('[') => return Err(e),
                found => found.unwrap_or_default(),
            }
        } else {
            None
        };
        match path {
            Some(path) => self.change(op, path, Some(value), true),
            None if t.stores_unknown() => self.stored(op, AttrPath::core(name), Some(value)),
            None => normal::unknown(name, t),
        }
    }

    /// A change of an attribute that no schema knows and that is kept as it is: whole, never a part of it.
    fn stored(&mut self, op: Op, attr: AttrPath, value: Option<&Value>) -> Result<(), Error> {
        if self.rt.top(&attr).is_some() {
            // A part that its attribute does not have.
            return Ok(());
        }
        if attr.sub.is_some() {
            return Err(Error::invalid_path("an attribute that no schema knows can only be changed whole"));
        }
        if op != Op::Remove && value.is_none() {
            return Err(Error::invalid_value(format!("{} at {attr} needs a value", op.as_str())));
        }
        let value = if op == Op::Remove { None } else { value.cloned() };
        self.changes.push(Change { op, path: whole(attr), value, implied: false });
        Ok(())
    }

    fn change(&mut self, op: Op, mut path: Path, raw: Option<&Value>, implied: bool) -> Result<(), Error> {
        if op != Op::Remove && raw.is_none() {
            return Err(Error::invalid_value(format!("{} at {path} needs a value", op.as_str())));
        }
        if path.attr.attr.is_empty() {
            return self.whole_extension(op, path, raw, implied);
        }
        let Some(top) = self.rt.top(&path.attr) else {
            return Ok(());
        };
        let value = if top.mutability == Mutability::ReadOnly || top.name == "schemas" {
            // Not ours to judge; apply() refuses it or passes over it.
            raw.cloned()
        } else if op == Op::Remove {
            self.removed(&path, top, raw)?
        } else {
            Some(self.value(op, &mut path, top, raw.cloned().unwrap_or_default())?)
        };
        self.changes.push(Change { op, path, value, implied });
        Ok(())
    }

    /// `path` is the URN of an extension: the same as its attributes one by one, but for removing it.
    fn whole_extension(&mut self, op: Op, path: Path, raw: Option<&Value>, implied: bool) -> Result<(), Error> {
        match (op, raw) {
            (Op::Remove, _) | (_, Some(Value::Null)) => {
                self.changes.push(Change { op: Op::Remove, path, value: None, implied });
                Ok(())
            }
            (_, Some(value @ Value::Object(_))) => self.implied(op, &path.attr.to_string(), value),
            _ => Err(Error::invalid_value(format!("the value at {path} must be an object"))),
        }
    }

    /// The elements a removal names, None for all. Entra, authentik and Salesforce's documentation name them
    /// in `value`, which the RFC does not define and a literal reading would answer by emptying the list.
    fn removed(&self, path: &Path, top: &Attribute, raw: Option<&Value>) -> Result<Option<Value>, Error> {
        let raw = match raw {
            None | Some(Value::Null) => return Ok(None),
            Some(raw) => raw.clone(),
        };
        if !top.multi_valued || path.filter.is_some() || path.attr.sub.is_some() {
            return Ok(None);
        }
        if !self.t.member_remove_by_value {
            return Err(Error::invalid_value(format!("remove takes no value; select with {path}[value eq \"…\"]")));
        }
        // Elements are named by whatever is known of them, so required parts may be missing.
        let mut list = Vec::new();
        for raw in one_or_more(raw, self.t) {
            list.push(match (top.kind, raw) {
                (Kind::Complex, Value::String(text))
                    if top.has_value() && normal::embedded(&text, self.t).is_none() =>
                {
                    Object::from_iter([("value".to_owned(), text.into())]).into()
                }
                (Kind::Complex, raw) => {
                    let mut element = normal::element(top, raw, self.t, true)?;
                    element.retain(|_, v| !v.is_null());
                    if element.is_empty() {
                        return Err(Error::invalid_value(format!(
                            "the value of a removal from {path} names no element"
                        )));
                    }
                    element.into()
                }
                (_, raw) => normal::scalar(top, "", raw, self.t)?,
            });
        }
        Ok(Some(list.into()))
    }

    /// The value of `add` and `replace` as its place wants it.
    fn value(&self, op: Op, path: &mut Path, top: &Attribute, raw: Value) -> Result<Value, Error> {
        let t = self.t;
        if let Some(name) = path.sub.as_ref().or(path.attr.sub.as_ref()) {
            let Some(part) = find(&top.sub_attributes, name) else {
                return Ok(Value::Null);
            };
            if part.mutability == Mutability::ReadOnly {
                return Ok(raw);
            }
            return match self.whole_element(part, raw) {
                Err(raw) => normal::leaf(part, &top.name, raw, t),
                // `roles[primary eq "True"].value` with an object: the element is meant.
                Ok(element) => {
                    path.sub = None;
                    path.attr.sub = None;
                    // Of an element that is there a null takes a part away; a new one has no nulls.
                    Ok(normal::element(top, element, t, path.filter.is_some())?.into())
                }
            };
        }
        if path.filter.is_some() {
            return match raw {
                Value::Null => Ok(Value::Null),
                raw if top.kind != Kind::Complex => normal::scalar(top, "", first(raw), t),
                raw => Ok(normal::element(top, first(raw), t, true)?.into()),
            };
        }
        if top.multi_valued {
            let needs_value = top.sub_attributes.iter().any(|p| p.name == "value" && p.required);
            if raw.is_null() && needs_value {
                return Err(Error::invalid_value(format!(
                    "{} at {path} needs a list; remove it to empty it",
                    op.as_str()
                )));
            }
            if raw.is_null() || raw.as_str() == Some("") {
                return Ok(Value::Null);
            }
            let list = normal::list(top, "", one_or_more(raw, t).into(), t)?;
            // An empty list is no value but still a list.
            return Ok(if list.is_null() { Value::Array(Vec::new()) } else { list });
        }
        if top.kind == Kind::Complex {
            return normal::object(top, raw, t, true);
        }
        normal::scalar(top, "", raw, t)
    }

    /// The element, if a `value` part was given the whole element instead (Entra's roles); else the value.
    fn whole_element(&self, part: &Attribute, raw: Value) -> Result<Value, Value> {
        if part.name != "value" || !self.t.json_string_value {
            return Err(raw);
        }
        match raw {
            Value::Array(mut list) if list.len() == 1 && list[0].get("value").is_some() => Ok(list.remove(0)),
            Value::Object(element) if element.contains_key("value") => Ok(element.into()),
            Value::String(text) => match normal::embedded(&text, self.t) {
                Some(Value::Object(element)) if element.contains_key("value") => {
                    Ok(Object::from_iter([("value".to_owned(), text.into())]).into())
                }
                _ => Err(text.into()),
            },
            raw => Err(raw),
        }
    }
}

fn whole(attr: AttrPath) -> Path {
    Path { attr, filter: None, sub: None }
}

fn no_object() -> Error {
    Error::invalid_value("without a path the value must be an object")
}

/// A list as it is, anything else as a list of one (RFC 7644 section 3.5.2.1 adds single values to lists).
fn one_or_more(raw: Value, t: &Tolerance) -> Vec<Value> {
    match raw {
        Value::Array(list) => list,
        Value::String(text) => match normal::embedded(&text, t) {
            Some(Value::Array(list)) => list,
            Some(object) => vec![object],
            None => vec![text.into()],
        },
        one => vec![one],
    }
}

fn first(raw: Value) -> Value {
    match raw {
        Value::Array(mut list) if list.len() == 1 => list.remove(0),
        raw => raw,
    }
}
