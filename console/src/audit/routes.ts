import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inside } from '../root';

export const auditRoutes = [
  createRoute({
    getParentRoute: () => inside,
    path: '/audit',
    component: lazyRouteComponent(() => import('./AuditLog'), 'AuditLog'),
  }),
] as const;
