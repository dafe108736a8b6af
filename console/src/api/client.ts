import createClient from 'openapi-fetch';
import { presence } from './presence';
import type { paths } from './schema';

/** What the server says when it can't do something (RFC 9457), with the id of the request to find it in the log. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    /** What happened, to what, and what to do. */
    readonly detail: string,
    /** A machine word such as `reauthenticate` or `not_found`. */
    readonly code: string,
    readonly requestId: string | null,
  ) {
    super(detail);
  }
}

/** The server can't be reached at all. */
export class Unreachable extends Error {
  constructor() {
    super('Lockstep does not answer.');
  }
}

/** Asks the person in front of the screen for something that a request lacks; false when they would not. */
type Asker = () => Promise<boolean>;
const askers: { signIn: Asker; confirm: Asker } = { signIn: async () => false, confirm: async () => false };

/** The session guard says how to ask for a new session, and for a confirmation of who is there. */
export function setAskers(those: typeof askers) {
  Object.assign(askers, those);
}

async function problem(response: Response): Promise<ApiError> {
  const requestId = response.headers.get('x-request-id');
  const said = await response.json().catch(() => null);
  const detail = typeof said?.detail === 'string' ? said.detail : `The server answered ${response.status}.`;
  return new ApiError(response.status, sentence(detail), said?.code ?? '', requestId);
}

/** The server writes its sentences to stand after a colon; alone they begin with a capital and end with a dot. */
export function sentence(text: string): string {
  const start = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(start) ? start : `${start}.`;
}

/**
 * Send a request. When the session has ended, or who is there must be confirmed, the person is asked over the page,
 * and the request goes out again: nothing that was typed is lost.
 */
async function send(request: Request): Promise<Response> {
  const asksForItself = /\/session(\/confirm|\/provider\/callback)?$/.test(new URL(request.url).pathname);
  const asked: Asker[] = [];
  for (;;) {
    // Shows that our own pages ask, not a form on another site, and whether somebody is there.
    request.headers.set('X-Lockstep', presence());
    const again = request.clone();
    const response = await reach(request);
    if (response.ok) return response;
    const error = await problem(response);
    const ask = error.status === 401 ? askers.signIn : error.code === 'reauthenticate' ? askers.confirm : null;
    // Each is asked for once: a new session may still have to be confirmed.
    if (!ask || asksForItself || asked.includes(ask) || !(await ask())) throw error;
    asked.push(ask);
    request = again;
  }
}

async function reach(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch {
    throw new Unreachable();
  }
}

/** The admin API, typed by its own description. A refused request throws [`ApiError`]. */
export const api = createClient<paths>({
  baseUrl: '/',
  fetch: send,
});

/** The body of an answer. Answers that are no success have thrown before. */
export async function body<T>(answer: Promise<{ data?: T }>): Promise<T> {
  return (await answer).data as T;
}
