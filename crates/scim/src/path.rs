//! Attribute names, and the paths of PATCH operations (RFC 7644 sections 3.10 and 3.5.2).

use std::fmt;
use std::str::FromStr;

use crate::filter::bracket_end;
use crate::schema::find;
use crate::{Error, Filter, Kind, ResourceType, Tolerance};

/// Longest path in bytes.
const MAX_PATH: usize = 4_096;

/// The name of an attribute: `userName`, `name.givenName`, `urn:…:User:manager.value`.
///
/// As parsed it is only text cut in three. [`AttrPath::resolve`] gives the canonical form, in which `schema`
/// is there for extension attributes and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AttrPath {
    /// The URN of the extension; None for core and common attributes.
    pub schema: Option<String>,
    /// The attribute; empty if a whole extension is meant.
    pub attr: String,
    /// The sub-attribute.
    pub sub: Option<String>,
}

impl AttrPath {
    /// A core or common attribute.
    pub fn core(attr: &str) -> Self {
        Self { schema: None, attr: attr.into(), sub: None }
    }

    /// The same attribute's part of this name.
    pub fn with_sub(self, sub: &str) -> Self {
        Self { sub: Some(sub.into()), ..self }
    }

    /// The canonical form: letter case as in the schema, the core URN taken away, an extension's URN in
    /// `schema`. An extension attribute named without its URN gets it, if no core attribute has that name;
    /// the RFC does not know this, Entra does it (`manager`). None for what no schema knows.
    pub fn resolve(&self, rt: &ResourceType) -> Option<AttrPath> {
        self.resolve_with(rt, false)
    }

    /// With `repair`, malformed URNs that clients are known to send are understood too.
    pub(crate) fn resolve_with(&self, rt: &ResourceType, repair: bool) -> Option<AttrPath> {
        let (schema, top) = match &self.schema {
            None => match rt.core_attribute(&self.attr) {
                Some(top) => (None, top),
                None => rt
                    .extensions
                    .iter()
                    .find_map(|e| Some((Some(&e.schema.id), find(&e.schema.attributes, &self.attr)?)))?,
            },
            Some(text) => match rt.urn(text, repair) {
                Some(urn) if urn == rt.schema.id => (None, rt.core_attribute(&self.attr)?),
                Some(urn) => {
                    let schema = rt.extension(urn)?;
                    (Some(&schema.id), find(&schema.attributes, &self.attr)?)
                }
                None => return self.whole_extension(rt, repair),
            },
        };
        let sub = match &self.sub {
            None => None,
            Some(sub) => Some(find(&top.sub_attributes, sub)?.name.clone()),
        };
        Some(AttrPath { schema: schema.cloned(), attr: top.name.clone(), sub })
    }

    /// `urn:…:2.0:User` was cut at its last colon and dot; put together again it is an extension's URN.
    fn whole_extension(&self, rt: &ResourceType, repair: bool) -> Option<AttrPath> {
        let text = self.to_string();
        let schema = rt.extension(rt.urn(&text, repair)?)?;
        Some(AttrPath { schema: Some(schema.id.clone()), attr: String::new(), sub: None })
    }
}

impl fmt::Display for AttrPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            f.write_str(schema)?;
            if !self.attr.is_empty() {
                f.write_str(":")?;
            }
        }
        f.write_str(&self.attr)?;
        match &self.sub {
            Some(sub) => write!(f, ".{sub}"),
            None => Ok(()),
        }
    }
}

impl FromStr for AttrPath {
    type Err = Error;

    /// Cuts at the last colon and the dot after it. Whether the name exists is not asked here.
    fn from_str(text: &str) -> Result<Self, Error> {
        let (schema, name) = match text.rsplit_once(':') {
            Some((schema, name)) => (Some(schema), name),
            None => (None, text),
        };
        let (attr, sub) = match name.split_once('.') {
            Some((attr, sub)) => (attr, Some(sub)),
            None => (name, None),
        };
        let is_name =
            |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_$".contains(&b));
        let is_urn =
            |urn: &str| !urn.is_empty() && urn.bytes().all(|b| b.is_ascii_graphic() && !b"\"[]() ".contains(&b));
        if is_name(attr) && sub.is_none_or(is_name) && schema.is_none_or(is_urn) {
            Ok(AttrPath { schema: schema.map(Into::into), attr: attr.into(), sub: sub.map(Into::into) })
        } else {
            Err(Error::invalid_path("not an attribute name; expected attribute or attribute.part"))
        }
    }
}

/// Where a PATCH operation acts: an attribute, a part of it, some elements of a list, or a part of those.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// The attribute, in canonical form. Its `sub` is None if there is a filter; its `attr` is empty if a
    /// whole extension is meant.
    pub attr: AttrPath,
    /// Which elements, with names relative to the element.
    pub filter: Option<Filter>,
    /// The part of the elements, behind the filter.
    pub sub: Option<String>,
}

impl Path {
    /// Reads a path in canonical form.
    ///
    /// # Errors
    /// `invalidPath` if it is malformed, longer than 4,096 bytes, or names what no schema knows;
    /// `invalidFilter` for a bad filter inside the brackets.
    pub fn parse(text: &str, rt: &ResourceType, t: &Tolerance) -> Result<Path, Error> {
        Self::parse_known(text, rt, t)?
            .ok_or_else(|| Error::invalid_path("the path names an attribute no schema knows"))
    }

    /// None if the path is well formed and names what no schema knows.
    pub(crate) fn parse_known(text: &str, rt: &ResourceType, t: &Tolerance) -> Result<Option<Path>, Error> {
        if text.len() > MAX_PATH {
            return Err(Error::invalid_path(format!("a path may have at most {MAX_PATH} bytes")));
        }
        let text = text.trim();
        let Some(open) = text.find('[') else {
            let attr = text.parse::<AttrPath>()?;
            let attr = known(&attr, rt, t);
            return Ok(attr.map(|attr| Path { attr, filter: None, sub: None }));
        };
        let name = text[..open].parse::<AttrPath>()?;
        let inner = &text[open + 1..];
        let close = bracket_end(inner).ok_or_else(|| Error::invalid_path("the path has a [ without its ]"))?;
        let sub = match inner[close + 1..].split_once('.') {
            Some(("", sub)) => Some(sub),
            None if close + 1 == inner.len() => None,
            _ => {
                return Err(Error::invalid_path("after ] only a dot and a part may follow"));
            }
        };
        let filter = Filter::parse(&inner[..close])?;
        let Some(attr) = known(&name, rt, t) else {
            return Ok(None);
        };
        let Some(top) = rt
            .top(&attr)
            .filter(|a| attr.sub.is_none() && (a.multi_valued || a.kind == Kind::Complex && t.manager_shapes))
        else {
            return Err(Error::invalid_path("only a list can be followed by a filter"));
        };
        if top.kind != Kind::Complex {
            if sub.is_some() {
                return Err(Error::invalid_path(format!("the values of {attr} have no parts")));
            }
            let filter = Some(filter.resolve_element(&top.as_elements(), t)?);
            return Ok(Some(Path { attr, filter, sub: None }));
        }
        let filter = Some(filter.resolve_element(top, t)?);
        let sub = match sub {
            None => None,
            Some(sub) => match find(&top.sub_attributes, sub) {
                Some(sub) => Some(sub.name.clone()),
                None if sub.contains(['.', '[', ']', ' ']) || sub.is_empty() => {
                    return Err(Error::invalid_path("after ] only a dot and a part may follow"));
                }
                None => return Ok(None),
            },
        };
        Ok(Some(Path { attr, filter, sub }))
    }
}

/// Resolves a name as far as the connection's tolerance goes.
pub(crate) fn known(name: &AttrPath, rt: &ResourceType, t: &Tolerance) -> Option<AttrPath> {
    let resolved = name.resolve_with(rt, t.schemas_repair)?;
    let urn_guessed = name.schema.is_none() && resolved.schema.is_some();
    (t.manager_shapes || !urn_guessed).then_some(resolved)
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.attr)?;
        if let Some(filter) = &self.filter {
            write!(f, "[{filter}]")?;
        }
        match &self.sub {
            Some(sub) => write!(f, ".{sub}"),
            None => Ok(()),
        }
    }
}
