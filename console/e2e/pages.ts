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
    'source-connect': '/sources/connect',
    'source-guide': `/sources/connect?source=${source.id}&step=3`,
    source: `/sources/${source.id}`,
    'source-requests': `/sources/${source.id}/requests`,
    'source-tokens': `/sources/${source.id}/tokens`,
    apps: '/apps',
    'app-new': '/apps/new',
    app: `/apps/${app.id}`,
    'app-access': `/apps/${app.id}/access`,
    'app-users': `/apps/${app.id}/access?show=users`,
    'app-groups': `/apps/${app.id}/groups`,
    'app-history': `/apps/${app.id}/history`,
    'app-connection': `/apps/${app.id}/configure/connection`,
    'app-matching': `/apps/${app.id}/configure/matching`,
    'app-events': `/apps/${app.id}/configure/events`,
    'app-removals': `/apps/${app.id}/configure/removals`,
    'app-attributes': `/apps/${app.id}/configure/attributes?user=${user.id}`,
    'app-versions': `/apps/${app.id}/configure/versions`,
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
