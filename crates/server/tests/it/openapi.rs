//! The description of the admin API is a file in the repository, so that a review sees every change of it.

use serde_json::Value;
use std::{collections::HashSet, fs, path::Path};

use crate::harness::{Database, TestServer};

/// `LOCKSTEP_RENEW=1 cargo nextest run -p server openapi` writes the file anew.
#[tokio::test]
async fn the_description_is_the_one_in_the_repository() {
    let server = TestServer::start(Database::Sqlite).await;
    let mut client = server.anonymous();
    client.base += "/api/v1";
    let answer = client.get("/openapi.json").await.expect(200);
    let current = serde_json::to_string_pretty(&answer.body).unwrap() + "\n";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    if std::env::var_os("LOCKSTEP_RENEW").is_some() {
        fs::write(&file, &current).unwrap();
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    if let Some((kept, current)) = kept.lines().zip(current.lines()).find(|(kept, current)| kept != current) {
        panic!(
            "openapi.json is out of date (LOCKSTEP_RENEW=1 writes it anew): it has\n{kept}\nwhere the API says\n{current}"
        );
    }
    assert_eq!(kept.len(), current.len(), "openapi.json is out of date (LOCKSTEP_RENEW=1 writes it anew)");
    server.stop().await;
}

#[tokio::test]
async fn the_description_is_complete() {
    let server = TestServer::start(Database::Sqlite).await;
    let description = serde_json::to_value(server::admin::description(&server.app)).unwrap();
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut names = HashSet::new();
    let mut count = 0;
    for (path, operations) in description["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            count += 1;
            let name = operation["operationId"].as_str().unwrap();
            assert!(names.insert(name.to_owned()), "{name} is there twice");
            assert!(
                operation["summary"].as_str().is_some_and(|text| text.ends_with('.')),
                "{method} {path} has no summary"
            );
            assert!(operation["responses"]["default"].is_object(), "{method} {path} never fails");
            let variables = path.matches('{').count();
            let described = operation["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|parameter| parameter["in"] == "path")
                .count();
            assert_eq!(variables, described, "{method} {path}: parameters in the path");
        }
    }
    assert_eq!(count, server::admin::route_table(&server.app).len());
    let mut missing = Vec::new();
    references(&description, &mut |reference| {
        let pointer = reference.trim_start_matches('#');
        if description.pointer(pointer).is_none() {
            missing.push(reference.to_owned());
        }
    });
    assert!(missing.is_empty(), "{missing:?}");
    server.stop().await;
}

fn references(value: &Value, found: &mut impl FnMut(&str)) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                found(reference);
            }
            members.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}
