import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inside } from '../root';

export const historyRoutes = [
  createRoute({
    getParentRoute: () => inside,
    path: '/runs',
    component: lazyRouteComponent(() => import('./Runs'), 'Runs'),
  }),
  createRoute({
    getParentRoute: () => inside,
    path: '/errors',
    component: lazyRouteComponent(() => import('./Errors'), 'Errors'),
  }),
] as const;
