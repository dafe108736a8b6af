//! What the benchmarks share: the people they make, the rows that one of them is, and the reading of CPU time.
//!
//! Three programs use it: `minimal` (the limit: a server without SCIM semantics), `load` (sends requests to any
//! SCIM server and measures), `sink` (the fastest application that people can be pushed to).

pub mod measure;
pub mod person;
pub mod postgres;
pub mod process;
pub mod rows;
pub mod sqlite;
