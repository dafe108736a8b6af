//! Bulk requests (RFC 7644 section 3.7): what was sent, and in which order to run it.

mod order;

use serde_json::{Map, Value};

use crate::{BULK_REQUEST_URN, Error};
pub use order::{Links, Step, order, reference, references, resolve, take_manager};

/// A bulk request as it was sent.
#[derive(Debug)]
pub struct Request {
    /// Its operations, as they came.
    pub operations: Vec<Operation>,
    /// After so many failed operations (`failOnErrors`), the rest is left.
    pub most_errors: u64,
}

/// One operation as it was sent. What is wrong with it is found when it runs, and is its answer.
#[derive(Debug, Default)]
pub struct Operation {
    /// The method, in whatever case.
    pub method: String,
    /// The `bulkId`.
    pub name: Option<String>,
    /// The path below the base URL.
    pub path: String,
    /// The version that the resource must have.
    pub version: Option<String>,
    /// The body.
    pub data: Value,
}

impl Request {
    /// Read a request with at most `most` operations. Member names are caseless, unknown ones are passed over.
    ///
    /// # Errors
    /// `invalidSyntax` unless it is a bulk request, `invalidValue` for a wrong `failOnErrors`, 413 for more operations.
    pub fn read(body: Value, most: usize) -> Result<Request, Error> {
        let Value::Object(body) = body else { return Err(Error::invalid_syntax("a bulk request is a JSON object")) };
        crate::message::once_each(&body)?;
        let (mut operations, mut most_errors, mut is_bulk) = (None, u64::MAX, false);
        for (name, value) in body {
            match (name.to_ascii_lowercase().as_str(), value) {
                ("schemas", urns) => is_bulk = crate::message::names_schema(&urns, BULK_REQUEST_URN),
                ("operations", Value::Array(list)) => operations = Some(list),
                ("failonerrors", Value::Null) => {}
                ("failonerrors", value) => {
                    let count = value.as_u64().filter(|count| *count > 0);
                    most_errors =
                        count.ok_or_else(|| Error::invalid_value("failOnErrors must be a whole number from 1"))?;
                }
                _ => {}
            }
        }
        if !is_bulk {
            return Err(Error::invalid_syntax(format!("schemas must hold {BULK_REQUEST_URN}")));
        }
        let operations = operations.ok_or_else(|| Error::invalid_syntax("Operations must be a list"))?;
        if operations.len() > most {
            return Err(Error::too_large(format!("a bulk request may have at most {most} operations; none was run")));
        }
        Ok(Request { operations: operations.into_iter().map(Operation::read).collect(), most_errors })
    }
}

impl Operation {
    fn read(value: Value) -> Operation {
        let Value::Object(object) = value else { return Operation::read(Value::Object(Map::new())) };
        let mut operation = Operation::default();
        for (key, value) in object {
            match (key.to_ascii_lowercase().as_str(), value) {
                ("method", Value::String(text)) => operation.method = text,
                ("bulkid", Value::String(text)) => operation.name = Some(text),
                ("path", Value::String(text)) => operation.path = text,
                // A version that is no text is none that anything has.
                ("version", value) if !value.is_null() => {
                    operation.version = Some(value.as_str().unwrap_or_default().to_owned());
                }
                ("data", value) => operation.data = value,
                _ => {}
            }
        }
        operation
    }

    /// Whether this is its method.
    pub fn is(&self, method: &str) -> bool {
        self.method.eq_ignore_ascii_case(method)
    }
}
