//! Secrets at rest: XChaCha20-Poly1305, tied to the row they belong to.

use base64::{Engine, prelude::BASE64_STANDARD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::{fs, io, path::Path};

use crate::{Error, clock};

/// Seals and opens secrets with the deployment's key.
#[derive(Clone)]
pub struct Vault {
    cipher: XChaCha20Poly1305,
    /// For what is given out and must come back unchanged; derived, so that the key itself has one use.
    stamp: [u8; 32],
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault")
    }
}

impl Vault {
    /// The vault whose key is in `folder/key`. Made on first use, readable by its owner only.
    ///
    /// # Errors
    /// When the key can't be read or written, or is not 32 bytes.
    pub fn open(folder: &Path) -> io::Result<Vault> {
        let path = folder.join("key");
        fs::create_dir_all(folder)?;
        let key = match fs::read(&path) {
            Ok(key) => key,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut key = vec![0; 32];
                clock::random(&mut key);
                write_new(&path, &key)?;
                // Another process may have been first: what is in the file counts.
                fs::read(&path)?
            }
            Err(error) => return Err(error),
        };
        let cipher = XChaCha20Poly1305::new_from_slice(&key).map_err(|_| {
            io::Error::new(io::ErrorKind::InvalidData, format!("{}: the key must be 32 bytes", path.display()))
        })?;
        Ok(Vault { cipher, stamp: hmac(&key, &[b"lockstep stamp"]) })
    }

    /// The stamp (HMAC-SHA-256) on what is given out and must come back unchanged. `purpose` keeps the stamps of one
    /// use from being good for another.
    pub fn stamp(&self, purpose: &str, message: &[u8]) -> [u8; 32] {
        hmac(&self.stamp, &[purpose.as_bytes(), &[0], message])
    }

    /// Seal a secret for one place (`table|tenant|row|origin`): it can't be opened as anything else.
    pub(crate) fn seal(&self, secret: &SecretString, place: &str) -> Result<String, Error> {
        let mut nonce = [0; 24];
        clock::random(&mut nonce);
        let payload = Payload { msg: secret.expose_secret().as_bytes(), aad: place.as_bytes() };
        let sealed = self
            .cipher
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| Error::invalid("the secret is too long to be stored"))?;
        Ok(BASE64_STANDARD.encode([&nonce[..], &sealed].concat()))
    }

    /// Open what was sealed for `place`.
    pub(crate) fn open_sealed(&self, sealed: &str, place: &str) -> Result<SecretString, Error> {
        let fault =
            || Error::inconsistent("credentials", place, "can't be opened: wrong key, or a value moved between rows");
        let bytes = BASE64_STANDARD.decode(sealed).map_err(|_| fault())?;
        let (nonce, sealed) = bytes.split_at_checked(24).ok_or_else(fault)?;
        let nonce: [u8; 24] = nonce.try_into().map_err(|_| fault())?;
        let payload = Payload { msg: sealed, aad: place.as_bytes() };
        let plain = self.cipher.decrypt(&XNonce::from(nonce), payload).map_err(|_| fault())?;
        Ok(String::from_utf8(plain).map_err(|_| fault())?.into())
    }
}

/// HMAC-SHA-256 (RFC 2104) with a key of at most 64 bytes.
fn hmac(key: &[u8], message: &[&[u8]]) -> [u8; 32] {
    let pad = |with: u8| {
        let mut block = [with; 64];
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        Sha256::new_with_prefix(block)
    };
    let inner = message.iter().fold(pad(0x36), |hash, part| hash.chain_update(part)).finalize();
    pad(0x5c).chain_update(inner).finalize().into()
}

/// The id of the node that works on this data directory; made on first use. It outlives a crash, so that the node
/// takes up its own lanes again without waiting for their leases to run out.
///
/// # Errors
/// When the file can't be read or written, or holds no id.
pub fn node_id(folder: &Path) -> io::Result<uuid::Uuid> {
    let path = folder.join("node");
    if !path.exists() {
        write_new(&path, crate::Clock::system().id().to_string().as_bytes())?;
    }
    let text = fs::read_to_string(&path)?;
    let fault = |_| io::Error::new(io::ErrorKind::InvalidData, format!("{} holds no id", path.display()));
    uuid::Uuid::parse_str(text.trim()).map_err(fault)
}

/// Write a file that only its owner can read, unless it is there already.
fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use std::io::Write;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(mut file) => {
            file.write_all(bytes)?;
            file.sync_all()
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_only_where_it_belongs() {
        let folder = std::env::temp_dir().join(format!("lockstep-vault-{}", uuid::Uuid::now_v7()));
        let vault = Vault::open(&folder).unwrap();
        let sealed = vault.seal(&"s3cret".into(), "credentials|a").unwrap();
        assert!(!sealed.contains("s3cret"));
        assert_eq!(vault.open_sealed(&sealed, "credentials|a").unwrap().expose_secret(), "s3cret");
        assert!(vault.open_sealed(&sealed, "credentials|b").is_err());
        let again = Vault::open(&folder).unwrap();
        assert_eq!(again.open_sealed(&sealed, "credentials|a").unwrap().expose_secret(), "s3cret");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn stamps_are_hmacs() {
        // RFC 4231, test case 2.
        let hex: String =
            hmac(b"Jefe", &[b"what do ya want ", b"for nothing?"]).map(|byte| format!("{byte:02x}")).concat();
        assert_eq!(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
}
