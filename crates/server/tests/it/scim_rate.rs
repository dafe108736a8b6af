//! How often a token, and an address with wrong credentials, may come.

use futures::future::join_all;

use crate::harness::{Answer, Client, Database, TestServer, on_both};

async fn at_once(client: &Client, count: usize) -> Vec<Answer> {
    join_all((0..count).map(|_| client.get("/Users?count=0"))).await
}

#[test]
fn a_token_has_its_rate_and_others_have_theirs() {
    on_both(async |database: Database| {
        let server = TestServer::start_with(database, |config| (config.scim_rate, config.scim_burst) = (1, 20)).await;
        let (idp, other) = (server.source("idp").await, server.source("other").await);
        let answers = at_once(&idp, 60).await;
        let (right, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
        assert!((20..50).contains(&right.len()), "{}", right.len());
        for answer in refused {
            let wait: u64 = answer.expect_error(429, "").header("retry-after").parse().unwrap();
            assert_eq!(wait, 1);
        }
        for answer in at_once(&other, 10).await {
            answer.expect(200);
        }
        tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
        idp.get("/Users").await.expect(200);
        server.stop().await;
    });
}

#[test]
fn wrong_credentials_are_refused_sooner_than_right_ones() {
    on_both(async |database: Database| {
        let server = TestServer::start_with(database, |config| config.scim_failures = 10).await;
        let idp = server.source("idp").await;
        let answers = at_once(&idp.with_token(Some("wrong")), 30).await;
        let refused = answers.iter().filter(|answer| answer.status == 429).count();
        assert!((10..=20).contains(&refused), "{refused}");
        for answer in answers {
            if answer.status == 429 {
                assert_eq!(answer.expect_error(429, "").header("retry-after"), "1");
            } else {
                answer.expect_error(401, "");
            }
        }
        idp.get("/Users").await.expect(200);
        server.stop().await;
    });
}
