import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { text } from '../components/search';
import { inside } from '../root';

export const sourceRoutes = [
  createRoute({
    getParentRoute: () => inside,
    path: '/sources',
    component: lazyRouteComponent(() => import('./Sources'), 'Sources'),
  }),
  /** The guide: choosing a client and a name makes the source, which the address then names. */
  createRoute({
    getParentRoute: () => inside,
    path: '/sources/connect',
    validateSearch: (search): { client?: string; source?: string; step?: number } => ({
      client: text(search.client),
      source: text(search.source),
      step: Number(search.step) || undefined,
    }),
    component: lazyRouteComponent(() => import('./Connect'), 'Connect'),
  }),
  createRoute({
    getParentRoute: () => inside,
    path: '/sources/$source',
    component: lazyRouteComponent(() => import('./Source'), 'Source'),
  }),
  createRoute({
    getParentRoute: () => inside,
    path: '/sources/$source/$section',
    validateSearch: (
      search,
    ): { status?: string; method?: string; subject?: string; event?: string; result?: string } => ({
      status: text(search.status),
      method: text(search.method),
      subject: text(search.subject),
      event: text(search.event),
      result: text(search.result),
    }),
    component: lazyRouteComponent(() => import('./Source'), 'Source'),
  }),
] as const;
