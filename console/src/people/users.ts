import { queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client';
import { list } from '../api/queries';
import type { paths, User, UserDetail, Why } from '../api/schema';

export interface UserFilters {
  search?: string;
  state?: View;
  /** Conditions, as `conditions.ts` writes them. */
  filter?: string;
  sort?: Sort;
}
export type { ListedUser, Moment, Provenance, Total, User, UserAccount, UserDetail, UserGroup } from '../api/schema';

type Asked = NonNullable<paths['/api/v1/users']['get']['parameters']['query']>;
export type View = NonNullable<Asked['state']>;
export type Sort = NonNullable<Asked['sort']>;

const at = (user: string) => ({ path: { user } });

/** The users that fit, page by page. The first page says how many there are. */
export const userList = (filters: UserFilters) =>
  list('users', [filters], (after) =>
    body(api.GET('/api/v1/users', { params: { query: { ...filters, after, limit: 100 } } })),
  );
export const countsQuery = queryOptions({
  queryKey: ['users', 'counts'],
  queryFn: () => body(api.GET('/api/v1/users/counts')),
});
export const userQuery = (id: string) =>
  queryOptions({
    queryKey: ['users', id],
    queryFn: () => body(api.GET('/api/v1/users/{user}', { params: at(id) })) as Promise<UserDetail>,
  });
export const userGroups = (id: string) =>
  list('users', [id, 'groups'], () => body(api.GET('/api/v1/users/{user}/groups', { params: at(id) })));
export const timeline = (id: string) =>
  list('users', [id, 'timeline'], (before) =>
    body(api.GET('/api/v1/users/{user}/timeline', { params: { ...at(id), query: { before, limit: 50 } } })),
  );
export const whyQuery = (user: string, application: string) =>
  queryOptions({
    queryKey: ['users', user, 'why', application],
    queryFn: (): Promise<Why> => body(api.GET('/api/v1/why', { params: { query: { user, application } } })),
  });

export const hold = (id: string, on: boolean): Promise<User> =>
  body(
    on
      ? api.PUT('/api/v1/users/{user}/hold', { params: at(id) })
      : api.DELETE('/api/v1/users/{user}/hold', { params: at(id) }),
  );
export const deactivateNow = (id: string) => body(api.POST('/api/v1/users/{user}/deactivate', { params: at(id) }));
export const removeUser = (id: string) => body(api.DELETE('/api/v1/users/{user}', { params: at(id) }));
export const syncNow = (id: string, applications?: string[]) =>
  body(api.POST('/api/v1/users/{user}/sync', { params: at(id), body: { applications: applications ?? null } }));
export function standing(user: User): 'pending' | 'active' | 'leaving' | 'deactivated' | 'held' {
  if (user.onHold) return 'held';
  if (user.state === 'blocked') return 'leaving';
  return user.state ?? (user.active ? 'active' : 'deactivated');
}

export const nameOf = (user: { displayName?: string | null; userName: string }) => user.displayName || user.userName;
