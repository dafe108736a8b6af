#![doc = include_str!("../README.md")]

pub mod admin;
pub mod alarm;
pub mod app;
pub mod caller;
pub mod cli;
pub mod config;
pub mod connections;
mod csv;
mod export;
pub mod guide;
pub mod metrics;
pub mod newsroom;
pub mod oauth;
mod oidc;
pub mod openapi;
pub mod peer;
pub mod problem;
pub mod refusals;
pub mod request_log;
pub mod router;
pub mod scim;
pub mod self_test;
pub mod serve;
pub mod telemetry;
pub mod throttle;
pub mod upkeep;
