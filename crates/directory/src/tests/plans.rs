//! Query plans: no scan where an index serves, on both engines.

use scim::Filter;
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::{
    Kind, Order,
    db::{Sql, args},
    group,
    query::{self, Query},
    user::{self, UserQuery, UserSort},
    work::{self, DirtyMark, Work, WorkKey, WorkStatus},
};

async fn plan(world: &World, sql: Sql) -> String {
    let mut tx = world.directory.db.write(world.tenant()).await.unwrap();
    let explained = match world.on {
        On::Sqlite => {
            let mut explain = Sql::new("EXPLAIN QUERY PLAN ");
            explain.append(sql);
            let rows: Vec<(i64, i64, i64, String)> = tx.rows_of(explain).await.unwrap();
            rows.into_iter().map(|(.., detail)| detail).collect::<Vec<_>>()
        }
        On::Postgres => {
            // On a handful of rows PostgreSQL would rightly scan: what it must be able to do is not to.
            tx.execute("SET LOCAL enable_seqscan = off", args![]).await.unwrap();
            let mut explain = Sql::new("EXPLAIN ");
            explain.append(sql);
            let rows: Vec<(String,)> = tx.rows_of(explain).await.unwrap();
            rows.into_iter().map(|(line,)| line).collect()
        }
    };
    tx.rollback().await;
    explained.join("\n")
}

both! {
    async fn no_filter_that_an_index_serves_scans(world: World) {
        // Enough, and known to the planner, that an index is worth its while on PostgreSQL.
        for n in 0..400 {
            world.user(json!({"userName": format!("u{n}"), "emails": [{"value": format!("u{n}@x.test"), "type": "work"}]})).await;
        }
        if world.on == On::Postgres {
            let mut tx = world.directory.db.write(world.tenant()).await.unwrap();
            tx.execute("ANALYZE", args![]).await.unwrap();
            tx.commit().await.unwrap();
        }
        let query = Query { tenant: world.tenant().id(), source: world.caller.source.id, of: users(&world), cut: Vec::new() };
        let rt = scim::ResourceType::user();
        for (filter, index) in [
            ("userName eq \"u1\"", "records_by_name"),
            ("userName sw \"u1\"", "records_by_name"),
            ("externalId eq \"u1\"", "records_by_external_id"),
            ("emails.value eq \"u1@x.test\"", "attribute_values"),
            ("emails[type eq \"work\" and value eq \"u1@x.test\"]", "attribute_values"),
            ("name.familyName sw \"u\" and emails.type eq \"work\"", "attribute_values"),
            ("emails.value eq \"a\" or userName eq \"b\"", "records_by_name"),
            ("active eq false", "records_inactive"),
            ("meta.lastModified gt \"2100-01-01T00:00:00Z\"", "records_by_modified"),
        ] {
            let resolved = Filter::parse(filter).unwrap().resolve(rt, &Tolerance::tolerant()).unwrap();
            let set = query.set(&resolved);
            assert!(set.exact, "{filter}: the index decides it alone");
            let plan = plan(&world, query::page(&set, None, 100, 0)).await;
            let scans: Vec<_> = plan
                .lines()
                .filter(|line| line.contains("Seq Scan") || (line.trim_start().starts_with("SCAN ") && !line.contains("USING") && !is_result(line)))
                .collect();
            assert!(scans.is_empty(), "{filter} scans: {plan}");
            assert!(plan.contains(index), "{filter} should use {index}: {plan}");
        }
    }
}

/// Walking through the ids that were found is no scan of a table.
fn is_result(line: &str) -> bool {
    ["chosen", "operand", "elements", "every", "unwanted"].iter().any(|name| line.contains(name))
}

both! {
    /// A million marks may be there: finishing some looks up those, and no other.
    async fn marks_are_found_by_their_keys(world: World) {
        let (tenant, application) = (world.tenant().id(), Uuid::now_v7());
        let users: Vec<_> = (0..500).map(|_| Uuid::now_v7()).collect();
        let dirty = |&subject: &Uuid| DirtyMark { kind: Kind::User, subject, spread: false, revision: 1, cause: None };
        let work = |&user: &Uuid| Work {
            key: WorkKey::user(user),
            revision: 1,
            status: WorkStatus::Pending,
            attempts: 0,
            first_failed_at: None,
            due_at: 0,
            error_code: None,
            error_detail: None,
            waiting_on: None,
            cause: None,
        };
        let (dirty, works): (Vec<_>, Vec<_>) = (users.iter().map(dirty).collect(), users.iter().map(work).collect());
        let places: Vec<_> = users.iter().map(|user| (application, *user)).collect();
        for (what, sql, on_sqlite) in [
            ("some dirty marks", work::cleared(tenant, &dirty, world.on == On::Postgres), "kind=? AND subject=?"),
            ("one dirty mark", work::cleared(tenant, &dirty[..1], world.on == On::Postgres), "kind=? AND subject=?"),
            ("some work", work::finished(tenant, application, &works), "kind=? AND subject=? AND member=?"),
            ("one work", work::finished(tenant, application, &works[..1]), "kind=? AND subject=? AND member=?"),
            ("whoever waits", work::released(tenant, &places, 0), "work_waiting (tenant=? AND application=? AND waiting_on=?)"),
        ] {
            let plan = plan(&world, sql).await;
            match world.on {
                On::Sqlite => assert!(plan.contains(on_sqlite), "{what}: {plan}"),
                On::Postgres => assert!(!plan.contains("Seq Scan"), "{what}: {plan}"),
            }
        }
    }
}

both! {
    /// The tenant is the first column of every index, and says nothing: whoever looks for a few people must not
    /// look through all of them.
    async fn a_list_of_keys_is_looked_up_key_by_key(world: World) {
        let (tenant, source) = (world.tenant().id(), world.caller.source.id);
        let ids: Vec<_> = (0..500).map(|_| Uuid::now_v7()).collect();
        let named = |ids: &[Uuid], text: &'static str| {
            let mut sql = Sql::new(text);
            sql.bind_all(ids).push(") AND tenant = ").bind(tenant);
            sql
        };
        let mut pending = Sql::new("SELECT group_id FROM member_names WHERE member IS NULL AND tenant = ");
        pending.bind(tenant).push(" AND source = ").bind(source).push(" AND name_key IN (");
        pending.bind_all(ids.iter().map(Uuid::to_string)).push(")");
        for (sql, index) in [
            (named(&ids, "SELECT application FROM accounts WHERE user_id IN ("), "accounts_by_user"),
            (named(&ids, "SELECT application FROM effective_users WHERE user_id IN ("), "effective_users_by_user"),
            (named(&ids, "SELECT application FROM assignments WHERE subject IN ("), "assignments_by_subject"),
            (named(&ids, "SELECT application FROM pushed_groups WHERE group_id IN ("), "pushed_groups_by_group"),
            (named(&ids, "SELECT group_id FROM group_members WHERE member_id IN ("), "group_members_by_member"),
            (named(&ids, "SELECT id FROM records WHERE subject IN ("), "records_by_subject"),
            (pending, "member_names_pending"),
        ] {
            let plan = plan(&world, sql).await;
            match world.on {
                On::Sqlite => assert!(plan.contains(index), "{index}: {plan}"),
                On::Postgres => assert!(!plan.contains("Seq Scan"), "{index}: {plan}"),
            }
        }
    }
}

both! {
    /// A page of a list of people costs a page: of many, each is asked about in the order of the list; few are found
    /// first.
    async fn a_list_of_people_is_walked_in_its_order(world: World) {
        world.user(json!({"userName": "ana", "title": "Engineer"})).await;
        let mut tx = world.directory.db.read(world.tenant()).await.unwrap();
        let group = group::everyone(&mut tx).await.unwrap().id;
        let source = world.caller.source.id;
        let texts = [
            (r#"title eq "Engineer""#.to_owned(), "value=? AND owner=?"),
            (r#"title ne "Engineer""#.to_owned(), "value=? AND owner=?"),
            (format!("source eq \"{source}\""), "records_by_subject (tenant=? AND subject=?)"),
            (format!("not (source eq \"{source}\")"), "records_by_subject (tenant=? AND subject=?)"),
            (format!("group eq \"{group}\""), "member_id=?"),
            ("not (group pr)".to_owned(), "member_id=?"),
            ("not (application pr)".to_owned(), "accounts_by_user (tenant=? AND user_id=?)"),
        ];
        for (text, key) in texts {
            let conditions = user::condition::resolve(&mut tx, user::condition::parse(&text).unwrap()).await.unwrap();
            for (by, order) in [(UserSort::Created, "users"), (UserSort::UserName, "users_by_name"), (UserSort::Modified, "users_by_modified")] {
                let order_by = Order { by, descending: false };
                let many = conditions.iter().cloned().map(user::Condition::of_many).collect();
                let query = UserQuery { conditions: many, order: order_by, limit: 100, ..UserQuery::default() };
                let plan = plan(&world, user::page(world.tenant().id(), &query).unwrap()).await;
                match world.on {
                    On::Sqlite => {
                        assert!(plan.contains(key) && plan.contains(order), "{text}: {plan}");
                        assert!(!plan.contains("TEMP B-TREE"), "{text} sorts: {plan}");
                    }
                    On::Postgres => assert!(!plan.contains("Seq Scan"), "{text}: {plan}"),
                }
            }
        }
    }
}

both! {
    /// What is typed is looked up as one range of an index for each name that people have, whoever stated it.
    async fn a_search_reads_ranges_of_indexes(world: World) {
        world.user(json!({"userName": "ana", "name": {"givenName": "Ana"}})).await;
        let query = UserQuery { search: Some("an".to_owned()), limit: 50, ..UserQuery::default() };
        let plan = plan(&world, user::page(world.tenant().id(), &query).unwrap()).await;
        match world.on {
            On::Sqlite => {
                let values: Vec<_> = plan.lines().filter(|line| line.contains("USING PRIMARY KEY (tenant=?")).collect();
                assert_eq!(values.len(), 5, "{plan}");
                assert!(values.iter().all(|line| line.contains("value>? AND value<?")), "{plan}");
            }
            On::Postgres => assert!(!plan.contains("Seq Scan on attribute_values"), "{plan}"),
        }
    }
}
