import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { oneOf, text } from '../components/search';
import { inside } from '../root';
import type { View } from './users';

const VIEWS = ['pending', 'active', 'blocked', 'deactivated', 'on_hold', 'attention'] as const;
const SORTS = ['userName', '-userName', 'modifiedAt', '-modifiedAt', '-createdAt'] as const;

export const peopleRoutes = [
  createRoute({
    getParentRoute: () => inside,
    path: '/users',
    validateSearch: (search): { q?: string; state?: View; filter?: string; sort?: string } => ({
      q: text(search.q),
      state: oneOf(VIEWS, search.state),
      filter: text(search.filter),
      sort: oneOf(SORTS, search.sort),
    }),
    component: lazyRouteComponent(() => import('./Users'), 'Users'),
  }),
  createRoute({
    getParentRoute: () => inside,
    path: '/users/$user',
    component: lazyRouteComponent(() => import('./User'), 'User'),
  }),
  createRoute({
    getParentRoute: () => inside,
    path: '/users/$user/$section',
    validateSearch: (search): { app?: string } => ({ app: text(search.app) }),
    component: lazyRouteComponent(() => import('./User'), 'User'),
  }),
] as const;
