//! What a list of users is narrowed to besides words and views: conditions in the syntax of SCIM filters, each of them
//! one range of an index.

use scim::{AttrPath, Compare, Filter, fold};
use serde_json::Value;
use uuid::Uuid;

use super::UserFilter;
use crate::{Error, Tx, application, db::Sql, group, source, values};

/// Attributes that can be asked for: the name in a condition, and the path in a profile.
pub const ATTRIBUTES: &[(&str, &str)] = &[
    ("displayName", "displayName"),
    ("familyName", "name.familyName"),
    ("givenName", "name.givenName"),
    ("email", "emails.value"),
    ("title", "title"),
    ("userType", "userType"),
    ("employeeNumber", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber"),
    ("department", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"),
    ("division", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:division"),
    ("organization", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:organization"),
    ("costCenter", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costCenter"),
];

/// So many conditions may be made of one list.
const MANY: usize = 20;

/// What a condition is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum About {
    State,
    Source,
    Group,
    Application,
    Attribute(&'static str),
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    Is(String),
    Begins(String),
    HasAny,
}

/// One condition, as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    about: About,
    test: Test,
    /// The condition must not hold.
    not: bool,
}

/// One condition with the ids that its names stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    what: What,
    not: bool,
    /// Few fit it: they are found first, and everything else is asked about them.
    few: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    State(UserFilter),
    /// A source's, or any.
    Source(Option<Uuid>),
    Group(Option<Uuid>),
    Application(Option<Uuid>),
    /// The path and the value.
    Equal(&'static str, String),
    /// The path, and the first and the last value of a range; none: any value.
    Within(&'static str, Option<(String, String)>),
}

/// Read conditions: `department eq "Sales" and not (title pr) and source ne "Okta"`.
///
/// # Errors
/// `Invalid` for `or`, for other operators than `eq`, `ne`, `sw` and `pr`, and for what no index serves.
pub fn parse(text: &str) -> Result<Vec<Written>, Error> {
    let filter = Filter::parse(text).map_err(|error| Error::invalid(error.detail))?;
    let parts = match filter {
        Filter::And(parts) => parts,
        part => vec![part],
    };
    if parts.len() > MANY {
        return Err(Error::invalid(format!("a list can be narrowed by {MANY} conditions at most")));
    }
    parts.into_iter().map(|part| written(part, false)).collect()
}

fn written(filter: Filter, not: bool) -> Result<Written, Error> {
    match filter {
        Filter::Not(inner) if !not => written(*inner, true),
        Filter::Present(path) => Ok(Written { about: about(&path)?, test: Test::HasAny, not }),
        Filter::Compare { path, op, value } => {
            let Value::String(value) = value else {
                return Err(Error::invalid(format!("{path} is compared with a text in quotes")));
            };
            let (test, turned) = match op {
                Compare::Eq => (Test::Is(value), false),
                Compare::Ne => (Test::Is(value), true),
                Compare::Sw => (Test::Begins(value), false),
                op => return Err(Error::invalid(format!("{}: only eq, ne, sw and pr are asked here", op.as_str()))),
            };
            Ok(Written { about: about(&path)?, test, not: not != turned })
        }
        _ => Err(Error::invalid(
            "conditions are joined by `and`; each is `name eq \"value\"`, with ne, sw, pr or not (…)",
        )),
    }
}

fn about(path: &AttrPath) -> Result<About, Error> {
    let name = path.to_string();
    let is = |word: &str| name.eq_ignore_ascii_case(word);
    for (word, about) in [
        ("state", About::State),
        ("source", About::Source),
        ("group", About::Group),
        ("application", About::Application),
    ] {
        if is(word) {
            return Ok(about);
        }
    }
    let known = ATTRIBUTES.iter().find(|(short, path)| is(short) || is(path));
    known.map(|(_, path)| About::Attribute(path)).ok_or_else(|| {
        let names: Vec<_> = ATTRIBUTES.iter().map(|(short, _)| *short).collect();
        Error::invalid(format!(
            "no list is narrowed by {name:?}: state, source, group, application, {}",
            names.join(", ")
        ))
    })
}

/// Find what the names in conditions stand for, and which conditions few people fit.
///
/// # Errors
/// `NotFound` for a source, group or application that is not there, `Invalid` for an unknown state.
pub async fn resolve(tx: &mut Tx, conditions: Vec<Written>) -> Result<Vec<Condition>, Error> {
    let mut resolved = Vec::with_capacity(conditions.len());
    for Written { about, test, not } in conditions {
        let what = match (about, test) {
            (About::Attribute(path), Test::Is(text)) => What::Equal(path, key(&text)),
            (About::Attribute(path), Test::Begins(text)) => {
                let from = key(&text);
                let to = format!("{from}{}", char::MAX);
                What::Within(path, Some((from, to)))
            }
            (About::Attribute(path), Test::HasAny) => What::Within(path, None),
            (_, Test::Begins(_)) => return Err(Error::invalid("only attributes are asked how they begin")),
            (About::State, Test::Is(word)) => What::State(state(&word)?),
            (About::State, Test::HasAny) => {
                return Err(Error::invalid("everybody has a state: ask for one by eq or ne"));
            }
            (About::Source, Test::HasAny) => What::Source(None),
            (About::Source, Test::Is(name)) => What::Source(Some(source::find(tx, &name).await?.id)),
            (About::Group, Test::HasAny) => What::Group(None),
            (About::Group, Test::Is(name)) => What::Group(Some(group::find(tx, &name).await?.id)),
            (About::Application, Test::HasAny) => What::Application(None),
            (About::Application, Test::Is(name)) => What::Application(Some(application::find(tx, &name).await?.id)),
        };
        resolved.push(Condition::of(tx, what, not).await?);
    }
    Ok(resolved)
}

fn state(word: &str) -> Result<UserFilter, Error> {
    serde_json::from_value(Value::from(word)).map_err(|_| Error::invalid(format!("{word:?} is no state of a user")))
}

fn key(text: &str) -> String {
    values::clip(fold::fold(text.trim()))
}

/// Up to so many are few.
const FEW: i64 = 2_000;

impl Condition {
    /// With a record of this source.
    pub async fn source(tx: &mut Tx, source: Uuid) -> Result<Condition, Error> {
        Condition::of(tx, What::Source(Some(source)), false).await
    }

    /// Direct members of this group.
    pub async fn group(tx: &mut Tx, group: Uuid) -> Result<Condition, Error> {
        Condition::of(tx, What::Group(Some(group)), false).await
    }

    /// With access to this application, or an account in it.
    pub async fn application(tx: &mut Tx, application: Uuid) -> Result<Condition, Error> {
        Condition::of(tx, What::Application(Some(application)), false).await
    }

    /// As if many fitted it.
    #[cfg(test)]
    pub(crate) fn of_many(self) -> Condition {
        Condition { few: false, ..self }
    }

    async fn of(tx: &mut Tx, what: What, not: bool) -> Result<Condition, Error> {
        let mut condition = Condition { what, not, few: false };
        // What is not so is never few, and a state is asked of the row itself.
        if !not && !matches!(condition.what, What::State(_)) {
            let tenant = tx.tenant().id();
            let mut sql = Sql::new("SELECT COUNT(*) FROM (");
            condition.set(&mut sql, tenant);
            sql.push(" LIMIT ").bind(FEW + 1).push(") AS fits");
            let rows: Vec<(i64,)> = tx.rows_of(sql).await?;
            condition.few = rows.first().is_some_and(|(count,)| *count <= FEW);
        }
        Ok(condition)
    }

    /// Add the condition to a statement about users. Few are found first (`IN`); of many each is asked about in the
    /// order of the list (`EXISTS`), which is soon done with, because many fit. The other way round either costs what
    /// the whole tenant does.
    pub(super) fn narrow(&self, sql: &mut Sql, tenant: Uuid) {
        match &self.what {
            What::State(state) if self.not => {
                sql.push(" AND NOT (1 = 1");
                super::list::narrow_state(sql, tenant, *state);
                sql.push(")");
            }
            What::State(state) => super::list::narrow_state(sql, tenant, *state),
            // Whoever has none of a range has no row to be asked about.
            What::Within(..) if self.not => {
                sql.push(" AND id IN (SELECT id FROM users WHERE tenant = ").bind(tenant).push(" EXCEPT ");
                self.set(sql, tenant);
                sql.push(")");
            }
            what if self.few || matches!(what, What::Within(..)) => {
                sql.push(" AND id IN (");
                self.set(sql, tenant);
                sql.push(")");
            }
            _ => {
                sql.push(if self.not { " AND NOT (" } else { " AND (" });
                self.probe(sql, tenant);
                sql.push(")");
            }
        }
    }

    /// The ids of those who fit, whatever else.
    fn set(&self, sql: &mut Sql, tenant: Uuid) {
        match &self.what {
            What::State(_) => {}
            What::Source(source) => {
                sql.push("SELECT subject FROM records WHERE tenant = ").bind(tenant);
                sql.push(" AND kind = 0 AND subject IS NOT NULL");
                if let Some(source) = source {
                    sql.push(" AND source = ").bind(*source);
                }
            }
            What::Group(group) => {
                sql.push("SELECT member_id FROM group_members WHERE tenant = ").bind(tenant);
                sql.push(" AND member_kind = 0");
                if let Some(group) = group {
                    sql.push(" AND group_id = ").bind(*group);
                }
            }
            What::Application(application) => {
                sql.push("SELECT user_id FROM effective_users WHERE tenant = ").bind(tenant);
                if let Some(application) = application {
                    sql.push(" AND application = ").bind(*application);
                }
                sql.push(" UNION ALL SELECT user_id FROM accounts WHERE tenant = ").bind(tenant);
                if let Some(application) = application {
                    sql.push(" AND application = ").bind(*application);
                }
            }
            What::Equal(path, value) => {
                attribute(sql, tenant, path).push(" AND value = ").bind(value);
            }
            What::Within(path, range) => {
                attribute(sql, tenant, path);
                if let Some((from, to)) = range {
                    sql.push(" AND value BETWEEN ").bind(from).push(" AND ").bind(to);
                }
            }
        }
    }

    /// Whether a user fits.
    fn probe(&self, sql: &mut Sql, tenant: Uuid) {
        match &self.what {
            What::State(_) | What::Within(..) => {}
            What::Source(source) => {
                sql.push("EXISTS (SELECT 1 FROM records x WHERE x.tenant = ").bind(tenant);
                sql.push(" AND x.subject = users.id AND x.kind = 0");
                if let Some(source) = source {
                    sql.push(" AND x.source = ").bind(*source);
                }
                sql.push(")");
            }
            What::Group(group) => {
                sql.push("EXISTS (SELECT 1 FROM group_members x WHERE x.tenant = ").bind(tenant);
                sql.push(" AND x.member_id = users.id");
                if let Some(group) = group {
                    sql.push(" AND x.group_id = ").bind(*group);
                }
                sql.push(")");
            }
            What::Application(application) => {
                for select in [
                    "EXISTS (SELECT 1 FROM effective_users x WHERE x.tenant = ",
                    " OR EXISTS (SELECT 1 FROM accounts x WHERE x.tenant = ",
                ] {
                    sql.push(select).bind(tenant).push(" AND x.user_id = users.id");
                    if let Some(application) = application {
                        sql.push(" AND x.application = ").bind(*application);
                    }
                    sql.push(")");
                }
            }
            What::Equal(path, value) => {
                sql.push("EXISTS (SELECT 1 FROM attribute_values x WHERE x.tenant = ").bind(tenant);
                sql.push(" AND x.scope = ").bind(tenant).push(" AND x.kind = 0 AND x.path = ").bind(*path);
                sql.push(" AND x.value = ").bind(value).push(" AND x.owner = users.id)");
            }
        }
    }
}

/// The users with a value at a path.
fn attribute<'a>(sql: &'a mut Sql, tenant: Uuid, path: &str) -> &'a mut Sql {
    sql.push("SELECT owner FROM attribute_values WHERE tenant = ").bind(tenant);
    sql.push(" AND scope = ").bind(tenant).push(" AND kind = 0 AND path = ").bind(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_read_and_what_no_index_serves_is_refused() {
        let department = About::Attribute(ATTRIBUTES[7].1);
        assert_eq!(
            parse(r#"department eq "Sales" and not (title pr) and Source ne "Okta" and familyName sw "A""#).unwrap(),
            [
                Written { about: department, test: Test::Is("Sales".into()), not: false },
                Written { about: About::Attribute("title"), test: Test::HasAny, not: true },
                Written { about: About::Source, test: Test::Is("Okta".into()), not: true },
                Written { about: About::Attribute("name.familyName"), test: Test::Begins("A".into()), not: false },
            ]
        );
        assert!(!parse(r#"not (department ne "Sales")"#).unwrap()[0].not);
        for bad in [
            r#"title eq "a" or title eq "b""#,
            r#"title co "a""#,
            "title eq 3",
            r#"nickName eq "a""#,
            r#"emails[type eq "work"]"#,
            "title eq",
        ] {
            assert!(matches!(parse(bad), Err(Error::Invalid(_))), "{bad}");
        }
    }
}
