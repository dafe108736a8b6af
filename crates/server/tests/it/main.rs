//! Tests through the surface: a real server on a real socket, on each database.

mod harness;
mod scim_changes;
mod scim_http;
mod scim_lists;
