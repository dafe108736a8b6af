//! What a tenant's sources accept: the schemas and resource types of the RFC, and those its administrators defined.
//!
//! Everything about a resource follows from its type here: which attributes there are and how each behaves, which have
//! rows in the value index, which values may be there once. Nodes keep a tenant's definitions compiled; `revision` says
//! whether they are the current ones.

mod change;
mod narrow;
mod uses;

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use scim::{AttrPath, Attribute, Extension, GROUP_URN, ResourceType, Returned, Schema, USER_URN, Uniqueness};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Directory, Error, Kind, Millis, Tenant, Tx, db::args, error::stored, values};

/// Kinds of resources that administrators define have codes from here on.
pub(crate) const FIRST_CUSTOM: i64 = 16;

/// The definitions of one tenant, compiled.
#[derive(Debug)]
pub struct Definitions {
    /// Counts up with every change; 0 while there is nothing but the RFC's.
    pub revision: i64,
    /// The schemas that administrators defined, in the order of their URNs.
    pub schemas: Vec<Definition<Schema>>,
    /// Users, groups, then the types that administrators defined, in the order in which they were made.
    pub types: Vec<Definition<RecordType>>,
    /// What the directory's users, and applications' accounts, may have.
    pub profile: Profile,
}

/// What people's profiles and accounts look like: users as the standard has them, beside them every schema that
/// administrators defined, so that a mapping can name any of them.
#[derive(Clone, Debug)]
pub struct Profile(pub Arc<ResourceType>);

impl Default for Profile {
    fn default() -> Profile {
        Definitions::standard().profile.clone()
    }
}

/// One definition and what is known about it. Those of the RFC have the nil id and version 0.
#[derive(Clone, Debug)]
pub struct Definition<T> {
    /// Its id, by which the audit trail knows it.
    pub id: Uuid,
    /// Counts up with every change.
    pub version: i64,
    /// When it last changed.
    pub modified_at: Millis,
    /// What it defines.
    pub what: Arc<T>,
}

/// A kind of records: its SCIM resource type, and what the database keeps of it beside the documents.
#[derive(Debug)]
pub struct RecordType {
    /// The code by which rows know it.
    pub kind: Kind,
    /// What its resources look like.
    pub rt: ResourceType,
    /// Attributes with rows in the value index, as paths.
    indexed: BTreeSet<String>,
    /// Attributes whose values may be there once in a source, as paths.
    unique: BTreeSet<String>,
    /// Attributes that name another resource and whose `$ref` the server writes.
    pub links: Vec<Link>,
    /// Whether it has attributes that are returned only on request.
    pub has_requested: bool,
}

/// A complex attribute with a `$ref` to a resource of ours.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// The attribute.
    pub path: AttrPath,
    /// The endpoints of the types it may refer to, by name.
    pub targets: Vec<(String, String)>,
}

/// A resource type as it is stored: it names schemas by their URNs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredType {
    /// What `meta.resourceType` says; unique, caseless.
    pub name: String,
    /// Relative to the base URL, with a leading slash.
    pub endpoint: String,
    /// A sentence for people.
    pub description: String,
    /// The URN of the schema at the top of its resources.
    pub schema: String,
    /// Those of the schemas beside it.
    pub schema_extensions: Vec<StoredExtension>,
}

/// An extension as RFC 7643 section 6 writes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredExtension {
    /// The URN.
    pub schema: String,
    /// Every resource must have it.
    pub required: bool,
}

static BUILT_IN: LazyLock<Arc<Definitions>> = LazyLock::new(|| Arc::new(Definitions::built_in()));

impl Definitions {
    /// Those of the RFC alone, which every tenant begins with.
    pub fn standard() -> Arc<Definitions> {
        Arc::clone(&BUILT_IN)
    }

    fn built_in() -> Definitions {
        let definition = |kind, rt: &ResourceType| Definition {
            id: Uuid::nil(),
            version: 0,
            modified_at: 0,
            what: Arc::new(RecordType::new(kind, rt.clone(), &standard_endpoints().collect::<Vec<_>>())),
        };
        let types = vec![definition(Kind::User, ResourceType::user()), definition(Kind::Group, ResourceType::group())];
        Definitions {
            revision: 0,
            schemas: Vec::new(),
            types,
            profile: Profile(Arc::new(ResourceType::user().clone())),
        }
    }

    /// The type of this kind.
    ///
    /// # Panics
    /// Never for a kind that these definitions gave out: users and groups are always there, and others are asked for
    /// only by the kind found here.
    pub fn of(&self, kind: Kind) -> &RecordType {
        let found = self.types.iter().find(|found| found.what.kind == kind);
        // Memberships are no records; a kind of another revision reads as one without attributes of its own.
        &found.unwrap_or(&self.types[0]).what
    }

    /// The type at an endpoint (without its slash), letter by letter as paths are.
    pub fn at(&self, endpoint: &str) -> Option<&RecordType> {
        self.each().find(|found| found.rt.endpoint.strip_prefix('/') == Some(endpoint))
    }

    /// The type of this name, in any letter case.
    pub fn named(&self, name: &str) -> Option<&Definition<RecordType>> {
        self.types.iter().find(|found| found.what.rt.name.eq_ignore_ascii_case(name))
    }

    /// Every type: users, groups, and the others in the order in which they were made.
    pub fn each(&self) -> impl Iterator<Item = &RecordType> {
        self.types.iter().map(|found| &*found.what)
    }

    /// Every schema that some resource may have, each once: those that stand at the top first.
    pub fn schemas_in_use(&self) -> Vec<Arc<Schema>> {
        let tops = self.each().map(|found| &found.rt.schema);
        let extensions = self.each().flat_map(|found| found.rt.extensions.iter().map(|extension| &extension.schema));
        let mut seen = BTreeSet::new();
        tops.chain(extensions).filter(|schema| seen.insert(schema.id.as_str())).cloned().collect()
    }

    /// A schema by its URN: the RFC's three, or one that an administrator defined.
    pub fn schema(&self, urn: &str) -> Option<Arc<Schema>> {
        let standard = ResourceType::user().schemas().chain(ResourceType::group().schemas());
        let own = self.schemas.iter().map(|found| &found.what);
        standard.chain(own).find(|schema| schema.id.eq_ignore_ascii_case(urn)).cloned()
    }

    /// The types that have a part of this schema.
    pub fn having<'a>(&'a self, urn: &'a str) -> impl Iterator<Item = &'a RecordType> {
        self.each().filter(move |found| found.rt.schema_ids().any(|id| id.eq_ignore_ascii_case(urn)))
    }

    /// Put together what is stored.
    fn compile(revision: i64, schemas: Vec<Definition<Schema>>, stored: Vec<Row<StoredType>>) -> Result<Self, Error> {
        let mut definitions = Definitions { revision, schemas, ..Definitions::built_in() };
        // The rows of users and groups hold only what was added to them: counted twice, no link would know its one target.
        let own = stored.iter().filter(|row| matches!(row.kind, Kind::Custom(_)));
        let own = own.map(|row| (row.what.name.clone(), row.what.endpoint.clone()));
        let endpoints: Vec<_> = standard_endpoints().chain(own).collect();
        for Row { id, kind, version, modified_at, what } in stored {
            let rt =
                definitions.resource_type(&what).map_err(|fault| Error::inconsistent("resource_types", id, fault))?;
            let what = Arc::new(RecordType::new(kind, rt, &endpoints));
            let definition = Definition { id, version, modified_at, what };
            match kind {
                Kind::User => definitions.types[0] = definition,
                Kind::Group => definitions.types[1] = definition,
                _ => definitions.types.push(definition),
            }
        }
        let mut profile = ResourceType::user().clone();
        let own = definitions.schemas.iter();
        profile.extensions.extend(own.map(|found| Extension { schema: Arc::clone(&found.what), required: false }));
        definitions.profile = Profile(Arc::new(profile));
        Ok(definitions)
    }

    /// A resource type with its schemas in place of their URNs.
    fn resource_type(&self, stored: &StoredType) -> Result<ResourceType, Error> {
        let schema = |urn: &str| self.schema(urn).ok_or_else(|| Error::not_found("schema", urn));
        let extensions = stored.schema_extensions.iter();
        Ok(ResourceType {
            id: stored.name.clone(),
            name: stored.name.clone(),
            endpoint: stored.endpoint.clone(),
            description: stored.description.clone(),
            schema: schema(&stored.schema)?,
            extensions: extensions
                .map(|extension| Ok(Extension { schema: schema(&extension.schema)?, required: extension.required }))
                .collect::<Result<_, Error>>()?,
        })
    }
}

impl StoredType {
    /// A resource type with the URNs of its schemas.
    pub fn of(rt: &ResourceType) -> StoredType {
        let extensions = rt.extensions.iter();
        StoredType {
            name: rt.name.clone(),
            endpoint: rt.endpoint.clone(),
            description: rt.description.clone(),
            schema: rt.schema.id.clone(),
            schema_extensions: extensions
                .map(|extension| StoredExtension { schema: extension.schema.id.clone(), required: extension.required })
                .collect(),
        }
    }
}

impl RecordType {
    fn new(kind: Kind, rt: ResourceType, endpoints: &[(String, String)]) -> RecordType {
        let empty = || (BTreeSet::new(), BTreeSet::new(), Vec::new(), false);
        let (indexed, unique, links, has_requested) = empty();
        let mut made = RecordType { kind, rt, indexed, unique, links, has_requested };
        if kind == Kind::User {
            made.indexed.extend(values::RECORD_USER.iter().map(|path| (*path).to_owned()));
        }
        for schema in made.rt.clone().schemas() {
            // What the standard defines of users and groups has columns, or the rows named above.
            let is_standard = !made.is_custom() && made.kind.standard_type().schema_ids().any(|urn| urn == schema.id);
            if !is_standard {
                made.unique.extend(made.unique_of(schema));
            }
            for attribute in &schema.attributes {
                let path = made.path(schema, attribute);
                made.has_requested |= is_requested(attribute);
                if !is_standard {
                    leaves(attribute, &path, &mut |_, path| made.indexed.extend([path.to_string()]));
                }
                made.links.extend(link_targets(attribute, endpoints).map(|targets| Link { path, targets }));
            }
        }
        made
    }

    /// An attribute of one of its schemas.
    fn path(&self, schema: &Schema, attribute: &Attribute) -> AttrPath {
        let urn = (schema.id != self.rt.schema.id).then(|| schema.id.clone());
        AttrPath { schema: urn, attr: attribute.name.clone(), sub: None }
    }

    /// The attributes of one of its schemas whose values may be there once, as paths.
    fn unique_of(&self, schema: &Schema) -> BTreeSet<String> {
        let mut unique = BTreeSet::new();
        for attribute in &schema.attributes {
            leaves(attribute, &self.path(schema, attribute), &mut |leaf, path| {
                if leaf.uniqueness != Uniqueness::None {
                    unique.insert(path.to_string());
                }
            });
        }
        unique
    }

    /// Whether a filter on this attribute can be answered by the value index.
    pub(crate) fn indexes(&self, path: &str) -> bool {
        self.indexed.contains(path)
    }

    /// Whether a value of this attribute may be there only once.
    pub(crate) fn is_unique(&self, path: &str) -> bool {
        self.unique.contains(path)
    }

    /// The attributes of that sort, as paths.
    pub(crate) fn unique_paths(&self) -> impl Iterator<Item = &str> {
        self.unique.iter().map(String::as_str)
    }

    /// Whether any attribute is of that sort.
    pub(crate) fn has_unique(&self) -> bool {
        !self.unique.is_empty()
    }

    /// The attribute that people know such a resource by.
    pub fn naming(&self) -> Option<&str> {
        match self.kind {
            Kind::User => Some("userName"),
            Kind::Group => Some("displayName"),
            _ => {
                let own = || self.rt.schema.attributes.iter().filter(|attribute| !attribute.multi_valued);
                let unique = own().find(|attribute| attribute.required && self.is_unique(&attribute.name));
                unique.or_else(|| own().find(|attribute| attribute.name == "displayName")).map(|found| &*found.name)
            }
        }
    }

    /// Whether administrators defined it.
    pub fn is_custom(&self) -> bool {
        matches!(self.kind, Kind::Custom(_))
    }
}

fn standard_endpoints() -> impl Iterator<Item = (String, String)> {
    [ResourceType::user(), ResourceType::group()].into_iter().map(|rt| (rt.name.clone(), rt.endpoint.clone()))
}

fn is_requested(attribute: &Attribute) -> bool {
    attribute.returned == Returned::Request || attribute.sub_attributes.iter().any(is_requested)
}

/// Calls `f` with each attribute that has values of its own and keeps them.
fn leaves(attribute: &Attribute, path: &AttrPath, f: &mut dyn FnMut(&Attribute, &AttrPath)) {
    if attribute.returned == Returned::Never {
        return;
    }
    if attribute.sub_attributes.is_empty() {
        return f(attribute, path);
    }
    for part in attribute.sub_attributes.iter().filter(|part| part.returned != Returned::Never && part.name != "$ref") {
        f(part, &path.clone().with_sub(&part.name));
    }
}

fn link_targets(attribute: &Attribute, endpoints: &[(String, String)]) -> Option<Vec<(String, String)>> {
    let link = attribute.sub_attributes.iter().find(|part| part.name == "$ref")?;
    let known = endpoints.iter().filter(|(name, _)| link.reference_types.iter().any(|t| t.eq_ignore_ascii_case(name)));
    let targets: Vec<_> = known.cloned().collect();
    (!targets.is_empty()).then_some(targets)
}

struct Row<T> {
    id: Uuid,
    kind: Kind,
    version: i64,
    modified_at: Millis,
    what: T,
}

/// None: the tenant is in no table, because it is a self-test's.
async fn revision(tx: &mut Tx) -> Result<Option<i64>, Error> {
    let tenant = tx.tenant().id();
    // A write keeps the definitions as they are until it ends; others may do so at the same time.
    let sql = if tx.locking() {
        "SELECT definitions FROM tenants WHERE id = $1 FOR SHARE"
    } else {
        "SELECT definitions FROM tenants WHERE id = $1"
    };
    Ok(tx.row::<(i64,)>(sql, args![tenant]).await?.map(|(revision,)| revision))
}

/// A tenant's definitions as they are now.
pub async fn load(tx: &mut Tx) -> Result<Arc<Definitions>, Error> {
    let (tenant, revision) = (tx.tenant().id(), revision(tx).await?.unwrap_or(0));
    if revision == 0 {
        return Ok(Definitions::standard());
    }
    type Found = (Uuid, i64, i64, Millis, String);
    let rows: Vec<Found> = tx
        .rows(
            "SELECT id, CAST(0 AS BIGINT), version, modified_at, doc FROM schemas WHERE tenant = $1 ORDER BY urn_key",
            args![tenant],
        )
        .await?;
    let mut schemas = Vec::with_capacity(rows.len());
    for (id, _, version, modified_at, doc) in rows {
        let what = Arc::new(stored("schemas", id, &doc)?);
        schemas.push(Definition { id, version, modified_at, what });
    }
    let rows: Vec<Found> = tx
        .rows(
            "SELECT id, kind, version, modified_at, doc FROM resource_types WHERE tenant = $1 ORDER BY kind",
            args![tenant],
        )
        .await?;
    let mut types = Vec::with_capacity(rows.len());
    for (id, kind, version, modified_at, doc) in rows {
        let what = stored("resource_types", id, &doc)?;
        types.push(Row { id, kind: Kind::from_code(kind), version, modified_at, what });
    }
    Ok(Arc::new(Definitions::compile(revision, schemas, types)?))
}

impl Definitions {
    /// Make sure, in a write transaction, that these are still the tenant's definitions, and stay so until it ends. A
    /// tenant that never had any of its own is spared the look: the first ones only add to what is accepted.
    ///
    /// # Errors
    /// `Redefined` when they are not.
    pub(crate) async fn confirm(&self, tx: &mut Tx) -> Result<(), Error> {
        if self.revision > 0 { self.check_revision(tx).await } else { Ok(()) }
    }

    /// The same for a stored document: one with a schema that these definitions do not know was written by newer ones.
    pub(crate) async fn confirm_for(&self, tx: &mut Tx, kind: Kind, doc: &scim::Object) -> Result<(), Error> {
        let rt = &self.of(kind).rt;
        let known = |name: &String| !name.contains(':') || rt.extension(name).is_some();
        if self.revision == 0 && !doc.keys().all(known) { self.check_revision(tx).await } else { Ok(()) }
    }

    async fn check_revision(&self, tx: &mut Tx) -> Result<(), Error> {
        match revision(tx).await? {
            Some(now) if now != self.revision => Err(Error::Redefined),
            _ => Ok(()),
        }
    }
}

/// The definitions that this node has compiled, by tenant.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cache(Arc<Mutex<HashMap<Uuid, Arc<Definitions>>>>);

impl Cache {
    fn get(&self, tenant: Tenant, revision: i64) -> Option<Arc<Definitions>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&tenant.id()).filter(|known| known.revision == revision).cloned()
    }

    fn put(&self, tenant: Tenant, definitions: &Arc<Definitions>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(tenant.id(), Arc::clone(definitions));
    }
}

impl Directory {
    /// A tenant's definitions: compiled once, and asked for again only when their revision has changed.
    pub async fn definitions(&self, tenant: Tenant) -> Result<Arc<Definitions>, Error> {
        self.definitions_by(&mut self.db.read(tenant).await?).await
    }

    /// The same on a connection that is open.
    pub(crate) async fn definitions_by(&self, tx: &mut Tx) -> Result<Arc<Definitions>, Error> {
        let (tenant, revision) = (tx.tenant(), revision(tx).await?.unwrap_or(0));
        if revision == 0 {
            return Ok(Definitions::standard());
        }
        if let Some(known) = self.compiled.get(tenant, revision) {
            return Ok(known);
        }
        let loaded = load(tx).await?;
        self.compiled.put(tenant, &loaded);
        Ok(loaded)
    }
}

/// How many records of each kind the tenant's sources have together, by the kind's code.
pub async fn count_records(tx: &mut Tx) -> Result<HashMap<i64, i64>, Error> {
    let tenant = tx.tenant().id();
    let rows: Vec<(i64, i64)> = tx
        .rows(
            "SELECT kind, CAST(SUM(total) AS BIGINT) FROM record_counts WHERE tenant = $1 AND source IN
             (SELECT id FROM sources WHERE tenant = $1) GROUP BY kind",
            args![tenant],
        )
        .await?;
    Ok(rows.into_iter().collect())
}

/// The schemas that nobody can change.
pub fn is_built_in(urn: &str) -> bool {
    [USER_URN, GROUP_URN, scim::ENTERPRISE_URN].iter().any(|own| own.eq_ignore_ascii_case(urn))
}
