import { pages } from './pages';
import { seed } from './seed';
import { clean, expect, signIn, still, test } from './test';

test.beforeAll(async ({ lockstep }) => void (await seed(lockstep)));

for (const scheme of ['light', 'dark'] as const) {
  test(`axe finds nothing on any page, ${scheme}`, async ({ page, lockstep }) => {
    test.setTimeout(180_000);
    await page.emulateMedia({ colorScheme: scheme });
    await signIn(page, lockstep);
    for (const path of Object.values(await pages(lockstep))) {
      await test.step(path, async () => {
        await page.goto(path);
        await still(page);
        await clean(page);
      });
    }
  });
}

test('every page fits a phone, and the navigation is a drawer there', async ({ page, lockstep }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await signIn(page, lockstep);
  for (const path of Object.values(await pages(lockstep))) {
    await page.goto(path);
    await still(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(390);
  }
  await page.getByRole('button', { name: 'Open navigation' }).click();
  await page
    .getByRole('dialog', { name: 'Navigation' })
    .getByRole('link', { name: /^Users/ })
    .click();
  await expect(page).toHaveURL(/\/users$/);
});

test('the whole console is in reach of the keyboard', async ({ page, lockstep }) => {
  await signIn(page, lockstep);
  await page.goto('/');
  await still(page);
  await page.keyboard.press('g');
  await page.keyboard.press('u');
  await expect(page).toHaveURL(/\/users$/);
  await still(page);
  await page.keyboard.press('/');
  await page.keyboard.type('ada');
  await expect(page).toHaveURL(/q=ada/);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await expect(page).not.toHaveURL(/q=ada/);
  await still(page);
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await expect(page.locator('[data-index="1"] a:focus')).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/users\/.+/);

  await page.keyboard.press('Control+k');
  const palette = page.getByRole('dialog', { name: 'Search and commands' });
  await palette.getByRole('textbox').fill('settings');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/settings/);
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
  await page.getByRole('switch', { name: 'Shortcuts of a single key' }).click();
  await page.keyboard.press('Escape');
  await page.keyboard.press('g');
  await page.keyboard.press('h');
  await expect(page).toHaveURL(/\/settings/);
});

test('the code of a page does not wait for the answer to who is there', async ({ page, lockstep }) => {
  await signIn(page, lockstep);
  let answered = false;
  let early = false;
  page.on('request', (request) => {
    if (/assets\/Users-.*\.js$/.test(request.url())) early ||= !answered;
  });
  await page.route(/\/api\/v1\/session$/, async (route) => {
    await new Promise((done) => setTimeout(done, 800));
    answered = true;
    await route.continue();
  });
  await page.goto('/users');
  await still(page);
  expect(early).toBe(true);
});
