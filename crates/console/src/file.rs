//! The files of the built console.

use bytes::Bytes;
use rust_embed::RustEmbed;
use std::{borrow::Cow, fmt::Write};

/// One file.
pub struct File {
    /// Its bytes.
    pub content: Bytes,
    /// The SHA-256 of its bytes.
    pub hash: [u8; 32],
}

impl File {
    /// The tag by which a browser asks whether it still has the right one.
    pub fn etag(&self) -> String {
        let mut tag = String::from('"');
        for byte in &self.hash[..16] {
            // Writing into a text can't fail.
            let _ = write!(tag, "{byte:02x}");
        }
        tag + "\""
    }
}

/// Where files come from.
pub trait Files {
    /// The file with this name, which has no slash at its beginning.
    fn get(&self, name: &str) -> Option<File>;
}

/// `console/dist`: inside a release binary, on disk for a debug one.
pub struct Embedded;

#[derive(RustEmbed)]
#[folder = "../../console/dist"]
#[allow_missing = true]
struct Dist;

impl Files for Embedded {
    fn get(&self, name: &str) -> Option<File> {
        let file = Dist::get(name)?;
        let content = match file.data {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => bytes.into(),
        };
        Some(File { content, hash: file.metadata.sha256_hash() })
    }
}

/// The media type of a file, by its name. The build makes no others.
pub fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "txt" | "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
