//! Roles by the groups of an OpenID provider.

use http::Method;
use serde_json::json;

use crate::{
    harness::{Database, on_both},
    sign_in::Story,
};

#[test]
fn groups_give_roles_at_each_sign_in() {
    on_both(async |database: Database| {
        let story = Story::begin(database).await;
        let roles = json!([{"group": "it", "role": "auditor"}, {"group": "it-admins", "role": "administrator"}]);
        story
            .settings(json!({"groupsClaim": "realm.groups", "groupRoles": [{"group": "it", "role": "owner"}]}))
            .await
            .expect(400);
        story.settings(json!({"groupsClaim": "realm.groups", "groupRoles": roles})).await.expect(200);
        let of = |groups: &[&str]| json!({"realm": {"groups": groups}});
        story.sign_in_as(of(&["sales"])).await.expect(403);
        let first = story.sign_in_as(of(&["it", "sales"])).await.expect(200);
        assert_eq!(first.body["me"]["role"], "auditor");
        let second = story.sign_in_as(of(&["it", "it-admins"])).await.expect(200);
        assert_eq!(
            (&second.body["me"]["role"], &second.body["me"]["name"]),
            (&json!("administrator"), &json!("bo@x.example"))
        );
        story.browser(&first).send(Method::GET, "/session", json!(null)).await.expect(401);
        story.sign_in_as(of(&[])).await.expect(403);
        // A name that is taken is not taken over.
        let ana = json!({"sub": "ana", "email": "Ana", "realm": {"groups": ["it-admins"]}});
        let refused = story.sign_in_as(ana).await.expect(403);
        assert!(refused.body["detail"].as_str().unwrap().contains("already"), "{}", refused.text);
        // A role given here stays.
        let id = second.body["me"]["session"]["administrator"].as_str().unwrap();
        story.owner.put(&format!("/administrators/{id}"), json!({"role": "operator"})).await.expect(200);
        assert_eq!(story.sign_in_as(of(&[])).await.expect(200).body["me"]["role"], "operator");
        story.server.stop().await;
    });
}

/// Entra ID names no groups for somebody in more than 200 of them, and refers to its Graph instead.
#[test]
fn groups_that_the_provider_leaves_out_are_not_taken_for_none() {
    on_both(async |database: Database| {
        let story = Story::begin(database).await;
        let roles = json!([{"group": "it-admins", "role": "administrator"}]);
        story.settings(json!({"groupsClaim": "groups", "groupRoles": roles})).await.expect(200);
        let overage = |subject: &str| {
            json!({
                "sub": subject, "email": format!("{subject}@x.example"),
                "_claim_names": {"groups": "src1"},
                "_claim_sources": {"src1": {"endpoint": "https://graph.windows.net/t/users/u/getMemberObjects"}},
            })
        };
        // Its user info does not name them either.
        for subject in ["bo", "cy", "di"] {
            story.provider.user_info(json!({"sub": subject, "name": subject}));
            let refused = story.sign_in_as(overage(subject)).await.expect(403);
            let detail = refused.body["detail"].as_str().unwrap();
            assert!(
                detail.starts_with("Northwind did not name your groups") && detail.contains("too many"),
                "{detail}"
            );
            assert!(detail.contains("Groups assigned to the application"), "{detail}");
            assert_eq!(story.last_refusal().await, detail);
        }

        // Whoever came in by a group stays out with the same words, and keeps the role they had.
        let bo = story.sign_in_as(json!({"groups": ["it-admins"]})).await.expect(200);
        story.provider.user_info(json!({"sub": "bo"}));
        let refused = story.sign_in_as(overage("bo")).await.expect(403);
        assert!(refused.body["detail"].as_str().unwrap().contains("too many"), "{}", refused.text);
        let me = story.browser(&bo).send(Method::GET, "/session", json!(null)).await.expect(200).body;
        assert_eq!(me["role"], "administrator");

        // Whose role hangs on no group comes in as ever.
        story.invite("cy@x.example", "operator").await;
        story.provider.user_info(json!({"sub": "cy"}));
        let cy = story.sign_in_as(overage("cy")).await.expect(200).body;
        assert_eq!(cy["me"]["role"], "operator");
        story.server.stop().await;
    });
}
