import type { Page } from '@playwright/test';
import { clean, endSessionAt, expect, signIn, test } from './test';
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

  await page.getByRole('button', { name: /^maya.patel/ }).click();
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

/** In the dialogue over the page. */
async function signInAgain(page: Page) {
  const dialogue = page.getByRole('dialog', { name: 'Your session has ended' });
  await dialogue.getByLabel('User name').fill(ADMINISTRATOR.userName);
  await dialogue.getByLabel('Password', { exact: true }).fill(ADMINISTRATOR.password);
  await dialogue.getByRole('button', { name: 'Sign in' }).click();
  await expect(dialogue).toHaveCount(0);
}

test('when the session ends, the page and what was typed stay', async ({ page, lockstep }) => {
  await signIn(page, lockstep);
  await page.goto('/settings/tokens');
  await page.getByRole('button', { name: 'Make a token' }).click();
  await page.getByLabel('Name').fill('terraform');
  await endSessionAt(page, (request) => request.method() === 'POST');
  await page.getByRole('button', { name: 'Make token' }).click();
  await signInAgain(page);
  // The request that was refused goes out again by itself.
  await expect(page.getByText('Shown once')).toBeVisible();
});

test('a list that is read again while the session has ended asks too, and the form below goes on', async ({
  page,
  lockstep,
}) => {
  await signIn(page, lockstep);
  await page.goto('/settings/tokens');
  await expect(page.getByText('terraform')).toBeVisible();
  await page.getByRole('button', { name: 'Make a token' }).click();
  await page.getByLabel('Name').fill('ansible');
  await page.context().clearCookies();
  // Somebody else makes a token: the list below is old.
  await lockstep.api('POST', '/api-tokens', { name: 'puppet', role: 'auditor' });
  await signInAgain(page);
  await expect(page.getByText('puppet')).toBeVisible();
  await page.getByRole('button', { name: 'Make token' }).click();
  await expect(page.getByText('Shown once')).toBeVisible();
});
