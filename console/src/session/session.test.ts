import { QueryClient } from '@tanstack/react-query';
import { afterEach, expect, test, vi } from 'vitest';
import type { Me } from '../api/schema';
import { sessionQuery } from './session';

afterEach(() => vi.unstubAllGlobals());

const refused = () => new Response(JSON.stringify({ detail: 'sign in' }), { status: 401 });

test('nobody is signed in where nobody was', async () => {
  vi.stubGlobal('fetch', async () => refused());
  expect(await new QueryClient().fetchQuery(sessionQuery)).toBeNull();
});

test('who was signed in stays on the page when the session ends, so that the next request can ask for another', async () => {
  vi.stubGlobal('fetch', async () => refused());
  const queries = new QueryClient();
  const maya: Me = { kind: 'administrator', name: 'maya.patel@northwind.example', role: 'owner' };
  queries.setQueryData(sessionQuery.queryKey, maya);
  expect(await queries.fetchQuery({ ...sessionQuery, staleTime: 0 })).toEqual(maya);
});
