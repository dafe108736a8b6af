import { Button, Modal, TextInput } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, body } from '../api/client';
import { ActButton, useAct } from '../components/act';
import { type Column, DataTable } from '../components/DataTable';
import { Empty } from '../components/Empty';
import { ErrorBox } from '../components/ErrorBox';
import { ExportMenu } from '../components/ExportMenu';
import { FilterPill } from '../components/FilterPill';
import { IconPlus, IconUsersGroup } from '../components/icons';
import { NameCell } from '../components/NameCell';
import { Page, PageHeader, Toolbar } from '../components/PageHeader';
import { SearchField } from '../components/SearchField';
import { Chip } from '../components/StatusChip';
import { Time } from '../components/Time';
import { atLeast, plural } from '../components/time';
import { groupList, KINDS, type ListedGroup, makeGroup } from './groups';

const route = getRouteApi('/inside/groups');

const COLUMNS: Column<ListedGroup>[] = [
  {
    id: 'group',
    header: 'Group',
    sort: 'displayName',
    cell: (group) => (
      <NameCell
        to={`/groups/${group.id}`}
        picture={<IconUsersGroup size={18} className="dim" />}
        name={group.displayName}
        sub={group.sourceName ?? KINDS[group.kind].says}
      />
    ),
  },
  {
    id: 'kind',
    header: 'Kind',
    width: 160,
    from: 560,
    cell: (group) =>
      group.deletedAt ? (
        <Chip tone="warn" shape="unlink" title="Its source has deleted it; something still names it.">
          Deleted by its source
        </Chip>
      ) : (
        <Chip tone="mute" bare>
          {KINDS[group.kind].word}
        </Chip>
      ),
  },
  {
    id: 'members',
    header: 'Direct members',
    width: 130,
    align: 'right',
    cell: (group) => {
      const total = group.memberCount;
      return total ? atLeast(total) : <span className="dim">Everyone</span>;
    },
  },
  {
    id: 'used',
    header: 'Used by',
    width: 230,
    from: 820,
    cell: (group) => <span className="dim">{used(group)}</span>,
  },
  {
    id: 'changed',
    header: 'Last change',
    sort: 'modifiedAt',
    width: 140,
    from: 620,
    cell: (group) => <Time at={group.modifiedAt} />,
  },
];

function used({ assignedTo, pushedTo }: ListedGroup): string {
  const uses = [
    assignedTo > 0 && `Access to ${plural(assignedTo, 'app')}`,
    pushedTo > 0 && `${assignedTo > 0 ? 'pushed' : 'Pushed'} to ${plural(pushedTo, 'app')}`,
  ].filter(Boolean);
  return uses.join(', ') || 'Nothing';
}

/** Every group, with its kind and its direct members. */
export function Groups() {
  const { q, kind, source, sort, make } = route.useSearch();
  const navigate = route.useNavigate();
  const query = useInfiniteQuery(groupList({ search: q, kind, source, sort }));
  const sources = useQuery({ queryKey: ['sources', 'all'], queryFn: () => body(api.GET('/api/v1/sources')) }).data;
  const filtered = Boolean(q || kind || source);
  const set = (change: { q?: string; kind?: typeof kind; source?: string; sort?: string; make?: string }) =>
    navigate({ search: (old) => ({ ...old, ...change }), replace: 'q' in change });
  return (
    <Page
      fill
      header={
        <PageHeader
          title="Groups"
          description="Manual groups are made here; the others come from sources. A group can give access and be pushed to applications."
          actions={
            <ActButton need="administrator" leftSection={<IconPlus size={16} />} onClick={() => set({ make: 'yes' })}>
              New group
            </ActButton>
          }
        />
      }
    >
      <Toolbar>
        <SearchField label="Search names" value={q ?? ''} set={(q) => set({ q: q || undefined })} />
        <FilterPill
          label="Kind"
          value={kind}
          options={(['manual', 'sourced', 'built_in'] as const).map((value) => ({ value, label: KINDS[value].word }))}
          set={(kind) => set({ kind })}
        />
        <FilterPill
          label="Source"
          value={source}
          options={(sources?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))}
          set={(source) => set({ source })}
        />
        <span className="grow" />
        <ExportMenu list="groups" filters={{ search: q, kind, source, sort }} />
      </Toolbar>
      <DataTable
        label="Groups"
        query={query}
        columns={COLUMNS}
        rowId={(group) => group.id}
        sort={sort}
        setSort={(sort) => set({ sort })}
        empty={
          filtered ? (
            <Empty
              title="No groups match"
              actions={
                <Button variant="default" onClick={() => navigate({ search: {} })}>
                  Clear filters
                </Button>
              }
            />
          ) : (
            <Empty title="No groups yet">Make one here, or let a source push its groups.</Empty>
          )
        }
      />
      {make && <Make close={() => set({ make: undefined })} />}
    </Page>
  );
}

function Make({ close }: { close: () => void }) {
  const [name, setName] = useState('');
  const navigate = useNavigate();
  const make = useAct({ run: () => makeGroup(name.trim()), changes: ['groups'], quiet: true });
  return (
    <Modal opened onClose={close} title="New group" size={440} centered>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          make.mutate(undefined, { onSuccess: (group) => navigate({ to: `/groups/${group.id}` as never }) });
        }}
      >
        <TextInput
          label="Name"
          description="Its members are chosen here. It may hold other groups."
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          required
          data-autofocus
        />
        {!!make.error && <ErrorBox error={make.error} />}
        <div className="row">
          <span className="grow" />
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button type="submit" loading={make.isPending} disabled={!name.trim()}>
            Make the group
          </Button>
        </div>
      </form>
    </Modal>
  );
}
