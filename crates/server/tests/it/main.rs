//! Tests through the surface: a real server on a real socket, on each database.

mod admin_applications;
mod admin_directory;
mod admin_permissions;
mod admin_sessions;
mod admin_sources;
mod cli;
mod harness;
mod openapi;
mod pages;
mod process;
mod scim_bulk;
mod scim_changes;
mod scim_http;
mod scim_lists;
mod scim_pages;
mod scim_rate;
