//! The fuzz targets without a fuzzer: on their corpus, and on what a seeded mutator makes of it. What it finds is
//! shrunk. `fuzz/README.md` says how to run the fuzzer itself.

use std::{fs, path::Path};

use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner},
};

#[path = "../../../../fuzz/src/lib.rs"]
mod targets;

/// Inputs made for each target.
const INPUTS: u32 = 4_000;
/// Pieces of text that mean something.
const WORDS: &[&str] = &[
    " eq ",
    " ne ",
    " co ",
    " pr",
    " and ",
    " or ",
    "not (",
    ")",
    "[",
    "]",
    ".",
    ":",
    "\"",
    "\\",
    "\\u0000",
    "\\ud800",
    "value",
    "type",
    "primary",
    "emails",
    "members",
    "userName",
    "manager",
    "schemas",
    "Operations",
    "op",
    "path",
    "bulkId:",
    "null",
    "true",
    "\"True\"",
    "{",
    "}",
    "{}",
    "[]",
    "[[[[",
    ",",
    "-1",
    "1e999",
    "0.0",
    "é",
    "ß",
    "\u{1f600}",
    "urn:ietf:params:scim:schemas:core:2.0:User",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
];

/// One change of an input.
#[derive(Clone, Debug)]
enum Edit {
    Set(u8),
    Flip(u8),
    Word(usize),
    Cut(u8),
    Again(u8),
    /// The end of another input.
    Splice(usize),
}

fn edits() -> impl Strategy<Value = Vec<(usize, Edit)>> {
    let edit = prop_oneof![
        any::<u8>().prop_map(Edit::Set),
        (0..8_u8).prop_map(Edit::Flip),
        (0..WORDS.len()).prop_map(Edit::Word),
        (1..32_u8).prop_map(Edit::Cut),
        (1..32_u8).prop_map(Edit::Again),
        any::<usize>().prop_map(Edit::Splice),
    ];
    vec((any::<usize>(), edit), 0..6)
}

fn edited(corpus: &[Vec<u8>], from: usize, edits: &[(usize, Edit)]) -> Vec<u8> {
    let mut data = corpus[from % corpus.len()].clone();
    for (at, edit) in edits {
        let at = at % (data.len() + 1);
        let end = |length: u8| (at + usize::from(length)).min(data.len());
        match edit {
            Edit::Set(byte) if at < data.len() => data[at] = *byte,
            Edit::Flip(bit) if at < data.len() => data[at] ^= 1 << bit,
            Edit::Set(_) | Edit::Flip(_) => {}
            Edit::Word(word) => drop(data.splice(at..at, WORDS[*word].bytes())),
            Edit::Cut(length) => drop(data.drain(at..end(*length))),
            Edit::Again(length) => {
                let piece = data[at..end(*length)].to_vec();
                drop(data.splice(at..at, piece));
            }
            Edit::Splice(other) => {
                let other = &corpus[other % corpus.len()];
                data.truncate(at);
                data.extend_from_slice(&other[at.min(other.len())..]);
            }
        }
    }
    data
}

fn run(name: &str) {
    let (_, target) = targets::TARGETS.into_iter().find(|(known, _)| *known == name).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(name);
    let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let corpus: Vec<Vec<u8>> = files.iter().map(|file| fs::read(file).unwrap()).collect();
    assert!(corpus.len() >= 10, "{} holds too little", folder.display());
    for (file, data) in files.iter().zip(&corpus) {
        println!("{}", file.display());
        target(data);
    }
    let config = Config { cases: INPUTS, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let inputs = (any::<usize>(), edits());
    let found = runner.run(&inputs, |(from, edits)| {
        let data = edited(&corpus, from, &edits);
        target(&data);
        Ok(())
    });
    if let Err(TestError::Fail(why, (from, edits))) = found {
        let data = edited(&corpus, from, &edits);
        panic!("{name}: {why}\n{:?}", String::from_utf8_lossy(&data));
    }
}

macro_rules! targets {
    ($($name:ident),*) => {$(
        #[test]
        fn $name() {
            run(stringify!($name));
        }
    )*};
}
targets!(filter, path, patch, resource, bulk, json);
