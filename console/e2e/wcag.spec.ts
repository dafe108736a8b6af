/** What WCAG 2.2 asks and axe does not see (console.md 3.9, D12): each criterion by hand, on the pages as they are. */
import type { Page } from '@playwright/test';
import { pages } from './pages';
import { type Seeded, seed } from './seed';
import { expect, signIn, still, test } from './test';

let company: Seeded;
let all: Record<string, string>;
test.beforeAll(async ({ lockstep }) => {
  company = await seed(lockstep, 24);
  all = await pages(lockstep);
});
test.afterAll(() => company.application.stop());
test.beforeEach(({ page, lockstep }) => signIn(page, lockstep));
test.describe.configure({ timeout: 180_000 });

async function each(page: Page, look: (name: string) => Promise<void>, only?: string[]) {
  for (const [name, path] of Object.entries(all)) {
    if (only && !only.includes(name)) continue;
    await test.step(name, async () => {
      await page.goto(path);
      await still(page);
      await look(name);
    });
  }
}

/** A few pages that have every kind of part between them. */
const KINDS = ['home', 'users', 'user', 'source-guide', 'app-attributes', 'app-removals', 'audit', 'tokens'];

test('1.4.4 and 1.4.10: nothing is lost at 320 px, which is 1280 px at 400 %', async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await each(page, async (name) => {
    const wide = await page.evaluate(() => {
      const outside = [...document.querySelectorAll<HTMLElement>('main *')].filter((part) => {
        const box = part.getBoundingClientRect();
        if (box.width < 2 || box.height < 2 || box.right <= window.innerWidth + 1) return false;
        // What scrolls sideways by itself (tables, code, tabs) is let be.
        for (let at: HTMLElement | null = part; at && at.tagName !== 'MAIN'; at = at.parentElement) {
          const { overflowX, position } = getComputedStyle(at);
          if (overflowX === 'auto' || overflowX === 'scroll' || (at !== part && overflowX === 'hidden')) return false;
          if (position === 'fixed') return false;
        }
        return true;
      });
      return outside.slice(0, 3).map((part) => `${part.tagName} ${part.className} ${part.textContent?.slice(0, 40)}`);
    });
    expect(wide, name).toEqual([]);
  });
});

test('1.4.12: with the text spaced wider, no control loses its words', async ({ page }) => {
  await each(
    page,
    async (name) => {
      // Through the debugger, as a reader's own style sheet would come: the page's policy does not hold for it.
      await page.evaluate(() => {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(
          '* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-bottom: 2em !important }',
        );
        document.adoptedStyleSheets = [sheet];
      });
      const cut = await page.evaluate(() =>
        [...document.querySelectorAll<HTMLElement>('main :is(button, a, label, h1, h2, h3, dt, p)')]
          .filter((part) => {
            const { overflow, textOverflow } = getComputedStyle(part);
            const hides = overflow.includes('hidden') || overflow.includes('clip');
            // A name that is cut with dots is whole in its title and on its own page.
            return hides && textOverflow !== 'ellipsis' && part.scrollHeight > part.clientHeight + 1;
          })
          .map((part) => `${part.tagName} ${part.textContent?.slice(0, 40)}`),
      );
      expect(cut, name).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), name).toBe(true);
    },
    KINDS,
  );
});

test('2.4.7 and 2.4.11: what has the focus shows a ring, and nothing covers it', async ({ page }) => {
  await each(
    page,
    async (name) => {
      for (let step = 0; step < 45; step++) {
        await page.keyboard.press('Tab');
        const wrong = await page.evaluate(() => {
          const part = document.activeElement as HTMLElement | null;
          if (!part || part === document.body) return null;
          const own = getComputedStyle(part);
          // A box that is drawn by another element shows its ring there.
          const drawn = [part, part.nextElementSibling, part.parentElement, part.closest('label')].filter(
            (one): one is HTMLElement => one instanceof HTMLElement,
          );
          const ringed = drawn.some((one) => {
            const style = getComputedStyle(one);
            return (
              (style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) >= 2) ||
              style.boxShadow !== 'none'
            );
          });
          const bordered = /^(INPUT|TEXTAREA)$/.test(part.tagName) && own.borderTopWidth !== '0px';
          const named = `${part.tagName} ${part.getAttribute('aria-label') ?? part.textContent?.slice(0, 40)}`;
          if (!ringed && !bordered) return `no ring: ${named}`;
          const box = part.getBoundingClientRect();
          // Some part of it must be there to be seen: five points, one of them its own.
          const points = [
            [box.left + box.width / 2, box.top + box.height / 2],
            [box.left + 3, box.top + 3],
            [box.right - 3, box.top + 3],
            [box.left + 3, box.bottom - 3],
            [box.right - 3, box.bottom - 3],
          ] as const;
          const seen = points.some(([x, y]) => {
            const top = document.elementFromPoint(x, y);
            return top && (part.contains(top) || top.contains(part) || drawn.some((one) => one.contains(top)));
          });
          return seen ? null : `covered: ${named}`;
        });
        expect(wrong, name).toBeNull();
      }
    },
    KINDS,
  );
});

test('2.4.11: a row that is reached by keyboard is not left below the head of its table', async ({ page }) => {
  await page.setViewportSize({ width: 1280, height: 480 });
  await page.goto('/users');
  await still(page);
  for (const [key, times] of [
    ['j', 18],
    ['k', 12],
  ] as const) {
    for (let step = 0; step < times; step++) {
      await page.keyboard.press(key);
      await page.waitForTimeout(40);
    }
    const seen = await page.evaluate(() => {
      const part = document.activeElement as HTMLElement;
      const box = part.getBoundingClientRect();
      const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
      return part.tagName === 'A' && part.contains(top);
    });
    expect(seen, key).toBe(true);
  }
});

test('2.5.7: nothing has to be dragged', async ({ page }) => {
  await each(page, async (name) => {
    expect(await page.locator('[draggable=true]').count(), name).toBe(0);
  });
  // What has an order is moved by a menu.
  await page.goto('/sources');
  await page.getByRole('button', { name: 'Actions for row 2', exact: true }).click();
  await expect(page.getByRole('menuitem', { name: 'Move up' })).toBeVisible();
});

test('2.5.8: what is clicked is 24 px, or has that much room', async ({ page }) => {
  await each(page, async (name) => {
    const small = await page.evaluate(() => {
      const parts = [...document.querySelectorAll<HTMLElement>('a[href], button, input, [role=button], summary')];
      const boxes = parts
        .filter((part) => part.offsetParent !== null && getComputedStyle(part).visibility !== 'hidden')
        // A link inside a sentence has the height of its line (2.5.8, inline).
        .filter((part) => getComputedStyle(part).display !== 'inline')
        .filter((part) => !part.closest('[class*=skip]'))
        .map((part) => ({ part, box: part.getBoundingClientRect() }))
        .filter(({ box }) => box.width > 1 && box.height > 1);
      return boxes
        .filter(({ box }) => box.width < 24 || box.height < 24)
        .filter(({ part, box }) => {
          const label = part.closest('label') ?? (part.id && document.querySelector(`label[for='${part.id}']`));
          if (label && label.getBoundingClientRect().height >= 20) return false;
          const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
          // A circle of 24 px around it may touch no other target.
          return boxes.some(({ part: other, box: at }) => {
            if (other === part || other.contains(part) || part.contains(other)) return false;
            const dx = Math.max(at.left - x, 0, x - at.right);
            const dy = Math.max(at.top - y, 0, y - at.bottom);
            return Math.hypot(dx, dy) < 12;
          });
        })
        .map(({ part }) => `${part.tagName} ${part.getAttribute('aria-label') ?? part.textContent?.slice(0, 40)}`);
    });
    expect(small, name).toEqual([]);
  });
});

test('2.3.3 and 2.2.2: nothing moves for a reader who does not want it, and live updates can be paused', async ({
  page,
}) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await each(
    page,
    async (name) => {
      const moving = await page.evaluate(() =>
        document
          .getAnimations()
          .filter((one) => one.playState === 'running' && Number(one.effect?.getTiming().duration) > 50)
          .map((one) => (one as CSSAnimation).animationName ?? 'transition'),
      );
      expect(moving, name).toEqual([]);
    },
    [...KINDS, 'runs', 'source'],
  );
  await page.goto('/runs');
  await page.getByRole('switch', { name: 'Auto-refresh' }).click({ force: true });
  await expect(page.getByText('Live updates paused')).toBeVisible();
  await page.reload();
  await expect(page.getByText('Live updates paused')).toBeVisible();
});

test('1.4.11: with forced colours, controls keep an edge and what is chosen a mark', async ({ page }) => {
  await page.emulateMedia({ forcedColors: 'active' });
  await each(
    page,
    async (name) => {
      const faint = await page.evaluate(() =>
        [...document.querySelectorAll<HTMLElement>('main :is(button, input, select, textarea)')]
          .filter((part) => part.offsetParent !== null && part.getBoundingClientRect().width > 2)
          .filter((part) => {
            const style = getComputedStyle(part);
            const edged = Number.parseFloat(style.borderTopWidth) >= 1 && style.borderTopStyle !== 'none';
            return (
              !edged && !part.textContent?.trim() && !part.querySelector('svg') && !part.closest('label, [role=switch]')
            );
          })
          .map((part) => `${part.tagName} ${part.getAttribute('aria-label')}`),
      );
      expect(faint, name).toEqual([]);
    },
    KINDS,
  );
  await page.goto('/users');
  await still(page);
  // The open tab and the open page are told by more than a colour that is taken away.
  await expect(page.getByRole('link', { name: /^All/ })).toHaveAttribute('aria-current', 'page');
  await expect(page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: /^Users/ })).toHaveAttribute(
    'aria-current',
    'page',
  );
});

test('3.2.6: help is at the same place on every page', async ({ page }) => {
  const at: string[] = [];
  await each(page, async () => {
    const link = page.getByRole('complementary', { name: 'Navigation' }).getByRole('link', { name: 'Documentation' });
    at.push(JSON.stringify(await link.boundingBox()));
  });
  expect(new Set(at).size).toBe(1);
});

test('3.3.7 and 3.3.8: nothing is asked twice, and passwords may be pasted', async ({ page }) => {
  // The guide carries what step 1 and 2 said: the fields of later steps are filled in.
  await page.goto(all['source-guide'] ?? '');
  await still(page);
  for (let step = 3; step < 6; step++) {
    expect(await page.getByRole('main').getByRole('textbox').count()).toBe(0);
    await page.getByRole('button', { name: 'Continue' }).click();
  }
  await page.context().clearCookies();
  await page.goto('/sign-in');
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  for (const [label, value, hint] of [
    ['User name', 'maya.patel@northwind.example', 'username'],
    ['Password', 'correct horse battery', 'current-password'],
  ] as const) {
    await page.evaluate((text) => navigator.clipboard.writeText(text), value);
    const field = page.getByLabel(label, { exact: true });
    await expect(field).toHaveAttribute('autocomplete', hint);
    await field.focus();
    await page.keyboard.press('Control+v');
    await expect(field).toHaveValue(value);
  }
});

test('2.2.1: a message that goes away by itself stays while it is looked at', async ({ page }) => {
  await page.goto('/users');
  await still(page);
  await page.getByRole('button', { name: 'Actions for row 1', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Sync now' }).click();
  const told = page.getByRole('alert').filter({ hasText: 'looked at' });
  await expect(told).toBeVisible();
  await told.hover();
  await page.waitForTimeout(6_000);
  await expect(told).toBeVisible();
});

test('4.1.3: what happens without a click is told, and what is only refreshed is not', async ({ page }) => {
  await page.goto('/users');
  await still(page);
  await page.getByRole('button', { name: 'Actions for row 1', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Sync now' }).click();
  await expect(
    page.locator('[role=alert], [role=status], [aria-live]').filter({ hasText: 'looked at' }).first(),
  ).toBeVisible();
  await page.goto(all.source ?? '');
  await still(page);
  await page.getByRole('button', { name: 'Copy: Base URL' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Copied' })).toBeAttached();
  // A table that is read anew is no live region: a screen reader would read all of it, again and again.
  await page.goto('/runs');
  await still(page);
  expect(await page.locator('table[aria-live], [aria-live] table').count()).toBe(0);
});
