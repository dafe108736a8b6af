//! Lists of people name them as the list of users does: user name and display name.

use serde_json::{Value, json};

use crate::{admin_console::Scene, harness::on_both};

#[test]
fn lists_of_people_say_what_people_are_called() {
    on_both(async |database| {
        let scene = Scene::set(database).await;
        let (admin, ana) = (&scene.admin, scene.person("ana", json!({"displayName": "Ana Ruiz"})).await);
        let staff = admin.post("/groups", json!({"displayName": "Staff"})).await.expect(201).id();
        let inner = admin.post("/groups", json!({"displayName": "Inner"})).await.expect(201).id();
        admin.post("/groups/Inner/members", json!({"add": [ana]})).await.expect(204);
        admin.post("/groups/Staff/members", json!({"add": [ana, inner]})).await.expect(204);
        for whom in [json!({"user": "ana"}), json!({"group": staff})] {
            admin.post("/applications/Chat/assignments", whom).await.expect(204);
        }
        scene.go().await;
        scene.idle().await;
        let people = [
            ("/groups/Staff/members", "name", 2),
            ("/groups/Staff/effective-members", "name", 1),
            ("/applications/Chat/assignments", "name", 3),
            ("/applications/Chat/users", "userName", 1),
            ("/applications/Chat/accounts", "userName", 1),
        ];
        for (path, name, size) in people {
            let items = admin.get(path).await.expect(200).body["items"].as_array().unwrap().clone();
            assert_eq!(items.len(), size, "{path}");
            for item in items {
                let expected = if item[name] == "ana" { json!("Ana Ruiz") } else { Value::Null };
                assert_eq!(item["displayName"], expected, "{path} {item}");
            }
        }
        scene.end().await;
    });
}
