import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { coming } from '../api/coming';
import type { Home as HomeState } from '../api/schema';
import { ActButton, useAct } from '../components/act';
import { IconCheck } from '../components/icons';
import { Panel } from '../components/Panel';
import { plural } from '../components/time';
import classes from './Home.module.css';

const STEPS: {
  of: keyof HomeState['setup'];
  title: string;
  text: string;
  verb: string;
  to: (app: string | undefined) => string;
}[] = [
  {
    of: 'source',
    title: 'Connect an identity provider',
    text: 'Okta, Entra or any SCIM client sends its people and groups here.',
    verb: 'Connect a source',
    to: () => '/sources/connect',
  },
  {
    of: 'application',
    title: 'Connect an application',
    text: 'Anything that speaks SCIM. Lockstep keeps its accounts in step.',
    verb: 'Add an application',
    to: () => '/apps/new',
  },
  {
    of: 'assignment',
    title: 'Assign people',
    text: 'Choose who should have an account: groups, single people, or everyone.',
    verb: 'Assign people',
    to: (app) => (app ? `/apps/${app}/access` : '/apps/new'),
  },
  {
    of: 'active',
    title: 'Look at the preview and activate',
    text: 'You see what will happen before anything is sent.',
    verb: 'Preview and activate',
    to: (app) => (app ? `/apps/${app}` : '/apps/new'),
  },
];

/** The four steps from nothing to a first run. Measured from what is there, not from clicks. */
export function GetStarted({ home: { setup, applications } }: { home: HomeState }) {
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
                <Button
                  component={Link}
                  to={step.to(applications[0]?.id)}
                  variant={step === next ? 'filled' : 'default'}
                >
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
