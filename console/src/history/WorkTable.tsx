import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { api } from '../api/client';
import type { ListedWork } from '../api/schema';
import { Avatar } from '../components/Avatar';
import { useAct } from '../components/act';
import { type Column, DataTable } from '../components/DataTable';
import { Empty } from '../components/Empty';
import { IconBolt, IconHistory, IconPencil, IconUsersGroup } from '../components/icons';
import { NameCell } from '../components/NameCell';
import { Time } from '../components/Time';
import { count } from '../components/time';
import { useMay } from '../session/session';
import { OBJECT, subjectPath, type WorkFilters, workList } from './history';

const COLUMNS: Column<ListedWork>[] = [
  {
    id: 'object',
    header: 'Object',
    cell: (row) => (
      <NameCell
        to={subjectPath(row.kind, row.subject)}
        picture={row.kind === 'user' ? <Avatar name={row.subjectName} /> : <IconUsersGroup size={18} />}
        name={row.subjectName || 'Gone from the directory'}
        sub={row.memberName ? `Member ${row.memberName}` : OBJECT[row.kind]}
      />
    ),
  },
  {
    id: 'said',
    header: 'What was said',
    from: 620,
    cell: (row) => <span title={row.detail ?? undefined}>{unnamed(row)}</span>,
  },
  { id: 'attempts', header: 'Attempts', width: 90, align: 'right', from: 760, cell: (row) => count(row.attempts) },
  { id: 'first', header: 'Since', width: 130, from: 900, cell: (row) => <Time at={row.firstFailedAt} none="" /> },
  {
    id: 'due',
    header: 'Next try',
    width: 150,
    cell: (row) => <Time at={row.dueAt} none="When released" />,
  },
];

/** What was said, without the name that the row begins with. */
function unnamed({ detail, subjectName }: ListedWork) {
  const start = `${subjectName}: `;
  return detail?.startsWith(start) ? detail.slice(start.length) : detail;
}

/** Each object that is not in step, with its own retry. */
export function WorkTable({ filters }: { filters: WorkFilters }) {
  const query = useInfiniteQuery(workList(filters));
  const navigate = useNavigate();
  const may = useMay();
  const retry = useAct({
    run: ({ application, subject }: ListedWork) =>
      api.POST('/api/v1/applications/{application}/retry', { params: { path: { application } }, body: { subject } }),
    changes: ['errors', 'work', 'runs', 'applications', 'home'],
    done: 'Looked at again now',
  });
  return (
    <DataTable
      inset
      label="Objects with this cause"
      query={query}
      columns={COLUMNS}
      rowId={(row) => `${row.application} ${row.subject} ${row.member ?? ''}`}
      menu={(row) => [
        {
          label: 'Retry now',
          icon: IconBolt,
          refused: !may('operator') && 'Only operators and administrators may do this',
          run: () => retry.mutate(row),
        },
        {
          label: 'Edit the mapping with this person',
          icon: IconPencil,
          refused: row.kind !== 'user' && 'Only people go through the mapping',
          run: () =>
            navigate({
              to: `/apps/${row.application}/configure/attributes`,
              search: { user: row.subject } as never,
            }),
        },
        {
          label: 'What was sent',
          icon: IconHistory,
          run: () => navigate({ to: `/apps/${row.application}/history`, search: { show: 'operations' } as never }),
        },
      ]}
      empty={<Empty title="Nothing is left of it">It succeeded meanwhile.</Empty>}
    />
  );
}
