//! How many operations a run had, by what they were about and what came of them.

use std::collections::HashMap;
use uuid::Uuid;

use crate::{
    Error, Kind, Tx,
    db::{Sql, args},
};

/// The statuses of operations, in the order of a row of [`Tally`].
pub const STATUSES: [&str; 4] = ["succeeded", "pending", "waiting", "failed"];

/// The kinds of objects, in the order of the rows of [`Tally`].
pub const KINDS: [Kind; 3] = [Kind::User, Kind::Group, Kind::Membership];

/// Numbers of operations by kind of object and status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally([[i64; 4]; 3]);

impl Tally {
    /// Count one operation. A status that is none of [`STATUSES`] counts as failed.
    pub fn count(&mut self, kind: Kind, status: &str) {
        let row = KINDS.iter().position(|known| *known == kind).unwrap_or(0);
        let column = STATUSES.iter().position(|known| *known == status).unwrap_or(3);
        self.0[row][column] += 1;
    }

    /// Count what another tally has counted.
    pub fn add(&mut self, other: &Tally) {
        for (sum, more) in self.0.iter_mut().flatten().zip(other.0.iter().flatten()) {
            *sum += more;
        }
    }

    /// The numbers of one kind of object, in the order of [`STATUSES`].
    pub fn of(&self, kind: Kind) -> [i64; 4] {
        KINDS.iter().position(|known| *known == kind).map_or([0; 4], |row| self.0[row])
    }

    /// The numbers of all kinds together, in the order of [`STATUSES`].
    pub fn sums(&self) -> [i64; 4] {
        let mut sums = [0; 4];
        for row in &self.0 {
            for (sum, more) in sums.iter_mut().zip(row) {
                *sum += more;
            }
        }
        sums
    }

    fn cells(&self) -> impl Iterator<Item = (Kind, &'static str, i64)> {
        let cells = KINDS.into_iter().zip(self.0);
        cells.flat_map(|(kind, row)| STATUSES.into_iter().zip(row).map(move |(status, total)| (kind, status, total)))
    }
}

/// Store what a run has come to so far.
pub(super) async fn store(tx: &mut Tx, run: Uuid, tally: &Tally) -> Result<(), Error> {
    let tenant = tx.tenant().id();
    let cells: Vec<_> = tally.cells().filter(|(.., total)| *total > 0).collect();
    if cells.is_empty() {
        return Ok(());
    }
    let mut sql = Sql::new("INSERT INTO run_counts (tenant, run, kind, status, total) VALUES ");
    sql.bind_rows(cells.into_iter().map(|(kind, status, total)| args![tenant, run, kind.code(), status, total]));
    sql.push(" ON CONFLICT (tenant, run, kind, status) DO UPDATE SET total = excluded.total");
    Ok(tx.later(sql).await?)
}

/// What a run came to; none for one that was before kinds were counted.
pub async fn tally(tx: &mut Tx, run: Uuid) -> Result<Option<Tally>, Error> {
    let tenant = tx.tenant().id();
    let rows: Vec<(i64, String, i64)> = tx
        .rows("SELECT kind, status, total FROM run_counts WHERE tenant = $1 AND run = $2", args![tenant, run])
        .await?;
    let totals: HashMap<(i64, String), i64> =
        rows.into_iter().map(|(kind, status, total)| ((kind, status), total)).collect();
    let of = |kind: Kind, status: &str| totals.get(&(kind.code(), status.to_owned())).copied().unwrap_or(0);
    Ok((!totals.is_empty()).then(|| Tally(KINDS.map(|kind| STATUSES.map(|status| of(kind, status))))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_adds_up() {
        let mut tally = Tally::default();
        tally.count(Kind::User, "succeeded");
        tally.count(Kind::Membership, "failed");
        let same = tally;
        tally.add(&same);
        assert_eq!(tally.of(Kind::User), [2, 0, 0, 0]);
        assert_eq!(tally.of(Kind::Group), [0; 4]);
        assert_eq!(tally.sums(), [2, 0, 0, 2]);
    }
}
