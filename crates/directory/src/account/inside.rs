//! Who a group in an application would hold, and who they are whom it holds already.

use uuid::Uuid;

use super::LinkState;
use crate::{
    Error, Tx,
    db::{BATCH, Sql, args},
    group::BELOW,
    user::UserState,
};

/// Somebody whom a group in an application is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Insider {
    /// The user.
    pub user: Uuid,
    /// Their user name; of who is gone, the one that the account had last.
    pub user_name: String,
    /// Their display name.
    pub display_name: Option<String>,
    /// Where the person stands; none for one who is gone.
    pub state: Option<UserState>,
    /// The state and the remote id of their account in the application.
    pub account: Option<(LinkState, Option<String>)>,
}

type Row = (Uuid, Option<String>, Option<String>, Option<String>, Option<String>, Option<String>);

fn insider((user, user_name, display_name, state, link, remote_id): Row) -> Insider {
    Insider {
        user,
        user_name: user_name.unwrap_or_default(),
        display_name,
        state: state.map(|state| UserState::parse(&state)),
        account: link.map(|link| (LinkState::parse(&link), remote_id)),
    }
}

/// Everybody inside a group, directly or through other groups, who has access to an application, by name. At most
/// `limit`.
pub async fn insiders(tx: &mut Tx, application: Uuid, group: Uuid, limit: i64) -> Result<Vec<Insider>, Error> {
    let mut sql = Sql::default();
    let text = format!(
        "{BELOW} SELECT b.id, u.user_name, u.display_name, u.state, a.state, a.remote_id FROM
         (SELECT DISTINCT id FROM below WHERE kind = 0) AS b
         JOIN effective_users e ON e.tenant = $1 AND e.application = $3 AND e.user_id = b.id
         JOIN users u ON u.tenant = $1 AND u.id = b.id
         LEFT JOIN accounts a ON a.tenant = $1 AND a.application = $3 AND a.user_id = b.id
         ORDER BY u.name_key LIMIT $4"
    );
    sql.bind_text(&text, args![tx.tenant().id(), group, application, limit]);
    Ok(tx.rows_of::<Row>(sql).await?.into_iter().map(insider).collect())
}

/// Whose accounts these remote ids are. Unknown ones are left out.
pub async fn known_by_remote_ids(tx: &mut Tx, application: Uuid, remote_ids: &[&str]) -> Result<Vec<Insider>, Error> {
    let mut found = Vec::new();
    for remote_ids in remote_ids.chunks(BATCH) {
        let mut sql = Sql::new(
            "SELECT a.user_id, COALESCE(u.user_name, a.user_name), u.display_name, u.state, a.state, a.remote_id
             FROM accounts a LEFT JOIN users u ON u.tenant = a.tenant AND u.id = a.user_id WHERE a.tenant = ",
        );
        sql.bind(tx.tenant().id()).push(" AND a.application = ").bind(application);
        sql.push(" AND a.remote_id IN (").bind_all(remote_ids.iter().copied()).push(")");
        found.extend(tx.rows_of::<Row>(sql).await?.into_iter().map(insider));
    }
    Ok(found)
}
