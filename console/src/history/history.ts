import { queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client';
import { coming } from '../api/coming';
import { list, type Page } from '../api/queries';
import type { Operation, Run } from '../api/schema';

export type WorkStatus = 'failed' | 'pending' | 'waiting';
export type OperationStatus = 'succeeded' | WorkStatus;
export type RunState = 'running' | 'clean' | 'with_errors';

export type ListedRun = Run & { applicationName?: string };

/** The part of an address after `?`, without what is not set. */
function query(parts: Record<string, string | number | undefined | null>): string {
  const set = Object.entries(parts).flatMap(([key, value]) => (value ? [[key, String(value)]] : []));
  return set.length ? `?${new URLSearchParams(set)}` : '';
}

export interface RunFilters {
  application?: string;
  state?: RunState;
}

/** Runs, newest first. */
export const runList = (filters: RunFilters, limit = 50) =>
  list('runs', [filters, limit], (before) =>
    coming<Page<ListedRun>>('GET', `/runs${query({ ...filters, before, limit })}`),
  );

export const run = (id: string) =>
  queryOptions({
    queryKey: ['runs', id],
    queryFn: () => body(api.GET('/api/v1/runs/{run}', { params: { path: { run: id } } })) as Promise<ListedRun>,
  });

export interface OperationFilters {
  application?: string;
  run?: string;
  subject?: string;
  status?: OperationStatus;
  code?: string;
  op?: string;
  search?: string;
}

/** What was sent, newest first. */
export const operationList = (filters: OperationFilters) =>
  list('operations', [filters], (before) =>
    coming<Page<Operation>>('GET', `/operations${query({ ...filters, before, limit: 100 })}`),
  );

export const operation = (id: string) =>
  queryOptions({
    queryKey: ['operations', id],
    queryFn: () => body(api.GET('/api/v1/operations/{operation}', { params: { path: { operation: id } } })),
  });

export interface Counted {
  count: number;
  exact: boolean;
}

/** What helps most against a cause. */
export type Remedy =
  | 'test_connection'
  | 'replace_credential'
  | 'edit_mapping'
  | 'retry'
  | 'look_at_user'
  | 'look_at_application'
  | 'settings'
  | 'wait';

/** Everything with one cause in one application. */
export interface Cause {
  application: string;
  applicationName: string;
  status: WorkStatus;
  code: string;
  count: Counted;
  firstSeenAt: string | null;
  lastSeenAt: string;
  nextAt: string | null;
  title: string;
  advice: string;
  action: Remedy;
  example: { kind: string; subject: string; name: string; detail: string };
}

export const causeList = (application?: string) =>
  queryOptions({
    queryKey: ['errors', application ?? null],
    queryFn: async () => (await coming<Page<Cause>>('GET', `/errors${query({ application })}`)).items,
  });

/** One object that an application is not in step with. */
export interface Work {
  application: string;
  applicationName: string;
  kind: 'user' | 'group' | 'membership';
  subject: string;
  subjectName: string;
  member: string | null;
  memberName: string | null;
  status: WorkStatus;
  attempts: number;
  firstFailedAt: string | null;
  dueAt: string | null;
  code: string | null;
  detail: string | null;
  waitingOn: string | null;
  cause: string | null;
}

export interface WorkFilters {
  application?: string;
  status?: WorkStatus;
  code?: string;
}

export const workList = (filters: WorkFilters) =>
  list('work', [filters], (after) => coming<Page<Work>>('GET', `/work${query({ ...filters, after, limit: 100 })}`));

/** How a run stands, as a word of the vocabulary. */
export function runState(run: Pick<Run, 'finishedAt' | 'failed' | 'pending' | 'waiting' | 'succeeded'>) {
  if (!run.finishedAt) return 'running';
  if (run.failed > 0 && run.succeeded === 0) return 'failed';
  return run.failed + run.pending + run.waiting > 0 ? 'errors' : 'succeeded';
}

const ACTIONS: Record<string, string> = {
  create: 'Create',
  adopt: 'Adopt',
  update: 'Update',
  deactivate: 'Deactivate',
  reactivate: 'Reactivate',
  delete: 'Delete',
  release: 'Let go',
  members: 'Change members',
  none: 'Nothing could be sent',
};
/** What was done, as a word. */
export const actionWord = (op: string) => ACTIONS[op] ?? op;
export const ACTION_OPTIONS = Object.entries(ACTIONS)
  .filter(([value]) => value !== 'none')
  .map(([value, label]) => ({ value, label }));

const KINDS: Record<string, string> = {
  changes: 'Changes',
  manual: 'Force sync',
  sync: 'Force sync',
  publish: 'Publish',
  activate: 'Activation',
  retry: 'Retry',
};
/** Why a run began, as a word. */
export const kindWord = (kind: string) => KINDS[kind] ?? kind;

/** What a kind of object is called. */
export const OBJECT: Record<string, string> = { user: 'User', group: 'Group', membership: 'Members of a group' };

/** Where an object lives in the console. */
export const subjectPath = (kind: string, id: string) => (kind === 'user' ? `/users/${id}` : `/groups/${id}`);
