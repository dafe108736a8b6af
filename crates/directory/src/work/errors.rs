//! What is wrong, grouped by cause: four hundred equal failures are one row with one thing to do.

use uuid::Uuid;

use super::{NEVER, WorkKey, WorkStatus};
use crate::{Error, Kind, Millis, Tx, count::Count, db::Sql};

/// So many open errors are grouped; nobody reads more.
const LOOKED_AT: i64 = 10_001;

/// Errors with one cause in one application.
#[derive(Clone, Debug)]
pub struct ErrorGroup {
    /// The application.
    pub application: Uuid,
    /// How they stand.
    pub status: WorkStatus,
    /// The code of the error taxonomy.
    pub code: String,
    /// How many objects.
    pub count: Count,
    /// When the first of them failed first.
    pub first_seen_at: Option<Millis>,
    /// When the last of them was marked last.
    pub last_seen_at: Millis,
    /// When the next of them is looked at again.
    pub next_at: Option<Millis>,
    /// The first of them.
    pub example: WorkKey,
    /// What was said about the first of them.
    pub detail: String,
}

/// All open errors by application, status and code, those with the most objects first; of one application, or with
/// one status.
pub async fn errors(
    tx: &mut Tx,
    application: Option<Uuid>,
    status: Option<WorkStatus>,
) -> Result<Vec<ErrorGroup>, Error> {
    let mut sql = Sql::new(
        "SELECT application, status, error_code, total, first_seen_at, last_seen_at, next_at, kind, subject, member, error_detail FROM (
           SELECT application, status, error_code, kind, subject, member, error_detail,
             COUNT(*) OVER same AS total, MIN(first_failed_at) OVER same AS first_seen_at,
             MAX(marked_at) OVER same AS last_seen_at, MIN(due_at) OVER same AS next_at,
             ROW_NUMBER() OVER (PARTITION BY application, status, error_code ORDER BY first_failed_at, subject, member) AS place
           FROM (SELECT application, status, error_code, kind, subject, member, error_detail, first_failed_at, marked_at, due_at
                 FROM work WHERE error_code IS NOT NULL AND tenant = ",
    );
    sql.bind(tx.tenant().id());
    if let Some(status) = status {
        sql.push(" AND status = ").bind(status.as_str());
    }
    if let Some(application) = application {
        sql.push(" AND application = ").bind(application);
    }
    sql.push(" LIMIT ").bind(LOOKED_AT).push(
        ") AS open WINDOW same AS (PARTITION BY application, status, error_code)) AS grouped
         WHERE place = 1 ORDER BY total DESC, application, error_code LIMIT 200",
    );
    type Row = (Uuid, String, String, i64, Option<Millis>, Millis, Millis, i64, Uuid, Uuid, Option<String>);
    let rows: Vec<Row> = tx.rows_of(sql).await?;
    Ok(rows
        .into_iter()
        .map(
            |(
                application,
                status,
                code,
                total,
                first_seen_at,
                last_seen_at,
                next_at,
                kind,
                subject,
                member,
                detail,
            )| {
                ErrorGroup {
                    application,
                    status: WorkStatus::parse(&status),
                    code,
                    count: Count::new(total),
                    first_seen_at,
                    last_seen_at,
                    next_at: Some(next_at).filter(|at| *at != NEVER),
                    example: WorkKey { kind: Kind::from_code(kind), subject, member },
                    detail: detail.unwrap_or_default(),
                }
            },
        )
        .collect())
}

/// What a list of open work is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct OpenQuery {
    /// In one application.
    pub application: Option<Uuid>,
    /// About one user or group.
    pub subject: Option<Uuid>,
    /// With one status.
    pub status: Option<WorkStatus>,
    /// With one code.
    pub code: Option<String>,
    /// Behind this application and object.
    pub after: Option<(Uuid, WorkKey)>,
    /// At most so many.
    pub limit: i64,
}
