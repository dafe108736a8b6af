import { createHmac } from 'node:crypto';
import { clean, expect, signIn, test } from './test';
import { ADMINISTRATOR } from './world';

test.beforeAll(({ lockstep }) => lockstep.setUp());

test('signing in leads to the page that was asked for, and out again', async ({ page }) => {
  await page.goto('/users?q=ada');
  await expect(page).toHaveURL(/\/sign-in\?next=/);
  await clean(page);
  await page.getByLabel('User name').fill(ADMINISTRATOR.userName);
  await page.getByLabel('Password', { exact: true }).fill('wrong');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('alert')).toContainText('You are not signed in');

  await page.getByLabel('Password', { exact: true }).fill(ADMINISTRATOR.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page).toHaveURL(/\/users\?q=ada/);
  await expect(page.getByRole('heading', { name: 'Users', exact: true })).toBeVisible();

  await page.getByRole('button', { name: new RegExp(ADMINISTRATOR.userName) }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(/\/sign-in/);
  await page.goto('/users');
  await expect(page).toHaveURL(/\/sign-in/);
});

test('never leads to another site after signing in', async ({ page }) => {
  await page.goto('/sign-in?next=//evil.example/');
  await page.getByLabel('User name').fill(ADMINISTRATOR.userName);
  await page.getByLabel('Password', { exact: true }).fill(ADMINISTRATOR.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Home' })).toBeVisible();
});

test('when the session ends, the page and what was typed stay', async ({ page, lockstep }) => {
  await signIn(page, lockstep);
  await page.goto('/settings/tokens');
  await page.getByRole('button', { name: 'Make a token' }).click();
  await page.getByLabel('Name').fill('terraform');
  await page.context().clearCookies();
  await page.getByRole('button', { name: 'Make token' }).click();

  const dialogue = page.getByRole('dialog', { name: 'Your session has ended' });
  await dialogue.getByLabel('User name').fill(ADMINISTRATOR.userName);
  await dialogue.getByLabel('Password', { exact: true }).fill(ADMINISTRATOR.password);
  await dialogue.getByRole('button', { name: 'Sign in' }).click();
  // The request that was refused goes out again by itself.
  await expect(page.getByText('Shown once')).toBeVisible();
});

test('a second factor is set up, asked for, and switched off again', async ({ page, lockstep }) => {
  await signIn(page, lockstep);
  await page.goto('/settings/account');
  await page.getByRole('button', { name: 'Set up' }).click();
  const dialogue = page.getByRole('dialog', { name: 'Set up a second factor' });
  const secret = await dialogue.locator('code').innerText();
  await expect(dialogue.getByRole('img')).toBeVisible();
  await clean(page);
  await dialogue.getByLabel('Code', { exact: true }).fill('000000');
  await dialogue.getByRole('button', { name: 'Confirm' }).click();
  await expect(dialogue.getByRole('alert')).toBeVisible();
  await dialogue.getByLabel('Code', { exact: true }).fill(totp(secret));
  await dialogue.getByRole('button', { name: 'Confirm' }).click();
  const codes = page.getByRole('dialog', { name: 'Your recovery codes' });
  await expect(codes).toBeVisible();
  const recovery = (await codes.locator('[class*=codes] span').first().innerText()).trim();
  await codes.getByRole('button', { name: 'I have kept them' }).click();

  // The password alone opens nothing any more; a recovery code does, when the phone is lost.
  await page.context().clearCookies();
  await page.goto('/sign-in');
  await page.getByLabel('User name').fill(ADMINISTRATOR.userName);
  await page.getByLabel('Password', { exact: true }).fill(ADMINISTRATOR.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByLabel('Code', { exact: true }).fill(recovery);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Home' })).toBeVisible();

  await page.goto('/settings/account');
  await page.getByRole('button', { name: 'Switch off' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Switch off' }).click();
  await expect(page.getByText('The second factor is off')).toBeVisible();
});

/** The code of an authenticator (RFC 6238, six digits, 30 seconds, SHA-1). */
function totp(secret: string, now = Date.now()): string {
  const letters = secret.replaceAll(/[\s=]/g, '').toUpperCase();
  const bits = [...letters]
    .map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'))
    .join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(now / 30_000)));
  const hash = createHmac('sha1', key).update(counter).digest();
  const at = (hash.at(-1) ?? 0) & 15;
  return String((hash.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}
