import { queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client';
import { list } from '../api/queries';
import type { GroupDetail, ListedGroup } from '../api/schema';

export type Kind = ListedGroup['kind'];
export type { EffectiveMember, GroupDetail, ListedGroup } from '../api/schema';

export interface GroupFilters {
  search?: string;
  kind?: Kind;
  source?: string;
  sort?: string;
}

export const KINDS: Record<Kind, { word: string; says: string }> = {
  manual: { word: 'Manual', says: 'Its members are chosen here.' },
  sourced: { word: 'From a source', says: 'Its members are decided by its source.' },
  built_in: { word: 'Built in', says: 'Everyone who is active.' },
};

const at = (group: string) => ({ path: { group } });

export const groupList = (filters: GroupFilters) =>
  list('groups', [filters], (after) =>
    body(api.GET('/api/v1/groups', { params: { query: { ...filters, after, limit: 100 } } })),
  );
export const groupQuery = (id: string) =>
  queryOptions({
    queryKey: ['groups', id],
    queryFn: (): Promise<GroupDetail> => body(api.GET('/api/v1/groups/{group}', { params: at(id) })),
  });
export const memberList = (id: string) =>
  list('groups', [id, 'members'], (after) =>
    body(api.GET('/api/v1/groups/{group}/members', { params: { ...at(id), query: { after, limit: 100 } } })),
  );
export const effectiveList = (id: string) =>
  list('groups', [id, 'effective'], (after) =>
    body(api.GET('/api/v1/groups/{group}/effective-members', { params: { ...at(id), query: { after, limit: 100 } } })),
  );
export const usesQuery = (id: string) =>
  queryOptions({
    queryKey: ['groups', id, 'uses'],
    queryFn: () => body(api.GET('/api/v1/groups/{group}/uses', { params: at(id) })),
  });

export const makeGroup = (displayName: string) => body(api.POST('/api/v1/groups', { body: { displayName } }));
export const renameGroup = (id: string, displayName: string) =>
  body(api.PATCH('/api/v1/groups/{group}', { params: at(id), body: { displayName } }));
export const removeGroup = (id: string) => body(api.DELETE('/api/v1/groups/{group}', { params: at(id) }));
export const changeMembers = (id: string, change: { add?: string[]; remove?: string[] }) =>
  body(
    api.POST('/api/v1/groups/{group}/members', {
      params: at(id),
      body: { add: change.add ?? [], remove: change.remove ?? [] },
    }),
  );
