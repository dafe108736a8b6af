import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { oneOf, text } from '../components/search';
import { inside } from '../root';

export const ACTORS = ['administrator', 'api_token', 'source', 'system'] as const;
export const SINCE = ['hour', 'day', 'week', 'month'] as const;

export interface AuditSearch {
  q?: string;
  actor?: (typeof ACTORS)[number];
  kind?: string;
  action?: string;
  since?: (typeof SINCE)[number];
  object?: string;
  /** The entry that is open. */
  change?: string;
}

export const auditRoutes = [
  createRoute({
    getParentRoute: () => inside,
    path: '/audit',
    validateSearch: (search): AuditSearch => ({
      q: text(search.q),
      actor: oneOf(ACTORS, search.actor),
      kind: text(search.kind),
      action: text(search.action),
      since: oneOf(SINCE, search.since),
      object: text(search.object),
      change: text(search.change),
    }),
    component: lazyRouteComponent(() => import('./AuditLog'), 'AuditLog'),
  }),
] as const;
