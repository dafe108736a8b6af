import { createHmac } from 'node:crypto';
import type { Page } from '@playwright/test';
import { clean, expect, signIn, test } from './test';
import { ADMINISTRATOR } from './world';

test.describe.configure({ mode: 'serial', timeout: 120_000 });
test.beforeAll(({ lockstep }) => lockstep.setUp());

/** The code of an authenticator app (RFC 6238), `later` steps from now. */
function code(secret: string, later = 0): string {
  let bits = '';
  for (const letter of secret) bits += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0');
  const key = Buffer.from(bits.match(/.{8}/g)?.map((byte) => Number.parseInt(byte, 2)) ?? []);
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + later));
  const digest = createHmac('sha1', key).update(step).digest();
  const word = digest.readUInt32BE((digest[19] as number) & 15) & 0x7fff_ffff;
  return String(word % 1_000_000).padStart(6, '0');
}

async function fillIn(page: Page, password: string) {
  await page.getByLabel('User name').fill(ADMINISTRATOR.userName);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

async function giveCode(page: Page, code: string) {
  await page.getByLabel('Code').fill(code);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

test('a second factor is set up, asked for, and replaced by a recovery code', async ({ page, lockstep }) => {
  await signIn(page, lockstep);
  await page.goto('/settings/account');
  await page.getByRole('button', { name: 'Set up' }).click();
  const dialogue = page.getByRole('dialog', { name: 'Set up a second factor' });
  const secret = (await dialogue.locator('code').innerText()).trim();
  await expect(dialogue.getByRole('img', { name: 'Code to scan' })).toBeVisible();
  await clean(page);
  await dialogue.getByLabel('Code').fill('000000');
  await dialogue.getByRole('button', { name: 'Confirm' }).click();
  await expect(dialogue.getByRole('alert')).toContainText('The code is wrong');
  await dialogue.getByLabel('Code').fill(code(secret));
  await dialogue.getByRole('button', { name: 'Confirm' }).click();
  const kept = page.getByRole('dialog', { name: 'Your recovery codes' });
  await expect(kept.getByRole('button', { name: 'I have kept them' })).toBeVisible();
  const recovery = (await kept.locator('span').allInnerTexts()).filter((text) => /^[a-z0-9]{16}$/.test(text));
  expect(recovery).toHaveLength(10);
  await clean(page);
  await kept.getByRole('button', { name: 'I have kept them' }).click();
  await expect(page.getByText('On', { exact: true })).toBeVisible();

  await page.context().clearCookies();
  await page.goto('/sign-in');
  await fillIn(page, ADMINISTRATOR.password);
  await giveCode(page, '123456');
  await expect(page.getByRole('alert')).toContainText('The code is wrong');
  await clean(page);
  await giveCode(page, code(secret, 1));
  await expect(page.getByRole('heading', { name: 'Home' })).toBeVisible();

  // The phone is lost.
  await page.context().clearCookies();
  await page.goto('/sign-in');
  await fillIn(page, ADMINISTRATOR.password);
  await giveCode(page, recovery[0] as string);
  await expect(page.getByRole('heading', { name: 'Home' })).toBeVisible();
  await page.context().clearCookies();
  await page.goto('/sign-in');
  await fillIn(page, ADMINISTRATOR.password);
  await giveCode(page, recovery[0] as string);
  await expect(page.getByRole('alert')).toContainText('used already');

  // What is sensitive asks for both.
  await giveCode(page, recovery[1] as string);
  await expect(page.getByRole('heading', { name: 'Home' })).toBeVisible();
  await lockstep.forgetConfirmations();
  await page.goto('/settings/account');
  await page.getByRole('button', { name: 'Switch off' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Switch off' }).click();
  const asked = page.getByRole('dialog', { name: 'Confirm it is you' });
  await asked.getByLabel('Password', { exact: true }).fill(ADMINISTRATOR.password);
  await asked.getByLabel('Code from your authenticator').fill(recovery[2] as string);
  await asked.getByRole('button', { name: 'Confirm' }).click();
  await expect(page.getByText('The second factor is off')).toBeVisible();
  await expect(page.getByText('Off', { exact: true })).toBeVisible();
});

test('a password is changed, and every other session ends', async ({ page, lockstep, browser }) => {
  const phone = await browser.newContext({ baseURL: lockstep.url });
  const other = await phone.newPage();
  await signIn(other, lockstep);
  await other.goto('/users');
  await signIn(page, lockstep);
  await page.goto('/settings/account');
  await page.getByLabel('Current password').fill('wrong password!');
  await page.getByLabel('New password').fill('pickled otter 42');
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByRole('alert')).toContainText('The password is wrong');
  await page.getByLabel('Current password').fill(ADMINISTRATOR.password);
  await page.getByLabel('New password').fill('Password12345!');
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByRole('alert')).toContainText('This password is among the first that are tried');
  await page.getByLabel('New password').fill('pickled otter 42');
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByText('Your password is changed')).toBeVisible();
  await other.reload();
  await expect(other).toHaveURL(/\/sign-in/);

  await signIn(other, lockstep, { ...ADMINISTRATOR, password: 'pickled otter 42' });
  await other.goto('/users');
  await expect(other.getByRole('heading', { name: 'Users', exact: true })).toBeVisible();
  await page.reload();
  await expect(page.getByText('Signed in', { exact: true })).toHaveCount(1);
  await page.getByRole('button', { name: 'End all other sessions' }).click();
  await expect(page.getByText('All your other sessions have ended')).toBeVisible();
  await expect(page.getByText('Signed in', { exact: true })).toHaveCount(0);
  await other.reload();
  await expect(other).toHaveURL(/\/sign-in/);
  await phone.close();
});

test('whoever is disabled is out at once, and whoever is invited comes in with a password', async ({
  page,
  lockstep,
  browser,
}) => {
  const { link } = await lockstep.api('POST', '/invitations', { userName: 'cy@northwind.example', role: 'auditor' });
  const context = await browser.newContext({ baseURL: lockstep.url });
  const cy = await context.newPage();
  await cy.goto(link);
  await cy.getByLabel('Password', { exact: true }).fill('short');
  await cy.getByRole('button', { name: 'Take it up with a password' }).click();
  await expect(cy.getByRole('alert')).toContainText('12 to 128 characters');
  await clean(cy);
  await cy.getByLabel('Password', { exact: true }).fill('seventeen quiet herons');
  await cy.getByRole('button', { name: 'Take it up with a password' }).click();
  await expect(cy.getByRole('heading', { name: 'Home' })).toBeVisible();
  await cy.goto(link);
  await cy.reload();
  await expect(cy.getByRole('alert')).toContainText('This invitation does not work');

  await signIn(page, lockstep, { ...ADMINISTRATOR, password: 'pickled otter 42' });
  await page.goto('/settings/administrators');
  await page
    .locator('[data-row]', { hasText: 'cy@northwind.example' })
    .getByRole('button', { name: /^Actions for/ })
    .click();
  await page.getByRole('menuitem', { name: 'Disable' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
  await expect(page.getByText('cy@northwind.example is disabled')).toBeVisible();
  await clean(page);
  await cy.goto('/users');
  await expect(cy).toHaveURL(/\/sign-in/);
  await cy.getByLabel('User name').fill('cy@northwind.example');
  await cy.getByLabel('Password', { exact: true }).fill('seventeen quiet herons');
  await cy.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(cy.getByRole('alert')).toContainText('You are disabled here');
  await context.close();
});
