/** Two administrators edit one draft. */
import type { Page } from '@playwright/test';
import { type Seeded, seed } from './seed';
import { clean, expect, signIn, test } from './test';
import type { Lockstep } from './world';

let company: Seeded;
test.beforeAll(async ({ lockstep }) => {
  company = await seed(lockstep, 4);
});
test.afterAll(() => company.application.stop());
test.beforeEach(({ page, lockstep }) => signIn(page, lockstep));

const SLACK = '/applications/Slack/draft';
const bar = (page: Page) => page.getByRole('region', { name: 'Draft' });

/** Somebody else saves just before the page does. */
async function overtaken(page: Page, lockstep: Lockstep, change: (settings: Settings) => object) {
  await page.route(
    '**/draft',
    async (route) => {
      const { settings } = await lockstep.api('GET', SLACK);
      await lockstep.api('PUT', SLACK, { ...settings, ...change(settings) });
      await route.continue();
    },
    { times: 1 },
  );
}
type Settings = { mapping: { to: string; expression: string }[] };

async function removals(page: Page, lockstep: Lockstep) {
  const { items } = await lockstep.api('GET', '/applications');
  await page.goto(`/apps/${items.find((one: { name: string }) => one.name === 'Slack').id}/configure/removals`);
  await expect(page.getByText(/^When someone loses access/)).toBeVisible();
}
const choose = (page: Page, action: string) =>
  page.getByRole('radiogroup', { name: 'Unassigned from the application' }).getByText(action).click();

test('what both changed is chosen field by field, and nothing of either is lost', async ({ page, lockstep }) => {
  await removals(page, lockstep);
  await overtaken(page, lockstep, ({ mapping }) => ({
    onUnassigned: 'delete',
    mapping: mapping.map((row) => (row.to === 'title' ? { ...row, expression: '"Theirs"' } : row)),
  }));
  await choose(page, 'Do nothing');
  await expect(bar(page)).toContainText('Somebody else changed this draft meanwhile.');
  // What was typed is still there, and can't be published over the other's work.
  await expect(page.getByText(/^When someone loses access, their account stays as it is/)).toBeVisible();
  await clean(page);

  await bar(page).getByRole('button', { name: 'Compare both' }).click();
  const dialogue = page.getByRole('dialog', { name: /^Two people changed draft/ });
  const both = dialogue.getByRole('region', { name: 'Changed by both' });
  await expect(both).toContainText('When someone loses access');
  await expect(both).toContainText('Deactivate');
  await expect(dialogue.getByRole('region', { name: 'Changed by them, kept' })).toContainText('"Theirs"');
  await expect(dialogue.getByRole('button', { name: 'Save both' })).toBeDisabled();
  await expect(dialogue.getByText('1 choice left')).toBeVisible();
  await clean(page);
  await both.getByRole('radio', { name: /^Yours/ }).check();
  await dialogue.getByRole('button', { name: 'Save both' }).click();
  await expect(dialogue).toHaveCount(0);
  await expect(bar(page)).toContainText('2 unpublished changes');

  const { settings } = await lockstep.api('GET', SLACK);
  expect(settings.onUnassigned).toBe('nothing');
  expect(settings.mapping.find(({ to }: { to: string }) => to === 'title').expression).toBe('"Theirs"');
});

test('or only theirs are taken', async ({ page, lockstep }) => {
  await removals(page, lockstep);
  await overtaken(page, lockstep, () => ({ create: false }));
  await choose(page, 'Delete');
  await bar(page).getByRole('button', { name: 'Compare both' }).click();
  const dialogue = page.getByRole('dialog', { name: /^Two people changed draft/ });
  await expect(dialogue.getByRole('region', { name: 'Changed by you, kept' })).toContainText('Delete');
  await dialogue.getByRole('button', { name: 'Take theirs only' }).click();
  await expect(dialogue).toHaveCount(0);
  const { settings } = await lockstep.api('GET', SLACK);
  expect([settings.create, settings.onUnassigned]).toEqual([false, 'nothing']);
  await expect(page.getByText(/^When someone loses access, their account stays as it is/)).toBeVisible();
});
