import { clean, expect, test } from './test';

test('the one-time link makes the first administrator, who lands on Home', async ({ page, lockstep }) => {
  await page.goto('/');
  await expect(page).toHaveURL(/\/setup$/);
  await page.goto(await lockstep.setupLink());
  await expect(page.getByLabel('One-time code')).not.toHaveValue('');
  await clean(page);

  await page.getByLabel('User name').fill('maya.patel@northwind.example');
  await page.getByLabel('Password', { exact: true }).fill('short');
  await page.getByRole('button', { name: 'Make administrator' }).click();
  await expect(page.getByRole('alert')).toContainText('No administrator was made');

  await page.getByLabel('Password', { exact: true }).fill('correct horse battery');
  await page.getByRole('button', { name: 'Make administrator' }).click();
  await expect(page.getByRole('heading', { name: 'Home' })).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Get started' })).toBeVisible();
  await clean(page);

  // The link is spent: whoever comes later signs in.
  await page.context().clearCookies();
  await page.goto(await lockstep.setupLink());
  await page.getByLabel('User name').fill('eve@northwind.example');
  await page.getByLabel('Password', { exact: true }).fill('another long password');
  await page.getByRole('button', { name: 'Make administrator' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
});
