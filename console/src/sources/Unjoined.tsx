import { Button, Modal, TextInput } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Avatar } from '../components/Avatar';
import { ActButton, useAct } from '../components/act';
import { type Column, DataTable } from '../components/DataTable';
import { Empty } from '../components/Empty';
import { ErrorBox } from '../components/ErrorBox';
import { NameCell } from '../components/NameCell';
import { Toolbar } from '../components/PageHeader';
import { Time } from '../components/Time';
import { linkRecord, makeUser, type Unjoined as Record, unjoinedList } from './sources';
import classes from './sources.module.css';

/** People whom the source knows and who can't be told apart from others here: somebody has to say who they are. */
export function Unjoined({ id: source }: { id: string }) {
  const query = useInfiniteQuery(unjoinedList(source));
  const [linking, setLinking] = useState<Record | null>(null);
  const make = useAct({
    run: (record: string) => makeUser(source, record),
    changes: ['sources', 'users'],
    done: 'A new user was made.',
  });
  const columns: Column<Record>[] = [
    {
      id: 'record',
      header: 'Sent by the source',
      width: 280,
      cell: (record) => (
        <NameCell
          picture={<Avatar name={record.displayName ?? record.userName ?? '?'} />}
          name={record.displayName ?? record.userName ?? 'Unnamed'}
          sub={record.userName}
        />
      ),
    },
    {
      id: 'why',
      header: 'Why nobody was joined',
      cell: (record) => <span className={classes.two}>{record.reason}</span>,
    },
    { id: 'since', header: 'Since', width: 120, from: 760, cell: (record) => <Time at={record.createdAt} /> },
    {
      id: 'act',
      header: 'Decide',
      width: 200,
      cell: (record) => (
        <span className="row">
          <ActButton need="operator" variant="default" onClick={() => setLinking(record)}>
            Link…
          </ActButton>
          <ActButton need="operator" variant="subtle" loading={make.isPending} onClick={() => make.mutate(record.id)}>
            New user
          </ActButton>
        </span>
      ),
    },
  ];
  return (
    <>
      <Toolbar>
        <span className="dim">
          These people have no access through this source until somebody says who they are. Nothing is guessed.
        </span>
      </Toolbar>
      <DataTable
        label="Unjoined records"
        query={query}
        columns={columns}
        rowId={(record) => record.id}
        rowHeight={56}
        empty={<Empty title="Everyone is joined">Each person this source knows is one user of the directory.</Empty>}
      />
      {linking && <Link source={source} record={linking} close={() => setLinking(null)} />}
    </>
  );
}

function Link({ source, record, close }: { source: string; record: Record; close: () => void }) {
  const [user, setUser] = useState(record.candidates[0]?.userName ?? '');
  const link = useAct({
    run: () => linkRecord(source, record.id, user.trim()),
    changes: ['sources', 'users'],
    done: (found) => `${record.userName ?? 'The record'} is ${found.userName}.`,
    quiet: true,
  });
  return (
    <Modal opened onClose={close} title={`Who is ${record.displayName ?? record.userName}?`} size={480} centered>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          link.mutate(undefined, { onSuccess: close });
        }}
      >
        <p className="dim">{record.reason}</p>
        {record.candidates.length > 0 && (
          <div className="row wrap">
            {record.candidates.map((candidate) => (
              <Button
                key={candidate.id}
                variant={candidate.userName === user ? 'light' : 'default'}
                onClick={() => setUser(candidate.userName)}
              >
                {candidate.userName}
              </Button>
            ))}
          </div>
        )}
        <TextInput
          label="User name or id"
          description="What this source says then becomes part of this user."
          value={user}
          onChange={(event) => setUser(event.currentTarget.value)}
          required
          data-autofocus
        />
        {!!link.error && <ErrorBox error={link.error} />}
        <div className="row">
          <span className="grow" />
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button type="submit" loading={link.isPending} disabled={!user.trim()}>
            Link
          </Button>
        </div>
      </form>
    </Modal>
  );
}
