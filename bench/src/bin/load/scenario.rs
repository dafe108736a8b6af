//! The scenarios that send requests.

use anyhow::{Context, bail};
use bench::{measure::Measure, person};
use hyper::Method;
use serde_json::{Value, json};
use std::{
    cell::{Cell, RefCell},
    fs,
    io::Write,
    path::Path,
    rc::Rc,
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

use crate::{
    By, Limits, Position, Scenario,
    endpoint::{Connection, Endpoint, Exchange},
};

/// A client gives up after this many failures in a row.
const FAILURES: u64 = 20;

/// Which request is to be made: `number` counts over all clients, `turn` within one.
#[derive(Clone, Copy, Debug)]
struct Turn {
    number: u64,
    client: usize,
    turn: u64,
}

/// What was seen of all requests together.
#[derive(Debug, Default)]
struct Seen {
    latencies: Vec<Duration>,
    failed: u64,
    first_failure: Option<String>,
    /// Number and body of each answer, when they are asked for.
    answers: Option<Vec<(u64, bytes::Bytes)>>,
}

/// Run a scenario to its limits.
pub async fn run(scenario: Scenario, limits: Limits) -> anyhow::Result<Value> {
    match scenario {
        Scenario::Create { server, from, people } => {
            create(Endpoint::new(&server.url, &server.token)?, from, people.as_deref(), &limits).await
        }
        Scenario::Read { server, people } => {
            let people = read_people(&people.people)?;
            let exchange = move |turn: Turn| Exchange::get(format!("/Users/{}", pick(&people, turn.number).1));
            measured("read", Endpoint::new(&server.url, &server.token)?, &limits, exchange).await
        }
        Scenario::Filter { server, people, by } => {
            let people = read_people(&people.people)?;
            let exchange = move |turn: Turn| {
                let number = pick(&people, turn.number).0;
                let (attribute, value) = match by {
                    By::UserName => ("userName", person::user_name(number)),
                    By::ExternalId => ("externalId", person::external_id(number)),
                    By::Email => ("emails.value", person::user_name(number)),
                };
                Exchange::get(format!("/Users?filter={attribute}%20eq%20%22{value}%22"))
            };
            let name = match by {
                By::UserName => "filter",
                By::ExternalId => "filter externalId",
                By::Email => "filter email",
            };
            measured(name, Endpoint::new(&server.url, &server.token)?, &limits, exchange).await
        }
        Scenario::Page { server, position } => {
            page(Endpoint::new(&server.url, &server.token)?, position, &limits).await
        }
        Scenario::Walk { server, rounds } => walk(Endpoint::new(&server.url, &server.token)?, rounds, &limits).await,
        Scenario::PatchUser { server, people } => {
            let people = read_people(&people.people)?;
            let exchange = move |turn: Turn| {
                let id = &pick(&people, turn.number).1;
                // Another value each time, or a server would rightly do nothing.
                let name = format!("Renamed {} {:?}", turn.number, turn.client);
                Exchange::send(Method::PATCH, format!("/Users/{id}"), &patch("replace", "displayName", name.into()))
            };
            measured("patch user", Endpoint::new(&server.url, &server.token)?, &limits, exchange).await
        }
        Scenario::Group { server, people, members } => {
            let people = read_people(&people.people)?;
            make_group(Endpoint::new(&server.url, &server.token)?, &people, members).await
        }
        Scenario::PatchMember { server, people, members, group } => {
            let people = read_people(&people.people)?;
            patch_member(Endpoint::new(&server.url, &server.token)?, people, members, group, &limits).await
        }
        Scenario::ReadGroup { server, group } => {
            let exchange = move |_| Exchange::get(format!("/Groups/{group}?excludedAttributes=members"));
            measured("read group", Endpoint::new(&server.url, &server.token)?, &limits, exchange).await
        }
        Scenario::ChangeMembers { server, people, members, group, remove } => {
            let people = read_people(&people.people)?;
            let others = (people.len() as u64).saturating_sub(members as u64);
            let limits = Limits { warm_up: Duration::ZERO, requests: limits.requests.min(others), ..limits };
            let exchange = move |turn: Turn| {
                let member = &people[members + turn.number as usize].1;
                Exchange::send(Method::PATCH, format!("/Groups/{group}"), &membership(member, remove))
            };
            let name = if remove { "remove member" } else { "add member" };
            measured(name, Endpoint::new(&server.url, &server.token)?, &limits, exchange).await
        }
        Scenario::Raw { .. } | Scenario::Memory => bail!("sends no requests"),
    }
}

type People = Vec<(u64, String)>;

fn read_people(file: &Path) -> anyhow::Result<People> {
    let text = fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    let people: Option<People> = text
        .lines()
        .map(|line| line.split_once(' ').and_then(|(n, id)| Some((n.parse().ok()?, id.to_owned()))))
        .collect();
    people.filter(|people| !people.is_empty()).with_context(|| format!("{} holds no people", file.display()))
}

/// Someone, spread over all of them and the same in every run.
fn pick(people: &People, number: u64) -> &(u64, String) {
    &people[(number.wrapping_mul(2_654_435_761) % people.len() as u64) as usize]
}

fn patch(op: &str, path: &str, value: Value) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": op, "path": path, "value": value}],
    })
}

/// A PATCH that adds one member, or removes it.
fn membership(member: &str, remove: bool) -> Value {
    if !remove {
        return patch("add", "members", json!([{"value": member}]));
    }
    let operation = json!({"op": "remove", "path": format!("members[value eq \"{member}\"]")});
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]})
}

async fn create(endpoint: Endpoint, from: u64, people: Option<&Path>, limits: &Limits) -> anyhow::Result<Value> {
    let measure = Measure::start("create", &limits.pids);
    let exchange = move |turn: Turn| Exchange::send(Method::POST, "/Users".into(), &person::user(from + turn.number));
    let mut seen = drive(&endpoint, limits, limits.time, limits.requests, people.is_some(), Rc::new(exchange)).await?;
    let answers = seen.answers.take();
    let result = finish(measure, seen, limits);
    if let (Some(answers), Some(file)) = (answers, people) {
        let mut out = String::new();
        for (number, body) in answers {
            let body: Value = serde_json::from_slice(&body).context("a created user")?;
            let id = body["id"].as_str().context("a created user without id")?;
            out.push_str(&format!("{} {id}\n", from + number));
        }
        fs::OpenOptions::new().create(true).append(true).open(file)?.write_all(out.as_bytes())?;
    }
    Ok(result)
}

async fn page(endpoint: Endpoint, position: Position, limits: &Limits) -> anyhow::Result<Value> {
    let (status, body) =
        Connection::new(endpoint.clone()).exchange(Exchange::get("/Users?startIndex=1&count=1".into())).await?;
    let body: Value = serde_json::from_slice(&body).with_context(|| format!("a list, status {status}"))?;
    let total = body["totalResults"].as_u64().context("a list without totalResults")?;
    let last = total.saturating_sub(100) + 1;
    let (name, start) = match position {
        Position::First => ("first page", 1),
        Position::Middle => ("middle page", last / 2 + 1),
        Position::Last => ("last page", last),
    };
    let exchange = move |_| Exchange::get(format!("/Users?startIndex={start}&count=100"));
    measured(name, endpoint, limits, exchange).await
}

/// The first and the last tenth of the pages that a list has by cursor, as two measurements.
async fn walk(endpoint: Endpoint, rounds: u64, limits: &Limits) -> anyhow::Result<Value> {
    let mut connection = Connection::new(endpoint);
    let [mut first, mut last] = [Vec::new(), Vec::new()];
    let mut pages = 0;
    for _ in 0..rounds {
        let mut took = Vec::new();
        let mut cursor = Some(String::new());
        while let Some(text) = cursor {
            let start = Instant::now();
            let (status, body) = connection.exchange(Exchange::get(format!("/Users?count=100&cursor={text}"))).await?;
            took.push(start.elapsed());
            let body: Value = serde_json::from_slice(&body).with_context(|| format!("a page, status {status}"))?;
            if !status.is_success() {
                bail!("{status} {body}");
            }
            cursor = body["nextCursor"].as_str().map(str::to_owned);
        }
        let tenth = took.len().div_ceil(10);
        first.extend_from_slice(&took[..tenth]);
        last.extend_from_slice(&took[took.len() - tenth..]);
        pages += took.len();
    }
    let tenth = |name: &str, took| Measure::start(name, &limits.pids).finish(took, 0, None);
    Ok(
        json!({"scenario": "walk", "pages": pages, "first": tenth("first tenth", first), "last": tenth("last tenth", last)}),
    )
}

async fn make_group(endpoint: Endpoint, people: &People, members: usize) -> anyhow::Result<Value> {
    let members = people.get(..members).with_context(|| format!("only {} people for the group", people.len()))?;
    let group = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": format!("Group of {}", members.len()),
        "members": members.iter().map(|(_, id)| json!({"value": id})).collect::<Vec<_>>(),
    });
    let exchange = Exchange::send(Method::POST, "/Groups".into(), &group);
    let (status, body) = Connection::new(endpoint).exchange(exchange).await?;
    let body: Value = serde_json::from_slice(&body).with_context(|| format!("the new group, status {status}"))?;
    let id = body["id"].as_str().with_context(|| format!("the new group: {status} {body}"))?;
    Ok(json!({"scenario": "group", "id": id}))
}

async fn patch_member(
    endpoint: Endpoint,
    people: People,
    members: usize,
    id: String,
    limits: &Limits,
) -> anyhow::Result<Value> {
    if people.len() < members + limits.clients {
        bail!("{} people are too few for {members} members and {} clients", people.len(), limits.clients);
    }
    let exchange = move |turn: Turn| {
        let body = membership(&people[members + turn.client].1, !turn.turn.is_multiple_of(2));
        Exchange::send(Method::PATCH, format!("/Groups/{id}"), &body)
    };
    measured(&format!("patch member of {members}"), endpoint, limits, exchange).await
}

/// Warm up, then measure. The warm-up ends with an even number of turns per client, as `patch_member` needs.
async fn measured(
    name: &str,
    endpoint: Endpoint,
    limits: &Limits,
    exchange: impl Fn(Turn) -> Exchange + 'static,
) -> anyhow::Result<Value> {
    let exchange = Rc::new(exchange);
    if !limits.warm_up.is_zero() {
        drive(&endpoint, limits, limits.warm_up, u64::MAX, false, exchange.clone()).await?;
    }
    let measure = Measure::start(name, &limits.pids);
    let seen = drive(&endpoint, limits, limits.time, limits.requests, false, exchange).await?;
    Ok(finish(measure, seen, limits))
}

fn finish(measure: Measure, seen: Seen, limits: &Limits) -> Value {
    let mut result = measure.finish(seen.latencies, seen.failed, seen.first_failure);
    result["clients"] = limits.clients.into();
    result
}

/// Let every client send requests until time or requests are used up.
async fn drive(
    endpoint: &Endpoint,
    limits: &Limits,
    time: Duration,
    requests: u64,
    keep_answers: bool,
    exchange: Rc<impl Fn(Turn) -> Exchange + 'static>,
) -> anyhow::Result<Seen> {
    let seen = Rc::new(RefCell::new(Seen { answers: keep_answers.then(Vec::new), ..Seen::default() }));
    let next = Rc::new(Cell::new(0));
    let deadline = Instant::now() + time;
    let mut clients = JoinSet::new();
    for client in 0..limits.clients {
        let (exchange, seen, next) = (exchange.clone(), seen.clone(), next.clone());
        let mut connection = Connection::new(endpoint.clone());
        clients.spawn_local(async move {
            let mut in_a_row = 0;
            for turn in 0_u64.. {
                let number = next.get();
                // An odd turn undoes the even one before it, so it is made even when time is up.
                if number >= requests || (Instant::now() >= deadline && turn.is_multiple_of(2)) || in_a_row >= FAILURES
                {
                    break;
                }
                next.set(number + 1);
                let request = exchange(Turn { number, client, turn });
                let start = Instant::now();
                let outcome = connection.exchange(request).await;
                let took = start.elapsed();
                let mut seen = seen.borrow_mut();
                let failure = match outcome {
                    Ok((status, body)) if status.is_success() => {
                        seen.latencies.push(took);
                        if let Some(answers) = &mut seen.answers {
                            answers.push((number, body));
                        }
                        in_a_row = 0;
                        continue;
                    }
                    Ok((status, body)) => {
                        format!("{status}: {}", String::from_utf8_lossy(&body).chars().take(300).collect::<String>())
                    }
                    Err(error) => format!("{error:#}"),
                };
                in_a_row += 1;
                seen.failed += 1;
                seen.first_failure.get_or_insert(failure);
            }
        });
    }
    while let Some(ended) = clients.join_next().await {
        ended?;
    }
    let seen = Rc::try_unwrap(seen).map_err(|_| anyhow::anyhow!("a client is still running"))?;
    Ok(seen.into_inner())
}
