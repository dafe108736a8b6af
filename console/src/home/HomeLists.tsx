import { Link } from '@tanstack/react-router';
import type { HomeApplication, HomeSource } from '../api/schema';
import { Tile } from '../components/Avatar';
import { type Column, DataTable, type Rows } from '../components/DataTable';
import { Empty } from '../components/Empty';
import { IconDatabaseImport } from '../components/icons';
import { NameCell } from '../components/NameCell';
import { Panel } from '../components/Panel';
import { StatusChip } from '../components/StatusChip';
import { Time } from '../components/Time';
import { count } from '../components/time';
import classes from './Home.module.css';

const APPLICATIONS: Column<HomeApplication>[] = [
  {
    id: 'application',
    header: 'Application',
    cell: (one) => <NameCell to={`/apps/${one.id}`} picture={<Tile name={one.name} size={24} />} name={one.name} />,
  },
  {
    id: 'status',
    header: 'Status',
    width: 150,
    cell: (one) => (
      <StatusChip
        of="application"
        is={one.pause ? 'quarantined' : one.active ? 'active' : 'inactive'}
        title={one.pause?.note}
      />
    ),
  },
  {
    id: 'open',
    header: 'Not in step',
    width: 200,
    cell: ({ open }) => {
      const parts = (['failed', 'pending', 'waiting'] as const).filter((status) => open[status] > 0);
      if (parts.length === 0) return <span className="dim">All in step</span>;
      return (
        <span className="row">
          {parts.map((status) => (
            <span key={status} className={classes[status]}>
              {count(open[status])} {status}
            </span>
          ))}
        </span>
      );
    },
  },
  {
    id: 'succeeded',
    header: 'Succeeded, 24 h',
    width: 130,
    align: 'right',
    from: 760,
    cell: (one) => count(one.succeeded),
  },
  {
    id: 'troubled',
    header: 'Not succeeded, 24 h',
    width: 150,
    align: 'right',
    from: 860,
    cell: (one) => count(one.troubled),
  },
  { id: 'run', header: 'Last run', width: 140, from: 620, cell: (one) => <Time at={one.lastRun?.startedAt} /> },
];

const SOURCES: Column<HomeSource>[] = [
  {
    id: 'source',
    header: 'Source',
    cell: (one) => (
      <NameCell to={`/sources/${one.id}`} picture={<IconDatabaseImport className="dim" />} name={one.name} />
    ),
  },
  {
    id: 'users',
    header: 'Users',
    width: 110,
    align: 'right',
    cell: ({ users }) => count(users),
  },
  {
    id: 'requests',
    header: 'Requests, 24 h',
    width: 130,
    align: 'right',
    from: 560,
    cell: (one) => count(one.requests),
  },
  {
    id: 'refused',
    header: 'Refused, 24 h',
    width: 120,
    align: 'right',
    from: 760,
    cell: (one) => count(one.requestErrors),
  },
  { id: 'last', header: 'Last request', width: 150, cell: (one) => <Time at={one.lastRequestAt} /> },
];

/** Each application in one line. */
export function HomeApplications({ applications }: { applications: HomeApplication[] | undefined }) {
  return (
    <Panel title="Applications" flush actions={<Link to="/apps">All applications</Link>}>
      <DataTable
        inset
        label="Applications"
        query={whole(applications)}
        columns={APPLICATIONS}
        rowId={(one) => one.id}
        rowHeight={44}
        empty={<Empty title="No applications yet" />}
      />
    </Panel>
  );
}

/** Each source in one line. */
export function HomeSources({ sources }: { sources: HomeSource[] | undefined }) {
  return (
    <Panel title="Sources" flush actions={<Link to="/sources">All sources</Link>}>
      <DataTable
        inset
        label="Sources"
        query={whole(sources)}
        columns={SOURCES}
        rowId={(one) => one.id}
        rowHeight={44}
        empty={<Empty title="No sources yet" />}
      />
    </Panel>
  );
}

/** A list that came whole with something else. */
export function whole<T>(items: T[] | undefined): Rows<T> {
  return {
    data: items && { pages: [{ items }] },
    error: null,
    isPending: !items,
    isFetchingNextPage: false,
    hasNextPage: false,
    fetchNextPage: () => undefined,
    refetch: () => undefined,
  };
}
