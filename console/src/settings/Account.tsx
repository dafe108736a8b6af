import { Button, PasswordInput } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/client';
import type { Session } from '../api/schema';
import { tell, useAct } from '../components/act';
import { type Column, DataTable } from '../components/DataTable';
import { Empty } from '../components/Empty';
import { ErrorBox } from '../components/ErrorBox';
import { IconBan } from '../components/icons';
import { Lines } from '../components/NameCell';
import { Facts, Panel } from '../components/Panel';
import { Chip } from '../components/StatusChip';
import { Time } from '../components/Time';
import { PASSWORD_HINT } from '../session/password';
import { useMe } from '../session/session';
import { Connected } from './Connected';
import { SecondFactor } from './SecondFactor';
import classes from './SettingsForm.module.css';
import { ownSessions, ROLES } from './settings';

/** One's own way in. */
export function Account() {
  const me = useMe();
  const role = ROLES.find(({ value }) => value === me?.role);
  return (
    <>
      <Panel title="Your account">
        <Facts
          of={[
            ['User name', me?.name],
            ['Role', role ? `${role.label}. ${role.description}` : me?.role],
          ]}
        />
      </Panel>
      <Connected />
      {me?.session?.password && (
        <>
          <Password />
          <SecondFactor />
        </>
      )}
      <Sessions />
    </>
  );
}

function Password() {
  const [current, setCurrent] = useState('');
  const [fresh, setFresh] = useState('');
  const change = useAct({
    run: () => api.PUT('/api/v1/session/password', { body: { current, new: fresh } }),
    changes: ['sessions'],
    done: 'Your password is changed. Your other sessions have ended.',
    quiet: true,
  });
  return (
    <Panel title="Password">
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate(undefined, {
            onSuccess: () => {
              setCurrent('');
              setFresh('');
            },
          });
        }}
      >
        <PasswordInput
          label="Current password"
          autoComplete="current-password"
          value={current}
          onChange={(event) => setCurrent(event.currentTarget.value)}
        />
        <PasswordInput
          label="New password"
          description={PASSWORD_HINT}
          autoComplete="new-password"
          value={fresh}
          onChange={(event) => setFresh(event.currentTarget.value)}
        />
        {!!change.error && <ErrorBox error={change.error} title="Your password is as it was" />}
        <div>
          <Button type="submit" loading={change.isPending} disabled={!current || !fresh}>
            Change password
          </Button>
        </div>
      </form>
    </Panel>
  );
}

const COLUMNS: Column<Session>[] = [
  {
    id: 'where',
    header: 'Where',
    cell: (one) => (
      <Lines first={<span className="strong">{browser(one.agent)}</span>} second={one.network ?? undefined} />
    ),
  },
  {
    id: 'current',
    header: 'Status',
    width: 140,
    cell: (one) =>
      one.current ? (
        <Chip tone="ok" shape="dot">
          This session
        </Chip>
      ) : (
        <span className="dim">Signed in</span>
      ),
  },
  { id: 'used', header: 'Last used', width: 140, cell: (one) => <Time at={one.lastSeenAt} /> },
  { id: 'since', header: 'Since', width: 140, from: 640, cell: (one) => <Time at={one.createdAt} /> },
];

/** A browser by the name that people know. */
function browser(agent: string | null | undefined): string {
  const name = ['Edg', 'Firefox', 'Chrome', 'Safari'].find((word) => agent?.includes(word));
  const system = ['Windows', 'Android', 'iPhone', 'Mac', 'Linux'].find((word) => agent?.includes(word));
  if (!name) return agent || 'Unknown browser';
  return `${name === 'Edg' ? 'Edge' : name}${system ? ` on ${system}` : ''}`;
}

function Sessions() {
  const query = useInfiniteQuery(ownSessions);
  const end = useAct({
    run: async (one: Session) => {
      await api.DELETE('/api/v1/sessions/{session}', { params: { path: { session: one.id } } });
      tell('The session has ended');
    },
    changes: ['sessions'],
  });
  const endOthers = useAct({
    run: () => api.DELETE('/api/v1/sessions'),
    changes: ['sessions'],
    done: 'All your other sessions have ended',
  });
  return (
    <Panel
      flush
      title="Where you are signed in"
      actions={
        <Button variant="default" loading={endOthers.isPending} onClick={() => endOthers.mutate()}>
          End all other sessions
        </Button>
      }
    >
      <DataTable
        inset
        label="Your sessions"
        query={query}
        columns={COLUMNS}
        rowId={(one) => one.id}
        empty={<Empty title="No sessions" />}
        menu={(one) => [
          {
            label: 'End this session',
            icon: IconBan,
            refused: one.current && 'Sign out instead',
            run: () => end.mutate(one),
          },
        ]}
      />
    </Panel>
  );
}
