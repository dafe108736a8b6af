import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { oneOf, text } from '../components/search';
import { inside } from '../root';

export const RUN_STATES = ['running', 'clean', 'with_errors'] as const;
export const OPERATION_VIEWS = ['errors', 'all'] as const;
export const WORK_STATUSES = ['failed', 'pending', 'waiting'] as const;
export const SPANS = ['day', 'week', 'month'] as const;

export const historyRoutes = [
  createRoute({
    getParentRoute: () => inside,
    path: '/runs',
    validateSearch: (search): { app?: string; state?: (typeof RUN_STATES)[number]; span?: (typeof SPANS)[number] } => ({
      app: text(search.app),
      state: oneOf(RUN_STATES, search.state),
      span: oneOf(SPANS, search.span),
    }),
    component: lazyRouteComponent(() => import('./Runs'), 'Runs'),
  }),
  createRoute({
    getParentRoute: () => inside,
    path: '/runs/$run',
    validateSearch: (search): { show?: (typeof OPERATION_VIEWS)[number] } => ({
      show: oneOf(OPERATION_VIEWS, search.show),
    }),
    component: lazyRouteComponent(() => import('./RunPage'), 'RunPage'),
  }),
  createRoute({
    getParentRoute: () => inside,
    path: '/operations/$operation',
    component: lazyRouteComponent(() => import('./OperationPage'), 'OperationPage'),
  }),
  createRoute({
    getParentRoute: () => inside,
    path: '/errors',
    validateSearch: (search): { app?: string; code?: string; status?: (typeof WORK_STATUSES)[number] } => ({
      app: text(search.app),
      code: text(search.code),
      status: oneOf(WORK_STATUSES, search.status),
    }),
    component: lazyRouteComponent(() => import('./Errors'), 'Errors'),
  }),
] as const;
