import { Button, Modal, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, body } from '../api/client';
import type { Member } from '../api/schema';
import { Avatar } from '../components/Avatar';
import { ActButton, undoable, useAct } from '../components/act';
import { type Column, DataTable } from '../components/DataTable';
import { Empty } from '../components/Empty';
import { ErrorBox } from '../components/ErrorBox';
import { IconPlus, IconUserMinus, IconUsersGroup } from '../components/icons';
import { NameCell, PersonCell } from '../components/NameCell';
import { Toolbar } from '../components/PageHeader';
import { Chip } from '../components/StatusChip';
import { useMay } from '../session/session';
import { changeMembers, type EffectiveMember, effectiveList, type GroupDetail, memberList } from './groups';
import classes from './groups.module.css';

const MEMBER: Column<Member>[] = [
  {
    id: 'member',
    header: 'Member',
    cell: (member) =>
      member.kind === 'group' ? (
        <NameCell
          to={`/groups/${member.id}`}
          picture={<IconUsersGroup size={18} className="dim" />}
          name={member.name}
        />
      ) : (
        <PersonCell id={member.id} userName={member.name} displayName={member.displayName} />
      ),
  },
  {
    id: 'kind',
    header: 'Kind',
    width: 140,
    cell: (member) => (
      <Chip tone="mute" bare>
        {member.kind === 'group' ? 'Group' : 'User'}
      </Chip>
    ),
  },
];

/** Who is in the group itself. Of a manual group they are chosen here. */
export function DirectMembers({ group }: { group: GroupDetail }) {
  const query = useInfiniteQuery(memberList(group.id));
  const [adding, setAdding] = useState(false);
  const may = useMay();
  const ours = group.kind === 'manual';
  const change = useAct({
    run: (change: { add?: string[]; remove?: string[] }) => changeMembers(group.id, change),
    changes: ['groups'],
  });
  const remove = (member: Member) =>
    change.mutate(
      { remove: [member.id] },
      {
        onSuccess: () =>
          undoable(`${member.displayName ?? member.name} is no longer in ${group.displayName}.`, () =>
            change.mutateAsync({ add: [member.id] }),
          ),
      },
    );
  return (
    <>
      <Toolbar>
        <span className="dim">{ours ? 'Users and groups in this group itself.' : 'They can’t be changed here.'}</span>
        <span className="grow" />
        {ours && (
          <ActButton need="administrator" leftSection={<IconPlus size={16} />} onClick={() => setAdding(true)}>
            Add members
          </ActButton>
        )}
      </Toolbar>
      <DataTable
        label="Direct members"
        query={query}
        columns={MEMBER}
        rowId={(member) => member.id}
        menu={
          ours
            ? (member) => [
                {
                  label: 'Take out',
                  icon: IconUserMinus,
                  refused: !may('administrator') && 'Only administrators may do this',
                  run: () => remove(member),
                },
              ]
            : undefined
        }
        empty={
          <Empty title="No members">
            {ours ? 'Add users, or other groups.' : 'Its source has put nobody into it.'}
          </Empty>
        }
      />
      {adding && <Add group={group} close={() => setAdding(false)} add={(id) => change.mutateAsync({ add: [id] })} />}
    </>
  );
}

function Add({ group, close, add }: { group: GroupDetail; close: () => void; add: (id: string) => Promise<unknown> }) {
  const [typed, setTyped] = useState('');
  const [q] = useDebouncedValue(typed.trim(), 200);
  const [added, setAdded] = useState<string[]>([]);
  const { data, error } = useQuery({
    queryKey: ['search', q],
    queryFn: () => body(api.GET('/api/v1/search', { params: { query: { q } } })),
    enabled: q.length > 0,
  });
  const found = (data?.items ?? []).filter(({ kind, id }) => (kind === 'user' || kind === 'group') && id !== group.id);
  return (
    <Modal opened onClose={close} title={`Add members to ${group.displayName}`} size={480} centered>
      <div className="stack">
        <TextInput
          label="User or group"
          description="Type a name, an e-mail address or a user name."
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          data-autofocus
        />
        {!!error && <ErrorBox error={error} />}
        <ul className={classes.found} aria-label="Found">
          {found.map((one) => (
            <li key={one.id}>
              {one.kind === 'group' ? <IconUsersGroup size={18} className="dim" /> : <Avatar name={one.name} />}
              <span className="grow">
                {one.name}
                <span className="dim small" style={{ display: 'block' }}>
                  {one.detail}
                </span>
              </span>
              <Button
                variant="default"
                disabled={added.includes(one.id)}
                onClick={() => add(one.id).then(() => setAdded((old) => [...old, one.id]))}
              >
                {added.includes(one.id) ? 'Added' : 'Add'}
              </Button>
            </li>
          ))}
        </ul>
        {q && data && found.length === 0 && <p className="dim">Nobody and nothing is called that.</p>}
        <div className="row">
          <span className="grow" />
          <Button onClick={close}>Done</Button>
        </div>
      </div>
    </Modal>
  );
}

const EFFECTIVE: Column<EffectiveMember>[] = [
  {
    id: 'user',
    header: 'User',
    cell: (member) => <PersonCell id={member.id} userName={member.name} displayName={member.displayName} />,
  },
  {
    id: 'how',
    header: 'How',
    width: 200,
    cell: (member) => (
      <Chip tone="mute" bare>
        {member.direct ? 'Direct' : 'Through a group inside'}
      </Chip>
    ),
  },
];

/** Everyone who is in the group, also through groups inside it. */
export function EffectiveMembers({ group }: { group: GroupDetail }) {
  const query = useInfiniteQuery(effectiveList(group.id));
  return (
    <>
      <Toolbar>
        <span className="dim">Everyone to whom this group gives access, also through groups inside it.</span>
      </Toolbar>
      <DataTable
        label="Effective members"
        query={query}
        columns={EFFECTIVE}
        rowId={(member) => member.id}
        empty={<Empty title="Nobody">Neither the group nor a group inside it has a user in it.</Empty>}
      />
    </>
  );
}
