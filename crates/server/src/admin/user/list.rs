//! Lists of users as people look for them.

use axum::{Json, extract::State};
use directory::{
    Order, Tx, application, group, source,
    user::{self, Condition, UserExtras, UserFilter, UserQuery, UserSort, condition},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashMap;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{User, application_names, source_names, states};
use crate::{
    admin::{
        account::statuses,
        input::Query,
        output::{Limit, Page, Total},
    },
    app::App,
    caller::Caller,
    openapi::words,
    problem::Problem,
};

/// A person in a list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListedUser {
    /// The user.
    #[serde(flatten)]
    user: User,
    /// The primary e-mail address, or the first.
    email: Option<String>,
    /// The title.
    title: Option<String>,
    /// The department.
    department: Option<String>,
    /// The sources that know the person.
    sources: Vec<Named>,
    /// How many groups hold the person directly.
    group_count: i64,
    /// The first three of them by name.
    groups: Vec<Named>,
    /// The accounts, and what is wrong with them.
    accounts: Vec<AccountGlance>,
}

/// Something with a name.
#[derive(Clone, Serialize, ToSchema)]
pub struct Named {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
}

/// One application at a glance.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountGlance {
    /// The application's id.
    application: Uuid,
    /// The application's name.
    application_name: String,
    /// The state of the account; null when there is none yet.
    #[schema(schema_with = states)]
    state: Option<&'static str>,
    /// What is open; null when it is in step.
    open: Option<OpenGlance>,
}

/// What is open, in two words.
#[derive(Serialize, ToSchema)]
pub struct OpenGlance {
    /// `pending`, `waiting` or `failed`.
    #[schema(schema_with = statuses)]
    status: String,
    /// A code of the error taxonomy.
    code: Option<String>,
}

words!(user_filters: "active", "inactive", "pending", "blocked", "deactivated", "on_hold", "attention");

/// Which users to list, and in which order.
#[derive(Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UserSearch {
    /// The beginning of a user name, an e-mail address, a display, family or given name, or an employee number.
    search: Option<String>,
    /// Only active or only inactive ones: short for `state`.
    active: Option<bool>,
    /// In one state. `attention`: an account needs a person.
    #[param(schema_with = user_filters)]
    state: Option<UserFilter>,
    /// Known to this source, by id or name.
    source: Option<String>,
    /// With access to this application or an account in it, by id or name.
    application: Option<String>,
    /// Direct members of this group, by id or name.
    group: Option<String>,
    /// Conditions joined by `and`, as in `department eq "Sales" and source ne "Okta" and not (title pr)`: `eq`, `ne` and
    /// `pr` of `state`, `source`, `group`, `application`; those and `sw` of `displayName`, `familyName`, `givenName`,
    /// `email`, `title`, `userType`, `employeeNumber`, `department`, `division`, `organization`, `costCenter`.
    filter: Option<String>,
    /// `createdAt` unless chosen, `userName` or `modifiedAt`; with `-` before it, the greatest first.
    sort: Option<String>,
    /// The `next` of the page before.
    pub after: Option<String>,
    /// How many items the page holds: 1 to 200, 50 unless chosen.
    #[serde(default)]
    #[param(value_type = Option<i64>)]
    limit: Limit,
}

/// How many users there are in each state.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserCounts {
    /// In any state.
    all: Total,
    /// The sources say that they are active.
    active: Total,
    /// The sources say that they are not.
    inactive: Total,
    /// Never active so far.
    pending: Total,
    /// No longer active, and not deactivated yet.
    blocked: Total,
    /// Deactivated.
    deactivated: Total,
    /// On hold.
    on_hold: Total,
    /// An account needs a person.
    attention: Total,
}

/// An order by its name in a query.
pub fn order<By: Copy + Default>(sort: Option<&str>, known: &[(&str, By)]) -> Result<Order<By>, Problem> {
    let Some(sort) = sort else { return Ok(Order::default()) };
    let (name, descending) = sort.strip_prefix('-').map_or((sort, false), |name| (name, true));
    let by = known.iter().find(|(word, _)| *word == name).map(|(_, by)| *by);
    by.map(|by| Order { by, descending }).ok_or_else(|| {
        let known: Vec<_> = known.iter().map(|(word, _)| *word).collect();
        Problem::invalid(format!("there is no order by {name:?}: {}", known.join(", ")))
    })
}

impl UserSearch {
    /// What the directory is asked. `limit`: rows.
    pub async fn query(&self, tx: &mut Tx, limit: i64) -> Result<UserQuery, Problem> {
        let mut conditions = match &self.filter {
            Some(text) => condition::resolve(tx, condition::parse(text)?).await?,
            None => Vec::new(),
        };
        if let Some(name) = &self.source {
            let source = source::find(tx, name).await?.id;
            conditions.push(Condition::source(tx, source).await?);
        }
        if let Some(name) = &self.application {
            let application = application::find(tx, name).await?.id;
            conditions.push(Condition::application(tx, application).await?);
        }
        if let Some(name) = &self.group {
            let group = group::find(tx, name).await?.id;
            conditions.push(Condition::group(tx, group).await?);
        }
        let by_activity = self.active.map(|active| if active { UserFilter::Active } else { UserFilter::Inactive });
        Ok(UserQuery {
            search: self.search.clone(),
            state: self.state.or(by_activity),
            conditions,
            order: order(
                self.sort.as_deref(),
                &[
                    ("createdAt", UserSort::Created),
                    ("userName", UserSort::UserName),
                    ("modifiedAt", UserSort::Modified),
                ],
            )?,
            after: self.after.as_deref().map(str::parse).transpose()?,
            limit,
        })
    }
}

/// Users, in the order in which they were made unless another is asked for.
#[utoipa::path(get, path = "/users", tag = "Users", params(UserSearch), responses((status = 200, body = Page<ListedUser>)))]
pub async fn list_users(
    State(app): State<App>,
    caller: Caller,
    Query(search): Query<UserSearch>,
) -> Result<Json<Page<ListedUser>>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let query = search.query(&mut tx, search.limit.rows()).await?;
    let rows = user::list(&mut tx, &query).await?;
    let total = match query.after {
        None => Some(user::total(&mut tx, &query).await?.into()),
        Some(_) => None,
    };
    let items = listed(&mut tx, rows).await?;
    let Json(page) = Page::of(items, search.limit, |(position, _)| position.of(query.order.by), |(_, item)| item);
    Ok(Json(Page { total, ..page }))
}

/// A user, kept to say where the next page begins.
pub struct Place(user::User);

impl Place {
    /// Where a list in this order goes on behind the user.
    pub fn of(&self, by: UserSort) -> directory::Position {
        user::position(&self.0, by)
    }
}

/// Users as lists show them, with what belongs to each, in a few statements for all.
pub async fn listed(tx: &mut Tx, users: Vec<user::User>) -> Result<Vec<(Place, ListedUser)>, Problem> {
    let ids: Vec<Uuid> = users.iter().map(|user| user.id).collect();
    let mut extras = user::extras(tx, &ids).await?;
    let (sources, applications) = (source_names(tx).await?, application_names(tx).await?);
    let item = |user: user::User| {
        let item = item(&user, extras.remove(&user.id).unwrap_or_default(), &sources, &applications);
        (Place(user), item)
    };
    Ok(users.into_iter().map(item).collect())
}

fn item(
    user: &user::User,
    extras: UserExtras,
    sources: &HashMap<Uuid, String>,
    applications: &HashMap<Uuid, String>,
) -> ListedUser {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let emails = user.doc.get("emails").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let email = emails.iter().find(|email| email["primary"] == true).or(emails.first());
    let enterprise = user.doc.get(scim::ENTERPRISE_URN);
    ListedUser {
        email: text(email.and_then(|email| email.get("value"))),
        title: text(user.doc.get("title")),
        department: text(enterprise.and_then(|enterprise| enterprise.get("department"))),
        sources: extras
            .sources
            .into_iter()
            .filter_map(|id| Some(Named { id, name: sources.get(&id)?.clone() }))
            .collect(),
        group_count: extras.group_count,
        groups: extras.groups.into_iter().map(|(id, name)| Named { id, name }).collect(),
        accounts: extras
            .accounts
            .into_iter()
            .filter_map(|glance| {
                Some(AccountGlance {
                    application: glance.application,
                    application_name: applications.get(&glance.application)?.clone(),
                    state: glance.state.map(|state| state.as_str()),
                    open: glance.open.map(|(status, code)| OpenGlance { status, code }),
                })
            })
            .collect(),
        user: User::from(user),
    }
}

/// How many users there are in each state, each counted to 10,000.
#[utoipa::path(get, path = "/users/counts", tag = "Users", responses((status = 200, body = UserCounts)))]
pub async fn count_users(State(app): State<App>, caller: Caller) -> Result<Json<UserCounts>, Problem> {
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let mut count = async |state| -> Result<Total, Problem> {
        Ok(user::total(&mut tx, &UserQuery { state, ..UserQuery::default() }).await?.into())
    };
    Ok(Json(UserCounts {
        all: count(None).await?,
        active: count(Some(UserFilter::Active)).await?,
        inactive: count(Some(UserFilter::Inactive)).await?,
        pending: count(Some(UserFilter::Pending)).await?,
        blocked: count(Some(UserFilter::Blocked)).await?,
        deactivated: count(Some(UserFilter::Deactivated)).await?,
        on_hold: count(Some(UserFilter::OnHold)).await?,
        attention: count(Some(UserFilter::Attention)).await?,
    }))
}
