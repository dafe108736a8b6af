import { person } from './clients';
import { type Seeded, seed } from './seed';
import { clean, expect, signIn, test } from './test';
import { until } from './world';

let company: Seeded;
test.beforeAll(async ({ lockstep }) => {
  company = await seed(lockstep, 12);
});
test.afterAll(() => company.application.stop());
test.beforeEach(({ page, lockstep }) => signIn(page, lockstep));

test('a mapping is edited with a preview, and published knowing what it will do', async ({ page, lockstep }) => {
  const who = person(0);
  const user = (await lockstep.api('GET', `/users?search=${who.userName}`)).items[0];
  const app = await lockstep.api('GET', '/applications/Slack');
  await page.goto(`/apps/${app.id}/configure/attributes?user=${user.id}`);
  await page.getByRole('button', { name: /^displayName/ }).click();
  const expression = page.getByRole('textbox', { name: 'Expression for displayName' });
  await expression.fill('user.name.givenName +');
  await expect(page.getByText(/expected|unexpected|syntax|end/i).first()).toBeVisible();
  await expression.fill('user.name.familyName + ", " + user.name.givenName');
  await expect(page.getByText(`${who.family}, ${who.given}`).first()).toBeVisible();
  await clean(page);
  await page.getByRole('button', { name: 'Review and publish' }).click();
  const dialogue = page.getByRole('dialog');
  await expect(dialogue.getByText(/displayName \(\d+\)/)).toBeVisible();
  await dialogue.getByRole('button', { name: /^Publish v2/ }).click();
  await until('the accounts have the new name', async () => {
    const account = (await company.application.accounts()).get(who.userName);
    return account?.displayName === `${who.family}, ${who.given}`;
  });
});
