import type { Page } from '@playwright/test';
import { clean, expect, signIn, test } from './test';
import { ADMINISTRATOR, Application } from './world';

let application: Application;
test.beforeAll(async ({ lockstep }) => {
  await lockstep.setUp();
  application = await Application.start();
});
test.afterAll(() => application.stop());
test.beforeEach(async ({ page, lockstep }) => {
  await signIn(page, lockstep);
  await lockstep.forgetConfirmations();
});

/** The dialogue that asks who it is. What was asked for goes out again by itself after it. */
async function confirmed(page: Page, password = ADMINISTRATOR.password) {
  const asked = page.getByRole('dialog', { name: 'Confirm it is you' });
  await asked.getByLabel('Password', { exact: true }).fill(password);
  await asked.getByRole('button', { name: 'Confirm' }).click();
}

test('a source and its tokens are made by whoever shows who they are', async ({ page, lockstep }) => {
  await page.goto('/sources/connect?client=generic');
  await page.getByLabel('Name').fill('HR');
  await page.getByRole('button', { name: 'Make the source' }).click();
  await confirmed(page, 'wrong password!');
  await expect(page.getByRole('alert')).toContainText('The password is wrong');
  await clean(page);
  await confirmed(page);
  await expect(page.getByText('Shown once')).toBeVisible();
  const { id } = await lockstep.api('GET', '/sources/HR');

  await lockstep.forgetConfirmations();
  await page.goto(`/sources/${id}/tokens`);
  await page.getByRole('button', { name: 'Make a token' }).click();
  const form = page.getByRole('dialog');
  await form.getByLabel('Name').fill('second');
  await form.getByRole('button', { name: 'Make the token' }).click();
  // Whoever thinks better of it keeps what they typed.
  await page.getByRole('dialog', { name: 'Confirm it is you' }).getByLabel('Password', { exact: true }).press('Escape');
  await expect(form.getByLabel('Name')).toHaveValue('second');
  await form.getByRole('button', { name: 'Make the token' }).click();
  await confirmed(page);
  await expect(page.getByText('Shown once')).toBeVisible();
  await page.getByLabel('I have copied it').check();
  await page.getByRole('button', { name: 'Done' }).click();
  await expect(page.getByText('second')).toBeVisible();
});

test('an address and a credential of an application are changed by whoever shows who they are', async ({
  page,
  lockstep,
}) => {
  const app = await lockstep.api('POST', '/applications', { name: 'Slack', baseUrl: application.baseUrl });
  await page.goto(`/apps/${app.id}/configure/connection`);
  await page.getByLabel('Bearer token').fill(Application.token);
  await page.getByRole('button', { name: 'Set and test' }).click();
  await confirmed(page);
  await expect(page.getByText('The token is replaced')).toBeVisible();

  await lockstep.forgetConfirmations();
  await page.getByLabel('SCIM base URL').fill(`${application.baseUrl}/other`);
  await confirmed(page);
  await expect
    .poll(async () => (await lockstep.api('GET', `/applications/${app.id}/draft`)).settings.baseUrl)
    .toBe(`${application.baseUrl}/other`);
});

test('administrators, invitations and settings are changed by whoever shows who they are', async ({
  page,
  lockstep,
}) => {
  await page.goto('/settings/administrators');
  await page.getByRole('button', { name: 'Invite' }).click();
  await page.getByLabel('E-mail address').fill('bo@northwind.example');
  await page.getByRole('button', { name: 'Make the link' }).click();
  await confirmed(page);
  await expect(page.getByText('Shown once')).toBeVisible();
  await page.getByLabel('I have copied it').check();
  await page.getByRole('button', { name: 'Done' }).click();

  await lockstep.forgetConfirmations();
  await page.getByRole('button', { name: 'Add with a password' }).click();
  await page.getByLabel('User name').fill('cy@northwind.example');
  await page.getByLabel('First password').fill('seventeen quiet herons');
  await page.getByRole('button', { name: 'Add administrator' }).click();
  await confirmed(page);
  await expect(page.getByText('cy@northwind.example may sign in')).toBeVisible();

  await lockstep.forgetConfirmations();
  await page.goto('/settings/sign-in');
  await page.getByLabel('At the latest').fill('8');
  await page.getByRole('button', { name: 'Save' }).last().click();
  await confirmed(page);
  await expect(page.getByText('Saved')).toBeVisible();
  await expect(page.getByLabel('At the latest')).toHaveValue('8 hours');
});
