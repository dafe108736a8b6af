import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { User } from '../api/schema';
import { Avatar } from '../components/Avatar';
import { type Column, DataTable } from '../components/DataTable';
import { Empty } from '../components/Empty';
import { FilterPill } from '../components/FilterPill';
import { NameCell } from '../components/NameCell';
import { Page, PageHeader, Toolbar } from '../components/PageHeader';
import { SearchField } from '../components/SearchField';
import { StatusChip } from '../components/StatusChip';
import { Time } from '../components/Time';
import { userList } from './users';

const route = getRouteApi('/inside/users');

const COLUMNS: Column<User>[] = [
  {
    id: 'user',
    header: 'User',
    cell: (user) => (
      <NameCell
        to={`/users/${user.id}`}
        picture={<Avatar name={user.displayName ?? user.userName} />}
        name={user.displayName ?? user.userName}
        sub={user.userName}
      />
    ),
  },
  {
    id: 'status',
    header: 'Status',
    width: 160,
    cell: (user) => <StatusChip of="user" is={user.onHold ? 'held' : user.active ? 'active' : 'deactivated'} />,
  },
  { id: 'changed', header: 'Last change', width: 150, from: 620, cell: (user) => <Time at={user.modifiedAt} /> },
];

export function Users() {
  const { q, state } = route.useSearch();
  const navigate = route.useNavigate();
  const query = useInfiniteQuery(userList({ search: q, state }));
  const filtered = Boolean(q || state);
  return (
    <Page
      fill
      header={
        <PageHeader
          title="Users"
          description="Everyone Lockstep knows, from every source. Attributes are owned by the source; access is owned here."
        />
      }
    >
      <Toolbar>
        <SearchField
          label="Search name or user name"
          value={q ?? ''}
          set={(q) => navigate({ search: (old) => ({ ...old, q: q || undefined }), replace: true })}
        />
        <FilterPill
          label="Status"
          value={state}
          options={[
            { value: 'active', label: 'Active' },
            { value: 'inactive', label: 'Deactivated' },
          ]}
          set={(state) => navigate({ search: (old) => ({ ...old, state }) })}
        />
      </Toolbar>
      <DataTable
        label="Users"
        query={query}
        columns={COLUMNS}
        rowId={(user) => user.id}
        empty={
          filtered ? (
            <Empty
              title="No users match"
              actions={
                <Button variant="default" onClick={() => navigate({ search: {} })}>
                  Clear filters
                </Button>
              }
            >
              {q && `Searched for “${q}” in names and user names.`}
            </Empty>
          ) : (
            <Empty
              title="No people yet"
              actions={
                <Button component={Link} to="/sources">
                  Connect a source
                </Button>
              }
            >
              Connect an identity provider such as Okta or Entra, and its people arrive here.
            </Empty>
          )
        }
      />
    </Page>
  );
}
