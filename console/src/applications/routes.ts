import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { oneOf, text } from '../components/search';
import { inside } from '../root';

/** How the applications stand, as views of the list. */
export const STATES = ['active', 'inactive', 'attention'] as const;
/** What is listed on the page of access. */
export const ACCESS = ['assigned', 'users', 'groups', 'accounts'] as const;
/** What is listed in an application's history. */
export const HISTORY = ['runs', 'open', 'operations'] as const;

const application = createRoute({
  getParentRoute: () => inside,
  path: '/apps/$app',
  component: lazyRouteComponent(() => import('./ApplicationPage'), 'ApplicationPage'),
});

const overview = createRoute({
  getParentRoute: () => application,
  path: '/',
  component: lazyRouteComponent(() => import('./Overview'), 'Overview'),
});
const access = createRoute({
  getParentRoute: () => application,
  path: '/access',
  validateSearch: (search): { show?: (typeof ACCESS)[number]; why?: string } => ({
    show: oneOf(ACCESS, search.show),
    why: text(search.why),
  }),
  component: lazyRouteComponent(() => import('./Access'), 'Access'),
});
const groups = createRoute({
  getParentRoute: () => application,
  path: '/groups',
  component: lazyRouteComponent(() => import('./PushedGroups'), 'PushedGroups'),
});
const history = createRoute({
  getParentRoute: () => application,
  path: '/history',
  validateSearch: (search): { show?: (typeof HISTORY)[number] } => ({ show: oneOf(HISTORY, search.show) }),
  component: lazyRouteComponent(() => import('./History'), 'History'),
});

const configure = createRoute({
  getParentRoute: () => application,
  path: '/configure',
  component: lazyRouteComponent(() => import('./configure/Configure'), 'Configure'),
});
const connection = createRoute({
  getParentRoute: () => configure,
  path: '/connection',
  component: lazyRouteComponent(() => import('./configure/Connection'), 'Connection'),
});
const matching = createRoute({
  getParentRoute: () => configure,
  path: '/matching',
  component: lazyRouteComponent(() => import('./configure/Matching'), 'Matching'),
});
const events = createRoute({
  getParentRoute: () => configure,
  path: '/events',
  component: lazyRouteComponent(() => import('./configure/Events'), 'Events'),
});
const removals = createRoute({
  getParentRoute: () => configure,
  path: '/removals',
  component: lazyRouteComponent(() => import('./configure/Removals'), 'Removals'),
});
const attributes = createRoute({
  getParentRoute: () => configure,
  path: '/attributes',
  validateSearch: (search): { user?: string; row?: string; q?: string } => ({
    user: text(search.user),
    row: text(search.row),
    q: text(search.q),
  }),
  component: lazyRouteComponent(() => import('./mapping/Attributes'), 'Attributes'),
});
const versions = createRoute({
  getParentRoute: () => configure,
  path: '/versions',
  validateSearch: (search): { version?: number } => ({ version: Number(search.version) || undefined }),
  component: lazyRouteComponent(() => import('./configure/Versions'), 'Versions'),
});

export const applicationRoutes = [
  createRoute({
    getParentRoute: () => inside,
    path: '/apps',
    validateSearch: (search): { q?: string; state?: (typeof STATES)[number] } => ({
      q: text(search.q),
      state: oneOf(STATES, search.state),
    }),
    component: lazyRouteComponent(() => import('./Applications'), 'Applications'),
  }),
  createRoute({
    getParentRoute: () => inside,
    path: '/apps/new',
    validateSearch: (search): { template?: string } => ({ template: text(search.template) }),
    component: lazyRouteComponent(() => import('./AddApplication'), 'AddApplication'),
  }),
  application.addChildren([
    overview,
    access,
    groups,
    history,
    configure.addChildren([connection, matching, events, removals, attributes, versions]),
  ]),
] as const;
