import { queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client';
import { list } from '../api/queries';
import type { NewResourceType, NewSchema, ResourceType, Schema } from '../api/schema';

export type { NewResourceType, NewSchema, ResourceType, Schema } from '../api/schema';

type Described = Schema['attributes'][number];
/** One attribute of a schema, in the words of RFC 7643 section 7; what it is made of has the same form. */
export type Attribute = Omit<Described, 'subAttributes'> & { subAttributes?: Omit<Described, 'subAttributes'>[] };

/** The attributes of a schema. */
export const attributesOf = (schema: Schema) => schema.attributes as Attribute[];

export const TYPES = [
  'string',
  'boolean',
  'integer',
  'decimal',
  'dateTime',
  'reference',
  'binary',
  'complex',
] as const satisfies Attribute['type'][];

/** All schemas, those of the standard first. */
export const schemaList = list('schemas', [], () => body(api.GET('/api/v1/schemas')));
export const resourceTypeList = list('resource-types', [], () => body(api.GET('/api/v1/resource-types')));

/** Something with the mark of the version that was read, to be sent back with a change. */
export interface Marked<T> {
  value: T;
  etag: string | null;
}

/** The header that refuses a change of what somebody else has changed meanwhile. */
const unchanged = (etag: string | null) => (etag ? { 'if-match': etag } : {});

export const schemaQuery = (urn: string) =>
  queryOptions({
    queryKey: ['schemas', urn],
    queryFn: async (): Promise<Marked<Schema>> => {
      const { data, response } = await api.GET('/api/v1/schemas/{schema}', { params: { path: { schema: urn } } });
      return { value: data as Schema, etag: response.headers.get('etag') };
    },
  });

export const addSchema = (schema: NewSchema) => body(api.POST('/api/v1/schemas', { body: schema }));
export const saveSchema = ({ value, etag }: Marked<NewSchema>) =>
  body(
    api.PUT('/api/v1/schemas/{schema}', {
      params: { path: { schema: value.id } },
      body: value,
      headers: unchanged(etag),
    }),
  );
export const removeSchema = (urn: string) =>
  body(api.DELETE('/api/v1/schemas/{schema}', { params: { path: { schema: urn } } }));
export const addResourceType = (type: NewResourceType) => body(api.POST('/api/v1/resource-types', { body: type }));
export const removeResourceType = (name: string) =>
  body(api.DELETE('/api/v1/resource-types/{resource_type}', { params: { path: { resource_type: name } } }));

/** Let resources of a type have the attributes of a schema, or not any more. */
export async function extend(type: string, schema: string, on: boolean): Promise<void> {
  const at = { path: { resource_type: type } };
  const { data, response } = await api.GET('/api/v1/resource-types/{resource_type}', { params: at });
  const current = data as ResourceType;
  const others = current.schemaExtensions.filter((one) => one.schema !== schema);
  await api.PUT('/api/v1/resource-types/{resource_type}', {
    params: at,
    body: { ...current, schemaExtensions: on ? [...others, { schema, required: false }] : others },
    headers: unchanged(response.headers.get('etag')),
  });
}

/** Why a name can't be an attribute's (RFC 7643 section 2.1); undefined when it can. */
export function wrongName(name: string, others: string[]): string | undefined {
  if (!name) return undefined;
  if (!/^[A-Za-z]/.test(name)) return 'Begin with a letter.';
  if (!/^[A-Za-z][\w$-]*$/.test(name)) return 'Use letters, digits, $, - and _ only.';
  if (others.some((other) => other.toLowerCase() === name.toLowerCase())) return 'There is one of this name.';
  return undefined;
}

/** Why a text can't be the URN of a schema. */
export function wrongUrn(urn: string): string | undefined {
  if (!urn) return undefined;
  if (!/^urn:[A-Za-z0-9][A-Za-z0-9-]{0,31}:[^\s]+$/.test(urn)) return 'A URN looks like urn:example:hr:2.0:User.';
  if (/^urn:ietf:/i.test(urn)) return 'urn:ietf belongs to the standard; take a name of your own.';
  return undefined;
}
