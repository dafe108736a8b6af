import { person } from './clients';
import { type Seeded, seed } from './seed';
import { clean, expect, signIn, test } from './test';
import { until } from './world';

let company: Seeded;
test.beforeAll(async ({ lockstep }) => {
  company = await seed(lockstep, 8);
});
test.afterAll(() => company.application.stop());
test.beforeEach(({ page, lockstep }) => signIn(page, lockstep));

test('somebody is deactivated at the source and comes back, and the page follows', async ({ page, lockstep }) => {
  const who = person(0);
  const id = company.ids.get(who.userName) ?? '';
  const user = (await lockstep.api('GET', `/users?search=${who.userName}`)).items[0];
  await page.goto(`/users/${user.id}`);
  await expect(page.getByRole('heading', { name: `${who.given} ${who.family}` })).toBeVisible();
  await expect(page.getByRole('banner').or(page.locator('header')).getByText('Active').first()).toBeVisible();
  await expect(page.getByText('In sync').first()).toBeVisible();
  await clean(page);

  await company.okta.unassign(id);
  await expect(page.getByText('Deactivated').first()).toBeVisible({ timeout: 20_000 });
  const account = async () => (await company.application.accounts()).get(who.userName);
  await until('the account is deactivated', async () => (await account())?.active === false);

  await company.okta.returns(id);
  await until('the same account is active again', async () => (await account())?.active === true);
  await expect(page.getByText('In sync').first()).toBeVisible({ timeout: 20_000 });
  await expect(page.getByText('Deactivated')).toHaveCount(0, { timeout: 20_000 });
  await clean(page);
});
