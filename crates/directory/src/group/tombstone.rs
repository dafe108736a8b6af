//! Groups that their source has deleted while something still names them: they grant nothing any more, are shown with
//! what names them, and go when nothing does.

use super::Group;
use crate::{Error, Millis, Tx, db::args};

/// Leave a group as a tombstone, if something names it. `false`: nothing does.
pub(super) async fn leave(tx: &mut Tx, group: &Group, now: Millis) -> Result<bool, Error> {
    let tenant = tx.tenant().id();
    let left = tx
        .execute(
            "UPDATE groups SET deleted_at = $1, version = version + 1, modified_at = $1 WHERE tenant = $2 AND id = $3 AND (
               EXISTS (SELECT 1 FROM assignments a WHERE a.tenant = $2 AND a.subject = $3)
               OR EXISTS (SELECT 1 FROM pushed_groups p WHERE p.tenant = $2 AND p.group_id = $3)
               OR EXISTS (SELECT 1 FROM group_members m WHERE m.tenant = $2 AND m.member_id = $3))",
            args![now, tenant, group.id],
        )
        .await?;
    Ok(left == 1)
}

/// Something no longer names a group: forget the tombstones that nothing names any more. They are few.
pub(crate) async fn bury(tx: &mut Tx) -> Result<(), Error> {
    let tenant = tx.tenant().id();
    tx.execute(
        "DELETE FROM groups WHERE tenant = $1 AND deleted_at IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM assignments a WHERE a.tenant = $1 AND a.subject = groups.id)
         AND NOT EXISTS (SELECT 1 FROM pushed_groups p WHERE p.tenant = $1 AND p.group_id = groups.id)
         AND NOT EXISTS (SELECT 1 FROM group_members m WHERE m.tenant = $1 AND m.member_id = groups.id)",
        args![tenant],
    )
    .await?;
    Ok(())
}
