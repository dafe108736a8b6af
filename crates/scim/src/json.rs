//! Hostile bytes to a JSON value.
//!
//! `serde_json` on its own keeps the last of two equal keys, nests 128 deep, and lets arrays grow as long as
//! the body is. Limits are checked while reading, so that nothing is built only to be refused.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::Error;

/// How much structure one body may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Objects and arrays inside each other.
    pub depth: usize,
    /// Keys of one object.
    pub keys: usize,
    /// Elements of one array. Beyond a raised limit the answer is 413, beyond the default 400.
    pub array: usize,
}

const ARRAY: usize = 10_000;

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 32, keys: 1_000, array: ARRAY }
    }
}

impl Limits {
    /// For groups, whose `members` may be many: 100,000.
    pub fn groups() -> Self {
        Self { array: 100_000, ..Self::default() }
    }
}

/// Reads one JSON value and nothing after it. Duplicate keys (of the same case), non-numbers, numbers out of
/// range, a byte order mark and broken UTF-8 are refused.
///
/// # Errors
/// 400 `invalidSyntax`; 413 for an array beyond a raised limit.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Value, Error> {
    let too_long = Cell::new(false);
    let mut source = serde_json::Deserializer::from_slice(bytes);
    let seed = Seed { limits, depth: 0, too_long: &too_long };
    let value = seed.deserialize(&mut source).and_then(|v| source.end().map(|()| v));
    value.map_err(|e| {
        if too_long.get() && limits.array > ARRAY {
            Error::too_large(format!("an array may have at most {} elements", limits.array))
        } else {
            Error::invalid_syntax(format!("the body is not usable JSON: {e}"))
        }
    })
}

#[derive(Clone, Copy)]
struct Seed<'a> {
    limits: &'a Limits,
    depth: usize,
    too_long: &'a Cell<bool>,
}

impl Seed<'_> {
    fn inside<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth >= self.limits.depth {
            return Err(E::custom(format_args!("nested deeper than {}", self.limits.depth)));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, d: D) -> Result<Value, D::Error> {
        d.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, v: bool) -> Result<Value, E> {
        Ok(v.into())
    }

    fn visit_i64<E>(self, v: i64) -> Result<Value, E> {
        Ok(v.into())
    }

    fn visit_u64<E>(self, v: u64) -> Result<Value, E> {
        Ok(v.into())
    }

    fn visit_f64<E: serde::de::Error>(self, v: f64) -> Result<Value, E> {
        serde_json::Number::from_f64(v).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, v: &str) -> Result<Value, E> {
        Ok(v.into())
    }

    fn visit_string<E>(self, v: String) -> Result<Value, E> {
        Ok(v.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut list = Vec::new();
        while let Some(value) = seq.next_element_seed(inside)? {
            if list.len() >= self.limits.array {
                self.too_long.set(true);
                return Err(A::Error::custom(format_args!("an array has more than {} elements", self.limits.array)));
            }
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut object = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if object.len() >= self.limits.keys {
                return Err(A::Error::custom(format_args!("an object has more than {} keys", self.limits.keys)));
            }
            if object.insert(key, map.next_value_seed(inside)?).is_some() {
                return Err(A::Error::custom("an object has the same key twice"));
            }
        }
        Ok(Value::Object(object))
    }
}
