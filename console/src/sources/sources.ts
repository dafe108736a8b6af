import { queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client';
import { coming } from '../api/coming';
import { asked, list, type Page } from '../api/queries';
import type { Request as LandedRequest, Source as LandedSource, User } from '../api/schema';

export type Client = 'okta' | 'entra' | 'oneLogin' | 'jumpCloud' | 'pingOne' | 'google' | 'generic';

/** What an administrator decides about a source. */
export interface Policy {
  join: 'userName' | 'externalId' | 'attribute' | 'never';
  joinAttribute?: string | null;
  joinByEmail: boolean;
  mayJoin: 'sourced' | 'all';
  onDelete: 'delete' | 'deactivate' | 'ignore';
  /** Minutes. */
  deactivationDelay: number;
  createInactive: boolean;
  attributes?: string[] | null;
  unknownMembers?: 'pending' | 'refuse';
  tolerance: Record<string, boolean | string>;
}

export type Source = Omit<LandedSource, 'settings'> & {
  client?: Client;
  version?: number;
  state?: 'live' | 'deleting';
  removal?: { people: string; done: number; total: number } | null;
  rejoining?: { done: number; total: number } | null;
  recordBodiesUntil?: string | null;
  settings: Policy;
};

export interface Token {
  id: string;
  kind: 'bearer' | 'basic' | 'oauthClient';
  name?: string;
  lastFour?: string;
  state: 'live' | 'expired' | 'revoked';
  networks: string[];
  accessMinutes?: number | null;
  createdAt: string;
  expiresAt?: string | null;
  lastUsedAt?: string | null;
  lastUsedFrom?: string | null;
  revokedAt?: string | null;
}

/** A token that was just made, with its secret. It never enters the query cache. */
export interface MadeToken {
  id: string;
  kind: Token['kind'];
  token: string;
  lastFour: string;
  expiresAt: string;
  baseUrl: string;
  userName?: string | null;
  clientId?: string | null;
  tokenUrl?: string | null;
}

export interface GuideField {
  label: string;
  value?: string | null;
  secret: boolean;
  copy: boolean;
  hint?: string | null;
}
export interface GuideStep {
  title: string;
  text?: string | null;
  actions: string[];
  fields: GuideField[];
}
export interface Guide {
  client: Client;
  name: string;
  summary: string;
  notes: string[];
  steps: GuideStep[];
}
export interface Check {
  key: string;
  state: 'done' | 'waiting' | 'warning' | 'failed';
  title: string;
  detail?: string | null;
  fix?: string | null;
  at?: string | null;
  count?: number | null;
}
export interface SetUp {
  state: 'waiting' | 'connected' | 'silent' | 'refused';
  waitingSince?: string | null;
  lastRequestAt?: string | null;
  checks: Check[];
  lastRefused?: { at: string; status: number; method?: string; path?: string; reason: string; fix: string } | null;
}
export interface SelfTest {
  passed: boolean;
  client: Client;
  startedAt: string;
  durationMs: number;
  via: 'publicUrl' | 'process';
  steps: {
    title: string;
    method: string;
    path: string;
    expected: string;
    status?: number | null;
    got: string;
    passed: boolean;
    durationMs: number;
    explanation?: string | null;
    fix?: string | null;
  }[];
}

export type Request = LandedRequest & { hasBody?: boolean; test?: boolean };
export interface LogLine {
  id: string;
  at: string;
  subjectKind: 'user' | 'group' | 'record';
  subject?: string | null;
  subjectName: string;
  event: string;
  change?: Record<string, unknown> | null;
  result: string;
  error?: string | null;
  request?: string | null;
}
export interface Unjoined {
  id: string;
  userName?: string;
  displayName?: string | null;
  externalId?: string | null;
  active: boolean;
  code: string;
  reason: string;
  candidates: { id: string; userName: string }[];
  createdAt: string;
}
export interface Removal {
  people: { onlyHere: number; alsoElsewhere: number; onHold: number; unjoined: number };
  groups: number;
  groupsInUse: number;
  pushedGroups: { group: string; groupName: string; application: string; applicationName: string }[];
}

const at = (source: string) => `/sources/${encodeURIComponent(source)}`;

export const sourceList = list(
  'sources',
  [],
  () => body(api.GET('/api/v1/sources')) as unknown as Promise<Page<Source>>,
);
export const sourceQuery = (id: string) =>
  queryOptions({
    queryKey: ['sources', id],
    queryFn: () =>
      body(api.GET('/api/v1/sources/{source}', { params: { path: { source: id } } })) as unknown as Promise<Source>,
  });
export const clientsQuery = queryOptions({
  queryKey: ['clients'],
  queryFn: () => coming<Page<{ client: Client; name: string; summary: string }>>('GET', '/clients'),
  staleTime: Number.POSITIVE_INFINITY,
});
export const guideQuery = (id: string) =>
  queryOptions({
    queryKey: ['sources', id, 'guide'],
    queryFn: () => coming<Guide>('GET', `${at(id)}/guide`),
    staleTime: 60_000,
  });
/** How far the connection is. Requests come as live events; the interval is for what waits beside them. */
export const setUpQuery = (id: string, watched = false) =>
  queryOptions({
    queryKey: ['requests', id, 'setup'],
    queryFn: () => coming<SetUp>('GET', `${at(id)}/setup`),
    refetchInterval: watched ? 2_000 : false,
  });
export const tokenList = (id: string) =>
  list('sources', [id, 'tokens'], () => coming<Page<Token>>('GET', `${at(id)}/tokens`));

export const requestList = (id: string, filters: { status?: string; method?: string; subject?: string }) =>
  list('requests', [id, filters], (before) =>
    coming<Page<Request>>('GET', `${at(id)}/requests${asked({ ...filters, before, limit: 100 })}`),
  );
export const requestQuery = (id: string, request: string) =>
  queryOptions({
    queryKey: ['requests', id, request],
    queryFn: () =>
      coming<Request & { body?: { request: string; response: string } | null }>('GET', `${at(id)}/requests/${request}`),
  });
export const logList = (id: string, filters: { event?: string; result?: string; subject?: string }) =>
  list('requests', [id, 'sync-log', filters], (before) =>
    coming<Page<LogLine>>('GET', `${at(id)}/sync-log${asked({ ...filters, before, limit: 100 })}`),
  );
/** Where a list with its filters comes as a file. */
export const csv = (id: string, what: 'requests' | 'sync-log', filters: Record<string, string | undefined>) =>
  `/api/v1${at(id)}/${what}.csv${asked(filters)}`;
export const unjoinedList = (id: string) =>
  list('sources', [id, 'unjoined'], (after) =>
    coming<Page<Unjoined>>('GET', `${at(id)}/unjoined${asked({ after, limit: 100 })}`),
  );
export const removalQuery = (id: string) =>
  queryOptions({
    queryKey: ['sources', id, 'removal'],
    queryFn: () => coming<Removal>('GET', `${at(id)}/removal`),
    staleTime: 0,
  });

export const makeSource = (name: string, client: Client) =>
  coming<Source & { token: string; tokenExpiresAt?: string }>('POST', '/sources', { name, client });
export const setPolicy = (source: Source, settings: Policy) =>
  coming<Source>('PUT', `${at(source.id)}/settings`, settings);
export const setOrder = (sources: string[]) => coming<Page<Source>>('PUT', '/sources/order', { sources });
export const makeToken = (
  id: string,
  token: Partial<Pick<Token, 'kind' | 'name' | 'networks' | 'accessMinutes'>> & { days?: number },
) => coming<MadeToken>('POST', `${at(id)}/tokens`, token);
export const rotateToken = (id: string, token: string, overlapDays: number) =>
  coming<MadeToken>('POST', `${at(id)}/tokens/${token}/rotate`, { overlapDays });
export const revokeToken = (id: string, token: string) => coming<void>('DELETE', `${at(id)}/tokens/${token}`);
export const changeToken = (id: string, token: string, change: { name: string; networks: string[] }) =>
  coming<Token>('PUT', `${at(id)}/tokens/${token}`, change);
export const selfTest = (id: string) => coming<SelfTest>('POST', `${at(id)}/self-test`);
export const recordBodies = (id: string, minutes: number) =>
  coming<Source>('PUT', `${at(id)}/record-bodies`, { minutes });
export const removeSource = (source: Source, people: 'keep' | 'deactivate' | 'delete') =>
  coming<Source>('DELETE', at(source.id), { confirm: source.name, people });
export const linkRecord = (id: string, record: string, user: string) =>
  coming<User>('POST', `${at(id)}/unjoined/${record}/link`, { user });
export const makeUser = (id: string, record: string) => coming<User>('POST', `${at(id)}/unjoined/${record}/make`);

/** How a source stands, in the words of the vocabulary. */
export function standing(source: Source, now = Date.now()): 'waiting' | 'connected' | 'silent' | 'local' | 'off' {
  if (source.kind === 'local') return 'local';
  if (source.state === 'deleting') return 'off';
  if (!source.lastRequestAt) return 'waiting';
  return now - new Date(source.lastRequestAt).getTime() > 26 * 3_600_000 ? 'silent' : 'connected';
}

/** The name of a client where the list of clients is not at hand. */
export const CLIENTS: Record<Client, string> = {
  okta: 'Okta',
  entra: 'Microsoft Entra ID',
  oneLogin: 'OneLogin',
  jumpCloud: 'JumpCloud',
  pingOne: 'PingOne',
  google: 'Google Workspace',
  generic: 'Another SCIM client',
};
