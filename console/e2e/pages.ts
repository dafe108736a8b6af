/** Every page, by the name of its picture, with what its address needs to know. */
import type { Lockstep } from './world';

export async function pages(lockstep: Lockstep): Promise<Record<string, string>> {
  const first = async (path: string) => (await lockstep.api('GET', path)).items[0];
  const user = await first('/users?limit=1');
  const groups = (await lockstep.api('GET', '/groups')).items;
  const group = groups.find((one: { displayName: string }) => one.displayName === 'Engineering');
  const source = (await lockstep.api('GET', '/sources')).items.find((one: { name: string }) => one.name === 'Okta');
  const app = (await lockstep.api('GET', '/applications')).items.find((one: { name: string }) => one.name === 'Slack');
  const run = await first('/runs?limit=1');
  return {
    home: '/',
    users: '/users',
    user: `/users/${user.id}`,
    groups: '/groups',
    group: `/groups/${group.id}`,
    attributes: '/attributes',
    'resource-types': '/attributes/resource-types',
    schema: `/attributes/schemas/${encodeURIComponent('urn:ietf:params:scim:schemas:extension:enterprise:2.0:User')}`,
    sources: '/sources',
    'source-new': '/sources/new',
    source: `/sources/${source.id}`,
    apps: '/apps',
    app: `/apps/${app.id}`,
    runs: '/runs',
    run: `/runs/${run.id}`,
    errors: '/errors',
    audit: '/audit',
    administrators: '/settings/administrators',
    tokens: '/settings/tokens',
    'sign-in-settings': '/settings/sign-in',
    retention: '/settings/retention',
    account: '/settings/account',
    nowhere: '/nothing/here',
  };
}
