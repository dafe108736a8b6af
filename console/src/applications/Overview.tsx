import { Button } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { ApplicationDetail } from '../api/schema';
import { ActButton } from '../components/act';
import { IconCheck, IconCircleDashed } from '../components/icons';
import { Facts, Figures, Panel } from '../components/Panel';
import { StatusChip } from '../components/StatusChip';
import { ExactTime } from '../components/Time';
import { count, plural } from '../components/time';
import { Causes } from '../history/Causes';
import { RunTable } from '../history/RunTable';
import { useApplicationActs } from './acts';
import { application, assignments, versions } from './applications';
import classes from './Overview.module.css';
import { Resting } from './Resting';
import { removals } from './sentences';

const route = getRouteApi('/inside/apps/$app');

/** How an application stands, and what is missing before it can begin. */
export function Overview() {
  const { app: id } = route.useParams();
  const { data: app } = useQuery(application(id));
  if (!app) return null;
  const { open } = app;
  return (
    <>
      {app.pause && <Resting app={app} />}
      {(!app.active || app.currentVersion == null) && <Checklist app={app} />}
      {app.currentVersion != null && (
        <Figures
          of={[
            {
              label: 'People with access',
              value: count(app.effectiveUsers),
              note: 'Through groups or directly',
              to: { to: `/apps/${id}/access`, search: { show: 'users' } },
            },
            {
              label: 'Failed',
              value: count(open.failed),
              tone: open.failed ? 'bad' : undefined,
              note: 'Needs a person',
            },
            {
              label: 'Pending',
              value: count(open.pending),
              tone: open.pending ? 'warn' : undefined,
              note: 'Is tried again by itself',
            },
            { label: 'Waiting', value: count(open.waiting), note: 'Needs something else first' },
          ]}
        />
      )}
      {(app.active ? open.failed + open.pending + open.waiting : open.failed) > 0 && (
        <Panel title="Not in step" flush>
          <Causes application={id} inset pending={open.pending} />
        </Panel>
      )}
      <div className={app.currentVersion != null ? classes.columns : undefined}>
        {app.currentVersion != null && (
          <Panel title="Last runs" flush actions={<Link to={`/apps/${id}/history` as string}>All runs</Link>}>
            <RunTable application={id} short />
          </Panel>
        )}
        <Decided app={app} />
      </div>
    </>
  );
}

/** What is to be done before it can begin; measured from what is there. */
function Checklist({ app }: { app: ApplicationDetail }) {
  const acts = useApplicationActs(app);
  const assigned = useInfiniteQuery(assignments(app.id));
  const to = `/apps/${app.id}`;
  const people = assigned.data ? (assigned.data.pages[0]?.items.length ?? 0) > 0 : false;
  const published = app.currentVersion != null;
  const steps = [
    {
      done: app.credential !== null && app.credential !== undefined,
      title: 'Connect',
      text: app.credential ? `A credential for ${app.credential.origin} is set` : 'Set the bearer token and test it',
      link: `${to}/configure/connection`,
      verb: app.credential ? 'Test' : 'Set the token',
    },
    {
      done: people,
      title: 'Assign',
      text: people
        ? `${plural(app.effectiveUsers, 'person', 'people')} would have access`
        : 'Nothing is sent until someone is assigned',
      link: `${to}/access`,
      verb: people ? 'See who' : 'Assign a group',
    },
    {
      done: published && !app.hasDraft,
      title: 'Preview and publish',
      text: published
        ? app.hasDraft
          ? `Version ${app.currentVersion} is current; a draft is begun`
          : `Version ${app.currentVersion} is current`
        : 'See what each person gets, then publish the draft',
      link: `${to}/configure/attributes`,
      verb: 'Open the mapping',
    },
  ];
  const next = steps.find(({ done }) => !done);
  return (
    <Panel
      title={published ? `${app.name} is inactive` : `Before ${app.name} begins`}
      description={
        published
          ? 'Nothing is sent, and nothing there is touched.'
          : 'Nothing is sent before the draft is published and the application is activated.'
      }
    >
      <ol className={classes.steps}>
        {steps.map((step) => (
          <li key={step.title} data-done={step.done || undefined}>
            {step.done ? <IconCheck size={16} /> : <IconCircleDashed size={16} />}
            <span className="grow">
              <span className="strong">{step.title}</span>
              <span className="sr">{step.done ? ' (done)' : ' (to do)'}</span>
              <span className={classes.text}>{step.text}</span>
            </span>
            <Button component={Link} to={step.link} variant={step === next ? 'filled' : 'default'}>
              {step.verb}
            </Button>
          </li>
        ))}
        <li>
          <IconCircleDashed size={16} />
          <span className="grow">
            <span className="strong">Activate</span>
            <span className={classes.text}>Then the first run begins, and can be watched here</span>
          </span>
          <ActButton need="operator" refused={!published && 'Publish a version first'} onClick={acts.activate}>
            Activate
          </ActButton>
        </li>
      </ol>
    </Panel>
  );
}

/** What is decided, in sentences. */
function Decided({ app }: { app: ApplicationDetail }) {
  const { data } = useQuery(versions(app.id));
  const current = data?.find(({ state }) => state === 'current') ?? data?.[0];
  if (!current) return null;
  const { settings } = current;
  return (
    <Panel
      title="What is decided"
      actions={<StatusChip of="version" is={current.state}>{`Version ${current.number}`}</StatusChip>}
    >
      <Facts
        of={[
          ['Address', <code key="url">{settings.baseUrl}</code>],
          ['Recognised by', settings.match === 'email' ? 'Primary e-mail address' : 'User name'],
          [
            'Removals',
            <div key="removals">
              {removals(settings)
                .slice(0, 2)
                .map((sentence) => (
                  <p key={sentence}>{sentence}</p>
                ))}
            </div>,
          ],
          ['Attributes', plural(settings.mapping?.length ?? 0, 'row')],
          ['Published', current.publishedAt ? <ExactTime key="at" at={current.publishedAt} /> : 'Not yet'],
        ]}
      />
    </Panel>
  );
}
