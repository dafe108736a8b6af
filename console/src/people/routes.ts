import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { oneOf, text } from '../components/search';
import { inside } from '../root';

export const peopleRoutes = [
  createRoute({
    getParentRoute: () => inside,
    path: '/users',
    validateSearch: (search): { q?: string; state?: 'active' | 'inactive' } => ({
      q: text(search.q),
      state: oneOf(['active', 'inactive'], search.state),
    }),
    component: lazyRouteComponent(() => import('./Users'), 'Users'),
  }),
] as const;
