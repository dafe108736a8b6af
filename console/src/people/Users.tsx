import { Button } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Avatar, SourceNames, Tile } from '../components/Avatar';
import { tell, tellError } from '../components/act';
import { ColumnMenu, useHidden } from '../components/ColumnMenu';
import { type Column, DataTable } from '../components/DataTable';
import { Empty } from '../components/Empty';
import { ExportMenu } from '../components/ExportMenu';
import { IconRefresh, IconUser } from '../components/icons';
import { Lines, NameCell } from '../components/NameCell';
import { Page, PageHeader, Toolbar } from '../components/PageHeader';
import { RouteTabs } from '../components/RouteTabs';
import { SearchField } from '../components/SearchField';
import { Chip, StatusChip } from '../components/StatusChip';
import { Time } from '../components/Time';
import { count, plural, relative } from '../components/time';
import { LoadDemo } from '../demo/LoadDemo';
import { useMay } from '../session/session';
import { Chosen } from './Chosen';
import { ConditionPills } from './ConditionPills';
import { read, written } from './conditions';
import classes from './people.module.css';
import { countsQuery, type ListedUser, nameOf, standing, syncNow, type Total, userList } from './users';

const route = getRouteApi('/inside/users');

const COLUMNS: Column<ListedUser>[] = [
  {
    id: 'user',
    header: 'User',
    sort: 'userName',
    cell: (user) => (
      <NameCell
        to={`/users/${user.id}`}
        picture={<Avatar name={nameOf(user)} />}
        name={nameOf(user)}
        sub={user.email ?? user.userName}
      />
    ),
  },
  {
    id: 'status',
    header: 'Status',
    width: 150,
    cell: (user) => (
      <StatusChip of="user" is={standing(user)}>
        {user.deactivatesAt && !user.onHold ? `Leaving ${relative(user.deactivatesAt)}` : undefined}
      </StatusChip>
    ),
  },
  {
    id: 'department',
    header: 'Department',
    width: 160,
    from: 820,
    cell: (user) => <Lines first={user.department ?? ''} second={user.title} />,
  },
  {
    id: 'source',
    header: 'Source',
    width: 150,
    from: 960,
    cell: (user) => <SourceNames of={user.sources ?? []} />,
  },
  {
    id: 'groups',
    header: 'Groups',
    width: 160,
    from: 1160,
    cell: (user) => <Groups of={user} />,
  },
  { id: 'accounts', header: 'App accounts', width: 190, from: 760, cell: (user) => <Accounts of={user} /> },
  {
    id: 'changed',
    header: 'Last change',
    sort: 'modifiedAt',
    width: 130,
    from: 620,
    cell: (user) => <Time at={user.modifiedAt} />,
  },
];

/** The first group of a person by name, and how many more hold them. */
function Groups({ of: user }: { of: ListedUser }) {
  const [first, ...more] = user.groups ?? [];
  if (!first) return null;
  return (
    <span className={classes.tiles}>
      <Chip tone="mute">{first.name}</Chip>
      {more.length > 0 && (
        <Chip tone="mute" title={more.map(({ name }) => name).join(', ')}>
          +{count((user.groupCount ?? 0) - 1)}
        </Chip>
      )}
    </span>
  );
}

/** The accounts of a person as tiles; only what is not in step is said in words. */
function Accounts({ of: user }: { of: ListedUser }) {
  const accounts = user.accounts ?? [];
  const failed = accounts.filter(({ open }) => open?.status === 'failed').length;
  const open = accounts.filter(({ open }) => open && open.status !== 'failed').length;
  return (
    <span className="row">
      <span className={classes.tiles}>
        {accounts.slice(0, 4).map(({ application, applicationName }) => (
          <Tile key={application} name={applicationName} />
        ))}
        {accounts.length > 4 && <span className="dim small">+{accounts.length - 4}</span>}
      </span>
      {failed > 0 && (
        <Chip tone="bad" shape="cross">
          {failed} failed
        </Chip>
      )}
      {failed === 0 && open > 0 && (
        <Chip tone="warn" shape="clock">
          {open} pending
        </Chip>
      )}
    </span>
  );
}

const size = (total: Total | null | undefined) =>
  total ? `${total.exact ? '' : 'More than '}${plural(total.count, 'user')}` : '';

/** Everyone, in views, searched and filtered. */
export function Users() {
  const search = route.useSearch();
  const { q, state } = search;
  const navigate = route.useNavigate();
  const go = useNavigate();
  const filters = { ...search, q: undefined, search: q };
  const query = useInfiniteQuery(userList(filters));
  const counts = useQuery(countsQuery).data;
  const conditions = read(search.filter);
  const may = useMay();
  const [hidden, setHidden] = useHidden('users');
  const filtered = Object.values(search).some(Boolean);
  const set = (change: Partial<typeof search>) =>
    navigate({ search: (old) => ({ ...old, ...change }), replace: 'q' in change });
  const tab = (label: string, is: typeof state, total?: Total, alert?: boolean) => ({
    label,
    to: '/users',
    search: { ...search, state: is },
    active: state === is,
    count: total?.count,
    alert,
  });
  return (
    <Page
      fill
      header={
        <PageHeader
          title="Users"
          description="Everyone Lockstep knows, from every source. Attributes are owned by the source; access is owned here."
          tabs={
            <RouteTabs
              label="Views of users"
              tabs={[
                tab('All', undefined, counts?.all),
                tab('Active', 'active', counts?.active),
                tab('Needs attention', 'attention', counts?.attention, true),
                tab('Pending', 'pending', counts?.pending),
                tab('Leaving', 'blocked', counts?.blocked),
                tab('Deactivated', 'deactivated', counts?.deactivated),
                tab('On hold', 'on_hold', counts?.onHold),
              ]}
            />
          }
        />
      }
    >
      <Toolbar>
        <SearchField label="Search name, e-mail, user name" value={q ?? ''} set={(q) => set({ q: q || undefined })} />
        {conditions ? (
          <ConditionPills of={conditions} set={(to) => set({ filter: written(to) })} />
        ) : (
          <Button variant="default" onClick={() => set({ filter: undefined })}>
            Own filter: clear
          </Button>
        )}
        <span className="grow" />
        <span className="dim num wide">{size(query.data?.pages[0]?.total)}</span>
        <ColumnMenu columns={COLUMNS} hidden={hidden} set={setHidden} />
        <ExportMenu list="users" filters={{ ...filters, q: undefined }} />
      </Toolbar>
      <DataTable
        label="Users"
        query={query}
        columns={COLUMNS}
        rowId={(user) => user.id}
        hidden={hidden}
        selection={(users, clear) => <Chosen users={users} clear={clear} />}
        sort={search.sort}
        setSort={(sort) => set({ sort })}
        menu={(user) => [
          { label: 'Open', icon: IconUser, run: () => go({ to: `/users/${user.id}` as never }) },
          {
            label: 'Sync now',
            icon: IconRefresh,
            refused: !may('operator') && 'Only operators and administrators may do this',
            run: () => {
              syncNow(user.id)
                .then(() => tell(`${nameOf(user)} is looked at in every application now.`))
                .catch(tellError);
            },
          },
        ]}
        empty={
          filtered ? (
            <Empty
              title={state === 'attention' && !q ? 'Nobody needs attention' : 'No users match'}
              actions={
                <Button variant="default" onClick={() => navigate({ search: {} })}>
                  {state === 'attention' && !q ? 'Show all users' : 'Clear filters'}
                </Button>
              }
            >
              {q && `Searched for “${q}” in names, e-mail addresses and user names.`}
            </Empty>
          ) : (
            <Empty
              title="No people yet"
              actions={
                <>
                  <Button component={Link} to="/sources/connect">
                    Connect a source
                  </Button>
                  <LoadDemo />
                </>
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
