//! Guided set-up: how to connect a source's client, step by step.

use axum::{Json, extract::State};
use directory::source::SourceClient;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    input::Path,
    output::Page,
    source::{base_url, clients, find},
};
use crate::{
    app::App,
    caller::Caller,
    guide::{self, fill},
    oauth,
    problem::Problem,
};

/// A client that there is a guide for.
#[derive(Serialize, ToSchema)]
pub struct Client {
    /// The word for it in a source.
    #[schema(schema_with = clients)]
    client: SourceClient,
    /// What it is called.
    name: String,
    /// What it does, in a sentence.
    summary: String,
}

/// How to connect a source's client.
#[derive(Serialize, ToSchema)]
pub struct Guide {
    /// The client.
    #[schema(schema_with = clients)]
    client: SourceClient,
    /// What it is called.
    name: String,
    /// What it does, in a sentence.
    summary: String,
    /// What to know before. Names of buttons and fields are in backticks, here and below.
    notes: Vec<String>,
    /// What to do there, in order.
    steps: Vec<Step>,
}

/// One step.
#[derive(Serialize, ToSchema)]
#[schema(as = GuideStep)]
pub struct Step {
    /// What it is about.
    title: String,
    /// Where it happens; may be empty.
    text: String,
    /// What to do.
    actions: Vec<String>,
    /// What to fill in.
    fields: Vec<Field>,
}

/// A field of the client's pages.
#[derive(Serialize, ToSchema)]
#[schema(as = GuideField)]
pub struct Field {
    /// Its name there.
    label: String,
    /// What to fill in or to choose; null for the token, which is shown only when it is made.
    value: Option<String>,
    /// The token goes here.
    secret: bool,
    /// Whether the value is to be pasted, not chosen from a list.
    copy: bool,
    /// What to mind.
    hint: Option<String>,
}

/// The clients that there is a guide for.
#[utoipa::path(get, path = "/clients", tag = "Sources", responses((status = 200, body = Page<Client>)))]
pub async fn list_clients(_: Caller) -> Result<Json<Page<Client>>, Problem> {
    let mut all = Vec::new();
    for client in SourceClient::ALL {
        let guide = guide::Guide::of(client)?;
        all.push(Client { client, name: guide.name.clone(), summary: guide.summary.clone() });
    }
    Ok(Page::whole(all))
}

/// How to connect a source's client, with the values to paste there. Never the token: it is shown when it is made.
#[utoipa::path(get, path = "/sources/{source}/guide", tag = "Sources", responses((status = 200, body = Guide)))]
pub async fn get_guide(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<Guide>, Problem> {
    let source = find(&app, &caller, &name).await?;
    let guide = guide::Guide::of(source.client)?;
    let (base_url, token_url) = (base_url(&app, &source), oauth::token_url(&app));
    let values = [
        ("base_url", base_url.as_str()),
        ("token_url", token_url.as_str()),
        ("public_url", app.public_url.as_str()),
        ("source", source.name.as_str()),
    ];
    let filled = |text: &String| fill(text, &values);
    let field = |field: &guide::Field| Field {
        label: filled(&field.label),
        value: field.value.as_ref().map(filled),
        secret: field.secret,
        copy: field.copy && !field.secret,
        hint: field.hint.as_ref().map(filled),
    };
    let step = |step: &guide::Step| Step {
        title: filled(&step.title),
        text: filled(&step.text),
        actions: step.actions.iter().map(filled).collect(),
        fields: step.fields.iter().map(field).collect(),
    };
    Ok(Json(Guide {
        client: source.client,
        name: guide.name.clone(),
        summary: filled(&guide.summary),
        notes: guide.notes.iter().map(filled).collect(),
        steps: guide.steps.iter().map(step).collect(),
    }))
}
