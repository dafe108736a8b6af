//! The connection to one application.

use directory::{Directory, Error, Tenant, application};
use scim_client::{Auth, Capabilities, Client, Fault, Transport};
use secrecy::SecretString;
use serde::Serialize;
use std::sync::Arc;
use url::Url;

/// The client for an application.
pub(crate) fn client(transport: Arc<dyn Transport>, base: Url, token: Option<SecretString>) -> Client {
    let auth = token.map_or(Auth::None, Auth::Bearer);
    Client::new(transport, base, auth)
}

/// What a test of a connection found.
#[derive(Debug, Serialize)]
pub struct ConnectionTest {
    /// Whether the application answered as a SCIM service does.
    pub ok: bool,
    /// What it says it can do.
    pub capabilities: Option<Capabilities>,
    /// What was found, and what to do about it.
    pub sentence: String,
}

/// Try an application's newest settings: read its ServiceProviderConfig, and look for a user that does not exist.
/// Nothing is changed there.
pub async fn test_connection(
    directory: &Directory,
    tenant: Tenant,
    application: &str,
    transport: Arc<dyn Transport>,
) -> Result<ConnectionTest, Error> {
    let mut tx = directory.db.read(tenant).await?;
    let application = application::find(&mut tx, application).await?;
    let newest = application::versions(&mut tx, application.id).await?.into_iter().next();
    let settings = newest.ok_or_else(|| Error::not_found("version", &application.name))?.settings;
    let token = directory.credential(&mut tx, application.id, &settings).await?;
    drop(tx);
    let client = client(transport, settings.base_url.clone(), token);
    Ok(match probe(directory, &client).await {
        Ok(capabilities) => ConnectionTest {
            ok: true,
            sentence: format!("{} answers, and finds users by filter", application.name),
            capabilities: Some(capabilities),
        },
        Err(fault) => ConnectionTest { ok: false, capabilities: None, sentence: fault.detail },
    })
}

async fn probe(directory: &Directory, client: &Client) -> Result<Capabilities, Fault> {
    let capabilities = client.capabilities().await?.value;
    let nobody = directory.clock.id().to_string();
    client.find("/Users", "userName", &nobody, None).await?;
    Ok(capabilities)
}
