import { api, body } from '../api/client';
import { list } from '../api/queries';

export interface UserFilters {
  search?: string;
  state?: 'active' | 'inactive';
}

/** The users that fit, page by page. */
export const userList = (filters: UserFilters) =>
  list('users', [filters], (after) =>
    body(
      api.GET('/api/v1/users', {
        params: {
          query: { search: filters.search, active: filters.state && filters.state === 'active', after, limit: 100 },
        },
      }),
    ),
  );
