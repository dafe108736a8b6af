//! A user in line with its records: made, changed, kept or removed after one of them changed.

use scim::{ENTERPRISE_URN, Object, fold};
use serde_json::Value;
use uuid::Uuid;

use super::{
    Standing, User, UserState, get, lock,
    wanted::{free, give_way},
};
use crate::{
    Clock, Error, Kind, Millis, Tx,
    audit::{self, Actor, Entry},
    db::args,
    error::{stored, to_text},
    id,
    join::{is_active, join, leave_schema},
    schema::Definitions,
    source::{OnDelete, SourceSettings},
    values::{self, Scope},
    work,
};

/// What a change of a user is made on: whose word, when, and the audit entry that tells of it.
#[derive(Clone, Copy)]
pub(crate) struct Occasion<'a> {
    /// Whose word it is.
    pub actor: &'a Actor,
    /// Where further ids come from.
    pub clock: &'a Clock,
    /// The tenant's definitions.
    pub definitions: &'a Definitions,
    /// The id of the audit entry that the change writes; it marks the user for the planner.
    pub cause: Uuid,
    /// When.
    pub now: Millis,
}

/// Bring a user in line with its records, after one of them changed: make, change or remove it. Marks the user for the
/// planner when something differs. The profile that came out, if there is a user.
///
/// A `userName` that its records state and that is another user's by now is not taken: the user keeps the present one
/// until the name is free ([`User::wanted_name`]). Nobody asked for that name just now, so nobody is to be refused.
pub(crate) async fn settle(tx: &mut Tx, id: Uuid, on: &Occasion<'_>) -> Result<Option<Object>, Error> {
    settle_with(tx, id, None, &SourceSettings::default(), on).await
}

/// The same after a record's own source stated its `userName`, new or changed.
///
/// # Errors
/// `Taken` when that very name would become the user's, and is another's.
pub(crate) async fn settle_stated(
    tx: &mut Tx,
    id: Uuid,
    stated: &str,
    on: &Occasion<'_>,
) -> Result<Option<Object>, Error> {
    settle_with(tx, id, Some(stated), &SourceSettings::default(), on).await
}

/// The same as [`settle`]. Should no record be left, the policy of `last` decides what becomes of the user.
pub(crate) async fn settle_last(
    tx: &mut Tx,
    id: Uuid,
    last: &SourceSettings,
    on: &Occasion<'_>,
) -> Result<Option<Object>, Error> {
    settle_with(tx, id, None, last, on).await
}

async fn settle_with(
    tx: &mut Tx,
    id: Uuid,
    stated: Option<&str>,
    last: &SourceSettings,
    on: &Occasion<'_>,
) -> Result<Option<Object>, Error> {
    // Before the records are read: what another source is just saying about the same person must be seen.
    lock(tx, id).await?;
    let before = get(tx, id).await?;
    let Some((mut profile, delay)) = joined(tx, id).await? else {
        if let Some(before) = before.filter(|before| !before.kept) {
            return leave(tx, before, last, on).await;
        }
        return Ok(None);
    };
    resolve_manager(tx, &mut profile).await?;
    if let Some(active @ Value::Null) = profile.get_mut("active") {
        *active = Value::Bool(false);
    }
    let Some(before) = before else {
        insert(tx, id, &profile, on).await?;
        work::mark_dirty(tx, Kind::User, [id], false, Some(on.cause), on.now).await?;
        return Ok(Some(profile));
    };
    let wanted_name = give_way(tx, &before, &mut profile, stated).await?;
    let next = before.standing.next(is_active(&profile), delay, before.on_hold, on.cause, on.now);
    if before.doc == profile && before.standing == next && before.wanted_name == wanted_name && !before.kept {
        return Ok(Some(profile));
    }
    let after = After { profile: &profile, standing: next, kept: false, wanted_name: wanted_name.as_deref(), stated };
    update(tx, &before, &after, on).await?;
    work::mark_dirty(tx, Kind::User, [id], false, Some(on.cause), on.now).await?;
    free(tx, &before, Some(name(&profile)), on).await?;
    Ok(Some(profile))
}

/// What the sources say together, and how long the one that decides about `active` lets a person be blocked. None
/// without a record.
async fn joined(tx: &mut Tx, id: Uuid) -> Result<Option<(Object, Millis)>, Error> {
    let tenant = tx.tenant().id();
    let rows: Vec<(Uuid, String, Uuid, String)> = tx
        .rows(
            "SELECT r.id, r.doc, s.id, s.settings FROM records r JOIN sources s ON s.tenant = r.tenant AND s.id = r.source
             WHERE r.tenant = $1 AND r.subject = $2 ORDER BY s.rank, r.id",
            args![tenant, id],
        )
        .await?;
    let mut documents = Vec::with_capacity(rows.len());
    for (record, doc, source, settings) in &rows {
        let settings: SourceSettings = stored("sources", source, settings)?;
        let document: Object = stored("records", record, doc)?;
        documents.push((settings.counted(&document).into_owned(), settings.delay()));
    }
    let decides = documents.iter().find(|(document, _)| document.contains_key("active"));
    let delay = decides.map_or(0, |(_, delay)| *delay);
    Ok(match documents.as_slice() {
        [] => None,
        [(only, _)] => Some((only.clone(), delay)),
        many => Some((join(&many.iter().map(|(document, _)| document).collect::<Vec<_>>()), delay)),
    })
}

/// The last record is gone: the policy of its source decides.
async fn leave(tx: &mut Tx, before: User, last: &SourceSettings, on: &Occasion<'_>) -> Result<Option<Object>, Error> {
    let Occasion { actor, cause, now, .. } = *on;
    let entry = |action, object_name, detail| Entry {
        id: cause,
        at: now,
        action,
        object_kind: "user",
        object: before.id,
        object_name,
        detail,
    };
    let name = before.user_name.as_str();
    match last.on_delete {
        // Nobody on hold is removed: the user stays, blocked, until the hold is lifted.
        OnDelete::Delete if before.on_hold => {
            let held = Standing { deactivates_at: None, ..before.standing.next(false, 0, true, cause, now) };
            let detail = serde_json::json!({"state": [before.standing.state, held.state]});
            stand(tx, &before, held, false, now).await?;
            let reason = "on hold: blocked, and deleted when the hold is lifted, unless a source knows the person then";
            audit::skip(tx, actor, entry("delete", name, Some(detail)), reason).await?;
        }
        OnDelete::Delete => remove(tx, &before, on).await?,
        OnDelete::Deactivate => {
            let next = before.standing.next(false, last.delay(), before.on_hold, cause, now);
            let after = After { profile: &before.doc, standing: next, kept: true, wanted_name: None, stated: None };
            update(tx, &before, &after, on).await?;
        }
        OnDelete::Ignore => {
            stand(tx, &before, before.standing, true, now).await?;
            values::fill(tx, Scope::Directory(on.definitions), Kind::User, before.id, &before.doc).await?;
            let reason = "the policy of the source is to ignore that it deletes people: the user is kept as last known";
            audit::skip(tx, actor, entry("delete", name, None), reason).await?;
        }
    }
    work::mark_dirty(tx, Kind::User, [before.id], false, Some(cause), now).await?;
    Ok(None)
}

/// Store where a person without records stands, and nothing else.
async fn stand(tx: &mut Tx, user: &User, standing: Standing, kept: bool, now: Millis) -> Result<(), Error> {
    let tenant = tx.tenant().id();
    let Standing { state, since, cause, deactivates_at } = standing;
    tx.execute(
        "UPDATE users SET state = $1, active = $2, state_since = $3, state_cause = $4, deactivates_at = $5, kept = $6,
         wanted_name = NULL, wanted_key = NULL, version = version + 1, modified_at = $7 WHERE tenant = $8 AND id = $9",
        args![state.as_str(), state == UserState::Active, since, cause, deactivates_at, kept, now, tenant, user.id],
    )
    .await?;
    Ok(())
}

/// A record names a manager by a record's id; a profile by the user's. A record that became a local one has the user's
/// id already.
async fn resolve_manager(tx: &mut Tx, profile: &mut Object) -> Result<(), Error> {
    let Some(Value::Object(enterprise)) = profile.get_mut(ENTERPRISE_URN) else { return Ok(()) };
    let Some(Value::Object(manager)) = enterprise.get_mut("manager") else { return Ok(()) };
    let named = manager.get("value").and_then(Value::as_str).and_then(id::read);
    let user: Option<(Option<Uuid>,)> = match named {
        Some(record) => {
            let tenant = tx.tenant().id();
            tx.row(
                "SELECT subject FROM records WHERE tenant = $1 AND id = $2 AND kind = 0
                 UNION ALL SELECT id FROM users WHERE tenant = $1 AND id = $2",
                args![tenant, record],
            )
            .await?
        }
        None => None,
    };
    match user.and_then(|(user,)| user) {
        Some(user) => {
            manager.retain(|name, _| name == "value");
            manager.insert("value".into(), user.to_string().into());
        }
        None => {
            enterprise.remove("manager");
            if enterprise.is_empty() {
                profile.remove(ENTERPRISE_URN);
                leave_schema(profile, ENTERPRISE_URN);
            }
        }
    }
    Ok(())
}

pub(super) fn name(profile: &Object) -> &str {
    profile.get("userName").and_then(Value::as_str).unwrap_or_default()
}

/// Make the user of a record that nobody else has: what [`settle`] would come to, without looking.
pub(crate) async fn appear(
    tx: &mut Tx,
    id: Uuid,
    document: &Object,
    settings: &SourceSettings,
    on: &Occasion<'_>,
) -> Result<(), Error> {
    let mut profile = settings.counted(document).into_owned();
    resolve_manager(tx, &mut profile).await?;
    insert(tx, id, &profile, on).await?;
    work::mark_dirty(tx, Kind::User, [id], false, Some(on.cause), on.now).await
}

async fn insert(tx: &mut Tx, id: Uuid, profile: &Object, on: &Occasion<'_>) -> Result<(), Error> {
    let Occasion { actor, cause, now, .. } = *on;
    let (tenant, name) = (tx.tenant().id(), name(profile));
    let Standing { state, since, .. } = Standing::first(is_active(profile), cause, now);
    let display_name = profile.get("displayName").and_then(Value::as_str);
    tx.execute(
        "INSERT INTO users (tenant, id, user_name, name_key, display_name, active, on_hold, version, created_at, modified_at, doc,
           state, state_since, state_cause)
         VALUES ($1, $2, $3, $4, $5, $6, FALSE, 1, $7, $7, $8, $9, $10, $11)",
        args![tenant, id, name, fold::fold(name), display_name, state == UserState::Active, now, to_text(profile), state.as_str(), since, cause],
    )
    .await
    // Nobody had the name when we looked. Run again, the record finds the user that has it now.
    .map_err(|error| if error.violated().is_some() { crate::DbError::Overtaken } else { error })?;
    values::update(tx, Scope::Directory(on.definitions), Kind::User, id, None, Some(profile)).await?;
    let entry = Entry {
        id: cause,
        at: now,
        action: "create",
        object_kind: "user",
        object: id,
        object_name: name,
        detail: None,
    };
    audit::record(tx, actor, entry).await
}

/// What a user becomes.
struct After<'a> {
    profile: &'a Object,
    standing: Standing,
    kept: bool,
    /// The name it would have if that were not another's.
    wanted_name: Option<&'a str>,
    /// The name that a source is just stating.
    stated: Option<&'a str>,
}

async fn update(tx: &mut Tx, before: &User, after: &After<'_>, on: &Occasion<'_>) -> Result<(), Error> {
    let Occasion { actor, cause, now, .. } = *on;
    let After { profile, standing: next, kept, wanted_name, stated } = *after;
    let (tenant, name) = (tx.tenant().id(), name(profile));
    let Standing { state, since, cause: state_cause, deactivates_at } = next;
    tx.execute(
        "UPDATE users SET user_name = $1, name_key = $2, display_name = $3, active = $4, version = version + 1,
         modified_at = $5, doc = $6, state = $7, state_since = $8, state_cause = $9, deactivates_at = $10, kept = $11,
         wanted_name = $12, wanted_key = $13 WHERE tenant = $14 AND id = $15",
        args![
            name,
            fold::fold(name),
            profile.get("displayName").and_then(Value::as_str),
            state == UserState::Active,
            now,
            to_text(profile),
            state.as_str(),
            since,
            state_cause,
            deactivates_at,
            kept,
            wanted_name,
            wanted_name.map(fold::fold),
            tenant,
            before.id
        ],
    )
    .await
    .map_err(|error| match stated {
        // It was free when we looked: look again.
        None if error.violated().is_some() => crate::DbError::Overtaken.into(),
        _ => Error::taken(error, "userName", name),
    })?;
    values::update(tx, Scope::Directory(on.definitions), Kind::User, before.id, Some(&before.doc), Some(profile))
        .await?;
    if kept {
        // Without a record the person is found again by values alone, also those of an earlier release.
        values::fill(tx, Scope::Directory(on.definitions), Kind::User, before.id, profile).await?;
    }
    let mut detail = audit::difference(&before.doc, profile);
    let waits = wanted_name.filter(|wanted| before.wanted_name.as_deref() != Some(wanted));
    if let Some(wanted) = waits {
        detail["wantedUserName"] = wanted.into();
    }
    let moved = before.standing.state != next.state;
    if moved {
        detail["state"] = serde_json::json!([before.standing.state, next.state]);
    }
    let held = moved && next.state == UserState::Blocked && before.on_hold;
    let action = match (held, moved) {
        (true, _) => "deactivate",
        (false, true) => next.state.action(),
        (false, false) => "update",
    };
    let entry = Entry {
        id: cause,
        at: now,
        action,
        object_kind: "user",
        object: before.id,
        object_name: name,
        detail: Some(detail),
    };
    if held {
        return audit::skip(tx, actor, entry, "on hold: blocked, and not deactivated until the hold is lifted").await;
    }
    if let Some(wanted) = waits {
        let reason = format!("userName {wanted:?} belongs to another user: {name:?} stays until that name is free");
        return audit::skip(tx, actor, entry, &reason).await;
    }
    audit::record(tx, actor, entry).await
}

pub(super) async fn remove(tx: &mut Tx, user: &User, on: &Occasion<'_>) -> Result<(), Error> {
    let Occasion { actor, cause, now, .. } = *on;
    let tenant = tx.tenant().id();
    values::update(tx, Scope::Directory(on.definitions), Kind::User, user.id, Some(&user.doc), None).await?;
    for sql in [
        "DELETE FROM users WHERE tenant = $1 AND id = $2",
        "DELETE FROM group_members WHERE tenant = $1 AND member_id = $2",
        "DELETE FROM assignments WHERE tenant = $1 AND subject = $2",
    ] {
        tx.execute(sql, args![tenant, user.id]).await?;
    }
    let entry = Entry {
        id: cause,
        at: now,
        action: "delete",
        object_kind: "user",
        object: user.id,
        object_name: &user.user_name,
        detail: None,
    };
    audit::record(tx, actor, entry).await?;
    free(tx, user, None, on).await
}
