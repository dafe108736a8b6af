import { queryOptions, useQuery } from '@tanstack/react-query';
import { ApiError, api, body } from '../api/client';
import type { Me } from '../api/schema';

export type Role = 'auditor' | 'operator' | 'administrator';
const RANK: Record<string, number> = { auditor: 1, manager: 1, operator: 2, administrator: 3, owner: 4 };

/** Who is signed in; null when nobody is. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async (): Promise<Me | null> => {
    try {
      return await body(api.GET('/api/v1/session'));
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null;
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

/** Whether the one who is signed in has this role, or one that may do more. */
export function useMay(): (need: Role) => boolean {
  const role = useMe()?.role ?? '';
  return (need) => (RANK[role] ?? 0) >= (RANK[need] ?? 9);
}
