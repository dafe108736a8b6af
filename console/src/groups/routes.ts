import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { oneOf, text } from '../components/search';
import { inside } from '../root';

const SORTS = ['displayName', '-displayName', 'modifiedAt', '-modifiedAt'] as const;

export const groupRoutes = [
  createRoute({
    getParentRoute: () => inside,
    path: '/groups',
    validateSearch: (
      search,
    ): { q?: string; kind?: 'manual' | 'sourced' | 'built_in'; source?: string; sort?: string; make?: string } => ({
      q: text(search.q),
      kind: oneOf(['manual', 'sourced', 'built_in'], search.kind),
      source: text(search.source),
      sort: oneOf(SORTS, search.sort),
      make: text(search.make),
    }),
    component: lazyRouteComponent(() => import('./Groups'), 'Groups'),
  }),
  createRoute({
    getParentRoute: () => inside,
    path: '/groups/$group',
    component: lazyRouteComponent(() => import('./Group'), 'Group'),
  }),
  createRoute({
    getParentRoute: () => inside,
    path: '/groups/$group/$section',
    component: lazyRouteComponent(() => import('./Group'), 'Group'),
  }),
] as const;
