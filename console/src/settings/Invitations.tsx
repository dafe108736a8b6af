import { Modal, TextInput } from '@mantine/core';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, body } from '../api/client';
import type { Invitation, MadeInvitation } from '../api/schema';
import { Avatar } from '../components/Avatar';
import { tell } from '../components/act';
import { confirm } from '../components/Confirm';
import { type Column, DataTable } from '../components/DataTable';
import { Empty } from '../components/Empty';
import { FormModal } from '../components/FormModal';
import { IconBan } from '../components/icons';
import { NameCell } from '../components/NameCell';
import { Panel } from '../components/Panel';
import { SecretOnce } from '../components/SecretOnce';
import { Time } from '../components/Time';
import { date } from '../components/time';
import { type Role, useMay } from '../session/session';
import { RoleChoice } from './RoleChoice';
import { invitationList, ROLES } from './settings';

const COLUMNS: Column<Invitation>[] = [
  {
    id: 'name',
    header: 'Invited',
    cell: (one) => (
      <NameCell
        picture={<Avatar name={one.userName} />}
        name={one.userName}
        sub={ROLES.find(({ value }) => value === one.role)?.label ?? one.role}
      />
    ),
  },
  { id: 'inviter', header: 'By', width: 200, from: 800, cell: (one) => one.inviter },
  { id: 'since', header: 'Since', width: 140, from: 640, cell: (one) => <Time at={one.createdAt} /> },
  { id: 'until', header: 'Good until', width: 140, from: 480, cell: (one) => <Time at={one.expiresAt} /> },
];

/** Who was invited and has not come yet. Nothing while nobody is. */
export function Invitations() {
  const query = useInfiniteQuery(invitationList);
  const queries = useQueryClient();
  const may = useMay();
  const revoke = (one: Invitation) =>
    confirm({
      level: 2,
      title: `Revoke the invitation of ${one.userName}?`,
      body: 'Its link stops working at once. You can invite them again.',
      verb: 'Revoke',
      run: async () => {
        await api.DELETE('/api/v1/invitations/{invitation}', { params: { path: { invitation: one.id } } });
        await queries.invalidateQueries({ queryKey: ['invitations'] });
        tell(`The invitation of ${one.userName} is revoked`);
      },
    });
  if (!query.data?.pages[0]?.items.length) return null;
  return (
    <Panel flush title="Open invitations" description="Each link is good once, and for a week.">
      <DataTable
        inset
        label="Open invitations"
        query={query}
        columns={COLUMNS}
        rowId={(one) => one.id}
        empty={<Empty title="No open invitations" />}
        menu={(one) => [
          {
            label: 'Revoke',
            icon: IconBan,
            danger: true,
            refused: !may('administrator') && 'Only administrators may do this',
            run: () => revoke(one),
          },
        ]}
      />
    </Panel>
  );
}

/** Somebody to invite; then the link to hand over. */
export function Invite({ close }: { close: () => void }) {
  const [userName, setUserName] = useState('');
  const [role, setRole] = useState<Role>('operator');
  const [application, setApplication] = useState<string | null>(null);
  const [made, setMade] = useState<MadeInvitation | null>(null);
  const queries = useQueryClient();
  if (made) {
    return (
      <Modal
        opened
        onClose={close}
        title={`Invitation of ${made.invitation.userName}`}
        size={560}
        centered
        closeOnClickOutside={false}
      >
        <SecretOnce
          name="Link"
          secret={made.link}
          lost="Hand it over yourself: Lockstep sends no mail. If it is lost, invite them again, which ends this link."
          facts={[['Good until', date(made.invitation.expiresAt)]]}
          next={{ label: 'Done', run: close }}
        />
      </Modal>
    );
  }
  return (
    <FormModal
      title="Invite an administrator"
      verb="Make the link"
      close={close}
      disabled={!userName.trim() || (role === 'manager' && !application)}
      submit={async () => {
        const answer = await body(
          api.POST('/api/v1/invitations', {
            body: { userName: userName.trim(), role, application: role === 'manager' ? application : null },
          }),
        );
        await queries.invalidateQueries({ queryKey: ['invitations'] });
        setMade(answer);
      }}
    >
      <TextInput
        label="E-mail address"
        description="Their user name from then on."
        type="email"
        value={userName}
        onChange={(event) => setUserName(event.currentTarget.value)}
        autoComplete="off"
        required
        data-autofocus
      />
      <RoleChoice role={role} setRole={setRole} application={application} setApplication={setApplication} />
    </FormModal>
  );
}
