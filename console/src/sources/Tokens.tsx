import { Button, Modal, NumberInput, Select, TagsInput, TextInput } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ActButton, useAct } from '../components/act';
import { confirm } from '../components/Confirm';
import { CopyField } from '../components/CopyField';
import { type Column, DataTable } from '../components/DataTable';
import { Empty } from '../components/Empty';
import { ErrorBox } from '../components/ErrorBox';
import { IconPlus, IconRefresh, IconTrash } from '../components/icons';
import { Lines } from '../components/NameCell';
import { Toolbar } from '../components/PageHeader';
import { SecretOnce } from '../components/SecretOnce';
import { StatusChip } from '../components/StatusChip';
import { Time } from '../components/Time';
import { date, relative } from '../components/time';
import { useMay } from '../session/session';
import { type MadeToken, makeToken, revokeToken, rotateToken, sourceQuery, type Token, tokenList } from './sources';
import classes from './sources.module.css';

const KINDS = { bearer: 'Bearer token', basic: 'User name and password', oauthClient: 'OAuth client' };
const SECRETS = { bearer: 'Bearer token', basic: 'Password', oauthClient: 'Client secret' };
const SOON = 30 * 86_400_000;

function state(token: Token) {
  if (token.state !== 'live') return token.state;
  if (token.expiresAt && new Date(token.expiresAt).getTime() - Date.now() < SOON) return 'expiring';
  return token.lastUsedAt ? 'active' : 'unused';
}

const COLUMNS: Column<Token>[] = [
  {
    id: 'token',
    header: 'Token',
    cell: (token) => (
      <Lines
        first={<span className="strong">{token.name || KINDS[token.kind]}</span>}
        second={[token.name && KINDS[token.kind], token.lastFour && `Ends in …${token.lastFour}`]
          .filter(Boolean)
          .join(' · ')}
      />
    ),
  },
  {
    id: 'state',
    header: 'Status',
    width: 200,
    cell: (token) => {
      const is = state(token);
      return (
        <StatusChip of="secret" is={is}>
          {is === 'expiring' && token.expiresAt ? `Expires ${relative(token.expiresAt)}` : undefined}
        </StatusChip>
      );
    },
  },
  {
    id: 'used',
    header: 'Last used',
    width: 180,
    cell: (token) => <Lines first={<Time at={token.lastUsedAt} />} second={token.lastUsedFrom} />,
  },
  {
    id: 'networks',
    header: 'Allowed from',
    width: 180,
    from: 980,
    cell: (token) => (token.networks?.length ? token.networks.join(', ') : <span className="dim">Anywhere</span>),
  },
  {
    id: 'expires',
    header: 'Expires',
    width: 130,
    from: 760,
    cell: (token) => (token.expiresAt ? date(token.expiresAt) : <span className="dim">–</span>),
  },
];

/** How the source's client proves who it is: what is live, when it was used, how it is replaced without a gap. */
export function Tokens({ id }: { id: string }) {
  const source = useQuery(sourceQuery(id)).data;
  const query = useInfiniteQuery(tokenList(id));
  const [making, setMaking] = useState<{ replaces?: Token } | null>(null);
  const may = useMay();
  const revoke = useAct({
    run: (token: string) => revokeToken(id, token),
    changes: ['sources'],
    done: 'Revoked. The next request with it gets 401.',
    quiet: true,
  });
  const refused = !may('administrator') && 'Only administrators may do this';
  return (
    <>
      <Toolbar>
        <span className="dim">
          Two of a kind can be live at a time, so that one replaces the other without a failed request.
        </span>
        <span className="grow" />
        <ActButton need="administrator" leftSection={<IconPlus size={16} />} onClick={() => setMaking({})}>
          Make a token
        </ActButton>
      </Toolbar>
      <DataTable
        label="Tokens"
        query={query}
        columns={COLUMNS}
        rowId={(token) => token.id}
        menu={(token) => [
          {
            label: 'Rotate…',
            icon: IconRefresh,
            refused: refused || (token.state !== 'live' && 'It is no longer live'),
            run: () => setMaking({ replaces: token }),
          },
          {
            label: 'Revoke…',
            icon: IconTrash,
            danger: true,
            refused: refused || (token.state !== 'live' && 'It is no longer live'),
            run: () =>
              confirm({
                level: 2,
                title: `Revoke ${token.name || KINDS[token.kind]}?`,
                body: (
                  <>
                    The next request with it is refused, everywhere within 5 seconds.{' '}
                    {token.lastUsedAt ? (
                      <>
                        It was last used <b>{relative(token.lastUsedAt)}</b>: whoever uses it must have another one by
                        now.
                      </>
                    ) : (
                      'It was never used.'
                    )}
                  </>
                ),
                verb: 'Revoke',
                run: () => revoke.mutateAsync(token.id),
              }),
          },
        ]}
        empty={<Empty title="No tokens">Without one, no client can send people to {source?.name}.</Empty>}
      />
      {making && <Make source={id} replaces={making.replaces} close={() => setMaking(null)} />}
    </>
  );
}

function Make({ source, replaces, close }: { source: string; replaces?: Token; close: () => void }) {
  const [kind, setKind] = useState<Token['kind']>(replaces?.kind ?? 'bearer');
  const [name, setName] = useState('');
  const [days, setDays] = useState(365);
  const [overlap, setOverlap] = useState(7);
  const [networks, setNetworks] = useState<string[]>([]);
  const [made, setMade] = useState<MadeToken | null>(null);
  const make = useAct({
    run: () =>
      replaces
        ? rotateToken(source, replaces.id, overlap)
        : makeToken(source, { kind, name: name.trim() || undefined, days, networks }),
    changes: ['sources'],
    quiet: true,
  });
  const title = made ? 'Copy it now' : replaces ? `Rotate ${replaces.name || KINDS[replaces.kind]}` : 'Make a token';
  return (
    <Modal opened onClose={close} title={title} size={560} centered closeOnClickOutside={!made} closeOnEscape={!made}>
      {made ? (
        <div className="stack">
          <CopyField label="Base URL" value={made.baseUrl} />
          {made.userName && <CopyField label="User name" value={made.userName} />}
          {made.clientId && <CopyField label="Client id" value={made.clientId} />}
          {made.tokenUrl && <CopyField label="Token URL" value={made.tokenUrl} />}
          <SecretOnce
            name={SECRETS[made.kind]}
            secret={made.token}
            lost="Only a hash is stored. If it is lost, make another one and revoke this one."
            facts={made.expiresAt ? [['Expires', date(made.expiresAt)]] : undefined}
            next={{ label: 'Done', run: close }}
          />
        </div>
      ) : (
        <form
          className={classes.form}
          onSubmit={(event) => {
            event.preventDefault();
            make.mutate(undefined, { onSuccess: setMade });
          }}
        >
          {replaces ? (
            <NumberInput
              label="Days for which the old one goes on working"
              description="0 to 30. Put the new one into the client, see its last use move here, then revoke the old one."
              value={overlap}
              onChange={(value) => setOverlap(Math.min(30, Math.max(0, Number(value) || 0)))}
              min={0}
              max={30}
            />
          ) : (
            <>
              <Select
                label="Kind"
                value={kind}
                onChange={(value) => setKind((value ?? 'bearer') as Token['kind'])}
                allowDeselect={false}
                data={Object.entries(KINDS).map(([value, label]) => ({ value, label }))}
                description={
                  kind === 'basic'
                    ? 'For clients that know nothing but a user name and a password.'
                    : kind === 'oauthClient'
                      ? 'OAuth 2.0 client credentials: the client fetches short-lived tokens from Lockstep.'
                      : 'What most clients ask for.'
                }
              />
              <TextInput
                label="Name"
                description="To tell it from others later."
                value={name}
                onChange={(event) => setName(event.currentTarget.value)}
                maxLength={200}
              />
              <NumberInput
                label="Days until it expires"
                description="1 to 730. You are warned 30, 14, 7 days and a day before."
                value={days}
                onChange={(value) => setDays(Math.min(730, Math.max(1, Number(value) || 365)))}
                min={1}
                max={730}
              />
              <TagsInput
                label="Allowed from"
                description="Networks such as 192.0.2.0/24. Empty: from anywhere."
                value={networks}
                onChange={setNetworks}
              />
            </>
          )}
          {!!make.error && <ErrorBox error={make.error} />}
          <div className="row">
            <span className="grow" />
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" loading={make.isPending}>
              {replaces ? 'Make the new one' : 'Make the token'}
            </Button>
          </div>
        </form>
      )}
    </Modal>
  );
}
