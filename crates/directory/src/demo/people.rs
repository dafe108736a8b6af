//! The people and groups of the demo data set: a small company, always the same.

use scim::{ENTERPRISE_URN, USER_URN};
use serde_json::{Value, json};

/// Given name, family name, title, department. The first of a department leads it.
const PEOPLE: &[(&str, &str, &str, &str)] = &[
    ("Maya", "Patel", "VP Engineering", "Engineering"),
    ("Jonas", "Lindqvist", "Staff Engineer", "Engineering"),
    ("Ana", "Ruiz", "Senior Engineer", "Engineering"),
    ("Tom", "O’Brien", "Engineer", "Engineering"),
    ("Wei", "Zhang", "Engineer", "Engineering"),
    ("Fatima", "El Amrani", "Site Reliability Engineer", "Engineering"),
    ("Lukas", "Novák", "Engineer", "Engineering"),
    ("Grace", "Okafor", "Engineering Manager", "Engineering"),
    ("Ravi", "Subramanian", "Senior Engineer", "Engineering"),
    ("Ingrid", "Solberg", "Security Engineer", "Engineering"),
    ("Pedro", "Almeida", "Engineer", "Engineering"),
    ("Yuki", "Tanaka", "Data Engineer", "Engineering"),
    ("Amélie", "Fournier", "Engineer", "Engineering"),
    ("Dmitri", "Volkov", "Database Engineer", "Engineering"),
    ("Nia", "Williams", "Engineer", "Engineering"),
    ("Oskar", "Kowalski", "Test Engineer", "Engineering"),
    ("Elena", "Popescu", "Head of Product", "Product"),
    ("Samir", "Haddad", "Product Manager", "Product"),
    ("Chloe", "Martin", "Product Manager", "Product"),
    ("Daniel", "Cohen", "Product Analyst", "Product"),
    ("Priya", "Nair", "Product Designer", "Product"),
    ("Mikkel", "Jensen", "Product Designer", "Product"),
    ("Zoë", "Adler", "User Researcher", "Product"),
    ("Carlos", "Mendoza", "VP Sales", "Sales"),
    ("Hannah", "Schmidt", "Account Executive", "Sales"),
    ("Kofi", "Mensah", "Account Executive", "Sales"),
    ("Laura", "Bianchi", "Account Executive", "Sales"),
    ("James", "Whitfield", "Sales Manager EMEA", "Sales"),
    ("Sofia", "Andersson", "Sales Engineer", "Sales"),
    ("Diego", "Castillo", "Account Executive", "Sales"),
    ("Aisha", "Rahman", "Business Development", "Sales"),
    ("Viktor", "Horváth", "Account Executive", "Sales"),
    ("Emma", "de Vries", "Sales Operations", "Sales"),
    ("Min-jun", "Kim", "Account Executive", "Sales"),
    ("Rosa", "Silva", "Head of Support", "Support"),
    ("Patrick", "Byrne", "Support Lead", "Support"),
    ("Leila", "Farahani", "Support Engineer", "Support"),
    ("Andrei", "Ionescu", "Support Engineer", "Support"),
    ("Naomi", "Clarke", "Support Engineer", "Support"),
    ("Thabo", "Dlamini", "Support Engineer", "Support"),
    ("Julia", "Weber", "Support Specialist", "Support"),
    ("Hiroshi", "Sato", "Support Engineer", "Support"),
    ("Marta", "Nowak", "Support Specialist", "Support"),
    ("Olivia", "Bennett", "Chief Marketing Officer", "Marketing"),
    ("Théo", "Laurent", "Content Lead", "Marketing"),
    ("Isabel", "Moreno", "Brand Designer", "Marketing"),
    ("Ben", "Carter", "Demand Generation", "Marketing"),
    ("Sanna", "Virtanen", "Events Manager", "Marketing"),
    ("Arjun", "Mehta", "Web Developer", "Marketing"),
    ("Katarzyna", "Wójcik", "Chief Financial Officer", "Finance"),
    ("Simon", "Brandt", "Controller", "Finance"),
    ("Adaeze", "Nwosu", "Accountant", "Finance"),
    ("Peter", "Hofmann", "Accountant", "Finance"),
    ("Lin", "Chen", "Payroll Specialist", "Finance"),
    ("Michael", "Turner", "Chief People Officer", "People"),
    ("Camila", "Rojas", "Recruiter", "People"),
    ("Freya", "Nielsen", "People Partner", "People"),
    ("Omar", "Siddiqui", "IT Administrator", "People"),
    ("Beatriz", "Costa", "Office Manager", "People"),
    ("Noah", "Fischer", "IT Administrator", "People"),
];

/// The group of everybody, and the group of those who lead a department.
pub(super) const STAFF: &str = "Staff";
const LEADS: &str = "Leads";
/// The departments: each has a group.
const DEPARTMENTS: [&str; 7] = ["Engineering", "Product", "Sales", "Support", "Marketing", "Finance", "People"];
/// The departments whose groups are pushed to the demo application.
pub(super) const PUSHED: [&str; 2] = ["Engineering", "Sales"];

/// A group and the places of its members in the list of people.
pub(super) struct Team {
    pub name: &'static str,
    pub members: Vec<usize>,
}

/// The people, as an identity provider would send them.
pub(super) fn people() -> Vec<Value> {
    (1..).zip(PEOPLE).map(|(number, person)| resource(number, person)).collect()
}

fn resource(number: usize, (given, family, title, department): &(&str, &str, &str, &str)) -> Value {
    let address = format!("{}.{}@demo.example", plain(given), plain(family));
    json!({
        "schemas": [USER_URN, ENTERPRISE_URN],
        "userName": address,
        "externalId": format!("demo-{number:03}"),
        "name": {"givenName": given, "familyName": family, "formatted": format!("{given} {family}")},
        "displayName": format!("{given} {family}"),
        "title": title,
        "active": true,
        "emails": [{"value": address, "type": "work", "primary": true}],
        ENTERPRISE_URN: {"department": department, "employeeNumber": format!("{}", 1000 + number)}
    })
}

/// A name in the letters that addresses have.
fn plain(name: &str) -> String {
    let letters = name.to_lowercase();
    let letters = letters.chars().map(|letter| match letter {
        'á' => 'a',
        'é' | 'ë' => 'e',
        'ó' => 'o',
        letter => letter,
    });
    letters.filter(char::is_ascii_alphanumeric).collect()
}

/// The groups.
pub(super) fn teams() -> Vec<Team> {
    let of = |department: &str| (0..PEOPLE.len()).filter(|place| PEOPLE[*place].3 == department).collect::<Vec<_>>();
    let mut teams = vec![
        Team { name: STAFF, members: (0..PEOPLE.len()).collect() },
        Team {
            name: LEADS,
            members: DEPARTMENTS.iter().filter_map(|department| of(department).first().copied()).collect(),
        },
    ];
    teams.extend(DEPARTMENTS.map(|name| Team { name, members: of(name) }));
    teams
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn everybody_has_an_address_of_their_own_and_a_department_with_a_group() {
        let people = people();
        let names: HashSet<&str> = people.iter().map(|person| person["userName"].as_str().unwrap()).collect();
        assert_eq!((people.len(), names.len()), (60, 60));
        for name in names {
            let (local, _) = name.split_once('@').unwrap();
            assert!(local.split('.').all(|part| part.len() > 1), "{name}");
        }
        let teams = teams();
        let sizes: usize = teams[2..].iter().map(|team| team.members.len()).sum();
        assert_eq!((teams.len(), sizes, teams[1].members.len()), (9, 60, 7));
    }
}
