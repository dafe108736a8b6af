import { createRootRoute, createRoute, Outlet, redirect } from '@tanstack/react-router';
import { queries } from './api/queries';
import { ErrorBox } from './components/ErrorBox';
import { Page, PageHeader } from './components/PageHeader';
import { sessionQuery, setupQuery } from './session/session';
import { NotFound } from './shell/NotFound';
import { Shell } from './shell/Shell';

/** Everything. */
export const root = createRootRoute({
  component: Outlet,
  notFoundComponent: NotFound,
  errorComponent: ({ error, reset }) => (
    <Page header={<PageHeader title="Something is wrong here" />}>
      <ErrorBox error={error} retry={reset} />
    </Page>
  ),
});

/** Where a second factor is set up, when it must be before anything else. */
const ENROL = '/settings/account';

/** Everything behind the sign-in. Pages hang below it: `createRoute({ getParentRoute: () => inside, … })`. */
export const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  component: Shell,
  beforeLoad: async ({ location }) => {
    const me = await queries.ensureQueryData(sessionQuery);
    if (me?.session?.mustEnrol && location.pathname !== ENROL) throw redirect({ to: ENROL });
    if (me) return;
    const setup = await queries.fetchQuery(setupQuery);
    if (setup.needed) throw redirect({ to: '/setup' });
    throw redirect({ to: '/sign-in', search: { next: location.href === '/' ? undefined : location.href } });
  },
});
