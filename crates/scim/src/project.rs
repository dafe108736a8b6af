//! Which attributes an answer has (RFC 7644 section 3.9, `returned` of RFC 7643 section 7).

use serde_json::Value;

use crate::schema::find;
use crate::{AttrPath, Attribute, Error, Object, ResourceType, Returned};

/// The attributes asked for in `attributes`, or asked away in `excludedAttributes`.
#[derive(Clone, Debug, PartialEq)]
pub struct Projection {
    names: Names,
    /// What the request itself gave values to.
    specified: Vec<AttrPath>,
}

#[derive(Clone, Debug, PartialEq)]
enum Names {
    /// Neither parameter: what is returned by default.
    Default,
    /// Only these, and what is always returned.
    Only(Vec<AttrPath>),
    /// By default, without these.
    Without(Vec<AttrPath>),
}

impl Projection {
    /// Reads the two parameters, comma lists of attribute names. Names no schema knows are ignored, blank
    /// parameters count as absent.
    ///
    /// # Errors
    /// `invalidValue` if both are given.
    pub fn read(attributes: Option<&str>, excluded: Option<&str>, rt: &ResourceType) -> Result<Projection, Error> {
        let given = |list: Option<&str>| list.is_some_and(|l| !l.trim().is_empty());
        let names = match (given(attributes), given(excluded)) {
            (true, true) => {
                return Err(Error::invalid_value("attributes and excludedAttributes cannot be given together"));
            }
            (true, false) => Names::Only(resolved(attributes, rt)),
            (false, true) => Names::Without(resolved(excluded, rt)),
            (false, false) => Names::Default,
        };
        Ok(Projection { names, specified: Vec::new() })
    }

    /// The same for the answer to a change that gave these attributes values, or their parts: they are shown even if
    /// they are returned only on request, unless the client said what it wants to see (RFC 7643 section 7: "The
    /// attribute is returned in response to any PUT, POST, or PATCH operations if the attribute was specified by the
    /// client"). In canonical form, as [`resource::specified`](crate::resource::specified) and
    /// [`Patch::specified`](crate::Patch::specified) give them.
    pub fn after_change(self, specified: Vec<AttrPath>) -> Self {
        Projection { specified, ..self }
    }

    /// What is returned when nothing is asked for.
    pub fn all() -> Self {
        Projection { names: Names::Default, specified: Vec::new() }
    }

    /// Whether neither parameter was given.
    pub fn is_all(&self) -> bool {
        self.names == Names::Default
    }

    /// Whether any of this core attribute would be returned if it is returned by default, as `members` and
    /// `groups` are; so that what is not wanted is not read from the store. In its canonical case.
    pub fn wants(&self, attr: &str) -> bool {
        let is_named = |path: &AttrPath| path.schema.is_none() && path.attr == attr;
        match &self.names {
            Names::Default => true,
            Names::Only(names) => names.iter().any(is_named),
            Names::Without(names) => !names.iter().any(|p| is_named(p) && p.sub.is_none()),
        }
    }

    /// The resource as it is returned. `id` and `schemas` are always part of it, secrets never; the URN of an
    /// extension of which nothing is left goes from `schemas`.
    pub fn apply(&self, mut resource: Object, rt: &ResourceType) -> Object {
        resource.retain(|name, value| match rt.core_attribute(name) {
            Some(attribute) => self.keep(None, attribute, value),
            // Keys no schema knows are extensions, looked at below, or kept for their client as it sent them.
            None => rt.extension(name).is_some() || !matches!(self.names, Names::Only(_)),
        });
        for extension in &rt.extensions {
            let schema = &extension.schema;
            let Some(Value::Object(object)) = resource.get_mut(&schema.id) else {
                continue;
            };
            object.retain(|name, value| {
                find(&schema.attributes, name).is_some_and(|a| self.keep(Some(&schema.id), a, value))
            });
            if object.is_empty() {
                resource.shift_remove(&schema.id);
                if let Some(Value::Array(schemas)) = resource.get_mut("schemas") {
                    schemas.retain(|urn| *urn != schema.id);
                }
            }
        }
        resource
    }

    /// Whether an attribute stays. Parts of it that do not are taken out of the value.
    fn keep(&self, schema: Option<&str>, attribute: &Attribute, value: &mut Value) -> bool {
        match attribute.returned {
            Returned::Never => return false,
            Returned::Always if attribute.sub_attributes.is_empty() => return true,
            _ => {}
        }
        let always = attribute.returned == Returned::Always;
        // How the attribute was named: whole, or by which parts.
        let of = |path: &&AttrPath| {
            path.schema.as_deref() == schema && (path.attr == attribute.name || path.attr.is_empty())
        };
        let named = |names: &[AttrPath], part: Option<&str>| names.iter().filter(of).any(|p| p.sub.as_deref() == part);
        let by_default = match attribute.returned {
            Returned::Request => self.specified.iter().any(|path| of(&path)),
            _ => true,
        };
        let whole = match &self.names {
            Names::Default => by_default,
            Names::Only(names) => always || named(names, None),
            Names::Without(names) => always || (by_default && !named(names, None)),
        };
        let keeps_part = |part: &Attribute| match (part.returned, &self.names) {
            (Returned::Never, _) => false,
            (Returned::Always, Names::Only(names)) => whole || names.iter().any(|p| of(&p)),
            (Returned::Always, _) => whole,
            (Returned::Request, Names::Only(names)) => named(names, Some(&part.name)),
            (Returned::Request, Names::Default) => whole && named(&self.specified, Some(&part.name)),
            (Returned::Request, Names::Without(names)) => {
                whole && named(&self.specified, Some(&part.name)) && !named(names, Some(&part.name))
            }
            (Returned::Default, Names::Default) => whole,
            (Returned::Default, Names::Only(names)) => whole || named(names, Some(&part.name)),
            (Returned::Default, Names::Without(names)) => whole && !named(names, Some(&part.name)),
        };
        if attribute.sub_attributes.is_empty() {
            return whole;
        }
        if whole && attribute.sub_attributes.iter().all(keeps_part) {
            return true;
        }
        if !attribute.sub_attributes.iter().any(keeps_part) {
            return false;
        }
        let trim = |element: &mut Object| {
            element.retain(|name, _| find(&attribute.sub_attributes, name).is_some_and(keeps_part));
        };
        match value {
            Value::Object(object) => {
                trim(object);
                !object.is_empty()
            }
            Value::Array(list) => {
                list.iter_mut().filter_map(Value::as_object_mut).for_each(trim);
                list.retain(|e| e.as_object().is_none_or(|o| !o.is_empty()));
                !list.is_empty()
            }
            _ => true,
        }
    }
}

fn resolved(list: Option<&str>, rt: &ResourceType) -> Vec<AttrPath> {
    list.unwrap_or_default().split(',').filter_map(|name| name.trim().parse::<AttrPath>().ok()?.resolve(rt)).collect()
}
