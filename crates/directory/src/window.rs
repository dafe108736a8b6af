//! History in pieces: what no index serves is looked for in one bounded stretch at a time.

use uuid::Uuid;

use crate::{Error, Millis, Tx, db::Sql};

/// So many rows are looked through for one page.
const STRETCH: i64 = 20_000;

/// The part of a history that a page may come from. Ids grow with time, so that times are ids too.
pub(crate) struct Window {
    /// Not before.
    from: Option<Uuid>,
    /// Before.
    before: Uuid,
}

impl Window {
    pub(crate) fn new(from: Option<Millis>, to: Option<Millis>, before: Option<Uuid>) -> Window {
        let before = before.unwrap_or(Uuid::max());
        let before = to.map_or(before, |to| before.min(at(to)));
        Window { from: from.map(at), before }
    }

    /// Where the stretch ends, if there is more behind it. `ids` selects the ids of the tenant's rows.
    pub(crate) async fn end(&self, tx: &mut Tx, ids: &'static str) -> Result<Option<Uuid>, Error> {
        let mut sql = Sql::new(ids);
        sql.bind(tx.tenant().id());
        self.end_of(tx, sql).await
    }

    /// The same for some of the tenant's rows. `sql` selects their ids.
    pub(crate) async fn end_of(&self, tx: &mut Tx, mut sql: Sql) -> Result<Option<Uuid>, Error> {
        self.narrow(&mut sql, None);
        sql.push(" ORDER BY id DESC LIMIT 1 OFFSET ").bind(STRETCH - 1);
        Ok(tx.rows_of::<(Uuid,)>(sql).await?.first().map(|(id,)| *id))
    }

    /// Narrow a statement to the window, down to the end of its stretch.
    pub(crate) fn narrow(&self, sql: &mut Sql, end: Option<Uuid>) {
        sql.push(" AND id < ").bind(self.before);
        if let Some(from) = self.from.max(end) {
            sql.push(" AND id >= ").bind(from);
        }
    }
}

/// The smallest id that can have been made at a time.
pub(crate) fn at(at: Millis) -> Uuid {
    uuid::Builder::from_unix_timestamp_millis(u64::try_from(at).unwrap_or(0), &[0; 10]).into_uuid()
}

/// The pattern of texts that begin with this one, for LIKE over LOWER.
pub(crate) fn begins(text: &str) -> String {
    let text = text.trim().to_lowercase();
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_") + "%"
}
