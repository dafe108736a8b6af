import { ActionIcon, SegmentedControl, Switch } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { refresh, switchLive, useLive } from '../api/live';
import { ErrorBox } from '../components/ErrorBox';
import { ExportMenu } from '../components/ExportMenu';
import { FilterPill } from '../components/FilterPill';
import { IconRefresh } from '../components/icons';
import { Page, PageHeader } from '../components/PageHeader';
import { type Figure, Figures, Panel } from '../components/Panel';
import { RouteTabs } from '../components/RouteTabs';
import { StackedBars } from '../components/StackedBars';
import { useNow } from '../components/Time';
import { count, plural } from '../components/time';
import { bars, SERIES, type Span, statistics, sums } from './figures';
import classes from './Runs.module.css';
import { RunTable, useApplicationNames } from './RunTable';
import { StartRun } from './StartRun';

const route = getRouteApi('/inside/runs');

/** Every run, as it happens. */
export function Runs() {
  const { app, state, span = 'day' } = route.useSearch();
  const navigate = route.useNavigate();
  const names = useApplicationNames();
  const tab = (label: string, value: typeof state) => ({
    label,
    to: '/runs',
    search: { app, span: span === 'day' ? undefined : span, state: value },
    active: state === value,
  });
  return (
    <Page
      header={
        <PageHeader
          title="Runs"
          description="Each run sends a set of changes to one application. It begins by itself, and ends when nothing is due."
          actions={
            <>
              <Live />
              <StartRun />
            </>
          }
        />
      }
    >
      <Chart app={app} span={span} set={(span) => navigate({ search: (old) => ({ ...old, span }), replace: true })} />
      <div className={classes.views}>
        <RouteTabs
          label="Views"
          pills
          tabs={[tab('All runs', undefined), tab('Finished with errors', 'with_errors'), tab('In progress', 'running')]}
        />
        <FilterPill
          label="Application"
          value={app}
          options={[...names].map(([value, label]) => ({ value, label }))}
          set={(app) => navigate({ search: (old) => ({ ...old, app }) })}
        />
        <span className="grow" />
        <ExportMenu list="runs" filters={{ application: app, state }} />
      </div>
      <Panel flush>
        <RunTable
          key={app ?? 'all'}
          application={app}
          state={state}
          filtered={Boolean(app || state)}
          clear={() => navigate({ search: { span: span === 'day' ? undefined : span } })}
        />
      </Panel>
    </Page>
  );
}

/** Whether the page keeps itself up to date, since when, and the switch to stop it (WCAG 2.2.2). */
function Live() {
  const live = useLive();
  const now = useNow();
  const age = Math.max(0, Math.round((Math.max(now, Date.now() - 10_000) - live.at) / 1000));
  const words = {
    live: `Live, updated ${age} s ago`,
    polling: `Read every 5 s, last ${age} s ago`,
    paused: 'Live updates paused',
    lost: 'Connecting again…',
  };
  return (
    <>
      <span className={classes.live} data-state={live.state}>
        <i aria-hidden="true" />
        {words[live.state]}
      </span>
      <Switch
        size="sm"
        label="Auto-refresh"
        title={live.state === 'paused' ? 'Go on with live updates  p' : 'Pause live updates  p'}
        checked={live.state !== 'paused'}
        onChange={(event) => switchLive(event.currentTarget.checked)}
      />
      <ActionIcon variant="default" size={30} aria-label="Refresh" title="Refresh  r" onClick={() => refresh()}>
        <IconRefresh size={16} />
      </ActionIcon>
    </>
  );
}

const SPAN: Record<Span, string> = { day: 'Last 24 hours', week: 'Last 7 days', month: 'Last 30 days' };

function Chart({ app, span, set }: { app?: string; span: Span; set: (span: Span) => void }) {
  const { data, error, refetch } = useQuery(statistics(span, app));
  if (error) return <ErrorBox error={error} retry={() => refetch()} title="The figures could not be loaded" />;
  const total = sums(data ?? []);
  const all = total.succeeded + total.pending + total.waiting + total.failed;
  const figures: Figure[] = [
    { label: 'Succeeded', value: data ? count(total.succeeded) : '–', note: SPAN[span] },
    {
      label: 'Success rate',
      value: all ? ((100 * total.succeeded) / all).toFixed(1) : '–',
      unit: all ? '%' : undefined,
      note: all ? `of ${plural(all, 'operation')}` : 'Nothing was sent',
    },
    {
      label: 'Failed',
      value: data ? count(total.failed) : '–',
      tone: total.failed ? 'bad' : undefined,
      note: 'Needed a person',
    },
    {
      label: 'Pending',
      value: data ? count(total.pending) : '–',
      tone: total.pending ? 'warn' : undefined,
      note: 'Were tried again',
    },
    { label: 'Waiting', value: data ? count(total.waiting) : '–', note: 'Needed something else' },
  ];
  return (
    <Figures of={figures}>
      <div className={classes.chart}>
        <SegmentedControl
          className={classes.span}
          size="xs"
          aria-label="Stretch of time"
          value={span}
          onChange={(value) => set(value as Span)}
          data={[
            { value: 'day', label: '24 h' },
            { value: 'week', label: '7 days' },
            { value: 'month', label: '30 days' },
          ]}
        />
        <StackedBars title="What was sent" series={SERIES} bars={bars(data ?? [], span)} />
      </div>
    </Figures>
  );
}
