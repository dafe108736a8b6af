import { queryOptions } from '@tanstack/react-query';
import { api } from '../api/client';
import { coming } from '../api/coming';
import { list, type Page } from '../api/queries';

/** One attribute of a schema, in the words of RFC 7643 section 7. */
export interface Attribute {
  name: string;
  type: string;
  multiValued: boolean;
  description?: string;
  required: boolean;
  canonicalValues?: string[];
  caseExact?: boolean;
  mutability?: string;
  returned?: string;
  uniqueness?: string;
  subAttributes?: Attribute[];
}
export interface Schema {
  id: string;
  name: string;
  description?: string;
  attributes: Attribute[];
  builtIn: boolean;
  usedBy: string[];
  modifiedAt?: string | null;
}
export interface ResourceType {
  name: string;
  endpoint: string;
  description?: string;
  schema: string;
  schemaExtensions: { schema: string; required: boolean }[];
  builtIn: boolean;
  resources: number;
  modifiedAt?: string | null;
}

export const TYPES = ['string', 'boolean', 'integer', 'decimal', 'dateTime', 'reference', 'binary', 'complex'];

/** All schemas, those of the standard first. */
export const schemaList = list('schemas', [], () => coming<Page<Schema>>('GET', '/schemas'));
export const resourceTypeList = list('resource-types', [], () => coming<Page<ResourceType>>('GET', '/resource-types'));

/** Something with the mark of the version that was read, to be sent back with a change. */
export interface Marked<T> {
  value: T;
  etag: string | null;
}

async function marked<T>(path: string): Promise<Marked<T>> {
  const { data, response } = await api.request('get' as never, `/api/v1${path}` as never);
  return { value: data as T, etag: response.headers.get('etag') };
}

const at = (noun: string, name: string) => `/${noun}/${encodeURIComponent(name)}`;

export const schemaQuery = (urn: string) =>
  queryOptions({ queryKey: ['schemas', urn], queryFn: () => marked<Schema>(at('schemas', urn)) });

async function put(path: string, { value, etag }: Marked<unknown>): Promise<void> {
  await api.request(
    'put' as never,
    `/api/v1${path}` as never,
    {
      body: value,
      headers: etag ? { 'if-match': etag } : {},
    } as never,
  );
}

export const saveSchema = (schema: Marked<Schema>) => put(at('schemas', schema.value.id), schema);
export const removeSchema = (urn: string) => coming<void>('DELETE', at('schemas', urn));
export const removeResourceType = (name: string) => coming<void>('DELETE', at('resource-types', name));

/** Let resources of a type have the attributes of a schema, or not any more. */
export async function extend(type: string, schema: string, on: boolean): Promise<void> {
  const current = await marked<ResourceType>(at('resource-types', type));
  const others = current.value.schemaExtensions.filter((one) => one.schema !== schema);
  const schemaExtensions = on ? [...others, { schema, required: false }] : others;
  await put(at('resource-types', type), { etag: current.etag, value: { ...current.value, schemaExtensions } });
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
