//! How many there are, counted only as far as anybody wants to know exactly.

use serde::Serialize;

use crate::{Error, Tx, db::Sql};

/// Beyond so many it is only said that there are more.
const MANY: i64 = 10_000;

/// So many are counted: one more than is said.
pub(crate) const LIMIT: i64 = MANY + 1;

/// A number of things.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// The number, at most 10,000.
    pub count: i64,
    /// Whether it is the number; `false`: there are more.
    pub exact: bool,
}

impl Count {
    /// Of what was counted with [`bounded`]'s limit.
    pub(crate) fn new(counted: i64) -> Count {
        Count { count: counted.min(MANY), exact: counted <= MANY }
    }
}

/// Count the rows of a SELECT. Its cost has an end, whatever the size of the tenant.
pub(crate) async fn bounded(tx: &mut Tx, select: impl FnOnce(&mut Sql)) -> Result<Count, Error> {
    let mut sql = Sql::new("SELECT COUNT(*) FROM (");
    select(&mut sql);
    sql.push(" LIMIT ").bind(LIMIT).push(") AS counted");
    let rows: Vec<(i64,)> = tx.rows_of(sql).await?;
    Ok(Count::new(rows.first().map_or(0, |(count,)| *count)))
}
