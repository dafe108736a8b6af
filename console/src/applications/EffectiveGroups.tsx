import { useInfiniteQuery } from '@tanstack/react-query';
import type { EffectiveGroup } from '../api/schema';
import { type Column, DataTable } from '../components/DataTable';
import { Empty } from '../components/Empty';
import { IconUsersGroup } from '../components/icons';
import { NameCell } from '../components/NameCell';
import { StatusChip } from '../components/StatusChip';
import { Time } from '../components/Time';
import { atLeast, count } from '../components/time';
import { effectiveGroups } from './applications';

const KINDS = { manual: 'Kept by hand', sourced: 'From a source', built_in: 'Built in' };

const COLUMNS: Column<EffectiveGroup>[] = [
  {
    id: 'group',
    header: 'Group',
    cell: (row) => (
      <NameCell
        to={`/groups/${row.id}`}
        picture={<IconUsersGroup size={18} />}
        name={row.displayName}
        sub={KINDS[row.kind]}
      />
    ),
  },
  {
    id: 'members',
    header: 'Members',
    width: 110,
    align: 'right',
    from: 640,
    cell: (row) => (row.memberCount == null ? 'Everyone' : atLeast(row.memberCount)),
  },
  {
    id: 'accounts',
    header: 'Members there',
    width: 140,
    align: 'right',
    from: 760,
    cell: (row) => (row.pushed ? count(row.heldCount) : ''),
  },
  {
    id: 'pushed',
    header: 'Made there',
    width: 150,
    cell: (row) =>
      row.pushed ? (
        <StatusChip of="groupLink" is={(row.linkState ?? 'creating') as 'linked'} />
      ) : (
        <span className="dim">No</span>
      ),
  },
  {
    id: 'since',
    header: 'Gives access since',
    width: 160,
    from: 560,
    cell: (row) => <Time at={row.assignedAt} none="Does not give access" />,
  },
];

/** Groups that give access, and groups that are made in the application. */
export function EffectiveGroups({ id }: { id: string }) {
  const query = useInfiniteQuery(effectiveGroups(id));
  return (
    <DataTable
      inset
      label="Groups with access"
      query={query}
      columns={COLUMNS}
      rowId={(row) => row.id}
      empty={<Empty title="No group gives access">Assign a group, or push one under Groups.</Empty>}
    />
  );
}
