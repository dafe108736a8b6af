//! The schemas of RFC 7643 section 8.7 with the errata that matter, written as code so that they cannot fail
//! to parse. Kinds of mail or phone have no canonical values: we publish what we accept and store.

use super::{Attribute, ENTERPRISE_URN, GROUP_URN, Kind, Mutability, Returned, Schema, USER_URN, Uniqueness};

pub(super) fn attribute(name: &str, kind: Kind, description: &str) -> Attribute {
    Attribute {
        name: name.into(),
        kind,
        multi_valued: false,
        description: description.into(),
        required: false,
        canonical_values: Vec::new(),
        // References and bytes compare exactly (RFC 7643 sections 2.3.6 and 2.3.7).
        case_exact: matches!(kind, Kind::Reference | Kind::Binary),
        mutability: Mutability::ReadWrite,
        returned: Returned::Default,
        uniqueness: Uniqueness::None,
        reference_types: Vec::new(),
        sub_attributes: Vec::new(),
    }
}

pub(super) fn text(name: &str, description: &str) -> Attribute {
    attribute(name, Kind::String, description)
}

pub(super) fn complex(name: &str, description: &str, parts: Vec<Attribute>) -> Attribute {
    Attribute { sub_attributes: parts, ..attribute(name, Kind::Complex, description) }
}

pub(super) fn reference(name: &str, description: &str, types: &[&str]) -> Attribute {
    Attribute {
        reference_types: types.iter().map(|t| (*t).into()).collect(),
        ..attribute(name, Kind::Reference, description)
    }
}

/// A list of `{value, display, type, primary}`, the shape RFC 7643 section 2.4 gives most lists.
fn plural(name: &str, description: &str, value: Attribute) -> Attribute {
    let parts = vec![
        value,
        text("display", "A human-readable name, primarily used for display purposes."),
        text("type", "A label indicating the attribute's function, e.g., 'work' or 'home'."),
        primary(),
    ];
    complex(name, description, parts).multi()
}

fn primary() -> Attribute {
    attribute(
        "primary",
        Kind::Boolean,
        "A Boolean value indicating the preferred value. The value 'true' appears no more than once.",
    )
}

impl Attribute {
    pub(super) fn multi(self) -> Self {
        Self { multi_valued: true, ..self }
    }
    pub(super) fn required(self) -> Self {
        Self { required: true, ..self }
    }
    pub(super) fn exact(self) -> Self {
        Self { case_exact: true, ..self }
    }
    fn unique(self) -> Self {
        Self { uniqueness: Uniqueness::Server, ..self }
    }
    fn returned(self, returned: Returned) -> Self {
        Self { returned, ..self }
    }
    fn mutability(self, mutability: Mutability) -> Self {
        Self { mutability, ..self }
    }
    fn read_only(self) -> Self {
        self.mutability(Mutability::ReadOnly)
    }
}

/// The attributes of every resource (RFC 7643 section 3.1).
pub(crate) fn common() -> Vec<Attribute> {
    vec![
        reference("schemas", "The URNs of the schemas that define the resource.", &["uri"])
            .multi()
            .required()
            .returned(Returned::Always),
        text("id", "The server's identifier of the resource.").exact().read_only().unique().returned(Returned::Always),
        text("externalId", "The provisioning client's identifier of the resource.").exact(),
        complex(
            "meta",
            "Facts about the resource, kept by the server.",
            vec![
                text("resourceType", "The name of the resource type.").exact().read_only(),
                attribute("created", Kind::DateTime, "When the resource was added.").read_only(),
                attribute("lastModified", Kind::DateTime, "When the resource last changed.").read_only(),
                reference("location", "The URI of the resource.", &["uri"]).read_only(),
                text("version", "The entity tag of the resource.").exact().read_only(),
            ],
        )
        .read_only(),
    ]
}

/// RFC 7643 section 4.1.
pub(crate) fn user() -> Schema {
    let mut attributes = person();
    attributes.extend(lists());
    Schema { id: USER_URN.into(), name: "User".into(), description: "User Account".into(), attributes }
}

fn person() -> Vec<Attribute> {
    vec![
        text(
            "userName",
            "Unique identifier for the User, typically used by the user to directly authenticate to the service provider.",
        )
        .required()
        .unique(),
        complex(
            "name",
            "The components of the user's real name.",
            vec![
                text("formatted", "The full name, formatted for display."),
                text("familyName", "The family name, or last name in most Western languages."),
                text("givenName", "The given name, or first name in most Western languages."),
                text("middleName", "The middle name(s)."),
                text("honorificPrefix", "The honorific prefix(es), or title."),
                text("honorificSuffix", "The honorific suffix(es)."),
            ],
        ),
        text("displayName", "The name of the User, suitable for display to end-users."),
        text("nickName", "The casual way to address the user in real life."),
        reference("profileUrl", "A URL of the User's online profile.", &["external"]),
        text("title", "The user's title, such as \"Vice President.\""),
        text("userType", "The relationship between the organization and the user."),
        text("preferredLanguage", "The User's preferred written or spoken language."),
        text("locale", "The User's default location for localizing items such as currency."),
        text("timezone", "The User's time zone in the 'Olson' format, e.g., 'America/Los_Angeles'."),
        attribute("active", Kind::Boolean, "A Boolean value indicating the User's administrative status."),
        text("password", "The User's cleartext password. Accepted, never returned.")
            .exact()
            .mutability(Mutability::WriteOnly)
            .returned(Returned::Never),
    ]
}

fn lists() -> Vec<Attribute> {
    vec![
        plural("emails", "Email addresses for the user.", text("value", "The address.")),
        plural("phoneNumbers", "Phone numbers for the User.", text("value", "The number.")),
        plural("ims", "Instant messaging addresses for the User.", text("value", "The address.")),
        plural("photos", "URLs of photos of the User.", reference("value", "The URL of a photo.", &["external"])),
        complex(
            "addresses",
            "Physical mailing addresses for this User.",
            vec![
                text("formatted", "The full mailing address, formatted for display."),
                text("streetAddress", "The street address, which may contain newlines."),
                text("locality", "The city or locality."),
                text("region", "The state or region."),
                text("postalCode", "The zip code or postal code."),
                text("country", "The country name."),
                text("type", "A label indicating the attribute's function, e.g., 'work' or 'home'."),
                primary(),
            ],
        )
        .multi(),
        complex(
            "groups",
            "The groups to which the user belongs. Changed through the groups.",
            vec![
                text("value", "The identifier of the group.").exact().read_only(),
                reference("$ref", "The URI of the group.", &["Group"]).read_only(),
                text("display", "The name of the group.").read_only(),
                text("type", "'direct' or 'indirect'.").read_only(),
            ],
        )
        .multi()
        .read_only(),
        plural("entitlements", "Things the User is entitled to.", text("value", "The entitlement.")),
        plural("roles", "Roles of the User.", text("value", "The role.")),
        plural(
            "x509Certificates",
            "Certificates issued to the User.",
            attribute("value", Kind::Binary, "A DER-encoded X.509 certificate in base64."),
        ),
    ]
}

/// RFC 7643 section 4.3.
pub(crate) fn enterprise_user() -> Schema {
    Schema {
        id: ENTERPRISE_URN.into(),
        name: "EnterpriseUser".into(),
        description: "Enterprise User".into(),
        attributes: vec![
            text("employeeNumber", "Identifier assigned to a person by the organization."),
            text("costCenter", "The name of a cost center."),
            text("organization", "The name of an organization."),
            text("division", "The name of a division."),
            text("department", "The name of a department."),
            complex(
                "manager",
                "The User's manager.",
                vec![
                    text("value", "The id of the User's manager.").exact(),
                    reference("$ref", "The URI of the manager.", &["User"]),
                    text("displayName", "The displayName of the manager.").read_only(),
                ],
            ),
        ],
    }
}

/// RFC 7643 section 4.2; `displayName` is required (erratum 5368).
pub(crate) fn group() -> Schema {
    Schema {
        id: GROUP_URN.into(),
        name: "Group".into(),
        description: "Group".into(),
        attributes: vec![
            text("displayName", "A human-readable name for the Group.").required().unique(),
            complex(
                "members",
                "The members of the Group.",
                vec![
                    text("value", "The id of the member.").exact().required().mutability(Mutability::Immutable),
                    reference("$ref", "The URI of the member.", &["User", "Group"]).mutability(Mutability::Immutable),
                    Attribute {
                        canonical_values: vec!["User".into(), "Group".into()],
                        ..text("type", "The type of the member, 'User' or 'Group'.").mutability(Mutability::Immutable)
                    },
                    text("display", "The name of the member.").read_only(),
                ],
            )
            .multi(),
        ],
    }
}
