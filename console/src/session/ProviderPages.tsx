import { Button, Loader } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { api, body } from '../api/client';
import { ErrorBox } from '../components/ErrorBox';
import { ownPath } from '../components/search';
import { Door } from './Door';
import { arrival, DONE, goToProvider, tellOpener } from './provider';
import { sessionQuery } from './session';

/** Run something once, also where React mounts twice. */
function useOnce(run: () => Promise<unknown>, failed: (error: unknown) => void) {
  const begun = useRef(false);
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    run().catch(failed);
  });
}

function Under({ title, error }: { title: string; error: unknown }) {
  return (
    <Door title={title}>
      {error ? (
        <>
          <ErrorBox error={error} title="You are not signed in" />
          <Button component={Link} to="/sign-in" variant="default" size="sm">
            Back to the sign-in
          </Button>
        </>
      ) : (
        <div className="row dim" role="status">
          <Loader size={16} /> One moment…
        </div>
      )}
    </Door>
  );
}

const going = getRouteApi('/sign-in/provider');

/** What a window of its own opens with: it leads on to the provider. */
export function GoToProvider() {
  const search = going.useSearch();
  const [error, setError] = useState<unknown>(null);
  useOnce(async () => {
    if (search.for !== 'confirm') return goToProvider(DONE);
    const { url } = await body(api.POST('/api/v1/session/provider/confirm'));
    location.assign(url);
  }, setError);
  return <Under title="Sign in" error={error} />;
}

/** Where the provider sends people back to. */
export function Callback() {
  const [error, setError] = useState<unknown>(null);
  const queries = useQueryClient();
  const navigate = useNavigate();
  useOnce(async () => {
    const brought = {
      state: arrival.get('state') ?? '',
      code: arrival.get('code'),
      iss: arrival.get('iss'),
      error: arrival.get('error'),
      errorDescription: arrival.get('error_description'),
    };
    const came = await body(api.POST('/api/v1/session/provider/callback', { body: brought }));
    const next = { signIn: ownPath(came.next) ?? '/', confirm: DONE, connect: '/settings/account' }[came.purpose];
    queries.clear();
    if (came.me) queries.setQueryData(sessionQuery.queryKey, came.me);
    await navigate({ href: next, replace: true });
  }, setError);
  return <Under title="Sign in" error={error} />;
}

/** The end of a window that was opened for the provider. */
export function Done() {
  useEffect(() => {
    tellOpener();
    window.close();
  }, []);
  return (
    <Door title="That was it">
      <p className="dim">You can close this window and go on where you were.</p>
    </Door>
  );
}
