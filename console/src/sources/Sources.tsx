import { Button } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Tile } from '../components/Avatar';
import { useAct } from '../components/act';
import { type Column, DataTable } from '../components/DataTable';
import { Empty } from '../components/Empty';
import { IconArrowDown, IconArrowUp, IconPlus } from '../components/icons';
import { Lines, NameCell } from '../components/NameCell';
import { Page, PageHeader } from '../components/PageHeader';
import { StatusChip } from '../components/StatusChip';
import { Time } from '../components/Time';
import { count } from '../components/time';
import { LoadDemo } from '../demo/LoadDemo';
import { homeQuery } from '../home/home';
import { useMay } from '../session/session';
import { CLIENTS, policyOf, type Source, setOrder, sourceList, standing } from './sources';

const columns = (users: Map<string, number>): Column<Source>[] => [
  {
    id: 'source',
    header: 'Source',
    cell: (source) => (
      <NameCell
        to={`/sources/${source.id}`}
        picture={<Tile name={source.name} size={28} />}
        name={source.name}
        sub={about(source)}
      />
    ),
  },
  {
    id: 'status',
    header: 'Status',
    width: 170,
    cell: (source) =>
      source.removal ? (
        <StatusChip of="run" is="running">
          {`Removing, ${source.removal.done} of ${source.removal.total}`}
        </StatusChip>
      ) : (
        <StatusChip of="source" is={standing(source)} />
      ),
  },
  {
    id: 'users',
    header: 'Users',
    width: 90,
    align: 'right',
    from: 760,
    cell: ({ id }) => count(users.get(id) ?? 0),
  },
  {
    id: 'removals',
    header: 'When someone leaves',
    width: 290,
    from: 900,
    cell: (source) => (source.kind === 'local' ? <span className="dim">–</span> : leaving(source)),
  },
  {
    id: 'request',
    header: 'Last request',
    width: 150,
    from: 620,
    cell: (source) => (source.kind === 'local' ? <span className="dim">–</span> : <Time at={source.lastRequestAt} />),
  },
];

/** What kind of source it is, unless its name says so. */
function about({ kind, client, name }: Source): string | undefined {
  const words = kind === 'local' ? 'People entered by hand' : CLIENTS[client];
  return words === name ? undefined : words;
}

function leaving(source: Source) {
  const settings = policyOf(source);
  const words = {
    delete: 'Deleted there: removed',
    deactivate: 'Deleted there: deactivated',
    ignore: 'Deleted there: kept',
  };
  const days = Math.round(settings.deactivationDelay / 1440);
  const delay = settings.deactivationDelay
    ? `Inactive there: deactivated after ${days >= 1 ? `${days} d` : `${settings.deactivationDelay} min`}`
    : 'Inactive there: deactivated at once';
  return <Lines first={delay} second={words[settings.onDelete]} />;
}

/** Where people come from, in the order in which they are believed. */
export function Sources() {
  const query = useInfiniteQuery(sourceList);
  const home = useQuery(homeQuery).data;
  const may = useMay();
  const order = useAct({ run: setOrder, changes: ['sources'], done: 'Order changed. People are joined anew.' });
  const sources = query.data?.pages.flatMap((page) => page.items) ?? [];
  // The source for people entered by hand is always there; alone and without people it is not worth a row.
  const none = sources.length === 1 && sources[0]?.kind === 'local' && home?.people.count === 0;
  const refused = !may('administrator') && 'Only administrators may do this';
  const move = (source: Source, by: number) => {
    const ids = sources.map(({ id }) => id);
    const from = ids.indexOf(source.id);
    ids.splice(from + by, 0, ...ids.splice(from, 1));
    order.mutate(ids);
  };
  return (
    <Page
      fill
      header={
        <PageHeader
          title="Sources"
          description="Where people come from. Where two sources state the same attribute, the upper one is believed; the menu of a row moves it."
          actions={
            <Button component={Link} to="/sources/connect" leftSection={<IconPlus size={16} />}>
              Connect a source
            </Button>
          }
        />
      }
    >
      <DataTable
        label="Sources"
        query={none ? { ...query, data: { pages: [{ items: [] }] } } : query}
        columns={columns(new Map(home?.sources.map(({ id, users }) => [id, users])))}
        rowId={(source) => source.id}
        menu={(source) => [
          {
            label: 'Move up',
            icon: IconArrowUp,
            refused: refused || (sources[0]?.id === source.id && 'It has the highest rank'),
            run: () => move(source, -1),
          },
          {
            label: 'Move down',
            icon: IconArrowDown,
            refused: refused || (sources.at(-1)?.id === source.id && 'It has the lowest rank'),
            run: () => move(source, 1),
          },
        ]}
        empty={
          <Empty
            title="No sources yet"
            actions={
              <>
                <Button component={Link} to="/sources/connect">
                  Connect a source
                </Button>
                <LoadDemo />
              </>
            }
          >
            Connect Okta, Microsoft Entra ID or another SCIM client, and its people arrive here.
          </Empty>
        }
      />
    </Page>
  );
}
