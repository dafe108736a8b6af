//! Plain stories.
