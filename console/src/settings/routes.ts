import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { inside } from '../root';

const settings = createRoute({
  getParentRoute: () => inside,
  path: '/settings',
  component: lazyRouteComponent(() => import('./Settings'), 'Settings'),
});

/** The pages below Settings, with the words of their tabs. */
const pages = [
  createRoute({
    getParentRoute: () => settings,
    path: '/',
    beforeLoad: () => {
      throw redirect({ to: '/settings/administrators', replace: true });
    },
  }),
  createRoute({
    getParentRoute: () => settings,
    path: '/administrators',
    component: lazyRouteComponent(() => import('./Administrators'), 'Administrators'),
  }),
  createRoute({
    getParentRoute: () => settings,
    path: '/tokens',
    component: lazyRouteComponent(() => import('./ApiTokens'), 'ApiTokens'),
  }),
  createRoute({
    getParentRoute: () => settings,
    path: '/sign-in',
    component: lazyRouteComponent(() => import('./SignInSettings'), 'SignInSettings'),
  }),
  createRoute({
    getParentRoute: () => settings,
    path: '/retention',
    component: lazyRouteComponent(() => import('./Retention'), 'Retention'),
  }),
  createRoute({
    getParentRoute: () => settings,
    path: '/account',
    component: lazyRouteComponent(() => import('./Account'), 'Account'),
  }),
] as const;

export const settingsRoutes = [settings.addChildren(pages)] as const;
