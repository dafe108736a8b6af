//! Whose turn it is, among those who write records of one source at the same time.
//!
//! A group notes whom it awaits, and whoever comes looks for groups that await it: two that do so at once see nothing of
//! each other. Two groups that are nested at once can close a circle. So whoever comes, or gets another name, does it
//! while nobody notes whom a group awaits; and who does that, or nests groups, is alone with it. The turn is taken before
//! any row is locked, so that nobody waits for it who holds what others need. A transaction that finds out on its way
//! that it needs more than it took begins anew.
//!
//! Only PostgreSQL has several writers at a time. On SQLite nothing is taken, but a transaction begins anew where it would
//! there: both draw the same ids, and what one of them can be shown to do the other does too.

use std::sync::atomic::{AtomicU8, Ordering};
use uuid::Uuid;

use crate::{DbError, Error, Tx, db::args};

const BESIDE: u8 = 0;
const ARRIVING: u8 = 1;
const ALONE: u8 = 2;

/// What a transaction takes when it begins; it grows while the transaction is tried.
#[derive(Debug)]
pub(crate) struct Turn(AtomicU8);

impl Turn {
    /// Beside everybody: for changes of what is there.
    pub(crate) fn beside() -> Turn {
        Turn(AtomicU8::new(BESIDE))
    }

    /// Beside others that come.
    pub(crate) fn arriving() -> Turn {
        Turn(AtomicU8::new(ARRIVING))
    }

    /// Wait for it. It is given back with the end of the transaction.
    pub(crate) async fn take(&self, tx: &mut Tx, source: Uuid) -> Result<(), Error> {
        let sql = match self.0.load(Ordering::Relaxed) {
            _ if !tx.locking() => return Ok(()),
            BESIDE => return Ok(()),
            ARRIVING => "SELECT pg_advisory_xact_lock_shared($1)",
            _ => "SELECT pg_advisory_xact_lock($1)",
        };
        // The random half of the id. Two sources that share it wait for each other, and that is all.
        let (_, random) = source.as_u64_pair();
        tx.execute(sql, args![random.cast_signed()]).await?;
        Ok(())
    }

    /// Who is changed may be awaited by a group under its new name.
    ///
    /// # Errors
    /// `Overtaken` when the transaction has to begin anew.
    pub(crate) fn arrive(&self) -> Result<(), Error> {
        self.need(ARRIVING)
    }

    /// Somebody is awaited from now on, or groups are nested.
    ///
    /// # Errors
    /// `Overtaken` when the transaction has to begin anew.
    pub(crate) fn be_alone(&self) -> Result<(), Error> {
        self.need(ALONE)
    }

    fn need(&self, least: u8) -> Result<(), Error> {
        if self.0.fetch_max(least, Ordering::Relaxed) < least {
            return Err(DbError::Overtaken.into());
        }
        Ok(())
    }
}
