//! What outside the definitions relies on an attribute: mappings of applications, and the rules by which sources join.

use scim::Schema;
use uuid::Uuid;

use crate::{Error, Tx, application::ApplicationSettings, db::args, error::stored, mapping::MappingRow, source};

/// Attributes that would be gone, or no longer what others take them for.
pub(super) struct Lost<'a> {
    /// The URN of their schema.
    pub urn: &'a str,
    /// Their names.
    pub names: Vec<&'a str>,
    /// The paths, parts included, that would no longer be unique.
    pub unique: Vec<String>,
}

impl<'a> Lost<'a> {
    /// The names that `before` has and `after` has not.
    pub fn names(before: &'a Schema, after: &Schema) -> Vec<&'a str> {
        let kept = |name: &str| after.attributes.iter().any(|attribute| attribute.name == name);
        before.attributes.iter().map(|attribute| attribute.name.as_str()).filter(|name| !kept(name)).collect()
    }

    /// # Errors
    /// `InUse`, naming every application and source that relies on one of them.
    pub async fn check(&self, tx: &mut Tx) -> Result<(), Error> {
        let mut uses = Vec::new();
        if !self.names.is_empty() {
            self.mappings(tx, &mut uses).await?;
        }
        if !self.unique.is_empty() {
            for source in source::list(tx).await? {
                let rule = source.settings.join_attribute.as_deref();
                if let Some(path) = rule.filter(|rule| self.unique.iter().any(|path| path == rule)) {
                    uses.push(format!("the source {} joins people by {path}", source.name));
                }
            }
        }
        if uses.is_empty() {
            return Ok(());
        }
        let count = i64::try_from(uses.len()).unwrap_or(i64::MAX);
        let detail = format!("{} is in use: {}. Change that first", self.urn, uses.join("; "));
        Err(Error::InUse { detail, count })
    }

    /// Mappings that count, or are to.
    async fn mappings(&self, tx: &mut Tx, uses: &mut Vec<String>) -> Result<(), Error> {
        let tenant = tx.tenant().id();
        let rows: Vec<(String, String, Uuid, String)> = tx
            .rows(
                "SELECT a.name, v.state, a.id, v.settings FROM applications a JOIN application_versions v
                 ON v.tenant = a.tenant AND v.application = a.id
                 WHERE a.tenant = $1 AND v.state IN ('draft', 'current') ORDER BY a.name, v.state",
                args![tenant],
            )
            .await?;
        for (name, state, id, settings) in rows {
            let settings: ApplicationSettings = stored("application_versions", id, &settings)?;
            let named = settings.mapping.rows.iter().find_map(|row| self.named_in(row));
            if let Some(attribute) = named {
                uses.push(format!("the {state} mapping of {name} has {attribute}"));
            }
        }
        Ok(())
    }

    /// The attribute that a row writes or reads. An expression can name it in many ways; all of them spell its URN, and
    /// then its name.
    fn named_in(&self, row: &MappingRow) -> Option<&'a str> {
        let target = row.to.get(..self.urn.len()).filter(|urn| urn.eq_ignore_ascii_case(self.urn));
        let rest = target.and_then(|_| row.to[self.urn.len()..].strip_prefix(':'));
        let target = rest.map(|rest| rest.split(['.', '[']).next().unwrap_or_default());
        let read = row.expression.split(self.urn).skip(1).map(|behind| {
            let begin = behind.find(|letter: char| letter.is_alphanumeric()).unwrap_or(behind.len());
            let name = &behind[begin..];
            &name[..name.find(|letter: char| !letter.is_alphanumeric() && !"-_".contains(letter)).unwrap_or(name.len())]
        });
        let mut named = target.into_iter().chain(read);
        named.find_map(|named| self.names.iter().copied().find(|name| name.eq_ignore_ascii_case(named)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_name_what_they_write_and_read() {
        let lost = Lost { urn: "urn:acme:User", names: vec!["badge", "desk"], unique: Vec::new() };
        let named = |to: &str, expression: &str| lost.named_in(&MappingRow::new(to, expression));
        assert_eq!(named("title", "user.title"), None);
        assert_eq!(named("urn:ACME:User:Badge", "user.title"), Some("badge"));
        assert_eq!(named("urn:acme:User:desk.floor", "user.title"), Some("desk"));
        assert_eq!(named("urn:acme:User:other", "user['urn:acme:User'].other"), None);
        assert_eq!(named("title", "user['urn:acme:User'].badge"), Some("badge"));
        assert_eq!(named("title", "string(user[\"urn:acme:User\"]['desk'].floor)"), Some("desk"));
        assert_eq!(named("title", "user['urn:acme:Users'].other + user['urn:acme:User'].desk.floor"), Some("desk"));
    }
}
