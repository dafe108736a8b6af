import { Checkbox, NumberInput, Radio, Select, TagsInput, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ActButton, useAct } from '../components/act';
import { ErrorBox } from '../components/ErrorBox';
import { Content } from '../components/PageHeader';
import { Panel } from '../components/Panel';
import { minutes, policySentence } from './policy';
import { policyOf, type Policy as Settings, type Source, setPolicy, sourceQuery } from './sources';
import classes from './sources.module.css';

const LONGEST = 129_600;

/** What an administrator decides about a source, with what follows from it in sentences. */
export function Policy({ id }: { id: string }) {
  const source = useQuery(sourceQuery(id)).data;
  return source && <Form key={JSON.stringify(source.settings)} source={source} />;
}

function Form({ source }: { source: Source }) {
  const [policy, setState] = useState<Settings>(policyOf(source));
  const set = (change: Partial<Settings>) => setState({ ...policy, ...change });
  const save = useAct({
    run: () => setPolicy(source, policy),
    changes: ['sources', 'users'],
    done: 'The policy is saved.',
    quiet: true,
  });
  const changed = JSON.stringify(policy) !== JSON.stringify(policyOf(source));
  return (
    <Content>
      <form
        className={classes.form}
        style={{ maxWidth: 780 }}
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Panel title="When someone leaves">
          <div className="stack">
            <Radio.Group
              label="When the source deletes someone"
              value={policy.onDelete}
              onChange={(value) => set({ onDelete: value as Settings['onDelete'] })}
            >
              <div className="stack" style={{ gap: 8, marginTop: 6 }}>
                <Radio value="delete" label="Remove them, as soon as no other source knows them" />
                <Radio value="deactivate" label="Deactivate them, and keep them in the directory" />
                <Radio value="ignore" label="Do nothing here" />
              </div>
            </Radio.Group>
            <NumberInput
              label="Deactivation delay, in minutes"
              description={`0 to 129,600 (90 days). Until it is over they are blocked: they get nothing new, and lose nothing yet.${
                policy.deactivationDelay ? ` That is ${minutes(policy.deactivationDelay)}.` : ''
              }`}
              value={policy.deactivationDelay}
              onChange={(value) => set({ deactivationDelay: Math.min(LONGEST, Math.max(0, Number(value) || 0)) })}
              min={0}
              max={LONGEST}
              allowDecimal={false}
              maw={320}
            />
          </div>
        </Panel>
        <Panel title="When someone arrives">
          <div className="stack">
            <Select
              label="A new person joins the user with the same"
              value={policy.join}
              onChange={(value) => set({ join: (value ?? 'userName') as Settings['join'] })}
              allowDeselect={false}
              data={[
                { value: 'userName', label: 'User name' },
                { value: 'externalId', label: 'External id' },
                { value: 'attribute', label: 'Attribute…' },
                { value: 'never', label: 'Never: always a new user' },
              ]}
              maw={320}
            />
            {policy.join === 'attribute' && (
              <TextInput
                label="Attribute"
                description="For example urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber"
                value={policy.joinAttribute ?? ''}
                onChange={(event) => set({ joinAttribute: event.currentTarget.value || null })}
                required
              />
            )}
            <Checkbox
              label="Also join by e-mail address"
              description="Whoever can set an address in the source can then take over the user with that address. Switch it on only where the source checks addresses."
              checked={policy.joinByEmail}
              onChange={(event) => set({ joinByEmail: event.currentTarget.checked })}
            />
            <Checkbox
              label="Local people may be joined too"
              checked={policy.mayJoin === 'all'}
              onChange={(event) => set({ mayJoin: event.currentTarget.checked ? 'all' : 'sourced' })}
            />
            <Checkbox
              label="People who arrive inactive become inactive users"
              description="Switched off, there is no user before the source makes them active."
              checked={policy.createInactive}
              onChange={(event) => set({ createInactive: event.currentTarget.checked })}
            />
          </div>
        </Panel>
        <Panel
          title="What it may state"
          description="The attributes that count in a user's profile. The source itself always sees what it sent."
        >
          <div className="stack">
            <Checkbox
              label="Every attribute"
              checked={!policy.attributes}
              onChange={(event) =>
                set({ attributes: event.currentTarget.checked ? null : ['name', 'emails', 'active'] })
              }
            />
            {policy.attributes && (
              <TagsInput
                label="Only these"
                description="Type a name and press Enter: title, emails, a whole extension by its URN. The user name always counts."
                value={policy.attributes}
                onChange={(attributes) => set({ attributes })}
              />
            )}
            <Radio.Group
              label="Members of a group who have not arrived yet"
              value={policy.unknownMembers}
              onChange={(value) => set({ unknownMembers: value as 'pending' | 'refuse' })}
            >
              <div className="stack" style={{ gap: 8, marginTop: 6 }}>
                <Radio value="pending" label="Await them: they become members when they arrive" />
                <Radio value="refuse" label="Refuse the request" />
              </div>
            </Radio.Group>
          </div>
        </Panel>
        <Panel title="What follows">
          <p aria-live="polite">{policySentence(policy)}</p>
          {!!save.error && <ErrorBox error={save.error} />}
          <div className="row" style={{ marginTop: 16 }}>
            <ActButton
              need="administrator"
              type="submit"
              size="sm"
              loading={save.isPending}
              refused={!changed && 'Nothing has changed'}
            >
              Save
            </ActButton>
            {changed && <span className="dim">Applies to what comes from now on.</span>}
          </div>
        </Panel>
      </form>
    </Content>
  );
}
