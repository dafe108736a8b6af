import { queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client';
import { list } from '../api/queries';
import type { Change } from '../api/schema';
import type { AuditSearch } from './routes';

/** The filters of the address as the API writes them. */
export function parameters(search: AuditSearch, now = Date.now()) {
  const span = { hour: 1, day: 24, week: 168, month: 720 };
  // To the minute, so that the same filter is the same query for a while.
  const from = search.since && new Date(Math.floor((now - span[search.since] * 3_600_000) / 60_000) * 60_000);
  return {
    search: search.q,
    actorKind: search.actor,
    objectKind: search.kind,
    action: search.action,
    object: search.object,
    from: from?.toISOString(),
  };
}

/** The audit trail, newest first. */
export const changeList = (search: AuditSearch) => {
  const { change: _, ...filters } = search;
  return list('changes', [filters], (before) =>
    body(api.GET('/api/v1/changes', { params: { query: { ...parameters(filters), before, limit: 100 } } })),
  );
};

export const change = (id: string) =>
  queryOptions({
    queryKey: ['changes', id],
    queryFn: () => body(api.GET('/api/v1/changes/{change}', { params: { path: { change: id } } })),
  });

/** One attribute before and after. */
export interface Edit {
  name: string;
  before: unknown;
  after: unknown;
}

/** What an entry changed, attribute by attribute, and the other facts that it holds. */
export function edits(detail: Change['detail']): { edits: Edit[]; facts: [string, unknown][] } {
  const found: { edits: Edit[]; facts: [string, unknown][] } = { edits: [], facts: [] };
  for (const [name, value] of Object.entries(detail ?? {})) {
    if (Array.isArray(value) && value.length === 2 && !(isPair(name) && value.every((one) => typeof one === 'string')))
      found.edits.push({ name, before: value[0], after: value[1] });
    else found.facts.push([name, value]);
  }
  return found;
}

/** Lists of ids, which may happen to hold two. */
const isPair = (name: string) => name === 'added' || name === 'removed';

const ACTIONS: Record<string, string> = {
  create: 'Created',
  update: 'Changed',
  delete: 'Deleted',
  members: 'Members changed',
  assign: 'Assigned',
  unassign: 'Unassigned',
  draft: 'Draft saved',
  publish: 'Published',
  activate: 'Activated',
  block: 'Blocked',
  deactivate: 'Deactivated',
  discard_draft: 'Draft discarded',
  set_credential: 'Credential replaced',
  sync: 'Force sync',
  export: 'Exported',
  retry: 'Retried',
  push_group: 'Group pushed',
  unpush_group: 'Group no longer pushed',
  hold: 'Put on hold',
  release_hold: 'Hold lifted',
  add_token: 'Token made',
  revoke_token: 'Token revoked',
  revoke: 'Revoked',
  sign_in: 'Sign-in',
  invite: 'Invited',
  disable: 'Disabled',
  enable: 'Enabled',
  connect: 'Connected',
  disconnect: 'Disconnected',
  set_password: 'Password changed',
  add_second_factor: 'Second factor set up',
  remove_second_factor: 'Second factor switched off',
};

/** What was done, as words. */
export const actionWords = (action: string) =>
  ACTIONS[action] ?? (action.charAt(0).toUpperCase() + action.slice(1)).replaceAll('_', ' ');
export const ACTION_OPTIONS = Object.entries(ACTIONS).map(([value, label]) => ({ value, label }));

const KINDS: Record<string, string> = {
  user: 'User',
  group: 'Group',
  application: 'Application',
  source: 'Source',
  administrator: 'Administrator',
  invitation: 'Invitation',
  sign_in_provider: 'Sign-in',
  settings: 'Settings',
  api_token: 'API token',
  record: 'Record',
  list: 'List',
};
export const kindWords = (kind: string) => KINDS[kind] ?? kind.replaceAll('_', ' ');
export const KIND_OPTIONS = Object.entries(KINDS).map(([value, label]) => ({ value, label }));

const ACTOR_WORDS: Record<string, string> = {
  administrator: 'Administrator',
  api_token: 'API token',
  source: 'Source',
  system: 'Lockstep',
};
export const actorWords = (kind: string) => ACTOR_WORDS[kind] ?? kind;

const PATHS: Record<string, string> = {
  user: '/users/',
  group: '/groups/',
  application: '/apps/',
  source: '/sources/',
};
/** Where the object of an entry lives; null for what has no page. */
export const objectPath = (kind: string, id: string) => (PATHS[kind] ? PATHS[kind] + id : null);
