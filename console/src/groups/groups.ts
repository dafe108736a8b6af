import { queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client';
import { coming } from '../api/coming';
import { asked, list, type Page } from '../api/queries';
import type { Group as LandedGroup, Member } from '../api/schema';

export type Kind = 'manual' | 'sourced' | 'built_in' | 'auto';
export type Group = Omit<LandedGroup, 'kind'> & {
  kind: Kind;
  deletedAt?: string | null;
  memberCount?: { count: number; exact: boolean } | number | null;
  sourceName?: string | null;
  assignedTo?: number;
  pushedTo?: number;
  pendingMembers?: number;
  usedBy?: { kind: 'assignment' | 'push' | 'member'; id: string; name: string }[];
};
export interface EffectiveMember {
  id: string;
  name: string;
  direct: boolean;
}
export interface Uses {
  assignments: { application: string; applicationName: string; createdAt: string }[];
  pushedTo: { application: string; applicationName: string; state: null | 'creating' | 'linked' }[];
  nestedIn: { id: string; displayName: string }[];
}
export interface GroupFilters {
  search?: string;
  kind?: string;
  source?: string;
  deleted?: string;
}

export const KINDS: Record<Kind, { word: string; says: string }> = {
  manual: { word: 'Manual', says: 'Its members are chosen here.' },
  sourced: { word: 'From a source', says: 'Its members are decided by its source.' },
  built_in: { word: 'Built in', says: 'Everyone who is active.' },
  auto: { word: 'By rule', says: 'Its members follow from a rule.' },
};

export const groupList = (filters: GroupFilters) =>
  list('groups', [filters], (after) =>
    coming<Page<Group>>('GET', `/groups${asked({ ...filters, after, limit: 100 })}`),
  );
export const groupQuery = (id: string) =>
  queryOptions({
    queryKey: ['groups', id],
    queryFn: () => body(api.GET('/api/v1/groups/{group}', { params: { path: { group: id } } })) as Promise<Group>,
  });
export const memberList = (id: string) =>
  list<Member>('groups', [id, 'members'], (after) =>
    coming('GET', `/groups/${id}/members${asked({ after, limit: 100 })}`),
  );
export const effectiveList = (id: string) =>
  list<EffectiveMember>('groups', [id, 'effective'], (after) =>
    coming('GET', `/groups/${id}/effective-members${asked({ after, limit: 100 })}`),
  );
export const usesQuery = (id: string) =>
  queryOptions({ queryKey: ['groups', id, 'uses'], queryFn: () => coming<Uses>('GET', `/groups/${id}/uses`) });

export const makeGroup = (displayName: string) => coming<Group>('POST', '/groups', { displayName });
export const renameGroup = (id: string, displayName: string) =>
  coming<Group>('PATCH', `/groups/${id}`, { displayName });
export const removeGroup = (id: string) => coming<void>('DELETE', `/groups/${id}`);
export const changeMembers = (id: string, change: { add?: string[]; remove?: string[] }) =>
  coming<void>('POST', `/groups/${id}/members`, change);

/** How many direct members; undefined where they are not counted. */
export function members(group: Group): number | undefined {
  const { memberCount } = group;
  return typeof memberCount === 'object' ? memberCount?.count : memberCount;
}
