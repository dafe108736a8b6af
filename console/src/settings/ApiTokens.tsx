import { Modal, NumberInput, TextInput } from '@mantine/core';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, body } from '../api/client';
import type { ApiToken, NewApiToken } from '../api/schema';
import { ActButton, tell } from '../components/act';
import { confirm } from '../components/Confirm';
import { type Column, DataTable } from '../components/DataTable';
import { Empty } from '../components/Empty';
import { FormModal } from '../components/FormModal';
import { IconBan, IconKey, IconPlus } from '../components/icons';
import { NameCell } from '../components/NameCell';
import { Panel } from '../components/Panel';
import { SecretOnce } from '../components/SecretOnce';
import { StatusChip } from '../components/StatusChip';
import { Time } from '../components/Time';
import { date } from '../components/time';
import { type Role, useMay } from '../session/session';
import { RoleChoice } from './RoleChoice';
import { apiTokenList, ROLES } from './settings';
import { tokenState } from './token';

const COLUMNS: Column<ApiToken>[] = [
  {
    id: 'name',
    header: 'Token',
    cell: (token) => <NameCell picture={<IconKey className="dim" />} name={token.name} />,
  },
  {
    id: 'state',
    header: 'Status',
    width: 130,
    cell: (token) => <StatusChip of="secret" is={tokenState(token)} />,
  },
  {
    id: 'role',
    header: 'Role',
    width: 130,
    from: 520,
    cell: (token) => ROLES.find(({ value }) => value === token.role)?.label ?? token.role,
  },
  { id: 'used', header: 'Last used', width: 130, from: 640, cell: (token) => <Time at={token.lastUsedAt} /> },
  { id: 'expires', header: 'Expires', width: 130, from: 760, cell: (token) => <Time at={token.expiresAt} /> },
  { id: 'created', header: 'Created', width: 130, from: 880, cell: (token) => <Time at={token.createdAt} /> },
];

/** Tokens with which programs use the admin API: the command line, infrastructure as code, monitoring. */
export function ApiTokens() {
  const [adding, setAdding] = useState(false);
  const query = useInfiniteQuery(apiTokenList);
  const queries = useQueryClient();
  const may = useMay();
  const revoke = (token: ApiToken) =>
    confirm({
      level: 2,
      title: `Revoke ${token.name}?`,
      body: (
        <>
          Whatever uses the token <b>{token.name}</b> is refused at once.{' '}
          {token.lastUsedAt ? (
            <>
              It was last used{' '}
              <b>
                <Time at={token.lastUsedAt} />
              </b>
              .
            </>
          ) : (
            'It was never used.'
          )}{' '}
          A revoked token can’t be brought back; make a new one instead.
        </>
      ),
      verb: 'Revoke',
      run: async () => {
        await api.DELETE('/api/v1/api-tokens/{token}', { params: { path: { token: token.id } } });
        await queries.invalidateQueries({ queryKey: ['api-tokens'] });
        tell(`${token.name} is revoked`);
      },
    });
  return (
    <Panel
      flush
      title="API tokens"
      description="With them, programs use the admin API and the command lockstep. They open no SCIM endpoint."
      actions={
        <ActButton need="administrator" leftSection={<IconPlus size={15} />} onClick={() => setAdding(true)}>
          Make a token
        </ActButton>
      }
    >
      <DataTable
        inset
        label="API tokens"
        query={query}
        columns={COLUMNS}
        rowId={(token) => token.id}
        rowHeight={44}
        empty={<Empty title="No API tokens yet">Make one for the command line or for another program.</Empty>}
        menu={(token) => [
          {
            label: 'Revoke',
            icon: IconBan,
            danger: true,
            refused:
              (!may('administrator') && 'Only administrators may do this') ||
              (!!token.revokedAt && 'It is revoked already'),
            run: () => revoke(token),
          },
        ]}
      />
      {adding && <MakeToken close={() => setAdding(false)} />}
    </Panel>
  );
}

function MakeToken({ close }: { close: () => void }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('auditor');
  const [days, setDays] = useState<number | string>(90);
  const [secret, setSecret] = useState<string | null>(null);
  const queries = useQueryClient();
  if (secret) {
    const ends = date(new Date(Date.now() + Number(days) * 86_400_000).toISOString());
    return (
      <Modal opened onClose={close} title={name} size={560} centered closeOnClickOutside={false} closeOnEscape={false}>
        <SecretOnce
          name="API token"
          secret={secret}
          lost="Only a hash is stored. If it is lost, make another token and revoke this one."
          facts={[['Expires', ends]]}
          next={{ label: 'Done', run: close }}
        />
      </Modal>
    );
  }
  return (
    <FormModal
      title="Make an API token"
      verb="Make token"
      close={close}
      disabled={!name.trim() || !days}
      submit={async () => {
        const made = await body(
          api.POST('/api/v1/api-tokens', {
            body: { name: name.trim(), role: role as NewApiToken['role'], days: Number(days) },
          }),
        );
        await queries.invalidateQueries({ queryKey: ['api-tokens'] });
        setSecret(made.token);
      }}
    >
      <TextInput
        label="Name"
        description="What will use it."
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        required
        data-autofocus
      />
      <RoleChoice role={role} setRole={setRole} />
      <NumberInput
        label="Lifetime in days"
        description="1 to 730."
        min={1}
        max={730}
        clampBehavior="strict"
        allowDecimal={false}
        value={days}
        onChange={setDays}
        required
      />
    </FormModal>
  );
}
