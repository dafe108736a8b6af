import { readFileSync } from 'node:fs';
import { clean, expect, signIn, still, test } from './test';
import { Application, until } from './world';

let application: Application;
test.beforeAll(async ({ lockstep }) => {
  await lockstep.setUp();
  application = await Application.start();
});
test.afterAll(() => application.stop());
test.beforeEach(({ page, lockstep }) => signIn(page, lockstep));

test('the demo data is loaded, previewed, activated, watched and removed', async ({ page, lockstep }) => {
  await page.goto('/users');
  await expect(page.getByText('No people yet')).toBeVisible();
  await clean(page);
  await page.goto('/');
  await page.getByRole('button', { name: 'Load demo data' }).click();
  const dialogue = page.getByRole('dialog', { name: 'Load demo data' });
  await dialogue.getByLabel('SCIM server to try').fill(application.baseUrl);
  await dialogue.getByLabel('Its token').fill(Application.token);
  await clean(page);
  await dialogue.getByRole('button', { name: 'Load' }).click();

  // It lands where the first run is prepared; nothing was sent.
  await expect(page.getByRole('heading', { name: 'Before Demo application begins' })).toBeVisible();
  const strip = page.getByRole('region', { name: 'Demo data' });
  await expect(strip).toContainText('Demo company');
  await clean(page);
  expect((await application.accounts()).size).toBe(0);

  // Preview: what each person gets, and what publishing will do.
  await page.getByRole('link', { name: 'Open the mapping' }).click();
  await page.getByRole('button', { name: 'Review and publish' }).click();
  const publish = page.getByRole('dialog');
  await expect(publish.getByText(/60/).first()).toBeVisible();
  await clean(page);
  await publish.getByRole('button', { name: /activate/i }).click();

  // The first run is watched as it happens.
  await expect(page).toHaveURL(/\/history$/);
  await until('everybody has an account', async () => (await application.accounts()).size === 60);
  await lockstep.settled();
  await page.getByRole('row').filter({ hasText: 'Changes' }).last().getByRole('link').first().click();
  await expect(page.getByRole('row', { name: /^Users \d+/ })).toBeVisible();
  await expect(page.getByRole('row', { name: /^Groups/ })).toBeVisible();
  await still(page);
  await clean(page);

  // The run comes as one file.
  await page.getByRole('button', { name: 'Download' }).click();
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: /^CSV/ }).click(),
  ]);
  expect(file.suggestedFilename()).toBe('operations.csv');
  const lines = readFileSync(await file.path(), 'utf8')
    .trim()
    .split('\r\n');
  expect(lines[0]).toContain('"subjectName","op","status"');
  const run = await lockstep.api('GET', `/runs/${new URL(page.url()).pathname.split('/').at(-1)}`);
  expect(lines.length - 1).toBe(run.succeeded + run.pending + run.waiting + run.failed);

  // Something of one's own hangs on it: removing says what, and does nothing.
  const { id } = await lockstep.api('POST', '/groups', { displayName: 'Mine' });
  const { items } = await lockstep.api('GET', '/users?search=maya');
  await lockstep.api('POST', `/groups/${id}/members`, { add: [items[0].id] });
  await strip.getByRole('button', { name: 'Remove' }).click();
  const question = page.getByRole('dialog', { name: 'Remove the demo data?' });
  await clean(page);
  await question.getByRole('button', { name: 'Remove' }).click();
  await expect(question.getByRole('alert')).toContainText('Mine');
  await lockstep.api('POST', `/groups/${id}/members`, { remove: [items[0].id] });
  await question.getByRole('button', { name: 'Remove' }).click();
  await expect(strip).toHaveCount(0, { timeout: 40_000 });
  await page.goto('/users');
  await expect(page.getByText('No people yet')).toBeVisible();
});

test('what a list shows comes as a file, with its filters', async ({ page, lockstep }) => {
  await lockstep.api('POST', '/demo', { application: null });
  await page.goto('/users?q=jonas');
  await still(page);
  await expect(page.getByText('Jonas Lindqvist')).toBeVisible();
  await clean(page);
  await page.getByRole('button', { name: 'Export' }).click();
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: /^JSON lines/ }).click(),
  ]);
  const people = readFileSync(await file.path(), 'utf8')
    .trim()
    .split('\n');
  expect(people.map((line) => JSON.parse(line).displayName)).toEqual(['Jonas Lindqvist']);

  // Whoever takes people away is on record.
  await page.goto('/audit?action=export');
  await still(page);
  await expect(page.getByRole('row').filter({ hasText: 'Exported' }).filter({ hasText: 'List users' })).toBeVisible();
});

test('people are narrowed by conditions and sorted by the heads of columns, all in the address', async ({ page }) => {
  await page.goto('/users');
  await still(page);
  await page.getByRole('button', { name: 'Filter', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Department' }).click();
  const form = page.getByRole('dialog', { name: 'Department' });
  await form.getByRole('textbox', { name: 'Value of Department' }).fill('sales');
  await form.getByRole('button', { name: 'Apply' }).click();
  await expect(page.getByText('11 users')).toBeVisible();
  await expect(page.getByText('Carlos Mendoza')).toBeVisible();

  await page.getByRole('button', { name: 'User', exact: true }).click();
  const head = page.getByRole('columnheader', { name: 'User' });
  await expect(head).toHaveAttribute('aria-sort', 'ascending');
  await expect(page.getByRole('row').nth(1)).toContainText('Aisha Rahman');
  await page.getByRole('button', { name: 'User', exact: true }).click();
  await expect(head).toHaveAttribute('aria-sort', 'descending');
  await expect(page.getByRole('row').nth(1)).toContainText('Viktor Horváth');

  // A reload keeps all of it.
  await page.reload();
  await still(page);
  await expect(page.getByText('11 users')).toBeVisible();
  await expect(page.getByRole('row').nth(1)).toContainText('Viktor Horváth');
  await clean(page);
  await page.getByRole('button', { name: /^Department is/ }).click();
  await form.getByRole('combobox', { name: 'Department', exact: true }).click();
  await page.getByRole('option', { name: 'is not', exact: true }).click();
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(page.getByText('49 users')).toBeVisible();
  await page.getByRole('button', { name: 'Clear Department' }).click();
  await expect(page.getByText('60 users')).toBeVisible();
});
