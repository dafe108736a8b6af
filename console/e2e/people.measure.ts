/**
 * How the console answers with many people in it: `make measure-console`. Writes its part of bench/README.md.
 * `PEOPLE` says how many (100,000), `LOCKSTEP_BINARY` which build.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { resolve } from 'node:path';
import { expect, type Page } from '@playwright/test';
import { sizes } from '../scripts/size.mjs';
import { seed } from './seed';
import { signIn, test } from './test';
import { type Application, type Lockstep, ROOT } from './world';

const PEOPLE = Number(process.env.PEOPLE ?? 100_000);
const ROUNDS = 7;
const CORE = 'urn:ietf:params:scim:schemas:core:2.0:User';
const BULK = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';

test.describe.configure({ timeout: 3_600_000 });
test.use({ viewport: { width: 1440, height: 900 }, actionTimeout: 20_000 });

const median = (of: number[]) => [...of].sort((a, b) => a - b)[Math.floor(of.length / 2)] ?? Number.NaN;
const worst = (of: number[]) => Math.max(...of);

/** A company in step, so that Home shows all that it can; then people by bulk requests, as many in one as it may hold. */
async function fill(lockstep: Lockstep): Promise<Application> {
  const { application, okta, ids } = await seed(lockstep);
  // The first of all people is not active.
  await okta.unassign([...ids.values()][0] ?? '');
  const source = await lockstep.api('POST', '/sources', { name: 'Everybody', client: 'generic' });
  const batches = Array.from({ length: Math.ceil(PEOPLE / 500) }, (_, batch) => batch * 500);
  const send = async (from: number) => {
    const Operations = Array.from({ length: Math.min(500, PEOPLE - from) }, (_, step) => {
      const n = from + step;
      return { method: 'POST', path: '/Users', bulkId: `p${n}`, data: somebody(n) };
    });
    const answer = await fetch(`${source.baseUrl}/Bulk`, {
      method: 'POST',
      headers: { authorization: `Bearer ${source.token}`, 'content-type': 'application/scim+json' },
      body: JSON.stringify({ schemas: [BULK], Operations }),
    });
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  };
  const worker = async () => {
    for (let from = batches.shift(); from !== undefined; from = batches.shift()) await send(from);
  };
  await Promise.all([worker(), worker(), worker()]);
  return application;
}

const FAMILY = ['Lovelace', 'Rossi', 'Becker', 'Nakamura', 'Ito', 'Marino', 'Banerjee', 'Keller', 'Schmidt', 'Eriksen'];
const GIVEN = ['Ada', 'Niko', 'Mateo', 'Wanjiru', 'Chen', 'Theo', 'Noor', 'Lara', 'Daniel', 'Lin', 'Eva', 'Julia'];

function somebody(n: number) {
  const [givenName, familyName] = [GIVEN[n % GIVEN.length], `${FAMILY[n % FAMILY.length]}${n}`];
  const userName = `${givenName}.${familyName}@northwind.example`.toLowerCase();
  return {
    schemas: [CORE],
    userName,
    externalId: `00u${n}`,
    name: { givenName, familyName },
    displayName: `${givenName} ${familyName}`,
    emails: [{ value: userName, type: 'work', primary: true }],
    active: n % 50 !== 0,
  };
}

/** Begin to note how long each input takes until the page is painted anew, as browsers count it for INP. */
const listen = (page: Page) =>
  page.addInitScript(() => {
    const seen: number[] = [];
    Object.assign(window, { seen });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as PerformanceEventTiming[])
        if (entry.interactionId) seen.push(entry.duration);
    }).observe({ type: 'event', durationThreshold: 16, buffered: true } as PerformanceObserverInit);
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) Object.assign(window, { largest: entry.startTime });
    }).observe({ type: 'largest-contentful-paint', buffered: true });
  });

interface Told {
  what: string;
  first: number[];
  second: number[];
}

/** A page in a browser that has never been there: until something is painted, and until what it is about is there. */
async function cold(page: Page, lockstep: Lockstep, path: string, there: string): Promise<[number, number, number]> {
  const context = await page
    .context()
    .browser()
    ?.newContext({ viewport: { width: 1440, height: 900 } });
  if (!context) throw new Error('no browser');
  const fresh = await context.newPage();
  await listen(fresh);
  await signIn(fresh, lockstep);
  await fresh.goto(lockstep.url + path);
  await fresh.locator(there).first().waitFor();
  const told = await fresh.evaluate(async () => {
    const whole = performance.now();
    await new Promise((done) => setTimeout(done, 400));
    const first = performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN;
    return [first, (window as unknown as { largest: number }).largest, whole] as [number, number, number];
  });
  await context.close();
  return told;
}

/** An input: until the next paint after it, and until what was asked for is there. */
async function answer(
  page: Page,
  act: () => Promise<unknown>,
  there: () => Promise<unknown>,
): Promise<[number, number]> {
  await page.evaluate(() => (window as unknown as { seen: number[] }).seen.splice(0));
  const began = performance.now();
  await act();
  await there();
  const whole = performance.now() - began;
  await page.waitForTimeout(300);
  // Shorter than 16 ms is not told apart.
  const paint = await page.evaluate(() => Math.max(16, ...(window as unknown as { seen: number[] }).seen));
  return [paint, whole];
}

test('with many people', async ({ page, lockstep }) => {
  const began = performance.now();
  const application = await fill(lockstep);
  const filled = (performance.now() - began) / 1_000;
  const load = loadavg()[0] ?? 0;
  console.log(`${PEOPLE} people in ${filled.toFixed(0)} s; load ${load.toFixed(1)}`);
  await listen(page);
  await signIn(page, lockstep);

  const pages: [string, string, string][] = [
    ['Home', '/', 'text=Success rate'],
    ['Users', '/users', '[data-row]'],
    ['a person', `/users/${(await lockstep.api('GET', '/users?limit=1')).items[0].id}`, 'text=Who says so'],
  ];
  const visits: [string, number[], number[], number[]][] = [];
  for (const [name, path, there] of pages) {
    const rounds: [number, number, number][] = [];
    for (let round = 0; round < ROUNDS; round++) rounds.push(await cold(page, lockstep, path, there));
    console.log(
      name,
      rounds.map((round) => round.map(Math.round)),
    );
    visits.push([name, rounds.map(([a]) => a), rounds.map(([, b]) => b), rounds.map(([, , c]) => c)]);
  }

  const rows = page.locator('[data-row]');
  const acts: Told[] = [];
  const note = async (what: string, rounds: number, one: (round: number) => Promise<[number, number]>) => {
    const told: Told = { what, first: [], second: [] };
    for (let round = 0; round < rounds; round++) {
      const [first, second] = await one(round);
      told.first.push(first);
      told.second.push(second);
    }
    acts.push(told);
    console.log(what, told.first.map(Math.round), told.second.map(Math.round));
  };
  const users = async () => {
    await page.goto(`${lockstep.url}/users`);
    await rows.first().waitFor();
  };
  await users();
  await note('open a person from the list', ROUNDS, async (round) => {
    const link = rows.nth(round + 1).getByRole('link');
    const name = await link.innerText();
    const told = await answer(
      page,
      () => link.click(),
      () => page.getByRole('heading', { name, level: 1 }).waitFor(),
    );
    await page.goBack();
    await rows.first().waitFor();
    return told;
  });
  await note('a tab of the list (Active)', ROUNDS, async () => {
    await page.getByRole('link', { name: /^All/ }).click();
    await expect(rows.first()).not.toContainText('Active');
    return answer(
      page,
      () => page.getByRole('link', { name: /^Active/ }).click(),
      () => expect(rows.first()).toContainText('Active'),
    );
  });
  await users();
  await note('filter by source', ROUNDS, async () => {
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.getByRole('menuitem', { name: 'Source' }).click();
    await page.getByRole('combobox', { name: 'Value of Source' }).click();
    await page.getByRole('option', { name: 'Everybody' }).click();
    const told = await answer(
      page,
      () => page.getByRole('button', { name: 'Apply' }).click(),
      () => expect(rows.first()).toContainText('northwind'),
    );
    await users();
    return told;
  });
  await note('search: each key, and what is found', ROUNDS, async (round) => {
    const field = page.getByRole('searchbox');
    const wanted = `rossi${10 * (round + PEOPLE / 20) + 1}`;
    const told = await answer(
      page,
      () => field.pressSequentially(wanted),
      () => expect(rows.first()).toContainText(wanted),
    );
    await field.fill('');
    await expect(rows.nth(1)).toBeVisible();
    return told;
  });
  await note('a tab of a person (Timeline)', ROUNDS, async () => {
    await rows.nth(2).getByRole('link').click();
    await page.getByText('Who says so').waitFor();
    const told = await answer(
      page,
      () => page.getByRole('link', { name: 'Timeline' }).click(),
      () => expect(page).toHaveURL(/timeline$/),
    );
    await users();
    return told;
  });
  await note('palette: each key, and a person found', ROUNDS, async (round) => {
    await page.keyboard.press('Control+k');
    const field = page.getByRole('dialog').getByRole('textbox');
    const wanted = `keller${10 * (round + PEOPLE / 25) + 7}`;
    const told = await answer(
      page,
      () => field.pressSequentially(wanted),
      () => page.getByRole('option').filter({ hasText: wanted }).first().waitFor(),
    );
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toHaveCount(0);
    return told;
  });

  await application.stop();

  const size = sizes(resolve(ROOT, 'console/dist'));
  const ms = (of: number[]) => `${Math.round(median(of))} (${Math.round(worst(of))})`;
  const text = `${HEADING}

Written by \`make measure-console\` on ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC: ${PEOPLE.toLocaleString('en')} people from one source beside a company of 40 in step,
${process.env.LOCKSTEP_BUILD ?? 'the build named by LOCKSTEP_BINARY'}, SQLite, Debian's Chromium without a GPU on the same machine
(${cpus().length} cores, ${cpus()[0]?.model ?? ''}), load ${load.toFixed(1)} when it began. The people came by \`/Bulk\` in ${filled.toFixed(0)} s.
Median of ${ROUNDS} (the worst of them), in ms.

JavaScript of a first visit, gzip: ${Math.round(size.frame)} kB before any page, at most ${Math.round(size.pages[0]?.visit ?? 0)} kB with one (aim: under 300 kB; the build fails above).

| First visit, nothing cached | First paint (aim: < 1,000) | Largest paint | What it is about is there |
| --- | --- | --- | --- |
${visits.map(([name, first, largest, whole]) => `| ${name} | ${ms(first)} | ${ms(largest)} | ${ms(whole)} |`).join('\n')}

| Answer to an input | Next paint (aim: < 100) | What was asked for is there |
| --- | --- | --- |
${acts.map(({ what, first, second }) => `| ${what} | ${ms(first)} | ${ms(second)} |`).join('\n')}

Next paint is the browser's own event timing, as for INP: the longest of the inputs in a step, from the input to the frame
after it; 16 means 16 or less. The last column has the test's own steps in it, and for what is typed the typing too, and
the 150 to 200 ms that typing rests before the server is asked.
`;
  console.log(text);
  const file = resolve(ROOT, 'bench/README.md');
  const before = readFileSync(file, 'utf8');
  const start = before.indexOf(HEADING);
  const [kept] = start < 0 ? [before] : [before.slice(0, start)];
  if (!process.env.PEOPLE) writeFileSync(file, `${kept.trimEnd()}\n\n${text}`);
});

const HEADING = '## The console with 100,000 people';
