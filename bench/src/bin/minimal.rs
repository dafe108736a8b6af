//! The limit: what axum and SQLite give when nobody asks for SCIM.
//!
//! It answers the requests that `load` sends, and stores the same rows as Lockstep with the same durability, but
//! checks no schema, understands one filter and three PATCHes, joins nobody and pushes nowhere.

use axum::{
    Router,
    body::Bytes,
    extract::{Path, Query, Request, State},
    http::{StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, patch, post},
    serve::ListenerExt,
};
use bench::{
    rows::{Person, SOURCE, TENANT, USER},
    sqlite::{Done, Job, Sqlite},
};
use clap::Parser;
use serde::Deserialize;
use serde_json::Value;
use std::{fmt::Write, net::SocketAddr, path::PathBuf, sync::Arc};
use uuid::Uuid;

/// A minimal server: axum and SQLite, no SCIM semantics.
#[derive(Parser)]
struct Arguments {
    /// Address to listen on.
    #[arg(long)]
    listen: SocketAddr,
    /// Folder of the database.
    #[arg(long)]
    data_dir: PathBuf,
    /// The bearer token every request carries.
    #[arg(long)]
    token: String,
}

#[derive(Clone)]
struct Minimal {
    db: Sqlite,
    authorization: Arc<str>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let db = Sqlite::open(&arguments.data_dir).await?;
    let minimal = Minimal { db, authorization: format!("Bearer {}", arguments.token).into() };
    let router = Router::new()
        .route("/Users", get(list).post(create))
        .route("/Users/{id}", get(read).patch(rename))
        .route("/Groups", post(create_group))
        .route("/Groups/{id}", patch(change_member))
        .layer(middleware::from_fn_with_state(minimal.clone(), authenticate))
        .with_state(minimal);
    let listener = tokio::net::TcpListener::bind(arguments.listen).await?.tap_io(|socket| {
        // Without it answers wait for acknowledgements; failing costs speed only.
        let _ = socket.set_nodelay(true);
    });
    println!("ready http://{}", arguments.listen);
    axum::serve(listener, router).await?;
    Ok(())
}

async fn authenticate(State(minimal): State<Minimal>, request: Request, next: Next) -> Response {
    let given = request.headers().get(header::AUTHORIZATION);
    if given.is_none_or(|given| given.as_bytes() != minimal.authorization.as_bytes()) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    next.run(request).await
}

/// What went wrong, as a status and a sentence.
struct Failed(StatusCode, String);

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        (self.0, self.1).into_response()
    }
}

impl From<sqlx::Error> for Failed {
    fn from(error: sqlx::Error) -> Failed {
        Failed(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    }
}

fn bad(sentence: &str) -> Failed {
    Failed(StatusCode::BAD_REQUEST, sentence.to_owned())
}

fn missing() -> Failed {
    Failed(StatusCode::NOT_FOUND, "no such resource".into())
}

type Row = (Uuid, i64, i64, i64, String);

/// A stored document with what the server adds to it.
fn resource(kind: &str, (id, version, created, modified, doc): &Row, out: &mut String) {
    write!(
        out,
        r#"{{"id":"{id}","meta":{{"resourceType":"{kind}","created":{created},"lastModified":{modified},"version":"W/\"{version}\""}},{}"#,
        doc.get(1..).unwrap_or("}")
    )
    .expect("writing to a string succeeds");
}

fn answer(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/scim+json")], body).into_response()
}

fn one(status: StatusCode, kind: &str, row: &Row) -> Response {
    let mut body = String::with_capacity(row.4.len() + 200);
    resource(kind, row, &mut body);
    answer(status, body)
}

async fn read(State(minimal): State<Minimal>, Path(id): Path<Uuid>) -> Result<Response, Failed> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT id, version, created_at, modified_at, doc FROM records WHERE tenant = $1 AND id = $2 AND kind = 0",
    )
    .bind(TENANT)
    .bind(id)
    .fetch_optional(&minimal.db.readers)
    .await?;
    Ok(one(StatusCode::OK, "User", &row.ok_or_else(missing)?))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    filter: Option<String>,
    start_index: Option<i64>,
    count: Option<i64>,
}

async fn list(State(minimal): State<Minimal>, Query(asked): Query<Asked>) -> Result<Response, Failed> {
    let (total, rows) = match &asked.filter {
        Some(filter) => {
            let name = filter
                .strip_prefix("userName eq \"")
                .and_then(|rest| rest.strip_suffix('"'))
                .ok_or_else(|| bad("only userName eq is understood"))?;
            let rows = by_name(&minimal, name).await?;
            (rows.len() as i64, rows)
        }
        None => page(&minimal, asked.start_index.unwrap_or(1), asked.count.unwrap_or(100)).await?,
    };
    let mut body = String::with_capacity(rows.len() * 1000 + 200);
    write!(
        body,
        r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":{total},"startIndex":{},"itemsPerPage":{},"Resources":["#,
        asked.start_index.unwrap_or(1),
        rows.len()
    )
    .expect("writing to a string succeeds");
    for (n, row) in rows.iter().enumerate() {
        if n > 0 {
            body.push(',');
        }
        resource("User", row, &mut body);
    }
    body.push_str("]}");
    Ok(answer(StatusCode::OK, body))
}

async fn by_name(minimal: &Minimal, name: &str) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as(
        "SELECT id, version, created_at, modified_at, doc FROM records
         WHERE tenant = $1 AND source = $2 AND kind = $3 AND name_key = $4",
    )
    .bind(TENANT)
    .bind(SOURCE)
    .bind(USER)
    .bind(name.to_lowercase())
    .fetch_all(&minimal.db.readers)
    .await
}

/// Ids first, by a walk along the index from the nearer end, then their documents.
async fn page(minimal: &Minimal, start: i64, count: i64) -> Result<(i64, Vec<Row>), sqlx::Error> {
    let mut connection = minimal.db.readers.acquire().await?;
    let (total,): (Option<i64>,) =
        sqlx::query_as("SELECT SUM(total) FROM record_counts WHERE tenant = $1 AND source = $2 AND kind = $3")
            .bind(TENANT)
            .bind(SOURCE)
            .bind(USER)
            .fetch_one(&mut *connection)
            .await?;
    let total = total.unwrap_or(0);
    let offset = (start - 1).max(0);
    let count = count.clamp(0, 200).min((total - offset).max(0));
    let from_the_end = total - offset - count;
    let (sql, offset) = if offset <= from_the_end {
        (
            "SELECT id, version, created_at, modified_at, doc FROM records WHERE tenant = $1 AND id IN
               (SELECT id FROM records WHERE tenant = $1 AND source = $2 AND kind = $3 ORDER BY id LIMIT $4 OFFSET $5)
             ORDER BY id",
            offset,
        )
    } else {
        (
            "SELECT id, version, created_at, modified_at, doc FROM records WHERE tenant = $1 AND id IN
               (SELECT id FROM records WHERE tenant = $1 AND source = $2 AND kind = $3 ORDER BY id DESC LIMIT $4 OFFSET $5)
             ORDER BY id",
            from_the_end,
        )
    };
    let rows = sqlx::query_as(sql)
        .bind(TENANT)
        .bind(SOURCE)
        .bind(USER)
        .bind(count)
        .bind(offset)
        .fetch_all(&mut *connection)
        .await?;
    Ok((total, rows))
}

fn parse(body: &Bytes) -> Result<Value, Failed> {
    serde_json::from_slice(body).map_err(|error| bad(&error.to_string()))
}

async fn run(minimal: &Minimal, job: Job) -> Result<Done, Failed> {
    match minimal.db.run(job).await {
        Ok(Done::Missing) => Err(missing()),
        Ok(Done::Taken) => Err(Failed(StatusCode::CONFLICT, "the name is taken".into())),
        Ok(done) => Ok(done),
        Err(error) => Err(Failed(StatusCode::INTERNAL_SERVER_ERROR, error)),
    }
}

async fn create(State(minimal): State<Minimal>, body: Bytes) -> Result<Response, Failed> {
    let person = Person::read(&parse(&body)?).ok_or_else(|| bad("userName is missing"))?;
    let row = (person.id, 1, person.now, person.now, person.doc.clone());
    run(&minimal, Job::Create(Box::new(person))).await?;
    Ok(one(StatusCode::CREATED, "User", &row))
}

async fn rename(State(minimal): State<Minimal>, Path(id): Path<Uuid>, body: Bytes) -> Result<Response, Failed> {
    let body = parse(&body)?;
    let operation = &body["Operations"][0];
    let (Some("displayName"), Some(name)) = (operation["path"].as_str(), operation["value"].as_str()) else {
        return Err(bad("only replace of displayName is understood"));
    };
    match run(&minimal, Job::Rename(id, name.to_owned())).await? {
        Done::Changed(version, doc) => Ok(one(StatusCode::OK, "User", &(id, version, 0, 0, doc))),
        _ => Ok(StatusCode::NO_CONTENT.into_response()),
    }
}

async fn create_group(State(minimal): State<Minimal>, body: Bytes) -> Result<Response, Failed> {
    let body = parse(&body)?;
    let name = body["displayName"].as_str().ok_or_else(|| bad("displayName is missing"))?;
    let members = body["members"].as_array().into_iter().flatten().filter_map(|member| id_of(&member["value"]));
    let id = Uuid::now_v7();
    run(&minimal, Job::CreateGroup(id, name.to_owned(), members.collect())).await?;
    let doc = serde_json::json!({"displayName": name}).to_string();
    Ok(one(StatusCode::CREATED, "Group", &(id, 1, 0, 0, doc)))
}

fn id_of(value: &Value) -> Option<Uuid> {
    value.as_str()?.parse().ok()
}

async fn change_member(State(minimal): State<Minimal>, Path(id): Path<Uuid>, body: Bytes) -> Result<Response, Failed> {
    let body = parse(&body)?;
    let operation = &body["Operations"][0];
    let removed = operation["path"].as_str().and_then(|path| path.strip_prefix("members[value eq \""));
    let (member, add) = match removed.and_then(|rest| rest.strip_suffix("\"]")) {
        Some(member) => (member.parse().ok(), false),
        None => (id_of(&operation["value"][0]["value"]), true),
    };
    run(&minimal, Job::Member(id, member.ok_or_else(|| bad("no member is named"))?, add)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
