import { queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client';
import { list } from '../api/queries';
import type { ErrorGroup, Run } from '../api/schema';

export type WorkStatus = 'failed' | 'pending' | 'waiting';
export type OperationStatus = 'succeeded' | WorkStatus;
export type RunState = 'running' | 'clean' | 'with_errors';

export interface RunFilters {
  application?: string;
  state?: RunState;
}

/** Runs, newest first. */
export const runList = (filters: RunFilters, limit = 50) =>
  list('runs', [filters, limit], (before) =>
    body(api.GET('/api/v1/runs', { params: { query: { ...filters, before, limit } } })),
  );

export const run = (id: string) =>
  queryOptions({
    queryKey: ['runs', id],
    queryFn: () => body(api.GET('/api/v1/runs/{run}', { params: { path: { run: id } } })),
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
    body(api.GET('/api/v1/operations', { params: { query: { ...filters, before, limit: 100 } } })),
  );

export const operation = (id: string) =>
  queryOptions({
    queryKey: ['operations', id],
    queryFn: () => body(api.GET('/api/v1/operations/{operation}', { params: { path: { operation: id } } })),
  });

export const causeList = (application?: string) =>
  queryOptions({
    queryKey: ['errors', application ?? null],
    queryFn: async () => (await body(api.GET('/api/v1/errors', { params: { query: { application } } }))).items,
  });

export interface WorkFilters {
  application?: string;
  status?: WorkStatus;
  code?: string;
}

/** The objects that applications are not in step with. */
export const workList = (filters: WorkFilters) =>
  list('work', [filters], (after) =>
    body(api.GET('/api/v1/work', { params: { query: { ...filters, after, limit: 100 } } })),
  );

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

/** What several of a kind are called. */
export const OBJECTS: Record<string, string> = { user: 'Users', group: 'Groups', membership: 'Members of groups' };

/** Where an object lives in the console. */
export const subjectPath = (kind: string, id: string) => (kind === 'user' ? `/users/${id}` : `/groups/${id}`);

/**
 * Look again at everything with one cause, in one request; says how many objects that is. Refused when there are more
 * of them by now than were shown.
 */
export async function retryCause(cause: ErrorGroup): Promise<number> {
  const { application, status, code, count } = cause;
  const answer = await body(
    api.POST('/api/v1/applications/{application}/retry', {
      params: { path: { application } },
      body: { code, status, count: count.exact ? count.count : undefined },
    }),
  );
  return answer.retried;
}
