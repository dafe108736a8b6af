//! How long sessions last, to the millisecond, and what is kept of them.

use secrecy::{ExposeSecret, SecretString};

use super::{source_access::timed, *};
use crate::{Millis, administrator::AdminCaller, db::args, settings::SessionLimits};

const MINUTE: Millis = 60_000;
const HOUR: Millis = 60 * MINUTE;

/// What is used of a session, once.
async fn used(directory: &Directory, session: &SecretString) -> Option<AdminCaller> {
    directory.authenticate_session(session.expose_secret(), true).await.unwrap()
}

async fn is_good(directory: &Directory, session: &SecretString) -> bool {
    directory.authenticate_session(session.expose_secret(), false).await.unwrap().is_some()
}

both! {
    async fn a_session_ends_by_silence_and_by_age(world: World) {
        let (directory, hands) = timed(&world).await;
        assert_eq!(SessionLimits::default(), SessionLimits { idle_minutes: 30, absolute_hours: 12 });
        let ana = directory.add_first_administrator("Ana", "$a hash").await.unwrap();
        let begin = async || directory.begin_session(ana.id, None, None, None).await.unwrap();

        let session = begin().await;
        hands.forward(30 * MINUTE);
        assert!(used(&directory, &session).await.is_some(), "half an hour of silence to the end");
        hands.forward(30 * MINUTE);
        assert!(is_good(&directory, &session).await, "a use begins it anew");
        hands.forward(1);
        assert!(!is_good(&directory, &session).await, "looking is no use");
        assert!(used(&directory, &session).await.is_none(), "and an end is an end");

        // However busy, no session is older than twelve hours; showing again who one is makes none younger.
        let session = begin().await;
        let began = directory.clock.now();
        while directory.clock.now() < began + 12 * HOUR {
            hands.forward(20 * MINUTE);
            let live = used(&directory, &session).await.unwrap().session.unwrap();
            assert_eq!(live.ends_at, began + 12 * HOUR);
            directory.confirm_session(world.tenant(), live.id).await.unwrap();
        }
        hands.forward(1);
        assert!(used(&directory, &session).await.is_none());
    }
}

both! {
    async fn who_one_is_holds_for_five_minutes(world: World) {
        let (directory, hands) = timed(&world).await;
        let ana = directory.add_first_administrator("Ana", "$a hash").await.unwrap();
        let session = directory.begin_session(ana.id, None, None, None).await.unwrap();
        let until = async || used(&directory, &session).await.unwrap().session.unwrap().confirmed_until;
        assert_eq!(until().await, Some(directory.clock.now() + 5 * MINUTE), "a sign-in shows it");
        hands.forward(5 * MINUTE - 1);
        assert!(until().await.is_some());
        hands.forward(1);
        assert_eq!(until().await, None);
    }
}

both! {
    async fn of_a_session_only_the_hash_of_its_secret_is_kept(world: World) {
        let directory = &world.directory;
        let ana = directory.add_first_administrator("Ana", "$a hash").await.unwrap();
        let begin = async || directory.begin_session(ana.id, None, None, None).await.unwrap();
        let (one, other) = (begin().await, begin().await);
        assert_ne!(one.expose_secret(), other.expose_secret());
        for session in [&one, &other] {
            let text = session.expose_secret();
            // 43 of 62 letters are 256 bits.
            assert!(text.len() == 43 && text.bytes().all(|letter| letter.is_ascii_alphanumeric()), "{text}");
        }
        let mut tx = directory.db.read(world.tenant()).await.unwrap();
        let kept: Vec<(String,)> = tx.rows("SELECT id FROM sessions WHERE tenant = $1", args![world.tenant().id()]).await.unwrap();
        let mut kept: Vec<String> = kept.into_iter().map(|(id,)| id).collect();
        let mut hashes = [one, other].map(|session| crate::token::hash(session.expose_secret()));
        kept.sort_unstable();
        hashes.sort_unstable();
        assert_eq!(kept, hashes);
    }
}
