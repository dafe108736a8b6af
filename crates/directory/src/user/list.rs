//! Lists of users as people look for them: by words, by state, by where they come from and what they have.

use scim::fold;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use uuid::Uuid;

use super::{Condition, Row, User, select, user};
use crate::{
    Error, Tx,
    account::LinkState,
    count::{self, Count},
    db::{BATCH, Sql},
    position::{Order, Position},
    values,
};

/// A state that people look for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserFilter {
    /// Active.
    Active,
    /// Not active.
    Inactive,
    /// Never active so far.
    Pending,
    /// No longer active, and not deactivated yet.
    Blocked,
    /// Deactivated.
    Deactivated,
    /// Nothing of theirs may be deactivated or deleted.
    OnHold,
    /// An account of theirs needs a person.
    Attention,
}

/// What a list of users is in the order of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum UserSort {
    /// When they were made.
    #[default]
    Created,
    /// The user name.
    UserName,
    /// When they last changed.
    Modified,
}

/// What a list of users is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct UserQuery {
    /// The beginning of a user name, an e-mail address, a display, family or given name, or an employee number.
    pub search: Option<String>,
    /// In one state.
    pub state: Option<UserFilter>,
    /// All of these hold.
    pub conditions: Vec<Condition>,
    /// The order.
    pub order: Order<UserSort>,
    /// Behind this place.
    pub after: Option<Position>,
    /// At most so many.
    pub limit: i64,
}

/// So many groups of a person are named in a list.
const FEW_GROUPS: i64 = 3;

/// What a list shows besides the user.
#[derive(Clone, Debug, Default)]
pub struct UserExtras {
    /// The sources that know the person, by rank.
    pub sources: Vec<Uuid>,
    /// How many groups hold the person directly.
    pub group_count: i64,
    /// The first few of them by name: id and display name.
    pub groups: Vec<(Uuid, String)>,
    /// Each account or open work: application, state of the account, and what is wrong.
    pub accounts: Vec<AccountGlance>,
}

/// One application, at a glance.
#[derive(Clone, Debug)]
pub struct AccountGlance {
    /// The application.
    pub application: Uuid,
    /// The state of the account, if there is one.
    pub state: Option<LinkState>,
    /// Status and code of what is open, if anything is.
    pub open: Option<(String, Option<String>)>,
}

/// A page of users.
pub async fn list(tx: &mut Tx, query: &UserQuery) -> Result<Vec<User>, Error> {
    let sql = page(tx.tenant().id(), query)?;
    let rows: Vec<Row> = tx.rows_of(sql).await?;
    rows.into_iter().map(user).collect()
}

pub(crate) fn page(tenant: Uuid, query: &UserQuery) -> Result<Sql, Error> {
    let mut sql = Sql::new(select!("WHERE tenant = "));
    narrow(&mut sql, tenant, query);
    let descending = query.order.descending;
    if let Some(Position { id, key }) = &query.after {
        let than = if descending { " < " } else { " > " };
        match (query.order.by, key) {
            (UserSort::UserName, Some(name)) => sql.push(" AND name_key").push(than).bind(name),
            (UserSort::Modified, Some(at)) => {
                let at: i64 = at.parse().map_err(|_| Error::invalid("the page begins at no place of this order"))?;
                sql.push(" AND (modified_at, id)").push(than).push("(").bind(at).push(", ").bind(*id).push(")")
            }
            _ => sql.push(" AND id").push(than).bind(*id),
        };
    }
    sql.push(match (query.order.by, descending) {
        (UserSort::Created, false) => " ORDER BY id",
        (UserSort::Created, true) => " ORDER BY id DESC",
        (UserSort::UserName, false) => " ORDER BY name_key",
        (UserSort::UserName, true) => " ORDER BY name_key DESC",
        (UserSort::Modified, false) => " ORDER BY modified_at, id",
        (UserSort::Modified, true) => " ORDER BY modified_at DESC, id DESC",
    });
    sql.push(" LIMIT ").bind(query.limit);
    Ok(sql)
}

/// Where a list in this order goes on behind this user.
pub fn position(user: &User, by: UserSort) -> Position {
    let key = match by {
        UserSort::Created => None,
        UserSort::UserName => Some(fold::fold(&user.user_name)),
        UserSort::Modified => Some(user.modified_at.to_string()),
    };
    Position { id: user.id, key }
}

/// How many users there are in such a list.
pub async fn total(tx: &mut Tx, query: &UserQuery) -> Result<Count, Error> {
    let tenant = tx.tenant().id();
    count::bounded(tx, |sql| {
        sql.push("SELECT id FROM users WHERE tenant = ");
        narrow(sql, tenant, query);
    })
    .await
}

fn narrow(sql: &mut Sql, tenant: Uuid, query: &UserQuery) {
    sql.bind(tenant);
    if let Some(state) = query.state {
        narrow_state(sql, tenant, state);
    }
    for condition in &query.conditions {
        condition.narrow(sql, tenant);
    }
    if let Some(search) = query.search.as_deref().filter(|text| !text.trim().is_empty()) {
        sql.push(" AND id IN (");
        found(sql, tenant, search, None);
        sql.push(")");
    }
}

/// Narrow a statement about users to those in one state.
pub(super) fn narrow_state(sql: &mut Sql, tenant: Uuid, state: UserFilter) {
    let text = match state {
        UserFilter::Active => " AND active = TRUE",
        UserFilter::Inactive => " AND active = FALSE",
        // As the partial index has it.
        UserFilter::Pending => " AND state <> 'active' AND state = 'pending'",
        UserFilter::Blocked => " AND state <> 'active' AND state = 'blocked'",
        UserFilter::Deactivated => " AND state <> 'active' AND state = 'deactivated'",
        UserFilter::OnHold => " AND on_hold = TRUE",
        UserFilter::Attention => {
            sql.push(" AND id IN (SELECT CASE kind WHEN 2 THEN member ELSE subject END FROM work WHERE tenant = ");
            sql.bind(tenant);
            " AND kind <> 1 AND status = 'failed' AND error_code IS NOT NULL)"
        }
    };
    sql.push(text);
}

/// What people are found by, beside the user name.
const NAMES: [&str; 5] = [
    "emails.value",
    "displayName",
    "name.familyName",
    "name.givenName",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber",
];

/// Users whose names, address or number begin with a text. Each branch is one range of an index, and ends after
/// `most` of it.
pub(crate) fn found(sql: &mut Sql, tenant: Uuid, search: &str, most: Option<i64>) {
    let from = values::clip(fold::fold(search.trim()));
    let to = format!("{from}{}", char::MAX);
    let end = |sql: &mut Sql| {
        if let Some(most) = most {
            sql.push(" LIMIT ").bind(most);
        }
        sql.push(") AS branch");
    };
    sql.push("SELECT id FROM (SELECT id FROM users WHERE tenant = ").bind(tenant);
    sql.push(" AND name_key BETWEEN ").bind(&from).push(" AND ").bind(&to);
    end(sql);
    for path in NAMES {
        sql.push(" UNION SELECT owner FROM (SELECT owner FROM attribute_values WHERE tenant = ").bind(tenant);
        sql.push(" AND scope = ").bind(tenant).push(" AND kind = 0 AND path = ").bind(path);
        sql.push(" AND value BETWEEN ").bind(&from).push(" AND ").bind(&to);
        end(sql);
    }
}

/// What a list shows besides the users themselves, in a few statements for all of them.
pub async fn extras(tx: &mut Tx, users: &[Uuid]) -> Result<HashMap<Uuid, UserExtras>, Error> {
    let tenant = tx.tenant().id();
    let mut extras: HashMap<Uuid, UserExtras> = HashMap::new();
    for users in users.chunks(BATCH) {
        let mut sql = Sql::new(
            "SELECT r.subject, r.source FROM records r JOIN sources s ON s.tenant = r.tenant AND s.id = r.source WHERE r.tenant = ",
        );
        sql.bind(tenant).push(" AND r.kind = 0 AND r.subject IN (").bind_all(users.iter());
        sql.push(") GROUP BY r.subject, r.source, s.rank, s.id ORDER BY s.rank, s.id");
        for (user, source) in tx.rows_of::<(Uuid, Uuid)>(sql).await? {
            extras.entry(user).or_default().sources.push(source);
        }
        let mut sql = Sql::new(
            "SELECT member_id, group_id, display_name, total FROM (
               SELECT m.member_id, m.group_id, g.display_name,
                 COUNT(*) OVER (PARTITION BY m.member_id) AS total,
                 ROW_NUMBER() OVER (PARTITION BY m.member_id ORDER BY g.name_key, g.id) AS place
               FROM group_members m JOIN groups g ON g.tenant = m.tenant AND g.id = m.group_id WHERE m.tenant = ",
        );
        sql.bind(tenant).push(" AND m.member_id IN (").bind_all(users.iter());
        sql.push(")) AS numbered WHERE place <= ").bind(FEW_GROUPS).push(" ORDER BY place");
        for (user, group, name, total) in tx.rows_of::<(Uuid, Uuid, String, i64)>(sql).await? {
            let extras = extras.entry(user).or_default();
            extras.group_count = total;
            extras.groups.push((group, name));
        }
        let mut sql = Sql::new("SELECT user_id, application, state FROM accounts WHERE tenant = ");
        sql.bind(tenant).push(" AND user_id IN (").bind_all(users.iter()).push(") ORDER BY application");
        for (user, application, state) in tx.rows_of::<(Uuid, Uuid, String)>(sql).await? {
            let glance = AccountGlance { application, state: Some(LinkState::parse(&state)), open: None };
            extras.entry(user).or_default().accounts.push(glance);
        }
        let mut sql = Sql::new("SELECT subject, application, status, error_code FROM work WHERE tenant = ");
        sql.bind(tenant).push(" AND application IN (SELECT id FROM applications WHERE tenant = ").bind(tenant);
        sql.push(") AND kind = 0 AND subject IN (").bind_all(users.iter()).push(") ORDER BY application");
        for (user, application, status, code) in tx.rows_of::<(Uuid, Uuid, String, Option<String>)>(sql).await? {
            let accounts = &mut extras.entry(user).or_default().accounts;
            match accounts.iter_mut().find(|glance| glance.application == application) {
                Some(glance) => glance.open = Some((status, code)),
                None => accounts.push(AccountGlance { application, state: None, open: Some((status, code)) }),
            }
        }
    }
    Ok(extras)
}
