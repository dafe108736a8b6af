import { Button, Divider, PasswordInput, Skeleton, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError, api, body } from '../api/client';
import type { Me } from '../api/schema';
import { ErrorBox } from '../components/ErrorBox';
import { signInOptions } from './provider';

/**
 * User name and password, with the code of a second factor when the server asks for it; and the OpenID provider, where
 * there is one, to which `goToProvider` leads.
 */
export function SignInForm(props: { done: (me: Me) => void; goToProvider: () => unknown }) {
  const { data: options, isPending } = useQuery(signInOptions);
  if (isPending) return <Skeleton h={172} />;
  if (!options?.provider) return <WithPassword done={props.done} />;
  return (
    <div className="stack">
      <WithProvider label={options.provider} go={props.goToProvider} />
      <Divider label={options.onlyOwnersUsePasswords ? 'or, as an owner, with a password' : 'or with a password'} />
      <WithPassword done={props.done} second />
    </div>
  );
}

function WithProvider({ label, go }: { label: string; go: () => unknown }) {
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const leave = async () => {
    setError(null);
    setBusy(true);
    try {
      await go();
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  };
  return (
    <>
      <Button size="sm" loading={busy} onClick={leave}>
        Sign in with {label}
      </Button>
      {!!error && <ErrorBox error={error} title="You are not signed in" />}
    </>
  );
}

/** `second`: there is a better way above it. */
function WithPassword({ done, second: quiet }: { done: (me: Me) => void; second?: boolean }) {
  const [userName, setUserName] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [second, setSecond] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);

  const submit = async (event: React.FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      done(
        await body(
          api.POST('/api/v1/session', {
            body: { userName, password, code: second ? code.replaceAll(' ', '') : undefined },
          }),
        ),
      );
    } catch (failure) {
      setBusy(false);
      if (failure instanceof ApiError && failure.code === 'second_factor' && !second) setSecond(true);
      else setError(failure);
    }
  };
  return (
    <form className="stack" onSubmit={submit}>
      <TextInput
        size="sm"
        label="User name"
        autoComplete="username"
        value={userName}
        onChange={(event) => setUserName(event.currentTarget.value)}
        required
        withAsterisk={false}
        data-autofocus
      />
      <PasswordInput
        size="sm"
        label="Password"
        autoComplete="current-password"
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        required
        withAsterisk={false}
      />
      {second && (
        <TextInput
          size="sm"
          label="Code"
          description="Six digits from your authenticator, or one of your recovery codes."
          autoComplete="one-time-code"
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
          required
          withAsterisk={false}
          autoFocus
        />
      )}
      {!!error && <ErrorBox error={error} title="You are not signed in" />}
      <Button type="submit" size="sm" loading={busy} variant={quiet ? 'default' : undefined}>
        Sign in
      </Button>
    </form>
  );
}
