import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inside } from '../root';

export const sourceRoutes = [
  createRoute({
    getParentRoute: () => inside,
    path: '/sources',
    component: lazyRouteComponent(() => import('./Sources'), 'Sources'),
  }),
] as const;
