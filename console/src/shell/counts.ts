import { useQuery } from '@tanstack/react-query';
import { api, body } from '../api/client';
import type { Place } from './navigation';

type Counts = Partial<Record<NonNullable<Place['counts']>, number>>;

/** The numbers beside the navigation. What is not known yet is left out. */
export function useCounts(): Counts {
  const status = useQuery({ queryKey: ['home', 'status'], queryFn: () => body(api.GET('/api/v1/status')) });
  const sources = useQuery({ queryKey: ['sources', 'count'], queryFn: () => body(api.GET('/api/v1/sources')) });
  return {
    sources: sources.data?.items.length,
    applications: status.data?.applications.length,
    errors: status.data?.failed,
  };
}
