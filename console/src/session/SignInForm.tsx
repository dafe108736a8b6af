import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useState } from 'react';
import { ApiError, api, body } from '../api/client';
import type { Me } from '../api/schema';
import { ErrorBox } from '../components/ErrorBox';

/** User name and password; the code of a second factor when the server asks for it. */
export function SignInForm({ done }: { done: (me: Me) => void }) {
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
      <Button type="submit" size="sm" loading={busy}>
        Sign in
      </Button>
    </form>
  );
}
