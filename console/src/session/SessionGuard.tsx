import { Button, Modal, PasswordInput, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api, setAskers } from '../api/client';
import { ErrorBox } from '../components/ErrorBox';
import { SignInForm } from './SignInForm';
import { sessionQuery } from './session';

type Asked = 'signIn' | 'confirm';

/**
 * Asks over the page for what a request lacks: a session when it has ended, a confirmation before something sensitive.
 * Requests that lack the same wait for the same answer.
 */
export function SessionGuard() {
  const queries = useQueryClient();
  const [asked, setAsked] = useState<{ what: Asked; answer: (ok: boolean) => void } | null>(null);

  useEffect(() => {
    const open: Partial<Record<Asked, Promise<boolean>>> = {};
    const ask = (what: Asked) => {
      open[what] ??= new Promise<boolean>((resolve) => {
        setAsked({
          what,
          answer: (ok) => {
            delete open[what];
            setAsked(null);
            resolve(ok);
          },
        });
      });
      return open[what];
    };
    // Who was never signed in is led to the sign-in page by the router instead.
    const signedIn = () => queries.getQueryData(sessionQuery.queryKey) != null;
    setAskers({ signIn: async () => signedIn() && ask('signIn'), confirm: () => ask('confirm') });
  }, [queries]);

  if (!asked) return null;
  if (asked.what === 'signIn') {
    return (
      <Modal opened onClose={() => asked.answer(false)} title="Your session has ended" centered size={420}>
        <p className="dim">Sign in again to go on. The page and what you typed are still here.</p>
        <SignInForm
          done={(me) => {
            queries.setQueryData(sessionQuery.queryKey, me);
            asked.answer(true);
          }}
        />
      </Modal>
    );
  }
  return <ConfirmIdentity answer={asked.answer} />;
}

/** "Confirm it is you", valid for five minutes. */
function ConfirmIdentity({ answer }: { answer: (ok: boolean) => void }) {
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const me = useQueryClient().getQueryData(sessionQuery.queryKey);
  const second = me?.session?.secondFactor;
  return (
    <Modal opened onClose={() => answer(false)} title="Confirm it is you" centered size={420}>
      <form
        className="stack"
        onSubmit={async (event) => {
          event.preventDefault();
          setBusy(true);
          try {
            await api.POST('/api/v1/session/confirm', { body: { password, code: second ? code : undefined } });
            answer(true);
          } catch (failure) {
            setError(failure);
            setBusy(false);
          }
        }}
      >
        <p className="dim">What you are about to do is sensitive. It counts for five minutes.</p>
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          data-autofocus
        />
        {second && (
          <TextInput
            label="Code from your authenticator"
            inputMode="numeric"
            autoComplete="one-time-code"
            value={code}
            onChange={(event) => setCode(event.currentTarget.value)}
          />
        )}
        {!!error && <ErrorBox error={error} />}
        <Button type="submit" size="sm" loading={busy} disabled={!password}>
          Confirm
        </Button>
      </form>
    </Modal>
  );
}

/** End the session, here and on the server. */
export async function signOut() {
  await api.DELETE('/api/v1/session');
  location.assign('/sign-in');
}
