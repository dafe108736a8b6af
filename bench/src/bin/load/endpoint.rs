//! A SCIM base URL, and kept-alive connections to it.

use anyhow::{Context, bail};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Method, Request, StatusCode, Uri, client::conn::http1, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// One request of a scenario, relative to the base URL.
#[derive(Debug)]
pub struct Exchange {
    pub method: Method,
    /// Begins with a slash.
    pub path: String,
    pub body: Option<String>,
}

impl Exchange {
    pub fn get(path: String) -> Exchange {
        Exchange { method: Method::GET, path, body: None }
    }

    pub fn send(method: Method, path: String, body: &serde_json::Value) -> Exchange {
        Exchange { method, path, body: Some(body.to_string()) }
    }
}

/// Where requests go.
#[derive(Clone, Debug)]
pub struct Endpoint {
    authority: String,
    prefix: String,
    authorization: String,
}

impl Endpoint {
    pub fn new(url: &str, token: &str) -> anyhow::Result<Endpoint> {
        let uri: Uri = url.parse().context("the base URL")?;
        if uri.scheme_str() != Some("http") {
            bail!("only http is spoken: {url}");
        }
        let authority = uri.authority().context("the base URL names no host")?;
        let port = authority.port_u16().unwrap_or(80);
        Ok(Endpoint {
            authority: format!("{}:{port}", authority.host()),
            prefix: uri.path().trim_end_matches('/').to_owned(),
            authorization: format!("Bearer {token}"),
        })
    }
}

/// One client's connection, made at the first request and again whenever the server has closed it.
#[derive(Debug)]
pub struct Connection {
    endpoint: Endpoint,
    sender: Option<http1::SendRequest<Full<Bytes>>>,
}

impl Connection {
    pub fn new(endpoint: Endpoint) -> Connection {
        Connection { endpoint, sender: None }
    }

    async fn connect(&self) -> anyhow::Result<http1::SendRequest<Full<Bytes>>> {
        let stream = TcpStream::connect(&self.endpoint.authority).await.context("connecting")?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // Its errors are seen by the request that they hit.
        tokio::spawn(connection);
        Ok(sender)
    }

    /// Send a request and read the whole answer.
    pub async fn exchange(&mut self, exchange: Exchange) -> anyhow::Result<(StatusCode, Bytes)> {
        let mut kept = self.sender.take();
        if let Some(sender) = &mut kept
            && sender.ready().await.is_err()
        {
            kept = None;
        }
        let mut sender = match kept {
            Some(sender) => sender,
            None => self.connect().await?,
        };
        let mut request = Request::builder()
            .method(exchange.method)
            .uri(format!("{}{}", self.endpoint.prefix, exchange.path))
            .header(header::HOST, &self.endpoint.authority)
            .header(header::AUTHORIZATION, &self.endpoint.authorization)
            .header(header::ACCEPT, "application/scim+json");
        if exchange.body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/scim+json");
        }
        let request = request.body(Full::from(exchange.body.unwrap_or_default()))?;
        let (head, body) = sender.send_request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        self.sender = Some(sender);
        Ok((head.status, body))
    }
}
