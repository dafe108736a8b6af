//! Membership of group records: rows, so that adding one member costs the same in a group of five and of 100,000.

use scim::{Attribute, ElementChange, Filter, Object};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

use crate::{
    Error, Kind, Tx,
    db::{BATCH, Sql, args},
};

/// What a group's membership became, compared with what it was.
#[derive(Debug, Default)]
pub(crate) struct Delta {
    added: BTreeMap<Uuid, Kind>,
    removed: BTreeMap<Uuid, Kind>,
}

impl Delta {
    pub(crate) fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }

    /// By how much the number of members changed.
    pub(crate) fn growth(&self) -> i64 {
        let length = |map: &BTreeMap<Uuid, Kind>| i64::try_from(map.len()).unwrap_or(i64::MAX);
        length(&self.added) - length(&self.removed)
    }

    /// For the audit trail: whose records came and went, the first hundred of each by id.
    pub(crate) fn summary(&self) -> Value {
        let ids = |members: &BTreeMap<Uuid, Kind>| members.keys().take(100).map(Uuid::to_string).collect::<Vec<_>>();
        serde_json::json!({
            "added": ids(&self.added), "addedCount": self.added.len(),
            "removed": ids(&self.removed), "removedCount": self.removed.len(),
        })
    }

    fn add(&mut self, rows: Vec<(Uuid, i64)>) {
        for (member, kind) in rows {
            if self.removed.remove(&member).is_none() {
                self.added.insert(member, Kind::from_code(kind));
            }
        }
    }

    fn remove(&mut self, rows: Vec<(Uuid, i64)>) {
        for (member, kind) in rows {
            if self.added.remove(&member).is_none() {
                self.removed.insert(member, Kind::from_code(kind));
            }
        }
    }

    /// The same in the directory's terms: users and groups instead of records. Records that belong to nobody yet
    /// have no part in it.
    pub(crate) async fn subjects(&self, tx: &mut Tx) -> Result<[Vec<(Uuid, Kind)>; 2], Error> {
        let all: Vec<_> = self.added.keys().chain(self.removed.keys()).copied().collect();
        let mut subjects = HashMap::new();
        for ids in all.chunks(BATCH) {
            let mut sql = Sql::new("SELECT id, subject FROM records WHERE subject IS NOT NULL AND tenant = ");
            sql.bind(tx.tenant().id()).push(" AND id IN (").bind_all(ids.iter()).push(")");
            subjects.extend(tx.rows_of::<(Uuid, Uuid)>(sql).await?);
        }
        let translate = |members: &BTreeMap<Uuid, Kind>| {
            members.iter().filter_map(|(id, kind)| subjects.get(id).map(|subject| (*subject, *kind))).collect()
        };
        Ok([translate(&self.added), translate(&self.removed)])
    }
}

/// A group record whose membership changes.
#[derive(Clone, Copy)]
pub(crate) struct Membership {
    pub source: Uuid,
    pub group: Uuid,
}

impl Membership {
    /// Carry out changes of `members`, one after the other.
    pub(crate) async fn apply(&self, tx: &mut Tx, changes: Vec<ElementChange>) -> Result<Delta, Error> {
        let mut delta = Delta::default();
        for change in changes {
            match change {
                ElementChange::Add(members) => {
                    let members = self.check(tx, &values(&members)?).await?;
                    delta.add(self.insert(tx, &members).await?);
                }
                ElementChange::Remove(values) => {
                    let ids: Vec<_> = values.iter().filter_map(|value| Uuid::parse_str(value).ok()).collect();
                    delta.remove(self.delete(tx, &ids).await?);
                }
                ElementChange::RemoveWhere(filter) => {
                    let ids = match by_value(&filter) {
                        Some(ids) => ids,
                        None => self.matching(tx, &filter).await?,
                    };
                    delta.remove(self.delete(tx, &ids).await?);
                }
                ElementChange::ReplaceAll(members) => self.replace(tx, &values(&members)?, &mut delta).await?,
                ElementChange::Clear => delta.remove(self.clear(tx).await?),
            }
        }
        Ok(delta)
    }

    async fn replace(&self, tx: &mut Tx, wanted: &[Uuid], delta: &mut Delta) -> Result<(), Error> {
        let have: BTreeSet<Uuid> = list(tx, self.group, i64::MAX).await?.into_iter().map(|(id, _)| id).collect();
        let wanted: BTreeSet<Uuid> = wanted.iter().copied().collect();
        let added: Vec<_> = wanted.difference(&have).copied().collect();
        let removed: Vec<_> = have.difference(&wanted).copied().collect();
        let added = self.check(tx, &added).await?;
        delta.remove(self.delete(tx, &removed).await?);
        delta.add(self.insert(tx, &added).await?);
        Ok(())
    }

    /// The members as rows, after making sure that each is a record of the same source and no group ends up
    /// inside itself. An unknown id and another tenant's id get the same answer.
    async fn check(&self, tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<(Uuid, Kind)>, Error> {
        let mut kinds: HashMap<Uuid, i64> = HashMap::new();
        for ids in ids.chunks(BATCH) {
            let mut sql = Sql::new("SELECT id, kind FROM records WHERE tenant = ");
            sql.bind(tx.tenant().id()).push(" AND source = ").bind(self.source);
            sql.push(" AND id IN (").bind_all(ids.iter()).push(")");
            kinds.extend(tx.rows_of::<(Uuid, i64)>(sql).await?);
        }
        let mut members = Vec::with_capacity(ids.len());
        for id in ids {
            let kind = kinds.get(id).ok_or_else(|| unknown(&id.to_string()))?;
            members.push((*id, Kind::from_code(*kind)));
        }
        let groups: Vec<_> = members.iter().filter(|(_, kind)| *kind == Kind::Group).map(|(id, _)| *id).collect();
        if !groups.is_empty() {
            let above = self.above(tx).await?;
            if let Some(inner) = groups.iter().find(|inner| **inner == self.group || above.contains(inner)) {
                return Err(scim::Error::invalid_value(format!(
                    "group {inner} can't be a member of {}: it holds it already, which would be a cycle",
                    self.group
                ))
                .into());
            }
        }
        Ok(members)
    }

    /// Every group record that holds this one.
    async fn above(&self, tx: &mut Tx) -> Result<BTreeSet<Uuid>, Error> {
        let tenant = tx.tenant().id();
        let rows: Vec<(Uuid,)> = tx
            .rows(
                "WITH RECURSIVE above (id) AS (
                   SELECT group_id FROM record_members WHERE tenant = $1 AND member_id = $2
                   UNION SELECT m.group_id FROM above JOIN record_members m ON m.member_id = above.id WHERE m.tenant = $1)
                 SELECT id FROM above",
                args![tenant, self.group],
            )
            .await?;
        Ok(rows.into_iter().map(|(id,)| id).collect())
    }

    async fn insert(&self, tx: &mut Tx, members: &[(Uuid, Kind)]) -> Result<Vec<(Uuid, i64)>, Error> {
        let tenant = tx.tenant().id();
        let mut inserted = Vec::new();
        for members in members.chunks(BATCH) {
            let mut sql = Sql::new("INSERT INTO record_members (tenant, group_id, member_id, member_kind) VALUES ");
            sql.bind_rows(members.iter().map(|(id, kind)| args![tenant, self.group, id, kind.code()]));
            sql.push(" ON CONFLICT (tenant, group_id, member_id) DO NOTHING RETURNING member_id, member_kind");
            inserted.extend(tx.rows_of::<(Uuid, i64)>(sql).await?);
        }
        Ok(inserted)
    }

    async fn delete(&self, tx: &mut Tx, members: &[Uuid]) -> Result<Vec<(Uuid, i64)>, Error> {
        let mut deleted = Vec::new();
        for members in members.chunks(BATCH) {
            let mut sql = Sql::new("DELETE FROM record_members WHERE tenant = ");
            sql.bind(tx.tenant().id()).push(" AND group_id = ").bind(self.group);
            sql.push(" AND member_id IN (").bind_all(members.iter()).push(") RETURNING member_id, member_kind");
            deleted.extend(tx.rows_of::<(Uuid, i64)>(sql).await?);
        }
        Ok(deleted)
    }

    async fn clear(&self, tx: &mut Tx) -> Result<Vec<(Uuid, i64)>, Error> {
        let tenant = tx.tenant().id();
        Ok(tx
            .rows(
                "DELETE FROM record_members WHERE tenant = $1 AND group_id = $2 RETURNING member_id, member_kind",
                args![tenant, self.group],
            )
            .await?)
    }

    /// Members that an unusual filter describes: looked at one by one.
    async fn matching(&self, tx: &mut Tx, filter: &Filter) -> Result<Vec<Uuid>, Error> {
        let Some(attribute) = members_attribute() else { return Ok(Vec::new()) };
        let members = list(tx, self.group, i64::MAX).await?;
        Ok(members
            .into_iter()
            .filter(|(id, kind)| filter.matches_element(&element(*id, *kind), attribute))
            .map(|(id, _)| id)
            .collect())
    }
}

fn members_attribute() -> Option<&'static Attribute> {
    scim::ResourceType::group().attribute(&scim::AttrPath::core("members"))
}

fn element(id: Uuid, kind: Kind) -> Object {
    let mut element = Object::new();
    element.insert("value".into(), id.to_string().into());
    element.insert("type".into(), kind.resource_type().id.clone().into());
    element
}

fn unknown(value: &str) -> Error {
    scim::Error::invalid_value(format!("members: there is no user or group {value:?} in this source")).into()
}

/// The ids that member elements name. An id is what we gave out, letter by letter.
fn values(members: &[Object]) -> Result<Vec<Uuid>, Error> {
    let mut ids = Vec::with_capacity(members.len());
    let mut seen = BTreeSet::new();
    for member in members {
        let value = member.get("value").and_then(Value::as_str).unwrap_or_default();
        let id = Uuid::parse_str(value).map_err(|_| unknown(value))?;
        if seen.insert(id) {
            ids.push(id);
        }
    }
    Ok(ids)
}

/// `value eq "a" or value eq "b"`, the filters that clients send.
fn by_value(filter: &Filter) -> Option<Vec<Uuid>> {
    match filter {
        Filter::Compare { path, op: scim::Compare::Eq, value: Value::String(text) } if path.attr == "value" => {
            Some(Uuid::parse_str(text).into_iter().collect())
        }
        Filter::Or(parts) => parts.iter().map(by_value).collect::<Option<Vec<_>>>().map(|ids| ids.concat()),
        _ => None,
    }
}

/// A group record's members in the order of ids, at most `limit`.
pub async fn list(tx: &mut Tx, group: Uuid, limit: i64) -> Result<Vec<(Uuid, Kind)>, Error> {
    let tenant = tx.tenant().id();
    let rows: Vec<(Uuid, i64)> = tx
        .rows(
            "SELECT member_id, member_kind FROM record_members WHERE tenant = $1 AND group_id = $2 ORDER BY member_id LIMIT $3",
            args![tenant, group, limit],
        )
        .await?;
    Ok(rows.into_iter().map(|(id, kind)| (id, Kind::from_code(kind))).collect())
}

/// The members of several group records.
pub async fn list_all(tx: &mut Tx, groups: &[Uuid]) -> Result<HashMap<Uuid, Vec<(Uuid, Kind)>>, Error> {
    let mut found: HashMap<Uuid, Vec<(Uuid, Kind)>> = HashMap::new();
    for groups in groups.chunks(BATCH) {
        let mut sql = Sql::new("SELECT group_id, member_id, member_kind FROM record_members WHERE tenant = ");
        sql.bind(tx.tenant().id()).push(" AND group_id IN (").bind_all(groups.iter());
        sql.push(") ORDER BY group_id, member_id");
        for (group, member, kind) in tx.rows_of::<(Uuid, Uuid, i64)>(sql).await? {
            found.entry(group).or_default().push((member, Kind::from_code(kind)));
        }
    }
    Ok(found)
}

/// The group records that each of these records is a direct member of, with their names.
pub async fn groups_of(tx: &mut Tx, members: &[Uuid]) -> Result<HashMap<Uuid, Vec<(Uuid, String)>>, Error> {
    let mut found: HashMap<Uuid, Vec<(Uuid, String)>> = HashMap::new();
    for members in members.chunks(BATCH) {
        let mut sql = Sql::new(
            "SELECT m.member_id, r.id, g.display_name FROM record_members m
             JOIN records r ON r.tenant = m.tenant AND r.id = m.group_id
             JOIN groups g ON g.tenant = r.tenant AND g.id = r.subject WHERE m.tenant = ",
        );
        sql.bind(tx.tenant().id()).push(" AND m.member_id IN (").bind_all(members.iter());
        sql.push(") ORDER BY m.member_id, r.id");
        for (member, group, name) in tx.rows_of::<(Uuid, Uuid, String)>(sql).await? {
            found.entry(member).or_default().push((group, name));
        }
    }
    Ok(found)
}
