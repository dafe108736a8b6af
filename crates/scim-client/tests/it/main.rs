//! The client and its transport over real sockets.

mod bounds;
mod guard;
mod outcomes;
mod redirects;
mod replies;
mod reuse;
mod secrets;
mod server;
mod tls;
