//! SQLite as Lockstep opens it (WAL, `synchronous=FULL`), with one writer that commits concurrent jobs together.

use serde_json::{Value, json};
use sqlx::{
    AssertSqlSafe, ConnectOptions, Executor, SqliteConnection, SqlitePool, query, query_as,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{path::Path, time::Duration};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use crate::{
    insert_person,
    rows::{self, GROUP, INSERT_1, INSERT_CHANGE, MARK, Person, SOURCE, TENANT, USER},
};

/// Jobs that share one commit at most.
const GROUP_LIMIT: usize = 512;

/// Something to write.
#[derive(Debug)]
pub enum Job {
    /// Store a person.
    Create(Box<Person>),
    /// Give a record and its user another displayName.
    Rename(Uuid, String),
    /// Store a group with members.
    CreateGroup(Uuid, String, Vec<Uuid>),
    /// Add (true) or remove one member of a group.
    Member(Uuid, Uuid, bool),
}

/// What became of a job, once it is on disk.
#[derive(Debug)]
pub enum Done {
    /// Stored.
    Stored,
    /// Stored; version and document of what it has become.
    Changed(i64, String),
    /// The name is taken: nothing stored.
    Taken,
    /// There is no such record: nothing stored.
    Missing,
}

type Reply = oneshot::Sender<Result<Done, String>>;

/// The database.
#[derive(Clone, Debug)]
pub struct Sqlite {
    /// Connections that only read.
    pub readers: SqlitePool,
    jobs: mpsc::Sender<(Job, Reply)>,
}

impl Sqlite {
    /// Open the database in `folder`, and make it when it is missing.
    pub async fn open(folder: &Path) -> Result<Sqlite, sqlx::Error> {
        std::fs::create_dir_all(folder).map_err(sqlx::Error::Io)?;
        let file = folder.join("minimal.db");
        let made = file.exists();
        // The settings of crates/directory/src/db/sqlite.rs, without those that cost time for secrecy.
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(10))
            .statement_cache_capacity(500)
            .pragma("cache_size", "-16000")
            .pragma("wal_autocheckpoint", "4000")
            .disable_statement_logging();
        let mut writer = options.clone().connect().await?;
        if !made {
            for statement in rows::schema(false) {
                writer.execute(AssertSqlSafe(statement)).await?;
            }
        }
        let readers = SqlitePoolOptions::new().max_connections(8).connect_lazy_with(options.pragma("query_only", "ON"));
        let (jobs, queue) = mpsc::channel(4096);
        tokio::spawn(write(writer, queue));
        Ok(Sqlite { readers, jobs })
    }

    /// Do a job; the answer comes when it is on disk.
    pub async fn run(&self, job: Job) -> Result<Done, String> {
        let (reply, answer) = oneshot::channel();
        self.jobs.send((job, reply)).await.map_err(|_| "the writer has ended".to_owned())?;
        answer.await.map_err(|_| "the writer has ended".to_owned())?
    }
}

/// The writer: whatever has queued while the last group went to disk is the next group.
async fn write(mut connection: SqliteConnection, mut queue: mpsc::Receiver<(Job, Reply)>) {
    let mut group = Vec::new();
    while queue.recv_many(&mut group, GROUP_LIMIT).await > 0 {
        let (jobs, replies): (Vec<_>, Vec<_>) = group.drain(..).unzip();
        let outcome = commit(&mut connection, jobs).await;
        if outcome.is_err() {
            // A group fails as a whole; there is nothing left to undo when BEGIN itself failed.
            let _ = connection.execute("ROLLBACK").await;
        }
        let outcomes: Vec<_> = match outcome {
            Ok(done) => done.into_iter().map(Ok).collect(),
            Err(error) => replies.iter().map(|_| Err(error.to_string())).collect(),
        };
        for (reply, outcome) in replies.into_iter().zip(outcomes) {
            // The client may have gone.
            let _ = reply.send(outcome);
        }
    }
}

async fn commit(connection: &mut SqliteConnection, jobs: Vec<Job>) -> Result<Vec<Done>, sqlx::Error> {
    connection.execute("BEGIN IMMEDIATE").await?;
    let mut done = Vec::with_capacity(jobs.len());
    for job in jobs {
        done.push(match job {
            Job::Create(person) => create(connection, &person).await?,
            Job::Rename(id, name) => rename(connection, id, &name).await?,
            Job::CreateGroup(id, name, members) => create_group(connection, id, &name, &members).await?,
            Job::Member(group, member, add) => change_member(connection, group, member, add).await?,
        });
    }
    connection.execute("COMMIT").await?;
    Ok(done)
}

async fn create(c: &mut SqliteConnection, person: &Person) -> Result<Done, sqlx::Error> {
    let stored: Result<bool, sqlx::Error> = insert_person!(c, person);
    Ok(if stored? { Done::Stored } else { Done::Taken })
}

async fn rename(c: &mut SqliteConnection, id: Uuid, name: &str) -> Result<Done, sqlx::Error> {
    let found: Option<(i64, Uuid, String)> =
        query_as("SELECT version, subject, doc FROM records WHERE tenant = $1 AND id = $2 AND kind = $3")
            .bind(TENANT)
            .bind(id)
            .bind(USER)
            .fetch_optional(&mut *c)
            .await?;
    let Some((version, user, doc)) = found else { return Ok(Done::Missing) };
    let mut doc: Value = serde_json::from_str(&doc).map_err(|error| sqlx::Error::Decode(error.into()))?;
    let before = doc["displayName"].as_str().unwrap_or_default().to_lowercase();
    let detail = json!({"displayName": [doc["displayName"], name]}).to_string();
    doc["displayName"] = name.into();
    let (key, text, cause, now) = (name.to_lowercase(), doc.to_string(), Uuid::now_v7(), rows::now());
    query("UPDATE records SET version = $1, modified_at = $2, doc = $3 WHERE tenant = $4 AND id = $5")
        .bind(version + 1)
        .bind(now)
        .bind(&text)
        .bind(TENANT)
        .bind(id)
        .execute(&mut *c)
        .await?;
    query("UPDATE users SET display_name = $1, version = version + 1, modified_at = $2, doc = $3 WHERE tenant = $4 AND id = $5")
        .bind(name).bind(now).bind(&text).bind(TENANT).bind(user)
        .execute(&mut *c)
        .await?;
    for (scope, owner) in [(SOURCE, id), (TENANT, user)] {
        query(
            "DELETE FROM attribute_values WHERE tenant = $1 AND scope = $2 AND kind = $3 AND path = 'displayName'
             AND value = $4 AND owner = $5 AND element = 0",
        )
        .bind(TENANT)
        .bind(scope)
        .bind(USER)
        .bind(&before)
        .bind(owner)
        .execute(&mut *c)
        .await?;
        query(INSERT_1.as_str())
            .bind(TENANT)
            .bind(scope)
            .bind(USER)
            .bind("displayName")
            .bind(&key)
            .bind(owner)
            .bind(0_i64)
            .execute(&mut *c)
            .await?;
    }
    query(INSERT_CHANGE)
        .bind(TENANT)
        .bind(cause)
        .bind(now)
        .bind("update")
        .bind("user")
        .bind(user)
        .bind(name)
        .bind(detail)
        .execute(&mut *c)
        .await?;
    query(MARK).bind(TENANT).bind(USER).bind(user).bind(cause).bind(now).execute(&mut *c).await?;
    Ok(Done::Changed(version + 1, text))
}

async fn create_group(c: &mut SqliteConnection, id: Uuid, name: &str, members: &[Uuid]) -> Result<Done, sqlx::Error> {
    let (group, now) = (Uuid::now_v7(), rows::now());
    let doc = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name}).to_string();
    let inserted = query(
        "INSERT INTO records (tenant, id, source, kind, name_key, active, version, members, created_at, modified_at, subject, doc)
         VALUES ($1, $2, $3, $4, $5, TRUE, 1, $6, $7, $7, $8, $9) ON CONFLICT DO NOTHING",
    )
    .bind(TENANT).bind(id).bind(SOURCE).bind(GROUP).bind(name.to_lowercase()).bind(members.len() as i64).bind(now)
    .bind(group).bind(doc)
    .execute(&mut *c)
    .await?;
    if inserted.rows_affected() == 0 {
        return Ok(Done::Taken);
    }
    query(
        "INSERT INTO groups (tenant, id, kind, display_name, name_key, source, version, created_at, modified_at)
         VALUES ($1, $2, 'sourced', $3, $4, $5, 1, $6, $6)",
    )
    .bind(TENANT)
    .bind(group)
    .bind(name)
    .bind(name.to_lowercase())
    .bind(SOURCE)
    .bind(now)
    .execute(&mut *c)
    .await?;
    for member in members {
        if let Some(user) = subject(c, *member).await? {
            add_member(c, (id, *member), (group, user)).await?;
        }
    }
    Ok(Done::Stored)
}

/// The user or group behind a record.
async fn subject(c: &mut SqliteConnection, record: Uuid) -> Result<Option<Uuid>, sqlx::Error> {
    let found: Option<(Uuid,)> = query_as("SELECT subject FROM records WHERE tenant = $1 AND id = $2")
        .bind(TENANT)
        .bind(record)
        .fetch_optional(c)
        .await?;
    Ok(found.map(|(subject,)| subject))
}

/// One member: records' ids first, then the directory's.
async fn add_member(c: &mut SqliteConnection, record: (Uuid, Uuid), user: (Uuid, Uuid)) -> Result<bool, sqlx::Error> {
    let inserted = query(
        "INSERT INTO record_members (tenant, group_id, member_id, member_kind) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    )
    .bind(TENANT).bind(record.0).bind(record.1).bind(USER)
    .execute(&mut *c)
    .await?;
    query(
        "INSERT INTO group_members (tenant, group_id, member_id, member_kind) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    )
    .bind(TENANT).bind(user.0).bind(user.1).bind(USER)
    .execute(&mut *c)
    .await?;
    Ok(inserted.rows_affected() > 0)
}

async fn change_member(c: &mut SqliteConnection, id: Uuid, member: Uuid, add: bool) -> Result<Done, sqlx::Error> {
    let found: Option<(i64, i64, Uuid, String)> =
        query_as("SELECT version, members, subject, doc FROM records WHERE tenant = $1 AND id = $2 AND kind = $3")
            .bind(TENANT)
            .bind(id)
            .bind(GROUP)
            .fetch_optional(&mut *c)
            .await?;
    let Some((version, members, group, doc)) = found else { return Ok(Done::Missing) };
    let Some(user) = subject(c, member).await? else { return Ok(Done::Missing) };
    let changed = if add {
        add_member(c, (id, member), (group, user)).await?
    } else {
        query("DELETE FROM group_members WHERE tenant = $1 AND group_id = $2 AND member_id = $3")
            .bind(TENANT)
            .bind(group)
            .bind(user)
            .execute(&mut *c)
            .await?;
        query("DELETE FROM record_members WHERE tenant = $1 AND group_id = $2 AND member_id = $3")
            .bind(TENANT)
            .bind(id)
            .bind(member)
            .execute(&mut *c)
            .await?
            .rows_affected()
            > 0
    };
    if !changed {
        return Ok(Done::Changed(version, doc));
    }
    let (cause, now, growth) = (Uuid::now_v7(), rows::now(), if add { 1 } else { -1 });
    query("UPDATE records SET version = $1, members = $2, modified_at = $3 WHERE tenant = $4 AND id = $5")
        .bind(version + 1)
        .bind(members + growth)
        .bind(now)
        .bind(TENANT)
        .bind(id)
        .execute(&mut *c)
        .await?;
    query("UPDATE groups SET version = version + 1, modified_at = $1 WHERE tenant = $2 AND id = $3")
        .bind(now)
        .bind(TENANT)
        .bind(group)
        .execute(&mut *c)
        .await?;
    query(INSERT_CHANGE)
        .bind(TENANT)
        .bind(cause)
        .bind(now)
        .bind("members")
        .bind("group")
        .bind(group)
        .bind("group")
        .bind(json!({"added": i64::from(add), "removed": i64::from(!add)}).to_string())
        .execute(&mut *c)
        .await?;
    query(MARK).bind(TENANT).bind(USER).bind(user).bind(cause).bind(now).execute(&mut *c).await?;
    Ok(Done::Changed(version + 1, doc))
}
