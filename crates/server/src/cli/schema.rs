//! `lockstep schema` and `lockstep resource-type`: what sources accept beside the standard.

use std::{fs, path::PathBuf};

use anyhow::{Context, bail};
use clap::Subcommand;
use serde_json::Value;

use super::{
    api::{Api, segment},
    show::Shown,
};

#[derive(Subcommand)]
pub enum SchemaCommand {
    /// All schemas
    List,
    /// One schema, as RFC 7643 writes it
    Show {
        /// Its URN
        urn: String,
    },
    /// Define, or change, what a JSON file describes: schemas and resource types, one or a list of them
    Apply {
        /// The file
        file: PathBuf,
    },
    /// Remove a schema that no resource type has
    Remove {
        /// Its URN
        urn: String,
    },
}

#[derive(Subcommand)]
pub enum TypeCommand {
    /// All resource types
    List,
    /// One resource type, as RFC 7643 writes it
    Show {
        /// Its name
        name: String,
    },
    /// Define, or change, what a JSON file describes: schemas and resource types, one or a list of them
    Apply {
        /// The file
        file: PathBuf,
    },
    /// Remove a resource type that has no resources
    Remove {
        /// Its name
        name: String,
    },
}

const SCHEMAS: &str = "/schemas";
const TYPES: &str = "/resource-types";

pub fn schema(api: &Api, command: SchemaCommand) -> anyhow::Result<Shown> {
    Ok(match command {
        SchemaCommand::List => Shown::table(
            api.get(SCHEMAS)?["items"].take(),
            &[
                ("URN", "id"),
                ("NAME", "name"),
                ("USED BY", "usedBy"),
                ("BUILT IN", "builtIn"),
                ("CHANGED", "modifiedAt"),
            ],
        ),
        SchemaCommand::Show { urn } => whole(api.get(&format!("{SCHEMAS}/{}", segment(&urn)))?)?,
        SchemaCommand::Apply { file } => apply(api, &file)?,
        SchemaCommand::Remove { urn } => {
            let answer = api.delete(&format!("{SCHEMAS}/{}", segment(&urn)))?;
            Shown::text(answer, format!("The schema {urn} is removed."))
        }
    })
}

pub fn resource_type(api: &Api, command: TypeCommand) -> anyhow::Result<Shown> {
    Ok(match command {
        TypeCommand::List => Shown::table(
            api.get(TYPES)?["items"].take(),
            &[
                ("NAME", "name"),
                ("ENDPOINT", "endpoint"),
                ("SCHEMA", "schema"),
                ("RESOURCES", "resources"),
                ("BUILT IN", "builtIn"),
            ],
        ),
        TypeCommand::Show { name } => whole(api.get(&format!("{TYPES}/{}", segment(&name)))?)?,
        TypeCommand::Apply { file } => apply(api, &file)?,
        TypeCommand::Remove { name } => {
            let answer = api.delete(&format!("{TYPES}/{}", segment(&name)))?;
            Shown::text(answer, format!("The resource type {name} is removed."))
        }
    })
}

fn whole(definition: Value) -> anyhow::Result<Shown> {
    let text = serde_json::to_string_pretty(&definition)?;
    Ok(Shown::text(definition, text))
}

/// Bring the definitions in line with a file: what is not there is made, what differs is changed, the rest is left
/// alone. Schemas come first, because resource types name them.
fn apply(api: &Api, file: &PathBuf) -> anyhow::Result<Shown> {
    let text = fs::read_to_string(file).with_context(|| format!("can't read {}", file.display()))?;
    let content = serde_json::from_str(&text).with_context(|| format!("{} is no JSON", file.display()))?;
    let all = match content {
        Value::Array(list) => list,
        Value::Object(mut answer) => match answer.remove("Resources") {
            Some(Value::Array(list)) => list,
            _ => vec![Value::Object(answer)],
        },
        _ => bail!("{} holds neither a definition nor a list of them", file.display()),
    };
    let (types, schemas): (Vec<Value>, Vec<Value>) = all.into_iter().partition(|one| one.get("endpoint").is_some());
    let mut lines = Vec::new();
    for (base, key, definitions) in [(SCHEMAS, "id", schemas), (TYPES, "name", types)] {
        let known = api.get(base)?["items"].take();
        for definition in definitions {
            let Some(name) = definition.get(key).and_then(Value::as_str) else {
                bail!("{} has a definition without {key:?}", file.display());
            };
            let same = |one: &&Value| one[key].as_str().is_some_and(|known| known.eq_ignore_ascii_case(name));
            let before = known.as_array().into_iter().flatten().find(same);
            let after = match before {
                None => api.post(base, &definition)?,
                // The standard's own are in most files that servers write, and never differ.
                Some(before) if base == SCHEMAS && before["builtIn"] == true => before.clone(),
                Some(_) => api.put(&format!("{base}/{}", segment(name)), &definition)?,
            };
            let outcome = match before {
                None => "made",
                Some(before) if before["modifiedAt"] == after["modifiedAt"] => "unchanged",
                Some(_) => "changed",
            };
            lines.push(serde_json::json!({ "name": name, "outcome": outcome }));
        }
    }
    Ok(Shown::table(Value::Array(lines), &[("NAME", "name"), ("OUTCOME", "outcome")]))
}
