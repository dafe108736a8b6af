import { PasswordInput, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/client';
import type { ApplicationDetail } from '../../api/schema';
import { ActButton, useAct } from '../../components/act';
import { ErrorBox } from '../../components/ErrorBox';
import { IconKey, IconPlayerPlay } from '../../components/icons';
import { Facts, Panel } from '../../components/Panel';
import { Time } from '../../components/Time';
import { useMay } from '../../session/session';
import { application, type Tested, test } from '../applications';
import { TestResult } from '../TestResult';
import classes from './Configure.module.css';
import { useDraft } from './draft';

/** Where the application is, and with what it is asked; with a test that changes nothing there. */
export function Connection() {
  const draft = useDraft();
  const { data: app } = useQuery(application(draft.id));
  const may = useMay();
  const [tested, setTested] = useState<Tested | null>(null);
  const check = useAct({ run: () => test(draft.id), changes: [], quiet: true });
  const url = draft.settings.baseUrl;
  const moved = draft.current !== null && draft.current.settings.baseUrl !== url;
  const run = () => {
    setTested(null);
    check.mutate(undefined, { onSuccess: setTested });
  };
  return (
    <div className={`stack ${classes.form}`}>
      <Panel title="Test" description="Reads what the application can do and looks for nobody. Changes nothing there.">
        <div className="stack">
          {(check.isPending || tested) && <TestResult tested={tested} name={draft.name} />}
          {!!check.error && <ErrorBox error={check.error} />}
          <div>
            <ActButton
              need="operator"
              variant="default"
              leftSection={<IconPlayerPlay size={15} />}
              loading={check.isPending}
              onClick={run}
            >
              Test the connection
            </ActButton>
          </div>
        </div>
      </Panel>
      <Panel title="Address">
        <TextInput
          label="SCIM base URL"
          classNames={{ input: 'mono' }}
          value={url}
          readOnly={!may('administrator')}
          onChange={(event) => draft.edit({ baseUrl: event.currentTarget.value })}
          spellCheck={false}
          description={
            moved
              ? 'Another address is another application while accounts are linked: then add a new one. The token has to be set again.'
              : 'Without /Users at its end. A change takes effect when the draft is published.'
          }
        />
      </Panel>
      {app && <Credential app={app} tested={run} />}
    </div>
  );
}

/** What is asked with. It can be replaced, and never read. */
function Credential({ app, tested }: { app: ApplicationDetail; tested: () => void }) {
  const [token, setToken] = useState('');
  const act = useAct({
    run: () =>
      api.PUT('/api/v1/applications/{application}/credential', {
        params: { path: { application: app.id } },
        body: { token },
      }),
    changes: ['applications'],
    done: 'The token is replaced; a resting connection is tried again now',
    quiet: true,
  });
  const { credential } = app;
  return (
    <Panel title="Credential" description="A bearer token, sealed for this address and never sent anywhere else.">
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (token)
            act.mutate(undefined, {
              onSuccess: () => {
                setToken('');
                tested();
              },
            });
        }}
      >
        {credential ? (
          <Facts
            of={[
              ['Ends in', credential.last4 ? <code key="last">…{credential.last4}</code> : 'Too short to show a part'],
              ['Sent to', <code key="origin">{credential.origin}</code>],
              ['Set', <Time key="at" at={credential.modifiedAt} />],
            ]}
          />
        ) : (
          <p className="dim">None is set. Nothing can be asked without one.</p>
        )}
        <PasswordInput
          label={credential ? 'New bearer token' : 'Bearer token'}
          value={token}
          onChange={(event) => setToken(event.currentTarget.value)}
          autoComplete="off"
          size="xs"
          description="Takes effect at once, without publishing."
          visibilityToggleButtonProps={{ 'aria-label': 'Show or hide the token' }}
        />
        {!!act.error && <ErrorBox error={act.error} />}
        <div>
          <ActButton
            need="administrator"
            type="submit"
            leftSection={<IconKey size={15} />}
            refused={!token && 'Paste the token first'}
            loading={act.isPending}
          >
            {credential ? 'Replace and test' : 'Set and test'}
          </ActButton>
        </div>
      </form>
    </Panel>
  );
}
