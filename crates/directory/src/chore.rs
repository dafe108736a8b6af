//! Chores: work in the background that goes through many records or users, a bounded piece at a time.
//!
//! A chore is a row with a position. The plan lane does a piece and moves the position in one transaction, so a crash
//! loses nothing and repeats nothing; one object that can't be done is told of and passed by.

use serde_json::json;
use std::collections::HashMap;
use uuid::Uuid;

use crate::{
    Clock, Directory, Error, Kind, Millis, Tx,
    audit::{self, Actor, Entry},
    db::{args, transaction},
    error::stored,
    lane::{self, Lease},
    schema::Definitions,
    source::{self, People},
    unjoined,
    user::{self, Occasion},
    values::{self, Scope},
};

/// What is to be done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Chore {
    /// Work out anew who a source's people are: what it may state, or its rank, has changed.
    Rejoin,
    /// Clear away a source that was removed, with its people as decided.
    Remove,
    /// Give every user's values their rows in the index, because more attributes are indexed than before.
    Index,
}

impl Chore {
    fn as_str(self) -> &'static str {
        match self {
            Chore::Rejoin => "rejoin",
            Chore::Remove => "remove",
            Chore::Index => "index",
        }
    }

    fn parse(text: &str) -> Chore {
        match text {
            "rejoin" => Chore::Rejoin,
            "remove" => Chore::Remove,
            _ => Chore::Index,
        }
    }
}

/// How far a chore has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// What is being done.
    pub chore: Chore,
    /// So many objects are done.
    pub done: i64,
    /// Of about so many.
    pub total: i64,
    /// For a removal: what becomes of the people.
    pub people: Option<People>,
}

/// A chore under way.
pub(crate) struct Piece {
    chore: Chore,
    /// The source it is about.
    pub source: Uuid,
    revision: i64,
    /// The last object that was looked at.
    pub position: Uuid,
    done: i64,
    /// For a removal: what becomes of the people.
    pub people: People,
    /// Who wants it.
    pub actor: Actor,
}

/// What a piece of a chore came to.
pub(crate) struct Did {
    /// So many objects were looked at.
    pub objects: usize,
    /// The last of them.
    pub position: Uuid,
    /// Nothing is left to do.
    pub finished: bool,
}

/// Begin a chore about a source; one that is under way begins again.
pub(crate) async fn begin(
    tx: &mut Tx,
    chore: Chore,
    source: Uuid,
    people: Option<People>,
    actor: &Actor,
    now: Millis,
) -> Result<(), Error> {
    let tenant = tx.tenant().id();
    let total: Option<(Option<i64>,)> = tx
        .row(
            "SELECT CAST(SUM(total) AS BIGINT) FROM record_counts WHERE tenant = $1 AND source = $2",
            args![tenant, source],
        )
        .await?;
    let total = total.and_then(|(total,)| total).unwrap_or(0);
    tx.execute(
        "INSERT INTO chores (tenant, kind, source, revision, position, done, total, people, actor_kind, actor, request, started_at)
         VALUES ($1, $2, $3, 1, $4, 0, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (tenant, kind, source) DO UPDATE SET revision = chores.revision + 1, position = excluded.position,
         done = 0, total = excluded.total, actor_kind = excluded.actor_kind, actor = excluded.actor, request = excluded.request",
        args![
            tenant,
            chore.as_str(),
            source,
            Uuid::nil(),
            total,
            people.map(People::as_str),
            actor.kind,
            &actor.name,
            actor.request,
            now
        ],
    )
    .await?;
    Ok(())
}

/// How far chores have come, by source.
pub async fn progress(tx: &mut Tx) -> Result<HashMap<Uuid, Vec<Progress>>, Error> {
    let tenant = tx.tenant().id();
    let rows: Vec<(Uuid, String, i64, i64, Option<String>)> = tx
        .rows(
            "SELECT source, kind, done, total, people FROM chores WHERE tenant = $1 ORDER BY source, kind",
            args![tenant],
        )
        .await?;
    let mut found: HashMap<Uuid, Vec<Progress>> = HashMap::new();
    for (source, kind, done, total, people) in rows {
        let people = people.as_deref().map(People::parse);
        found.entry(source).or_default().push(Progress { chore: Chore::parse(&kind), done, total, people });
    }
    Ok(found)
}

/// So many objects are looked at in one transaction.
const STEP: i64 = 50;

impl Directory {
    /// Do a piece of a chore, if there is one. `None`: the lane is lost. `Some(false)`: there is none.
    pub(crate) async fn chore_turn(&self, lease: &Lease) -> Result<Option<bool>, Error> {
        match self.piece(lease, STEP).await {
            Err(error) if error.is_of_one_object() => {}
            outcome => return outcome,
        }
        // One of them can't be done: find it, and go on with the others.
        for _ in 0..STEP {
            let outcome = match self.piece(lease, 1).await {
                Err(error) if error.is_of_one_object() => self.pass_by(lease, &error).await?,
                outcome => outcome?,
            };
            if outcome != Some(true) {
                return Ok(outcome);
            }
        }
        Ok(Some(true))
    }

    async fn piece(&self, lease: &Lease, limit: i64) -> Result<Option<bool>, Error> {
        transaction!(self.db, lease.tenant, tx => {
            if !lane::fence(tx, lease).await? {
                return Ok(None);
            }
            let Some(piece) = first(tx).await? else { return Ok(Some(false)) };
            let did = match piece.chore {
                Chore::Rejoin => {
                    let definitions = self.definitions_by(tx).await?;
                    rejoin(tx, &piece, limit, &self.clock, &definitions).await?
                }
                Chore::Remove => source::remove_piece(tx, &piece, limit, self).await?,
                Chore::Index => {
                    let definitions = self.definitions_by(tx).await?;
                    index(tx, &piece, limit, &definitions).await?
                }
            };
            advance(tx, &piece, &did).await?;
            Ok(Some(true))
        })
    }

    /// Leave out the next object of the chore under way, and tell why.
    async fn pass_by(&self, lease: &Lease, error: &Error) -> Result<Option<bool>, Error> {
        tracing::warn!(tenant = %lease.tenant.id(), %error, "an object of a chore can't be done, and is passed by");
        transaction!(self.db, lease.tenant, tx => {
            if !lane::fence(tx, lease).await? {
                return Ok(None);
            }
            let Some(piece) = first(tx).await? else { return Ok(Some(false)) };
            let now = self.clock.now();
            let Some((record, subject, name)) = next_person(tx, &piece, 1).await?.pop() else { return Ok(Some(false)) };
            if piece.chore == Chore::Remove
                && let Some(record) = crate::record::get(tx, piece.source, Kind::User, record).await?
            {
                let definitions = self.definitions_by(tx).await?;
                crate::record::clear(tx, piece.source, definitions.of(Kind::User), &record, now).await?;
            }
            let actor = piece.actor.for_source(piece.source);
            let (id, object, detail) = (self.clock.id(), subject.unwrap_or(record), Some(json!({"chore": piece.chore.as_str()})));
            let entry = Entry { id, at: now, action: "update", object_kind: "user", object, object_name: &name, detail };
            audit::fail(tx, &actor, entry, &error.to_string()).await?;
            advance(tx, &piece, &Did { objects: 1, position: record, finished: false }).await?;
            Ok(Some(true))
        })
    }
}

/// The chore that is done first.
async fn first(tx: &mut Tx) -> Result<Option<Piece>, Error> {
    let tenant = tx.tenant().id();
    type Row = (String, Uuid, i64, Uuid, i64, Option<String>, String, String, Option<Uuid>);
    let row: Option<Row> = tx
        .row(
            "SELECT kind, source, revision, position, done, people, actor_kind, actor, request FROM chores
             WHERE tenant = $1 ORDER BY kind, source LIMIT 1",
            args![tenant],
        )
        .await?;
    Ok(row.map(|(chore, source, revision, position, done, people, kind, name, request)| Piece {
        chore: Chore::parse(&chore),
        source,
        revision,
        position,
        done,
        people: people.as_deref().map_or(People::Keep, People::parse),
        actor: Actor {
            kind: match kind.as_str() {
                "administrator" => "administrator",
                "api_token" => "api_token",
                _ => "system",
            },
            name,
            request,
            source: None,
        },
    }))
}

async fn advance(tx: &mut Tx, piece: &Piece, did: &Did) -> Result<(), Error> {
    let tenant = tx.tenant().id();
    let (kind, done) = (piece.chore.as_str(), piece.done + i64::try_from(did.objects).unwrap_or(0));
    if did.finished {
        tx.execute(
            "DELETE FROM chores WHERE tenant = $1 AND kind = $2 AND source = $3 AND revision = $4",
            args![tenant, kind, piece.source, piece.revision],
        )
        .await?;
    } else {
        tx.execute(
            "UPDATE chores SET position = $1, done = $2 WHERE tenant = $3 AND kind = $4 AND source = $5 AND revision = $6",
            args![did.position, done, tenant, kind, piece.source, piece.revision],
        )
        .await?;
    }
    Ok(())
}

/// The next records of people of the piece's source: record, user, name.
pub(crate) async fn next_person(
    tx: &mut Tx,
    piece: &Piece,
    limit: i64,
) -> Result<Vec<(Uuid, Option<Uuid>, String)>, Error> {
    let tenant = tx.tenant().id();
    Ok(tx
        .rows(
            "SELECT id, subject, name_key FROM records WHERE tenant = $1 AND source = $2 AND kind = 0 AND id > $3
             ORDER BY id LIMIT $4",
            args![tenant, piece.source, piece.position, limit],
        )
        .await?)
}

async fn rejoin(
    tx: &mut Tx,
    piece: &Piece,
    limit: i64,
    clock: &Clock,
    definitions: &Definitions,
) -> Result<Did, Error> {
    let people = next_person(tx, piece, limit).await?;
    let actor = piece.actor.for_source(piece.source);
    let source = source::find(tx, &piece.source.to_string()).await?;
    for (record, subject, _) in &people {
        let on = Occasion { actor: &actor, clock, definitions, cause: clock.id(), now: clock.now() };
        match subject {
            Some(user) => drop(user::settle(tx, *user, &on).await?),
            None => unjoined::look_again(tx, &source, *record, &on).await?,
        }
    }
    Ok(Did {
        objects: people.len(),
        position: people.last().map_or(piece.position, |(id, ..)| *id),
        finished: people.is_empty(),
    })
}

async fn index(tx: &mut Tx, piece: &Piece, limit: i64, definitions: &Definitions) -> Result<Did, Error> {
    let tenant = tx.tenant().id();
    let sql = if tx.locking() {
        "SELECT id, doc FROM users WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3 FOR UPDATE"
    } else {
        "SELECT id, doc FROM users WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3"
    };
    let users: Vec<(Uuid, String)> = tx.rows(sql, args![tenant, piece.position, limit]).await?;
    for (id, doc) in &users {
        values::fill(tx, Scope::Directory(definitions), Kind::User, *id, &stored("users", id, doc)?).await?;
    }
    Ok(Did {
        objects: users.len(),
        position: users.last().map_or(piece.position, |(id, _)| *id),
        finished: users.is_empty(),
    })
}
