import type { Page } from '@playwright/test';
import { clean, endSessionAt, expect, signIn, still, test } from './test';
import { ADMINISTRATOR, OpenIdProvider } from './world';

test.describe.configure({ mode: 'serial', timeout: 120_000 });

let provider: OpenIdProvider;
test.beforeAll(async ({ lockstep }) => {
  await lockstep.setUp();
  provider = await OpenIdProvider.start(lockstep);
});
test.afterAll(() => provider.stop());

/** What somebody does at the provider. */
async function at(page: Page, who: string) {
  await page.getByLabel('Name').fill(who);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

test('an owner sets the provider up, after a look at it', async ({ page, lockstep }) => {
  await signIn(page, lockstep);
  await page.goto('/settings/sign-in');
  await expect(page.getByText(`${lockstep.url}/sign-in/callback`)).toBeVisible();
  await page.getByLabel('Issuer').fill(`${provider.issuer}/`);
  await page.getByRole('button', { name: 'Test connection' }).click();
  await expect(page.getByRole('alert')).toContainText('use the issuer as it writes it');
  await page.getByLabel('Issuer').fill(provider.issuer);
  await page.getByRole('button', { name: 'Test connection' }).click();
  await expect(page.getByText('Yes, and names itself as above')).toBeVisible();
  await page.getByLabel('Client id').fill(OpenIdProvider.client.id);
  await page.getByLabel('Client secret').fill(OpenIdProvider.client.secret);
  await page.getByLabel('Name on the button').fill('Northwind');
  await clean(page);
  await page.getByRole('button', { name: 'Save' }).first().click();
  await expect(page.getByText('Saved')).toBeVisible();
  await page.reload();
  await expect(page.getByLabel('Issuer')).toHaveValue(provider.issuer);
  await expect(page.getByLabel('Client secret')).toHaveValue('');
  await expect(page.getByText('One is stored.')).toBeVisible();
});

test('whoever nobody has invited is told so, and whoever refuses is, too', async ({ page }) => {
  await page.goto('/users');
  await page.getByRole('button', { name: 'Sign in with Northwind' }).click();
  await at(page, 'eve@northwind.example');
  await expect(page).toHaveURL(/\/sign-in\/callback/);
  await expect(page.getByRole('alert')).toContainText('Nobody has invited you');
  await clean(page);
  // Reloading does not sign in with what was used.
  await page.reload();
  await expect(page.getByRole('alert')).toContainText('begin again');

  await page.context().clearCookies();
  await page.getByRole('link', { name: 'Back to the sign-in' }).click();
  await page.getByRole('button', { name: 'Sign in with Northwind' }).click();
  await page.getByRole('button', { name: 'Refuse' }).click();
  await expect(page.getByRole('alert')).toContainText('The provider says: you did not want to');
});

test('an invited person comes in, confirms, and signs out there too', async ({ page, lockstep, browser }) => {
  await signIn(page, lockstep);
  await page.goto('/settings/administrators');
  await page.getByRole('button', { name: 'Invite' }).click();
  await page.getByLabel('E-mail address').fill('bo@northwind.example');
  await page.getByRole('combobox', { name: 'Role' }).click();
  await page.getByRole('option', { name: 'Administrator' }).click();
  await clean(page);
  await page.getByRole('button', { name: 'Make the link' }).click();
  const link = (await page.locator('code').filter({ hasText: '/invitation#' }).innerText()).trim();
  await page.getByLabel('I have copied it').check();
  await page.getByRole('button', { name: 'Done' }).click();
  await expect(page.getByText('Open invitations')).toBeVisible();
  await clean(page);

  const context = await browser.newContext({ baseURL: lockstep.url });
  const bo = await context.newPage();
  await bo.goto(link);
  await expect(bo.getByText(ADMINISTRATOR.userName)).toBeVisible();
  await clean(bo);
  await bo.getByRole('button', { name: 'Sign in with Northwind' }).click();
  await at(bo, 'bo@northwind.example');
  await expect(bo.getByRole('heading', { name: 'Home' })).toBeVisible();
  await expect(bo.getByRole('button', { name: /^bo / })).toBeVisible();

  // Something sensitive: the provider asks again, in a window of its own, and what was typed stays.
  await lockstep.forgetConfirmations();
  await bo.goto('/settings/tokens');
  await bo.getByRole('button', { name: 'Make a token' }).click();
  await bo.getByLabel('Name').fill('terraform');
  await bo.getByRole('button', { name: 'Make token' }).click();
  const asked = bo.getByRole('dialog', { name: 'Confirm it is you' });
  await clean(bo);
  const opened = bo.waitForEvent('popup');
  await asked.getByRole('button', { name: 'Confirm with Northwind' }).click();
  const there = await opened;
  await at(there, 'bo@northwind.example');
  await expect(bo.getByText('Shown once')).toBeVisible();
  await bo.getByLabel('I have copied it').check();
  await bo.getByRole('button', { name: 'Done' }).click();

  // The session ends: the same, over the page.
  await bo.getByRole('button', { name: 'Make a token' }).click();
  await bo.getByLabel('Name').fill('ansible');
  await endSessionAt(bo, (request) => request.method() === 'POST');
  await bo.getByRole('button', { name: 'Make token' }).click();
  const ended = bo.getByRole('dialog', { name: 'Your session has ended' });
  const again = bo.waitForEvent('popup');
  await ended.getByRole('button', { name: 'Sign in with Northwind' }).click();
  // The provider still knows who it is, which shows nobody that it is them.
  await again;
  const popup = bo.waitForEvent('popup');
  await asked.getByRole('button', { name: 'Confirm with Northwind' }).click();
  await at(await popup, 'bo@northwind.example');
  await expect(bo.getByText('Shown once')).toBeVisible();
  await bo.getByLabel('I have copied it').check();
  await bo.getByRole('button', { name: 'Done' }).click();

  await bo.getByRole('button', { name: /^bo / }).click();
  await bo.getByRole('menuitem', { name: 'Sign out' }).click();
  await bo.getByRole('button', { name: 'Sign out of everything' }).click();
  await expect(bo).toHaveURL(/\/sign-in$/);
  await bo.getByRole('button', { name: 'Sign in with Northwind' }).click();
  // Signed out there as well: it asks who it is.
  await expect(bo.getByLabel('Name')).toBeVisible();
  await context.close();
});

test('an owner connects the provider to a local account', async ({ page, lockstep }) => {
  await signIn(page, lockstep);
  await page.goto('/settings/account');
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await at(page, 'maya@northwind.example');
  await expect(page).toHaveURL(/\/settings\/account/);
  await expect(page.getByText('Connected', { exact: true })).toBeVisible();
  await still(page);
  await clean(page);
});
