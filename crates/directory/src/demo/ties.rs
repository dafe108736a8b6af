//! What is no part of the demo data set and hangs on it: taking the demo away would change it.

use uuid::Uuid;

use crate::{Error, Tx, db::args};

/// A kind of tie. Each statement gives the names of the part and of what hangs on it; of `$1` the tenant, `$2` the demo
/// source and `$3` the demo application.
struct Tie {
    sql: &'static str,
    /// What it says about the two names.
    says: fn(&str, &str) -> String,
}

const TIES: &[Tie] = &[
    Tie {
        sql: "SELECT u.user_name, a.name FROM records r
              JOIN accounts c ON c.tenant = r.tenant AND c.user_id = r.subject
              JOIN users u ON u.tenant = r.tenant AND u.id = r.subject
              JOIN applications a ON a.tenant = c.tenant AND a.id = c.application
              WHERE r.tenant = $1 AND r.source = $2 AND r.kind = 0 AND c.application <> $3 LIMIT 101",
        says: |person, application| {
            format!("{person} of the demo data has an account in {application}: take the access away there first")
        },
    },
    Tie {
        sql: "SELECT g.display_name, a.name FROM groups g
              JOIN assignments s ON s.tenant = g.tenant AND s.subject = g.id
              JOIN applications a ON a.tenant = s.tenant AND a.id = s.application
              WHERE g.tenant = $1 AND g.source = $2 AND s.application <> $3 LIMIT 101",
        says: |group, application| {
            format!("the demo group {group} gives access to {application}: take its assignment there back first")
        },
    },
    Tie {
        sql: "SELECT g.display_name, a.name FROM groups g
              JOIN pushed_groups p ON p.tenant = g.tenant AND p.group_id = g.id
              JOIN applications a ON a.tenant = p.tenant AND a.id = p.application
              WHERE g.tenant = $1 AND g.source = $2 AND p.application <> $3 LIMIT 101",
        says: |group, application| {
            format!("the demo group {group} is pushed to {application}: stop pushing it there first")
        },
    },
    Tie {
        sql: "SELECT u.user_name, a.name FROM records r
              JOIN assignments s ON s.tenant = r.tenant AND s.subject = r.subject
              JOIN users u ON u.tenant = r.tenant AND u.id = r.subject
              JOIN applications a ON a.tenant = s.tenant AND a.id = s.application
              WHERE r.tenant = $1 AND r.source = $2 AND r.kind = 0 AND s.application <> $3 LIMIT 101",
        says: |person, application| {
            format!("{person} of the demo data is assigned to {application}: take the assignment back first")
        },
    },
    Tie {
        sql: "SELECT COALESCE(u.user_name, d.display_name), g.display_name FROM records r
              JOIN group_members m ON m.tenant = r.tenant AND m.member_id = r.subject
              JOIN groups g ON g.tenant = m.tenant AND g.id = m.group_id
              LEFT JOIN users u ON u.tenant = r.tenant AND u.id = r.subject
              LEFT JOIN groups d ON d.tenant = r.tenant AND d.id = r.subject
              WHERE r.tenant = $1 AND r.source = $2 AND $3 = $3 AND (g.source IS NULL OR g.source <> $2) LIMIT 101",
        says: |member, group| {
            format!("{member} of the demo data is a member of the group {group}: take it out of there first")
        },
    },
    Tie {
        sql: "SELECT u.user_name, u.user_name FROM records r JOIN users u ON u.tenant = r.tenant AND u.id = r.subject
              WHERE r.tenant = $1 AND r.source = $2 AND $3 = $3 AND r.kind = 0 AND u.on_hold = TRUE LIMIT 101",
        says: |person, _| format!("{person} of the demo data is on hold, and nobody on hold is removed: lift the hold first"),
    },
    Tie {
        sql: "SELECT COALESCE(u.user_name, g.display_name), a.name FROM assignments s
              JOIN applications a ON a.tenant = s.tenant AND a.id = s.application
              LEFT JOIN users u ON u.tenant = s.tenant AND u.id = s.subject
              LEFT JOIN groups g ON g.tenant = s.tenant AND g.id = s.subject
              WHERE s.tenant = $1 AND s.application = $3
                AND NOT EXISTS (SELECT 1 FROM records r WHERE r.tenant = s.tenant AND r.subject = s.subject AND r.source = $2)
              LIMIT 101",
        says: |subject, application| {
            format!("{subject} is assigned to the {application} and no part of the demo data: take the assignment back first")
        },
    },
];

/// # Errors
/// `InUse` with the first kind of tie, and how many of it there are (counted to 101).
pub(super) async fn check(tx: &mut Tx, source: Uuid, application: Option<Uuid>) -> Result<(), Error> {
    let tenant = tx.tenant().id();
    for tie in TIES {
        let application = application.unwrap_or_default();
        let rows: Vec<(String, String)> = tx.rows(tie.sql, args![tenant, source, application]).await?;
        if let Some((part, other)) = rows.first() {
            let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
            let mut detail = (tie.says)(part, other);
            if count > 1 {
                detail += &format!(
                    " ({} such ties in all)",
                    if count > 100 { "more than 100".into() } else { count.to_string() }
                );
            }
            return Err(Error::InUse { detail, count });
        }
    }
    Ok(())
}
