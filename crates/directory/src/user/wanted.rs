//! A user name that a person's sources state while it is another user's: waited for, and taken when it is free.

use scim::{Object, fold};
use uuid::Uuid;

use super::{
    User,
    settle::{Occasion, name, settle},
};
use crate::{Error, Tx, db::args, unjoined};

/// The `userName` that a user's sources state, if it can't be the user's because it is another's: then the profile has
/// the present one. What a source is just stating is let through to be refused.
pub(super) async fn give_way(
    tx: &mut Tx,
    before: &User,
    profile: &mut Object,
    stated: Option<&str>,
) -> Result<Option<String>, Error> {
    let wanted = name(profile);
    let key = fold::fold(wanted);
    if key == fold::fold(&before.user_name) || stated.is_some_and(|stated| fold::fold(stated) == key) {
        return Ok(None);
    }
    let tenant = tx.tenant().id();
    // Whoever has it keeps it until this one waits for it, or is waited for until it is free: none misses the other.
    let sql = if tx.locking() {
        "SELECT id FROM users WHERE tenant = $1 AND name_key = $2 FOR UPDATE"
    } else {
        "SELECT id FROM users WHERE tenant = $1 AND name_key = $2"
    };
    let holder: Option<(Uuid,)> = tx.row(sql, args![tenant, key]).await?;
    if holder.is_none() {
        return Ok(None);
    }
    let wanted = wanted.to_owned();
    profile.insert("userName".into(), before.user_name.as_str().into());
    Ok(Some(wanted))
}

/// The name that a user had is free, if it has another one now (`None`: is gone): who waits for it gets it. Users whose
/// sources state it come first, then records that have no user because of it.
pub(super) async fn free(tx: &mut Tx, before: &User, name: Option<&str>, on: &Occasion<'_>) -> Result<(), Error> {
    let key = fold::fold(&before.user_name);
    if name.is_some_and(|name| fold::fold(name) == key) {
        return Ok(());
    }
    let tenant = tx.tenant().id();
    let mut last = Uuid::nil();
    loop {
        let next: Option<(Uuid,)> = tx
            .row(
                "SELECT id FROM users WHERE tenant = $1 AND wanted_key = $2 AND id > $3 ORDER BY id LIMIT 1",
                args![tenant, &key, last],
            )
            .await?;
        let Some((next,)) = next else { break };
        // The name that it leaves may be awaited too: each turn ends one person's waiting.
        let profile = Box::pin(settle(tx, next, &Occasion { cause: on.clock.id(), ..*on })).await?;
        if profile.is_some_and(|profile| fold::fold(self::name(&profile)) == key) {
            break;
        }
        // It no longer wants the name, since an administrator changed what its source may state.
        last = next;
    }
    // A record may be another one's of the same person, so it is looked at even when the name is taken again.
    Box::pin(unjoined::name_freed(tx, &key, on)).await
}
