//! What stands in the way of a change of definitions: resources that would be wrong by the new ones.
//!
//! Every attribute that an administrator defines has all its values in the index from the day it exists, because
//! before that day it was not accepted. So the index alone can tell, and no document is read.

use scim::{AttrPath, Attribute, Mutability, Returned, Schema, Uniqueness, fold};

use super::{RecordType, count_records, leaves};
use crate::{Error, Tx, db::Sql, values};

/// Why a change can't be made. Nothing when no resource is in its way.
#[derive(Debug, Default)]
pub(super) struct Obstacles(Vec<(String, i64)>);

impl Obstacles {
    /// So many resources are in the way of this, being `which`.
    pub(super) fn add(&mut self, count: i64, what: impl std::fmt::Display, which: &str) {
        if count > 0 {
            let noun = if count == 1 { "resource" } else { "resources" };
            self.0.push((format!("{what} ({count} {noun} {which})"), count));
        }
    }

    /// # Errors
    /// `InUse` with everything that is in the way, and the greatest of the counts.
    pub(super) fn check(self) -> Result<(), Error> {
        let Some(count) = self.0.iter().map(|(_, count)| *count).max() else { return Ok(()) };
        let lines: Vec<_> = self.0.into_iter().map(|(line, _)| line).collect();
        Err(Error::InUse { detail: format!("resources are in the way: {}", lines.join("; ")), count })
    }
}

/// The resources of one type, of all sources, to be counted.
pub(super) struct Census<'a> {
    pub of: &'a RecordType,
}

impl Census<'_> {
    /// All of them.
    pub(super) async fn all(&self, tx: &mut Tx) -> Result<i64, Error> {
        Ok(count_records(tx).await?.get(&self.of.kind.code()).copied().unwrap_or(0))
    }

    /// Those with something of an extension.
    pub(super) async fn holding_extension(&self, tx: &mut Tx, urn: &str) -> Result<i64, Error> {
        let of_extension = |path: &&str| path.strip_prefix(urn).is_some_and(|rest| rest.starts_with(':'));
        let paths: Vec<_> =
            self.of.indexed.iter().map(String::as_str).filter(of_extension).map(str::to_owned).collect();
        self.holding(tx, &paths).await
    }

    /// Those with a value of any of these attributes.
    async fn holding(&self, tx: &mut Tx, paths: &[String]) -> Result<i64, Error> {
        if paths.is_empty() {
            return Ok(0);
        }
        let mut sql = Sql::new("SELECT COUNT(DISTINCT owner) FROM attribute_values WHERE ");
        self.among(&mut sql, tx, paths);
        count(tx, sql).await
    }

    /// Those with a value of this attribute that is none of the allowed ones.
    async fn holding_others(&self, tx: &mut Tx, path: String, allowed: &[String]) -> Result<i64, Error> {
        let mut sql = Sql::new("SELECT COUNT(DISTINCT owner) FROM attribute_values WHERE ");
        self.among(&mut sql, tx, &[path]);
        sql.push(" AND value NOT IN (").bind_all(allowed.iter()).push(")");
        count(tx, sql).await
    }

    /// Those with an object that has some of these parts and not this one.
    async fn lacking_part(&self, tx: &mut Tx, parts: &[String], part: String) -> Result<i64, Error> {
        let mut sql = Sql::new("SELECT COUNT(DISTINCT owner) FROM (SELECT owner, element FROM attribute_values WHERE ");
        self.among(&mut sql, tx, parts);
        sql.push(" EXCEPT SELECT owner, element FROM attribute_values WHERE ");
        self.among(&mut sql, tx, &[part]);
        sql.push(") AS lacking");
        count(tx, sql).await
    }

    fn among(&self, sql: &mut Sql, tx: &Tx, paths: &[String]) {
        let tenant = tx.tenant().id();
        sql.push("tenant = ").bind(tenant);
        sql.push(" AND scope IN (SELECT id FROM sources WHERE tenant = ").bind(tenant);
        sql.push(") AND kind = ").bind(self.of.kind.code());
        sql.push(" AND path IN (").bind_all(paths.iter()).push(")");
    }

    /// What keeps a schema of this type from becoming another.
    pub(super) async fn compare(
        &self,
        tx: &mut Tx,
        old: &Schema,
        new: &Schema,
        obstacles: &mut Obstacles,
    ) -> Result<(), Error> {
        // Where an extension may be absent, its required attributes are asked only of those that have it.
        let optional = self.of.rt.extensions.iter().any(|e| e.schema.id == old.id && !e.required);
        let holders = if optional { self.holding_extension(tx, &old.id).await? } else { self.all(tx).await? };
        for before in &old.attributes {
            let after = find(&new.attributes, before);
            self.compare_attribute(tx, &self.of.path(old, before), before, after, obstacles).await?;
        }
        for after in new.attributes.iter().filter(|after| after.required) {
            let before = find(&old.attributes, after);
            if before.is_none_or(|before| !before.required) {
                let path = self.of.path(old, after);
                let held = match before {
                    Some(before) => self.holding(tx, &leaf_paths(before, &path)).await?,
                    None => 0,
                };
                obstacles.add(holders - held, format_args!("{path} becomes required"), "without a value");
            }
        }
        Ok(())
    }

    async fn compare_attribute(
        &self,
        tx: &mut Tx,
        path: &AttrPath,
        before: &Attribute,
        after: Option<&Attribute>,
        obstacles: &mut Obstacles,
    ) -> Result<(), Error> {
        let paths = leaf_paths(before, path);
        let Some(after) = after.filter(|after| replaced(before, after).is_none()) else {
            let why = after.and_then(|after| replaced(before, after)).unwrap_or("is taken away");
            obstacles.add(self.holding(tx, &paths).await?, format_args!("{path} {why}"), "with a value");
            return Ok(());
        };
        let allowed = &after.canonical_values;
        if !allowed.is_empty() && before.canonical_values != *allowed {
            let key = |value: &String| values::clip(if after.case_exact { value.clone() } else { fold::fold(value) });
            let allowed: Vec<_> = allowed.iter().map(key).collect();
            let others = self.holding_others(tx, path.to_string(), &allowed).await?;
            obstacles.add(others, format_args!("{path} allows other values"), "with a value that it does not");
        }
        for part in &before.sub_attributes {
            let after = find(&after.sub_attributes, part);
            let path = path.clone().with_sub(&part.name);
            Box::pin(self.compare_attribute(tx, &path, part, after, obstacles)).await?;
        }
        for part in after.sub_attributes.iter().filter(|part| part.required) {
            let known = find(&before.sub_attributes, part);
            if known.is_none_or(|known| !known.required) {
                let path = path.clone().with_sub(&part.name).to_string();
                let lacking = match known {
                    Some(_) => self.lacking_part(tx, &paths, path.clone()).await?,
                    None => self.holding(tx, &paths).await?,
                };
                obstacles.add(lacking, format_args!("{path} becomes required"), "without a value");
            }
        }
        Ok(())
    }
}

/// The same attribute, letter by letter: documents have it under this name.
fn find<'a>(attributes: &'a [Attribute], like: &Attribute) -> Option<&'a Attribute> {
    attributes.iter().find(|attribute| attribute.name == like.name)
}

/// Why values of the one attribute are none of the other; nothing if they are.
fn replaced(before: &Attribute, after: &Attribute) -> Option<&'static str> {
    let hidden = |a: &Attribute| a.returned == Returned::Never || a.mutability == Mutability::WriteOnly;
    let unique = |a: &Attribute| a.uniqueness != Uniqueness::None;
    if after.kind != before.kind {
        Some("gets another type")
    } else if after.multi_valued != before.multi_valued {
        Some("changes between one value and a list")
    } else if after.case_exact != before.case_exact {
        Some("is compared in another way")
    } else if hidden(after) && !hidden(before) {
        Some("is not kept any more")
    } else if unique(after) && !unique(before) {
        Some("becomes unique")
    } else {
        None
    }
}

/// The paths under which an attribute's values stand in the index.
fn leaf_paths(attribute: &Attribute, path: &AttrPath) -> Vec<String> {
    let mut paths = Vec::new();
    leaves(attribute, path, &mut |_, path| paths.push(path.to_string()));
    paths
}

async fn count(tx: &mut Tx, sql: Sql) -> Result<i64, Error> {
    let rows: Vec<(i64,)> = tx.rows_of(sql).await?;
    Ok(rows.first().map_or(0, |(count,)| *count))
}
