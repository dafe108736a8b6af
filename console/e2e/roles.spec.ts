import { pages } from './pages';
import { seed } from './seed';
import { expect, signIn, still, test } from './test';

const AUDITOR = { userName: 'audit@northwind.example', password: 'only looking at things' };

test('an auditor sees every page and can change nothing', async ({ page, lockstep }) => {
  test.setTimeout(300_000);
  const { application } = await seed(lockstep, 6);
  await lockstep.api('POST', '/administrators', { ...AUDITOR, role: 'auditor' });
  await signIn(page, lockstep, AUDITOR);
  const sent: string[] = [];
  page.on('request', (request) => {
    const reads = request.method() === 'GET' || /\/(preview|plan|check)$/.test(new URL(request.url()).pathname);
    if (!reads) sent.push(`${request.method()} ${request.url()}`);
  });
  const own = ['/settings/account', '/nothing/here'];
  for (const path of Object.values(await pages(lockstep))) {
    await page.goto(path);
    await still(page);
    await expect(page.getByText('Your role does not allow this'), path).toHaveCount(0);
    if (own.includes(path)) continue;
    // Whatever would change something is there, refused, and says who may.
    const main = page.locator('main');
    for (const button of await main.getByRole('button', { name: CHANGES }).all()) {
      const refused = (await button.getAttribute('aria-disabled')) === 'true' || (await button.isDisabled());
      expect(refused, `${path}: ${await button.innerText()}`).toBe(true);
    }
    // So is what hides in the menu of a row.
    const menu = main.getByRole('button', { name: /^Actions for/ }).first();
    if (await menu.isVisible()) {
      await menu.click();
      for (const item of await page.getByRole('menuitem').all()) {
        const label = await item.innerText();
        expect(READS.test(label) || (await item.isDisabled()), `${path}: ${label}`).toBe(true);
      }
      await page.keyboard.press('Escape');
    }
  }
  expect(sent).toEqual([]);
  await application.stop();
});

const CHANGES =
  /^(Add|Make|New|Save|Revoke|Rotate|Remove|Delete|Publish|Activate|Pause|Force sync|Retry|Discard|Assign|Push|Load demo|Invite|Hold|Release|Deactivate|Disable|Enable|Connect|Test|Replace|Change|Restore|Approve|Reject|Import|Upload|Stop|Start|Run|Link|Unlink)/;
/** What an auditor may choose in a menu: it only looks. */
const READS = /^(Open|Show|Copy|Preview|Why|History|View|Go to|Download|Export)/;
