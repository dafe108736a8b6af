import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inside } from '../root';

export const settingsRoutes = [
  createRoute({
    getParentRoute: () => inside,
    path: '/attributes',
    component: lazyRouteComponent(() => import('./Attributes'), 'Attributes'),
  }),
  createRoute({
    getParentRoute: () => inside,
    path: '/settings',
    component: lazyRouteComponent(() => import('./Settings'), 'Settings'),
  }),
] as const;
