import { Button, Modal } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, body } from '../api/client';
import type { GroupPreview, PreviewedMembers } from '../api/schema';
import { useAct } from '../components/act';
import { ErrorBox } from '../components/ErrorBox';
import { count, plural } from '../components/time';
import { GroupPicker } from './AssignDialogue';
import classes from './PushDialogue.module.css';

/** Which group to push. Says what it does to the members of the group that is there already before it is done. */
export function PushDialogue({ id, name, close }: { id: string; name: string; close: () => void }) {
  const [group, setGroup] = useState<string | null>(null);
  const preview = useQuery({
    queryKey: ['applications', id, 'group-preview', group],
    queryFn: () =>
      body(
        api.POST('/api/v1/applications/{application}/group-preview', {
          params: { path: { application: id } },
          body: { group: group ?? '' },
        }),
      ),
    enabled: group !== null,
    // What is there may change at any moment: never shown from memory.
    gcTime: 0,
    retry: false,
  });
  const act = useAct({
    run: (group: string) =>
      api.POST('/api/v1/applications/{application}/groups', {
        params: { path: { application: id } },
        body: { group },
      }),
    changes: ['applications', 'groups', 'runs'],
    done: 'The group will be there in a moment',
    quiet: true,
  });
  const told = preview.data;
  return (
    <Modal opened onClose={close} title={`Push a group to ${name}`} size={520} centered>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (group) act.mutate(group, { onSuccess: close });
        }}
      >
        <GroupPicker value={group} set={setGroup} />
        {group === null && <p className="dim">Choose a group to see what it does to the members there.</p>}
        {preview.isFetching && <p role="status">Reading the group of this name in {name}…</p>}
        {!!preview.error && <ErrorBox error={preview.error} title="What it would do can’t be told" />}
        {told && !preview.isFetching && <Difference preview={told} name={name} />}
        {!!act.error && <ErrorBox error={act.error} />}
        <div className="row" style={{ justifyContent: 'flex-end' }}>
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button
            type="submit"
            color={told?.removed.count ? 'red' : undefined}
            disabled={!group || preview.isFetching}
            loading={act.isPending}
          >
            {verb(told)}
          </Button>
        </div>
      </form>
    </Modal>
  );
}

/** What the button does, with how many members it removes. */
export function verb(preview: GroupPreview | undefined): string {
  if (!preview?.remoteId || preview.problem) return 'Push';
  return preview.removed.count ? `Link and remove ${count(preview.removed.count)}` : 'Link';
}

function Difference({ preview, name }: { preview: GroupPreview; name: string }) {
  if (preview.problem)
    return (
      <p className={classes.problem} role="status">
        {preview.problem}. Once that is settled, it is linked or made by itself.
      </p>
    );
  const there = preview.remoteId !== null && preview.remoteId !== undefined;
  return (
    <section className={classes.difference} aria-label="Members">
      <p role="status">
        {there
          ? `${name} has a group of this name, which is linked:`
          : `${name} has no group of this name: it is made.`}
      </p>
      <ul>
        {there && <Members of={preview.stay} words={preview.stay.count === 1 ? 'stays' : 'stay'} />}
        <Members of={preview.added} words={preview.added.count === 1 ? 'is added' : 'are added'} />
        {there && (
          <Members of={preview.removed} words={preview.removed.count === 1 ? 'is removed' : 'are removed'} bad />
        )}
        {preview.waiting.count > 0 && (
          <Members
            of={preview.waiting}
            words={preview.waiting.count === 1 ? 'has no account yet' : 'have no account yet'}
          />
        )}
      </ul>
      {preview.others > 0 && (
        <p className="dim">{plural(preview.others, 'other member')} there, unknown to Lockstep: left alone.</p>
      )}
    </section>
  );
}

function Members({
  of: { count: number, people },
  words,
  bad,
}: {
  of: PreviewedMembers;
  words: string;
  bad?: boolean;
}) {
  const names = people.map(({ displayName, userName }) => (displayName ? `${displayName} (${userName})` : userName));
  const more = number - people.length;
  return (
    <li>
      <span className="strong" data-tone={bad && number > 0 ? 'bad' : undefined}>
        {count(number)} {words}
      </span>
      {number > 0 && (
        <span className={classes.names}>
          {names.join(', ')}
          {more > 0 && ` and ${count(more)} more`}
        </span>
      )}
    </li>
  );
}
