//! The command line, as scripts use it: the program itself, its output and its exit status.

use directory::administrator::Role;
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    process::{Command, Output},
};

use crate::harness::{Database, TestServer};

/// The program with a server and a token, and nothing else of the environment's settings.
fn lockstep(url: &str, token: Option<&str>, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lockstep"));
    command.args(arguments).env("LOCKSTEP_URL", url).env_remove("LOCKSTEP_TOKEN").env_remove("DATABASE_URL");
    if let Some(token) = token {
        command.env("LOCKSTEP_TOKEN", token);
    }
    command.output().unwrap()
}

#[test]
fn scripts_get_what_they_rely_on() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let server = runtime.block_on(TestServer::start(Database::Sqlite));
    let admin = runtime.block_on(server.api(Role::Administrator));
    let run = |arguments: &[&str]| -> (i32, Value, String) {
        let output = lockstep(&server.url, admin.token.as_deref(), arguments);
        let text = String::from_utf8(output.stdout).unwrap();
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        (output.status.code().unwrap(), json, text + &String::from_utf8(output.stderr).unwrap())
    };
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    let set = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<BTreeSet<_>>();

    let (status, source, _) = run(&["source", "add", "idp", "--json"]);
    assert_eq!((status, keys(&source)), (0, set(&["id", "base_url", "token"])));
    let idp = crate::harness::Client::new(
        source["base_url"].as_str().unwrap().into(),
        source["token"].as_str().map(Into::into),
    );
    runtime.block_on(idp.post("/Users", json!({"userName": "ana"}))).expect(201);
    let (status, app, _) = run(&[
        "--json",
        "app",
        "add",
        "Chat & Co",
        "--base-url",
        "http://127.0.0.1:9/scim",
        "--token",
        "t",
        "--match",
        "email",
    ]);
    assert_eq!((status, keys(&app)), (0, set(&["id"])));
    assert_eq!(run(&["group", "add", "Staff / EU", "--json"]).0, 0);
    assert_eq!(run(&["group", "members", "Staff / EU", "--add-user", "ana", "--json"]).1[0]["name"], "ana");
    for arguments in [
        &["app", "push-group", "Chat & Co", "Staff / EU"][..],
        &["assign", "Chat & Co", "--group", "Staff / EU"],
        &["assign", "Chat & Co", "--user", "ana"],
        &["assign", app["id"].as_str().unwrap(), "--everyone"],
        &["unassign", "Chat & Co", "--everyone"],
        &["app", "publish", "Chat & Co"],
        &["app", "activate", "Chat & Co"],
        &["app", "deactivate", "Chat & Co"],
        &["user", "hold", "ana"],
        &["user", "hold", "ana", "--off"],
    ] {
        let (status, json, text) = run(&[arguments, &["--json"]].concat());
        assert_eq!((status, json.is_object()), (0, true), "{arguments:?}: {text}");
    }
    let (_, open, _) = run(&["status", "--json"]);
    assert!(open["pending"].is_i64() && open["waiting"].is_i64() && open["failed"].is_i64(), "{open}");
    let (_, why, _) = run(&["why", "ana", "Chat & Co", "--json"]);
    assert_eq!((&why["user"], &why["application"]), (&json!("ana"), &json!("Chat & Co")));
    for list in [
        &["source", "list"][..],
        &["source", "token", "list", "idp"],
        &["user", "list"],
        &["group", "list"],
        &["app", "list"],
        &["app", "assignments", "Chat & Co"],
        &["app", "accounts", "Chat & Co"],
        &["app", "open", "Chat & Co"],
        &["run", "list"],
        &["operation", "list", "--user", "ana"],
        &["token", "list"],
        &["audit", "list", "--limit", "3"],
    ] {
        let (status, json, text) = run(&[list, &["--json"]].concat());
        assert_eq!((status, json.is_array()), (0, true), "{list:?}: {text}");
        let (status, _, text) = run(list);
        assert!(
            status == 0 && text.lines().next().is_some_and(|line| line == "none" || line == line.to_uppercase()),
            "{list:?}: {text}"
        );
    }
    assert_eq!(run(&["audit", "list", "--limit", "3", "--json"]).1.as_array().unwrap().len(), 3);

    let file = std::env::temp_dir().join(format!("lockstep_settings_{}", uuid::Uuid::now_v7()));
    std::fs::write(&file, r#"{"join": "externalId"}"#).unwrap();
    let source = run(&["source", "list", "--json"]).1[0]["name"].as_str().unwrap().to_owned();
    assert_eq!(run(&["source", "settings", &source, "--json"]).1["join"], "userName");
    assert_eq!(
        run(&["source", "settings", &source, "--set", file.to_str().unwrap(), "--json"]).1["join"],
        "externalId"
    );
    std::fs::write(&file, "{").unwrap();
    let (status, _, text) = run(&["source", "settings", &source, "--set", file.to_str().unwrap()]);
    assert!(status == 1 && text.contains("is no JSON"), "{text}");
    std::fs::remove_file(file).unwrap();
    // Without a password on standard input nobody is made.
    assert_eq!(run(&["administrator", "add", "ana", "--role", "operator"]).0, 1);
    assert_eq!(run(&["administrator", "list", "--json"]).1, serde_json::json!([]));
    let (status, invited, _) = run(&["administrator", "invite", "bo@x.example", "--role", "auditor", "--json"]);
    assert_eq!((status, keys(&invited)), (0, set(&["invitation", "link"])));
    assert_eq!(run(&["administrator", "invitations", "--json"]).1[0]["userName"], "bo@x.example");
    let id = invited["invitation"]["id"].as_str().unwrap();
    assert_eq!(run(&["administrator", "uninvite", id]).0, 0);
    assert_eq!(run(&["administrator", "uninvite", id]).0, 1);
    assert_eq!(run(&["settings", "--json"]).1["session"]["idleMinutes"], 30);
    assert_eq!(run(&["sign-in", "show", "--json"]).1["provider"], Value::Null);
    let set_up = ["sign-in", "set", "https://id.example", "--client-id", "lockstep", "--label", "Northwind"];
    let (status, _, said) = run(&set_up);
    assert!(status == 1 && said.contains("this needs the role owner"), "{said}");

    let (status, _, text) = run(&["app", "publish", "Nope"]);
    assert_eq!((status, text.as_str()), (1, "lockstep: there is no application Nope\n"));
    assert_eq!(run(&["assign", "Chat & Co"]).0, 2);
    assert_eq!(run(&["assign", "Chat & Co", "--everyone", "--user", "ana"]).0, 2);
    let without = lockstep(&server.url, None, &["status"]);
    assert!(without.status.code() == Some(1) && String::from_utf8_lossy(&without.stderr).contains("LOCKSTEP_TOKEN"));
    let nowhere = lockstep("http://127.0.0.1:9", Some("t"), &["status"]);
    assert!(nowhere.status.code() == Some(1) && String::from_utf8_lossy(&nowhere.stderr).contains("can't reach"));
    runtime.block_on(server.stop());
}

#[test]
fn a_token_is_made_on_the_machine_itself() {
    let folder = std::env::temp_dir().join(format!("lockstep_cli_{}", uuid::Uuid::now_v7()));
    let folder = folder.to_str().unwrap();
    let made = lockstep("http://127.0.0.1:9", None, &["admin", "token", "--data-dir", folder, "--role", "auditor"]);
    let text = String::from_utf8(made.stdout).unwrap();
    assert!(made.status.success() && text.starts_with("lockstep_ad_") && text.lines().count() == 1, "{text}");
    let wrong = lockstep("http://127.0.0.1:9", None, &["admin", "token", "--data-dir", folder, "--role", "king"]);
    assert_eq!(wrong.status.code(), Some(2));
    std::fs::remove_dir_all(folder).unwrap();
}
