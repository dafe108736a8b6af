import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inside } from '../root';

export const groupRoutes = [
  createRoute({
    getParentRoute: () => inside,
    path: '/groups',
    component: lazyRouteComponent(() => import('./Groups'), 'Groups'),
  }),
] as const;
