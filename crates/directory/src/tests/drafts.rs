//! Drafts of applications, saved in the same moment as something that concerns them.

use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::{
    Error,
    application::{self, ApplicationSettings, ApplicationVersion},
    mapping::MappingRow,
};

const ACME: &str = "urn:acme:2.0:User";

async fn add(world: &World) -> (Uuid, ApplicationSettings) {
    let settings = ApplicationSettings::new("https://app.test/scim".parse().unwrap());
    let added = world.directory.add_application(world.tenant(), &Actor::system(), "Chat", &settings, None).await;
    (added.unwrap().id, settings)
}

fn with_title(settings: &ApplicationSettings, expression: &str) -> ApplicationSettings {
    let mut settings = settings.clone();
    settings.mapping.rows.retain(|row| row.to != "title");
    settings.mapping.rows.push(MappingRow::new("title", expression));
    settings
}

async fn save(
    world: &World,
    id: Uuid,
    began_from: Option<&ApplicationVersion>,
    settings: &ApplicationSettings,
) -> Result<ApplicationVersion, Error> {
    world.directory.set_draft(world.tenant(), &Actor::system(), id, began_from, settings).await
}

async fn basis(world: &World, id: Uuid) -> ApplicationVersion {
    let mut tx = world.directory.db.read(world.tenant()).await.unwrap();
    application::basis(&mut tx, id).await.unwrap().expect("there is a version")
}

both! {
    async fn of_saves_in_the_same_moment_one_counts(world: World) {
        let (id, settings) = add(&world).await;
        for round in 0..6 {
            let before = basis(&world, id).await;
            let saves: Vec<_> = (0..6).map(|n| with_title(&settings, &format!("'{round}.{n}'"))).collect();
            let saved = futures::future::join_all(saves.iter().map(|it| save(&world, id, Some(&before), it))).await;
            let (one, others): (Vec<_>, Vec<_>) = saved.into_iter().partition(Result::is_ok);
            assert_eq!(one.len(), 1, "round {round}");
            assert!(others.iter().all(|refused| matches!(refused, Err(Error::Changed { what: "the draft" }))));
            assert_eq!(basis(&world, id).await.settings, one.into_iter().next().unwrap().unwrap().settings);
        }
        // Who does not say what they began from overwrites what is there.
        save(&world, id, None, &settings).await.unwrap();
    }
}

both! {
    async fn a_save_in_the_moment_of_publishing_changes_no_published_version(world: World) {
        let (id, settings) = add(&world).await;
        let (tenant, system) = (world.tenant(), Actor::system());
        for round in 0..12 {
            let old = with_title(&settings, &format!("'{round} old'"));
            let new = with_title(&settings, &format!("'{round} new'"));
            save(&world, id, None, &old).await.unwrap();
            let (published, saved) =
                tokio::join!(world.directory.publish(tenant, &system, id), save(&world, id, None, &new));
            let (published, saved) = (published.unwrap(), saved.unwrap());
            let mut tx = world.directory.db.read(tenant).await.unwrap();
            let current = application::version(&mut tx, id, "current").await.unwrap().unwrap();
            assert_eq!(current.number, published.number);
            assert_eq!(current.settings, published.settings, "what was published is what counts");
            let draft = application::version(&mut tx, id, "draft").await.unwrap();
            match draft {
                Some(draft) => assert_eq!((draft.number, draft.settings), (current.number + 1, new)),
                None => assert_eq!((saved.number, current.settings), (current.number, new)),
            }
        }
    }
}

both! {
    async fn no_attribute_goes_in_the_moment_in_which_a_draft_takes_it(world: World) {
        let (id, settings) = add(&world).await;
        let (tenant, system) = (world.tenant(), Actor::system());
        let mut with_desk = settings.clone();
        with_desk.mapping.rows.push(MappingRow::new(format!("{ACME}:desk"), "user.title"));
        for round in 0..20 {
            let schema = json!({"id": ACME, "name": "AcmeUser", "attributes": [{"name": "desk", "type": "string"}]});
            let schema = serde_json::from_value(schema).unwrap();
            world.directory.add_schema(tenant, &system, &schema).await.unwrap();
            let (saved, removed) =
                tokio::join!(save(&world, id, None, &with_desk), world.directory.remove_schema(tenant, &system, ACME));
            assert_ne!(saved.is_ok(), removed.is_ok(), "round {round}: {saved:?} {removed:?}");
            save(&world, id, None, &settings).await.unwrap();
            if removed.is_err() {
                world.directory.remove_schema(tenant, &system, ACME).await.unwrap();
            }
        }
    }
}
