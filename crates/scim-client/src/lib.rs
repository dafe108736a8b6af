#![doc = include_str!("../README.md")]
// A fault carries the whole exchange that history will show. It is made once
// per failed request, beside a network round trip, so its size costs nothing.
#![allow(clippy::result_large_err)]

mod answer;
mod auth;
mod base;
mod call;
mod capabilities;
mod client;
mod connect;
mod crawl;
mod exchange;
mod guard;
mod http;
mod matching;
mod network;
mod outcome;
mod page;
mod retry_after;
mod tls;
mod transport;

pub use auth::Auth;
pub use capabilities::{Capabilities, MemberRemove, Update};
pub use client::{Client, Reply};
pub use crawl::Crawl;
pub use exchange::Exchange;
pub use guard::Guard;
pub use http::{HttpTransport, Limits};
pub use matching::MatchIndex;
pub use network::{Network, NetworkError};
pub use outcome::{Class, Fault};
pub use page::Page;
pub use transport::{Request, Response, Transport, TransportError};
