import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { ListedApplication } from '../api/schema';
import { Tile } from '../components/Avatar';
import { type Column, DataTable } from '../components/DataTable';
import { Empty } from '../components/Empty';
import { FilterPill } from '../components/FilterPill';
import { IconPlus } from '../components/icons';
import { Lines, NameCell } from '../components/NameCell';
import { Page, PageHeader, Toolbar } from '../components/PageHeader';
import { SearchField } from '../components/SearchField';
import { StatusChip } from '../components/StatusChip';
import { Time } from '../components/Time';
import { count, plural } from '../components/time';
import { useMay } from '../session/session';
import { applicationList, counted, state } from './applications';
import { OpenCounts } from './OpenCounts';

const route = getRouteApi('/inside/apps');

const COLUMNS: Column<ListedApplication>[] = [
  {
    id: 'application',
    header: 'Application',
    cell: (app) => (
      <NameCell
        to={`/apps/${app.id}`}
        picture={<Tile name={app.name} size={28} />}
        name={app.name}
        sub={app.currentVersion ? `Version ${app.currentVersion}` : 'Not published yet'}
      />
    ),
  },
  {
    id: 'status',
    header: 'Status',
    width: 150,
    cell: (app) => <StatusChip of="application" is={state(app)} title={app.pause?.note} />,
  },
  {
    id: 'accounts',
    header: 'Accounts',
    width: 110,
    align: 'right',
    from: 760,
    cell: (app) => counted(app.accounts),
  },
  { id: 'open', header: 'Not in step', width: 220, from: 560, cell: (app) => <OpenCounts open={app.open} /> },
  {
    id: 'run',
    header: 'Last run',
    width: 190,
    from: 900,
    cell: (app) =>
      app.lastRun ? (
        <Lines first={outcome(app.lastRun)} second={<Time at={app.lastRun.finishedAt ?? app.lastRun.startedAt} />} />
      ) : (
        <span className="dim">No run yet</span>
      ),
  },
  {
    id: 'credential',
    header: 'Credential',
    width: 160,
    from: 1080,
    cell: (app) =>
      app.credential ? (
        <Lines
          first={app.credential.last4 ? <span className="mono">…{app.credential.last4}</span> : 'Bearer token'}
          second={
            <>
              set <Time at={app.credential.modifiedAt} />
            </>
          }
        />
      ) : (
        <span className="dim">None</span>
      ),
  },
];

function outcome(run: NonNullable<ListedApplication['lastRun']>): string {
  if (!run.finishedAt) return 'Running';
  if (run.failed > 0) return `${count(run.failed)} failed`;
  const open = run.pending + run.waiting;
  return open > 0
    ? `${count(open)} not in step`
    : run.succeeded
      ? `${count(run.succeeded)} succeeded`
      : 'Nothing to send';
}

/** Every application, and how it stands. */
export function Applications() {
  const { q, state: wanted } = route.useSearch();
  const navigate = route.useNavigate();
  const may = useMay();
  const query = useInfiniteQuery(applicationList());
  const fits = (app: ListedApplication) =>
    (!q || app.name.toLowerCase().includes(q.toLowerCase())) &&
    (!wanted ||
      (wanted === 'attention'
        ? Boolean(app.pause || app.open.failed)
        : wanted === (app.active ? 'active' : 'inactive')));
  const shown = {
    ...query,
    data: query.data && { pages: query.data.pages.map((page) => ({ ...page, items: page.items.filter(fits) })) },
  };
  const add = (
    <Button component={Link} to="/apps/new" leftSection={<IconPlus size={15} />}>
      Add application
    </Button>
  );
  return (
    <Page
      fill
      header={
        <PageHeader
          title="Applications"
          description="Where people get accounts. What an application receives is drafted, previewed, then published."
          actions={may('administrator') && add}
        />
      }
    >
      <Toolbar>
        <SearchField
          label="Search applications"
          value={q ?? ''}
          set={(q) => navigate({ search: (old) => ({ ...old, q: q || undefined }), replace: true })}
        />
        <FilterPill
          label="Status"
          value={wanted}
          options={[
            { value: 'active', label: 'Active' },
            { value: 'inactive', label: 'Inactive' },
            { value: 'attention', label: 'Needs attention' },
          ]}
          set={(state) => navigate({ search: (old) => ({ ...old, state }) })}
        />
        <span className="grow" />
        {query.data && <span className="dim">{plural(shown.data?.pages[0]?.items.length ?? 0, 'application')}</span>}
      </Toolbar>
      <DataTable
        label="Applications"
        query={shown}
        columns={COLUMNS}
        rowId={(app) => app.id}
        empty={
          q || wanted ? (
            <Empty
              title="No applications match"
              actions={
                <Button variant="default" onClick={() => navigate({ search: {} })}>
                  Clear filters
                </Button>
              }
            >
              {q && `Searched for “${q}” in names.`}
            </Empty>
          ) : (
            <Empty title="No applications yet" actions={may('administrator') && add}>
              Add the first place where people should have accounts. Nothing is sent before you have seen what will
              happen.
            </Empty>
          )
        }
      />
    </Page>
  );
}
