//! `POST /Bulk` (RFC 7644 section 3.7): many changes in one request, each on its own: what fails takes nothing else
//! with it, except what refers to it.

use std::collections::HashMap;

use ::scim::{
    BULK_RESPONSE_URN, ENTERPRISE_URN, Error, PATCH_URN,
    bulk::{self, Links, Operation, Step},
    json,
};
use axum::{body::Body, http::StatusCode, response::Response};
use directory::{Kind, record::Record, request::Failure, schema::Definitions};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    Call, Trace,
    answer::{self, Refusal},
    body,
    target::{self as place, Target},
    version,
};

/// Most operations in one request.
pub(super) const OPERATIONS: u32 = 1_000;
/// Most bytes in one request.
pub(super) const PAYLOAD: u32 = 1024 * 1024;

/// The names of the methods that an operation may have.
const METHODS: [&str; 4] = ["POST", "PUT", "PATCH", "DELETE"];

fn target<'a>(operation: &'a Operation, definitions: &Definitions) -> Target<'a> {
    Target::read(&operation.path, definitions)
}

fn links<'a>(operation: &'a Operation, definitions: &Definitions) -> Links<'a> {
    let mut needs = Vec::new();
    bulk::references(&operation.data, &mut needs);
    let target = target(operation, definitions);
    if let Target::Resource(_, id) = target {
        needs.extend(bulk::reference(id));
    }
    // A user can be made before its manager.
    let can_wait = operation.is("POST") && target == Target::Resources(Kind::User);
    Links { name: operation.name.as_deref(), needs, can_wait }
}

/// How an operation ended.
struct Outcome {
    status: u16,
    /// The resource that it was about, and the version it has now.
    resource: Option<(Kind, Uuid, Option<i64>)>,
    error: Option<Error>,
}

impl Outcome {
    fn of(status: u16, record: &Record) -> Outcome {
        Outcome { status, resource: Some((record.kind, record.id, Some(record.version))), error: None }
    }
}

/// A user that was made before its manager.
struct Unfinished {
    number: usize,
    id: Uuid,
    manager: Value,
}

/// A bulk request under way.
struct Run<'a> {
    call: &'a Call<'a>,
    operations: Vec<Operation>,
    /// The operations by `bulkId`, the first of each.
    named: HashMap<String, usize>,
    outcomes: Vec<Option<Outcome>>,
    /// Whom or what each operation was about, by its id or name.
    subjects: Vec<Option<String>>,
    unfinished: Vec<Unfinished>,
}

impl Call<'_> {
    pub(super) async fn bulk(&self, body: &mut Option<Body>, trace: &mut Trace) -> Result<Response, Refusal> {
        let bytes = usize::try_from(PAYLOAD).unwrap_or(usize::MAX);
        let body = body::read(body, self.headers, (bytes, json::Limits::groups())).await?;
        let most = usize::try_from(OPERATIONS).unwrap_or(usize::MAX);
        let bulk::Request { mut operations, most_errors } = bulk::Request::read(body, most)?;
        for operation in &mut operations {
            operation.path = place::decoded(&operation.path).into_owned();
        }
        let mut named = HashMap::new();
        for (number, operation) in operations.iter().enumerate() {
            if let Some(name) = &operation.name {
                named.entry(name.clone()).or_insert(number);
            }
        }
        let outcomes = operations.iter().map(|_| None).collect();
        let subjects = operations.iter().map(|operation| self.subject(operation)).collect();
        let mut run = Run { call: self, operations, named, outcomes, subjects, unfinished: Vec::new() };
        run.all(most_errors).await;
        trace.failures = run.failures();
        let answers: Vec<Value> = run
            .operations
            .iter()
            .zip(&run.outcomes)
            .filter_map(|(operation, outcome)| Some(self.outcome(operation, outcome.as_ref()?)))
            .collect();
        Ok(answer::json(StatusCode::OK, &json!({"schemas": [BULK_RESPONSE_URN], "Operations": answers})))
    }

    /// Whom or what an operation is about: by its id, or by the name that it gives to what it makes.
    fn subject(&self, operation: &Operation) -> Option<String> {
        match target(operation, &self.caller.definitions) {
            Target::Resource(_, name) => Some(name.to_owned()),
            Target::Resources(kind) => {
                let naming = self.of(kind).naming()?;
                let mut said = operation.data.as_object()?.iter();
                said.find(|(name, _)| name.eq_ignore_ascii_case(naming))?.1.as_str().map(str::to_owned)
            }
            _ => None,
        }
    }

    fn outcome(&self, operation: &Operation, outcome: &Outcome) -> Value {
        let mut answer = Map::new();
        answer.insert("method".into(), operation.method.as_str().into());
        if let Some(name) = &operation.name {
            answer.insert("bulkId".into(), name.as_str().into());
        }
        if let Some((kind, id, version)) = outcome.resource {
            let location = format!("{}{}/{id}", self.base, self.of(kind).rt.endpoint);
            answer.insert("location".into(), location.into());
            if let Some(version) = version {
                answer.insert("version".into(), version::etag(version).into());
            }
        }
        answer.insert("status".into(), outcome.status.to_string().into());
        if let Some(error) = &outcome.error {
            answer.insert("response".into(), error.to_json());
        }
        Value::Object(answer)
    }
}

impl Run<'_> {
    /// Run all operations, until so many have failed.
    async fn all(&mut self, most_errors: u64) {
        let links: Vec<_> =
            self.operations.iter().map(|operation| links(operation, &self.call.caller.definitions)).collect();
        let steps = bulk::order(&links);
        let mut errors = 0;
        for step in steps {
            if errors >= most_errors {
                break;
            }
            let (Step::Run(number) | Step::Open(number) | Step::Circular(number)) = step;
            let outcome = match step {
                Step::Circular(_) => Err(conflict("this operation and others refer to each other in a circle").into()),
                _ => self.one(number, matches!(step, Step::Open(_))).await,
            };
            let outcome = outcome.unwrap_or_else(|refusal| self.refused(number, &refusal));
            errors += u64::from(outcome.error.is_some());
            self.outcomes[number] = Some(outcome);
        }
        for unfinished in std::mem::take(&mut self.unfinished) {
            let Unfinished { number, id, .. } = unfinished;
            let outcome = match self.finish(unfinished).await {
                Ok(outcome) => outcome,
                Err(refusal) => {
                    // All of an operation or nothing.
                    let undone = self.call.remove(Kind::User, id, None).await;
                    let refusal = undone.err().unwrap_or(refusal);
                    self.refused(number, &refusal)
                }
            };
            self.outcomes[number] = Some(outcome);
        }
    }

    fn refused(&self, number: usize, refusal: &Refusal) -> Outcome {
        let error = refusal.shown(self.call.id);
        let resource = match target(&self.operations[number], &self.call.caller.definitions) {
            Target::Resource(kind, name) => self.id(kind, name).ok().map(|id| (kind, id, None)),
            _ => None,
        };
        Outcome { status: error.status, resource, error: Some(error) }
    }

    /// What failed, for the sync log: a line for each operation, as each single request leaves one.
    fn failures(&self) -> Vec<Failure> {
        let each = self.operations.iter().zip(&self.outcomes).zip(&self.subjects);
        each.filter_map(|((operation, outcome), subject)| {
            let error = outcome.as_ref()?.error.as_ref()?;
            let made = subject.as_deref().and_then(bulk::reference).and_then(|name| self.made(name).ok());
            Some(Failure {
                method: operation.method.clone(),
                path: operation.path.clone(),
                status: error.status.into(),
                subject: made.map(|id| id.to_string()).or_else(|| subject.clone()),
                detail: error.detail.clone(),
            })
        })
        .collect()
    }

    async fn one(&mut self, number: usize, is_open: bool) -> Result<Outcome, Refusal> {
        let mut data = self.operations[number].data.take();
        let manager = if is_open { bulk::take_manager(&mut data) } else { None };
        let operation = &self.operations[number];
        let method = METHODS.into_iter().find(|method| operation.is(method));
        let method = method.ok_or_else(|| Error::invalid_syntax("method must be POST, PUT, PATCH or DELETE"))?;
        if let Some(name) = operation.name.as_ref().filter(|name| self.named[*name] != number) {
            return Err(Error::invalid_value(format!("another operation has the bulkId {name:?}")).into());
        }
        bulk::resolve(&mut data, &|name| self.made(name).map(|id| id.to_string()))?;
        let (if_match, call) = (version::of_operation(operation.version.as_deref()), self.call);
        match (method, target(operation, &call.caller.definitions)) {
            ("POST", Target::Resources(kind)) => {
                if operation.name.is_none() {
                    return Err(Error::invalid_syntax("an operation with POST needs a bulkId").into());
                }
                let record = call.make(kind, data, &mut Trace::default()).await?.record;
                self.unfinished.extend(manager.map(|manager| Unfinished { number, id: record.id, manager }));
                Ok(Outcome::of(201, &record))
            }
            ("PUT", Target::Resource(kind, name)) => {
                let record = call.put(kind, self.id(kind, name)?, if_match, data).await?.record;
                Ok(Outcome::of(200, &record))
            }
            ("PATCH", Target::Resource(kind, name)) => {
                let record = call.amend(kind, self.id(kind, name)?, if_match, &data).await?.record;
                Ok(Outcome::of(200, &record))
            }
            ("DELETE", Target::Resource(kind, name)) => {
                let id = self.id(kind, name)?;
                call.remove(kind, id, if_match).await?;
                Ok(Outcome { status: 204, resource: Some((kind, id, None)), error: None })
            }
            (_, Target::Resources(_) | Target::Resource(..)) => {
                Err(Error::new(405, None, format!("{method} is not known at the path of this operation")).into())
            }
            _ => {
                Err(Error::not_found("an operation's path is an endpoint of a resource type, or one and an id").into())
            }
        }
    }

    /// Give a user the manager that was made after it.
    async fn finish(&self, Unfinished { id, mut manager, .. }: Unfinished) -> Result<Outcome, Refusal> {
        bulk::resolve(&mut manager, &|name| self.made(name).map(|id| id.to_string()))?;
        let path = format!("{ENTERPRISE_URN}:manager");
        let patch = json!({"schemas": [PATCH_URN], "Operations": [{"op": "add", "path": path, "value": manager}]});
        let record = self.call.amend(Kind::User, id, None, &patch).await?.record;
        Ok(Outcome::of(201, &record))
    }

    /// The id in an operation's path.
    fn id(&self, kind: Kind, name: &str) -> Result<Uuid, Error> {
        match bulk::reference(name) {
            Some(name) => self.made(name),
            None => place::id(kind, name),
        }
    }

    /// The resource that the operation of this name made or changed.
    fn made(&self, name: &str) -> Result<Uuid, Error> {
        let Some(number) = self.named.get(name) else {
            return Err(Error::invalid_value(format!("no operation has the bulkId {name:?}")));
        };
        match &self.outcomes[*number] {
            Some(Outcome { resource: Some((_, id, Some(_))), error: None, .. }) => Ok(*id),
            _ => Err(conflict(&format!("the operation with the bulkId {name:?} has made nothing to refer to"))),
        }
    }
}

fn conflict(detail: &str) -> Error {
    Error::new(409, None, detail)
}
