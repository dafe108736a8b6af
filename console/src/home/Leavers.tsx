import type { HomeLeaver } from '../api/schema';
import { Avatar } from '../components/Avatar';
import { type Column, DataTable } from '../components/DataTable';
import { Empty } from '../components/Empty';
import { NameCell } from '../components/NameCell';
import { Panel } from '../components/Panel';
import { Chip } from '../components/StatusChip';
import { Time } from '../components/Time';
import { count, duration } from '../components/time';
import { whole } from './HomeLists';

const COLUMNS: Column<HomeLeaver>[] = [
  {
    id: 'user',
    header: 'User',
    cell: (one) => <NameCell to={`/users/${one.user}`} picture={<Avatar name={one.name} />} name={one.name} />,
  },
  {
    id: 'took',
    header: 'Until the last account',
    width: 220,
    cell: (one) =>
      one.doneAt ? (
        <span className="num">{duration(one.tookMs)}</span>
      ) : (
        <Chip tone="warn" shape="clock">
          {duration(one.tookMs)} so far
        </Chip>
      ),
  },
  { id: 'accounts', header: 'Accounts', width: 110, align: 'right', from: 620, cell: (one) => count(one.accounts) },
  { id: 'left', header: 'Left', width: 150, from: 520, cell: (one) => <Time at={one.leftAt} /> },
];

/** Who lost their accounts slowest: from their end in the directory until the last account was gone. */
export function Leavers({ leavers }: { leavers: HomeLeaver[] | undefined }) {
  return (
    <Panel
      title="Leavers"
      description="The slowest five of the last 7 days: from blocked or deactivated until the last account was gone."
      flush
    >
      <DataTable
        inset
        label="Leavers"
        query={whole(leavers)}
        columns={COLUMNS}
        rowId={(one) => `${one.user} ${one.leftAt}`}
        rowHeight={44}
        empty={<Empty title="Nobody has left">Who loses their accounts is listed here for 7 days.</Empty>}
      />
    </Panel>
  );
}
