//! The people that every server is filled with. Everything about one follows from their number.

use serde_json::{Value, json};

/// The schema of the enterprise extension.
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

const GIVEN: [&str; 16] = [
    "Ada", "Bo", "Cleo", "Dai", "Edith", "Farid", "Gus", "Hana", "Ines", "Jon", "Kim", "Lea", "Mio", "Nora", "Olu",
    "Pia",
];
const FAMILY: [&str; 12] = [
    "Almeida", "Brandt", "Castro", "Dufour", "Eriksen", "Fischer", "Garcia", "Hansen", "Ito", "Jensen", "Kaya", "Lund",
];

/// The userName of person `number`: lower case, so that servers which compare with case find it too.
pub fn user_name(number: u64) -> String {
    format!("person{number:07}@bench.test")
}

/// The externalId of person `number`.
pub fn external_id(number: u64) -> String {
    format!("hr-{number:07}")
}

/// The SCIM user that a client posts for person `number`: what an identity provider usually sends, about 600 bytes.
pub fn user(number: u64) -> Value {
    let at = |list: &[&'static str], turn: u64| list[(turn % list.len() as u64) as usize];
    let (given, family) = (at(&GIVEN, number), at(&FAMILY, number / 16));
    let name = user_name(number);
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
        "externalId": external_id(number),
        "userName": name,
        "active": true,
        "name": {"givenName": given, "familyName": family, "formatted": format!("{given} {family}")},
        "displayName": format!("{given} {family}"),
        "title": "Specialist",
        "emails": [{"value": name, "type": "work", "primary": true}],
        ENTERPRISE: {"employeeNumber": format!("{number}"), "department": format!("Department {}", number % 40)},
    })
}
