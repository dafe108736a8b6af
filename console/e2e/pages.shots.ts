/** Pictures for looking at: `make screenshots`. Filled, dark, phone, empty, broken, and what lies over a page. */
import { resolve } from 'node:path';
import type { Page } from '@playwright/test';
import { person } from './clients';
import { pages } from './pages';
import { connect, type Seeded, seed } from './seed';
import { expect, signIn, still, test } from './test';
import { Lockstep } from './world';

const FOLDER = resolve(import.meta.dirname, '../../target/screenshots');
const shot = (page: Page, name: string) => page.screenshot({ path: `${FOLDER}/${name}.png` });

test.describe.configure({ timeout: 300_000 });
test.use({ deviceScaleFactor: 1.5 });
let company: Seeded;
test.beforeAll(async ({ lockstep }) => {
  company = await seed(lockstep, 60);
  // An application that takes some, and one whose mapping has a mistake: errors with their cause.
  await connect(lockstep, 'Notion', company.application.baseUrl, { group: 'Support' });
  const { settings } = await lockstep.api('GET', '/applications/Notion/draft');
  const mapping = settings.mapping.map((row: { to: string }) =>
    row.to === 'nickName' ? { ...row, expression: 'user.nickName', onEmpty: 'fail' } : row,
  );
  await lockstep.api('PUT', '/applications/Notion/draft', { ...settings, mapping });
  await lockstep.api('POST', '/applications/Notion/publish');
  // A draft that is begun, and somebody on their way out.
  const slack = (await lockstep.api('GET', '/applications/Slack/draft')).settings;
  await lockstep.api('PUT', '/applications/Slack/draft', {
    ...slack,
    mapping: slack.mapping.map((row: { to: string }) =>
      row.to === 'displayName' ? { ...row, expression: "user.name.familyName + ', ' + user.name.givenName" } : row,
    ),
  });
  await company.okta.unassign(company.ids.get(person(12).userName) ?? '');
  await new Promise((done) => setTimeout(done, 5_000));
});
test.afterAll(() => company.application.stop());

const LOOKS = {
  light: { scheme: 'light', width: 1280, height: 800 },
  dark: { scheme: 'dark', width: 1280, height: 800 },
  phone: { scheme: 'light', width: 390, height: 844 },
  wide: { scheme: 'light', width: 2560, height: 1440 },
} as const;

// A few pages on a large screen, in its own pixels.
test('4K', async ({ browser, lockstep }) => {
  const context = await browser.newContext({ viewport: { width: 3840, height: 2160 }, deviceScaleFactor: 1 });
  const page = await context.newPage();
  await signIn(page, lockstep);
  const all = await pages(lockstep);
  for (const name of ['home', 'users', 'app-attributes', 'runs', 'source-guide', 'audit']) {
    await page.goto(lockstep.url + all[name]);
    await still(page);
    await shot(page, `${name}-4k`);
  }
  await context.close();
});

for (const [look, { scheme, width, height }] of Object.entries(LOOKS)) {
  test(`every page, ${look}`, async ({ page, lockstep }) => {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height });
    await signIn(page, lockstep);
    for (const [name, path] of Object.entries(await pages(lockstep))) {
      await page.goto(path);
      await still(page);
      await shot(page, `${name}-${look}`);
    }
  });
}

/** Those in README.md and docs/, by the names they have there: `pngquant` makes them small. */
test('for the documentation', async ({ page, lockstep }) => {
  await signIn(page, lockstep);
  const all = await pages(lockstep);
  await page.setViewportSize({ width: 1360, height: 940 });
  await page.goto(`${all['app-attributes']}&row=displayName`);
  await still(page);
  await expect(page.getByRole('row').filter({ hasText: 'displayName' }).first()).toContainText('Lovelace');
  await page.waitForTimeout(1_000);
  await page.locator('main').evaluate((main) => main.scrollTo(0, 0));
  await shot(page, 'console-mapping');
  await page.setViewportSize({ width: 1480, height: 820 });
  await page.goto(`/users?filter=${encodeURIComponent('department ne "Sales"')}`);
  await still(page);
  for (const row of ['Choose row 1', 'Choose row 3'])
    await page.getByRole('checkbox', { name: row, exact: true }).check();
  await page.mouse.move(0, 0);
  await shot(page, 'console-users');
  await page.setViewportSize({ width: 1360, height: 820 });
  const { id } = await lockstep.api('POST', '/sources', { name: 'Okta EMEA', client: 'okta' });
  await page.goto(`/sources/connect?source=${id}&step=5`);
  await still(page);
  await shot(page, 'console-source');
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.goto('/errors');
  await still(page);
  await page.getByRole('button', { name: /The mapping gives no value/ }).click();
  await still(page);
  await shot(page, 'console-errors-dark');
});

test('every page when the server fails', async ({ page, lockstep }) => {
  await signIn(page, lockstep);
  const all = await pages(lockstep);
  await page.goto('/');
  await still(page);
  await page.route(/\/api\/v1\/(?!session|events)/, (route) =>
    route.fulfill({
      status: 404,
      contentType: 'application/problem+json',
      headers: { 'x-request-id': '019abc00-0000-7000-8000-000000000000' },
      body: JSON.stringify({
        status: 404,
        title: 'Not Found',
        detail: 'this is a test of the error',
        code: 'not_found',
      }),
    }),
  );
  for (const [name, path] of Object.entries(all)) {
    await page.goto(path);
    await page.locator('h1').first().waitFor();
    await shot(page, `${name}-error`);
  }
});

test('what lies over a page', async ({ page, lockstep }) => {
  await signIn(page, lockstep);
  for (const scheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.goto('/settings/tokens');
    await still(page);
    await page.getByRole('button', { name: 'Make a token' }).click();
    await shot(page, `form-${scheme}`);
    await page.getByLabel('Name').fill(`Terraform ${scheme}`);
    await page.getByRole('button', { name: 'Make token' }).click();
    await expect(page.getByText('Shown once')).toBeVisible();
    await shot(page, `secret-${scheme}`);
    await page.getByLabel('I have copied it').check();
    await page.getByRole('button', { name: 'Done' }).click();
    await page
      .getByRole('button', { name: /^Actions for/ })
      .first()
      .click();
    await page.waitForTimeout(300);
    await shot(page, `menu-${scheme}`);
    await page.getByRole('menuitem', { name: 'Revoke' }).click();
    await page.getByRole('dialog').waitFor();
    await shot(page, `confirm-${scheme}`);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog', { name: 'Search and commands' }).getByRole('textbox').fill('a');
    await page.waitForTimeout(600);
    await shot(page, `palette-${scheme}`);
    await page.keyboard.press('Escape');
  }
});

test('empty pages, and those before the sign-in', async ({ page }) => {
  const fresh = await Lockstep.start();
  await page.goto(await fresh.setupLink());
  await still(page);
  await shot(page, 'setup');
  await fresh.setUp();
  await page.goto(`${fresh.url}/sign-in`);
  await still(page);
  await shot(page, 'sign-in');
  await signIn(page, fresh);
  for (const name of ['', 'users', 'groups', 'sources', 'apps', 'runs', 'errors', 'audit', 'settings/tokens']) {
    await page.goto(`${fresh.url}/${name}`);
    await still(page);
    await shot(page, `${name.replace('/', '-') || 'home'}-empty`);
  }
  await fresh.stop();
});
