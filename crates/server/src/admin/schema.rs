//! Schemas and resource types: what sources accept beside the standard. Both in the RFC's own form, so that what
//! another server shows can be sent here as it is.

use ::scim::Attribute;
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header::IF_MATCH},
    response::Response,
};
use directory::schema::{Definition, Definitions, RecordType, StoredExtension, StoredType, count_records, is_built_in};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::{collections::HashMap, sync::Arc};
use utoipa::{
    ToSchema,
    openapi::{ArrayBuilder, Object, ObjectBuilder, Type},
};

use super::{
    input::{Body, Path},
    output::{Page, Tagged, Time, check_tag, created, tag},
};
use crate::{app::App, caller::Caller, problem::Problem};

/// A named set of attributes (RFC 7643 section 7).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Schema {
    /// Its URN.
    id: String,
    /// A short name.
    name: String,
    /// A sentence for people.
    description: String,
    /// Its attributes, with every characteristic.
    #[schema(schema_with = attributes)]
    attributes: Vec<Attribute>,
    /// It belongs to the standard: nobody can change it.
    built_in: bool,
    /// The resource types that have it.
    used_by: Vec<String>,
    /// When it last changed; null for those of the standard.
    modified_at: Option<Time>,
}

/// A schema to be defined. Other members, such as `schemas` and `meta`, are passed over.
#[derive(Deserialize, ToSchema)]
pub struct NewSchema {
    /// A URN of your own: `urn:acme:2.0:User`.
    id: String,
    /// A short name: 1 to 100 characters.
    name: String,
    /// A sentence for people.
    #[serde(default)]
    description: String,
    /// Its attributes; characteristics that are left out have the RFC's defaults.
    #[schema(schema_with = attributes)]
    attributes: Vec<Attribute>,
}

/// A kind of resource: its endpoint, its schema, the extensions of it (RFC 7643 section 6).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResourceType {
    /// What `meta.resourceType` says.
    name: String,
    /// Relative to a source's base URL: `/Badges`.
    endpoint: String,
    /// A sentence for people.
    description: String,
    /// The URN of its schema.
    schema: String,
    /// The schemas beside it.
    schema_extensions: Vec<Extension>,
    /// It belongs to the standard: only extensions can be added.
    built_in: bool,
    /// How many resources of it there are, in all sources together.
    resources: i64,
    /// When it last changed; null while it is as the standard has it.
    modified_at: Option<Time>,
}

/// An extension of a resource type.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct Extension {
    /// The URN of its schema.
    schema: String,
    /// Every resource must have it.
    #[serde(default)]
    required: bool,
}

/// A resource type to be defined. Other members, such as `schemas`, `id` and `meta`, are passed over.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
pub struct NewResourceType {
    /// A letter, then letters, digits, - or _; unique, caseless. Can't be changed later.
    name: String,
    /// A slash and a name, unique: `/Badges`. Left out in a PUT, it stays.
    endpoint: String,
    /// A sentence for people.
    description: String,
    /// The URN of its schema. Left out in a PUT, it stays.
    schema: String,
    /// The schemas beside it; all that users and groups can be given.
    schema_extensions: Vec<Extension>,
}

/// Attributes as RFC 7643 section 7 writes them.
fn attributes() -> utoipa::openapi::Array {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let word = |words: &[&str]| text().enum_values(Some(words.to_vec()));
    let flag = || ObjectBuilder::new().schema_type(Type::Boolean);
    let texts = || ArrayBuilder::new().items(text());
    let kinds = ["string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"];
    let attribute: Object = ObjectBuilder::new()
        .schema_type(Type::Object)
        .property("name", text())
        .property("type", word(&kinds))
        .property("multiValued", flag())
        .property("description", text())
        .property("required", flag())
        .property("canonicalValues", texts())
        .property("caseExact", flag())
        .property("mutability", word(&["readOnly", "readWrite", "immutable", "writeOnly"]))
        .property("returned", word(&["always", "never", "default", "request"]))
        .property("uniqueness", word(&["none", "server", "global"]))
        .property("referenceTypes", texts())
        .property(
            "subAttributes",
            ArrayBuilder::new()
                .items(ObjectBuilder::new().schema_type(Type::Object))
                .description(Some("Attributes in the same form; never complex themselves.")),
        )
        .required("name")
        .required("type")
        .build();
    ArrayBuilder::new().items(attribute).build()
}

fn schema_view(definitions: &Definitions, schema: &::scim::Schema, modified_at: Option<i64>) -> Schema {
    Schema {
        id: schema.id.clone(),
        name: schema.name.clone(),
        description: schema.description.clone(),
        attributes: schema.attributes.clone(),
        built_in: is_built_in(&schema.id),
        used_by: definitions.having(&schema.id).map(|of| of.rt.name.clone()).collect(),
        modified_at: modified_at.map(Time),
    }
}

fn type_view(found: &Definition<RecordType>, resources: &HashMap<i64, i64>) -> ResourceType {
    let StoredType { name, endpoint, description, schema, schema_extensions } = StoredType::of(&found.what.rt);
    let extension = |StoredExtension { schema, required }| Extension { schema, required };
    ResourceType {
        name,
        endpoint,
        description,
        schema,
        schema_extensions: schema_extensions.into_iter().map(extension).collect(),
        built_in: !found.what.is_custom(),
        resources: resources.get(&found.what.kind.code()).copied().unwrap_or(0),
        modified_at: (found.version > 0).then_some(Time(found.modified_at)),
    }
}

/// Read a definition as other servers write it: with nulls, which count as absent.
fn read<T: DeserializeOwned>(mut body: Value) -> Result<T, Problem> {
    fn clean(value: &mut Value) {
        match value {
            Value::Object(members) => {
                members.retain(|_, value| !value.is_null());
                members.values_mut().for_each(clean);
            }
            Value::Array(list) => list.iter_mut().for_each(clean),
            _ => {}
        }
    }
    clean(&mut body);
    serde_json::from_value(body).map_err(|error| Problem::invalid(format!("the definition can't be read: {error}")))
}

impl From<NewSchema> for ::scim::Schema {
    fn from(NewSchema { id, name, description, attributes }: NewSchema) -> ::scim::Schema {
        ::scim::Schema { id, name, description, attributes }
    }
}

impl From<NewResourceType> for StoredType {
    fn from(new: NewResourceType) -> StoredType {
        let extension = |Extension { schema, required }| StoredExtension { schema, required };
        StoredType {
            name: new.name,
            endpoint: new.endpoint,
            description: new.description,
            schema: new.schema,
            schema_extensions: new.schema_extensions.into_iter().map(extension).collect(),
        }
    }
}

async fn find_schema(app: &App, caller: &Caller, urn: &str) -> Result<(i64, Schema), Problem> {
    let definitions = app.directory.definitions(caller.tenant()).await?;
    if let Some(found) = definitions.schemas.iter().find(|found| found.what.id.eq_ignore_ascii_case(urn)) {
        return Ok((found.version, schema_view(&definitions, &found.what, Some(found.modified_at))));
    }
    let standard = definitions.schema(urn).ok_or_else(|| directory::Error::not_found("schema", urn))?;
    Ok((0, schema_view(&definitions, &standard, None)))
}

async fn find_type(app: &App, caller: &Caller, name: &str) -> Result<(i64, ResourceType), Problem> {
    let definitions = app.directory.definitions(caller.tenant()).await?;
    let found = definitions.named(name).ok_or_else(|| directory::Error::not_found("resource type", name))?;
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    Ok((found.version, type_view(found, &count_records(&mut tx).await?)))
}

/// All schemas: those of the standard, then those of administrators by their URNs.
#[utoipa::path(get, path = "/schemas", tag = "Schemas", responses((status = 200, body = Page<Schema>)))]
pub async fn list_schemas(State(app): State<App>, caller: Caller) -> Result<Json<Page<Schema>>, Problem> {
    let definitions = app.directory.definitions(caller.tenant()).await?;
    let standard = [::scim::USER_URN, ::scim::GROUP_URN, ::scim::ENTERPRISE_URN];
    let standard = standard.iter().filter_map(|urn| Some(schema_view(&definitions, &*definitions.schema(urn)?, None)));
    let own = definitions.schemas.iter().map(|found| schema_view(&definitions, &found.what, Some(found.modified_at)));
    Ok(Page::whole(standard.chain(own)))
}

/// One schema, by its URN.
#[utoipa::path(get, path = "/schemas/{schema}", tag = "Schemas", responses((status = 200, body = Schema)))]
pub async fn get_schema(
    State(app): State<App>,
    caller: Caller,
    Path(urn): Path<String>,
) -> Result<Tagged<Schema>, Problem> {
    let (version, schema) = find_schema(&app, &caller, &urn).await?;
    Ok(Tagged(tag(version), schema))
}

/// Define a schema. It counts once a resource type has it.
#[utoipa::path(post, path = "/schemas", tag = "Schemas", request_body = NewSchema, responses((status = 201, body = Schema)))]
pub async fn add_schema(State(app): State<App>, caller: Caller, Body(body): Body<Value>) -> Result<Response, Problem> {
    let schema = read::<NewSchema>(body)?.into();
    app.directory.add_schema(caller.tenant(), &caller.actor(), &schema).await?;
    app.forget_tokens();
    Ok(created(find_schema(&app, &caller, &schema.id).await?.1))
}

/// Give a schema another definition. 409 with a `count` when resources would be wrong by it.
#[utoipa::path(put, path = "/schemas/{schema}", tag = "Schemas", request_body = NewSchema, responses((status = 200, body = Schema)))]
pub async fn set_schema(
    State(app): State<App>,
    caller: Caller,
    Path(urn): Path<String>,
    headers: HeaderMap,
    Body(body): Body<Value>,
) -> Result<Tagged<Schema>, Problem> {
    let (version, _) = find_schema(&app, &caller, &urn).await?;
    check_tag(&headers, "the schema", &tag(version))?;
    let schema = read::<NewSchema>(body)?.into();
    let version = headers.contains_key(IF_MATCH).then_some(version);
    app.directory.set_schema(caller.tenant(), &caller.actor(), &urn, version, &schema).await?;
    app.forget_tokens();
    let (version, schema) = find_schema(&app, &caller, &urn).await?;
    Ok(Tagged(tag(version), schema))
}

/// Remove a schema that no resource type has.
#[utoipa::path(delete, path = "/schemas/{schema}", tag = "Schemas", responses((status = 204)))]
pub async fn remove_schema(
    State(app): State<App>,
    caller: Caller,
    Path(urn): Path<String>,
) -> Result<StatusCode, Problem> {
    app.directory.remove_schema(caller.tenant(), &caller.actor(), &urn).await?;
    app.forget_tokens();
    Ok(StatusCode::NO_CONTENT)
}

/// All resource types: users, groups, then those of administrators in the order in which they were made.
#[utoipa::path(get, path = "/resource-types", tag = "Schemas", responses((status = 200, body = Page<ResourceType>)))]
pub async fn list_resource_types(State(app): State<App>, caller: Caller) -> Result<Json<Page<ResourceType>>, Problem> {
    let definitions: Arc<Definitions> = app.directory.definitions(caller.tenant()).await?;
    let mut tx = app.directory.db.read(caller.tenant()).await?;
    let resources = count_records(&mut tx).await?;
    Ok(Page::whole(definitions.types.iter().map(|found| type_view(found, &resources))))
}

/// One resource type, by its name.
#[utoipa::path(get, path = "/resource-types/{resource_type}", tag = "Schemas", responses((status = 200, body = ResourceType)))]
pub async fn get_resource_type(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Tagged<ResourceType>, Problem> {
    let (version, found) = find_type(&app, &caller, &name).await?;
    Ok(Tagged(tag(version), found))
}

/// Define a resource type. Every SCIM source has its endpoint from now on.
#[utoipa::path(post, path = "/resource-types", tag = "Schemas", request_body = NewResourceType, responses((status = 201, body = ResourceType)))]
pub async fn add_resource_type(
    State(app): State<App>,
    caller: Caller,
    Body(body): Body<Value>,
) -> Result<Response, Problem> {
    let new: StoredType = read::<NewResourceType>(body)?.into();
    app.directory.add_resource_type(caller.tenant(), &caller.actor(), &new).await?;
    app.forget_tokens();
    Ok(created(find_type(&app, &caller, &new.name).await?.1))
}

/// Give a resource type another definition; of users and groups only the extensions count. 409 with a `count` when
/// resources would be wrong by it.
#[utoipa::path(put, path = "/resource-types/{resource_type}", tag = "Schemas", request_body = NewResourceType, responses((status = 200, body = ResourceType)))]
pub async fn set_resource_type(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    headers: HeaderMap,
    Body(body): Body<Value>,
) -> Result<Tagged<ResourceType>, Problem> {
    let (version, before) = find_type(&app, &caller, &name).await?;
    check_tag(&headers, "the resource type", &tag(version))?;
    let mut new: StoredType = read::<NewResourceType>(body)?.into();
    for (given, known) in
        [(&mut new.name, before.name), (&mut new.endpoint, before.endpoint), (&mut new.schema, before.schema)]
    {
        if given.is_empty() {
            *given = known;
        }
    }
    let version = headers.contains_key(IF_MATCH).then_some(version);
    app.directory.set_resource_type(caller.tenant(), &caller.actor(), &name, version, &new).await?;
    app.forget_tokens();
    let (version, found) = find_type(&app, &caller, &name).await?;
    Ok(Tagged(tag(version), found))
}

/// Remove a resource type that has no resources.
#[utoipa::path(delete, path = "/resource-types/{resource_type}", tag = "Schemas", responses((status = 204)))]
pub async fn remove_resource_type(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    app.directory.remove_resource_type(caller.tenant(), &caller.actor(), &name).await?;
    app.forget_tokens();
    Ok(StatusCode::NO_CONTENT)
}
