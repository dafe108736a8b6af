import { Button } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '../api/client';
import { queries } from '../api/queries';
import type { Account, Assignment, EffectiveUser } from '../api/schema';
import { ActButton, tell, useAct } from '../components/act';
import { confirm } from '../components/Confirm';
import { type Column, DataTable, type Rows } from '../components/DataTable';
import { Empty } from '../components/Empty';
import {
  IconBolt,
  IconEye,
  IconInfoCircle,
  IconPlus,
  IconUser,
  IconUserMinus,
  IconUsersGroup,
} from '../components/icons';
import { NameCell, PersonCell } from '../components/NameCell';
import { Panel } from '../components/Panel';
import { RouteTabs } from '../components/RouteTabs';
import { Chip, StatusChip } from '../components/StatusChip';
import { Time } from '../components/Time';
import { useMay } from '../session/session';
import { AssignDialogue } from './AssignDialogue';
import { accounts, application, assignments, draftOrCurrent, effectiveUsers, syncUser } from './applications';
import { EffectiveGroups } from './EffectiveGroups';
import { removals } from './sentences';
import views from './Views.module.css';
import { Why } from './Why';

const route = getRouteApi('/inside/apps/$app/access');

/** Who should have the application, by which ways, and what is there for them. */
export function Access() {
  const { app: id } = route.useParams();
  const { show = 'assigned', why } = route.useSearch();
  const navigate = route.useNavigate();
  const { data: app } = useQuery(application(id));
  const [assigning, setAssigning] = useState(false);
  const to = `/apps/${id}/access`;
  const tab = (label: string, value: typeof show, count?: number) => ({
    label,
    to,
    search: value === 'assigned' ? {} : { show: value },
    active: show === value,
    count,
  });
  const assign = (
    <ActButton need="administrator" leftSection={<IconPlus size={15} />} onClick={() => setAssigning(true)}>
      Assign
    </ActButton>
  );
  return (
    <>
      <div className={views.views}>
        <RouteTabs
          label="Access"
          pills
          tabs={[
            tab('Assigned', 'assigned'),
            tab('People with access', 'users', app?.effectiveUsers),
            tab('Groups with access', 'groups'),
            tab('Accounts', 'accounts'),
          ]}
        />
        <span className="grow" />
        {show === 'assigned' && assign}
      </div>
      <Panel flush>
        {show === 'assigned' && <Assigned id={id} name={app?.name ?? ''} assign={assign} />}
        {show === 'users' && <People id={id} why={(user) => navigate({ search: { show, why: user } })} />}
        {show === 'groups' && <EffectiveGroups id={id} />}
        {show === 'accounts' && <Accounts id={id} why={(user) => navigate({ search: { show, why: user } })} />}
      </Panel>
      {assigning && <AssignDialogue id={id} name={app?.name ?? ''} close={() => setAssigning(false)} />}
      {why && app && <Why application={app} user={why} close={() => navigate({ search: { show }, replace: true })} />}
    </>
  );
}

function Assigned({ id, name, assign }: { id: string; name: string; assign: React.ReactNode }) {
  const query = useInfiniteQuery(assignments(id));
  const may = useMay();
  const columns: Column<Assignment>[] = [
    {
      id: 'who',
      header: 'Who',
      cell: (row) =>
        row.kind === 'user' ? (
          <PersonCell id={row.subject} userName={row.name} displayName={row.displayName} />
        ) : (
          <NameCell
            to={`/groups/${row.subject}`}
            picture={<IconUsersGroup size={18} />}
            name={row.name}
            sub="Everyone in the group"
          />
        ),
    },
    { id: 'since', header: 'Assigned', width: 170, from: 520, cell: (row) => <Time at={row.createdAt} /> },
  ];
  const remove = async (row: Assignment) => {
    const settings = await queries.fetchQuery(draftOrCurrent(id));
    confirm({
      level: 2,
      title: `Take ${row.name} out of ${name}?`,
      body: (
        <>
          <p>
            {row.kind === 'group'
              ? `Everyone in ${row.name} who has no other way loses access.`
              : `${row.name} loses access, unless a group gives it too.`}
          </p>
          {removals(settings)
            .filter((_, index) => index !== 1)
            .slice(0, 1)
            .map((sentence) => (
              <p key={sentence}>{sentence}</p>
            ))}
        </>
      ),
      verb: 'Take out',
      run: async () => {
        await api.DELETE('/api/v1/applications/{application}/assignments', {
          params: { path: { application: id }, query: { [row.kind]: row.subject } },
        });
        queries.invalidateQueries({ queryKey: ['applications'] });
        tell(`${row.name} is no longer assigned`);
      },
    });
  };
  return (
    <DataTable
      inset
      label="Assignments"
      query={query}
      columns={columns}
      rowId={(row) => row.subject}
      menu={(row) => [
        {
          label: 'Take out',
          icon: IconUserMinus,
          danger: true,
          refused: !may('administrator') && 'Only administrators may do this',
          run: () => remove(row),
        },
      ]}
      empty={
        <Empty title="Nothing is sent until someone is assigned" actions={assign}>
          Assign a group, and everyone in it gets an account.
        </Empty>
      }
    />
  );
}

/** The groups behind an application's assignments, by id. */
function useGroupNames(id: string): Map<string, string> {
  const { data } = useInfiniteQuery(assignments(id));
  return new Map(data?.pages.flatMap((page) => page.items.map((row) => [row.subject, row.name])));
}

function People({ id, why }: { id: string; why: (user: string) => void }) {
  const query = useInfiniteQuery(effectiveUsers(id));
  const names = useGroupNames(id);
  const may = useMay();
  const navigate = useNavigate();
  const sync = useAct({
    run: (user: string) => syncUser(user, id),
    changes: ['users', 'runs', 'work', 'applications'],
    done: 'Compared with the application now',
  });
  const columns: Column<EffectiveUser>[] = [
    {
      id: 'user',
      header: 'User',
      cell: (row) => <PersonCell id={row.user} userName={row.userName} displayName={row.displayName} />,
    },
    {
      id: 'paths',
      header: 'By',
      from: 560,
      cell: (row) => (
        <span className="row" style={{ gap: 6 }}>
          {row.paths.slice(0, 3).map((path) => (
            <Chip key={path.group ?? 'direct'} tone="mute">
              {path.kind === 'user' ? 'Directly' : (names.get(path.group ?? '') ?? 'A group')}
            </Chip>
          ))}
          {row.paths.length > 3 && <span className="dim">+{row.paths.length - 3}</span>}
        </span>
      ),
    },
    { id: 'since', header: 'Access since', width: 150, from: 520, cell: (row) => <Time at={row.since} /> },
  ];
  return (
    <DataTable
      inset
      label="People with access"
      query={query}
      columns={columns}
      rowId={(row) => row.user}
      menu={(row) => [
        { label: 'Why?', icon: IconInfoCircle, run: () => why(row.user) },
        {
          label: 'Preview what they get',
          icon: IconEye,
          run: () => navigate({ to: `/apps/${id}/configure/attributes`, search: { user: row.user } as never }),
        },
        {
          label: 'Force sync',
          icon: IconBolt,
          refused: !may('operator') && 'Only operators and administrators may do this',
          run: () => sync.mutate(row.user),
        },
      ]}
      empty={
        <Empty
          title="Nobody has access"
          actions={
            <Button component={Link} to={`/apps/${id}/access`} variant="default">
              See who is assigned
            </Button>
          }
        >
          Everyone whom an assignment reaches is listed here.
        </Empty>
      }
    />
  );
}

const ACCOUNTS: Column<Account>[] = [
  {
    id: 'account',
    header: 'Account',
    cell: (row) => <PersonCell id={row.user} userName={row.userName} displayName={row.displayName} />,
  },
  {
    id: 'remote',
    header: 'Id there',
    width: 220,
    from: 900,
    cell: (row) => (row.remoteId ? <code>{row.remoteId}</code> : <span className="dim">Not made yet</span>),
  },
  { id: 'state', header: 'Status', width: 150, cell: (row) => <StatusChip of="account" is={row.state} /> },
  {
    id: 'origin',
    header: 'Origin',
    width: 140,
    from: 640,
    cell: (row) => (row.origin === 'adopted' ? 'There before' : 'Made by Lockstep'),
  },
  { id: 'written', header: 'Last written', width: 140, from: 760, cell: (row) => <Time at={row.modifiedAt} /> },
];

function Accounts({ id, why }: { id: string; why: (user: string) => void }) {
  const query = useInfiniteQuery(accounts(id));
  return (
    <DataTable
      inset
      label="Accounts"
      query={query as Rows<Account>}
      columns={ACCOUNTS}
      rowId={(row) => row.user}
      menu={(row) => [
        { label: 'Why?', icon: IconInfoCircle, run: () => why(row.user) },
        { label: 'Open the person', icon: IconUser, run: () => window.open(`/users/${row.user}`, '_self') },
      ]}
      empty={<Empty title="No accounts yet">They appear with the first run after the application is activated.</Empty>}
    />
  );
}
