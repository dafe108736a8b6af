//! Lists of records: filter, sort, page. Ids first, then the documents.

use scim::{AttrPath, Compare, Filter, ListQuery, Object, Tolerance, fold};
use serde_json::{Value, json};
use std::collections::HashMap;
use uuid::Uuid;

use super::{
    Record,
    place::{Places, Tally},
    record,
};
use crate::{
    Error, Kind, Millis, Tx, clock,
    db::{BATCH, Sql, args},
    join, member,
    query::{self, Query, Set},
    schema::RecordType,
};

/// One page of a list.
#[derive(Debug, Default)]
pub struct Page {
    /// How many records the filter finds in all.
    pub total: u64,
    /// Those on this page.
    pub records: Vec<Record>,
    /// Whether others follow.
    pub more: bool,
}

/// So many candidates are looked at one by one where no index decides; more is `tooMany`.
const CANDIDATES: i64 = 10_000;

/// The records of a source that a client asked for: of one type, or of several, one type after the other. Unless
/// sorted, they come in the order of ids. With `after`, the page begins behind that record, whether or not it is
/// still there, and `start_index` counts for nothing; not with a sort. `places` spares counting to `start_index` where
/// the page before was given lately.
///
/// # Errors
/// `invalidFilter`; `tooMany` when no index narrows the filter to 10,000 candidates.
pub async fn list(
    tx: &mut Tx,
    places: &Places,
    source: Uuid,
    types: &[&RecordType],
    asked: &ListQuery,
    after: Option<(Kind, Uuid)>,
    tolerance: &Tolerance,
) -> Result<Page, Error> {
    let filter = asked.filter.as_deref().map(Filter::parse).transpose()?;
    let mut parts = Vec::with_capacity(types.len());
    for of in types {
        let rt = &of.rt;
        let filter = match &filter {
            Some(filter) if types.len() == 1 => Some(filter.resolve(rt, tolerance)?),
            Some(filter) => Some(filter.resolve_among(rt, tolerance)?),
            None => None,
        };
        let sort = asked.sort_by.as_deref().and_then(|path| path.parse::<AttrPath>().ok());
        let sort = sort.and_then(|path| path.resolve(rt));
        let mut query = Query { tenant: tx.tenant().id(), source, of, cut: Vec::new() };
        if let Some(filter) = &filter {
            query.look_for_cut(tx, filter).await?;
        }
        parts.push(Part { query, filter, sort });
    }
    if after.is_none() && parts.iter().any(|part| part.sort.is_some()) {
        return match parts.as_slice() {
            [part] => match part.ordered(tx, asked).await? {
                Some(page) => Ok(page),
                None => sorted(tx, &parts, asked).await,
            },
            _ => sorted(tx, &parts, asked).await,
        };
    }
    let mut page = Page::default();
    let mut passed = false;
    for part in &parts {
        let limit = int(asked.count).saturating_sub(int(length(&page.records)));
        let (limit, from) = match after {
            None => (limit, Start::Offset(int((asked.start_index.saturating_sub(1)).saturating_sub(page.total)))),
            Some(_) if passed => (limit, Start::Offset(0)),
            Some((kind, id)) if kind == part.query.of.kind => {
                passed = true;
                (limit, Start::After(id))
            }
            // All of this kind were on earlier pages: they only count.
            Some(_) => (0, Start::Offset(i64::MAX)),
        };
        let found = part.page(tx, places, limit, from).await?;
        page.total += found.total;
        page.more |= found.more;
        page.records.extend(found.records);
    }
    Ok(page)
}

/// The question to the records of one type.
struct Part<'a> {
    query: Query<'a>,
    filter: Option<Filter>,
    sort: Option<AttrPath>,
}

/// Where a page begins.
#[derive(Clone, Copy)]
enum Start {
    Offset(i64),
    After(Uuid),
}

impl Start {
    /// Of records in the order of ids: how many come before.
    fn skip(self, records: &[Record]) -> usize {
        match self {
            Start::Offset(offset) => usize::try_from(offset).unwrap_or(usize::MAX),
            Start::After(id) => records.partition_point(|record| record.id <= id),
        }
    }
}

impl Part<'_> {
    /// The column of `records` that is in the order of what is sorted by. Whoever was made earlier has the smaller id.
    fn column(&self) -> Option<&'static str> {
        match (self.query.of.kind, self.sort.as_ref()?.to_string().as_str()) {
            (_, "id" | "meta.created") => Some("id"),
            (_, "meta.lastModified") => Some("modified_at"),
            (Kind::User, "userName") | (Kind::Group, "displayName") => Some("name_key"),
            _ => None,
        }
    }

    /// A page of a list that is too long to be read whole, in an order that an index keeps. None: it is short, or no
    /// index knows its order or its filter.
    async fn ordered(&self, tx: &mut Tx, asked: &ListQuery) -> Result<Option<Page>, Error> {
        let Part { query, filter, .. } = self;
        let Some(column) = self.column() else { return Ok(None) };
        let set = filter.as_ref().map(|filter| query.set(filter));
        let total = match &set {
            None => tally(tx, query).await?.total,
            Some(set) if set.exact => count(tx, set).await?,
            Some(_) => return Ok(None),
        };
        if total <= CANDIDATES {
            return Ok(None);
        }
        let (limit, offset) = (int(asked.count), int(asked.start_index.saturating_sub(1)));
        let order = (column, asked.descending);
        let rows: Vec<(Uuid,)> =
            tx.rows_of(query.in_order(set.as_ref(), order, limit.saturating_add(1), offset)).await?;
        let ids = rows.into_iter().map(|(id,)| id).collect();
        Ok(Some(one_page(tx, query.of.kind, total, ids, limit).await?))
    }

    /// A page in the order of ids.
    async fn page(&self, tx: &mut Tx, places: &Places, limit: i64, from: Start) -> Result<Page, Error> {
        let Part { query, filter, .. } = self;
        let Some(filter) = filter else {
            return everything(tx, places, query, limit, from).await;
        };
        if let Some(only) = by_unique(tx, query, filter).await? {
            return Ok(cut(only.into_iter().collect(), limit, from));
        }
        let set = query.set(filter);
        if !set.exact {
            let found = examine(tx, query, &set, Some(filter)).await?;
            return Ok(cut(found, limit, from));
        }
        let (total, ids) = page(tx, &set, limit, from).await?;
        one_page(tx, query.of.kind, total, ids, limit).await
    }
}

fn length<T>(list: &[T]) -> u64 {
    u64::try_from(list.len()).unwrap_or(u64::MAX)
}

/// A page out of all records, which are in the order of ids.
fn cut(found: Vec<Record>, limit: i64, from: Start) -> Page {
    let (total, skip, take) = (length(&found), from.skip(&found), usize::try_from(limit).unwrap_or(0));
    let more = found.len().saturating_sub(skip) > take;
    Page { total, more, records: found.into_iter().skip(skip).take(take).collect() }
}

/// A page out of its ids, of which one more than wanted was read.
async fn one_page(tx: &mut Tx, kind: Kind, total: i64, mut ids: Vec<Uuid>, limit: i64) -> Result<Page, Error> {
    let take = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = ids.len() > take;
    ids.truncate(take);
    Ok(Page { total: u64::try_from(total).unwrap_or(0), records: load(tx, kind, &ids).await?, more })
}

/// A page without a filter.
async fn everything(tx: &mut Tx, places: &Places, query: &Query<'_>, limit: i64, from: Start) -> Result<Page, Error> {
    let (tally, list) = (tally(tx, query).await?, (query.source, query.of.kind));
    let known = match from {
        Start::Offset(offset) => places.find(list, offset, tally).map(Start::After),
        Start::After(_) => None,
    };
    let ids = unfiltered(tx, query, tally.total, limit.saturating_add(1), known.unwrap_or(from)).await?;
    let page = one_page(tx, query.of.kind, tally.total, ids, limit).await?;
    if let (Start::Offset(offset), Some(last)) = (from, page.records.last()) {
        places.keep(list, offset.saturating_add(int(length(&page.records))), last.id, tally);
    }
    Ok(page)
}

/// A page of a sorted list, which is read whole for it.
async fn sorted(tx: &mut Tx, parts: &[Part<'_>], asked: &ListQuery) -> Result<Page, Error> {
    let mut keyed: Vec<(Option<String>, Record)> = Vec::new();
    for Part { query, filter, sort } in parts {
        let set = filter.as_ref().map_or_else(|| query::everything(query), |filter| query.set(filter));
        for record in examine(tx, query, &set, filter.as_ref()).await? {
            let rt = &query.of.rt;
            let key = sort.as_ref().and_then(|path| scim::resource::sort_key(&whole(&record, query.of), path, rt));
            keyed.push((key, record));
        }
    }
    // Missing values come last ascending, and first descending (RFC 7644 section 3.4.2.3).
    keyed.sort_by(|(a, _), (b, _)| a.is_none().cmp(&b.is_none()).then_with(|| a.cmp(b)));
    if asked.descending {
        keyed.reverse();
    }
    let total = length(&keyed);
    let skip = usize::try_from(asked.start_index.saturating_sub(1)).unwrap_or(usize::MAX);
    let take = usize::try_from(asked.count).unwrap_or(usize::MAX);
    let more = keyed.len().saturating_sub(skip) > take;
    Ok(Page { total, more, records: keyed.into_iter().skip(skip).take(take).map(|(_, record)| record).collect() })
}

fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// What clients ask most, `userName eq` and `externalId eq`: one statement.
async fn by_unique(tx: &mut Tx, query: &Query<'_>, filter: &Filter) -> Result<Option<Option<Record>>, Error> {
    let Filter::Compare {
        path: AttrPath { schema: None, attr, sub: None },
        op: Compare::Eq,
        value: Value::String(text),
    } = filter
    else {
        return Ok(None);
    };
    let (sql, key) = match (query.of.kind, attr.as_str()) {
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
    let row = tx.row(sql, args![query.tenant, query.source, query.of.kind.code(), key]).await?;
    Ok(Some(row.map(|row| record(query.of.kind, row)).transpose()?))
}

/// How many records of this kind the source has, without counting them, and how many it lost.
async fn tally(tx: &mut Tx, query: &Query<'_>) -> Result<Tally, Error> {
    let row: Option<(Option<i64>, Option<i64>)> = tx
        .row(
            "SELECT CAST(SUM(total) AS BIGINT), CAST(SUM(gone) AS BIGINT) FROM record_counts
             WHERE tenant = $1 AND source = $2 AND kind = $3",
            args![query.tenant, query.source, query.of.kind.code()],
        )
        .await?;
    Ok(row.map_or_else(Tally::default, |(total, gone)| Tally { total: total.unwrap_or(0), gone: gone.unwrap_or(0) }))
}

/// The ids of a page of everything. Past the middle it is counted from the end: the last page costs what the first does.
async fn unfiltered(tx: &mut Tx, query: &Query<'_>, total: i64, limit: i64, from: Start) -> Result<Vec<Uuid>, Error> {
    let (tenant, source, kind) = (query.tenant, query.source, query.of.kind.code());
    let offset = match from {
        Start::Offset(offset) if offset >= total => return Ok(Vec::new()),
        Start::Offset(offset) => offset,
        Start::After(after) => {
            let rows: Vec<(Uuid,)> = tx
                .rows(
                    "SELECT id FROM records WHERE tenant = $1 AND source = $2 AND kind = $3 AND id > $4 ORDER BY id LIMIT $5",
                    args![tenant, source, kind, after, limit],
                )
                .await?;
            return Ok(rows.into_iter().map(|(id,)| id).collect());
        }
    };
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

/// A page of a set that is exactly the answer, and one more id if others follow.
async fn page(tx: &mut Tx, set: &Set, limit: i64, from: Start) -> Result<(i64, Vec<Uuid>), Error> {
    let (after, offset) = match from {
        Start::Offset(offset) => (None, offset),
        Start::After(id) => (Some(id), 0),
    };
    let rows: Vec<(Uuid,)> = tx.rows_of(query::page(set, after, limit.saturating_add(1), offset)).await?;
    let found = int(length(&rows));
    let total = if after.is_none() && found <= limit && (found > 0 || offset == 0) {
        // Everything that follows is here: no need to count.
        offset + found
    } else {
        count(tx, set).await?
    };
    Ok((total, rows.into_iter().map(|(id,)| id).collect()))
}

async fn count(tx: &mut Tx, set: &Set) -> Result<i64, Error> {
    let counted: Vec<(i64,)> = tx.rows_of(query::count(set)).await?;
    Ok(counted.first().map_or(0, |(count,)| *count))
}

/// Look at candidates one by one: for what no index decides, and to sort. In the order of ids.
async fn examine(tx: &mut Tx, query: &Query<'_>, set: &Set, filter: Option<&Filter>) -> Result<Vec<Record>, Error> {
    let rt = &query.of.rt;
    let ids: Vec<(Uuid,)> = tx.rows_of(query::page(set, None, CANDIDATES + 1, 0)).await?;
    if int(length(&ids)) > CANDIDATES {
        return Err(scim::Error::too_many(format!(
            "more than {CANDIDATES} resources would have to be read one by one, because no index decides this filter or keeps this order: narrow it with an indexed attribute; any number is sorted by id, meta.created, meta.lastModified and the name"
        ))
        .into());
    }
    let ids: Vec<_> = ids.into_iter().map(|(id,)| id).collect();
    let mut found = load(tx, query.of.kind, &ids).await?;
    if let Some(filter) = filter.filter(|_| !set.exact) {
        let (members, groups) = match query.of.kind {
            Kind::Group => (member::list_all(tx, &ids).await?, HashMap::new()),
            Kind::User => (HashMap::new(), member::groups_of(tx, &ids).await?),
            _ => (HashMap::new(), HashMap::new()),
        };
        found.retain(|record| {
            let mut resource = whole(record, query.of);
            if let Some(members) = members.get(&record.id) {
                let members: Vec<_> = members.iter().map(|member| Value::Object(member.element())).collect();
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
    Ok(found)
}

/// The resource as far as filters ask for it.
fn whole(record: &Record, of: &RecordType) -> Object {
    let mut resource = record.doc.clone();
    if record.kind == Kind::User {
        resource.insert("active".into(), join::is_active(&record.doc).into());
    }
    resource.insert("id".into(), record.id.to_string().into());
    let date = |at: Millis| clock::rfc3339(at);
    resource.insert(
        "meta".into(),
        json!({"resourceType": of.rt.id, "created": date(record.created_at),
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
