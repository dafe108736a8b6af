import { Select } from '@mantine/core';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/client';
import { coming } from '../api/coming';
import type { Administrator } from '../api/schema';
import { Avatar } from '../components/Avatar';
import { ActButton, tell } from '../components/act';
import { confirm } from '../components/Confirm';
import { type Column, DataTable } from '../components/DataTable';
import { Empty } from '../components/Empty';
import { FormModal } from '../components/FormModal';
import { IconPencil, IconPlus, IconTrash } from '../components/icons';
import { NameCell } from '../components/NameCell';
import { Panel } from '../components/Panel';
import { Time } from '../components/Time';
import { useMay, useMe } from '../session/session';
import { AddAdministrator } from './AddAdministrator';
import { administratorList, ROLES } from './settings';

const COLUMNS: Column<Administrator>[] = [
  {
    id: 'name',
    header: 'Administrator',
    cell: (one) => <NameCell picture={<Avatar name={one.userName} />} name={one.userName} />,
  },
  {
    id: 'role',
    header: 'Role',
    width: 160,
    cell: (one) => ROLES.find(({ value }) => value === one.role)?.label ?? one.role,
  },
  { id: 'since', header: 'Since', width: 150, from: 560, cell: (one) => <Time at={one.createdAt} /> },
];

/** Who may sign in, and as what. */
export function Administrators() {
  const [open, setOpen] = useState<'add' | Administrator | null>(null);
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
  return (
    <Panel
      flush
      title="Administrators"
      description="Who may sign in here. People of the directory can’t: they are only provisioned."
      actions={
        <ActButton need="administrator" leftSection={<IconPlus size={15} />} onClick={() => setOpen('add')}>
          Add administrator
        </ActButton>
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
      {open && open !== 'add' && <ChangeRole of={open} close={() => setOpen(null)} />}
    </Panel>
  );
}

function ChangeRole({ of, close }: { of: Administrator; close: () => void }) {
  const [role, setRole] = useState<string>(of.role);
  const queries = useQueryClient();
  return (
    <FormModal
      title={`Role of ${of.userName}`}
      verb="Change role"
      close={close}
      disabled={role === of.role}
      submit={async () => {
        await coming('PUT', `/administrators/${of.id}`, { role });
        await queries.invalidateQueries({ queryKey: ['administrators'] });
        tell(`${of.userName} is ${role === 'administrator' ? 'an' : role === 'operator' ? 'an' : 'an'} ${role} now`);
        close();
      }}
    >
      <RoleSelect value={role} set={setRole} />
    </FormModal>
  );
}

/** The choice of a role, with what it may do. */
export function RoleSelect({ value, set }: { value: string; set: (role: string) => void }) {
  return (
    <Select
      label="Role"
      description={ROLES.find((role) => role.value === value)?.description}
      data={ROLES.map(({ value, label }) => ({ value, label }))}
      value={value}
      onChange={(role) => role && set(role)}
      allowDeselect={false}
    />
  );
}
