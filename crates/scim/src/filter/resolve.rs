//! Names and values of a filter become those of a resource type.

use serde_json::Value;

use super::{Compare, Filter, as_unquoted};
use crate::path::known;
use crate::schema::find;
use crate::{AttrPath, Attribute, Error, Kind, ResourceType, Returned, Tolerance, fold};

impl Filter {
    /// The same filter in canonical names, with values of the attributes' types, ready for matching and for
    /// the store. A complex attribute compared as a whole means its `value` (`emails eq`, `manager eq`), and
    /// `"True"` is a boolean, if the connection tolerates it.
    ///
    /// # Errors
    /// `invalidFilter` for unknown attributes (an empty answer would be read as "create it"), for operators
    /// the type does not have, for values of another type; 403 `sensitive` for attributes that are never
    /// returned, whose values a filter would give away (RFC 7644 section 7.5.2).
    pub fn resolve(&self, rt: &ResourceType, t: &Tolerance) -> Result<Filter, Error> {
        self.permitted(t)?;
        Ok(match self {
            Self::And(parts) => Self::And(each(parts, |f| f.resolve(rt, t))?),
            Self::Or(parts) => Self::Or(each(parts, |f| f.resolve(rt, t))?),
            Self::Not(inner) => Self::Not(Box::new(inner.resolve(rt, t)?)),
            Self::Present(path) => Self::Present(named(path, rt, t)?.0),
            Self::Compare { path, op, value } => {
                let (mut path, mut attribute) = named(path, rt, t)?;
                if attribute.kind == Kind::Complex
                    && t.filter_lenient
                    && let Some(part) = find(&attribute.sub_attributes, "value")
                {
                    path = path.with_sub("value");
                    attribute = part;
                }
                Self::Compare { value: typed(attribute, *op, value, t)?, path, op: *op }
            }
            Self::Element { attr, filter } => {
                if attr.sub.is_some() && !t.filter_lenient {
                    return Err(Error::invalid_filter("after ] no comparison may follow; put it inside the brackets"));
                }
                let list = AttrPath { sub: None, ..attr.clone() };
                let (attr, attribute) = named(&list, rt, t)?;
                if attribute.kind != Kind::Complex {
                    // An element of a plain list is its own value.
                    let parts = attribute.as_elements();
                    return match filter.resolve_element(&parts, t)? {
                        Self::Compare { op, value, .. } if attribute.multi_valued => {
                            Ok(Self::Compare { path: attr, op, value })
                        }
                        _ => Err(Error::invalid_filter(format!("{attr} has no parts to filter by"))),
                    };
                }
                Self::Element { filter: Box::new(filter.resolve_element(attribute, t)?), attr }
            }
        })
    }

    /// The same for a question to several resource types at once (RFC 7644 section 3.4.2.1): an attribute that
    /// this type does not have counts as one without a value, instead of an error.
    ///
    /// # Errors
    /// As for [`Filter::resolve`], except for unknown attributes.
    pub fn resolve_among(&self, rt: &ResourceType, t: &Tolerance) -> Result<Filter, Error> {
        self.permitted(t)?;
        let is_known = |path: &AttrPath| known(path, rt, t).is_some_and(|path| rt.attribute(&path).is_some());
        Ok(match self {
            Self::And(parts) => Self::And(each(parts, |f| f.resolve_among(rt, t))?),
            Self::Or(parts) => Self::Or(each(parts, |f| f.resolve_among(rt, t))?),
            Self::Not(inner) => Self::Not(Box::new(inner.resolve_among(rt, t)?)),
            Self::Present(path) if !is_known(path) => Self::NEVER,
            Self::Compare { path, op, value } if !is_known(path) => match op {
                Compare::Eq if value.is_null() => Self::ALWAYS,
                Compare::Ne if !value.is_null() => Self::ALWAYS,
                _ => Self::NEVER,
            },
            Self::Element { attr, .. } if !is_known(&AttrPath { sub: None, ..attr.clone() }) => Self::NEVER,
            leaf => leaf.resolve(rt, t)?,
        })
    }

    /// The same for a filter in brackets, whose names are parts of `attribute`.
    pub(crate) fn resolve_element(&self, attribute: &Attribute, t: &Tolerance) -> Result<Filter, Error> {
        self.permitted(t)?;
        Ok(match self {
            Self::And(parts) => Self::And(each(parts, |f| f.resolve_element(attribute, t))?),
            Self::Or(parts) => Self::Or(each(parts, |f| f.resolve_element(attribute, t))?),
            Self::Not(inner) => Self::Not(Box::new(inner.resolve_element(attribute, t)?)),
            Self::Present(path) => Self::Present(AttrPath::core(&part(path, attribute)?.name)),
            Self::Compare { path, op, value } => {
                let part = part(path, attribute)?;
                let value = typed(part, *op, value, t)?;
                Self::Compare { path: AttrPath::core(&part.name), op: *op, value }
            }
            Self::Element { .. } => {
                return Err(Error::invalid_filter("no second [ inside the first"));
            }
        })
    }

    /// Whether the connection takes a filter of this form; its parts are asked on their own.
    fn permitted(&self, t: &Tolerance) -> Result<(), Error> {
        let plain = matches!(self, Self::And(_) | Self::Element { .. } | Self::Compare { op: Compare::Eq, .. });
        if plain || t.full_filters {
            return Ok(());
        }
        Err(Error::invalid_filter("filters are comparisons by eq, joined by and: nothing else is taken here"))
    }
}

fn each(parts: &[Filter], f: impl FnMut(&Filter) -> Result<Filter, Error>) -> Result<Vec<Filter>, Error> {
    parts.iter().map(f).collect()
}

/// The attribute a filter names, if it may be asked about.
fn named<'a>(path: &AttrPath, rt: &'a ResourceType, t: &Tolerance) -> Result<(AttrPath, &'a Attribute), Error> {
    let unknown = || Error::invalid_filter(format!("no attribute is called {path}"));
    let resolved = known(path, rt, t).ok_or_else(unknown)?;
    let top = rt.top(&resolved).ok_or_else(unknown)?;
    let leaf = rt.attribute(&resolved).ok_or_else(unknown)?;
    if top.returned == Returned::Never || leaf.returned == Returned::Never {
        return Err(Error::sensitive(format!("{resolved} cannot be asked about")));
    }
    if is_place(&resolved, leaf) {
        return Err(Error::invalid_filter(format!("{resolved} is written by the server: ask for the id in it")));
    }
    Ok((resolved, leaf))
}

/// Whether an attribute says where a resource of ours is. No document holds that, because it depends on the URL by which
/// we are reached: asked, we would have to say that nobody has it.
fn is_place(path: &AttrPath, leaf: &Attribute) -> bool {
    let own = |to: &String| !["external", "uri"].contains(&to.as_str());
    match path.sub.as_deref() {
        Some("location") => path.schema.is_none() && path.attr == "meta",
        Some("$ref") => leaf.reference_types.iter().any(own),
        _ => false,
    }
}

fn part<'a>(path: &AttrPath, attribute: &'a Attribute) -> Result<&'a Attribute, Error> {
    let found = match path {
        AttrPath { schema: None, attr, sub: None } => find(&attribute.sub_attributes, attr),
        _ => None,
    };
    let found = found.ok_or_else(|| Error::invalid_filter(format!("{} has no part {path}", attribute.name)))?;
    if found.returned == Returned::Never {
        return Err(Error::sensitive(format!("{}.{path} cannot be asked about", attribute.name)));
    }
    if is_place(&AttrPath::core(&attribute.name).with_sub(&found.name), found) {
        let place = format!("{}.{path}", attribute.name);
        return Err(Error::invalid_filter(format!("{place} is written by the server: ask for the value beside it")));
    }
    Ok(found)
}

/// The value as the attribute's type, if the operator makes sense for it.
fn typed(attribute: &Attribute, op: Compare, value: &Value, t: &Tolerance) -> Result<Value, Error> {
    let name = &attribute.name;
    let bare = as_unquoted(value);
    let is_number = bare.is_some_and(|b| serde_json::from_str::<serde_json::Number>(b).is_ok());
    if bare.is_some() && !is_number && !t.filter_lenient {
        return Err(Error::invalid_filter(format!("the value for {name} must be in quotes")));
    }
    let ordered = matches!(op, Compare::Gt | Compare::Ge | Compare::Lt | Compare::Le);
    let equality = matches!(op, Compare::Eq | Compare::Ne);
    let allowed = match attribute.kind {
        Kind::String | Kind::Reference => true,
        Kind::Boolean | Kind::Binary => equality,
        Kind::Integer | Kind::Decimal | Kind::DateTime => equality || ordered,
        Kind::Complex => {
            return Err(Error::invalid_filter(format!("{name} is complex; compare one of its parts")));
        }
    };
    if !allowed || (value.is_null() && !equality) {
        return Err(Error::invalid_filter(format!("{name} cannot be compared with {}", op.as_str())));
    }
    if value.is_null() {
        return Ok(Value::Null);
    }
    let value = match (attribute.kind, value) {
        (Kind::Boolean, Value::Bool(_)) => Some(value.clone()),
        (Kind::Boolean, _) if t.bool_strings => bare.or(value.as_str()).and_then(boolean).map(Value::Bool),
        (Kind::String | Kind::Reference | Kind::Binary, Value::String(_)) => Some(value.clone()),
        (Kind::String | Kind::Reference | Kind::Binary, _) if t.filter_lenient => {
            Some(bare.map_or_else(|| value.to_string(), Into::into).into())
        }
        (Kind::DateTime, _) => bare
            .filter(|_| t.filter_lenient)
            .or(value.as_str())
            .filter(|text| fold::time(text).is_some())
            .map(Into::into),
        (Kind::Integer | Kind::Decimal, _) => bare
            .map_or_else(|| Some(value.clone()), |text| serde_json::from_str(text).ok())
            .filter(|number| fold::key(attribute, number).is_some()),
        _ => None,
    };
    value.ok_or_else(|| Error::invalid_filter(format!("the value for {name} must be {}", kind_text(attribute.kind))))
}

/// A boolean as Entra writes it.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// What a value of this kind looks like, for error messages.
pub(crate) fn kind_text(kind: Kind) -> &'static str {
    match kind {
        Kind::String => "a string",
        Kind::Boolean => "true or false",
        Kind::Decimal => "a number",
        Kind::Integer => "a whole number",
        Kind::DateTime => "a date and time with an offset, as 2026-01-31T12:00:00Z",
        Kind::Binary => "base64 in a string",
        Kind::Reference => "a URI in a string",
        Kind::Complex => "an object",
    }
}
