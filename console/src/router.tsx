import { createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { applicationRoutes } from './applications/routes';
import { attributeRoutes } from './attributes/routes';
import { auditRoutes } from './audit/routes';
import { oneOf, text } from './components/search';
import { groupRoutes } from './groups/routes';
import { historyRoutes } from './history/routes';
import type { Range } from './home/home';
import { peopleRoutes } from './people/routes';
import { inside, root } from './root';
import { settingsRoutes } from './settings/routes';
import { NotFound } from './shell/NotFound';
import { sourceRoutes } from './sources/routes';

const home = createRoute({
  getParentRoute: () => inside,
  path: '/',
  validateSearch: (search): { range?: Range } => ({ range: oneOf(['24h', '7d', '30d'], search.range) }),
  component: lazyRouteComponent(() => import('./home/Home'), 'Home'),
});
const nowhere = createRoute({ getParentRoute: () => inside, path: '$', component: NotFound });
const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search): { next?: string } => ({ next: ownPath(search.next) }),
  component: lazyRouteComponent(() => import('./session/SignIn'), 'SignIn'),
});
const setUp = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  validateSearch: (search): { code?: string } => ({ code: text(search.code) }),
  component: lazyRouteComponent(() => import('./session/SetUp'), 'SetUp'),
});

/** Where to go after the sign-in: only into the console itself. */
function ownPath(value: unknown): string | undefined {
  const path = text(value);
  return path?.startsWith('/') && !path.startsWith('//') && !path.includes('\\') ? path : undefined;
}

/** Every page. A noun's pages are in its own folder, in `routes.ts`. */
export const router = createRouter({
  routeTree: root.addChildren([
    signIn,
    setUp,
    inside.addChildren([
      home,
      ...peopleRoutes,
      ...groupRoutes,
      ...sourceRoutes,
      ...applicationRoutes,
      ...historyRoutes,
      ...auditRoutes,
      ...attributeRoutes,
      ...settingsRoutes,
      nowhere,
    ]),
  ]),
  defaultPreload: 'intent',
  defaultPreloadDelay: 60,
  scrollRestoration: false,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
