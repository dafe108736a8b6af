/** What every browser test asks beside its own: no policy violated, no error, no other host, no axe finding. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test as base, expect, type Page, type Request } from '@playwright/test';
import { ADMINISTRATOR, Lockstep } from './world';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export { expect };

export const test = base.extend<{ watched: undefined }, { lockstep: Lockstep }>({
  /** One server for the tests of a file: playwright.config.ts gives each file processes of its own. */
  lockstep: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names from here
    async ({}, use) => {
      const lockstep = await Lockstep.start();
      await use(lockstep);
      await lockstep.stop();
    },
    { scope: 'worker' },
  ],
  baseURL: async ({ lockstep }, use) => use(lockstep.url),
  watched: [
    async ({ page }, use) => {
      const wrong: string[] = [];
      await page.addInitScript(() => {
        window.addEventListener('securitypolicyviolation', (event) => {
          console.error(`policy violated: ${event.violatedDirective} ${event.blockedURI}`);
        });
      });
      page.on('pageerror', (error) => wrong.push(`error: ${error.message}`));
      page.on('console', (message) => {
        // A refused request is shown by the browser too; what matters is what the page makes of it.
        const refused = message.text().startsWith('Failed to load resource');
        if (message.type() === 'error' && !refused) wrong.push(message.text());
      });
      page.on('request', (request) => {
        const { protocol, hostname } = new URL(request.url());
        if (protocol.startsWith('http') && hostname !== '127.0.0.1') wrong.push(`asked ${request.url()}`);
      });
      await use(undefined);
      expect(wrong).toEqual([]);
    },
    { auto: true },
  ],
});

/** Sign in without the form. */
export async function signIn(page: Page, lockstep: Lockstep, who = ADMINISTRATOR) {
  const answer = await page.request.post(`${lockstep.url}/api/v1/session`, {
    data: who,
    headers: { 'x-lockstep': 'console' },
  });
  expect(answer.ok(), await answer.text()).toBe(true);
}

/**
 * The session ends as the page sends what `last` knows: ended any sooner, a list that is just read again asks for a new
 * one instead.
 */
export async function endSessionAt(page: Page, last: (request: Request) => boolean) {
  let ended = false;
  await page.route('**/api/v1/**', async (route) => {
    if (!ended && last(route.request())) {
      ended = true;
      const { origin } = new URL(page.url());
      const answer = await page.request.delete(`${origin}/api/v1/session`, {
        headers: { 'x-lockstep': 'console', origin },
      });
      expect(answer.ok(), await answer.text()).toBe(true);
    }
    await route.continue();
  });
}

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Axe finds nothing on the page as it stands, and the page is no wider than the window. */
export async function clean(page: Page) {
  // Through the debugger, which the policy of the page does not bind.
  await page.evaluate(axe);
  const found = await page.evaluate(async (runOnly) => {
    // biome-ignore lint/suspicious/noExplicitAny: axe put itself there
    const { violations } = await (window as any).axe.run({ runOnly });
    return violations.map(
      (one: { id: string; nodes: { target: string[]; failureSummary: string }[] }) =>
        `${one.id}: ${one.nodes.map((node) => `${node.target} ${node.failureSummary}`).join('\n')}`,
    );
  }, RULES);
  expect(found, page.url()).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), 'fits the window').toBe(
    true,
  );
}

/** The page has loaded what it shows. */
export async function still(page: Page) {
  await page.locator('h1').first().waitFor();
  await expect(page.locator('[aria-busy=true]')).toHaveCount(0);
}
