import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { type Column, DataTable } from '../components/DataTable';
import { Empty } from '../components/Empty';
import { ExportMenu } from '../components/ExportMenu';
import { FilterPill } from '../components/FilterPill';
import { Lines, NameCell } from '../components/NameCell';
import { Toolbar } from '../components/PageHeader';
import { SearchField } from '../components/SearchField';
import { Chip } from '../components/StatusChip';
import { Time } from '../components/Time';
import { EVENTS, eventWord, RESULTS, summary } from './log';
import { logList, type SyncLine } from './sources';

const route = getRouteApi('/inside/sources/$source/$section');
const PAGES: Record<string, string> = { user: '/users/', group: '/groups/' };

function Result({ line }: { line: SyncLine }) {
  const result = RESULTS[line.result];
  return result ? (
    <Chip tone={result.tone} shape={result.shape} bare={result.bare} title={line.error ?? undefined}>
      {result.word}
    </Chip>
  ) : (
    line.result
  );
}

const COLUMNS: Column<SyncLine>[] = [
  {
    id: 'subject',
    header: 'Person or group',
    width: 290,
    cell: (line) => (
      <NameCell
        to={line.subject && PAGES[line.subjectKind] ? `${PAGES[line.subjectKind]}${line.subject}` : undefined}
        name={line.subjectName || 'Unnamed'}
        sub={line.subjectKind === 'record' ? 'Not joined' : line.subjectKind === 'group' ? 'Group' : 'User'}
      />
    ),
  },
  { id: 'event', header: 'Event', width: 150, cell: (line) => eventWord(line.event) },
  {
    id: 'change',
    header: 'Change',
    from: 860,
    cell: (line) => <Lines first={summary(line.change)} second={line.error} />,
  },
  { id: 'result', header: 'Result', width: 120, cell: (line) => <Result line={line} /> },
  { id: 'at', header: 'When', width: 130, cell: (line) => <Time at={line.at} /> },
];

/** What the source's requests came to: a line for every person and group that changed, or was left alone on purpose. */
export function SyncLog({ id: source }: { id: string }) {
  const { event, result, subject } = route.useSearch();
  const filters = { event, result: result as SyncLine['result'] | undefined, subject };
  const navigate = route.useNavigate();
  const query = useInfiniteQuery(logList(source, filters));
  const filtered = Object.values(filters).some(Boolean);
  const set = (change: Partial<typeof filters>) =>
    navigate({ search: (old) => ({ ...old, ...change }), replace: 'subject' in change });
  return (
    <>
      <Toolbar>
        <SearchField
          label="Name or id"
          value={filters.subject ?? ''}
          set={(subject) => set({ subject: subject || undefined })}
        />
        <FilterPill
          label="Event"
          value={filters.event}
          options={Object.entries(EVENTS).map(([value, label]) => ({ value, label }))}
          set={(event) => set({ event })}
        />
        <FilterPill
          label="Result"
          value={filters.result}
          options={Object.entries(RESULTS).map(([value, { word }]) => ({ value, label: word }))}
          set={(result) => set({ result: result as SyncLine['result'] | undefined })}
        />
        <span className="grow" />
        <ExportMenu list={`sources/${source}/sync-log`} filters={{ ...filters }} />
      </Toolbar>
      <DataTable
        label="Sync log"
        query={query}
        columns={COLUMNS}
        rowId={(line) => line.id}
        empty={
          filtered ? (
            <Empty
              title="No lines match"
              actions={
                <Button variant="default" onClick={() => navigate({ search: {} })}>
                  Clear filters
                </Button>
              }
            />
          ) : (
            <Empty title="Nothing has changed yet">
              Each person and group that this source creates, changes or removes leaves a line here, for 90 days.
            </Empty>
          )
        }
      />
    </>
  );
}
