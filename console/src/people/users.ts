import { queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client';
import { coming } from '../api/coming';
import { asked, list, type Page } from '../api/queries';
import type { Change, UserDetail as LandedDetail, User as LandedUser, Operation, Why } from '../api/schema';

export type State = 'pending' | 'active' | 'blocked' | 'deactivated';
export type View = State | 'on_hold' | 'attention';

export interface UserFilters {
  search?: string;
  state?: View;
  source?: string;
  application?: string;
  group?: string;
  sort?: string;
}
export interface Total {
  count: number;
  exact: boolean;
}
export interface Open {
  status: 'pending' | 'waiting' | 'failed';
  code?: string | null;
  detail?: string | null;
  dueAt?: string | null;
  attempts?: number;
}
export type User = LandedUser & {
  state?: State;
  stateSince?: string | null;
  stateCause?: string | null;
  deactivatesAt?: string | null;
  kept?: boolean;
  email?: string | null;
  title?: string | null;
  department?: string | null;
  sources?: { id: string; name: string }[];
  groupCount?: number;
  accounts?: { application: string; applicationName: string; state: string; open?: Open | null }[];
};
export interface Provenance {
  path: string;
  value: unknown;
  source: string;
  sourceName: string;
  record?: string;
  overruled: { source: string; sourceName: string; value: unknown }[];
}
export interface UserAccount {
  application: string;
  applicationName: string;
  state: string;
  origin: string;
  remoteId?: string | null;
  applied?: Record<string, unknown>;
  modifiedAt: string;
  open?: Open | null;
}
export type Detail = Omit<LandedDetail, 'accounts'> &
  Omit<User, 'accounts'> & { provenance?: Provenance[]; accounts: UserAccount[] };
export interface UserGroup {
  id: string;
  displayName: string;
  kind: string;
  direct: boolean;
  via: { id: string; displayName: string }[];
}
export interface Moment {
  at: string;
  kind: 'request' | 'change' | 'operation';
  id: string;
  request?: {
    source: string;
    sourceName: string;
    method: string;
    path: string;
    status: number;
    scimType?: string | null;
    detail?: string | null;
    durationUs: number;
  } | null;
  change?: Change | null;
  operation?: Operation | null;
}

/** The users that fit, page by page. The first page says how many there are. */
export const userList = (filters: UserFilters) =>
  list('users', [filters], (after) => coming<Page<User>>('GET', `/users${asked({ ...filters, after, limit: 100 })}`));
export const countsQuery = queryOptions({
  queryKey: ['users', 'counts'],
  queryFn: () =>
    coming<Record<'all' | 'pending' | 'active' | 'blocked' | 'deactivated' | 'onHold' | 'attention', Total>>(
      'GET',
      '/users/counts',
    ),
});
export const userQuery = (id: string) =>
  queryOptions({
    queryKey: ['users', id],
    queryFn: () => coming<Detail>('GET', `/users/${id}`),
  });
export const userGroups = (id: string) =>
  list('users', [id, 'groups'], (after) =>
    coming<Page<UserGroup>>('GET', `/users/${id}/groups${asked({ after, limit: 100 })}`),
  );
export const timeline = (id: string) =>
  list('users', [id, 'timeline'], (before) =>
    coming<Page<Moment>>('GET', `/users/${id}/timeline${asked({ before, limit: 50 })}`),
  );
export const whyQuery = (user: string, application: string) =>
  queryOptions({
    queryKey: ['users', user, 'why', application],
    queryFn: (): Promise<Why> => body(api.GET('/api/v1/why', { params: { query: { user, application } } })),
  });

export const hold = (id: string, on: boolean) => coming<User>(on ? 'PUT' : 'DELETE', `/users/${id}/hold`);
export const deactivateNow = (id: string) => coming<User>('POST', `/users/${id}/deactivate`);
export const removeUser = (id: string) => coming<void>('DELETE', `/users/${id}`);
export const syncNow = (id: string, applications?: string[]) =>
  coming<{ applications: string[] }>('POST', `/users/${id}/sync`, applications ? { applications } : {});
/** Where the list with its filters comes as a file. */
export const usersCsv = (filters: UserFilters) => `/api/v1/export/users${asked({ format: 'csv', ...filters })}`;

/** How a person stands, in the words of the vocabulary. A hold is said beside it. */
export function standing(user: User): 'pending' | 'active' | 'leaving' | 'deactivated' | 'held' {
  if (user.onHold) return 'held';
  if (user.state === 'blocked') return 'leaving';
  return user.state ?? (user.active ? 'active' : 'deactivated');
}

export const nameOf = (user: { displayName?: string | null; userName: string }) => user.displayName || user.userName;
