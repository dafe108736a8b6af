//! The console as a browser gets it: from the same server, under a strict policy, and never in place of an API.

use http::Method;

use crate::harness::{TestServer, on_both};

#[test]
fn pages_come_from_the_server_itself() {
    on_both(async |database| {
        let server = TestServer::start(database).await;
        let browser = server.anonymous();
        for path in ["/", "/setup?code=1", "/users/ana.ruiz", "/apps/1/configure/attributes"] {
            let page = browser.get(path).await.expect(200);
            assert_eq!(page.header("content-type"), "text/html; charset=utf-8", "{path}");
            assert!(page.text.contains("<title>Lockstep"), "{path}");
            let policy = page.header("content-security-policy");
            assert!(policy.contains("default-src 'none'") && policy.contains("font-src 'self'"), "{policy}");
            assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
            for part in ["script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'"] {
                assert!(policy.contains(part), "{policy}");
            }
            for part in ["frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"] {
                assert!(policy.contains(part), "{policy}");
            }
            for (name, value) in [
                ("x-content-type-options", "nosniff"),
                ("referrer-policy", "no-referrer"),
                ("cross-origin-opener-policy", "same-origin"),
            ] {
                assert_eq!(page.header(name), value, "{path}");
            }
            assert_eq!(page.header("strict-transport-security"), "", "a deployment on plain http promises no https");
        }
        for (path, kind) in [
            ("/api/v1/nothing", "application/problem+json"),
            ("/api", "application/problem+json"),
            ("/scim/v2/x/Nothing", "application/scim+json"),
            ("/assets/none.js", "text/plain; charset=utf-8"),
        ] {
            let answer = browser.get(path).await;
            assert!(answer.status.is_client_error(), "{path}: {}", answer.text);
            assert_eq!(answer.header("content-type"), kind, "{path}");
        }
        let answer = browser.get("/api/v1/setup").await.expect(200);
        for (name, value) in [
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
        ] {
            assert_eq!(answer.header(name), value);
        }
        let posted = browser.send(Method::POST, "/users", None, &[]).await.expect(405);
        assert_eq!(posted.header("allow"), "GET, HEAD");
        server.stop().await;
    });
}

#[test]
fn over_https_browsers_are_told_to_stay_there() {
    on_both(async |database| {
        let https = |config: &mut server::config::Config| config.public_url = Some("https://id.example.test".into());
        let server = TestServer::start_with(database, https).await;
        for path in ["/", "/api/v1/setup", "/healthz"] {
            assert_eq!(server.anonymous().get(path).await.header("strict-transport-security"), "max-age=31536000");
        }
        server.stop().await;
    });
}
