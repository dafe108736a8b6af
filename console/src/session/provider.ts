import { queryOptions } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api, body } from '../api/client';

/** What the address said when the page was opened. The router would read a code of digits as a number. */
export const arrival = new URLSearchParams(location.search);

/** How one may sign in here. */
export const signInOptions = queryOptions({
  queryKey: ['sign-in'],
  queryFn: () => body(api.GET('/api/v1/sign-in')),
  staleTime: 60_000,
});

/** Leave for the provider's own page. The way back is `/sign-in/callback`. */
export async function goToProvider(next?: string, invitation?: string): Promise<void> {
  const { url } = await body(api.POST('/api/v1/session/provider', { body: { next, invitation } }));
  location.assign(url);
}

/** Where a window that was opened for the provider ends: it tells the page that opened it, and closes. */
export const DONE = '/sign-in/done';
const CHANNEL = 'lockstep-sign-in';

/**
 * Open the provider in a window of its own, so that the page and what was typed stay. It is opened at once, because
 * browsers block windows that open after a wait.
 */
export function openProvider(purpose: 'signIn' | 'confirm') {
  window.open(`/sign-in/provider?for=${purpose}`, CHANNEL, 'popup,width=520,height=720');
}

/** Tell the page that opened this window. */
export function tellOpener() {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage('done');
  channel.close();
}

/** Run `done` when a window that was opened for the provider has come back. */
export function useReturn(done: () => void) {
  useEffect(() => {
    const channel = new BroadcastChannel(CHANNEL);
    channel.onmessage = done;
    return () => channel.close();
  }, [done]);
}
