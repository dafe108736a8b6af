import { Entra, Okta, person, ScimClient } from './clients';
import { clean, expect, signIn, test } from './test';

test.beforeAll(({ lockstep }) => lockstep.setUp());
test.beforeEach(({ page, lockstep }) => signIn(page, lockstep));

for (const { product, client } of [
  { product: 'Okta', client: Okta },
  { product: 'Microsoft Entra ID', client: Entra },
]) {
  test(`${product} is connected while the page waits`, async ({ page, lockstep }) => {
    await page.goto('/sources/connect');
    await page.getByRole('button', { name: new RegExp(`^${product}`) }).click();
    await page.getByRole('button', { name: 'Make the source' }).click();

    // The token is shown once, and has to be confirmed.
    await expect(page.getByText('Shown once')).toBeVisible();
    const token = await page.locator('code', { hasText: /^lockstep_/ }).innerText();
    const baseUrl = await page
      .locator('code', { hasText: /\/scim\/v2\// })
      .first()
      .innerText();
    await expect(page.getByRole('button', { name: 'Continue' })).toBeDisabled();
    await clean(page);
    await page.getByLabel('I have copied it somewhere safe').check();
    await page.getByRole('button', { name: 'Continue' }).click();
    await expect(page.getByText(token)).toHaveCount(0);
    const check = page.getByRole('list').filter({ hasText: 'first request' });

    // Somebody mistypes the token: the page says so.
    await expect(new ScimClient(baseUrl, `${token}x`).call('GET', '/Users')).rejects.toThrow('401');
    await expect(page.getByText('The last request was refused')).toBeVisible();

    const provider = new client(baseUrl, token);
    await provider.test();
    await expect(check.getByText('Done:')).not.toHaveCount(0);
    const ids = [];
    for (let n = 0; n < 3; n++) ids.push(await provider.assign(person(n)));
    await provider.group('Everybody there', ids);
    await expect(
      check
        .getByRole('listitem')
        .filter({ hasText: /users?/i })
        .getByText('Done:'),
    ).toBeAttached();
    await expect(
      check
        .getByRole('listitem')
        .filter({ hasText: /groups?/i })
        .first()
        .getByText('Done:'),
    ).toBeAttached();
    await clean(page);

    // After a reload the guide is where it was, and the token is not.
    await page.reload();
    await expect(page.getByRole('heading', { name: `Connect ${product}` })).toBeVisible();
    await expect(page.getByText(token)).toHaveCount(0);
    expect((await lockstep.api('GET', `/users?search=${person(0).userName}`)).items).toHaveLength(1);
  });
}

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
