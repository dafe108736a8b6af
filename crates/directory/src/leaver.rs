//! Leavers: how long it takes from somebody's end in the directory until the last of their accounts is gone.
//!
//! Worked out from what is recorded anyway: an operation names the change of the directory that caused it, and so does
//! work that is still open. The newest of those changes have a small index, and each has few operations, so the cost does
//! not grow with the tenant.

use uuid::Uuid;

use crate::{Error, Millis, Tx, db::args, window};

/// Somebody who left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaver {
    /// The user.
    pub user: Uuid,
    /// The name at that time; empty when it is not known any more.
    pub name: String,
    /// When they were blocked, deactivated or deleted.
    pub left_at: Millis,
    /// When the last account was taken away; none while one is left.
    pub done_at: Option<Millis>,
    /// How many accounts were taken away, or are left to be while it is not done.
    pub accounts: i64,
}

impl Leaver {
    /// How long it took, or has taken so far, in milliseconds.
    pub fn took(&self, now: Millis) -> Millis {
        self.done_at.unwrap_or(now) - self.left_at
    }
}

/// So many of the newest are looked at: enough to find the slowest of a week, unless more people left in it.
const LOOKED_AT: i64 = 500;

/// Those who left since then and took longest, at most `limit`; who still has an account counts until now. Who had no
/// account left is none of them.
pub async fn slowest(tx: &mut Tx, since: Millis, now: Millis, limit: usize) -> Result<Vec<Leaver>, Error> {
    let tenant = tx.tenant().id();
    type Row = (Uuid, String, Millis, Option<Millis>, i64, i64);
    let rows: Vec<Row> = tx
        .rows(
            "SELECT c.object, c.object_name, c.at,
               (SELECT MAX(o.at) FROM operations o WHERE o.tenant = $1 AND o.subject = c.object AND o.cause = c.id
                  AND o.kind = 0 AND o.status = 'succeeded'),
               (SELECT COUNT(DISTINCT o.application) FROM operations o WHERE o.tenant = $1 AND o.subject = c.object
                  AND o.cause = c.id AND o.kind = 0 AND o.status = 'succeeded'),
               (SELECT COUNT(*) FROM applications a JOIN work w ON w.tenant = a.tenant AND w.application = a.id
                  AND w.kind = 0 AND w.subject = c.object WHERE a.tenant = $1 AND a.active = TRUE AND w.cause = c.id)
             FROM (SELECT id, at, object, object_name FROM changes WHERE tenant = $1 AND id >= $2
                   AND object_kind = 'user' AND action IN ('block', 'deactivate', 'delete') AND result = 'done'
                   ORDER BY id DESC LIMIT $3) c",
            args![tenant, window::at(since), LOOKED_AT],
        )
        .await?;
    let leavers = rows.into_iter().filter(|(.., done, open)| done + open > 0);
    let mut leavers: Vec<Leaver> = leavers
        .map(|(user, name, left_at, done_at, done, open)| {
            let is_done = open == 0;
            Leaver {
                user,
                name,
                left_at,
                done_at: done_at.filter(|_| is_done),
                accounts: if is_done { done } else { open },
            }
        })
        .collect();
    leavers.sort_by_key(|leaver| (std::cmp::Reverse(leaver.took(now)), leaver.left_at));
    leavers.truncate(limit);
    Ok(leavers)
}
