/** What a page elsewhere can do with the session of a browser that shows it (CSRF): nothing. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, signIn, test } from './test';

test.beforeAll(({ lockstep }) => lockstep.setUp());

/** A page that tries everything a page can: a form, requests with and without asking first, a frame. */
const attack = (target: string) => `<!doctype html><title>waiting</title>
<iframe name="sink"></iframe><iframe name="console" src="${target}/users"></iframe>
<form method="post" action="${target}/api/v1/groups" enctype="text/plain" target="sink">
  <input name='{"displayName": "By a form' value='"}'>
</form>
<script>
  const post = (path, more) => fetch('${target}/api/v1' + path, { method: 'POST', credentials: 'include', ...more });
  const body = JSON.stringify({ displayName: 'By a script' });
  const ours = { 'content-type': 'application/json', 'x-lockstep': 'console' };
  document.forms[0].submit();
  Promise.allSettled([
    post('/groups', { mode: 'no-cors', headers: { 'content-type': 'text/plain' }, body }),
    post('/groups', { mode: 'no-cors', body: new URLSearchParams({ displayName: 'By a script' }) }),
    post('/groups', { headers: ours, body }),
    post('/sessions', { method: 'DELETE', headers: ours }),
  ]).then(() => { document.title = 'done'; });
</script>`;

async function serve(page: string): Promise<Server> {
  const server = createServer((_, answer) => answer.setHeader('content-type', 'text/html').end(page));
  await new Promise<void>((ready) => server.listen(0, ready));
  return server;
}

// Another port of the same host is the same site, so the cookie goes along; another name is another site.
for (const [host, site] of [
  ['127.0.0.1', 'same-site'],
  ['localhost', 'cross-site'],
] as const) {
  test(`a page of ${host} changes nothing with the session of this browser`, async ({ browser, lockstep }) => {
    const elsewhere = await serve(attack(lockstep.url));
    const context = await browser.newContext({ baseURL: lockstep.url });
    const page = await context.newPage();
    await signIn(page, lockstep);
    const other = await context.newPage();
    await signIn(other, lockstep);
    const answered: number[] = [];
    const from = new Set<string | undefined>();
    page.on('response', async (response) => {
      const request = response.request();
      if (!request.url().includes('/api/v1/groups') || request.method() !== 'POST') return;
      answered.push(response.status());
      from.add((await request.allHeaders())['sec-fetch-site']);
    });
    await page.goto(`http://${host}:${(elsewhere.address() as AddressInfo).port}/`);
    await expect(page).toHaveTitle('done');
    await expect.poll(() => answered.length).toBeGreaterThanOrEqual(3);
    expect(answered.filter((status) => status < 400)).toEqual([]);
    // Of a request that asks first, the browser may show no headers.
    expect([...from].filter(Boolean)).toEqual([site]);
    expect((await lockstep.api('GET', '/groups?kind=manual')).items).toEqual([]);
    // The console shows in no frame, and all sessions live on.
    expect(page.frame('console')?.url()).toContain('chrome-error:');
    expect((await page.request.get('/api/v1/session')).status()).toBe(200);
    await context.close();
    elsewhere.close();
  });
}

test('the same request from the console itself is heard', async ({ page, lockstep }) => {
  await signIn(page, lockstep);
  await page.goto('/groups');
  const status = await page.evaluate(async () => {
    const headers = { 'content-type': 'application/json', 'x-lockstep': 'console' };
    const body = JSON.stringify({ displayName: 'By the console' });
    return (await fetch('/api/v1/groups', { method: 'POST', headers, body })).status;
  });
  expect(status).toBe(201);
});
