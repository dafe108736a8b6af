#![doc = include_str!("../README.md")]
// A fault carries the whole exchange that history will show.
#![allow(clippy::result_large_err)]

mod connection;
pub mod decide;
mod desired;
mod engine;
pub mod foresee;
mod group;
mod group_preview;
mod lane;
mod match_trial;
mod matching;
mod membership;
mod pace;
mod plan;
mod trail;
mod user;

pub use connection::{ConnectionTest, test_connection};
pub use engine::Engine;
pub use group_preview::{GroupPreview, People, preview_group};
pub use lane::{Memory, Turn, push_turn};
pub use match_trial::begin_match_trial;
pub use plan::begin_plan;
