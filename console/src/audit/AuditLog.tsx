import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { sentence } from '../api/client';
import type { Change } from '../api/schema';
import { type Column, DataTable } from '../components/DataTable';
import { Empty } from '../components/Empty';
import { ExportMenu } from '../components/ExportMenu';
import { FilterPill } from '../components/FilterPill';
import { Lines, NameCell } from '../components/NameCell';
import { Page, PageHeader, Toolbar } from '../components/PageHeader';
import { SearchField } from '../components/SearchField';
import { StatusChip } from '../components/StatusChip';
import { ExactTime, Time } from '../components/Time';
import { ChangeDrawer } from './ChangeDrawer';
import {
  ACTION_OPTIONS,
  actionWords,
  actorWords,
  changeList,
  edits,
  KIND_OPTIONS,
  kindWords,
  parameters,
} from './changes';
import type { AuditSearch } from './routes';
import { isId, short } from './value';

const route = getRouteApi('/inside/audit');

/** What a change did, on one line. */
function summary(change: Change): string {
  if (change.error) return sentence(change.error);
  const { edits: changed, facts } = edits(change.detail);
  if (changed.length)
    return changed.map(({ name, before, after }) => `${name}: ${short(before)} → ${short(after)}`).join(' · ');
  return facts
    .filter(([, value]) => !(Array.isArray(value) && value.length === 0) && value !== 0 && !isId(value))
    .map(([name, value]) => `${name}: ${Array.isArray(value) ? value.length : short(value)}`)
    .join(' · ');
}

/** Who changed what. Nobody can change this list. */
export function AuditLog() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const query = useInfiniteQuery(changeList(search));
  const set = (part: Partial<AuditSearch>) => navigate({ search: (old) => ({ ...old, ...part }) });
  const filtered = Boolean(search.q || search.actor || search.kind || search.action || search.since || search.object);
  const columns: Column<Change>[] = [
    {
      id: 'what',
      header: 'What',
      cell: (change) => (
        <NameCell
          to="/audit"
          search={{ ...search, change: change.id }}
          name={actionWords(change.action)}
          sub={`${kindWords(change.objectKind)} ${change.objectName}`}
        />
      ),
    },
    {
      id: 'who',
      header: 'Who',
      width: 240,
      from: 620,
      cell: (change) => <Lines first={change.actor} second={actorWords(change.actorKind)} />,
    },
    {
      id: 'how',
      header: 'Details',
      from: 900,
      cell: (change) => (
        <span className="dim">
          {change.result === 'failed' && <StatusChip of="record" is="failed" />} {summary(change)}
        </span>
      ),
    },
    {
      id: 'when',
      header: 'When',
      width: 210,
      cell: (change) => (
        <Lines
          first={<Time at={change.at} />}
          second={
            <span className="wide">
              <ExactTime at={change.at} />
            </span>
          }
        />
      ),
    },
  ];
  return (
    <Page
      fill
      header={
        <PageHeader
          title="Audit log"
          description="Who changed what, with the values before and after. Nobody can change or remove an entry."
        />
      }
    >
      <Toolbar>
        <SearchField
          label="Search names"
          value={search.q ?? ''}
          set={(q) => navigate({ search: (old) => ({ ...old, q: q || undefined }), replace: true })}
        />
        <FilterPill
          label="When"
          value={search.since}
          options={[
            { value: 'hour', label: 'Last hour' },
            { value: 'day', label: 'Last 24 hours' },
            { value: 'week', label: 'Last 7 days' },
            { value: 'month', label: 'Last 30 days' },
          ]}
          set={(since) => set({ since })}
        />
        <FilterPill
          label="Who"
          value={search.actor}
          options={(['administrator', 'api_token', 'source', 'system'] as const).map((value) => ({
            value,
            label: actorWords(value),
          }))}
          set={(actor) => set({ actor })}
        />
        <FilterPill label="Object" value={search.kind} options={KIND_OPTIONS} set={(kind) => set({ kind })} />
        <FilterPill label="What" value={search.action} options={ACTION_OPTIONS} set={(action) => set({ action })} />
        {search.object && (
          <Button variant="default" onClick={() => set({ object: undefined })}>
            One object only: show all
          </Button>
        )}
        <span className="grow" />
        <ExportMenu list="changes" filters={parameters(search)} />
      </Toolbar>
      <DataTable
        label="Audit log"
        query={query}
        columns={columns}
        rowId={(change) => change.id}
        empty={
          filtered ? (
            <Empty
              title="No entries match"
              actions={
                <Button variant="default" onClick={() => navigate({ search: {} })}>
                  Clear filters
                </Button>
              }
            >
              {search.q && `Searched for “${search.q}” in the names of people and objects.`}
            </Empty>
          ) : (
            <Empty title="Nothing has been changed yet">Every change is written down here, with who made it.</Empty>
          )
        }
      />
      {search.change && (
        <ChangeDrawer
          id={search.change}
          ids={query.data?.pages.flatMap(({ items }) => items.map(({ id }) => id)) ?? []}
          open={(change) => navigate({ search: (old) => ({ ...old, change }), replace: true })}
          close={() => navigate({ search: (old) => ({ ...old, change: undefined }), replace: true })}
        />
      )}
    </Page>
  );
}
