import { person } from './clients';
import { connect, type Seeded, seed } from './seed';
import { clean, expect, signIn, still, test } from './test';
import { Application, until } from './world';

let company: Seeded;
test.beforeAll(async ({ lockstep }) => {
  company = await seed(lockstep);
});
test.afterAll(() => company.application.stop());
test.beforeEach(({ page, lockstep }) => signIn(page, lockstep));

test('an application is added, tested and led to its checklist', async ({ page }) => {
  await page.goto('/apps/new');
  await page.getByRole('link', { name: /^Any SCIM 2.0 application/ }).click();
  await page.getByRole('button', { name: 'Add and test' }).click();
  await expect(page.getByText('Give it a name')).toBeVisible();
  await clean(page);

  await page.getByRole('textbox', { name: 'Name' }).fill('Figma');
  await page.getByLabel('SCIM base URL').fill(company.application.baseUrl);
  await page.getByLabel('Bearer token', { exact: true }).fill('wrong');
  await page.getByRole('button', { name: 'Add and test' }).click();
  await expect(page.getByText(/refused the credentials/)).toBeVisible();

  await page.getByRole('button', { name: 'Correct the connection' }).click();
  await page.getByLabel('New bearer token', { exact: true }).fill(Application.token);
  await page.getByRole('button', { name: 'Replace and test' }).click();
  await expect(page.getByText('Finds accounts by filter')).toBeVisible();
  await clean(page);

  await page.getByRole('link', { name: 'Overview' }).click();
  await expect(page.getByRole('heading', { name: 'Before Figma begins' })).toBeVisible();
  await expect(page.getByText('Nothing is sent until someone is assigned')).toBeVisible();
  await clean(page);

  await page.getByRole('link', { name: 'Assign a group' }).click();
  await page.getByRole('button', { name: 'Assign' }).first().click();
  const dialogue = page.getByRole('dialog', { name: 'Assign to Figma' });
  await dialogue.getByPlaceholder('Search groups').click();
  await page.getByRole('option', { name: 'Product' }).click();
  await expect(dialogue.getByText(/direct member/)).toBeVisible();
  await clean(page);
  await dialogue.getByRole('button', { name: 'Assign' }).click();
  await expect(page.getByRole('link', { name: 'Product' })).toBeVisible();
});

test('removals are decided in sentences, and change nothing before they are published', async ({ page, lockstep }) => {
  await page.goto('/apps');
  await page.getByRole('link', { name: 'Slack' }).click();
  await page.getByRole('link', { name: 'Configure' }).click();
  await page.getByRole('link', { name: 'Removals' }).click();
  await expect(page.getByText(/^When someone loses access, their account is deactivated/)).toBeVisible();
  await page.getByRole('radiogroup', { name: 'Unassigned from the application' }).getByText('Delete').click();
  await expect(page.getByText(/^When someone loses access, their account is deleted/)).toBeVisible();
  await expect(page.getByText('1 unpublished change')).toBeVisible();
  await expect(page.getByText('saved.')).toBeVisible();
  await clean(page);

  const { items } = await lockstep.api('GET', '/applications/Slack/versions');
  const actions = items.map((one: { state: string; settings: { onUnassigned: string } }) => [
    one.state,
    one.settings.onUnassigned,
  ]);
  expect(actions).toEqual([
    ['draft', 'delete'],
    ['current', 'deactivate'],
  ]);
  // A reload loses nothing: the draft is on the server.
  await page.reload();
  await expect(page.getByText(/^When someone loses access, their account is deleted/)).toBeVisible();
});

test('a failing application: its error is read and repaired, and everything is retried', async ({ page, lockstep }) => {
  const application = await Application.start();
  await connect(lockstep, 'Notion', application.baseUrl, { group: 'Product' });
  await until('Notion has its accounts', async () => (await application.accounts()).size > 0);
  await lockstep.settled().catch(() => undefined);
  const draft = await lockstep.api('GET', '/applications/Notion/draft');
  const mapping = draft.settings.mapping.map((row: { to: string }) =>
    row.to === 'nickName' ? { ...row, expression: 'user.nickName', onEmpty: 'fail' } : row,
  );
  await lockstep.api('PUT', '/applications/Notion/draft', { ...draft.settings, mapping });
  await lockstep.api('POST', '/applications/Notion/publish');
  const people = (await application.accounts()).size;
  await until('all of them fail', async () => {
    const { applications } = await lockstep.api('GET', '/status');
    return applications.find((one: { name: string }) => one.name === 'Notion').failed === people;
  });

  // From Errors to the row that is wrong: one cause, not one line per person.
  await page.goto('/errors');
  const cause = page.getByRole('listitem').filter({ hasText: 'Notion' });
  await expect(cause).toContainText('The mapping gives no value');
  await expect(cause).toContainText('nickName: it is empty, and must not be');
  await cause.getByRole('button', { name: /The mapping gives no value/ }).click();
  await expect(cause.getByRole('row')).toHaveCount(people + 1);
  await clean(page);
  await cause.getByRole('link', { name: 'Edit the mapping' }).click();

  // The row that fails is open, and says why.
  await expect(page.getByText('It is empty, and must not be.')).toBeVisible();
  await expect(page.getByText(/^1 row gives no usable value/)).toBeVisible();
  await clean(page);
  await page.getByLabel('Expression for nickName').fill('user.name.givenName');
  await expect(page.getByText(/gives no usable value/)).toHaveCount(0);
  await expect(page.getByText('1 unpublished change')).toBeVisible();
  await page.getByRole('button', { name: 'Review and publish' }).click();
  await page.getByRole('button', { name: /^Publish v\d+$/ }).click();

  // Publishing looks at everybody again by itself: the error closes.
  await expect(page).toHaveURL(/\/history$/);
  await page.goto('/errors');
  await expect(page.getByRole('listitem').filter({ hasText: 'Notion' })).toHaveCount(0);
  await application.stop();
});

test('one error can be retried when its reason is gone', async ({ page, lockstep }) => {
  const application = await Application.absent();
  await connect(lockstep, 'Linear', application.baseUrl, { group: 'Support' });
  await page.goto('/apps?q=Linear');
  await expect(page.getByText('Quarantined')).toBeVisible();
  await page.getByRole('link', { name: 'Linear' }).click();
  await expect(page.getByText(/The connection failed/)).toBeVisible();
  await still(page);
  await clean(page);
  await application.start();
  await page.getByRole('link', { name: 'Test the connection' }).click();
  await page.getByRole('button', { name: 'Test the connection' }).click();
  await expect(page.getByText(/^Linear answers/)).toBeVisible();
  // From Errors, where it is said too: it is not waited for the next try.
  await page.goto('/errors');
  const resting = page.getByRole('status').filter({ hasText: 'Linear: the connection failed' });
  await resting.getByRole('button', { name: 'Retry now' }).click();
  await expect(resting).toHaveCount(0);
  await until('Linear has its accounts', async () => (await application.accounts()).size > 0);
  await application.stop();
});

test('somebody is deactivated at the source and comes back: the account follows, and the history says so', async ({
  page,
  lockstep,
}) => {
  const who = person(0);
  const id = company.ids.get(who.userName) ?? '';
  const active = async () => (await company.application.accounts()).get(who.userName)?.active;
  expect(await active()).toBe(true);

  await page.goto('/apps');
  await page.getByRole('link', { name: 'Slack' }).click();
  await page.getByRole('link', { name: 'History' }).click();
  await page.getByRole('link', { name: 'Everything sent' }).click();
  await still(page);
  await company.okta.unassign(id);
  await until('the account is deactivated', async () => (await active()) === false);
  // The list shows it without a reload.
  const sent = page.getByRole('row').filter({ hasText: who.userName }).filter({ hasNotText: 'Create' });
  await expect(sent.first()).toBeVisible();
  await sent.first().getByRole('link').click();
  await expect(page.getByText('"active"').first()).toBeVisible();
  await clean(page);

  await company.okta.returns(id);
  await until('the account is active again', active);
  await lockstep.settled().catch(() => undefined);

  // The audit log has both, with the value before and after.
  await page.goto(`/audit?kind=user&q=${who.userName}`);
  await still(page);
  await page.getByRole('row').filter({ hasText: 'active: false → true' }).getByRole('link').click();
  const entry = page.getByRole('dialog');
  await expect(entry.getByRole('row', { name: 'active false true' })).toBeVisible();
  await clean(page);
});

test('a run opens with its errors, and every view survives a reload', async ({ page }) => {
  await page.goto('/runs?state=with_errors');
  await still(page);
  await expect(page.getByRole('link', { name: 'Finished with errors' })).toHaveAttribute('aria-current', 'page');
  await page.reload();
  await expect(page.getByRole('link', { name: 'Finished with errors' })).toHaveAttribute('aria-current', 'page');
  await clean(page);
  await page.goto('/runs');
  await page.getByRole('row').filter({ hasText: 'Slack' }).last().getByRole('link').click();
  await expect(page.getByRole('heading', { name: /Slack/ })).toBeVisible();
  await still(page);
  await clean(page);
});
