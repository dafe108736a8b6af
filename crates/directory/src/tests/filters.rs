//! The database and the pure `matches` agree on every filter, and pages are what lists are cut into.

use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use scim::{Filter, ListQuery};
use serde_json::json;
use std::collections::BTreeSet;

use super::*;
use crate::record::{Page, Places, Tally, list};

fn query(filter: Option<&str>, start: u64, count: u64) -> ListQuery {
    let mut pairs = vec![("startIndex".to_owned(), start.to_string()), ("count".to_owned(), count.to_string())];
    pairs.extend(filter.map(|filter| ("filter".to_owned(), filter.to_owned())));
    ListQuery::from_params(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())), 100, 1000).unwrap()
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("ana".to_owned()),
        Just("Bo".to_owned()),
        Just("straße".to_owned()),
        Just("a%_b".to_owned()),
        "[a-c]{1,2}"
    ]
}

/// What the index holds only the beginning of: 520 characters, and 171 that take 513 bytes.
fn long_word() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => word(),
        1 => Just(format!("{}ana", "x".repeat(520))),
        1 => Just("末".repeat(171)),
        1 => Just("末".repeat(172)),
        1 => Just("x".repeat(510)),
    ]
}

fn person(n: usize) -> impl Strategy<Value = serde_json::Value> {
    let email = (word(), prop_oneof![Just("work"), Just("home")], any::<bool>());
    (
        word(),
        proptest::option::of(long_word()),
        proptest::collection::vec(email, 0..3),
        proptest::option::of(any::<bool>()),
        proptest::option::of(long_word()),
    )
        .prop_map(move |(name, family, emails, active, department)| {
            let emails: Vec<_> = emails
                .into_iter()
                .map(|(value, kind, _)| json!({"value": format!("{value}@x.test"), "type": kind}))
                .collect();
            let mut body = json!({"userName": format!("{name}{n}"), "externalId": format!("E{n}"), "emails": emails});
            if let Some(family) = family {
                body["name"] = json!({"familyName": family});
            }
            if let Some(active) = active {
                body["active"] = json!(active);
            }
            if let Some(department) = department {
                body[scim::ENTERPRISE_URN] = json!({"department": department});
            }
            body
        })
}

fn leaf() -> impl Strategy<Value = String> {
    let op = prop_oneof![Just("eq"), Just("ne"), Just("co"), Just("sw"), Just("ew"), Just("gt"), Just("le")];
    let attribute = prop_oneof![
        Just("userName"),
        Just("externalId"),
        Just("emails.value"),
        Just("emails.type"),
        Just("name.familyName"),
        Just("title"),
        Just("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"),
    ];
    prop_oneof![
        4 => (attribute, op.clone(), long_word()).prop_map(|(attribute, op, word)| format!("{attribute} {op} \"{word}\"")),
        1 => (word(), prop_oneof![Just("work"), Just("home")]).prop_map(|(word, kind)| format!("emails[type eq \"{kind}\" and value sw \"{word}\"]")),
        1 => any::<bool>().prop_map(|active| format!("active eq {active}")),
        1 => prop_oneof![Just("name.familyName pr"), Just("emails pr"), Just("externalId pr"), Just("name pr"), Just("title pr")].prop_map(str::to_owned),
    ]
}

fn filter() -> impl Strategy<Value = String> {
    leaf().prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) and ({b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) or ({b})")),
            inner.prop_map(|a| format!("not ({a})")),
        ]
    })
}

both! {
    async fn the_database_agrees_with_matches(world: World) {
        let mut runner = TestRunner::deterministic();
        let mut people = Vec::new();
        for n in 0..40 {
            let body = person(n).new_tree(&mut runner).unwrap().current();
            people.push(world.user(body).await);
        }
        let tolerance = Tolerance::tolerant();
        let rt = scim::ResourceType::user();
        let mut tx = world.directory.db.read(world.tenant()).await.unwrap();
        let mut found = 0;
        for _ in 0..400 {
            let text = filter().new_tree(&mut runner).unwrap().current();
            let resolved = Filter::parse(&text).unwrap().resolve(rt, &tolerance).unwrap();
            let expected: BTreeSet<_> = people
                .iter()
                .filter(|record| {
                    let mut resource = record.doc.clone();
                    resource.entry("active").or_insert(true.into());
                    resource.insert("id".into(), record.id.to_string().into());
                    resolved.matches(&resource, rt)
                })
                .map(|record| record.id)
                .collect();
            let page = list(&mut tx, &world.directory.places, world.caller.source.id, &[users(&world)], &query(Some(&text), 1, 1000), None, &tolerance).await.unwrap();
            let got: BTreeSet<_> = page.records.iter().map(|record| record.id).collect();
            assert_eq!(got, expected, "{text}");
            assert_eq!(page.total, expected.len() as u64, "{text}");
            found += expected.len();
        }
        assert!(found > 400, "the filters must find people for this to say anything");
    }
}

both! {
    async fn pages_are_the_list_cut_up(world: World) {
        for n in 0..23 {
            world.user(json!({"userName": format!("u{n:02}"), "title": if n % 2 == 0 { "even" } else { "odd" }, "emails": [{"value": format!("u{n}@x.test")}]})).await;
        }
        let tolerance = Tolerance::tolerant();
        let mut tx = world.directory.db.read(world.tenant()).await.unwrap();
        for filter in [None, Some("emails.value ew \"x.test\""), Some("title eq \"even\""), Some("userName sw \"u1\"")] {
            let source = world.caller.source.id;
            let whole = list(&mut tx, &world.directory.places, source, &[users(&world)], &query(filter, 1, 1000), None, &tolerance).await.unwrap();
            for size in [1, 5, 7] {
                let mut ids = Vec::new();
                for start in (1..=whole.total).step_by(size as usize) {
                    let page = list(&mut tx, &world.directory.places, source, &[users(&world)], &query(filter, start, size), None, &tolerance).await.unwrap();
                    assert_eq!(page.total, whole.total, "{filter:?} from {start}");
                    ids.extend(page.records.iter().map(|record| record.id));
                }
                assert_eq!(ids, whole.records.iter().map(|record| record.id).collect::<Vec<_>>(), "{filter:?} by {size}");
            }
            let beyond = list(&mut tx, &world.directory.places, source, &[users(&world)], &query(filter, 1000, 5), None, &tolerance).await.unwrap();
            assert_eq!((beyond.total, beyond.records.len()), (whole.total, 0));
            let none = list(&mut tx, &world.directory.places, source, &[users(&world)], &query(filter, 1, 0), None, &tolerance).await.unwrap();
            assert_eq!((none.total, none.records.len()), (whole.total, 0));
        }
    }
}

both! {
    /// Pages whose place is known and pages that are counted are the same, whatever comes and goes between them.
    async fn a_page_behind_another_is_the_one_that_counting_finds(world: World) {
        let mut runner = TestRunner::deterministic();
        let mut people = Vec::new();
        for n in 0..60 {
            people.push(world.user(json!({"userName": format!("u{n}")})).await);
        }
        let (types, tolerance) = ([users(&world)], Tolerance::tolerant());
        let ask = async |places: &Places, start: u64, count: u64| -> Page {
            let mut tx = world.directory.db.read(world.tenant()).await.unwrap();
            list(&mut tx, places, world.caller.source.id, &types, &query(None, start, count), None, &tolerance).await.unwrap()
        };
        let places = Places::default();
        // That a known place is believed: a false one gives a false page.
        let false_place = Places::default();
        let list_of_people = (world.caller.source.id, Kind::User);
        false_place.keep(list_of_people, 20, people[29].id, Tally { total: 60, gone: 0 });
        assert_eq!(ask(&false_place, 21, 7).await.records[0].id, people[30].id);
        let mut start = 1;
        for round in 0..150 {
            // Mostly on, now and then anywhere; now and then somebody comes or goes.
            let (dice, who) = (0..12_usize, 0..60_usize).new_tree(&mut runner).unwrap().current();
            match dice {
                0 => people.push(world.user(json!({"userName": format!("late{round}")})).await),
                1 if !people.is_empty() => {
                    let gone = people.remove(who % people.len());
                    world.directory.delete_record(&world.caller, None, Kind::User, gone.id, &None).await.unwrap();
                }
                2 => start = 1 + who as u64,
                _ => {}
            }
            let page = ask(&places, start, 7).await;
            let counted = ask(&Places::default(), start, 7).await;
            let ids = |page: &Page| page.records.iter().map(|record| record.id).collect::<Vec<_>>();
            assert_eq!((page.total, ids(&page)), (counted.total, ids(&counted)), "round {round}, from {start}");
            start = if page.records.is_empty() { 1 } else { start + page.records.len() as u64 };
        }
    }
}

both! {
    async fn groups_are_found_by_their_members(world: World) {
        let ana = world.user(json!({"userName": "ana"})).await;
        let bob = world.user(json!({"userName": "bob"})).await;
        let sales = world.group(json!({"displayName": "Sales", "members": [{"value": ana.id}]})).await;
        let tolerance = Tolerance::tolerant();
        let mut tx = world.directory.db.read(world.tenant()).await.unwrap();
        for (filter, expected) in [
            (format!("id eq \"{}\" and members eq \"{}\"", sales.id, ana.id), 1),
            (format!("members.value eq \"{}\"", ana.id), 1),
            (format!("members[value eq \"{}\"]", ana.id), 1),
            (format!("id eq \"{}\" and members eq \"{}\"", sales.id, bob.id), 0),
            ("displayName eq \"SALES\"".to_owned(), 1),
            ("displayName eq \"nobody\"".to_owned(), 0),
            (format!("members[value eq \"{}\" and type eq \"User\"]", ana.id), 1),
            (format!("members[value eq \"{}\" and type eq \"Group\"]", ana.id), 0),
        ] {
            let page = list(&mut tx, &world.directory.places, world.caller.source.id, &[world.caller.definitions.of(Kind::Group)], &query(Some(&filter), 1, 10), None, &tolerance).await.unwrap();
            assert_eq!((page.total, page.records.len()), (expected, expected as usize), "{filter}");
        }
    }
}

both! {
    async fn a_groups_id_opens_no_other_source(world: World) {
        let ana = world.user(json!({"userName": "ana"})).await;
        let sales = world.group(json!({"displayName": "Sales", "members": [{"value": ana.id}]})).await;
        let hr = add_source(&world.directory, world.tenant(), "hr").await;
        let (filter, tolerance) = (format!("groups.value eq \"{}\"", sales.id), Tolerance::tolerant());
        let mut tx = world.directory.db.read(world.tenant()).await.unwrap();
        for (source, found) in [(world.caller.source.id, 1), (hr.source.id, 0)] {
            let page = list(&mut tx, &world.directory.places, source, &[users(&world)], &query(Some(&filter), 1, 10), None, &tolerance).await.unwrap();
            assert_eq!((page.total, page.records.len()), (found, found as usize));
        }
    }
}

/// So many people, u0 first, without what nobody asks about here.
async fn insert(world: &World, people: i64) {
    let (tenant, source) = (world.tenant().id(), world.caller.source.id);
    let mut tx = world.directory.db.write(world.tenant()).await.unwrap();
    let numbers: Vec<_> = (0..people).collect();
    for numbers in numbers.chunks(500) {
        let mut sql = crate::db::Sql::new(
            "INSERT INTO records (tenant, id, source, kind, name_key, active, version, members, created_at, modified_at, doc) VALUES ",
        );
        sql.bind_rows(numbers.iter().map(|n| {
            let name = format!("u{n}");
            let doc = format!("{{\"userName\":\"{name}\",\"nickName\":\"Nick {name}\"}}");
            crate::db::args![tenant, uuid::Uuid::now_v7(), source, 0_i64, name, true, 1_i64, 0_i64, 0_i64, *n, doc]
        }));
        tx.execute_sql(sql).await.unwrap();
    }
    let sql = "INSERT INTO record_counts (tenant, source, kind, part, total) VALUES ($1, $2, 0, 63, $3)
               ON CONFLICT (tenant, source, kind, part) DO UPDATE SET total = record_counts.total + excluded.total";
    tx.execute(sql, crate::db::args![tenant, source, people]).await.unwrap();
    tx.commit().await.unwrap();
}

both! {
    /// What no index decides is looked at one by one, up to 10,000 of them.
    async fn of_too_many_candidates_nobody_is_read(world: World) {
        let source = world.caller.source.id;
        let (types, tolerance) = ([users(&world)], Tolerance::tolerant());
        insert(&world, 10_000).await;
        let unindexed = query(Some("nickName ew \"u77\""), 1, 10);
        let narrowed = query(Some("userName sw \"u77\" and nickName ew \"u77\""), 1, 10);
        let mut found = Vec::new();
        for _ in 0..2 {
            let mut tx = world.directory.db.read(world.tenant()).await.unwrap();
            for asked in [&unindexed, &narrowed] {
                let page = list(&mut tx, &world.directory.places, source, &types, asked, None, &tolerance).await;
                found.push(match page {
                    Ok(page) => page.total.to_string(),
                    Err(crate::Error::Scim(error)) => format!("{} {:?}", error.status, error.scim_type),
                    Err(other) => panic!("{other}"),
                });
            }
            drop(tx);
            if found.len() == 2 {
                // One more is one too many.
                world.user(json!({"userName": "u10000"})).await;
            }
        }
        assert_eq!(found, ["1", "1", "400 Some(TooMany)", "1"]);
    }
}

both! {
    /// A list that is too long to be sorted by reading it is sorted by an index, or not at all: never wrongly.
    async fn a_long_list_is_sorted_or_refused(world: World) {
        insert(&world, 10_001).await;
        let source = world.caller.source.id;
        let (types, tolerance) = ([users(&world)], Tolerance::tolerant());
        let mut tx = world.directory.db.read(world.tenant()).await.unwrap();
        let sorted = async |tx: &mut crate::Tx, by: &str, filter: &str| {
            let pairs = [("sortBy", by), ("sortOrder", "descending"), ("startIndex", "2"), ("count", "2"), ("filter", filter)];
            let asked = ListQuery::from_params(pairs.into_iter(), 100, 1000).unwrap();
            list(tx, &world.directory.places, source, &types, &asked, None, &tolerance).await.map(|page| {
                assert_eq!(page.total, 10_001);
                page.records.into_iter().map(|record| record.doc["userName"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
            })
        };
        for filter in ["", "active eq true"] {
            assert_eq!(sorted(&mut tx, "userName", filter).await.unwrap(), ["u9998", "u9997"], "{filter}");
            assert_eq!(sorted(&mut tx, "meta.lastModified", filter).await.unwrap(), ["u9999", "u9998"], "{filter}");
            assert_eq!(sorted(&mut tx, "id", filter).await.unwrap(), ["u9999", "u9998"], "{filter}");
            let refused = sorted(&mut tx, "nickName", filter).await;
            assert!(matches!(refused, Err(crate::Error::Scim(error)) if error.scim_type == Some(scim::ScimType::TooMany)), "{filter}");
        }
    }
}
