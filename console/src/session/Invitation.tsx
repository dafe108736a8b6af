import { Button, Divider, PasswordInput, Skeleton } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, body } from '../api/client';
import { ErrorBox } from '../components/ErrorBox';
import { Facts } from '../components/Panel';
import { Time } from '../components/Time';
import { ROLES } from '../settings/settings';
import { Door } from './Door';
import { PASSWORD_HINT } from './password';
import { goToProvider, signInOptions } from './provider';
import { sessionQuery } from './session';

/** Where the link of an invitation leads. Its secret stands behind the #, which no server on the way gets to see. */
export function Invitation() {
  const [link] = useState(() => location.hash.slice(1));
  const invitation = useQuery({
    queryKey: ['invitation'],
    queryFn: () => body(api.POST('/api/v1/invitations/look', { body: { link } })),
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const options = useQuery(signInOptions);
  const found = invitation.data;
  const role = ROLES.find(({ value }) => value === found?.role);
  const passwords = !options.data?.onlyOwnersUsePasswords || found?.role === 'owner';
  return (
    <Door title="You are invited">
      {invitation.error && <ErrorBox error={invitation.error} title="This invitation does not work" />}
      {(invitation.isPending || options.isPending) && <Skeleton h={160} />}
      {found && options.data && (
        <>
          <p className="dim">
            <b>{found.inviter}</b> invites you to look after this Lockstep.
          </p>
          <Facts
            of={[
              ['User name', found.userName],
              ['Role', role ? `${role.label}. ${role.description}` : found.role],
              ['Good until', <Time key="until" at={found.expiresAt} />],
            ]}
          />
          {options.data.provider && <WithProvider label={options.data.provider} link={link} />}
          {options.data.provider && passwords && <Divider label="or" />}
          {passwords && <WithPassword link={link} userName={found.userName} />}
        </>
      )}
    </Door>
  );
}

function WithProvider({ label, link }: { label: string; link: string }) {
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  return (
    <>
      <Button
        size="sm"
        loading={busy}
        onClick={() => {
          setBusy(true);
          goToProvider('/', link).catch((failure) => {
            setError(failure);
            setBusy(false);
          });
        }}
      >
        Sign in with {label}
      </Button>
      {!!error && <ErrorBox error={error} />}
    </>
  );
}

function WithPassword({ link, userName }: { link: string; userName: string }) {
  const [password, setPassword] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const queries = useQueryClient();
  const navigate = useNavigate();
  return (
    <form
      className="stack"
      onSubmit={async (event) => {
        event.preventDefault();
        setBusy(true);
        setError(null);
        try {
          const me = await body(api.POST('/api/v1/invitations/accept', { body: { link, password } }));
          queries.clear();
          queries.setQueryData(sessionQuery.queryKey, me);
          await navigate({ to: '/', replace: true });
        } catch (failure) {
          setError(failure);
          setBusy(false);
        }
      }}
    >
      {/* So that a password manager keeps the right name. */}
      <input type="hidden" autoComplete="username" value={userName} readOnly />
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
      {!!error && <ErrorBox error={error} title="You are not signed in" />}
      <Button type="submit" size="sm" loading={busy} variant="default">
        Take it up with a password
      </Button>
    </form>
  );
}
