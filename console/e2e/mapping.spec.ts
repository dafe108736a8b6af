import { person } from './clients';
import { type Seeded, seed } from './seed';
import { clean, expect, signIn, test } from './test';
import { until } from './world';

let company: Seeded;
test.beforeAll(async ({ lockstep }) => {
  company = await seed(lockstep);
});
test.afterAll(() => company.application.stop());
test.beforeEach(({ page, lockstep }) => signIn(page, lockstep));

test('a mapping is edited with a preview, and published with what it will do', async ({ page, lockstep }) => {
  test.setTimeout(180_000);
  const ada = person(0);
  const shown = `${ada.given} ${ada.family}`;
  const loud = `${ada.given.toUpperCase()} ${ada.family}`;
  await page.goto('/apps');
  await page.getByRole('link', { name: 'Slack' }).click();
  await page.getByRole('link', { name: 'Configure' }).click();
  const preview = page.getByRole('region', { name: 'Live preview' });
  await preview.getByLabel('Person').fill(ada.userName);
  await page.getByRole('option', { name: shown }).click();
  await expect(page.getByRole('row').filter({ hasText: 'displayName' })).toContainText(shown);

  // A mistake is shown while it is typed, with what may be meant, and keeps the draft from being saved.
  await page.getByRole('button', { name: 'displayName', exact: true }).click();
  const field = page.getByLabel('Expression for displayName');
  await field.fill('uper(user.name.givenName)');
  await expect(page.getByText(/did you mean 'upper'/).first()).toBeVisible();
  await clean(page);

  // Completion by keyboard, from attributes that are really there.
  await field.fill('');
  await field.pressSequentially('upp');
  await page.getByRole('option', { name: /^upper/ }).waitFor();
  await field.press('Enter');
  await field.pressSequentially('user.name.giv');
  await page.getByRole('option', { name: 'user.name.givenName' }).waitFor();
  await field.press('Enter');
  await expect(field).toHaveValue('upper(user.name.givenName)');
  await field.press('End');
  await field.pressSequentially(" + ' ' + user.name.familyName");
  await field.press('Escape');

  // The result, and the difference to what counts now; nothing has been sent.
  await expect(page.getByRole('row').filter({ hasText: 'displayName' }).first()).toContainText(loud);
  await expect(preview.getByText(`"${loud}"`, { exact: true })).toBeVisible();
  await expect(preview.getByText(`"${shown}"`, { exact: true }).first()).toBeVisible();
  await expect(page.getByText('1 unpublished change')).toBeVisible();
  await clean(page);
  expect((await company.application.accounts()).get(ada.userName)?.displayName).toBe(shown);

  await page.getByRole('button', { name: 'Review and publish' }).click();
  const dialogue = page.getByRole('dialog', { name: /^Publish v\d+ of Slack/ });
  const people = (await company.application.accounts()).size;
  await expect(dialogue.getByText(`displayName (${people})`)).toBeVisible();
  await expect(dialogue.getByText('Updated', { exact: true })).toBeVisible();
  await expect(dialogue.getByText(/and \d+ more/).first()).toBeVisible();
  await clean(page);
  await dialogue.getByRole('button', { name: /^Publish v\d+$/ }).click();

  // It runs, the list shows the run by itself, and the application holds what was promised.
  await expect(page).toHaveURL(/\/history$/);
  await until('everybody is updated', async () => {
    const accounts = await company.application.accounts();
    return accounts.get(ada.userName)?.displayName === loud;
  });
  await lockstep.settled().catch(() => undefined);
  await expect(page.getByRole('row').nth(1)).toContainText(/All succeeded|Running/);
});

test('an old version is restored into the draft, and a draft is discarded', async ({ page, lockstep }) => {
  const draft = await lockstep.api('GET', '/applications/Slack/draft');
  await lockstep.api('PUT', '/applications/Slack/draft', { ...draft.settings, onUnassigned: 'nothing' });
  await lockstep.api('POST', '/applications/Slack/publish');
  const { items } = await lockstep.api('GET', '/applications');
  const slack = items.find((one: { name: string }) => one.name === 'Slack');
  await page.goto(`/apps/${slack.id}/configure/events`);
  await page.getByRole('switch', { name: /Create/ }).click();
  await expect(page.getByText('1 unpublished change')).toBeVisible();
  await page.getByRole('button', { name: 'Discard' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Discard' }).click();
  await expect(page.getByText('1 unpublished change')).toBeHidden();
  await expect(page.getByRole('switch', { name: /Create/ })).toBeChecked();

  await page.goto(`/apps/${slack.id}/configure/versions?version=1`);
  await page.getByRole('button', { name: 'Restore into the draft' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Restore v1' }).click();
  await expect(page.getByRole('region', { name: 'Draft' })).toContainText('unpublished change');
  await clean(page);
});
