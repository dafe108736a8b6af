import { Button, Modal, Radio, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useAct } from '../components/act';
import { ErrorBox } from '../components/ErrorBox';
import { plural } from '../components/time';
import { type Removal, removalQuery, removeSource, type Source } from './sources';
import classes from './sources.module.css';

type Choice = 'keep' | 'deactivate' | 'delete';

const CHOICES: Record<Choice, { label: string; says: (people: number) => string }> = {
  keep: {
    label: 'Keep them as local people',
    says: (people) => `${plural(people, 'person', 'people')} become local and keep their access. Groups become manual.`,
  },
  deactivate: {
    label: 'Deactivate them',
    says: (people) => `${plural(people, 'person loses', 'people lose')} access everywhere. They stay in the directory.`,
  },
  delete: {
    label: 'Remove them from the directory',
    says: (people) =>
      `${plural(people, 'person is', 'people are')} removed, and with them their access everywhere. This can't be undone.`,
  },
};

/** What removing a source would do, in numbers just counted; its three choices; and its name to be typed. */
export function RemoveSource(props: { source: Source; close: () => void; removed: () => void }) {
  const { source } = props;
  const preview = useQuery(removalQuery(source.id));
  const [people, setPeople] = useState<Choice>('keep');
  const [typed, setTyped] = useState('');
  const remove = useAct({
    run: () => removeSource(source, people),
    changes: ['sources', 'users', 'groups'],
    done: `${source.name} is being removed. Its tokens no longer work.`,
    quiet: true,
  });
  return (
    <Modal opened onClose={props.close} title={`Remove ${source.name}?`} size={540} centered>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          remove.mutate(undefined, { onSuccess: props.removed });
        }}
      >
        {!!preview.error && <ErrorBox error={preview.error} retry={preview.refetch} />}
        {preview.data && <Counts of={preview.data} />}
        <Radio.Group
          label="The people whom only this source knows"
          value={people}
          onChange={(to) => setPeople(to as Choice)}
        >
          <div className="stack" style={{ gap: 10, marginTop: 8 }}>
            {(Object.keys(CHOICES) as Choice[]).map((choice) => (
              <Radio
                key={choice}
                value={choice}
                label={CHOICES[choice].label}
                description={preview.data && CHOICES[choice].says(preview.data.people.onlyHere)}
              />
            ))}
          </div>
        </Radio.Group>
        <TextInput
          label={`Type ${source.name} to confirm`}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          autoComplete="off"
        />
        {!!remove.error && <ErrorBox error={remove.error} />}
        <div className="row">
          <span className="grow" />
          <Button variant="default" onClick={props.close}>
            Cancel
          </Button>
          <Button
            type="submit"
            color="red"
            loading={remove.isPending}
            disabled={typed.trim() !== source.name || !preview.data}
          >
            Remove the source
          </Button>
        </div>
      </form>
    </Modal>
  );
}

function Counts({ of: { people, groups, groupsInUse, pushedGroups } }: { of: Removal }) {
  return (
    <div>
      <p>Its tokens stop working at once. Counted just now:</p>
      <ul className={classes.plain}>
        <li>{plural(people.onlyHere, 'person', 'people')} known only here</li>
        {people.alsoElsewhere > 0 && (
          <li>{plural(people.alsoElsewhere, 'person', 'people')} also known elsewhere, who stay as they are</li>
        )}
        {people.onHold > 0 && <li>{plural(people.onHold, 'person', 'people')} on hold, who are left alone</li>}
        <li>
          {plural(groups, 'group')}
          {groupsInUse > 0 && `, ${groupsInUse} of them in use`}
          {pushedGroups.length > 0 &&
            `: ${pushedGroups
              .slice(0, 3)
              .map((push) => `${push.groupName} in ${push.applicationName}`)
              .join(', ')}${pushedGroups.length > 3 ? ' …' : ''}`}
        </li>
      </ul>
    </div>
  );
}
