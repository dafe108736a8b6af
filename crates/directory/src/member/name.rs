//! Members that a source names by something else than the id of a record that is there: by an `externalId` or a user
//! name, or by what has not arrived yet. Clients push in any order, and some write an e-mail address where an id belongs.

use std::collections::{BTreeMap, HashMap, HashSet};

use scim::{Object, fold};
use serde_json::Value;
use uuid::Uuid;

use super::Membership;
use crate::{
    Error, Kind, Millis, Tx,
    db::{BATCH, Sql, args},
    id,
    values::clip,
};

/// Longest name of a member, in characters: an `externalId` has no more.
const LONGEST: usize = 512;

/// A member as a source names it.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub value: String,
    /// `User` or `Group`, if the source said so.
    pub type_stated: Option<String>,
}

impl Named {
    /// What the source said it is. Other words than the two say nothing.
    fn kind(&self) -> Option<Kind> {
        let said = self.type_stated.as_deref()?;
        [(Kind::User, "user"), (Kind::Group, "group")]
            .into_iter()
            .find(|(_, word)| said.eq_ignore_ascii_case(word))
            .map(|(kind, _)| kind)
    }

    /// The name, and what the source said it is.
    pub(super) fn wanted(&self) -> Wanted<'_> {
        (&self.value, self.kind())
    }
}

/// A name, and what it must be a name of, if that was said.
pub(super) type Wanted<'a> = (&'a str, Option<Kind>);

/// What member elements name, each once, in the order in which it is kept: rows that lie side by side are written after
/// each other, which takes a large group half the time.
pub(super) fn named(members: &[Object]) -> Result<Vec<Named>, Error> {
    let mut named = Vec::with_capacity(members.len());
    let mut seen = HashSet::new();
    for member in members {
        let value = member.get("value").and_then(Value::as_str).unwrap_or_default();
        if value.trim().is_empty() {
            return Err(scim::Error::invalid_value("members.value is required").into());
        }
        if value.len() > LONGEST && value.chars().count() > LONGEST {
            return Err(scim::Error::invalid_value(format!(
                "members.value may have at most {LONGEST} characters: it is the id of a user or group"
            ))
            .into());
        }
        if seen.insert(value) {
            let type_stated = member.get("type").and_then(Value::as_str).map(str::to_owned);
            named.push(Named { value: value.to_owned(), type_stated });
        }
    }
    named.sort_unstable_by(|one, other| one.value.cmp(&other.value));
    Ok(named)
}

/// Names, and the records that they mean; none: pending.
pub(super) type Names = Vec<(String, Option<Uuid>)>;

/// The records of a source that some names mean.
pub(super) type Meanings = HashMap<String, (Uuid, Kind)>;

impl Membership<'_> {
    /// What names mean: the record with that id; where names may be pending also the one with that `externalId`, or
    /// the user with that `userName`. Found records can't be removed before this transaction has ended.
    pub(super) async fn meanings(&self, tx: &mut Tx, values: &[Wanted<'_>]) -> Result<Meanings, Error> {
        let mut meanings = Meanings::with_capacity(values.len());
        let ids: HashMap<Uuid, &str> =
            values.iter().filter_map(|(value, _)| Some((id::read(value)?, *value))).collect();
        for (found, kind) in self.records(tx, ids.keys().copied().collect()).await? {
            if let Some(value) = ids.get(&found) {
                meanings.insert((*value).to_owned(), (found, kind));
            }
        }
        if !self.pending {
            return Ok(meanings);
        }
        let others: Vec<_> = values.iter().copied().filter(|(value, _)| !meanings.contains_key(*value)).collect();
        for others in others.chunks(BATCH) {
            let found = self.called(tx, others).await?;
            let sure: HashSet<Uuid> = self
                .records(tx, found.iter().map(|(_, id, _)| *id).collect())
                .await?
                .into_iter()
                .map(|(id, _)| id)
                .collect();
            for (value, id, kind) in found.into_iter().filter(|(_, id, _)| sure.contains(id)) {
                meanings.entry(value.to_owned()).or_insert((id, kind));
            }
        }
        Ok(meanings)
    }

    /// The records with one of these names, those that fit best first: an `externalId` before a user name, a user
    /// before a group. Where it was said what is meant, only that fits: a group's access is no person's.
    async fn called<'v>(&self, tx: &mut Tx, values: &[Wanted<'v>]) -> Result<Vec<(&'v str, Uuid, Kind)>, Error> {
        const SELECT: &str = "SELECT id, kind, external_id, name_key FROM records WHERE tenant = ";
        let mut keys: HashMap<String, Vec<&'v str>> = HashMap::with_capacity(values.len());
        for (value, _) in values {
            keys.entry(fold::fold(value)).or_default().push(value);
        }
        let said: HashMap<&'v str, Option<Kind>> = values.iter().copied().collect();
        let may_be = |value: &str, kind: Kind| said.get(value).is_some_and(|said| said.is_none_or(|said| said == kind));
        let tenant = tx.tenant().id();
        let mut sql = Sql::new(SELECT);
        sql.bind(tenant).push(" AND source = ").bind(self.source).push(" AND kind = 0 AND name_key IN (");
        sql.bind_all(keys.keys()).push(") UNION ALL ").push(SELECT).bind(tenant);
        sql.push(" AND source = ").bind(self.source).push(" AND kind IN (0, 1) AND external_id IN (");
        sql.bind_all(said.keys().copied()).push(")");
        let mut fitting = Vec::new();
        for (id, kind, external_id, key) in tx.rows_of::<(Uuid, i64, Option<String>, String)>(sql).await? {
            let kind = Kind::from_code(kind);
            if let Some((value, _)) = external_id.and_then(|text| said.get_key_value(text.as_str())) {
                fitting.push((false, kind, *value, id));
            }
            if kind == Kind::User {
                fitting.extend(keys.get(&key).into_iter().flatten().map(|value| (true, kind, *value, id)));
            }
        }
        fitting.retain(|(_, kind, value, _)| may_be(value, *kind));
        fitting.sort();
        Ok(fitting.into_iter().map(|(_, kind, value, id)| (value, id, kind)).collect())
    }

    /// Which of these are records of the source. On PostgreSQL they are kept from being removed until the end of the
    /// transaction: a removal that is under way is waited for, one that comes later finds the membership.
    async fn records(&self, tx: &mut Tx, mut ids: Vec<Uuid>) -> Result<Vec<(Uuid, Kind)>, Error> {
        ids.sort_unstable();
        ids.dedup();
        let mut found = Vec::with_capacity(ids.len());
        for ids in ids.chunks(BATCH) {
            let mut sql = Sql::new("SELECT id, kind FROM records WHERE tenant = ");
            sql.bind(tx.tenant().id()).push(" AND source = ").bind(self.source);
            // Resources of other types are members of nothing.
            sql.push(" AND kind IN (0, 1) AND id IN (").bind_all(ids.iter()).push(")");
            if tx.locking() {
                sql.push(" ORDER BY id FOR KEY SHARE");
            }
            found.extend(tx.rows_of::<(Uuid, i64)>(sql).await?);
        }
        Ok(found.into_iter().map(|(id, kind)| (id, Kind::from_code(kind))).collect())
    }

    /// Keep what members are called; those names that are new.
    pub(super) async fn keep_names(&self, tx: &mut Tx, names: &[(&Named, Option<Uuid>)]) -> Result<Names, Error> {
        let tenant = tx.tenant().id();
        let mut kept = Vec::new();
        for names in names.chunks(BATCH) {
            let mut sql = Sql::new(
                "INSERT INTO member_names (tenant, group_id, value, source, name_key, type, member, created_at) VALUES ",
            );
            sql.bind_rows(names.iter().map(|(name, member)| {
                let key = clip(fold::fold(&name.value));
                args![tenant, self.group, &name.value, self.source, key, name.type_stated.clone(), *member, self.now]
            }));
            sql.push(" ON CONFLICT (tenant, group_id, value) DO NOTHING RETURNING value, member");
            kept.extend(tx.rows_of(sql).await?);
        }
        Ok(kept)
    }

    /// Forget names, and what these members are called.
    pub(super) async fn forget_names(&self, tx: &mut Tx, values: &[&str], members: &[Uuid]) -> Result<Names, Error> {
        let tenant = tx.tenant().id();
        let mut forgotten = Vec::new();
        for values in values.chunks(BATCH) {
            let mut sql = Sql::new("DELETE FROM member_names WHERE tenant = ");
            sql.bind(tenant).push(" AND group_id = ").bind(self.group);
            sql.push(" AND value IN (").bind_all(values.iter().copied()).push(") RETURNING value, member");
            forgotten.extend(tx.rows_of(sql).await?);
        }
        for members in members.chunks(BATCH) {
            let mut sql = Sql::new("DELETE FROM member_names WHERE tenant = ");
            sql.bind(tenant).push(" AND group_id = ").bind(self.group);
            sql.push(" AND member IN (").bind_all(members.iter()).push(") RETURNING value, member");
            forgotten.extend(tx.rows_of(sql).await?);
        }
        Ok(forgotten)
    }

    /// Forget all names.
    pub(super) async fn forget_all_names(&self, tx: &mut Tx) -> Result<Names, Error> {
        let tenant = tx.tenant().id();
        Ok(tx
            .rows(
                "DELETE FROM member_names WHERE tenant = $1 AND group_id = $2 RETURNING value, member",
                args![tenant, self.group],
            )
            .await?)
    }
}

/// What a source calls the members of some groups: group, name, stated type, and which record it means.
pub(super) async fn of_groups(
    tx: &mut Tx,
    groups: &[Uuid],
) -> Result<Vec<(Uuid, String, Option<String>, Option<Uuid>)>, Error> {
    let mut sql = Sql::new("SELECT group_id, value, type, member FROM member_names WHERE tenant = ");
    sql.bind(tx.tenant().id()).push(" AND group_id IN (").bind_all(groups.iter());
    sql.push(") ORDER BY group_id, value");
    Ok(tx.rows_of(sql).await?)
}

/// The groups that wait for a record which is there now, and under which names. The cost is that of what is found.
pub(crate) async fn waiting_for(
    tx: &mut Tx,
    source: Uuid,
    kind: Kind,
    id: Uuid,
    external_id: Option<&str>,
    name: &str,
) -> Result<BTreeMap<Uuid, Vec<String>>, Error> {
    let id = id.to_string();
    let key = fold::fold(name);
    let mut keys = vec![clip(fold::fold(&id))];
    keys.extend(external_id.map(|external_id| clip(fold::fold(external_id))));
    if kind == Kind::User {
        keys.push(clip(key.clone()));
    }
    let mut sql = Sql::new("SELECT group_id, value, type FROM member_names WHERE member IS NULL AND tenant = ");
    sql.bind(tx.tenant().id()).push(" AND source = ").bind(source).push(" AND name_key IN (");
    sql.bind_all(keys).push(")");
    let mut waiting: BTreeMap<Uuid, Vec<String>> = BTreeMap::new();
    for (group, value, type_stated) in tx.rows_of::<(Uuid, String, Option<String>)>(sql).await? {
        // The index keeps only the beginning of long names, and no difference of case.
        let is_name = Some(value.as_str()) == external_id || kind == Kind::User && fold::fold(&value) == key;
        let named = Named { value, type_stated };
        if named.value == id || is_name && named.kind().is_none_or(|said| said == kind) {
            waiting.entry(group).or_default().push(named.value);
        }
    }
    Ok(waiting)
}

/// A member that has not arrived yet.
#[derive(Clone, Debug)]
pub struct PendingMember {
    /// What its source calls it.
    pub value: String,
    /// Since when it is expected.
    pub since: Millis,
}

/// The members of a sourced group that have not arrived yet, by name, from behind `after` on.
pub async fn pending_of(
    tx: &mut Tx,
    group: Uuid,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<PendingMember>, Error> {
    let tenant = tx.tenant().id();
    let rows: Vec<(String, Millis)> = tx
        .rows(
            "SELECT n.value, n.created_at FROM records r JOIN member_names n ON n.tenant = r.tenant AND n.group_id = r.id
             WHERE r.tenant = $1 AND r.subject = $2 AND n.member IS NULL AND n.value > $3 ORDER BY n.value LIMIT $4",
            args![tenant, group, after.unwrap_or_default(), limit],
        )
        .await?;
    Ok(rows.into_iter().map(|(value, since)| PendingMember { value, since }).collect())
}

/// How many members of a sourced group have not arrived yet.
pub async fn pending_count(tx: &mut Tx, group: Uuid) -> Result<i64, Error> {
    let tenant = tx.tenant().id();
    let row: Option<(i64,)> = tx
        .row(
            "SELECT COUNT(*) FROM records r JOIN member_names n ON n.tenant = r.tenant AND n.group_id = r.id
             WHERE r.tenant = $1 AND r.subject = $2 AND n.member IS NULL",
            args![tenant, group],
        )
        .await?;
    Ok(row.map_or(0, |(count,)| count))
}

/// How many members in all groups of a source have not arrived yet.
pub async fn pending_count_in(tx: &mut Tx, source: Uuid) -> Result<i64, Error> {
    let tenant = tx.tenant().id();
    let row: Option<(i64,)> = tx
        .row(
            "SELECT COUNT(*) FROM member_names WHERE tenant = $1 AND source = $2 AND member IS NULL",
            args![tenant, source],
        )
        .await?;
    Ok(row.map_or(0, |(count,)| count))
}

/// A group of a source that waits for members.
#[derive(Clone, Debug)]
pub struct WaitingGroup {
    /// The group of the directory.
    pub id: Uuid,
    /// Its name.
    pub display_name: String,
    /// How many of its members have not arrived yet.
    pub pending: i64,
}

/// The groups of a source that wait for members, in the order of ids, from behind `after` on.
pub async fn waiting_groups(
    tx: &mut Tx,
    source: Uuid,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<WaitingGroup>, Error> {
    let tenant = tx.tenant().id();
    let rows: Vec<(Uuid, String, i64)> = tx
        .rows(
            "SELECT g.id, g.display_name, COUNT(*) FROM member_names n
             JOIN records r ON r.tenant = n.tenant AND r.id = n.group_id
             JOIN groups g ON g.tenant = r.tenant AND g.id = r.subject
             WHERE n.tenant = $1 AND n.source = $2 AND n.member IS NULL AND g.id > $3
             GROUP BY g.id, g.display_name ORDER BY g.id LIMIT $4",
            args![tenant, source, after.unwrap_or_default(), limit],
        )
        .await?;
    Ok(rows.into_iter().map(|(id, display_name, pending)| WaitingGroup { id, display_name, pending }).collect())
}
