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
  const operation = await first('/operations?limit=1');
  return {
    home: '/',
    users: '/users',
    'users-filtered': `/users?sort=-userName&filter=${encodeURIComponent('department eq "Engineering" and group pr')}`,
    user: `/users/${user.id}`,
    'user-attributes': `/users/${user.id}/attributes`,
    'user-access': `/users/${user.id}/access`,
    'user-timeline': `/users/${user.id}/timeline`,
    groups: '/groups',
    group: `/groups/${group.id}`,
    'group-effective': `/groups/${group.id}/effective`,
    'group-uses': `/groups/${group.id}/uses`,
    attributes: '/attributes',
    'resource-types': '/attributes/resource-types',
    schema: `/attributes/schemas/${encodeURIComponent('urn:ietf:params:scim:schemas:extension:enterprise:2.0:User')}`,
    sources: '/sources',
    'source-connect': '/sources/connect',
    'source-guide': `/sources/connect?source=${source.id}&step=3`,
    source: `/sources/${source.id}`,
    'source-requests': `/sources/${source.id}/requests`,
    'source-sync-log': `/sources/${source.id}/sync-log`,
    'source-unjoined': `/sources/${source.id}/unjoined`,
    'source-policy': `/sources/${source.id}/policy`,
    'source-tolerance': `/sources/${source.id}/tolerance`,
    'source-tokens': `/sources/${source.id}/tokens`,
    apps: '/apps',
    'app-new': '/apps/new',
    app: `/apps/${app.id}`,
    'app-access': `/apps/${app.id}/access`,
    'app-users': `/apps/${app.id}/access?show=users`,
    'app-accounts': `/apps/${app.id}/access?show=accounts`,
    'app-groups': `/apps/${app.id}/groups`,
    'app-history': `/apps/${app.id}/history`,
    'app-sent': `/apps/${app.id}/history?show=operations`,
    'app-connection': `/apps/${app.id}/configure/connection`,
    'app-matching': `/apps/${app.id}/configure/matching`,
    'app-events': `/apps/${app.id}/configure/events`,
    'app-removals': `/apps/${app.id}/configure/removals`,
    'app-attributes': `/apps/${app.id}/configure/attributes?user=${user.id}`,
    'app-versions': `/apps/${app.id}/configure/versions`,
    runs: '/runs',
    run: `/runs/${run.id}`,
    operation: `/operations/${operation.id}`,
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
