//! One page of a list.

use scim::Object;
use serde_json::Value;

use crate::answer::member;

/// One page of a `ListResponse` (RFC 7644 section 3.4.2, RFC 9865).
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The resources, in the application's order.
    pub resources: Vec<Object>,
    /// How many there are in all, if the application says so.
    pub total: Option<u64>,
    /// Where the next page begins; `None` at the end, or without cursors.
    pub next_cursor: Option<String>,
}

impl Page {
    /// Reads a page, with names in any case (`resources`). No row is ever left out silently: who
    /// counts on the list to be whole would take its subject for deleted.
    ///
    /// # Errors
    /// Why the message is no list, in words.
    pub(crate) fn read(mut list: Object) -> Result<Self, String> {
        let total = member(&list, "totalResults").and_then(|v| match v {
            Value::Number(n) => n.as_u64(),
            Value::String(s) => s.trim().parse().ok(),
            _ => None,
        });
        let next_cursor =
            member(&list, "nextCursor").and_then(Value::as_str).filter(|c| !c.is_empty()).map(str::to_owned);
        let key = list.keys().find(|key| key.eq_ignore_ascii_case("Resources")).cloned();
        let rows = match key.and_then(|key| list.swap_remove(&key)) {
            Some(Value::Array(rows)) => rows,
            // RFC 7644 asks for it only when there is something in it.
            None | Some(Value::Null) if total.is_some() => Vec::new(),
            None | Some(Value::Null) => {
                return Err("it has neither Resources nor totalResults".to_owned());
            }
            Some(_) => return Err("its Resources are no array".to_owned()),
        };
        let resources = rows
            .into_iter()
            .map(|row| match row {
                Value::Object(row) => Ok(row),
                _ => Err("one of its Resources is no object".to_owned()),
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { resources, total, next_cursor })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(list: Value) -> Result<Page, String> {
        Page::read(list.as_object().unwrap().clone())
    }

    #[test]
    fn lists_as_they_come() {
        let page = read(json!({"totalResults": 7, "Resources": [{"id": "1"}], "nextCursor": "x"})).unwrap();
        assert_eq!((page.resources.len(), page.total, page.next_cursor.as_deref()), (1, Some(7), Some("x")));
        let page = read(json!({"resources": [], "nextCursor": ""})).unwrap();
        assert_eq!((page.resources.len(), page.total, page.next_cursor), (0, None, None));
        assert_eq!(read(json!({"totalResults": "0"})).unwrap().total, Some(0));
    }

    #[test]
    fn what_is_no_list() {
        for list in [
            json!({}),
            json!({"id": "1"}),
            json!({"Resources": {}}),
            json!({"totalResults": 1, "Resources": [1]}),
            json!({"Resources": null}),
        ] {
            assert!(read(list.clone()).is_err(), "{list}");
        }
    }
}
