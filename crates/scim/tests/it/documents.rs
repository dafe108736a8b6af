//! Error bodies and discovery documents, as they go over the wire.

use scim::discovery::{self, ProviderConfig};
use serde_json::{Value, json};

use super::*;

#[test]
fn w15_errors() {
    insta::assert_json_snapshot!(Error::uniqueness("userName is taken").to_json(), @r#"
    {
      "schemas": [
        "urn:ietf:params:scim:api:messages:2.0:Error"
      ],
      "status": "409",
      "scimType": "uniqueness",
      "detail": "userName is taken"
    }
    "#);
    insta::assert_json_snapshot!(Error::not_found("there is no such user").to_json(), @r#"
    {
      "schemas": [
        "urn:ietf:params:scim:api:messages:2.0:Error"
      ],
      "status": "404",
      "detail": "there is no such user"
    }
    "#);
    for (error, status, kind) in [
        (Error::invalid_filter("x"), 400, "invalidFilter"),
        (Error::too_many("x"), 400, "tooMany"),
        (Error::mutability("x"), 400, "mutability"),
        (Error::invalid_syntax("x"), 400, "invalidSyntax"),
        (Error::invalid_path("x"), 400, "invalidPath"),
        (Error::no_target("x"), 400, "noTarget"),
        (Error::invalid_value("x"), 400, "invalidValue"),
        (Error::sensitive("x"), 403, "sensitive"),
    ] {
        assert_eq!((error.status, error.scim_type.unwrap().as_str()), (status, kind));
    }
}

#[test]
fn provider_config() {
    let config = ProviderConfig {
        max_results: 200,
        max_operations: 1_000,
        max_payload_size: 1_048_576,
        bulk: true,
        sort: true,
        etag: true,
        change_password: false,
        cursor: true,
        default_page_size: 100,
        cursor_timeout_secs: 3_600,
    };
    insta::assert_json_snapshot!(discovery::service_provider_config(&config, &[scim::discovery::AuthenticationScheme::Bearer], "https://x/scim/v2"), @r#"
    {
      "schemas": [
        "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
      ],
      "patch": {
        "supported": true
      },
      "bulk": {
        "supported": true,
        "maxOperations": 1000,
        "maxPayloadSize": 1048576
      },
      "filter": {
        "supported": true,
        "maxResults": 200
      },
      "changePassword": {
        "supported": false
      },
      "sort": {
        "supported": true
      },
      "etag": {
        "supported": true
      },
      "pagination": {
        "cursor": true,
        "index": true,
        "defaultPaginationMethod": "index",
        "defaultPageSize": 100,
        "maxPageSize": 200,
        "cursorTimeout": 3600
      },
      "authenticationSchemes": [
        {
          "type": "oauthbearertoken",
          "name": "OAuth Bearer Token",
          "description": "A bearer token in the Authorization header, as in RFC 6750.",
          "specUri": "https://www.rfc-editor.org/info/rfc6750",
          "primary": true
        }
      ],
      "meta": {
        "resourceType": "ServiceProviderConfig",
        "location": "https://x/scim/v2/ServiceProviderConfig"
      }
    }
    "#);
}

#[test]
fn resource_types() {
    insta::assert_json_snapshot!(discovery::resource_type(user(), "https://x"), @r#"
    {
      "schemas": [
        "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
      ],
      "id": "User",
      "name": "User",
      "endpoint": "/Users",
      "description": "User Account",
      "schema": "urn:ietf:params:scim:schemas:core:2.0:User",
      "schemaExtensions": [
        {
          "schema": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
          "required": false
        }
      ],
      "meta": {
        "resourceType": "ResourceType",
        "location": "https://x/ResourceTypes/User"
      }
    }
    "#);
    assert!(discovery::resource_type(group(), "https://x").get("schemaExtensions").is_none());
}

/// All schemas `/Schemas` lists.
fn schemas() -> Vec<Value> {
    let core = [&user().schema, &user().extensions[0].schema, &group().schema];
    core.into_iter()
        .map(AsRef::as_ref)
        .chain(discovery::meta_schemas())
        .map(|s| discovery::schema(s, "https://x"))
        .collect()
}

/// T71, and what scim2-tester reads: every characteristic present, nothing null, nothing empty.
#[test]
fn schemas_are_complete() {
    fn complete(attribute: &Value) {
        for name in ["multiValued", "required", "caseExact"] {
            assert!(attribute[name].is_boolean(), "{attribute}");
        }
        for name in ["name", "type", "description", "mutability", "returned", "uniqueness"] {
            assert!(attribute[name].as_str().is_some_and(|s| !s.is_empty()), "{attribute}");
        }
        for name in ["canonicalValues", "referenceTypes", "subAttributes"] {
            assert!(attribute.get(name).is_none_or(|v| !v.as_array().unwrap().is_empty()));
        }
        assert_eq!(attribute["type"] == "complex", attribute.get("subAttributes").is_some());
        assert_eq!(attribute["type"] == "reference", attribute.get("referenceTypes").is_some());
        let parts = attribute.get("subAttributes").and_then(Value::as_array);
        parts.into_iter().flatten().for_each(complete);
    }
    for schema in schemas() {
        let id = schema["id"].as_str().unwrap();
        assert_eq!(schema["schemas"], json!(["urn:ietf:params:scim:schemas:core:2.0:Schema"]));
        assert_eq!(schema["meta"]["location"], format!("https://x/Schemas/{id}"));
        assert_eq!(schema["meta"]["resourceType"], "Schema");
        assert!(!id.contains(":api:messages:") && !schema.to_string().contains("null"));
        schema["attributes"].as_array().unwrap().iter().for_each(complete);
    }
    let group = discovery::schema(&group().schema, "");
    assert_eq!(group["attributes"][0]["required"], true);
    assert_eq!(discovery::schema(&user().schema, "")["description"], "User Account");
    let names: Vec<Value> = schemas().iter().map(|s| s["name"].clone()).collect();
    assert_eq!(
        json!(names),
        json!(["User", "EnterpriseUser", "Group", "ServiceProviderConfig", "ResourceType", "Schema"])
    );
}

#[test]
fn one_attribute_as_published() {
    let group = discovery::schema(&group().schema, "https://x");
    insta::assert_json_snapshot!(group["attributes"][1]["subAttributes"][2], @r#"
    {
      "name": "type",
      "type": "string",
      "multiValued": false,
      "description": "The type of the member, 'User' or 'Group'.",
      "required": false,
      "canonicalValues": [
        "User",
        "Group"
      ],
      "caseExact": false,
      "mutability": "immutable",
      "returned": "default",
      "uniqueness": "none"
    }
    "#);
}

/// What is published can be written and read back: a value for every attribute a client may set.
#[test]
fn what_is_published_is_stored() {
    fn sample(attribute: &Value) -> Value {
        let one = match attribute["type"].as_str().unwrap() {
            "boolean" => json!(true),
            "binary" => json!("AAECAw=="),
            "reference" => json!("https://a.test/b"),
            "complex" => {
                let parts = attribute["subAttributes"].as_array().unwrap();
                let writable = parts.iter().filter(|p| p["mutability"] != "readOnly" && p["name"] != "$ref");
                writable.map(|p| (p["name"].as_str().unwrap().to_owned(), sample(p))).collect()
            }
            _ => match attribute.get("canonicalValues") {
                Some(values) => values[0].clone(),
                None => json!("text"),
            },
        };
        if attribute["multiValued"] == true { json!([one]) } else { one }
    }
    for (rt, schema) in [(user(), &user().schema), (group(), &group().schema), (user(), &user().extensions[0].schema)] {
        let document = discovery::schema(schema, "");
        let mut sent = Object::new();
        for attribute in document["attributes"].as_array().unwrap() {
            if attribute["mutability"] != "readOnly" {
                sent.insert(attribute["name"].as_str().unwrap().into(), sample(attribute));
            }
        }
        let core = rt.schema.id == schema.id;
        let mut body = if core { sent.clone() } else { Object::from_iter([(schema.id.clone(), json!(sent))]) };
        body.insert("schemas".into(), json!([rt.schema.id, schema.id]));
        let stored = resource::read(body.into(), rt, &strict()).unwrap();
        let stored = if core { &stored } else { stored[&schema.id].as_object().unwrap() };
        for (name, value) in sent {
            assert_eq!(stored.get(&name), Some(&value), "{name}");
        }
    }
}
