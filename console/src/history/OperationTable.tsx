import { useInfiniteQuery } from '@tanstack/react-query';
import type { Operation } from '../api/schema';
import { Avatar, Tile } from '../components/Avatar';
import { type Column, DataTable } from '../components/DataTable';
import { Empty } from '../components/Empty';
import { IconUsersGroup } from '../components/icons';
import { NameCell } from '../components/NameCell';
import { StatusChip } from '../components/StatusChip';
import { Time } from '../components/Time';
import { duration } from '../components/time';
import { actionWord, OBJECT, type OperationFilters, operationList } from './history';
import { useApplicationNames } from './RunTable';

/** What was sent, one object after the other. */
export function OperationTable({
  filters,
  empty,
  fill,
}: {
  filters: OperationFilters;
  empty?: React.ReactNode;
  fill?: boolean;
}) {
  const query = useInfiniteQuery(operationList(filters));
  const names = useApplicationNames();
  const columns: Column<Operation>[] = [
    {
      id: 'object',
      header: 'Object',
      cell: (row) => (
        <NameCell
          to={`/operations/${row.id}`}
          picture={row.kind === 'user' ? <Avatar name={row.subjectName} /> : <IconUsersGroup size={18} />}
          name={row.subjectName}
          sub={row.errorDetail ?? OBJECT[row.kind]}
        />
      ),
    },
    { id: 'op', header: 'What', width: 150, from: 520, cell: (row) => actionWord(row.op) },
    {
      id: 'status',
      header: 'Result',
      width: 130,
      cell: (row) => <StatusChip of="record" is={row.status} title={row.errorDetail ?? undefined} />,
    },
    { id: 'code', header: 'Code', width: 170, from: 860, cell: (row) => row.errorCode && <code>{row.errorCode}</code> },
    ...(filters.application || filters.run
      ? []
      : [
          {
            id: 'application',
            header: 'Application',
            width: 150,
            from: 760,
            cell: (row: Operation) => {
              const name = names.get(row.application) ?? '';
              return (
                <span className="row">
                  <Tile name={name} /> <span className="clip">{name}</span>
                </span>
              );
            },
          },
        ]),
    { id: 'at', header: 'When', width: 130, from: 620, cell: (row) => <Time at={row.at} /> },
    {
      id: 'took',
      header: 'Took',
      width: 90,
      align: 'right' as const,
      from: 800,
      cell: (row) => duration(row.durationMs),
    },
  ];
  return (
    <DataTable
      inset={!fill}
      label="Operations"
      query={query}
      columns={columns}
      rowId={(row) => row.id}
      empty={empty ?? <Empty title="Nothing was sent yet">What is sent to an application is listed here.</Empty>}
    />
  );
}
