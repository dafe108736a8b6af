//! Forecasts are kept until the next one, and not for long.

use serde_json::json;

use super::*;
use crate::{
    Error, Millis,
    application::ApplicationSettings,
    assignment::Subject,
    clock, forecast, group,
    match_trial::{MatchTrial, Matches},
    plan::Outlook,
};

/// The time by the wall, and a while later.
struct Later(Millis);

impl clock::Source for Later {
    fn now(&self) -> Millis {
        clock::wall() + self.0
    }

    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

const HOUR: Millis = 60 * 60 * 1000;

both! {
    async fn a_forecast_gives_way_to_the_next(world: World) {
        let (directory, tenant) = (&world.directory, world.tenant());
        for name in ["ana", "bo"] {
            world.user(json!({"userName": name})).await;
        }
        let settings = ApplicationSettings::new("https://app.test/scim".parse().unwrap());
        let application = directory.add_application(tenant, &Actor::system(), "Chat", &settings, None).await.unwrap().id;
        let mut tx = directory.db.read(tenant).await.unwrap();
        let everyone = group::everyone(&mut tx).await.unwrap().id;
        drop(tx);
        directory.assign(tenant, &Actor::system(), application, Subject::Group(everyone)).await.unwrap();
        world.plan().await;

        let outlook = Matches { version: 1, ..Matches::default() };
        let mut first = directory.begin_forecast(tenant, application, &outlook).await.unwrap();
        assert_eq!((first.total, first.done, &first.outlook), (2, 0, &outlook));
        first.done = 1;
        first.outlook.read = 20;
        assert!(directory.move_forecast(tenant, &first).await.unwrap());
        let get = async |directory: &Directory, id| -> Result<MatchTrial, Error> {
            let mut tx = directory.db.read(tenant).await.unwrap();
            forecast::get(&mut tx, application, id).await
        };
        let moved = get(directory, first.id).await.unwrap();
        assert_eq!((moved.done, moved.outlook.read, moved.state(directory.clock.now())), (1, 20, "running"));
        // Nothing was heard of it for a while: whoever worked on it is gone.
        let later = moved.moved_at + 61_000;
        assert_eq!((moved.state(later), moved.detail(later).is_some()), ("failed", true));

        // One of another kind is another's business.
        directory.begin_forecast(tenant, application, &Outlook::default()).await.unwrap();
        assert!(directory.move_forecast(tenant, &first).await.unwrap());
        let second = directory.begin_forecast(tenant, application, &outlook).await.unwrap();
        assert!(!directory.move_forecast(tenant, &first).await.unwrap(), "its place is taken");
        assert!(matches!(get(directory, first.id).await, Err(Error::NotFound { what: "match trial", .. })));

        for (hours, there) in [(23, true), (25, false)] {
            let later = Directory { clock: Clock::new(Later(hours * HOUR)), ..directory.clone() };
            later.sweep().await.unwrap();
            assert_eq!(get(&later, second.id).await.is_ok(), there, "after {hours} hours");
        }
    }
}
