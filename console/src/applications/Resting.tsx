import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { api, body } from '../api/client';
import type { ListedApplication } from '../api/schema';
import { ActButton, useAct } from '../components/act';
import { IconAlertTriangle } from '../components/icons';
import { Time, useNow } from '../components/Time';
import { plural } from '../components/time';
import classes from './Resting.module.css';

/** The connection rests: why, until when, and the way out. `named`: on a page about several applications. */
export function Resting({ app, named }: { app: Pick<ListedApplication, 'id' | 'name' | 'pause'>; named?: boolean }) {
  const { pause, id, name } = app;
  const now = useNow();
  const retry = useAct({
    run: () =>
      body(
        api.POST('/api/v1/applications/{application}/retry', {
          params: { path: { application: id } },
          body: { subject: null },
        }),
      ),
    changes: ['applications', 'errors', 'runs'],
    done: `${name} is tried now.`,
  });
  if (!pause) return null;
  const failed = pause.failures > 0;
  const said = `connection failed ${plural(pause.failures, 'time')} in a row`;
  return (
    <div className={classes.resting} data-failed={failed} role="status">
      <IconAlertTriangle size={18} />
      <div className="grow">
        <p className="strong">
          {failed ? (named ? `${name}: the ${said}` : `The ${said}`) : `${name} asked for a pause`}
        </p>
        <p className={classes.words}>{pause.note}</p>
        <p className="dim">
          Next try {Date.parse(pause.until) <= now ? 'now' : <Time at={pause.until} />} · Nothing is lost meanwhile
        </p>
      </div>
      <ActButton need="operator" variant="default" loading={retry.isPending} onClick={() => retry.mutate()}>
        Retry now
      </ActButton>
      <Button component={Link} to={`/apps/${id}/configure/connection`} variant="default">
        Test the connection
      </Button>
    </div>
  );
}
