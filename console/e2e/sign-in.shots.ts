/** Pictures of what stands before the sign-in, and of setting up a provider: `make screenshots`. */
import { resolve } from 'node:path';
import type { Page } from '@playwright/test';
import { signIn, still, test } from './test';
import { Lockstep, OpenIdProvider } from './world';

const FOLDER = resolve(import.meta.dirname, '../../target/screenshots');
const LOOKS = {
  light: { scheme: 'light', width: 1280, height: 1100 },
  dark: { scheme: 'dark', width: 1280, height: 1100 },
  phone: { scheme: 'light', width: 390, height: 844 },
} as const;

test.describe.configure({ timeout: 120_000 });

let provider: OpenIdProvider;
test.beforeAll(async ({ lockstep }) => {
  await lockstep.setUp();
  provider = await OpenIdProvider.start(lockstep);
  await lockstep.api('PUT', '/sign-in/provider', {
    label: 'Northwind',
    issuer: provider.issuer,
    clientId: OpenIdProvider.client.id,
    clientSecret: OpenIdProvider.client.secret,
    groupsClaim: 'groups',
    groupRoles: [
      { group: 'it', role: 'operator' },
      { group: 'it-admins', role: 'administrator' },
    ],
  });
  for (const [userName, role] of [
    ['ada.byron@northwind.example', 'operator'],
    ['grace.hopper@northwind.example', 'administrator'],
  ]) {
    await lockstep.api('POST', '/invitations', { userName, role });
  }
});
test.afterAll(() => provider.stop());

async function shot(page: Page, name: string) {
  await still(page);
  await page.screenshot({ path: `${FOLDER}/${name}.png` });
}

for (const [look, { scheme, width, height }] of Object.entries(LOOKS)) {
  test(`signing in, ${look}`, async ({ page, lockstep }) => {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height });
    await page.goto('/sign-in');
    await page.getByRole('button', { name: 'Sign in with Northwind' }).waitFor();
    await shot(page, `sign-in-provider-${look}`);
    await page.goto('/sign-in/callback?state=unknown&code=1');
    await page.getByRole('alert').waitFor();
    await shot(page, `sign-in-refused-${look}`);
    await page.goto('/sign-in/done');
    await shot(page, `sign-in-done-${look}`);
    const { link } = await lockstep.api('POST', '/invitations', { userName: 'bo@northwind.example', role: 'auditor' });
    await page.goto(link);
    await page.getByText('bo@northwind.example').waitFor();
    await shot(page, `invitation-${look}`);

    await signIn(page, lockstep);
    await page.goto('/settings/sign-in');
    await page.getByRole('button', { name: 'Test connection' }).click();
    await page.getByText('Yes, and names itself as above').waitFor();
    await shot(page, `provider-top-${look}`);
    await page.getByText('Sessions', { exact: true }).scrollIntoViewIfNeeded();
    await shot(page, `provider-bottom-${look}`);
    await page.goto('/settings/administrators');
    await page.getByText('Open invitations').waitFor();
    await shot(page, `invitations-${look}`);
    await page.goto('/settings/account');
    await shot(page, `account-connect-${look}`);
  });
}

test('a session that ends where there is a provider', async ({ page, lockstep }) => {
  await signIn(page, lockstep);
  await page.goto('/settings/tokens');
  await page.getByRole('button', { name: 'Make a token' }).click();
  await page.getByLabel('Name').fill('terraform');
  await page.context().clearCookies();
  await page.getByRole('button', { name: 'Make token' }).click();
  await page.getByRole('dialog', { name: 'Your session has ended' }).waitFor();
  await shot(page, 'session-ended');
});

test('an invitation that does not work', async ({ page }) => {
  const fresh = await Lockstep.start();
  await page.goto(`${fresh.url}/invitation#lockstep_iv_gone`);
  await page.getByRole('alert').waitFor();
  await shot(page, 'invitation-over');
  await fresh.stop();
});
