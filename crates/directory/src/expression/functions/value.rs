//! What the functions take and give: CEL's values, with null for an answer.

use std::borrow::Cow;

use cel::common::types::{CelBool, CelDouble, CelInt, CelList, CelMap, CelNull, CelOptional, CelString, CelUInt};
use cel::common::value::{CowVal, Val};

use super::{Answer, Args};

/// What is in an optional, null when it is empty; anything else as it is.
pub(super) fn unwrap<'c, 'v>(value: CowVal<'c, 'v>) -> CowVal<'c, 'v> {
    match &value {
        CowVal::Borrowed(inner) => match inner.downcast_ref::<CelOptional>() {
            Some(optional) => optional.option().map_or_else(null, CowVal::Borrowed),
            None => value,
        },
        CowVal::Owned(inner) => match inner.downcast_ref::<CelOptional>() {
            Some(optional) => optional.option().map_or_else(null, |v| CowVal::Owned(v.clone_as_boxed())),
            None => value,
        },
    }
}

pub(super) fn null<'c, 'v>() -> CowVal<'c, 'v> {
    CowVal::owned(CelNull)
}

pub(super) fn truth<'c, 'v>(value: bool) -> CowVal<'c, 'v> {
    CowVal::owned(CelBool::from(value))
}

pub(super) fn answer<'c, 'v>(text: String) -> CowVal<'c, 'v> {
    CowVal::owned(CelString::from(text))
}

pub(super) fn text_length(value: &CowVal<'_, '_>) -> usize {
    value.downcast_ref::<CelString>().map_or(0, |s| s.inner().len())
}

/// How much memory a value takes, in round numbers.
pub(super) fn weight(value: &dyn Val) -> usize {
    1 + if let Some(text) = value.downcast_ref::<CelString>() {
        text.inner().len()
    } else if let Some(list) = value.downcast_ref::<CelList>() {
        list.inner().iter().map(|v| weight(v.as_ref())).sum()
    } else if let Some(map) = value.downcast_ref::<CelMap>() {
        map.inner().values().map(|v| 1 + weight(v.as_ref())).sum()
    } else if let Some(inner) = value.downcast_ref::<CelOptional>().and_then(|o| o.option()) {
        weight(inner)
    } else {
        0
    }
}

/// Whether there is something to see: not null, blank text, or an empty list or map.
pub(super) fn is_present(value: &dyn Val) -> bool {
    if let Some(text) = value.downcast_ref::<CelString>() {
        !text.inner().trim().is_empty()
    } else if let Some(sizer) = value.as_sizer() {
        *sizer.size().inner() > 0
    } else {
        value.downcast_ref::<CelNull>().is_none()
    }
}

/// A value as text; numbers and booleans are written out, null is `None`.
pub(super) fn text<'s>(value: &'s CowVal<'_, '_>) -> Result<Option<Cow<'s, str>>, String> {
    let value = value.as_ref();
    Ok(Some(if let Some(text) = value.downcast_ref::<CelString>() {
        Cow::Borrowed(text.inner())
    } else if value.downcast_ref::<CelNull>().is_some() {
        return Ok(None);
    } else if let Some(number) = value.downcast_ref::<CelInt>() {
        number.inner().to_string().into()
    } else if let Some(number) = value.downcast_ref::<CelUInt>() {
        number.inner().to_string().into()
    } else if let Some(number) = value.downcast_ref::<CelDouble>() {
        number.inner().to_string().into()
    } else if let Some(truth) = value.downcast_ref::<CelBool>() {
        truth.inner().to_string().into()
    } else {
        return Err(format!("it takes text, not a {}", value.get_type().name()));
    }))
}

pub(super) fn text_or<'s>(args: Args<'s, '_, '_>, at: usize, otherwise: &'static str) -> Result<Cow<'s, str>, String> {
    Ok(args.get(at).map(text).transpose()?.flatten().unwrap_or(Cow::Borrowed(otherwise)))
}

/// An argument that says what to look for, so cannot be null or empty.
pub(super) fn word_of<'s>(args: Args<'s, '_, '_>, at: usize) -> Result<Cow<'s, str>, String> {
    match text(&args[at])? {
        Some(found) if !found.is_empty() => Ok(found),
        _ => Err(format!("argument {} must not be empty", at + 1)),
    }
}

/// A position or a length; a negative one is 0.
pub(super) fn count(args: Args<'_, '_, '_>, at: usize) -> Result<usize, String> {
    match args[at].downcast_ref::<CelInt>() {
        Some(number) => Ok(usize::try_from(*number.inner()).unwrap_or(0)),
        None => Err(format!("argument {} must be a whole number", at + 1)),
    }
}

/// The first argument's text, changed; null stays null.
pub(super) fn map_text<'c, 'v>(
    args: Args<'_, 'c, 'v>,
    change: impl FnOnce(&str) -> Result<String, String>,
) -> Answer<'c, 'v> {
    Ok(match text(&args[0])? {
        Some(text) => answer(change(&text)?),
        None => null(),
    })
}

/// The elements of a list; null is the empty list.
pub(super) fn elements<'s, 'v>(value: &'s CowVal<'_, 'v>) -> Result<Vec<&'s (dyn Val + 'v)>, String> {
    if let Some(list) = value.downcast_ref::<CelList>() {
        Ok(list.inner().iter().map(|element| element.as_ref()).collect())
    } else if value.downcast_ref::<CelNull>().is_some() {
        Ok(Vec::new())
    } else {
        Err(format!("it takes a list, not a {}", value.get_type().name()))
    }
}

/// A member of a map, if there is one and it is not null.
pub(super) fn member<'s, 'v>(value: &'s (dyn Val + 'v), name: &str) -> Option<CowVal<'s, 'v>> {
    let found = value.downcast_ref::<CelMap>()?.as_indexer()?.get(&CelString::from(name)).ok()?;
    found.downcast_ref::<CelNull>().is_none().then_some(found)
}
