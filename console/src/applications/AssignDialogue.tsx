import { Button, Modal, SegmentedControl, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, body } from '../api/client';
import { useAct } from '../components/act';
import { ErrorBox } from '../components/ErrorBox';
import { plural } from '../components/time';
import { PersonPicker } from './PersonPicker';

type Kind = 'group' | 'user' | 'everyone';

/** Whom to assign. Says how many people that is before it is done. */
export function AssignDialogue({ id, name, close }: { id: string; name: string; close: () => void }) {
  const [kind, setKind] = useState<Kind>('group');
  const [group, setGroup] = useState<string | null>(null);
  const [user, setUser] = useState<string | null>(null);
  const act = useAct({
    run: () =>
      api.POST('/api/v1/applications/{application}/assignments', {
        params: { path: { application: id } },
        body: {
          everyone: kind === 'everyone',
          group: kind === 'group' ? group : null,
          user: kind === 'user' ? user : null,
        },
      }),
    changes: ['applications', 'users', 'groups', 'runs', 'home'],
    done: 'Assigned',
    quiet: true,
  });
  const chosen = kind === 'everyone' || (kind === 'group' ? group : user) !== null;
  return (
    <Modal opened onClose={close} title={`Assign to ${name}`} size={460} centered>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (chosen) act.mutate(undefined, { onSuccess: close });
        }}
      >
        <SegmentedControl
          size="xs"
          fullWidth
          aria-label="Whom"
          value={kind}
          onChange={(value) => setKind(value as Kind)}
          data={[
            { value: 'group', label: 'A group' },
            { value: 'user', label: 'A person' },
            { value: 'everyone', label: 'Everyone' },
          ]}
        />
        {kind === 'group' && <GroupPicker value={group} set={setGroup} />}
        {kind === 'user' && <PersonPicker label="Person" value={user} set={setUser} />}
        <Effect kind={kind} group={group} chosen={chosen} />
        {!!act.error && <ErrorBox error={act.error} />}
        <div className="row" style={{ justifyContent: 'flex-end' }}>
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button type="submit" disabled={!chosen} loading={act.isPending}>
            Assign
          </Button>
        </div>
      </form>
    </Modal>
  );
}

function Effect({ kind, group, chosen }: { kind: Kind; group: string | null; chosen: boolean }) {
  const { data } = useQuery({
    queryKey: ['groups', group, 'size'],
    queryFn: () => body(api.GET('/api/v1/groups/{group}', { params: { path: { group: group ?? '' } } })),
    enabled: kind === 'group' && group !== null,
  });
  if (!chosen) return <p className="dim">Choose whom to see what it means.</p>;
  if (kind === 'everyone') return <p>Everyone in the directory gets access, now and later.</p>;
  if (kind === 'user') return <p>One person gets access.</p>;
  return (
    <p>
      {data?.memberCount === null || data?.memberCount === undefined
        ? 'Everyone in the group gets access, now and later.'
        : `${plural(data.memberCount.count, 'direct member')}, and who is in groups below: they get access, and so does whoever joins later.`}
    </p>
  );
}

/** A group, found by the beginning of its name. */
export function GroupPicker({ value, set }: { value: string | null; set: (id: string | null) => void }) {
  const [typed, setTyped] = useState('');
  const { data } = useQuery({
    queryKey: ['groups', 'pick', typed],
    queryFn: () => body(api.GET('/api/v1/groups', { params: { query: { search: typed || undefined, limit: 20 } } })),
    placeholderData: (old) => old,
  });
  const options = (data?.items ?? []).map(({ id, displayName }) => ({ value: id, label: displayName }));
  return (
    <Select
      label="Group"
      searchable
      size="xs"
      data={options}
      value={value}
      onChange={set}
      onSearchChange={(text) => setTyped(options.some(({ label }) => label === text) ? '' : text)}
      filter={({ options }) => options}
      nothingFoundMessage="No group matches"
      placeholder="Search groups"
      data-autofocus
      maxDropdownHeight={260}
    />
  );
}
