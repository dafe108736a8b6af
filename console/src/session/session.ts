import { queryOptions, useQuery } from '@tanstack/react-query';
import { ApiError, api, body } from '../api/client';
import type { Me } from '../api/schema';

export type Role = Me['role'];
const RANK: Record<Role, number> = { auditor: 1, manager: 2, operator: 3, administrator: 4, owner: 5 };

/** Who is signed in; null when nobody is. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async ({ client, queryKey }): Promise<Me | null> => {
    try {
      return await body(api.GET('/api/v1/session'));
    } catch (error) {
      // A session that ends behind an open page is noticed by the next request, which asks for a new one over the page.
      if (error instanceof ApiError && error.status === 401) return client.getQueryData<Me>(queryKey) ?? null;
      throw error;
    }
  },
  staleTime: 60_000,
});

/** Whether the first administrator is still to be made. */
export const setupQuery = queryOptions({
  queryKey: ['setup'],
  queryFn: () => body(api.GET('/api/v1/setup')),
});

/** The one who is signed in. Only on pages behind the sign-in. */
export function useMe(): Me | null {
  return useQuery(sessionQuery).data ?? null;
}

/**
 * Whether the one who is signed in has this role, or one that may do more. On the pages of their own application,
 * managers are its administrators.
 */
export function useMay(): (need: Role) => boolean {
  const me = useMe();
  return (need) => {
    if (!me) return false;
    const own = me.role === 'manager' && me.application && location.pathname.startsWith(`/apps/${me.application}`);
    return RANK[own ? 'administrator' : me.role] >= RANK[need];
  };
}
