//! What an administrator decides about a source, and in which order sources are asked.

use scim::{AttrPath, ENTERPRISE_URN, Object, Tolerance, Unknown, fold};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, collections::HashMap};
use uuid::Uuid;

use super::{LOCAL_RANK, Source, SourceKind, find, list};
use crate::{
    Directory, Error, Kind, Millis, Tenant,
    audit::{self, Actor, Entry},
    chore::{self, Chore},
    db::{args, transaction},
    error::to_text,
    join::is_extension,
    schema::Definitions,
    values,
};

/// The exact rule by which a new record finds its user.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum JoinRule {
    /// The user with the same `userName`, caseless.
    #[default]
    UserName,
    /// The only user with the same `externalId`.
    ExternalId,
    /// The only user with the same value of [`SourceSettings::join_attribute`].
    Attribute,
    /// Nobody: every record makes a user of its own.
    Never,
}

/// Whom records may join.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MayJoin {
    /// People of other sources. Local people are out of reach.
    #[default]
    Sourced,
    /// Local people too.
    All,
}

/// What becomes of a user when the last source that had the person deletes its record.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OnDelete {
    /// The user goes too.
    #[default]
    Delete,
    /// The user is deactivated after the source's delay, and kept.
    Deactivate,
    /// The user stays as last known.
    Ignore,
}

/// What happens with a group's member that the source has no record of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum UnknownMembers {
    /// It is kept as pending, and becomes a member when its record arrives: clients push in any order. It may be named
    /// by the record's id, its `externalId`, or a user's `userName`.
    #[default]
    Pending,
    /// 400 `invalidValue`, and nothing of the request is done.
    Refuse,
}

/// The longest deactivation delay in minutes: 90 days.
pub const LONGEST_DELAY: i64 = 129_600;

/// What an administrator decides about a source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub struct SourceSettings {
    /// How a new record finds its user.
    pub join: JoinRule,
    /// The attribute of [`JoinRule::Attribute`]: `employeeNumber` of the enterprise extension, or one of users that is
    /// defined as unique.
    pub join_attribute: Option<String>,
    /// When the exact rule finds nobody: the only user with one of the record's e-mail addresses. Whoever can set an
    /// address in the source can take over that person's user, so it is off unless switched on.
    pub join_by_email: bool,
    /// Whom records may join.
    pub may_join: MayJoin,
    /// What the source's DELETE of a person does to the user.
    pub on_delete: OnDelete,
    /// For how many minutes a person whom the source no longer has active is only blocked, 0 to [`LONGEST_DELAY`].
    pub deactivation_delay: i64,
    /// Whether a person who arrives inactive becomes a (pending) user at once, or only when active.
    pub create_inactive: bool,
    /// The attributes that the source may state; `None`: all. `userName` always counts.
    pub attributes: Option<Vec<String>>,
    /// Which deviations from the RFC are let through.
    pub tolerance: Tolerance,
    /// What happens with members that have no record.
    pub unknown_members: UnknownMembers,
}

impl Default for SourceSettings {
    fn default() -> SourceSettings {
        SourceSettings {
            join: JoinRule::default(),
            join_attribute: None,
            join_by_email: false,
            may_join: MayJoin::default(),
            on_delete: OnDelete::default(),
            deactivation_delay: 0,
            create_inactive: true,
            attributes: None,
            tolerance: Tolerance::default(),
            unknown_members: UnknownMembers::default(),
        }
    }
}

/// Settings as they stand in the database, from any release.
#[derive(Deserialize)]
#[serde(default)]
struct Stored {
    join: StoredRule,
    join_attribute: Option<String>,
    join_by_email: bool,
    may_join: MayJoin,
    on_delete: OnDelete,
    deactivation_delay: i64,
    create_inactive: bool,
    attributes: Option<Vec<String>>,
    tolerance: Tolerance,
    unknown_members: UnknownMembers,
}

/// Release 0.1 knew joining by e-mail as a rule of its own.
#[derive(Clone, Copy, Deserialize)]
#[serde(untagged)]
enum StoredRule {
    Rule(JoinRule),
    Email(Email),
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Email {
    Email,
}

impl Default for Stored {
    fn default() -> Stored {
        let SourceSettings {
            join,
            join_attribute,
            join_by_email,
            may_join,
            on_delete,
            deactivation_delay,
            create_inactive,
            attributes,
            tolerance,
            unknown_members,
        } = SourceSettings::default();
        let join = StoredRule::Rule(join);
        Stored {
            join,
            join_attribute,
            join_by_email,
            may_join,
            on_delete,
            deactivation_delay,
            create_inactive,
            attributes,
            tolerance,
            unknown_members,
        }
    }
}

impl From<Stored> for SourceSettings {
    fn from(stored: Stored) -> SourceSettings {
        let (join, by_email) = match stored.join {
            StoredRule::Rule(rule) => (rule, false),
            StoredRule::Email(Email::Email) => (JoinRule::Never, true),
        };
        SourceSettings {
            join,
            join_attribute: stored.join_attribute,
            join_by_email: stored.join_by_email || by_email,
            may_join: stored.may_join,
            on_delete: stored.on_delete,
            deactivation_delay: stored.deactivation_delay,
            create_inactive: stored.create_inactive,
            attributes: stored.attributes,
            tolerance: stored.tolerance,
            unknown_members: stored.unknown_members,
        }
    }
}

/// The attribute that [`JoinRule::Attribute`] names, as schemas spell it: the enterprise extension's `employeeNumber`, or
/// one of users that an administrator defined with `uniqueness` at `server` or `global`. All have rows in the index of
/// every user's profile, so whom a record means is one look.
///
/// # Errors
/// `Invalid`, with the attributes that there are.
fn joinable(attribute: &str, definitions: &Definitions) -> Result<String, Error> {
    let of = definitions.of(Kind::User);
    let named = attribute.trim().parse::<AttrPath>().ok().and_then(|path| path.resolve(&of.rt));
    let known = || std::iter::once(values::JOINABLE).chain(of.unique_paths());
    match named.map(|path| path.to_string()) {
        Some(path) if known().any(|known| known == path) => Ok(path),
        _ => {
            let known: Vec<&str> = known().collect();
            Err(Error::invalid(format!(
                "joinAttribute: {attribute:?} must be one of {}, or of users and defined as unique",
                known.join(", ")
            )))
        }
    }
}

/// Whether any resource has an attribute of this name, or an extension: as [`SourceSettings::may_state`] reads it.
fn is_attribute(name: &str, definitions: &Definitions) -> bool {
    definitions.each().any(|of| {
        let Ok(path) = name.parse::<AttrPath>() else { return false };
        let found = path.resolve(&of.rt);
        of.rt.extension(name).is_some()
            || path.sub.is_none() && found.is_some_and(|found| found.schema.is_some() == path.schema.is_some())
    })
}

impl SourceSettings {
    /// The settings as they are stored: names of attributes as schemas spell them.
    ///
    /// # Errors
    /// `Invalid`, with the setting's name and what it may be.
    pub fn checked(&self, definitions: &Definitions) -> Result<SourceSettings, Error> {
        let mut settings = self.clone();
        if !(0..=LONGEST_DELAY).contains(&settings.deactivation_delay) {
            return Err(Error::invalid(format!(
                "deactivationDelay: {} is not between 0 and {LONGEST_DELAY} minutes",
                settings.deactivation_delay
            )));
        }
        match (settings.join, &settings.join_attribute) {
            (JoinRule::Attribute, attribute) => {
                let attribute = joinable(attribute.as_deref().unwrap_or_default(), definitions)?;
                settings.join_attribute = Some(attribute);
            }
            (_, None) => {}
            (_, Some(_)) => return Err(Error::invalid("joinAttribute: it needs join to be \"attribute\"")),
        }
        if let Some(attributes) = &mut settings.attributes {
            for name in attributes.iter_mut() {
                let trimmed = name.trim();
                if trimmed.is_empty() || trimmed.contains(['[', ' ']) {
                    return Err(Error::invalid(format!(
                        "attributes: {name:?} is no attribute such as title, name or {ENTERPRISE_URN}:department"
                    )));
                }
                if settings.tolerance.unknown_attributes != Unknown::Store && !is_attribute(trimmed, definitions) {
                    return Err(Error::invalid(format!(
                        "attributes: no schema has {trimmed:?}, and whoever is stated only that has nothing but a name"
                    )));
                }
                *name = trimmed.to_owned();
            }
            attributes.sort();
            attributes.dedup();
        }
        Ok(settings)
    }

    /// The delay in milliseconds.
    pub(crate) fn delay(&self) -> Millis {
        self.deactivation_delay * 60_000
    }

    /// Whether the source may state an attribute of the core schema, or (`urn:…:attribute`) of an extension.
    pub fn may_state(&self, schema: Option<&str>, attribute: &str) -> bool {
        let Some(allowed) = &self.attributes else { return true };
        let named = |name: &str| match schema {
            None => name.eq_ignore_ascii_case(attribute),
            Some(urn) => name.eq_ignore_ascii_case(urn) || name.eq_ignore_ascii_case(&format!("{urn}:{attribute}")),
        };
        (schema.is_none() && matches!(attribute, "userName" | "schemas")) || allowed.iter().any(|name| named(name))
    }

    /// What of a document counts: the source still sees all of it.
    pub(crate) fn counted<'a>(&self, document: &'a Object) -> Cow<'a, Object> {
        if self.attributes.is_none() {
            return Cow::Borrowed(document);
        }
        let mut counted = Object::new();
        for (name, value) in document {
            match value.as_object().filter(|_| is_extension(name)) {
                Some(extension) => {
                    let kept: Object = extension
                        .iter()
                        .filter(|(attribute, _)| self.may_state(Some(name), attribute))
                        .map(|(attribute, value)| (attribute.clone(), value.clone()))
                        .collect();
                    if !kept.is_empty() {
                        counted.insert(name.clone(), kept.into());
                    }
                }
                None if self.may_state(None, name) => {
                    counted.insert(name.clone(), value.clone());
                }
                None => {}
            }
        }
        if let Some(serde_json::Value::Array(schemas)) = counted.get("schemas").cloned() {
            let here = |urn: &serde_json::Value| {
                urn.as_str().is_none_or(|urn| document.get(urn).is_none() || counted.contains_key(urn))
            };
            let schemas: Vec<_> = schemas.into_iter().filter(here).collect();
            counted.insert("schemas".into(), schemas.into());
        }
        Cow::Owned(counted)
    }
}

impl Directory {
    /// Change what an administrator decides about a source. Who joined how stays; what the source's people are said
    /// to be is worked out anew in the background when the allowed attributes differ.
    ///
    /// # Errors
    /// `Changed` when `version` is not the source's version any more, `Invalid` for settings that make no sense.
    pub async fn set_source_settings(
        &self,
        tenant: Tenant,
        actor: &Actor,
        id: Uuid,
        version: Option<i64>,
        settings: &SourceSettings,
    ) -> Result<Source, Error> {
        let set = transaction!(self.db, tenant, tx => {
            let settings = settings.checked(&*self.definitions_by(tx).await?)?;
            let now = self.clock.now();
            let before = find(tx, &id.to_string()).await?;
            before.must_live()?;
            let version = version.unwrap_or(before.version);
            let changed = tx
                .execute(
                    "UPDATE sources SET settings = $1, version = version + 1, modified_at = $2
                     WHERE tenant = $3 AND id = $4 AND version = $5",
                    args![to_text(&settings), now, tenant.id(), id, version],
                )
                .await?;
            if changed == 0 {
                return Err(Error::Changed { what: "the source" });
            }
            let detail = serde_json::json!({"settings": [before.settings, settings]});
            let entry = Entry { id: self.clock.id(), at: now, action: "update", object_kind: "source", object: id, object_name: &before.name, detail: Some(detail) };
            audit::record(tx, actor, entry).await?;
            if before.settings.attributes != settings.attributes {
                chore::begin(tx, Chore::Rejoin, id, None, actor, now).await?;
            }
            find(tx, &id.to_string()).await
        });
        self.bell.notify_one();
        set
    }

    /// Put the sources in order, by name or id: where several state an attribute, the first one's value counts.
    /// People whom the change concerns are joined anew in the background.
    ///
    /// # Errors
    /// `Invalid` unless every source is named exactly once.
    pub async fn order_sources(&self, tenant: Tenant, actor: &Actor, order: &[String]) -> Result<Vec<Source>, Error> {
        let ordered = transaction!(self.db, tenant, tx => {
            let now = self.clock.now();
            let before = list(tx).await?;
            let mut places = HashMap::new();
            for name in order {
                let found = before.iter().find(|source| source.id.to_string() == *name || fold::fold(&source.name) == fold::fold(name));
                let source = found.ok_or_else(|| Error::not_found("source", name))?;
                let place = i64::try_from(places.len()).unwrap_or(i64::MAX) + 1;
                // At the end, the local source stays behind those that are yet to be made.
                let last = source.kind == SourceKind::Local && order.len() == before.len() && places.len() + 1 == before.len();
                let place = if last { LOCAL_RANK } else { place };
                if places.insert(source.id, place).is_some() {
                    return Err(Error::invalid(format!("{:?} is named twice", source.name)));
                }
            }
            if let Some(left) = before.iter().find(|source| !places.contains_key(&source.id)) {
                return Err(Error::invalid(format!("{:?} is left out: name every source once", left.name)));
            }
            // Whoever changed places with another: the people of all but one of them cover everybody concerned.
            let overtakes = |a: &Source, b: &Source| (a.rank < b.rank) != (places[&a.id] < places[&b.id]);
            let moved: Vec<&Source> =
                before.iter().filter(|a| before.iter().any(|b| a.id != b.id && overtakes(a, b))).collect();
            for source in &before {
                if source.rank == places[&source.id] {
                    continue;
                }
                tx.execute(
                    "UPDATE sources SET rank = $1, version = version + 1, modified_at = $2 WHERE tenant = $3 AND id = $4",
                    args![places[&source.id], now, tenant.id(), source.id],
                )
                .await?;
            }
            for source in &moved {
                let detail = serde_json::json!({"rank": [source.rank, places[&source.id]]});
                let entry = Entry { id: self.clock.id(), at: now, action: "update", object_kind: "source", object: source.id, object_name: &source.name, detail: Some(detail) };
                audit::record(tx, actor, entry).await?;
                chore::begin(tx, Chore::Rejoin, source.id, None, actor, now).await?;
            }
            list(tx).await
        });
        self.bell.notify_one();
        ordered
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn object(value: Value) -> Object {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn settings_of_the_first_release_are_understood() {
        let read = |text: &str| serde_json::from_str::<SourceSettings>(text);
        assert_eq!(read("{}").ok(), Some(SourceSettings::default()));
        assert_eq!(read("{\"join\":\"userName\"}").ok(), Some(SourceSettings::default()));
        let by_email = SourceSettings { join: JoinRule::Never, join_by_email: true, ..SourceSettings::default() };
        assert_eq!(read("{\"join\":\"email\"}").ok(), Some(by_email.clone()));
        assert_eq!(read(&to_text(&by_email)).ok(), Some(by_email));
        assert!(read("{\"join\":\"telepathy\"}").is_err());
    }

    #[test]
    fn only_allowed_attributes_count() {
        let document =
            object(json!({"schemas": [scim::USER_URN, ENTERPRISE_URN], "userName": "ana", "title": "Engineer",
            "active": false, ENTERPRISE_URN: {"department": "R&D", "division": "EU"}}));
        let with = |attributes: &[&str]| {
            let attributes = Some(attributes.iter().map(|name| (*name).to_owned()).collect());
            let settings = SourceSettings { attributes, ..SourceSettings::default() };
            Value::Object(settings.counted(&document).into_owned())
        };
        assert_eq!(with(&[]), json!({"schemas": [scim::USER_URN], "userName": "ana"}));
        assert_eq!(
            with(&["TITLE", &format!("{ENTERPRISE_URN}:department")]),
            json!({"schemas": [scim::USER_URN, ENTERPRISE_URN], "userName": "ana", "title": "Engineer",
                ENTERPRISE_URN: {"department": "R&D"}})
        );
        assert_eq!(with(&[ENTERPRISE_URN])[ENTERPRISE_URN], json!({"department": "R&D", "division": "EU"}));
        assert_eq!(Value::Object(SourceSettings::default().counted(&document).into_owned()), Value::Object(document));
    }

    #[test]
    fn settings_that_make_no_sense_are_refused() {
        let settings = SourceSettings::default();
        for bad in [
            SourceSettings { deactivation_delay: -1, ..settings.clone() },
            SourceSettings { deactivation_delay: LONGEST_DELAY + 1, ..settings.clone() },
            SourceSettings { join: JoinRule::Attribute, ..settings.clone() },
            SourceSettings { join: JoinRule::Attribute, join_attribute: Some("title".into()), ..settings.clone() },
            SourceSettings { join_attribute: Some("externalId".into()), ..settings.clone() },
            SourceSettings { attributes: Some(vec!["emails[type eq \"work\"]".into()]), ..settings.clone() },
        ] {
            assert!(bad.checked(&Definitions::standard()).is_err(), "{bad:?}");
        }
        assert!(
            SourceSettings { deactivation_delay: LONGEST_DELAY, ..settings }.checked(&Definitions::standard()).is_ok()
        );
    }
}
