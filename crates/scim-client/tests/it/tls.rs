//! Certificates: the good one passes, each bad one has its own sentence, and none hears a request.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use scim_client::{Auth, Class, Client, HttpTransport};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::server::{answer, loopback, quick};

const AUTHORITY: &[u8] = include_bytes!("tls/authority.pem");
const KEY: &[u8] = include_bytes!("tls/key.pem");

/// A TLS server with this certificate; counts the bytes of requests it could read.
async fn serve(certificate: &[u8]) -> (String, Arc<AtomicUsize>) {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(certificate).unwrap()],
            PrivateKeyDer::from_pem_slice(KEY).unwrap(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://{}/v2", listener.local_addr().unwrap());
    let heard = Arc::new(AtomicUsize::new(0));
    let count = heard.clone();
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let (acceptor, count) = (acceptor.clone(), count.clone());
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(tcp).await else {
                    return;
                };
                let mut buffer = [0; 4096];
                while let Ok(read @ 1..) = stream.read(&mut buffer).await {
                    count.fetch_add(read, Ordering::SeqCst);
                    stream.write_all(&answer(200, "application/json", "", r#"{"id":"1"}"#)).await.unwrap();
                    stream.flush().await.unwrap();
                }
            });
        }
    });
    (base, heard)
}

fn client(base: &str, authorities: Option<&[u8]>) -> Client {
    let transport = HttpTransport::with(loopback(), quick(), authorities).unwrap();
    Client::new(Arc::new(transport), base.parse().unwrap(), Auth::Bearer("token".into()))
}

#[tokio::test]
async fn a_good_certificate_passes() {
    let (base, heard) = serve(include_bytes!("tls/good.pem")).await;
    let client = client(&base, Some(AUTHORITY));
    for _ in 0..3 {
        assert_eq!(client.get("Users", "1").await.unwrap().value["id"], "1");
    }
    assert!(heard.load(Ordering::SeqCst) > 0);
}

/// A certificate, the authorities trusted beside the public ones, and what is said.
type Case = (&'static [u8], Option<&'static [u8]>, &'static str);

#[tokio::test]
async fn bad_certificates_hear_nothing() {
    let table: [Case; 6] = [
        (include_bytes!("tls/expired.pem"), Some(AUTHORITY), "has expired"),
        (include_bytes!("tls/not_yet.pem"), Some(AUTHORITY), "not valid yet"),
        (include_bytes!("tls/wrong_host.pem"), Some(AUTHORITY), "another host name"),
        (include_bytes!("tls/client_only.pem"), Some(AUTHORITY), "not for servers"),
        (include_bytes!("tls/self_signed.pem"), Some(AUTHORITY), "unknown authority, or signed by itself"),
        (include_bytes!("tls/good.pem"), None, "unknown authority, or signed by itself"),
    ];
    for (certificate, authorities, sentence) in table {
        let (base, heard) = serve(certificate).await;
        let fault = client(&base, authorities).get("Users", "1").await.unwrap_err();
        assert_eq!((fault.class, fault.code), (Class::Unreachable, "net.tls"), "{sentence}");
        assert!(fault.detail.contains(sentence), "{}", fault.detail);
        assert_eq!(heard.load(Ordering::SeqCst), 0, "{sentence}");
    }
}

#[tokio::test]
async fn plain_http_is_no_tls() {
    let plain = crate::server::Server::playing([crate::server::bare(200, "")]).await;
    let fault = client(&format!("https://{}/", plain.address), None).get("Users", "1").await.unwrap_err();
    assert_eq!((fault.class, fault.code), (Class::Unreachable, "net.tls"));
}

#[test]
fn authorities_that_are_none() {
    for pem in [&b""[..], b"junk", KEY, b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        assert!(HttpTransport::with(loopback(), quick(), Some(pem)).is_err());
    }
}
