//! Lists of records: filter, sort, page. Ids first, then the documents.

use scim::{AttrPath, Compare, Filter, ListQuery, Object, Tolerance, fold};
use serde_json::{Value, json};
use std::collections::HashMap;
use uuid::Uuid;

use super::{Record, record};
use crate::{
    Error, Kind, Millis, Tx, clock,
    db::{BATCH, Sql, args},
    join, member,
    query::{self, Query, Set},
};

/// One page of a list.
#[derive(Debug)]
pub struct Page {
    /// How many records the filter finds in all.
    pub total: u64,
    /// Those on this page.
    pub records: Vec<Record>,
}

/// So many candidates are looked at one by one where no index decides; more is `tooMany`.
const CANDIDATES: i64 = 10_000;

/// The records of a source that a client asked for.
///
/// # Errors
/// `invalidFilter`; `tooMany` when no index narrows the filter to 10,000 candidates.
pub async fn list(
    tx: &mut Tx,
    source: Uuid,
    kind: Kind,
    asked: &ListQuery,
    tolerance: &Tolerance,
) -> Result<Page, Error> {
    let rt = kind.resource_type();
    let query = Query { tenant: tx.tenant().id(), source, kind };
    let filter = match &asked.filter {
        Some(text) => Some(Filter::parse(text)?.resolve(rt, tolerance)?),
        None => None,
    };
    let sort =
        asked.sort_by.as_deref().and_then(|path| path.parse::<AttrPath>().ok()).and_then(|path| path.resolve(rt));
    let (limit, offset) = (int(asked.count), int(asked.start_index.saturating_sub(1)));
    if let Some(filter) = &filter {
        if sort.is_none()
            && let Some(only) = by_unique(tx, &query, filter).await?
        {
            let total = u64::from(only.is_some());
            let records = only.into_iter().filter(|_| offset == 0 && limit > 0).collect();
            return Ok(Page { total, records });
        }
        let set = query.set(filter);
        if !set.exact || sort.is_some() {
            return examine(tx, &query, &set, Some(filter), sort.as_ref(), asked).await;
        }
        let (total, ids) = page(tx, &set, limit, offset).await?;
        return Ok(Page { total, records: load(tx, kind, &ids).await? });
    }
    let total = total(tx, &query).await?;
    if let Some(sort) = sort.as_ref().filter(|_| int(total) <= CANDIDATES) {
        return examine(tx, &query, &query::everything(&query), None, Some(sort), asked).await;
    }
    let ids = unfiltered(tx, &query, int(total), limit, offset).await?;
    Ok(Page { total, records: load(tx, kind, &ids).await? })
}

fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// What clients ask most, `userName eq` and `externalId eq`: one statement.
async fn by_unique(tx: &mut Tx, query: &Query, filter: &Filter) -> Result<Option<Option<Record>>, Error> {
    let Filter::Compare {
        path: AttrPath { schema: None, attr, sub: None },
        op: Compare::Eq,
        value: Value::String(text),
    } = filter
    else {
        return Ok(None);
    };
    let (sql, key) = match (query.kind, attr.as_str()) {
        (Kind::User, "userName") | (Kind::Group, "displayName") => (
            "SELECT id, subject, version, members, created_at, modified_at, doc FROM records
             WHERE tenant = $1 AND source = $2 AND kind = $3 AND name_key = $4",
            fold::fold(text),
        ),
        (_, "externalId") => (
            "SELECT id, subject, version, members, created_at, modified_at, doc FROM records
             WHERE tenant = $1 AND source = $2 AND kind = $3 AND external_id = $4",
            text.clone(),
        ),
        _ => return Ok(None),
    };
    let row = tx.row(sql, args![query.tenant, query.source, query.kind.code(), key]).await?;
    Ok(Some(row.map(|row| record(query.kind, row)).transpose()?))
}

/// How many records of this kind the source has, without counting them.
async fn total(tx: &mut Tx, query: &Query) -> Result<u64, Error> {
    let row: Option<(Option<i64>,)> = tx
        .row(
            "SELECT CAST(SUM(total) AS BIGINT) FROM record_counts WHERE tenant = $1 AND source = $2 AND kind = $3",
            args![query.tenant, query.source, query.kind.code()],
        )
        .await?;
    Ok(row.and_then(|(total,)| total).and_then(|total| u64::try_from(total).ok()).unwrap_or(0))
}

/// A page of everything. Past the middle it is counted from the end: the last page costs what the first does.
async fn unfiltered(tx: &mut Tx, query: &Query, total: i64, limit: i64, offset: i64) -> Result<Vec<Uuid>, Error> {
    if limit == 0 || offset >= total {
        return Ok(Vec::new());
    }
    let (tenant, source, kind) = (query.tenant, query.source, query.kind.code());
    if offset <= total / 2 {
        let rows: Vec<(Uuid,)> = tx
            .rows(
                "SELECT id FROM records WHERE tenant = $1 AND source = $2 AND kind = $3 ORDER BY id LIMIT $4 OFFSET $5",
                args![tenant, source, kind, limit, offset],
            )
            .await?;
        return Ok(rows.into_iter().map(|(id,)| id).collect());
    }
    let limit = limit.min(total - offset);
    let rows: Vec<(Uuid,)> = tx
        .rows(
            "SELECT id FROM records WHERE tenant = $1 AND source = $2 AND kind = $3 ORDER BY id DESC LIMIT $4 OFFSET $5",
            args![tenant, source, kind, limit, total - offset - limit],
        )
        .await?;
    Ok(rows.into_iter().rev().map(|(id,)| id).collect())
}

/// A page of a set that is exactly the answer.
async fn page(tx: &mut Tx, set: &Set, limit: i64, offset: i64) -> Result<(u64, Vec<Uuid>), Error> {
    let rows: Vec<(Uuid,)> =
        if limit == 0 { Vec::new() } else { tx.rows_of(query::page(set, limit.saturating_add(1), offset)).await? };
    let found = int(u64::try_from(rows.len()).unwrap_or(u64::MAX));
    let total = if limit > 0 && found <= limit && (found > 0 || offset == 0) {
        // Everything that follows is here: no need to count.
        offset + found
    } else {
        let counted: Vec<(i64,)> = tx.rows_of(query::count(set)).await?;
        counted.first().map_or(0, |(count,)| *count)
    };
    let ids = rows.into_iter().take(usize::try_from(limit).unwrap_or(usize::MAX)).map(|(id,)| id).collect();
    Ok((u64::try_from(total).unwrap_or(0), ids))
}

/// Look at candidates one by one: for what no index decides, and to sort.
async fn examine(
    tx: &mut Tx,
    query: &Query,
    set: &Set,
    filter: Option<&Filter>,
    sort: Option<&AttrPath>,
    asked: &ListQuery,
) -> Result<Page, Error> {
    let rt = query.kind.resource_type();
    let ids: Vec<(Uuid,)> = tx.rows_of(query::page(set, CANDIDATES + 1, 0)).await?;
    if int(u64::try_from(ids.len()).unwrap_or(u64::MAX)) > CANDIDATES {
        return Err(scim::Error::too_many(format!(
            "no index decides this filter, and more than {CANDIDATES} resources would have to be read: narrow it with an indexed attribute"
        ))
        .into());
    }
    let ids: Vec<_> = ids.into_iter().map(|(id,)| id).collect();
    let mut found = load(tx, query.kind, &ids).await?;
    if let Some(filter) = filter.filter(|_| !set.exact) {
        let (members, groups) = match query.kind {
            Kind::Group => (member::list_all(tx, &ids).await?, HashMap::new()),
            _ => (HashMap::new(), member::groups_of(tx, &ids).await?),
        };
        found.retain(|record| {
            let mut resource = whole(record);
            if let Some(members) = members.get(&record.id) {
                let members: Vec<_> =
                    members.iter().map(|(id, kind)| json!({"value": id, "type": kind.resource_type().id})).collect();
                resource.insert("members".into(), members.into());
            }
            if let Some(groups) = groups.get(&record.id) {
                let groups: Vec<_> =
                    groups.iter().map(|(id, name)| json!({"value": id, "display": name, "type": "direct"})).collect();
                resource.insert("groups".into(), groups.into());
            }
            filter.matches(&resource, rt)
        });
    }
    if let Some(path) = sort {
        let attribute = rt.attribute(path);
        let mut keyed: Vec<(Option<String>, Record)> = found
            .into_iter()
            .map(|record| {
                let resource = whole(&record);
                let values = scim::resource::get(&resource, path);
                let key = attribute.and_then(|attribute| values.iter().find_map(|value| fold::key(attribute, value)));
                (key, record)
            })
            .collect();
        // Missing values come last ascending, and first descending (RFC 7644 section 3.4.2.3).
        keyed.sort_by(|(a, _), (b, _)| a.is_none().cmp(&b.is_none()).then_with(|| a.cmp(b)));
        if asked.descending {
            keyed.reverse();
        }
        found = keyed.into_iter().map(|(_, record)| record).collect();
    }
    let total = u64::try_from(found.len()).unwrap_or(u64::MAX);
    let skip = usize::try_from(asked.start_index.saturating_sub(1)).unwrap_or(usize::MAX);
    let take = usize::try_from(asked.count).unwrap_or(usize::MAX);
    Ok(Page { total, records: found.into_iter().skip(skip).take(take).collect() })
}

/// The resource as far as filters ask for it.
fn whole(record: &Record) -> Object {
    let mut resource = record.doc.clone();
    if record.kind == Kind::User {
        resource.insert("active".into(), join::is_active(&record.doc).into());
    }
    resource.insert("id".into(), record.id.to_string().into());
    let date = |at: Millis| clock::rfc3339(at);
    resource.insert(
        "meta".into(),
        json!({"resourceType": record.kind.resource_type().id, "created": date(record.created_at),
               "lastModified": date(record.modified_at), "version": format!("W/\"{}\"", record.version)}),
    );
    resource
}

/// Records by id, in the order of the ids.
async fn load(tx: &mut Tx, kind: Kind, ids: &[Uuid]) -> Result<Vec<Record>, Error> {
    let mut found = HashMap::with_capacity(ids.len());
    for ids in ids.chunks(BATCH) {
        let mut sql =
            Sql::new("SELECT id, subject, version, members, created_at, modified_at, doc FROM records WHERE tenant = ");
        sql.bind(tx.tenant().id()).push(" AND id IN (").bind_all(ids.iter()).push(")");
        for row in tx.rows_of(sql).await? {
            let record = record(kind, row)?;
            found.insert(record.id, record);
        }
    }
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}
