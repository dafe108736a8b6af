//! The engine from outside: over a real database, with a fake clock and fake applications.

mod app;
mod chance;
mod check;
mod directory_steps;
mod group_previews;
mod match_trials;
mod model;
mod simulation;
mod stories;
mod wire;
mod world;
