#![doc = include_str!("../README.md")]

pub mod bulk;
mod diff;
mod error;
mod filter;
pub mod fold;
pub mod json;
mod message;
mod patch;
mod path;
mod project;
pub mod resource;
mod schema;
mod tolerance;

pub use diff::diff;
pub use error::{Error, ScimType};
pub use filter::{Compare, Filter};
pub use message::{
    BULK_REQUEST_URN, BULK_RESPONSE_URN, ERROR_URN, LIST_URN, ListQuery, PATCH_URN, SEARCH_URN, list_response,
};
pub use patch::{Change, ElementChange, Op, Patch};
pub use path::{AttrPath, Path};
pub use project::Projection;
pub use resource::Object;
pub use schema::discovery;
pub use schema::{
    Attribute, ENTERPRISE_URN, Extension, GROUP_URN, Kind, Mutability, ResourceType, Returned, Schema, USER_URN,
    Uniqueness,
};
pub use tolerance::{Omitted, Tolerance, Unknown};
