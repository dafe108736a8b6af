//! TLS settings, and what went wrong in words a person can act on.

use std::io;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{CertificateError, ClientConfig, RootCertStore};

use crate::TransportError;

/// TLS 1.2 and 1.3 with the public authorities, and the operator's own from PEM text. There is
/// no way to skip the check of a certificate.
pub(crate) fn config(extra: Option<&[u8]>) -> Result<Arc<ClientConfig>, TransportError> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(pem) = extra {
        let mut found = false;
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate
                .map_err(|e| TransportError::Tls(format!("the authorities' PEM text cannot be read: {e}")))?;
            roots
                .add(certificate)
                .map_err(|e| TransportError::Tls(format!("an authority's certificate is no good: {e}")))?;
            found = true;
        }
        if !found {
            return Err(TransportError::Tls("the authorities' PEM text holds no certificate".to_owned()));
        }
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| TransportError::Tls(e.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Why a handshake failed. Each fault of a certificate has its own sentence.
pub(crate) fn cause(error: &io::Error) -> String {
    let Some(tls) = error.get_ref().and_then(|e| e.downcast_ref::<rustls::Error>()) else {
        return format!("the connection was lost during the TLS handshake ({error})");
    };
    let rustls::Error::InvalidCertificate(fault) = tls else {
        return tls.to_string();
    };
    use CertificateError as C;
    match fault {
        C::Expired | C::ExpiredContext { .. } => "the certificate has expired",
        C::NotValidYet | C::NotValidYetContext { .. } => "the certificate is not valid yet",
        C::NotValidForName | C::NotValidForNameContext { .. } => "the certificate is for another host name",
        C::UnknownIssuer => "the certificate is from an unknown authority, or signed by itself",
        C::Revoked => "the certificate was revoked",
        C::BadSignature => "the certificate's signature is wrong",
        C::InvalidPurpose | C::InvalidPurposeContext { .. } => "the certificate is not for servers",
        _ => return format!("the certificate is refused: {tls}"),
    }
    .to_owned()
}
