//! Tests through the surface: a real server on a real socket, on each database.

mod admin_applications;
mod admin_console;
mod admin_demo;
mod admin_directory;
mod admin_exports;
mod admin_invitations;
mod admin_names;
mod admin_permissions;
mod admin_schemas;
mod admin_sessions;
mod admin_source_policy;
mod admin_sources;
#[allow(dead_code)] // the seeded randomness of the engine's simulation; its clock is not used here
#[path = "../../../provision/tests/it/chance.rs"]
mod chance;
mod cli;
mod confirmations;
mod cross_site;
mod differential;
mod first_administrator;
mod guessing;
mod harness;
mod membership;
mod openapi;
mod pages;
mod process;
mod scim_bulk;
mod scim_changes;
mod scim_http;
mod scim_limits;
mod scim_lists;
mod scim_members;
mod scim_pages;
mod scim_rate;
mod scim_types;
mod session_limits;
mod sign_in;
mod sign_in_fake;
mod sign_in_groups;
mod source_access;
mod source_setup;
