import { PasswordInput, Skeleton, Switch, TagsInput, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useBlocker } from '@tanstack/react-router';
import { useState } from 'react';
import { api, body } from '../api/client';
import type { IssuerFound } from '../api/schema';
import { ActButton, tell } from '../components/act';
import { confirm, stay } from '../components/Confirm';
import { CopyField } from '../components/CopyField';
import { ErrorBox } from '../components/ErrorBox';
import { Facts, Panel } from '../components/Panel';
import { Chip } from '../components/StatusChip';
import { useMay } from '../session/session';
import { GroupRoles } from './GroupRoles';
import { type ProviderForm, providerForm, providerQuery } from './openid';
import classes from './SettingsForm.module.css';

/** The OpenID provider that administrators may sign in with. */
export function Provider() {
  const query = useQuery(providerQuery);
  const state = query.data;
  return (
    <Panel
      title={
        <span className="row">
          OpenID provider
          {state &&
            (state.provider ? (
              <Chip tone="ok" shape="check">
                On
              </Chip>
            ) : (
              <Chip tone="mute" shape="off">
                Off
              </Chip>
            ))}
        </span>
      }
      description="Administrators sign in where they sign in to everything else. Owners keep their passwords, for the day when the provider does not answer."
    >
      {query.error && !state && <ErrorBox error={query.error} retry={() => query.refetch()} />}
      {query.isPending && <Skeleton h={320} maw={460} />}
      {state && (
        <>
          <div className={classes.given}>
            <CopyField label="Redirect URI" value={state.redirectUri} help="The provider must know this address." />
            <CopyField label="Signed-out URI" value={state.signedOutUri} help="And this one, where it asks for it." />
          </div>
          <Form key={state.provider ? 'on' : 'off'} stored={providerForm(state.provider)} isSetUp={!!state.provider} />
        </>
      )}
    </Panel>
  );
}

function Form({ stored, isSetUp }: { stored: ProviderForm; isSetUp: boolean }) {
  const [edited, setEdited] = useState<ProviderForm | null>(null);
  const [secret, setSecret] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const queries = useQueryClient();
  const may = useMay();
  const value = edited ?? stored;
  const set = (part: Partial<ProviderForm>) => setEdited({ ...value, ...part });
  const dirty = secret !== '' || (edited !== null && JSON.stringify(edited) !== JSON.stringify(stored));
  const readOnly = !may('owner');
  useBlocker({
    shouldBlockFn: () => dirty && stay(),
    enableBeforeUnload: dirty,
  });

  const save = async () => {
    setBusy(true);
    setError(null);
    try {
      const { hasSecret: _, ...settings } = value;
      const groups = settings.groupsClaim ? settings : { ...settings, groupsClaim: null, groupRoles: [] };
      await body(api.PUT('/api/v1/sign-in/provider', { body: { ...groups, clientSecret: secret || undefined } }));
      await queries.invalidateQueries({ queryKey: ['sign-in'] });
      setEdited(null);
      setSecret('');
      tell('Saved');
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  };
  const remove = () =>
    confirm({
      level: 2,
      title: `Remove ${stored.label}?`,
      body: 'Whoever signed in there is signed out now. Who has a password here uses it again; the others get in again only when the same provider is set up again.',
      verb: 'Remove',
      run: async () => {
        await api.DELETE('/api/v1/sign-in/provider');
        await queries.invalidateQueries({ queryKey: ['sign-in'] });
        tell('The provider is removed');
      },
    });
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <TextInput
        label="Issuer"
        description="As the provider writes it, letter by letter: https://login.example.com"
        inputMode="url"
        value={value.issuer}
        onChange={(event) => set({ issuer: event.currentTarget.value.trim() })}
        readOnly={readOnly}
        required
      />
      <Test issuer={value.issuer} />
      <TextInput
        label="Client id"
        description="What the provider calls this Lockstep."
        autoComplete="off"
        value={value.clientId}
        onChange={(event) => set({ clientId: event.currentTarget.value })}
        readOnly={readOnly}
        required
      />
      <PasswordInput
        label="Client secret"
        description={
          stored.hasSecret && value.issuer === stored.issuer
            ? 'One is stored. Fill this in to replace it.'
            : 'Left empty, the client is known by its id alone.'
        }
        autoComplete="off"
        value={secret}
        onChange={(event) => setSecret(event.currentTarget.value)}
        readOnly={readOnly}
      />
      <TextInput
        label="Name on the button"
        description={`Sign in with ${value.label || '…'}`}
        value={value.label}
        onChange={(event) => set({ label: event.currentTarget.value })}
        readOnly={readOnly}
        required
      />
      <TagsInput
        label="Scopes"
        description="Asked for beside openid. Without email, people need the link of their invitation."
        value={value.scopes}
        onChange={(scopes) => set({ scopes })}
        readOnly={readOnly}
      />
      <GroupRoles value={value} set={set} readOnly={readOnly} />
      <Switch
        label="Only owners may use a password"
        description="Whoever else is signed in with one is signed out when you save."
        checked={value.onlyOwnersUsePasswords}
        onChange={(event) => !readOnly && set({ onlyOwnersUsePasswords: event.currentTarget.checked })}
      />
      {!!error && <ErrorBox error={error} title="Not saved" />}
      <div className="row">
        <ActButton need="owner" type="submit" loading={busy} refused={!dirty && 'Nothing has changed'}>
          Save
        </ActButton>
        {isSetUp && (
          <ActButton need="owner" variant="default" onClick={remove}>
            Remove provider
          </ActButton>
        )}
        {dirty && <span className="dim">Not saved yet</span>}
      </div>
    </form>
  );
}

/** A look at the issuer: does it answer, and as whom? */
function Test({ issuer }: { issuer: string }) {
  const [found, setFound] = useState<IssuerFound | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const test = async () => {
    setBusy(true);
    setError(null);
    setFound(null);
    try {
      setFound(await body(api.POST('/api/v1/sign-in/provider/test', { body: { issuer } })));
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  };
  return (
    <>
      <div>
        <ActButton
          need="owner"
          variant="default"
          loading={busy}
          refused={!issuer && 'Fill in the issuer first'}
          onClick={test}
        >
          Test connection
        </ActButton>
      </div>
      {!!error && <ErrorBox error={error} title="The provider can’t be used like this" />}
      {found && found.issuer === issuer && (
        <div role="status">
          <Facts
            of={[
              ['It answers', 'Yes, and names itself as above'],
              ['Sign-in page', found.authorizationEndpoint],
              ['Keys', String(found.keys)],
              ['Signing out', found.signsOut ? 'Ends the session there as well' : 'Ends the session here only'],
            ]}
          />
        </div>
      )}
    </>
  );
}
