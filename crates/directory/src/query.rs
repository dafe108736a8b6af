//! Filters as set algebra over indexes: AND is INTERSECT, OR is UNION, NOT is EXCEPT, each leaf one range. Ids
//! come first, then the documents. The obvious forms (EXISTS … AND EXISTS, IN … OR IN, join and order) each
//! collapse a thousandfold on one of the engines.
//!
//! What no index serves is left out: the set is then larger than the answer, and the pure `matches` decides.

use scim::{AttrPath, Compare, Filter, fold};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    Error, Kind, Tx,
    db::{Arg, Sql},
    id,
    schema::RecordType,
    values::{KEY_LENGTH, clip},
};

/// The records that a filter is about.
#[derive(Clone)]
pub(crate) struct Query<'a> {
    pub tenant: Uuid,
    pub source: Uuid,
    pub of: &'a RecordType,
    /// Indexed attributes of which the index holds only the beginning of some values: it can't tell what is further on
    /// in them. Asked by [`Query::look_for_cut`].
    pub cut: Vec<String>,
}

/// A key of fewer bytes than this is in the index as it is: one that is cut ends at a character, at most three bytes
/// before [`KEY_LENGTH`].
const WHOLE: usize = KEY_LENGTH - 3;

/// A set of ids as a SELECT, and whether it is the answer or only holds the answer.
pub(crate) struct Set {
    parts: Parts,
    pub exact: bool,
}

/// Text and values, kept apart until the whole statement is put together and the placeholders are numbered.
#[derive(Clone, Default)]
struct Parts(Vec<Part>);

#[derive(Clone)]
enum Part {
    Text(&'static str),
    Bind(Arg),
}

impl Parts {
    fn text(mut self, text: &'static str) -> Parts {
        self.0.push(Part::Text(text));
        self
    }

    fn bind(mut self, value: impl Into<Arg>) -> Parts {
        self.0.push(Part::Bind(value.into()));
        self
    }

    fn then(mut self, other: Parts) -> Parts {
        self.0.extend(other.0);
        self
    }
}

impl Set {
    /// Append this set to a statement.
    pub(crate) fn write(&self, sql: &mut Sql) {
        for part in &self.parts.0 {
            match part {
                Part::Text(text) => sql.push(text),
                Part::Bind(value) => sql.bind(value.clone()),
            };
        }
    }
}

impl Query<'_> {
    /// The set of ids that a resolved filter describes.
    pub(crate) fn set(&self, filter: &Filter) -> Set {
        match self.compile(filter) {
            Some(set) => set,
            None => Set { parts: self.all(), exact: false },
        }
    }

    /// Find out of which attributes, among those in which a filter looks for something (`co`, `ew`), some values are cut.
    pub(crate) async fn look_for_cut(&mut self, tx: &mut Tx, filter: &Filter) -> Result<(), Error> {
        let mut paths = Vec::new();
        searched(filter, None, &mut paths);
        for path in paths.into_iter().filter(|path| self.of.indexes(path)) {
            let mut sql = Sql::default();
            let long = self.values("SELECT owner AS id", &path).text(" AND octet_length(value) >= ");
            Set { parts: long.bind(WHOLE as i64).text(" LIMIT 1"), exact: true }.write(&mut sql);
            if !tx.rows_of::<(Uuid,)>(sql).await?.is_empty() {
                self.cut.push(path);
            }
        }
        Ok(())
    }

    /// A test on the values of an indexed attribute, and whether it is exact. Of what is cut more is found than fits.
    fn test(&self, path: &str, op: Compare, key: String) -> Option<(Parts, bool)> {
        let is_whole = key.len() < WHOLE;
        let op = match op {
            Compare::Gt if !is_whole => Compare::Ge,
            Compare::Lt if !is_whole => Compare::Le,
            op => op,
        };
        let range = range(op, &clip(key))?;
        if !matches!(op, Compare::Co | Compare::Ew) || !self.cut.iter().any(|cut| cut == path) {
            return Some((Parts::default().text(" AND value").then(range), is_whole));
        }
        let test = Parts::default().text(" AND (value").then(range).text(" OR octet_length(value) >= ");
        Some((test.bind(WHOLE as i64).text(")"), false))
    }

    /// `None`: no index helps.
    fn compile(&self, filter: &Filter) -> Option<Set> {
        match filter {
            Filter::And(parts) if parts.is_empty() => Some(everything(self)),
            Filter::Or(parts) if parts.is_empty() => Some(self.none()),
            Filter::And(parts) => {
                let compiled: Vec<_> = parts.iter().filter_map(|part| self.compile(part)).collect();
                let exact = compiled.len() == parts.len() && compiled.iter().all(|set| set.exact);
                combine(compiled, " INTERSECT ").map(|parts| Set { parts, exact })
            }
            Filter::Or(parts) => {
                let compiled: Vec<_> = parts.iter().map(|part| self.compile(part)).collect::<Option<_>>()?;
                let exact = compiled.iter().all(|set| set.exact);
                combine(compiled, " UNION ").map(|parts| Set { parts, exact })
            }
            Filter::Not(inner) => {
                let inner = self.compile(inner).filter(|set| set.exact)?;
                Some(self.all_but(inner.parts))
            }
            Filter::Compare { path, op: Compare::Ne, value } => {
                let equal = self.leaf(path, Compare::Eq, value).filter(|set| set.exact)?;
                Some(self.all_but(equal.parts))
            }
            Filter::Compare { path, op, value } => self.leaf(path, *op, value),
            Filter::Present(path) => self.present(path),
            Filter::Element { attr, filter } => self.element(attr, filter),
        }
    }

    fn records(&self) -> Parts {
        Parts::default()
            .text("SELECT id FROM records WHERE tenant = ")
            .bind(self.tenant)
            .text(" AND source = ")
            .bind(self.source)
            .text(" AND kind = ")
            .bind(self.of.kind.code())
    }

    fn all(&self) -> Parts {
        self.records()
    }

    fn none(&self) -> Set {
        Set { parts: Parts::default().text("SELECT id FROM records WHERE 1 = 0"), exact: true }
    }

    fn all_but(&self, inner: Parts) -> Set {
        let parts = Parts::default()
            .text("SELECT id FROM (")
            .then(self.all())
            .text(") AS every EXCEPT SELECT id FROM (")
            .then(inner)
            .text(") AS unwanted");
        Set { parts, exact: true }
    }

    fn column(&self, column: &'static str, test: Parts, exact: bool) -> Option<Set> {
        Some(Set { parts: self.records().text(" AND ").text(column).then(test), exact })
    }

    fn leaf(&self, path: &AttrPath, op: Compare, value: &Value) -> Option<Set> {
        let name = path.to_string();
        match (name.as_str(), value) {
            ("id", Value::String(text)) if op == Compare::Eq => match id::read(text) {
                Some(id) => self.column("id", Parts::default().text(" = ").bind(id), true),
                None => Some(self.none()),
            },
            ("meta.resourceType", Value::String(text)) if op == Compare::Eq => {
                Some(if *text == self.of.rt.id { everything(self) } else { self.none() })
            }
            ("active", Value::Bool(wanted)) if op == Compare::Eq && self.of.kind == Kind::User => {
                let test = if *wanted { " = TRUE" } else { " = FALSE" };
                self.column("active", Parts::default().text(test), true)
            }
            ("externalId", Value::String(text)) => self.column("external_id", range(op, text)?, true),
            ("meta.lastModified", Value::String(text)) => self.column("modified_at", instant(op, text)?, true),
            ("meta.created", Value::String(text)) => self.column("created_at", instant(op, text)?, true),
            ("members.value", Value::String(text)) if op == Compare::Eq && self.of.kind == Kind::Group => {
                Some(self.groups_with(text))
            }
            ("groups.value", Value::String(text)) if op == Compare::Eq && self.of.kind == Kind::User => {
                let Some(group) = id::read(text) else { return Some(self.none()) };
                Some(self.among(self.memberships("SELECT member_id FROM", " AND group_id = ", group)))
            }
            (name, Value::String(text)) if self.is_name(name) => {
                self.column("name_key", range(op, &fold::fold(text))?, true)
            }
            (name, value) => {
                let attribute = self.of.rt.attribute(path)?;
                let key = match op {
                    Compare::Sw | Compare::Co | Compare::Ew if !attribute.case_exact => fold::fold(value.as_str()?),
                    _ => fold::key(attribute, value)?,
                };
                self.indexed(name, Some((op, key)))
            }
        }
    }

    /// The attribute whose folded value is the column `name_key`.
    fn is_name(&self, name: &str) -> bool {
        matches!((self.of.kind, name), (Kind::User, "userName") | (Kind::Group, "displayName"))
    }

    /// The groups that have a member of this id, or that call one so.
    fn groups_with(&self, member: &str) -> Set {
        let named = Parts::default()
            .text("SELECT group_id FROM member_names WHERE member IS NOT NULL AND tenant = ")
            .bind(self.tenant)
            .text(" AND source = ")
            .bind(self.source)
            .text(" AND value = ")
            .bind(member)
            .text(" UNION SELECT group_id FROM member_names WHERE member IS NULL AND tenant = ")
            .bind(self.tenant)
            .text(" AND source = ")
            .bind(self.source)
            .text(" AND name_key = ")
            .bind(clip(fold::fold(member)))
            .text(" AND value = ")
            .bind(member);
        match id::read(member) {
            Some(id) => {
                let members = self.memberships("SELECT group_id FROM", " AND member_id = ", id);
                self.among(members.text(" UNION ").then(named))
            }
            None => self.among(named),
        }
    }

    fn memberships(&self, select: &'static str, and: &'static str, id: Uuid) -> Parts {
        Parts::default().text(select).text(" record_members WHERE tenant = ").bind(self.tenant).text(and).bind(id)
    }

    /// Within the records of this source: a group's id alone must not open another source's people.
    fn among(&self, ids: Parts) -> Set {
        Set { parts: self.records().text(" AND id IN (").then(ids).text(")"), exact: true }
    }

    fn values(&self, select: &'static str, path: &str) -> Parts {
        Parts::default()
            .text(select)
            .text(" FROM attribute_values WHERE tenant = ")
            .bind(self.tenant)
            .text(" AND scope = ")
            .bind(self.source)
            .text(" AND kind = ")
            .bind(self.of.kind.code())
            .text(" AND path = ")
            .bind(path)
    }

    /// A test on an indexed attribute; without one, whether it has any value.
    fn indexed(&self, path: &str, test: Option<(Compare, String)>) -> Option<Set> {
        if !self.of.indexes(path) {
            return None;
        }
        let parts = self.values("SELECT owner AS id", path);
        match test {
            None => Some(Set { parts, exact: true }),
            Some((op, key)) => {
                let (test, exact) = self.test(path, op, key)?;
                Some(Set { parts: parts.then(test), exact })
            }
        }
    }

    fn present(&self, path: &AttrPath) -> Option<Set> {
        match path.to_string().as_str() {
            "id" | "meta" | "meta.created" | "meta.lastModified" | "meta.resourceType" => {
                Some(Set { parts: self.all(), exact: true })
            }
            "externalId" => self.column("external_id", Parts::default().text(" IS NOT NULL"), true),
            name if self.is_name(name) => Some(Set { parts: self.all(), exact: true }),
            "emails" => self.indexed("emails.value", None).map(|set| Set { exact: false, ..set }),
            name => self.indexed(name, None).or_else(|| self.any_part(path)),
        }
    }

    /// Whether any part of a complex attribute has a value.
    fn any_part(&self, path: &AttrPath) -> Option<Set> {
        let parts = &self.of.rt.attribute(path)?.sub_attributes;
        let present = parts.iter().map(|part| self.indexed(&path.clone().with_sub(&part.name).to_string(), None));
        Some(Set { parts: combine(present.collect::<Option<_>>()?, " UNION ")?, exact: true })
    }

    /// All tests on the same element: owner and element number must agree.
    fn element(&self, attr: &AttrPath, filter: &Filter) -> Option<Set> {
        let terms = match filter {
            Filter::And(terms) => terms.as_slice(),
            one => std::slice::from_ref(one),
        };
        let mut sets = Vec::new();
        let mut exact = true;
        for term in terms {
            let set = match term {
                Filter::Compare { path, op, value } if *op != Compare::Ne => {
                    let path = attr.clone().with_sub(&path.attr);
                    if path.attr == "members" {
                        // A membership is one row, so its element needs no number.
                        return if terms.len() == 1 { self.leaf(&path, *op, value) } else { None };
                    }
                    let name = path.to_string();
                    let attribute = self.of.rt.attribute(&path)?;
                    let key = match op {
                        Compare::Sw | Compare::Co | Compare::Ew if !attribute.case_exact => {
                            value.as_str().map(fold::fold)
                        }
                        _ => fold::key(attribute, value),
                    };
                    match key {
                        Some(key) if self.of.indexes(&name) => self.test(&name, *op, key).map(|(test, is_exact)| {
                            exact &= is_exact;
                            self.values("SELECT owner AS id, element", &name).then(test)
                        }),
                        _ => None,
                    }
                }
                _ => None,
            };
            match set {
                Some(parts) => sets.push(parts),
                None => exact = false,
            }
        }
        let mut sets = sets.into_iter();
        let mut parts = Parts::default().text("SELECT id FROM (").then(sets.next()?);
        for set in sets {
            parts = parts.text(" INTERSECT ").then(set);
        }
        Some(Set { parts: parts.text(") AS elements"), exact })
    }
}

/// The attributes in whose values a filter looks for something.
fn searched(filter: &Filter, of: Option<&AttrPath>, paths: &mut Vec<String>) {
    match filter {
        Filter::And(parts) | Filter::Or(parts) => parts.iter().for_each(|part| searched(part, of, paths)),
        Filter::Not(inner) => searched(inner, of, paths),
        Filter::Element { attr, filter } => searched(filter, Some(attr), paths),
        Filter::Compare { path, op: Compare::Co | Compare::Ew, .. } => paths.push(match of {
            Some(of) => of.clone().with_sub(&path.attr).to_string(),
            None => path.to_string(),
        }),
        Filter::Compare { .. } | Filter::Present(_) => {}
    }
}

fn combine(sets: Vec<Set>, operator: &'static str) -> Option<Parts> {
    let mut sets = sets.into_iter();
    let first = sets.next()?;
    let rest: Vec<_> = sets.collect();
    if rest.is_empty() {
        return Some(first.parts);
    }
    // SQLite takes no brackets around the operands, so each is a table of its own.
    let mut parts = Parts::default().text("SELECT id FROM (").then(first.parts).text(") AS operand");
    for set in rest {
        parts = parts.text(operator).text("SELECT id FROM (").then(set.parts).text(") AS operand");
    }
    Some(parts)
}

/// A comparison of a key column as one range of its index.
fn range(op: Compare, key: &str) -> Option<Parts> {
    let parts = Parts::default();
    Some(match op {
        Compare::Eq => parts.text(" = ").bind(key),
        Compare::Gt => parts.text(" > ").bind(key),
        Compare::Ge => parts.text(" >= ").bind(key),
        Compare::Lt => parts.text(" < ").bind(key),
        Compare::Le => parts.text(" <= ").bind(key),
        Compare::Sw => match after(key) {
            Some(end) => parts.text(" BETWEEN ").bind(key).text(" AND ").bind(end),
            None => parts.text(" >= ").bind(key),
        },
        Compare::Co => parts.text(" LIKE ").bind(format!("%{}%", escape(key))).text(" ESCAPE '\\'"),
        Compare::Ew => parts.text(" LIKE ").bind(format!("%{}", escape(key))).text(" ESCAPE '\\'"),
        Compare::Ne => return None,
    })
}

/// The last text that begins with `prefix`, for BETWEEN: the prefix followed by the greatest character.
fn after(prefix: &str) -> Option<String> {
    (!prefix.is_empty()).then(|| format!("{prefix}{}", char::MAX))
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

fn instant(op: Compare, text: &str) -> Option<Parts> {
    let millis = fold::millis(text)?;
    let parts = Parts::default();
    Some(match op {
        Compare::Eq => parts.text(" = ").bind(millis),
        // Both ends: of an open range SQLite expects a fourth of everything, and would walk through all of it.
        Compare::Gt => parts.text(" BETWEEN ").bind(millis.saturating_add(1)).text(" AND ").bind(i64::MAX),
        Compare::Ge => parts.text(" BETWEEN ").bind(millis).text(" AND ").bind(i64::MAX),
        Compare::Lt => parts.text(" BETWEEN ").bind(i64::MIN).text(" AND ").bind(millis.saturating_sub(1)),
        Compare::Le => parts.text(" BETWEEN ").bind(i64::MIN).text(" AND ").bind(millis),
        _ => return None,
    })
}

/// The statement that gives one page of ids of a set, in the order of ids, from behind an id on.
pub(crate) fn page(set: &Set, after: Option<Uuid>, limit: i64, offset: i64) -> Sql {
    let mut sql = Sql::new("SELECT id FROM (");
    set.write(&mut sql);
    sql.push(") AS chosen");
    if let Some(after) = after {
        sql.push(" WHERE id > ").bind(after);
    }
    sql.push(" GROUP BY id ORDER BY id LIMIT ");
    sql.bind(limit).push(" OFFSET ").bind(offset);
    sql
}

impl Query<'_> {
    /// The statement that gives one page of ids, of a set or of everything, in the order of a column of `records`.
    pub(crate) fn in_order(&self, set: Option<&Set>, by: (&'static str, bool), limit: i64, offset: i64) -> Sql {
        let mut sql = Sql::default();
        Set { parts: self.records(), exact: true }.write(&mut sql);
        if let Some(set) = set {
            sql.push(" AND id IN (SELECT id FROM (");
            set.write(&mut sql);
            sql.push(") AS chosen)");
        }
        let (column, descending) = by;
        let direction = if descending { " DESC" } else { "" };
        sql.push(" ORDER BY ").push(column).push(direction);
        if column != "id" {
            sql.push(", id").push(direction);
        }
        sql.push(" LIMIT ").bind(limit).push(" OFFSET ").bind(offset);
        sql
    }
}

/// The statement that counts a set.
pub(crate) fn count(set: &Set) -> Sql {
    let mut sql = Sql::new("SELECT COUNT(DISTINCT id) FROM (");
    set.write(&mut sql);
    sql.push(") AS chosen");
    sql
}

/// A short form for tests and callers that only have pieces.
pub(crate) fn everything(query: &Query) -> Set {
    Set { parts: query.all(), exact: true }
}
