#![doc = include_str!("../README.md")]

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
pub mod throttle;
