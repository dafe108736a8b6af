import { queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client';

/** Whether there is demo data. */
export const demoQuery = queryOptions({
  queryKey: ['demo'],
  queryFn: () => body(api.GET('/api/v1/demo')),
  // What is taken away goes in the background.
  refetchInterval: (query) => (query.state.data?.state === 'going' ? 1_000 : false),
});

/** A SCIM server that stands for an application. */
export interface Target {
  baseUrl: string;
  token: string;
}

export const loadDemo = (application: Target | null) => body(api.POST('/api/v1/demo', { body: { application } }));
export const removeDemo = () => body(api.DELETE('/api/v1/demo'));

/** What loading and removing touch. */
export const TOUCHED = ['demo', 'home', 'users', 'groups', 'sources', 'applications', 'errors', 'work'];
