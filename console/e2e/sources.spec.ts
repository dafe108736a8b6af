import { ScimClient } from './clients';
import { clean, expect, signIn, test } from './test';

test.beforeAll(({ lockstep }) => lockstep.setUp());
test.beforeEach(({ page, lockstep }) => signIn(page, lockstep));

test('a token is rotated without a failed request in between', async ({ page, lockstep }) => {
  const source = await lockstep.api('POST', '/sources', { name: 'Rotating' });
  const before = new ScimClient(source.baseUrl, source.token);
  await before.call('GET', '/Users');
  await page.goto(`/sources/${source.id}/tokens`);
  await page.getByRole('button', { name: 'Actions for row 1' }).click();
  await page.getByRole('menuitem', { name: 'Rotate…' }).click();
  await page.getByRole('button', { name: 'Make the new one' }).click();
  const token = await page
    .getByRole('dialog')
    .locator('code', { hasText: /^lockstep_/ })
    .innerText();
  const after = new ScimClient(source.baseUrl, token);
  await before.call('GET', '/Users');
  await after.call('GET', '/Users');
  await page.getByLabel('I have copied it somewhere safe').check();
  await page.getByRole('button', { name: 'Done' }).click();
  await expect(page.locator('[data-row]')).toHaveCount(2);
  await clean(page);

  await page.getByRole('button', { name: 'Actions for row 2' }).click();
  await page.getByRole('menuitem', { name: 'Revoke…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect
    .poll(() =>
      before.call('GET', '/Users').then(
        () => 'let in',
        () => 'refused',
      ),
    )
    .toBe('refused');
  await after.call('GET', '/Users');
});
