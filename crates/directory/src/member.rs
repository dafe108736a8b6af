//! Membership of group records: rows, so that adding one member costs the same in a group of five and of 100,000.

mod name;

pub(crate) use name::waiting_for;
pub use name::{PendingMember, WaitingGroup, pending_count, pending_count_in, pending_of, waiting_groups};

use scim::{ElementChange, Filter, Object};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

use crate::{
    Error, Kind, Millis, Tx,
    db::{BATCH, Sql, args},
    id,
    record::Turn,
};
use name::{Meanings, Named, Names, Wanted};

/// A member of a group record, as its source sees it.
#[derive(Clone, Debug)]
pub struct Member {
    /// The record; none while it is pending.
    pub record: Option<(Uuid, Kind)>,
    /// What the source calls it, if that is not the record's id.
    pub name: Option<String>,
    /// `User` or `Group`, as the source said of a pending one.
    pub type_stated: Option<String>,
}

impl Member {
    /// The element of `members` that stands for it, without `$ref`.
    pub fn element(&self) -> Object {
        let mut element = Object::new();
        let value = self.name.clone().or(self.record.map(|(id, _)| id.to_string()));
        element.insert("value".into(), value.unwrap_or_default().into());
        if let Some(word) = self.type_word() {
            element.insert("type".into(), word.into());
        }
        element
    }

    /// `User` or `Group`, as far as it is known.
    pub fn type_word(&self) -> Option<&str> {
        self.record.map(|(_, kind)| kind.member_type()).or(self.type_stated.as_deref())
    }
}

/// What a group's membership became, compared with what it was.
#[derive(Debug, Default)]
pub(crate) struct Delta {
    added: BTreeMap<Uuid, Kind>,
    removed: BTreeMap<Uuid, Kind>,
    /// Names of members that have not arrived.
    awaited: BTreeSet<String>,
    /// Names that nobody waits for any more.
    settled: BTreeSet<String>,
    /// A member has another name.
    renamed: bool,
}

impl Delta {
    pub(crate) fn is_empty(&self) -> bool {
        let same = self.added.is_empty() && self.removed.is_empty();
        same && self.awaited.is_empty() && self.settled.is_empty() && !self.renamed
    }

    /// By how much the number of members changed, pending ones included.
    pub(crate) fn growth(&self) -> i64 {
        let length = |length: usize| i64::try_from(length).unwrap_or(i64::MAX);
        length(self.added.len()) - length(self.removed.len()) + length(self.awaited.len()) - length(self.settled.len())
    }

    /// For the audit trail: whose records came and went and who is awaited, the first hundred of each.
    pub(crate) fn summary(&self) -> Value {
        let ids = |members: &BTreeMap<Uuid, Kind>| members.keys().take(100).map(Uuid::to_string).collect::<Vec<_>>();
        let mut summary = serde_json::json!({
            "added": ids(&self.added), "addedCount": self.added.len(),
            "removed": ids(&self.removed), "removedCount": self.removed.len(),
        });
        for (what, count, names) in
            [("awaited", "awaitedCount", &self.awaited), ("settled", "settledCount", &self.settled)]
        {
            if !names.is_empty() {
                summary[what] = names.iter().take(100).cloned().collect();
                summary[count] = names.len().into();
            }
        }
        summary
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

    fn expect(&mut self, names: Names) {
        for (name, member) in names {
            if member.is_none() && !self.settled.remove(&name) {
                self.awaited.insert(name);
            }
        }
    }

    fn settle(&mut self, names: &[(String, Option<Uuid>)]) {
        for (name, _) in names.iter().filter(|(_, member)| member.is_none()) {
            if !self.awaited.remove(name) {
                self.settled.insert(name.clone());
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
pub(crate) struct Membership<'a> {
    pub source: Uuid,
    pub group: Uuid,
    /// Whoever is not there yet is awaited; else refused.
    pub pending: bool,
    pub now: Millis,
    /// Who notes that somebody is awaited, or nests groups, does it alone.
    pub turn: &'a Turn,
}

impl Membership<'_> {
    /// Carry out changes of `members`, one after the other.
    pub(crate) async fn apply(&self, tx: &mut Tx, changes: Vec<ElementChange>) -> Result<Delta, Error> {
        let mut delta = Delta::default();
        for change in changes {
            match change {
                ElementChange::Add(members) => self.add(tx, &name::named(&members)?, &mut delta).await?,
                ElementChange::Remove(values) => self.remove(tx, &values, &mut delta).await?,
                ElementChange::RemoveWhere(filter) => {
                    let values = self.matching(tx, &filter).await?;
                    self.remove(tx, &values, &mut delta).await?;
                }
                ElementChange::ReplaceAll(members) => self.replace(tx, &name::named(&members)?, &mut delta).await?,
                ElementChange::Clear => {
                    delta.settle(&self.forget_all_names(tx).await?);
                    delta.remove(self.clear(tx).await?);
                }
            }
        }
        Ok(delta)
    }

    /// A record that this group waits for under these names is there.
    pub(crate) async fn arrive(
        &self,
        tx: &mut Tx,
        names: Vec<String>,
        (id, kind): (Uuid, Kind),
    ) -> Result<Delta, Error> {
        let mut delta = Delta::default();
        let values: Vec<_> = names.iter().map(String::as_str).collect();
        delta.settle(&self.forget_names(tx, &values, &[]).await?);
        self.check_cycle(tx, &[(id, kind)]).await?;
        let inserted = self.insert(tx, &[(id, kind)]).await?;
        let by_id = names.iter().any(|name| id::read(name) == Some(id));
        if let (false, false, Some(value)) = (inserted.is_empty(), by_id, names.into_iter().next()) {
            self.keep_names(tx, &[(&Named { value, type_stated: None }, Some(id))]).await?;
        }
        delta.add(inserted);
        Ok(delta)
    }

    async fn add(&self, tx: &mut Tx, members: &[Named], delta: &mut Delta) -> Result<(), Error> {
        let wanted: Vec<_> = members.iter().map(Named::wanted).collect();
        let found = self.find(tx, &wanted).await?;
        let known = known(members, &found);
        let records: Vec<_> = known.iter().map(|(id, (kind, _))| (*id, *kind)).collect();
        self.check_cycle(tx, &records).await?;
        let inserted = self.insert(tx, &records).await?;
        let awaited = members.iter().filter(|member| !found.contains_key(&member.value)).map(|member| (member, None));
        // A member that was there keeps the name it has.
        let named = inserted.iter().filter_map(|(id, _)| Some((known.get(id)?.1?, Some(*id))));
        let names: Vec<_> = awaited.chain(named).collect();
        delta.expect(self.keep_names(tx, &names).await?);
        delta.add(inserted);
        Ok(())
    }

    async fn remove(&self, tx: &mut Tx, values: &[String], delta: &mut Delta) -> Result<(), Error> {
        let mut ids: Vec<_> = values.iter().filter_map(|value| id::read(value)).collect();
        let values: Vec<_> = values.iter().map(String::as_str).collect();
        let forgotten = self.forget_names(tx, &values, &ids).await?;
        ids.extend(forgotten.iter().filter_map(|(_, member)| *member));
        if self.pending {
            // A member that is known by its id may be taken away by the name of its record.
            let names: Vec<_> = values
                .into_iter()
                .filter(|value| id::read(value).is_none() && forgotten.iter().all(|(name, _)| name != value))
                .map(|value| (value, None))
                .collect();
            let meant: Vec<_> = self.meanings(tx, &names).await?.into_values().map(|(id, _)| id).collect();
            self.forget_names(tx, &[], &meant).await?;
            ids.extend(meant);
        }
        delta.settle(&forgotten);
        delta.remove(self.delete(tx, &ids).await?);
        Ok(())
    }

    async fn replace(&self, tx: &mut Tx, wanted: &[Named], delta: &mut Delta) -> Result<(), Error> {
        let have: BTreeMap<Uuid, Kind> = list(tx, self.group, i64::MAX).await?.into_iter().collect();
        let names = name::of_groups(tx, &[self.group]).await?;
        let names: BTreeMap<String, Option<Uuid>> =
            names.into_iter().map(|(_, value, _, member)| (value, member)).collect();
        // Only what is new has to be looked for.
        let kept = |value: &str| match names.get(value) {
            Some(member) => *member,
            None => id::read(value),
        };
        let mut found = Meanings::new();
        let mut new = Vec::new();
        for member in wanted {
            let value = &member.value;
            match kept(value).and_then(|id| Some((id, *have.get(&id)?))) {
                Some(record) => {
                    found.insert(value.clone(), record);
                }
                None if names.contains_key(value) => {}
                None => new.push(member.wanted()),
            }
        }
        found.extend(self.find(tx, &new).await?);
        let known = known(wanted, &found);

        let added: Vec<_> =
            known.iter().filter(|(id, _)| !have.contains_key(id)).map(|(id, (kind, _))| (*id, *kind)).collect();
        let removed: Vec<_> = have.keys().filter(|id| !known.contains_key(id)).copied().collect();
        self.check_cycle(tx, &added).await?;
        let awaited = wanted.iter().filter(|member| !found.contains_key(&member.value)).map(|member| (member, None));
        let named = known.iter().filter_map(|(id, (_, name))| Some(((*name)?, Some(*id))));
        let now: BTreeMap<&str, (&Named, Option<Uuid>)> =
            awaited.chain(named).map(|(name, member)| (name.value.as_str(), (name, member))).collect();
        let is_kept = |(value, member): &(&str, Option<Uuid>)| now.get(value).is_some_and(|(_, meant)| meant == member);
        let gone: Vec<_> =
            names.iter().map(|(value, member)| (value.as_str(), *member)).filter(|it| !is_kept(it)).collect();
        let come: Vec<_> =
            now.values().filter(|(name, member)| names.get(&name.value) != Some(member)).copied().collect();

        delta.renamed |= gone.iter().any(|(_, member)| member.is_some_and(|id| known.contains_key(&id)))
            || come.iter().any(|(_, member)| member.is_some_and(|id| have.contains_key(&id)));
        let gone: Vec<_> = gone.into_iter().map(|(value, _)| value).collect();
        delta.settle(&self.forget_names(tx, &gone, &[]).await?);
        delta.remove(self.delete(tx, &removed).await?);
        delta.add(self.insert(tx, &added).await?);
        delta.expect(self.keep_names(tx, &come).await?);
        Ok(())
    }

    /// What names mean. Those that mean nothing yet are left out, or refused if this source wants to know.
    ///
    /// An unknown id, another source's and another tenant's get the same answer.
    async fn find(&self, tx: &mut Tx, values: &[Wanted<'_>]) -> Result<Meanings, Error> {
        let found = self.meanings(tx, values).await?;
        let Some((absent, _)) = values.iter().find(|(value, _)| !found.contains_key(*value)) else { return Ok(found) };
        if !self.pending {
            return Err(scim::Error::invalid_value(format!(
                "members: there is no user or group {absent:?} in this source"
            ))
            .into());
        }
        self.turn.be_alone()?;
        Ok(found)
    }

    /// No group ends up inside itself.
    async fn check_cycle(&self, tx: &mut Tx, members: &[(Uuid, Kind)]) -> Result<(), Error> {
        let groups: Vec<_> = members.iter().filter(|(_, kind)| *kind == Kind::Group).map(|(id, _)| *id).collect();
        if groups.is_empty() {
            return Ok(());
        }
        self.turn.be_alone()?;
        let above = self.above(tx).await?;
        match groups.iter().find(|inner| **inner == self.group || above.contains(inner)) {
            None => Ok(()),
            Some(inner) => Err(scim::Error::invalid_value(format!(
                "group {inner} can't be a member of {}: it holds it already, which would be a cycle",
                self.group
            ))
            .into()),
        }
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
    async fn matching(&self, tx: &mut Tx, filter: &Filter) -> Result<Vec<String>, Error> {
        let Some(attribute) = scim::ResourceType::group().attribute(&scim::AttrPath::core("members")) else {
            return Ok(Vec::new());
        };
        let members = list_all(tx, &[self.group]).await?.remove(&self.group).unwrap_or_default();
        let elements = members.iter().map(Member::element);
        Ok(elements
            .filter(|element| filter.matches_element(element, attribute))
            .filter_map(|element| element.get("value").and_then(Value::as_str).map(str::to_owned))
            .collect())
    }
}

/// The records that member elements mean, each with its kind and with the name it was called by if not by its id.
fn known<'n>(members: &'n [Named], found: &Meanings) -> BTreeMap<Uuid, (Kind, Option<&'n Named>)> {
    let mut known = BTreeMap::new();
    for member in members {
        if let Some((id, kind)) = found.get(&member.value) {
            let by_id = id::read(&member.value) == Some(*id);
            known.entry(*id).or_insert((*kind, (!by_id).then_some(member)));
        }
    }
    known
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

/// The members of several group records as their source sees them: in the order of ids, then the pending ones.
pub async fn list_all(tx: &mut Tx, groups: &[Uuid]) -> Result<HashMap<Uuid, Vec<Member>>, Error> {
    let mut found: HashMap<Uuid, Vec<Member>> = HashMap::new();
    for groups in groups.chunks(BATCH) {
        let mut names: HashMap<(Uuid, Uuid), String> = HashMap::new();
        let mut pending = Vec::new();
        for (group, name, type_stated, member) in name::of_groups(tx, groups).await? {
            match member {
                Some(member) => {
                    names.insert((group, member), name);
                }
                None => pending.push((group, Member { record: None, name: Some(name), type_stated })),
            }
        }
        let mut sql = Sql::new("SELECT group_id, member_id, member_kind FROM record_members WHERE tenant = ");
        sql.bind(tx.tenant().id()).push(" AND group_id IN (").bind_all(groups.iter());
        sql.push(") ORDER BY group_id, member_id");
        for (group, member, kind) in tx.rows_of::<(Uuid, Uuid, i64)>(sql).await? {
            let name = if names.is_empty() { None } else { names.remove(&(group, member)) };
            let record = Some((member, Kind::from_code(kind)));
            found.entry(group).or_default().push(Member { record, name, type_stated: None });
        }
        for (group, member) in pending {
            found.entry(group).or_default().push(member);
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
