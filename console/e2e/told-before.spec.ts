/** What would happen in an application is told before it is done: matching for everybody, a group's members. */
import { person } from './clients';
import { connect, type Seeded, seed } from './seed';
import { clean, expect, signIn, test } from './test';
import { Application } from './world';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';

let company: Seeded;
test.beforeAll(async ({ lockstep }) => {
  company = await seed(lockstep, 12);
});
test.afterAll(() => company.application.stop());
test.beforeEach(({ page, lockstep }) => signIn(page, lockstep));

test('matching is tried with everybody, by the draft that is typed', async ({ page, lockstep }) => {
  const application = await Application.start();
  const [ana, bo] = [person(0), person(1)];
  await application.has('Users', { schemas: [USER], userName: ana.userName.toUpperCase() });
  for (const userName of ['first', 'second'])
    await application.has('Users', { schemas: [USER], userName, emails: [{ value: bo.userName, primary: true }] });
  await lockstep.api('POST', '/applications', { name: 'Miro', baseUrl: application.baseUrl, token: Application.token });
  await lockstep.api('POST', '/applications/Miro/assignments', { group: 'Staff' });
  await lockstep.settled().catch(() => undefined);
  const { id, effectiveUsers } = await lockstep.api('GET', '/applications/Miro');

  await page.goto(`/apps/${id}/configure/matching`);
  await page.getByRole('button', { name: 'Try it with everybody' }).click();
  const counts = (word: string) => page.getByRole('definition').and(page.locator(`dt:text-is("${word}") + dd`));
  await expect(counts('Would be adopted')).toHaveText('1');
  await expect(counts('Would be made')).toHaveText(String(effectiveUsers - 1));
  await expect(counts('Nobody’s here')).toHaveText('2');
  await page.getByText(/^Nobody’s here \d/).click();
  await expect(page.getByText('second', { exact: true })).toBeVisible();
  await clean(page);

  // By e-mail two accounts are one person's: a person must decide.
  await page.getByRole('radio', { name: 'E-mail address' }).check();
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(counts('Ambiguous')).toHaveText('1');
  await expect(page.getByText('2 accounts match')).toBeVisible();
  await clean(page);
  expect([...(await application.accounts()).keys()].sort()).toEqual([ana.userName.toUpperCase(), 'first', 'second']);

  await application.stop();
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByText('Matching could not be tried')).toBeVisible();
  await clean(page);
});

test('linking a group says by name who comes and who goes, and then does it', async ({ page, lockstep }) => {
  const application = await Application.start();
  await connect(lockstep, 'Asana', application.baseUrl, { group: 'Staff' });
  await lockstep.settled().catch(() => undefined);
  const accounts = await application.accounts();
  const members = (await lockstep.api('GET', '/groups/Engineering/members')).items;
  const inside = members.map((one: { name: string }) => one.name);
  const goes = [...accounts.keys()].find((name) => !inside.includes(name)) ?? '';
  const there = [inside[0], goes].map((name) => ({ value: accounts.get(name)?.id }));
  await application.has('Groups', { schemas: [GROUP], displayName: 'Engineering', members: there });

  const { id } = await lockstep.api('GET', '/applications/Asana');
  await page.goto(`/apps/${id}/groups`);
  await page.getByRole('button', { name: 'Push a group' }).first().click();
  const dialogue = page.getByRole('dialog', { name: 'Push a group to Asana' });
  await dialogue.getByPlaceholder('Search groups').click();
  await page.getByRole('option', { name: 'Engineering' }).click();
  const told = dialogue.getByRole('region', { name: 'Members' });
  await expect(told).toContainText('Asana has a group of this name, which is linked');
  await expect(told.getByRole('listitem').filter({ hasText: '1 stay' })).toContainText(inside[0]);
  await expect(told.getByRole('listitem').filter({ hasText: '1 is removed' })).toContainText(goes);
  await expect(told.getByRole('listitem').filter({ hasText: 'added' })).toContainText(String(inside.length - 1));
  await clean(page);
  await dialogue.getByRole('button', { name: 'Link and remove 1' }).click();
  await expect(dialogue).toHaveCount(0);
  await expect(page.getByText('There before, adopted')).toBeVisible();
  await application.stop();
});
