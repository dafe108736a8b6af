/** A source is connected by its guide, while a client with the habits of that product sends and the page waits. */
import type { Page } from '@playwright/test';
import { Entra, Okta, person, ScimClient } from './clients';
import { clean, expect, signIn, still, test } from './test';

test.beforeAll(({ lockstep }) => lockstep.setUp());
test.beforeEach(({ page, lockstep }) => signIn(page, lockstep));
// Wide enough for the column that says where people come from.
test.use({ viewport: { width: 1440, height: 900 } });

/** From the choice of the product to the last step of its guide; answers what was copied there. */
async function walk(page: Page, product: string, name: string) {
  await page.goto('/sources');
  await page
    .getByRole('link', { name: /^Connect a source/ })
    .first()
    .click();
  await page.getByRole('button', { name: new RegExp(`^${product}`) }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill(name);
  await page.getByRole('button', { name: 'Make the source' }).click();
  await expect(page.getByRole('heading', { name: `Connect ${name}` })).toBeVisible();

  // The token is shown once, and leaving it needs a tick.
  const token = await page.locator('code', { hasText: /^lockstep_/ }).innerText();
  const baseUrl = await page.locator('code', { hasText: '/scim/v2/' }).first().innerText();
  const go = page.getByRole('button', { name: 'Continue' });
  await expect(go).toBeDisabled();
  await clean(page);
  await page.getByLabel('I have copied it somewhere safe').check();
  // Each step names fields with their values; the last one waits.
  const last = page.getByRole('heading', { name: 'Check what arrived' });
  for (let step = 0; step < 12 && !(await last.isVisible()); step++) {
    await go.click();
    await expect(page.getByText('lockstep_')).toHaveCount(0);
  }
  await expect(last).toBeVisible();
  await still(page);
  return { baseUrl, token };
}

const check = (page: Page, words: string | RegExp) =>
  page.getByRole('list', { name: 'Connection check' }).getByRole('listitem').filter({ hasText: words });

/** The steps of the check list go from waiting to done in front of the reader; nothing is pressed. */
async function connects(
  page: Page,
  { product, name, client }: { product: string; name: string; client: (url: string, token: string) => Okta | Entra },
) {
  const { baseUrl, token } = await walk(page, product, name);
  await expect(check(page, 'first request')).toContainText('Waiting: ');
  await expect(check(page, 'first request')).toContainText('follows by itself');
  await expect(page.getByText('Waiting for first request')).toBeVisible();
  await clean(page);

  // Somebody pastes the token wrongly: the page says which, before anybody looks for a log.
  const wrong = new ScimClient(baseUrl, `${token.slice(0, -3)}x9Q`);
  await expect(wrong.call('GET', '/Users?startIndex=1&count=2')).rejects.toThrow('401');
  await expect(check(page, 'Its token is right')).toContainText('unknown token ending …');
  await expect(check(page, 'Its token is right')).toContainText('x9Q');
  await clean(page);

  const scim = client(baseUrl, token);
  await scim.test();
  await expect(check(page, 'first request')).toContainText('Done: ');
  await expect(check(page, 'Its token is right')).toContainText('Done: ');
  await expect(page.getByText('Waiting for first request')).toHaveCount(0);
  await expect(check(page, 'People arrive')).toContainText('Waiting: ');

  const who = [person(0), person(1), person(2)];
  const ids: string[] = [];
  for (const one of who) ids.push(await scim.assign({ ...one, userName: `${product[0]}.${one.userName}` }));
  await expect(check(page, 'People arrive')).toContainText('Done: ');
  await expect(check(page, 'Groups arrive')).toContainText('Waiting: ');
  await scim.push(`${name} engineers`, [...ids, crypto.randomUUID()]);
  await expect(check(page, 'Groups arrive')).toContainText('Done: ');
  // One member is not known yet, and the guide says what that means in this product.
  await expect(check(page, 'Members of groups are known')).toContainText('1 member has not arrived yet');
  await expect(check(page, 'lasts')).toContainText('Done: ');
  await clean(page);

  await page.getByRole('button', { name: 'Test', exact: true }).click();
  await expect(page.getByText(/^Passed: .* connection test finds nothing wrong/)).toBeVisible();
  await clean(page);

  await page.getByRole('link', { name: 'Open the source' }).click();
  await expect(page.getByText(/^Connected, last request/)).toBeVisible();
  return { scim, ids, who };
}

test('Okta is connected while the page waits', async ({ page }) => {
  const { scim, who } = await connects(page, {
    product: 'Okta',
    name: 'Okta',
    client: (url, token) => new Okta(url, token),
  });
  await page.goto('/users');
  const row = page.getByRole('row').filter({ hasText: `O.${who[0]?.userName}` });
  await expect(row).toContainText('Okta');
  // Who comes next appears in the list by themselves.
  const next = person(7);
  await scim.assign(next);
  await expect(page.getByRole('row').filter({ hasText: next.userName })).toBeVisible();
});

test('Entra is connected while the page waits', async ({ page }) => {
  const { scim, ids, who } = await connects(page, {
    product: 'Microsoft Entra ID',
    name: 'Entra',
    client: (url, token) => new Entra(url, token),
  });
  await page.goto('/users');
  const row = page.getByRole('row').filter({ hasText: `M.${who[0]?.userName}` });
  await expect(row).toContainText('Entra');
  await expect(row).toContainText('Active');
  await (scim as Entra).disable(ids[0] ?? '');
  await expect(row).toContainText('Deactivated');
  await (scim as Entra).enable(ids[0] ?? '');
  await expect(row).toContainText('Active');
});

test('a guide is left and taken up again; the token alone does not come back', async ({ page }) => {
  await walk(page, 'Another SCIM client', 'Scripts');
  const address = page.url();
  await page.getByRole('link', { name: 'Leave the guide' }).click();
  await page.goto(address);
  await expect(page.getByRole('heading', { name: 'Check what arrived' })).toBeVisible();
  await page
    .getByRole('list', { name: 'Steps' })
    .getByRole('button', { name: /Copy URL and token/ })
    .click();
  await expect(page.getByText("can't be shown again")).toBeVisible();
  await page.getByRole('button', { name: 'Make another token' }).click();
  await expect(page.getByText('Shown once')).toBeVisible();
  await clean(page);
  // It is not lost by a wrong click.
  await page.getByRole('link', { name: 'Leave the guide' }).click();
  const question = page.getByRole('dialog', { name: 'Leave without copying it?' });
  await clean(page);
  await question.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByText('Shown once')).toBeVisible();
  await page.getByRole('link', { name: 'Leave the guide' }).click();
  await question.getByRole('button', { name: 'Leave' }).click();
  await expect(page).toHaveURL(/\/sources\/[^/]+$/);
});
