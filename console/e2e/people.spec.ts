import { person } from './clients';
import { type Seeded, seed } from './seed';
import { clean, expect, signIn, still, test } from './test';
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

test('several users are assigned and put on hold at once, and only those that were chosen', async ({
  page,
  lockstep,
}) => {
  await page.goto('/users');
  await still(page);
  await page.getByRole('checkbox', { name: 'Choose row 1', exact: true }).check();
  await page.getByRole('checkbox', { name: 'Choose row 2', exact: true }).check();
  const bar = page.getByRole('toolbar', { name: 'For what is chosen' });
  await expect(bar).toContainText('2 selected');
  await clean(page);
  await bar.getByRole('button', { name: 'Assign to application' }).click();
  const dialogue = page.getByRole('dialog', { name: 'Assign 2 people to an application' });
  await dialogue.getByRole('combobox', { name: 'Application' }).click();
  await page.getByRole('option', { name: 'Datadog' }).click();
  await clean(page);
  await dialogue.getByRole('button', { name: 'Assign 2 people' }).click();
  await expect(page.getByText('2 people assigned to Datadog.')).toBeVisible();
  await expect(bar).toHaveCount(0);
  const { items } = await lockstep.api('GET', '/applications/Datadog/assignments');
  expect(items).toHaveLength(2);

  await page.getByRole('checkbox', { name: 'Choose row 1', exact: true }).check();
  await page.getByRole('checkbox', { name: 'Choose row 2', exact: true }).check();
  // What another search takes off the list is not acted on unseen.
  await page.getByRole('searchbox').fill(await page.locator('[data-index="0"] a').innerText());
  await expect(bar).toContainText('1 selected');
  await bar.getByRole('button', { name: 'Put on hold' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Put 1 person on hold' }).click();
  await expect(page.getByText('1 person put on hold.')).toBeVisible();
  const { items: held } = await lockstep.api('GET', '/users?state=on_hold');
  expect(held).toHaveLength(1);
  await lockstep.api('DELETE', `/users/${held[0].id}/hold`);
});

test('what fails for one of several is told, with how many it was done for', async ({ page, lockstep }) => {
  await page.goto('/users');
  await still(page);
  await page.getByRole('checkbox', { name: 'Choose row 1', exact: true }).check();
  await page.getByRole('checkbox', { name: 'Choose row 2', exact: true }).check();
  let asked = 0;
  await page.route('**/hold', (route) => {
    asked += 1;
    if (asked > 1) return route.continue();
    return route.fulfill({ status: 404, json: { title: 'Not Found', status: 404, detail: 'there is no such user' } });
  });
  const bar = page.getByRole('toolbar', { name: 'For what is chosen' });
  await bar.getByRole('button', { name: 'Put on hold' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Put 2 people on hold' }).click();
  await expect(page.getByText('1 person put on hold, 1 not.')).toBeVisible();
  await expect(page.getByText('There is no such user.')).toBeVisible();
  // Both are still chosen, to try again or to look.
  await expect(page.getByRole('toolbar', { name: 'For what is chosen', includeHidden: true })).toContainText(
    '2 selected',
  );
  const { items: held } = await lockstep.api('GET', '/users?state=on_hold');
  expect(held).toHaveLength(1);
  await lockstep.api('DELETE', `/users/${held[0].id}/hold`);
});

test('columns are hidden and shown again, and stay so', async ({ page }) => {
  await page.goto('/users');
  await still(page);
  const head = page.getByRole('columnheader', { name: 'Status' });
  await expect(head).toBeVisible();
  await page.getByRole('button', { name: 'Columns' }).click();
  await page.getByRole('menuitemcheckbox', { name: 'Status' }).click();
  await expect(head).toHaveCount(0);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('menu')).toHaveCount(0);
  await clean(page);
  await page.reload();
  await still(page);
  await expect(head).toHaveCount(0);
  await page.getByRole('button', { name: 'Columns' }).click();
  await page.getByRole('menuitem', { name: 'Show all that fit' }).click();
  await expect(head).toBeVisible();
});
