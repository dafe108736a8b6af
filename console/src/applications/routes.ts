import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inside } from '../root';

export const applicationRoutes = [
  createRoute({
    getParentRoute: () => inside,
    path: '/apps',
    component: lazyRouteComponent(() => import('./Applications'), 'Applications'),
  }),
] as const;
