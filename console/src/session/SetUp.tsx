import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, body } from '../api/client';
import { ErrorBox } from '../components/ErrorBox';
import { Door } from './Door';
import { PASSWORD_HINT } from './password';
import { sessionQuery, setupQuery } from './session';

const route = getRouteApi('/setup');

/** The first start: the one-time code of the log makes the first administrator, who lands on Home. */
export function SetUp() {
  const search = route.useSearch();
  const [code, setCode] = useState(search.code ?? '');
  const [userName, setUserName] = useState('');
  const [password, setPassword] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const submit = async (event: React.FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const me = await body(api.POST('/api/v1/setup', { body: { code: code.trim(), userName, password } }));
      queries.setQueryData(setupQuery.queryKey, { needed: false });
      queries.setQueryData(sessionQuery.queryKey, me);
      await navigate({ to: '/', replace: true });
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return (
    <Door title="Make the first administrator">
      <p className="dim">The one-time code proves that you run this server. It is in the server’s log.</p>
      <form className="stack" onSubmit={submit}>
        <TextInput
          size="sm"
          label="One-time code"
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
          autoComplete="off"
          required
          withAsterisk={false}
          autoFocus={!search.code}
        />
        <TextInput
          size="sm"
          label="User name"
          description="Your e-mail address, or any name."
          autoComplete="username"
          value={userName}
          onChange={(event) => setUserName(event.currentTarget.value)}
          required
          withAsterisk={false}
          autoFocus={!!search.code}
        />
        <PasswordInput
          size="sm"
          label="Password"
          description={PASSWORD_HINT}
          autoComplete="new-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          required
          withAsterisk={false}
        />
        {!!error && <ErrorBox error={error} title="No administrator was made" />}
        <Button type="submit" size="sm" loading={busy}>
          Make administrator
        </Button>
      </form>
    </Door>
  );
}
