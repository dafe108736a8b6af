import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/client';
import type { Administrator } from '../api/schema';
import { Avatar } from '../components/Avatar';
import { ActButton, tell, tellError } from '../components/act';
import { confirm } from '../components/Confirm';
import { type Column, DataTable } from '../components/DataTable';
import { Empty } from '../components/Empty';
import { FormModal } from '../components/FormModal';
import { IconPencil, IconSend, IconTrash, IconUserCheck, IconUserOff } from '../components/icons';
import { NameCell } from '../components/NameCell';
import { Panel } from '../components/Panel';
import { Chip } from '../components/StatusChip';
import { Time } from '../components/Time';
import { useMay, useMe } from '../session/session';
import { AddAdministrator } from './AddAdministrator';
import { Invitations, Invite } from './Invitations';
import { RoleChoice } from './RoleChoice';
import { administratorList, ROLES } from './settings';

const COLUMNS: Column<Administrator>[] = [
  {
    id: 'name',
    header: 'Administrator',
    cell: (one) => (
      <NameCell
        picture={<Avatar name={one.userName} />}
        name={one.userName}
        sub={one.disabledAt ? 'Disabled' : undefined}
      />
    ),
  },
  {
    id: 'role',
    header: 'Role',
    width: 160,
    cell: (one) => ROLES.find(({ value }) => value === one.role)?.label ?? one.role,
  },
  {
    id: 'way',
    header: 'Signs in with',
    width: 150,
    from: 800,
    cell: (one) => [one.password && 'Password', one.provider && 'Provider'].filter(Boolean).join(', '),
  },
  {
    id: 'second',
    header: 'Second factor',
    width: 130,
    from: 720,
    cell: (one) =>
      one.secondFactor ? (
        <Chip tone="ok" shape="check" bare>
          On
        </Chip>
      ) : (
        <span className="dim">Off</span>
      ),
  },
  { id: 'seen', header: 'Last seen', width: 140, from: 640, cell: (one) => <Time at={one.lastSeenAt} /> },
  { id: 'since', header: 'Since', width: 150, from: 560, cell: (one) => <Time at={one.createdAt} /> },
];

/** Who may sign in, and as what. */
export function Administrators() {
  const [open, setOpen] = useState<'add' | 'invite' | Administrator | null>(null);
  const query = useInfiniteQuery(administratorList);
  const queries = useQueryClient();
  const me = useMe();
  const may = useMay();
  const refused = !may('administrator') && 'Only administrators may do this';
  const remove = (one: Administrator) =>
    confirm({
      level: 3,
      title: `Remove ${one.userName}?`,
      body: (
        <>
          <b>{one.userName}</b> can’t sign in any more, and every open session of theirs ends at once. What they did
          stays in the audit log.
        </>
      ),
      verb: 'Remove',
      name: one.userName,
      run: async () => {
        await api.DELETE('/api/v1/administrators/{administrator}', { params: { path: { administrator: one.id } } });
        await queries.invalidateQueries({ queryKey: ['administrators'] });
        tell(`${one.userName} is removed`);
      },
    });
  const setDisabled = async (one: Administrator, disabled: boolean) => {
    const params = { params: { path: { administrator: one.id } } };
    await (disabled
      ? api.POST('/api/v1/administrators/{administrator}/disable', params)
      : api.POST('/api/v1/administrators/{administrator}/enable', params));
    await queries.invalidateQueries({ queryKey: ['administrators'] });
    tell(disabled ? `${one.userName} is disabled` : `${one.userName} may sign in again`);
  };
  const disable = (one: Administrator) =>
    confirm({
      level: 2,
      title: `Disable ${one.userName}?`,
      body: (
        <>
          <b>{one.userName}</b> stays an administrator but can’t sign in until they are enabled again. Every open
          session of theirs ends at once.
        </>
      ),
      verb: 'Disable',
      run: () => setDisabled(one, true),
    });
  return (
    <>
      <Panel
        flush
        title="Administrators"
        description="Who may sign in here. People of the directory can’t: they are only provisioned."
        actions={
          <>
            <ActButton need="administrator" variant="default" onClick={() => setOpen('add')}>
              Add with a password
            </ActButton>
            <ActButton need="administrator" leftSection={<IconSend size={15} />} onClick={() => setOpen('invite')}>
              Invite
            </ActButton>
          </>
        }
      >
        <DataTable
          inset
          label="Administrators"
          query={query}
          columns={COLUMNS}
          rowId={(one) => one.id}
          empty={<Empty title="No administrators" />}
          menu={(one) => {
            const self = one.userName === me?.name;
            return [
              {
                label: 'Change role',
                icon: IconPencil,
                refused: refused || (self && 'You can’t change your own role'),
                run: () => setOpen(one),
              },
              one.disabledAt
                ? {
                    label: 'Enable',
                    icon: IconUserCheck,
                    refused,
                    run: () => void setDisabled(one, false).catch(tellError),
                  }
                : {
                    label: 'Disable',
                    icon: IconUserOff,
                    refused: refused || (self && 'You can’t disable yourself'),
                    run: () => disable(one),
                  },
              {
                label: 'Remove',
                icon: IconTrash,
                danger: true,
                refused: refused || (self && 'You can’t remove yourself'),
                run: () => remove(one),
              },
            ];
          }}
        />
        {open === 'add' && <AddAdministrator close={() => setOpen(null)} />}
        {open === 'invite' && <Invite close={() => setOpen(null)} />}
        {open && typeof open === 'object' && <ChangeRole of={open} close={() => setOpen(null)} />}
      </Panel>
      <Invitations />
    </>
  );
}

function ChangeRole({ of, close }: { of: Administrator; close: () => void }) {
  const [role, setRole] = useState(of.role);
  const [application, setApplication] = useState(of.application ?? null);
  const queries = useQueryClient();
  const same = role === of.role && (role !== 'manager' || application === of.application);
  return (
    <FormModal
      title={`Role of ${of.userName}`}
      verb="Change role"
      close={close}
      disabled={same || (role === 'manager' && !application)}
      submit={async () => {
        await api.PUT('/api/v1/administrators/{administrator}', {
          params: { path: { administrator: of.id } },
          body: { role, application: role === 'manager' ? application : null },
        });
        await queries.invalidateQueries({ queryKey: ['administrators'] });
        tell(`${of.userName} is ${role === 'manager' ? 'a manager' : `an ${role}`} now`);
        close();
      }}
    >
      <RoleChoice role={role} setRole={setRole} application={application} setApplication={setApplication} />
    </FormModal>
  );
}
