//! The surfaces of Lockstep: what people and programs outside touch.
//!
//! Nothing here decides anything about people or accounts; that is `directory` and `provision`. A file here turns
//! requests into their calls and their answers into HTTP, or is part of the process around it.

pub mod admin;
pub mod app;
pub mod caller;
pub mod cli;
pub mod config;
pub mod metrics;
pub mod openapi;
pub mod problem;
pub mod request_log;
pub mod router;
pub mod scim;
pub mod serve;
pub mod telemetry;
