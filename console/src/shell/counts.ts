import { useQuery } from '@tanstack/react-query';
import { api, body } from '../api/client';
import { homeQuery } from '../home/home';
import type { Place } from './navigation';

type Counts = Partial<Record<NonNullable<Place['counts']>, number>>;

/** The numbers beside the navigation. What is not known yet is left out. */
export function useCounts(): Counts {
  const home = useQuery(homeQuery).data;
  const status = useQuery({ queryKey: ['work', 'status'], queryFn: () => body(api.GET('/api/v1/status')) });
  const groups = useQuery({
    queryKey: ['groups', 'count'],
    queryFn: () => body(api.GET('/api/v1/groups', { params: { query: { limit: 1 } } })),
  });
  return {
    users: home?.people.count,
    groups: groups.data?.total?.count,
    sources: home?.sources.length,
    applications: home?.applications.length,
    errors: status.data?.failed,
  };
}
