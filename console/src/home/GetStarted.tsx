import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { coming } from '../api/coming';
import { ActButton, useAct } from '../components/act';
import { IconCheck } from '../components/icons';
import { Panel } from '../components/Panel';
import { plural } from '../components/time';
import classes from './Home.module.css';
import type { HomeState } from './home';

const STEPS: { of: keyof HomeState['setup']; title: string; text: string; verb: string; to: string }[] = [
  {
    of: 'source',
    title: 'Connect an identity provider',
    text: 'Okta, Entra or any SCIM client sends its people and groups here.',
    verb: 'Connect a source',
    to: '/sources/new',
  },
  {
    of: 'application',
    title: 'Connect an application',
    text: 'Anything that speaks SCIM. Lockstep keeps its accounts in step.',
    verb: 'Add an application',
    to: '/apps/new',
  },
  {
    of: 'assignment',
    title: 'Assign people',
    text: 'Choose who should have an account: groups, single people, or everyone.',
    verb: 'Assign people',
    to: '/apps',
  },
  {
    of: 'active',
    title: 'Look at the preview and activate',
    text: 'You see what will happen before anything is sent.',
    verb: 'Activate',
    to: '/apps',
  },
];

/** The four steps from nothing to a first run. Measured from what is there, not from clicks. */
export function GetStarted({ setup }: { setup: HomeState['setup'] }) {
  const next = STEPS.find(({ of }) => !setup[of]);
  const demo = useDemo();
  if (!next && !demo.loaded) return null;
  return (
    <Panel
      title={next ? 'Get started' : 'Demo data is loaded'}
      description={next ? undefined : 'Remove it when you have seen enough; what is your own stays.'}
      actions={demo.button}
    >
      {next && (
        <ol className={classes.steps}>
          {STEPS.map((step, index) => (
            <li key={step.of} data-done={setup[step.of] || undefined} aria-current={step === next ? 'step' : undefined}>
              <span className={classes.number}>
                {setup[step.of] ? <IconCheck size={15} /> : index + 1}
                {setup[step.of] && <span className="sr">Done</span>}
              </span>
              <div className="grow">
                <h3>{step.title}</h3>
                <p className="dim">{step.text}</p>
              </div>
              {!setup[step.of] && (
                <Button component={Link} to={step.to} variant={step === next ? 'filled' : 'default'}>
                  {step.verb}
                </Button>
              )}
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}

/** People to look around with, loaded and removed by one button. */
function useDemo() {
  const state = useQuery({
    queryKey: ['demo'],
    queryFn: () => coming<{ loaded: boolean }>('GET', '/demo'),
    retry: false,
  });
  const changes = ['demo', 'home', 'users', 'groups', 'sources', 'applications'];
  const load = useAct({
    run: () => coming<{ users: number; groups: number }>('POST', '/demo'),
    changes,
    done: ({ users, groups }) => `Loaded ${plural(users, 'person', 'people')} and ${plural(groups, 'group')}`,
  });
  const remove = useAct({ run: () => coming<void>('DELETE', '/demo'), changes, done: 'The demo data is removed' });
  const loaded = state.data?.loaded ?? false;
  const button = state.data && (
    <ActButton
      need="administrator"
      variant="default"
      loading={load.isPending || remove.isPending}
      onClick={() => (loaded ? remove.mutate() : load.mutate())}
    >
      {loaded ? 'Remove demo data' : 'Load demo data'}
    </ActButton>
  );
  return { loaded, button };
}
