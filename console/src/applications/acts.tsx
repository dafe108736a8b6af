import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { api, body } from '../api/client';
import type { ApplicationDetail } from '../api/schema';
import { tell } from '../components/act';
import { confirm } from '../components/Confirm';
import { plural } from '../components/time';

/** Look at everybody of an application again, once that is confirmed. */
export function forceSync({ id, name, effectiveUsers }: ApplicationDetail, done: () => unknown) {
  confirm({
    level: 1,
    title: `Force sync of ${name}?`,
    body: (
      <p>
        {plural(effectiveUsers, 'person', 'people')} and every pushed group are looked at again, whether or not anything
        changed. Only what differs from what {name} holds is sent.
      </p>
    ),
    verb: 'Force sync',
    run: async () => {
      await api.POST('/api/v1/applications/{application}/sync', { params: { path: { application: id } } });
      await done();
      tell(`${name} is being looked at`);
    },
  });
}

/** What is done to an application as a whole: each says what it means before it happens. */
export function useApplicationActs(app: ApplicationDetail | undefined) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const path = { params: { path: { application: app?.id ?? '' } } };
  const changed = (...nouns: string[]) => {
    for (const noun of ['applications', 'home', ...nouns]) queries.invalidateQueries({ queryKey: [noun] });
  };
  const name = app?.name ?? '';
  const people = plural(app?.effectiveUsers ?? 0, 'person', 'people');
  return {
    activate: () =>
      confirm({
        level: 1,
        title: `Activate ${name}?`,
        body: (
          <>
            <p>
              {people} {app?.effectiveUsers === 1 ? 'has' : 'have'} access. Lockstep looks for each of them there, links
              accounts that are there already, and makes the others.
            </p>
            <p>Whatever changed while it was inactive is sent too. You can deactivate it at any time.</p>
          </>
        ),
        verb: 'Activate',
        run: async () => {
          await body(api.POST('/api/v1/applications/{application}/activate', path));
          changed('runs');
          tell(`${name} is active`);
        },
      }),
    deactivate: () =>
      confirm({
        level: 1,
        title: `Deactivate ${name}?`,
        body: (
          <>
            <p>
              Nothing is sent while it is inactive, and nothing there is touched: accounts stay as they are, also those
              of people who leave meanwhile.
            </p>
            <p>
              To clean up first, take the assignments away, watch the run, then deactivate. What changes until you
              activate it again is sent then.
            </p>
          </>
        ),
        verb: 'Deactivate',
        run: async () => {
          await body(api.POST('/api/v1/applications/{application}/deactivate', path));
          changed('runs');
          tell(`${name} is inactive`);
        },
      }),
    sync: () =>
      app &&
      forceSync(app, () => {
        changed('runs', 'work');
        return navigate({ to: `/apps/${app.id}/history` });
      }),
    remove: () =>
      confirm({
        level: 3,
        title: `Delete ${name}?`,
        body: (
          <>
            <p>
              Lockstep forgets {name}: its versions, its assignments, and which account is whose. That can’t be undone.
            </p>
            <p>Its accounts stay there as they are, and nobody is deactivated.</p>
          </>
        ),
        verb: 'Delete',
        name,
        run: async () => {
          await api.DELETE('/api/v1/applications/{application}', path);
          await navigate({ to: '/apps' });
          changed('runs', 'work', 'errors');
          tell(`${name} is deleted`);
        },
      }),
  };
}
