//! Changes of a tenant's definitions by its administrators. What would make stored data wrong is refused, with the
//! number of resources in the way; everything else takes effect with the next request.

use std::sync::Arc;

use scim::{ENTERPRISE_URN, GROUP_URN, ResourceType, Schema, USER_URN};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Definitions, FIRST_CUSTOM, RecordType, StoredExtension, StoredType, is_built_in, load,
    narrow::{Census, Obstacles},
    uses::Lost,
};
use crate::{
    Directory, Error, Kind, Millis, Tenant, Tx,
    audit::{self, Actor, Entry},
    db::{args, transaction},
    error::to_text,
};

impl Directory {
    /// Define a schema.
    ///
    /// # Errors
    /// `invalidValue` when it cannot be enforced, `Taken` when there is one with this URN.
    pub async fn add_schema(&self, tenant: Tenant, actor: &Actor, schema: &Schema) -> Result<(), Error> {
        schema.check()?;
        transaction!(self.db, tenant, tx => {
            let change = self.begin(tx, actor).await?;
            if change.found.schema(&schema.id).is_some() {
                return Err(Error::Taken { what: "schema", name: schema.id.clone() });
            }
            change.check_urn(&schema.id)?;
            let (id, key) = (self.clock.id(), schema.id.to_ascii_lowercase());
            change.tx.execute(
                "INSERT INTO schemas (tenant, id, urn_key, version, created_at, modified_at, doc) VALUES ($1, $2, $3, 1, $4, $4, $5)",
                args![tenant.id(), id, key, change.now, to_text(schema)],
            )
            .await
            .map_err(|error| Error::taken(error, "schema", &schema.id))?;
            change.end("create", "schema", id, &schema.id, json!([null, schema])).await
        })
    }

    /// Give a schema another definition; with `version`, only if it still has that one.
    ///
    /// # Errors
    /// `Changed` when it has not, `InUse` when resources would be wrong by it or something relies on what would be
    /// gone; `Forbidden` for those of the RFC.
    pub async fn set_schema(
        &self,
        tenant: Tenant,
        actor: &Actor,
        urn: &str,
        version: Option<i64>,
        schema: &Schema,
    ) -> Result<(), Error> {
        transaction!(self.db, tenant, tx => {
            let mut change = self.begin(tx, actor).await?;
            let (id, before) = change.own_schema(urn)?;
            let present = change.found.schemas.iter().find(|found| found.id == id).map(|found| found.version);
            if version.is_some() && version != present {
                return Err(Error::Changed { what: "the schema" });
            }
            if schema.id != before.id {
                return Err(Error::invalid(format!("the URN of {} can't be changed: define another schema", before.id)));
            }
            schema.check()?;
            if *before == *schema {
                return Ok(());
            }
            change.narrow(&before, schema).await?;
            change.tx.execute(
                "UPDATE schemas SET doc = $1, version = version + 1, modified_at = $2 WHERE tenant = $3 AND id = $4",
                args![to_text(schema), change.now, tenant.id(), id],
            )
            .await?;
            change.end("update", "schema", id, &schema.id, json!([*before, schema])).await
        })
    }

    /// Remove a schema that no resource type has a part of, and no mapping.
    ///
    /// # Errors
    /// `InUse` when one has, with the number of resources that hold something of it; `Forbidden` for those of the RFC.
    pub async fn remove_schema(&self, tenant: Tenant, actor: &Actor, urn: &str) -> Result<(), Error> {
        transaction!(self.db, tenant, tx => {
            let change = self.begin(tx, actor).await?;
            let (id, before) = change.own_schema(urn)?;
            let (mut types, mut count) = (Vec::new(), 0);
            for of in change.found.having(&before.id) {
                types.push(of.rt.name.as_str());
                let census = Census { of };
                count += match of.rt.schema.id == before.id {
                    true => census.all(change.tx).await?,
                    false => census.holding_extension(change.tx, &before.id).await?,
                };
            }
            if !types.is_empty() {
                let types = types.join(" and ");
                let detail = format!("{} is a schema of {types} ({count} resources have it): take it from there first", before.id);
                return Err(Error::InUse { detail, count });
            }
            let names = before.attributes.iter().map(|attribute| attribute.name.as_str()).collect();
            Lost { urn: &before.id, names, unique: Vec::new() }.check(change.tx).await?;
            change.tx.execute("DELETE FROM schemas WHERE tenant = $1 AND id = $2", args![tenant.id(), id]).await?;
            change.end("delete", "schema", id, &before.id, json!([*before, null])).await
        })
    }

    /// Define a resource type.
    ///
    /// # Errors
    /// `invalidValue` when it cannot be served, `NotFound` for schemas that are not defined, `Taken` for a name or an
    /// endpoint that another type has.
    pub async fn add_resource_type(&self, tenant: Tenant, actor: &Actor, new: &StoredType) -> Result<(), Error> {
        transaction!(self.db, tenant, tx => {
            let mut change = self.begin(tx, actor).await?;
            if change.found.named(&new.name).is_some() {
                return Err(Error::Taken { what: "resource type", name: new.name.clone() });
            }
            let (id, new) = (self.clock.id(), change.own_type(new)?);
            let last = change.found.each().map(|found| found.kind.code()).max().unwrap_or(0);
            change.insert(id, Kind::Custom(FIRST_CUSTOM.max(last + 1)), &new).await?;
            change.end("create", "resource_type", id, &new.name, json!([null, new])).await
        })
    }

    /// Give a resource type another definition; of users and groups only the extensions count. With `version`, only if
    /// it still has that one.
    ///
    /// # Errors
    /// As [`Directory::add_resource_type`]; `Changed` when it has another version, `InUse` when resources would be
    /// wrong by it or a source's rule relies on what would be gone.
    pub async fn set_resource_type(
        &self,
        tenant: Tenant,
        actor: &Actor,
        name: &str,
        version: Option<i64>,
        new: &StoredType,
    ) -> Result<(), Error> {
        transaction!(self.db, tenant, tx => {
            let mut change = self.begin(tx, actor).await?;
            let found = Arc::clone(&change.found);
            let before = found.named(name).ok_or_else(|| Error::not_found("resource type", name))?;
            if version.is_some_and(|version| version != before.version) {
                return Err(Error::Changed { what: "the resource type" });
            }
            let (of, old) = (&*before.what, StoredType::of(&before.what.rt));
            let new = if of.is_custom() { change.own_type(new)? } else { change.extended(of, new)? };
            if new == old {
                return Ok(());
            }
            change.narrow_type(of, &old, &new).await?;
            let id = if before.version == 0 { self.clock.id() } else { before.id };
            if before.version == 0 {
                change.insert(id, of.kind, &new).await?;
            } else {
                change.tx.execute(
                    "UPDATE resource_types SET doc = $1, endpoint_key = $2, version = version + 1, modified_at = $3 WHERE tenant = $4 AND id = $5",
                    args![to_text(&new), new.endpoint.to_ascii_lowercase(), change.now, tenant.id(), id],
                )
                .await
                .map_err(|error| Error::taken(error, "endpoint", &new.endpoint))?;
            }
            change.end("update", "resource_type", id, &new.name, json!([old, new])).await
        })
    }

    /// Remove a resource type that has no resources.
    ///
    /// # Errors
    /// `InUse` when it has, `Forbidden` for users and groups.
    pub async fn remove_resource_type(&self, tenant: Tenant, actor: &Actor, name: &str) -> Result<(), Error> {
        transaction!(self.db, tenant, tx => {
            let change = self.begin(tx, actor).await?;
            let found = Arc::clone(&change.found);
            let before = found.named(name).ok_or_else(|| Error::not_found("resource type", name))?;
            let (id, old) = (before.id, StoredType::of(&before.what.rt));
            if !before.what.is_custom() {
                return Err(Error::Forbidden(format!("{} belongs to the standard and stays", old.name)));
            }
            let mut obstacles = Obstacles::default();
            obstacles.add(Census { of: &before.what }.all(change.tx).await?, &old.name, "are there");
            obstacles.check()?;
            change.tx.execute("DELETE FROM resource_types WHERE tenant = $1 AND id = $2", args![tenant.id(), id]).await?;
            change.end("delete", "resource_type", id, &old.name, json!([old, null])).await
        })
    }

    /// Keep every write of the tenant, and every other change of its definitions, waiting until this one has ended.
    async fn begin<'a>(&self, tx: &'a mut Tx, actor: &'a Actor) -> Result<Change<'a>, Error> {
        if tx.locking() {
            let tenant = tx.tenant().id();
            tx.row::<(Uuid,)>("SELECT id FROM tenants WHERE id = $1 FOR UPDATE", args![tenant]).await?;
        }
        let found = load(tx).await?;
        Ok(Change { tx, found, actor, cause: self.clock.id(), now: self.clock.now() })
    }
}

/// A change under way: the definitions it found, and who makes it.
struct Change<'a> {
    tx: &'a mut Tx,
    found: Arc<Definitions>,
    actor: &'a Actor,
    cause: Uuid,
    now: Millis,
}

impl Change<'_> {
    /// Let every node know, and leave an entry in the audit trail: what was defined, and what is.
    async fn end(
        self,
        action: &'static str,
        object_kind: &'static str,
        object: Uuid,
        object_name: &str,
        definition: Value,
    ) -> Result<(), Error> {
        let tenant = self.tx.tenant().id();
        self.tx.execute("UPDATE tenants SET definitions = definitions + 1 WHERE id = $1", args![tenant]).await?;
        let detail = Some(json!({ "definition": definition }));
        let entry = Entry { id: self.cause, at: self.now, action, object_kind, object, object_name, detail };
        audit::record(self.tx, self.actor, entry).await
    }

    /// A path is cut at its last colon, so no URN may be another one with something behind a colon.
    fn check_urn(&self, urn: &str) -> Result<(), Error> {
        let within = |inner: &str, outer: &str| {
            inner.get(..outer.len()).is_some_and(|head| head.eq_ignore_ascii_case(outer))
                && inner[outer.len()..].starts_with(':')
        };
        let own = self.found.schemas.iter().map(|found| found.what.id.as_str());
        match own.chain([ENTERPRISE_URN]).find(|other| within(urn, other) || within(other, urn)) {
            Some(other) => Err(scim::Error::invalid_value(format!(
                "{urn} and {other} can't both be schemas: a path could mean an attribute of either"
            ))
            .into()),
            None => Ok(()),
        }
    }

    /// A schema that an administrator defined, and its id.
    fn own_schema(&self, urn: &str) -> Result<(Uuid, Arc<Schema>), Error> {
        if is_built_in(urn) {
            return Err(Error::Forbidden(format!("{urn} belongs to the standard and can't be changed")));
        }
        let found = self.found.schemas.iter().find(|found| found.what.id.eq_ignore_ascii_case(urn));
        found.map(|found| (found.id, Arc::clone(&found.what))).ok_or_else(|| Error::not_found("schema", urn))
    }

    /// A type of the administrator's own, with URNs in their canonical case.
    fn own_type(&self, new: &StoredType) -> Result<StoredType, Error> {
        let rt = self.found.resource_type(new)?;
        rt.check()?;
        check_parts(&rt)?;
        if [USER_URN, GROUP_URN].contains(&rt.schema.id.as_str()) {
            let detail = format!("{} is what users and groups are made of: {} needs another", rt.schema.id, rt.name);
            return Err(scim::Error::invalid_value(detail).into());
        }
        Ok(StoredType::of(&rt))
    }

    /// Users or groups with the extensions that were asked for, besides those of the standard.
    fn extended(&self, of: &RecordType, new: &StoredType) -> Result<StoredType, Error> {
        let mut wanted = StoredType::of(of.kind.standard_type());
        for extension in &new.schema_extensions {
            let known =
                wanted.schema_extensions.iter().find(|known| known.schema.eq_ignore_ascii_case(&extension.schema));
            match known {
                Some(known) if known.required != extension.required => {
                    let detail = format!("{} belongs to the standard and stays optional", known.schema);
                    return Err(scim::Error::invalid_value(detail).into());
                }
                Some(_) => {}
                None => wanted.schema_extensions.push(extension.clone()),
            }
        }
        let rt = self.found.resource_type(&wanted)?;
        check_parts(&rt)?;
        Ok(StoredType::of(&rt))
    }

    async fn insert(&mut self, id: Uuid, kind: Kind, new: &StoredType) -> Result<(), Error> {
        let tenant = self.tx.tenant().id();
        let (name, endpoint) = (new.name.to_ascii_lowercase(), new.endpoint.to_ascii_lowercase());
        self.tx
            .execute(
                "INSERT INTO resource_types (tenant, id, kind, name_key, endpoint_key, version, created_at, modified_at, doc)
                 VALUES ($1, $2, $3, $4, $5, 1, $6, $6, $7)",
                args![tenant, id, kind.code(), name, endpoint, self.now, to_text(new)],
            )
            .await
            .map_err(|error| Error::taken(error, "endpoint", &new.endpoint))?;
        Ok(())
    }

    /// Refuse another definition of a schema while resources would be wrong by it.
    async fn narrow(&mut self, before: &Schema, after: &Schema) -> Result<(), Error> {
        let (found, mut obstacles) = (Arc::clone(&self.found), Obstacles::default());
        for of in found.having(&before.id) {
            Census { of }.compare(self.tx, before, after, &mut obstacles).await?;
        }
        obstacles.check()?;
        let mut lost = Lost { urn: &before.id, names: Lost::names(before, after), unique: Vec::new() };
        for of in found.having(&before.id) {
            let still = of.unique_of(after);
            let no_longer: Vec<_> = of.unique_of(before).difference(&still).cloned().collect();
            if of.kind == Kind::User {
                lost.unique.clone_from(&no_longer);
            }
            self.forget_unique(of, &no_longer).await?;
        }
        lost.check(self.tx).await
    }

    /// What is no longer unique may be there as often as it likes, and nobody is found by it.
    async fn forget_unique(&mut self, of: &RecordType, paths: &[String]) -> Result<(), Error> {
        let (tenant, kind) = (self.tx.tenant().id(), of.kind.code());
        for path in paths {
            for sql in [
                "DELETE FROM unique_values WHERE tenant = $1 AND kind = $2 AND path = $3 AND scope IN
                   (SELECT id FROM sources WHERE tenant = $1)",
                "DELETE FROM attribute_values WHERE tenant = $1 AND scope = $1 AND kind = $2 AND path = $3",
            ] {
                self.tx.execute(sql, args![tenant, kind, path]).await?;
            }
        }
        Ok(())
    }

    /// Refuse another definition of a type while resources would be wrong by it.
    async fn narrow_type(&mut self, of: &RecordType, old: &StoredType, new: &StoredType) -> Result<(), Error> {
        if new.name != old.name {
            return Err(Error::invalid(format!("the name of {} can't be changed: define another type", old.name)));
        }
        let (census, mut obstacles) = (Census { of }, Obstacles::default());
        let all = census.all(self.tx).await?;
        if new.schema != old.schema {
            obstacles.add(all, format_args!("{} gets another schema", old.name), "are there");
        }
        if new.endpoint != old.endpoint {
            obstacles.add(all, format_args!("{} moves to another endpoint", old.name), "are there");
        }
        let find = |list: &'_ [StoredExtension], urn: &str| list.iter().find(|e| e.schema == urn).cloned();
        for StoredExtension { schema, .. } in &old.schema_extensions {
            if find(&new.schema_extensions, schema).is_none() {
                let held = census.holding_extension(self.tx, schema).await?;
                obstacles.add(held, format_args!("{schema} is taken away"), "with values of it");
                if let Some(schema) = self.found.schema(schema).filter(|_| of.kind == Kind::User) {
                    let unique: Vec<_> = of.unique_of(&schema).into_iter().collect();
                    self.forget_unique(of, &unique).await?;
                    Lost { urn: &schema.id, names: Vec::new(), unique }.check(self.tx).await?;
                }
            }
        }
        for StoredExtension { schema, .. } in new.schema_extensions.iter().filter(|e| e.required) {
            let before = find(&old.schema_extensions, schema);
            if before.is_none_or(|before| !before.required) {
                // One that was not there before has no rows.
                let held = census.holding_extension(self.tx, schema).await?;
                obstacles.add(all - held, format_args!("{schema} becomes required"), "without it");
            }
        }
        obstacles.check()
    }
}

/// Whether these schemas can stand beside each other.
fn check_parts(rt: &ResourceType) -> Result<(), Error> {
    rt.check_extensions()?;
    let is_top = |urn: &String| [USER_URN, GROUP_URN].contains(&urn.as_str());
    match rt.extensions.iter().find(|extension| is_top(&extension.schema.id)) {
        Some(top) => Err(scim::Error::invalid_value(format!("{} can't be an extension", top.schema.id)).into()),
        None => Ok(()),
    }
}
