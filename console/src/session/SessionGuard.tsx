import { Button, Modal, PasswordInput, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { api, body, setAskers } from '../api/client';
import type { Me } from '../api/schema';
import { ErrorBox } from '../components/ErrorBox';
import { openProvider, signInOptions, useReturn } from './provider';
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
  const open = useRef(asked);
  open.current = asked;

  // Every dialogue listens to Escape on the whole window. This one lies over the others and listens first, so that the
  // form below stays.
  useEffect(() => {
    const leave = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || !open.current) return;
      event.stopImmediatePropagation();
      open.current.answer(false);
    };
    window.addEventListener('keydown', leave, { capture: true });
    return () => window.removeEventListener('keydown', leave, { capture: true });
  }, []);

  useEffect(() => {
    const pending: Partial<Record<Asked, Promise<boolean>>> = {};
    const ask = (what: Asked) => {
      pending[what] ??= new Promise<boolean>((resolve) => {
        setAsked({
          what,
          answer: (ok) => {
            delete pending[what];
            setAsked(null);
            resolve(ok);
          },
        });
      });
      return pending[what];
    };
    // Who was never signed in is led to the sign-in page by the router instead.
    const signedIn = () => queries.getQueryData(sessionQuery.queryKey) != null;
    setAskers({ signIn: async () => signedIn() && ask('signIn'), confirm: () => ask('confirm') });
  }, [queries]);

  if (!asked) return null;
  return asked.what === 'signIn' ? <SignInAgain answer={asked.answer} /> : <ConfirmIdentity answer={asked.answer} />;
}

/** The session has ended: a new one begins over the page. */
function SignInAgain({ answer }: { answer: (ok: boolean) => void }) {
  const queries = useQueryClient();
  const done = useCallback(
    (me: Me) => {
      queries.setQueryData(sessionQuery.queryKey, me);
      answer(true);
    },
    [queries, answer],
  );
  useReturn(useCallback(() => void body(api.GET('/api/v1/session')).then(done, () => undefined), [done]));
  return (
    <Modal opened onClose={() => answer(false)} title="Your session has ended" centered size={420}>
      <div className="stack">
        <p className="dim">Sign in again to go on. The page and what you typed are still here.</p>
        <SignInForm goToProvider={() => openProvider('signIn')} done={done} />
      </div>
    </Modal>
  );
}

/** "Confirm it is you", valid for five minutes: where the session began. */
function ConfirmIdentity({ answer }: { answer: (ok: boolean) => void }) {
  const session = useQueryClient().getQueryData(sessionQuery.queryKey)?.session;
  return (
    <Modal opened onClose={() => answer(false)} title="Confirm it is you" centered size={420}>
      {session?.provider ? (
        <ConfirmThere answer={answer} />
      ) : (
        <ConfirmHere answer={answer} second={session?.secondFactor} />
      )}
    </Modal>
  );
}

/** At the OpenID provider, in a window of its own. */
function ConfirmThere({ answer }: { answer: (ok: boolean) => void }) {
  const label = useQuery(signInOptions).data?.provider ?? 'the provider';
  useReturn(useCallback(() => answer(true), [answer]));
  return (
    <div className="stack">
      <p className="dim">
        What you are about to do is sensitive. {label} asks you to sign in once more, in a window of its own. It counts
        for five minutes.
      </p>
      <Button size="sm" onClick={() => openProvider('confirm')} data-autofocus>
        Confirm with {label}
      </Button>
    </div>
  );
}

/** With the password, and the code of the second factor. */
function ConfirmHere({ answer, second }: { answer: (ok: boolean) => void; second?: boolean }) {
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  return (
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
  );
}

/** End the session, here, on the server, and at the OpenID provider if it began there. */
export async function signOut() {
  const { provider } = await body(api.DELETE('/api/v1/session'));
  location.assign(provider ?? '/sign-in');
}
