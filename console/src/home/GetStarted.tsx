import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { Home as HomeState } from '../api/schema';
import { IconCheck } from '../components/icons';
import { Panel } from '../components/Panel';
import { LoadDemo } from '../demo/LoadDemo';
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
  if (!next) return null;
  return (
    <Panel title="Get started" actions={<LoadDemo />}>
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
              <Button component={Link} to={step.to(applications[0]?.id)} variant={step === next ? 'filled' : 'default'}>
                {step.verb}
              </Button>
            )}
          </li>
        ))}
      </ol>
    </Panel>
  );
}
