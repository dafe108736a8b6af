//! The demo data set: a source with people and groups, and an application for them, that can be loaded and taken away
//! again without a trace in what was there before.

mod people;
mod ties;

use scim::{Object, Tolerance, resource};
use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;

use crate::{
    Directory, Error, Kind, Millis, Tenant, Tx,
    application::{self, Application, ApplicationSettings},
    assignment::Subject,
    audit::Actor,
    db::{args, transaction},
    record::Record,
    source::{self, People, Source, SourceCaller, SourceClient, SourceSettings, SourceState},
};

/// The demo source's name.
pub const SOURCE: &str = "Demo company";
/// The demo application's name.
pub const APPLICATION: &str = "Demo application";

/// The demo data set, while it is there.
#[derive(Clone, Debug)]
pub struct Demo {
    /// The source; none when it is gone already.
    pub source: Option<Source>,
    /// The application; none without a SCIM server to try it on, or when it is gone already.
    pub application: Option<Application>,
    /// When it was loaded.
    pub loaded_at: Millis,
    /// It is being taken away.
    pub is_going: bool,
}

/// The SCIM server that stands for an application.
pub struct Target {
    /// Its base URL.
    pub base_url: Url,
    /// Its bearer token.
    pub token: SecretString,
}

/// The demo data set; none where it is not loaded.
pub async fn find(tx: &mut Tx) -> Result<Option<Demo>, Error> {
    let Some((source, application, loaded_at)) = row(tx).await? else { return Ok(None) };
    let source = there(source::find(tx, &source.to_string()).await)?;
    let application = match application {
        Some(id) => there(application::find(tx, &id.to_string()).await)?,
        None => None,
    };
    let is_going = source.as_ref().is_none_or(|source| source.state == SourceState::Deleting);
    // Its source is the last of it: when that is gone, so is the demo.
    Ok(source.is_some().then_some(Demo { source, application, loaded_at, is_going }))
}

async fn row(tx: &mut Tx) -> Result<Option<(Uuid, Option<Uuid>, Millis)>, Error> {
    let tenant = tx.tenant().id();
    Ok(tx.row("SELECT source, application, loaded_at FROM demo WHERE tenant = $1", args![tenant]).await?)
}

/// What is not there is none, not an error.
fn there<T>(found: Result<T, Error>) -> Result<Option<T>, Error> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

impl Directory {
    /// Load the demo data set: people and groups as a source would send them and, where there is a SCIM server to try it
    /// on, an application with a mapping, an assignment and two pushed groups, as a draft: nothing is sent before
    /// somebody publishes and activates it.
    ///
    /// # Errors
    /// `Taken` when it is loaded already, or its names are taken.
    pub async fn load_demo(&self, tenant: Tenant, actor: &Actor, target: Option<Target>) -> Result<Demo, Error> {
        let mut tx = self.db.read(tenant).await?;
        if find(&mut tx).await?.is_some() {
            return Err(Error::Taken { what: "the demo data set", name: SOURCE.into() });
        }
        drop(tx);
        let settings = SourceSettings::default();
        let (source, _) = self.add_source(tenant, actor, SOURCE, SourceClient::Generic, &settings).await?;
        let id = source.id;
        // From here on it can be taken away, however far it gets.
        self.note_demo(tenant, id, None).await?;
        let groups = self.send_demo(tenant, source).await?;
        if let Some(target) = target {
            let settings = ApplicationSettings::new(target.base_url);
            let made = self.add_application(tenant, actor, APPLICATION, &settings, Some(&target.token)).await?;
            self.note_demo(tenant, id, Some(made.id)).await?;
            for (name, group) in groups {
                if name == people::STAFF {
                    self.assign(tenant, actor, made.id, Subject::Group(group)).await?;
                } else if people::PUSHED.contains(&name) {
                    self.push_group(tenant, actor, made.id, group, true).await?;
                }
            }
        }
        let mut tx = self.db.read(tenant).await?;
        find(&mut tx).await?.ok_or_else(|| Error::not_found("demo data set", SOURCE))
    }

    async fn note_demo(&self, tenant: Tenant, source: Uuid, application: Option<Uuid>) -> Result<(), Error> {
        transaction!(self.db, tenant, tx => {
            tx.execute(
                "INSERT INTO demo (tenant, source, application, loaded_at) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (tenant) DO UPDATE SET source = excluded.source, application = excluded.application",
                args![tenant.id(), source, application, self.clock.now()],
            )
            .await?;
            Ok(())
        })
    }

    /// Let the source state its people and groups; the groups by name.
    async fn send_demo(&self, tenant: Tenant, source: Source) -> Result<Vec<(&'static str, Uuid)>, Error> {
        let definitions = self.definitions(tenant).await?;
        let (token, networks, tests) = (String::new(), Vec::new(), None);
        let caller = SourceCaller { tenant, source, token, networks, tests, definitions };
        let mut records = Vec::new();
        for person in people::people() {
            records.push(self.state(&caller, Kind::User, person).await?.id);
        }
        let mut groups = Vec::new();
        for team in people::teams() {
            let members: Vec<Value> = team.members.iter().map(|place| json!({"value": records[*place]})).collect();
            let group = json!({"schemas": [scim::GROUP_URN], "displayName": team.name, "members": members});
            if let Some(id) = self.state(&caller, Kind::Group, group).await?.subject {
                groups.push((team.name, id));
            }
        }
        Ok(groups)
    }

    async fn state(&self, caller: &SourceCaller, kind: Kind, body: Value) -> Result<Record, Error> {
        let body: Object = resource::read(body, &caller.definitions.of(kind).rt, &Tolerance::default())?;
        self.create_record(caller, None, kind, body).await
    }

    /// Take the demo data set away: its application at once, its source with all its people and groups in the
    /// background. What the application holds by then stays there. Repeating it changes nothing.
    ///
    /// # Errors
    /// `InUse` when something that is no part of it hangs on it: what, and what to do about it.
    pub async fn remove_demo(&self, tenant: Tenant, actor: &Actor) -> Result<(), Error> {
        let mut tx = self.db.read(tenant).await?;
        let Some((source, application, _)) = row(&mut tx).await? else { return Ok(()) };
        ties::check(&mut tx, source, application).await?;
        let demo = find(&mut tx).await?;
        drop(tx);
        if let Some(application) = demo.as_ref().and_then(|demo| demo.application.as_ref()) {
            if application.active {
                self.set_active(tenant, actor, application.id, false).await?;
            }
            self.remove_application(tenant, actor, application.id).await?;
        }
        match demo {
            Some(Demo { source: Some(source), is_going: false, .. }) => {
                self.remove_source(tenant, actor, source.id, &source.name, People::Delete).await.map(drop)
            }
            Some(_) => Ok(()),
            // Its source is gone: nothing is left but the note of it.
            None => transaction!(self.db, tenant, tx => {
                tx.execute("DELETE FROM demo WHERE tenant = $1 AND source = $2", args![tenant.id(), source]).await?;
                Ok(())
            }),
        }
    }
}
