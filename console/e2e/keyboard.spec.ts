/** Everything by keyboard: going places, the palette, tables, and dialogues that hold the focus and give it back. */
import type { Locator, Page } from '@playwright/test';
import { type Seeded, seed } from './seed';
import { expect, signIn, still, test } from './test';

let company: Seeded;
test.beforeAll(async ({ lockstep }) => {
  company = await seed(lockstep, 12);
});
test.afterAll(() => company.application.stop());
test.beforeEach(async ({ page, lockstep }) => {
  await signIn(page, lockstep);
  await page.goto('/');
  await still(page);
});

/** Tab goes round in it, in both directions, and never out of it. */
async function traps(page: Page, dialogue: Locator) {
  for (const key of ['Tab', 'Shift+Tab']) {
    for (let step = 0; step < 14; step++) {
      await page.keyboard.press(key);
      expect(await dialogue.evaluate((part) => part.contains(document.activeElement)), key).toBe(true);
    }
  }
}

test('two keys go to every place, and not while something is typed', async ({ page }) => {
  const places: [string, RegExp][] = [
    ['u', /\/users$/],
    ['g', /\/groups$/],
    ['t', /\/attributes$/],
    ['s', /\/sources$/],
    ['a', /\/apps$/],
    ['r', /\/runs$/],
    ['e', /\/errors$/],
    ['l', /\/audit$/],
    [',', /\/settings/],
    ['h', /:\d+\/$/],
  ];
  for (const [key, address] of places) {
    await page.keyboard.press('g');
    await page.keyboard.press(key);
    await expect(page).toHaveURL(address);
    await still(page);
  }
  await page.keyboard.press('g');
  await page.keyboard.press('u');
  await expect(page).toHaveURL(/\/users$/);
  await still(page);
  await page.keyboard.press('/');
  await expect(page.getByRole('searchbox')).toBeFocused();
  await page.keyboard.type('gh');
  await expect(page).toHaveURL(/\/users\?q=gh$/);
});

test('rows are gone through by j, k and arrows, and opened by Enter', async ({ page }) => {
  await page.goto('/users');
  await still(page);
  const row = (index: number) => page.locator(`[data-index="${index}"] a`);
  await page.keyboard.press('j');
  await expect(row(0)).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await expect(row(2)).toBeFocused();
  await page.keyboard.press('ArrowUp');
  await expect(row(1)).toBeFocused();
  await page.keyboard.press('k');
  await expect(row(0)).toBeFocused();
  // Back from a person, the list is as it was.
  const name = await row(0).innerText();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name, level: 1 })).toBeVisible();
  await page.goBack();
  await expect(row(0)).toBeVisible();
});

test('from a person to the next and back by brackets, in the section that is open', async ({ page }) => {
  await page.goto('/users');
  await still(page);
  const names = await page.locator('[data-row] a').allInnerTexts();
  const [first = '', second = ''] = names;
  await page.getByRole('link', { name: first, exact: true }).click();
  await expect(page.getByRole('heading', { name: first, level: 1 })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Previous' })).toBeDisabled();
  await page.getByRole('link', { name: 'Timeline' }).click();
  await page.keyboard.press(']');
  await expect(page.getByRole('heading', { name: second, level: 1 })).toBeVisible();
  await expect(page).toHaveURL(/\/timeline$/);
  await page.keyboard.press('[');
  await expect(page.getByRole('heading', { name: first, level: 1 })).toBeVisible();
  // In a drawer too.
  await page.goto('/audit');
  await still(page);
  await page.locator('[data-row] a').first().click();
  await expect(page.getByRole('dialog').getByRole('button', { name: 'Next' })).toBeVisible();
  const opened = page.url();
  await page.keyboard.press(']');
  await expect(page).not.toHaveURL(opened);
  await page.keyboard.press('[');
  await expect(page).toHaveURL(opened);
});

test('rows are chosen by x, with Shift up to one, and Escape chooses nothing', async ({ page }) => {
  await page.goto('/users');
  await still(page);
  const bar = page.getByRole('toolbar', { name: 'For what is chosen' });
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await expect(bar).toContainText('1 selected');
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('Shift+X');
  await expect(bar).toContainText('3 selected');
  await page.keyboard.press('Escape');
  await expect(bar).toHaveCount(0);
});

test('r reads again, p pauses live updates and goes on with them, f opens the filters', async ({ page }) => {
  await page.goto('/users');
  await still(page);
  const read = page.waitForRequest((request) => /\/api\/v1\/users\?/.test(request.url()));
  await page.keyboard.press('r');
  await read;
  await page.keyboard.press('p');
  await expect(page.getByText('Live updates are paused. What you see is from')).toBeVisible();
  await page.keyboard.press('p');
  await expect(page.getByText('Live updates are paused. What you see is from')).toHaveCount(0);
  await page.keyboard.press('f');
  await expect(page.getByRole('menuitem').first()).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('menu')).toHaveCount(0);
  // Off, they are off; what has a modifier stays.
  await page.keyboard.press('?');
  await page.getByRole('switch', { name: 'Shortcuts of a single key' }).press('Space');
  await page.keyboard.press('Escape');
  await page.keyboard.press('p');
  await page.keyboard.press('g');
  await page.keyboard.press('h');
  await expect(page).toHaveURL(/\/users$/);
  await expect(page.getByText('Live updates are paused. What you see is from')).toHaveCount(0);
  await page.evaluate(() => localStorage.clear());
});

test('Ctrl and Enter take the step that saves or publishes', async ({ page, lockstep }) => {
  const { items } = await lockstep.api('GET', '/applications');
  const slack = items.find((one: { name: string }) => one.name === 'Slack').id;
  await page.goto(`/apps/${slack}/configure/events`);
  await still(page);
  await page.getByRole('switch').first().press('Space');
  await expect(page.getByText('1 unpublished change')).toBeVisible();
  await page.keyboard.press('Control+Enter');
  const dialogue = page.getByRole('dialog', { name: /^Publish v2 of Slack/ });
  await expect(dialogue.getByText(/When published, for/)).toBeVisible();
  await page.keyboard.press('Control+Enter');
  await expect(page.getByText('Version 2 of Slack is current')).toBeVisible();

  await page.goto('/groups');
  await still(page);
  await page.getByRole('button', { name: 'New group' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('By keyboard');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

test('the menu of a row opens, moves and closes by keyboard, and gives the focus back', async ({ page }) => {
  await page.goto('/users');
  await still(page);
  const button = page.getByRole('button', { name: 'Actions for row 2', exact: true });
  await button.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('menuitem', { name: 'Open' })).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('menuitem', { name: 'Sync now' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('menu')).toHaveCount(0);
  await expect(button).toBeFocused();
});

test('the palette finds people and pages, by arrows and Enter', async ({ page }) => {
  await page.keyboard.press('Control+k');
  const palette = page.getByRole('dialog', { name: 'Search and commands' });
  await expect(palette.getByRole('textbox')).toBeFocused();
  await page.keyboard.type('ada');
  await expect(palette.getByRole('option').first()).toContainText('Ada');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/users\/.+/);
  await expect(palette).toHaveCount(0);
  await still(page);

  await page.keyboard.press('Control+k');
  await page.keyboard.type('log');
  await expect(palette.getByRole('option', { name: /Audit log/ })).toBeVisible();
  await traps(page, palette);
  await page.keyboard.press('Escape');
  await expect(palette).toHaveCount(0);

  await page.keyboard.press('Control+k');
  await page.keyboard.type('add an app');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/apps\/new$/);
});

test('dialogues hold the focus, close with Escape and give the focus back', async ({ page, lockstep }) => {
  const { items } = await lockstep.api('GET', '/applications');
  const slack = items.find((one: { name: string }) => one.name === 'Slack').id;
  const openers: [string, () => Locator][] = [
    ['/groups', () => page.getByRole('button', { name: 'New group' })],
    ['/settings/tokens', () => page.getByRole('button', { name: 'Make a token' })],
    ['/attributes', () => page.getByRole('button', { name: 'Add schema' })],
    [`/apps/${slack}/access`, () => page.getByRole('button', { name: 'Assign' })],
    [`/apps/${slack}/groups`, () => page.getByRole('button', { name: 'Push a group' })],
    [`/apps/${slack}/configure/attributes`, () => page.getByRole('button', { name: 'Add attribute' })],
  ];
  for (const [path, find] of openers) {
    await test.step(path, async () => {
      await page.goto(path);
      await still(page);
      const opener = find().first();
      await opener.focus();
      await page.keyboard.press('Enter');
      const dialogue = page.getByRole('dialog');
      await expect(dialogue).toBeVisible();
      await traps(page, dialogue);
      // A list of options that is open closes first.
      await expect(async () => {
        await page.keyboard.press('Escape');
        await expect(dialogue).toHaveCount(0, { timeout: 500 });
      }).toPass({ timeout: 5_000 });
      await expect(opener, path).toBeFocused();
    });
  }
});

test('what can not be undone asks for the name, with Cancel at hand', async ({ page, lockstep }) => {
  await lockstep.api('POST', '/groups', { displayName: 'Old team' });
  const { items } = await lockstep.api('GET', '/groups');
  await page.goto(`/groups/${items.find((one: { displayName: string }) => one.displayName === 'Old team').id}`);
  await still(page);
  await page.getByRole('button', { name: 'More' }).press('Enter');
  await page.getByRole('menuitem', { name: /^Delete/ }).press('Enter');
  const dialogue = page.getByRole('dialog', { name: 'Delete Old team?' });
  await expect(dialogue.getByRole('textbox')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(dialogue).toBeVisible();
  await page.keyboard.type('Old team');
  await page.keyboard.press('Enter');
  await expect(dialogue).toHaveCount(0);
  await expect(page).toHaveURL(/\/groups$/);
});

test('the way past the navigation, and the list of shortcuts', async ({ page }) => {
  await page.reload();
  await still(page);
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.locator('main')).toBeFocused();
  await page.keyboard.press('?');
  const list = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(list).toBeVisible();
  await traps(page, list);
  await page.keyboard.press('Escape');
  await expect(list).toHaveCount(0);
});

test('on a phone the navigation opens, holds the focus and gives it back', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  const opener = page.getByRole('button', { name: 'Open navigation' });
  await opener.press('Enter');
  const drawer = page.getByRole('dialog', { name: 'Navigation' });
  await expect(drawer).toBeVisible();
  await traps(page, drawer);
  await page.keyboard.press('Escape');
  await expect(drawer).toHaveCount(0);
  await expect(opener).toBeFocused();
});
