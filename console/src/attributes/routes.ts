import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inside } from '../root';

export const attributeRoutes = [
  createRoute({
    getParentRoute: () => inside,
    path: '/attributes',
    component: lazyRouteComponent(() => import('./Schemas'), 'Schemas'),
  }),
  createRoute({
    getParentRoute: () => inside,
    path: '/attributes/resource-types',
    component: lazyRouteComponent(() => import('./ResourceTypes'), 'ResourceTypes'),
  }),
  createRoute({
    getParentRoute: () => inside,
    path: '/attributes/schemas/$schema',
    component: lazyRouteComponent(() => import('./SchemaPage'), 'SchemaPage'),
  }),
] as const;
