//! The crate through its public names: laws, the wire catalogue of real clients, and tables of cases.

mod bodies;
mod documents;
mod filters;
mod fuzz;
mod laws;
mod lists;
mod patches;
mod shapes;

use scim::{Error, Object, Patch, ResourceType, ScimType, Tolerance, resource};
use serde_json::{Value, json};

const USER: &str = scim::USER_URN;
const GROUP: &str = scim::GROUP_URN;
const ENTERPRISE: &str = scim::ENTERPRISE_URN;

fn user() -> &'static ResourceType {
    ResourceType::user()
}

fn group() -> &'static ResourceType {
    ResourceType::group()
}

fn tolerant() -> Tolerance {
    Tolerance::tolerant()
}

fn strict() -> Tolerance {
    Tolerance::strict()
}

fn read_user(body: Value) -> Result<Object, Error> {
    resource::read(body, user(), &tolerant())
}

/// A user as stored, with these attributes.
fn a_user(attributes: Value) -> Object {
    let mut body = json!({"schemas": [USER], "userName": "bob@x.test"});
    body.as_object_mut().unwrap().extend(attributes.as_object().unwrap().clone());
    let mut user = read_user(body).unwrap();
    user.insert("id".into(), "U1".into());
    user
}

fn patch_body(operations: Value) -> Value {
    json!({"schemas": [scim::PATCH_URN], "Operations": operations})
}

fn patch_with(resource: &Object, operations: Value, t: &Tolerance) -> Result<Object, Error> {
    Patch::read(&patch_body(operations), user(), t)?.apply(resource, user(), t)
}

fn patch(resource: &Object, operations: Value) -> Result<Object, Error> {
    patch_with(resource, operations, &tolerant())
}

/// Status and keyword of a refusal.
#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, Error>) -> (u16, Option<ScimType>) {
    let error = result.expect_err("a refusal");
    assert!(!error.detail.is_empty());
    (error.status, error.scim_type)
}

#[track_caller]
fn same(actual: &Object, expected: Value) {
    assert_eq!(&Value::Object(actual.clone()), &expected);
}
