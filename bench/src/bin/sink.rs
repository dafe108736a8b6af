//! The fastest application that people can be pushed to: a SCIM server in memory that believes everything.
//!
//! It stores what is posted, finds users by `userName eq`, merges what PATCH replaces at the top level, and says at
//! `/stats` how many requests it has answered.

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, Query, State},
    http::{Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{any, get},
    serve::ListenerExt,
};
use clap::Parser;
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, HashMap},
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// A SCIM server in memory: the fastest application.
#[derive(Parser)]
struct Arguments {
    /// Address to listen on.
    #[arg(long)]
    listen: SocketAddr,
}

/// One resource type.
#[derive(Default)]
struct Resources {
    by_id: BTreeMap<String, Map<String, Value>>,
    id_by_name: HashMap<String, String>,
}

#[derive(Default)]
struct Held {
    users: Resources,
    groups: Resources,
    requests: BTreeMap<String, u64>,
    next: u64,
}

impl Held {
    /// The resources of an endpoint, and the attribute that names one.
    fn of(&mut self, endpoint: &str) -> Option<(&mut Resources, &'static str)> {
        match endpoint {
            "Users" => Some((&mut self.users, "userName")),
            "Groups" => Some((&mut self.groups, "displayName")),
            _ => None,
        }
    }

    fn count(&mut self, method: &Method, endpoint: &str) {
        *self.requests.entry(format!("{method} {endpoint}")).or_default() += 1;
    }
}

type Sink = Arc<Mutex<Held>>;

fn lock(sink: &Sink) -> MutexGuard<'_, Held> {
    sink.lock().unwrap_or_else(PoisonError::into_inner)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let router = Router::new()
        .route("/stats", get(stats))
        .route("/scim/v2/{endpoint}", any(collection))
        .route("/scim/v2/{endpoint}/{id}", any(single))
        .with_state(Sink::default());
    let listener = tokio::net::TcpListener::bind(arguments.listen).await?.tap_io(|socket| {
        // Without it answers wait for acknowledgements; failing costs speed only.
        let _ = socket.set_nodelay(true);
    });
    println!("ready http://{}/scim/v2", arguments.listen);
    axum::serve(listener, router).await?;
    Ok(())
}

async fn stats(State(sink): State<Sink>) -> Json<Value> {
    let held = lock(&sink);
    Json(json!({"users": held.users.by_id.len(), "groups": held.groups.by_id.len(), "requests": held.requests}))
}

fn scim(status: StatusCode, body: &impl serde::Serialize) -> Response {
    let body = serde_json::to_vec(body).unwrap_or_default();
    (status, [(header::CONTENT_TYPE, "application/scim+json")], body).into_response()
}

fn error(status: StatusCode, kind: Option<&str>) -> Response {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": status.as_str(), "scimType": kind
    });
    scim(status, &body)
}

fn list(resources: Vec<&Map<String, Value>>, total: usize) -> Response {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": total, "startIndex": 1,
        "itemsPerPage": resources.len(), "Resources": resources
    });
    scim(StatusCode::OK, &body)
}

fn configuration() -> Response {
    let yes = json!({"supported": true});
    let no = json!({"supported": false});
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"], "patch": yes,
        "bulk": {"supported": false, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": true, "maxResults": 200}, "changePassword": no, "sort": no, "etag": no,
        "authenticationSchemes": [{"type": "oauthbearertoken", "name": "Bearer", "description": "any token"}]
    });
    scim(StatusCode::OK, &body)
}

async fn collection(
    State(sink): State<Sink>,
    method: Method,
    Path(endpoint): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    body: Bytes,
) -> Response {
    let mut held = lock(&sink);
    held.count(&method, &endpoint);
    if endpoint == "ServiceProviderConfig" {
        return configuration();
    }
    held.next += 1;
    let id = format!("{:08}", held.next);
    let Some((resources, name)) = held.of(&endpoint) else { return error(StatusCode::NOT_FOUND, None) };
    match method {
        Method::GET => match query.get("filter") {
            Some(filter) => {
                // `attribute eq "value"`: only the name is ever found.
                let mut words = filter.splitn(3, ' ');
                let (attribute, value) = (words.next().unwrap_or_default(), words.nth(1).unwrap_or_default());
                let key = value.trim_matches('"').to_lowercase();
                let id = resources.id_by_name.get(&key).filter(|_| attribute.eq_ignore_ascii_case(name));
                let found: Vec<_> = id.and_then(|id| resources.by_id.get(id)).into_iter().collect();
                let total = found.len();
                list(found, total)
            }
            None => {
                let number = |key| query.get(key).and_then(|text: &String| text.parse::<usize>().ok());
                let (start, count) = (number("startIndex").unwrap_or(1).max(1), number("count").unwrap_or(100));
                let found = resources.by_id.values().skip(start - 1).take(count.min(200)).collect();
                list(found, resources.by_id.len())
            }
        },
        Method::POST => {
            let Ok(Value::Object(mut resource)) = serde_json::from_slice(&body) else {
                return error(StatusCode::BAD_REQUEST, Some("invalidSyntax"));
            };
            let key = resource.get(name).and_then(Value::as_str).unwrap_or_default().to_lowercase();
            if resources.id_by_name.contains_key(&key) {
                return error(StatusCode::CONFLICT, Some("uniqueness"));
            }
            resource.insert("id".into(), id.clone().into());
            resource.insert("meta".into(), json!({"resourceType": endpoint.trim_end_matches('s')}));
            let answer = scim(StatusCode::CREATED, &resource);
            resources.id_by_name.insert(key, id.clone());
            resources.by_id.insert(id, resource);
            answer
        }
        _ => error(StatusCode::METHOD_NOT_ALLOWED, None),
    }
}

async fn single(
    State(sink): State<Sink>,
    method: Method,
    Path((endpoint, id)): Path<(String, String)>,
    body: Bytes,
) -> Response {
    let mut held = lock(&sink);
    held.count(&method, &endpoint);
    let Some((resources, name)) = held.of(&endpoint) else { return error(StatusCode::NOT_FOUND, None) };
    let Some(resource) = resources.by_id.get_mut(&id) else { return error(StatusCode::NOT_FOUND, None) };
    let key =
        |resource: &Map<String, Value>| resource.get(name).and_then(Value::as_str).unwrap_or_default().to_lowercase();
    let before = key(resource);
    let given: Value = serde_json::from_slice(&body).unwrap_or_default();
    match method {
        Method::GET => return scim(StatusCode::OK, resource),
        Method::DELETE => {
            resources.id_by_name.remove(&before);
            resources.by_id.remove(&id);
            return StatusCode::NO_CONTENT.into_response();
        }
        Method::PUT => {
            if let Value::Object(given) = given {
                *resource = given;
                resource.insert("id".into(), id.clone().into());
            }
        }
        Method::PATCH => {
            for operation in given["Operations"].as_array().into_iter().flatten() {
                match (operation["path"].as_str(), &operation["value"]) {
                    (Some(path), value) => drop(resource.insert(path.to_owned(), value.clone())),
                    (None, Value::Object(values)) => resource.extend(values.clone()),
                    _ => {}
                }
            }
        }
        _ => return error(StatusCode::METHOD_NOT_ALLOWED, None),
    }
    let (after, answer) = (key(resource), scim(StatusCode::OK, resource));
    if before != after {
        resources.id_by_name.remove(&before);
        resources.id_by_name.insert(after, id);
    }
    answer
}
