import { useSyncExternalStore } from 'react';
import { queries } from './queries';

/** What a topic of the event stream makes old: the first part of query keys. */
const TOUCHES: Record<string, string[]> = {
  run: ['runs', 'operations', 'home', 'statistics'],
  work: ['work', 'errors', 'home', 'applications'],
  user: ['users', 'home'],
  group: ['groups'],
  application: ['applications', 'home', 'demo'],
  source: ['sources', 'home', 'demo'],
  request: ['requests', 'sources', 'home'],
  administrator: ['administrators', 'api-tokens', 'session'],
  settings: ['settings'],
  plan: ['plans'],
};

export type LiveState = 'live' | 'polling' | 'paused' | 'lost';
interface Live {
  state: LiveState;
  /** When something was last heard. */
  at: number;
}

const POLL = 5_000;
const GATHER = 700;
const KEPT = 'lockstep-live';

let live: Live = { state: 'polling', at: Date.now() };
const watchers = new Set<() => void>();
let stream: EventSource | null = null;
let poll: ReturnType<typeof setInterval> | undefined;
let gather: ReturnType<typeof setTimeout> | undefined;
const old = new Set<string>();

function set(state: LiveState) {
  live = { state, at: Date.now() };
  for (const wake of watchers) wake();
}

/** A burst of events reads a list again once. */
function touch(nouns: string[]) {
  for (const noun of nouns) old.add(noun);
  if (gather) return;
  gather = setTimeout(() => {
    gather = undefined;
    for (const noun of old) queries.invalidateQueries({ queryKey: [noun] });
    old.clear();
    set(live.state);
  }, GATHER);
}

function startPolling() {
  set('polling');
  poll ??= setInterval(() => {
    if (!document.hidden) touch(Object.values(TOUCHES).flat());
  }, POLL);
}

function open() {
  stream = new EventSource('/api/v1/events');
  stream.onopen = () => {
    clearInterval(poll);
    poll = undefined;
    // What happened while nobody listened is not repeated.
    if (live.state === 'lost') touch(Object.values(TOUCHES).flat());
    set('live');
  };
  stream.onmessage = (event) => touch(TOUCHES[JSON.parse(event.data).topic] ?? []);
  stream.onerror = () => {
    // A closed stream will not be tried again by the browser: the session ended, or the server has none.
    if (stream?.readyState === EventSource.CLOSED) startPolling();
    else set('lost');
  };
}

function close() {
  stream?.close();
  stream = null;
  clearInterval(poll);
  poll = undefined;
}

/** Begin to listen, unless the reader has switched it off. For as long as somebody is signed in. */
export function startLive() {
  close();
  if (liveIsOn()) open();
  else set('paused');
  return close;
}

/** Switch live updates on or off; remembered. */
export function switchLive(on: boolean) {
  if (on) localStorage.removeItem(KEPT);
  else localStorage.setItem(KEPT, 'off');
  startLive();
}

/** Read everything again that is on the page, now. */
export async function refresh() {
  await queries.invalidateQueries();
  set(live.state);
}

/** Whether the reader has live updates switched on. */
export const liveIsOn = () => localStorage.getItem(KEPT) !== 'off';

/** How live the page is, and since when. */
export function useLive(): Live {
  return useSyncExternalStore(
    (wake) => {
      watchers.add(wake);
      return () => watchers.delete(wake);
    },
    () => live,
  );
}
