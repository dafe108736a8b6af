//! Has this crate built again when the console was built. It runs nothing: npm is the Makefile's business.

use std::{env, fs, path::PathBuf};

fn main() {
    let dist = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../../console/dist");
    // A folder that is not there can't be watched: cargo would run this, and compile the server, every time.
    if fs::create_dir_all(&dist).is_ok() {
        println!("cargo::rerun-if-changed={}", dist.display());
    } else {
        println!("cargo::rerun-if-changed=build.rs");
    }
    if !dist.join("index.html").is_file() && env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        println!("cargo::warning=console/dist is empty: this binary has no console. `make build` makes both.");
    }
}
