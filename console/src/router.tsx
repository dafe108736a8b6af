import { createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { applicationRoutes } from './applications/routes';
import { attributeRoutes } from './attributes/routes';
import { auditRoutes } from './audit/routes';
import { oneOf, ownPath, text } from './components/search';
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

const goToProvider = createRoute({
  getParentRoute: () => root,
  path: '/sign-in/provider',
  validateSearch: (search): { for?: 'signIn' | 'confirm' } => ({ for: oneOf(['signIn', 'confirm'], search.for) }),
  component: lazyRouteComponent(() => import('./session/ProviderPages'), 'GoToProvider'),
});
const callback = createRoute({
  getParentRoute: () => root,
  path: '/sign-in/callback',
  component: lazyRouteComponent(() => import('./session/ProviderPages'), 'Callback'),
});
const done = createRoute({
  getParentRoute: () => root,
  path: '/sign-in/done',
  component: lazyRouteComponent(() => import('./session/ProviderPages'), 'Done'),
});
const invitation = createRoute({
  getParentRoute: () => root,
  path: '/invitation',
  component: lazyRouteComponent(() => import('./session/Invitation'), 'Invitation'),
});

/** Every page. A noun's pages are in its own folder, in `routes.ts`. */
export const router = createRouter({
  routeTree: root.addChildren([
    signIn,
    goToProvider,
    callback,
    done,
    invitation,
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
