import { infiniteQueryOptions, keepPreviousData, QueryClient } from '@tanstack/react-query';
import { ApiError } from './client';

/** What is known of the server's state. Everything shown comes from here; secrets never go in. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (failures, error) => !(error instanceof ApiError && error.status < 500) && failures < 3,
      retryDelay: (attempt) => [2_000, 5_000, 10_000, 30_000][attempt] ?? 30_000,
    },
    mutations: { gcTime: 0 },
  },
});

/** One page of a list, as every list of the API answers. */
export interface Page<T> {
  items: T[];
  next?: string | null;
  /** How many there are in all, on the first page of lists that count; counted to 10,000. */
  total?: { count: number; exact: boolean } | null;
}

/**
 * A list that is read page by page as it is scrolled. `noun` is what changes invalidate; `filters` tell this list from
 * others of the noun; `fetch` gets the cursor of the page, undefined for the first.
 */
export function list<T>(
  noun: string,
  filters: readonly unknown[],
  fetch: (cursor: string | undefined) => Promise<Page<T>>,
) {
  return infiniteQueryOptions({
    queryKey: [noun, 'list', ...filters],
    queryFn: ({ pageParam }) => fetch(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });
}

/** What a list is asked for, as the end of an address; empty without any. */
export function asked(filters: { [name: string]: string | number | undefined }): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filters)) if (value !== undefined) query.set(name, String(value));
  return query.size ? `?${query}` : '';
}
