import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { api } from '../api/client';
import type { Run } from '../api/schema';
import { Tile } from '../components/Avatar';
import { ActButton, useAct } from '../components/act';
import { Empty } from '../components/Empty';
import { ErrorBox } from '../components/ErrorBox';
import { ExportMenu } from '../components/ExportMenu';
import { IconRefresh } from '../components/icons';
import { Page, PageHeader } from '../components/PageHeader';
import { Figures, Panel } from '../components/Panel';
import { RouteTabs } from '../components/RouteTabs';
import { StatusChip } from '../components/StatusChip';
import { ExactTime, useNow } from '../components/Time';
import { count, duration, plural } from '../components/time';
import { Breakdown } from './Breakdown';
import { kindWord, run, runState } from './history';
import { OperationTable } from './OperationTable';
import { useApplicationNames } from './RunTable';

const route = getRouteApi('/inside/runs/$run');

/** One run: what it did, errors first. */
export function RunPage() {
  const { run: id } = route.useParams();
  const { show } = route.useSearch();
  const { data, error, refetch } = useQuery(run(id));
  const names = useApplicationNames();
  const retry = useAct({
    run: (application: string) =>
      api.POST('/api/v1/applications/{application}/retry', {
        params: { path: { application } },
        body: { subject: null },
      }),
    changes: ['runs', 'work', 'errors', 'applications'],
    done: (answer) => `${plural(answer.data?.retried ?? 0, 'object')} looked at again now`,
  });
  const crumbs = [{ label: 'Runs', to: '/runs' }];
  if (error && !data)
    return (
      <Page header={<PageHeader title="Run" crumbs={crumbs} />}>
        <ErrorBox error={error} retry={() => refetch()} />
      </Page>
    );
  if (!data) return <Page header={<PageHeader title="Run" crumbs={crumbs} />} />;
  const name = data.applicationName || names.get(data.application) || 'A deleted application';
  const open = data.failed + data.pending + data.waiting;
  // Errors are what one comes for; a run without any shows what it sent.
  const view = show ?? (open > 0 ? 'errors' : 'all');
  const tab = (label: string, value: typeof view, number: number, alert = false) => ({
    label,
    to: `/runs/${id}`,
    search: { show: value },
    active: view === value,
    count: number,
    alert,
  });
  return (
    <Page
      header={
        <PageHeader
          title={`${kindWord(data.kind)} · ${name}`}
          crumbs={crumbs}
          tile={<Tile name={name} size={32} />}
          chip={<StatusChip of="run" is={runState(data)} filled />}
          description={<Sentence run={data} name={name} />}
          actions={
            <>
              <ExportMenu list="operations" filters={{ run: id }} label="Download" />
              <ActButton
                need="operator"
                variant="default"
                leftSection={<IconRefresh size={15} />}
                refused={open === 0 && 'Nothing of it is open'}
                loading={retry.isPending}
                onClick={() => retry.mutate(data.application)}
              >
                Retry what is open
              </ActButton>
            </>
          }
        />
      }
    >
      <Figures
        of={[
          {
            label: 'Succeeded',
            value: count(data.succeeded),
            note: `of ${plural(data.succeeded + open, 'operation')}`,
          },
          { label: 'Failed', value: count(data.failed), tone: data.failed ? 'bad' : undefined, note: 'Needs a person' },
          {
            label: 'Pending',
            value: count(data.pending),
            tone: data.pending ? 'warn' : undefined,
            note: 'Is tried again by itself',
          },
          { label: 'Waiting', value: count(data.waiting), note: 'Needs something else first' },
        ]}
      />
      {data.breakdown.length > 0 && (
        <Panel flush>
          <Breakdown of={data} />
        </Panel>
      )}
      <Panel flush>
        <div style={{ padding: '0 20px' }}>
          <RouteTabs
            label="Operations"
            tabs={[tab('Errors', 'errors', open, true), tab('Everything', 'all', data.succeeded + open)]}
          />
        </div>
        {view === 'all' ? <OperationTable filters={{ run: id }} /> : <Errors run={data} />}
      </Panel>
    </Page>
  );
}

/** What did not succeed, what needs a person first. */
function Errors({ run }: { run: Run }) {
  const kinds = (['failed', 'pending', 'waiting'] as const).filter((status) => run[status] > 0);
  if (kinds.length === 0)
    return (
      <Empty title="No errors in this run">
        {run.succeeded ? `${plural(run.succeeded, 'operation')} succeeded.` : 'There was nothing to send.'}
      </Empty>
    );
  return kinds.map((status) => <OperationTable key={status} filters={{ run: run.id, status }} />);
}

function Sentence({ run, name }: { run: Run; name: string }) {
  const now = useNow();
  const started = new Date(run.startedAt).getTime();
  const end = run.finishedAt ? new Date(run.finishedAt).getTime() : Math.max(now, Date.now());
  return (
    <>
      {run.finishedAt ? 'Ran' : 'Running'} for {duration(Math.max(0, end - started))} in{' '}
      <Link to={`/apps/${run.application}` as string} style={{ textDecoration: 'underline' }}>
        {name}
      </Link>
      , begun <ExactTime at={run.startedAt} />.
    </>
  );
}
