import { queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client';
import { list } from '../api/queries';
import type { ListedApplication, MappingRow, Total } from '../api/schema';
import { count } from '../components/time';

const named = (application: string) => ({ params: { path: { application } } });

/** All applications, by name. There are dozens, not thousands: the list comes whole. */
export const applicationList = () => list('applications', [], () => body(api.GET('/api/v1/applications')));

/** The same for choices and for names, where no page is shown. */
export const allApplications = queryOptions({
  queryKey: ['applications', 'all'],
  queryFn: () => body(api.GET('/api/v1/applications')),
});

/** One application and how it stands. */
export const application = (id: string) =>
  queryOptions({
    queryKey: ['applications', id],
    queryFn: () => body(api.GET('/api/v1/applications/{application}', named(id))),
  });

/** Its versions, newest first. */
export const versions = (id: string) =>
  queryOptions({
    queryKey: ['applications', id, 'versions'],
    queryFn: async () => (await body(api.GET('/api/v1/applications/{application}/versions', named(id)))).items,
  });

/** Who is assigned. */
export const assignments = (id: string) =>
  list('applications', [id, 'assignments'], (after) =>
    body(
      api.GET('/api/v1/applications/{application}/assignments', {
        params: { path: { application: id }, query: { after, limit: 100 } },
      }),
    ),
  );

/** Who has access, by which ways, and since when. */
export const effectiveUsers = (id: string) =>
  list('applications', [id, 'users'], (after) =>
    body(
      api.GET('/api/v1/applications/{application}/users', {
        params: { path: { application: id }, query: { after, limit: 100 } },
      }),
    ),
  );

/** Groups that give access, or are made there. */
export const effectiveGroups = (id: string) =>
  list('applications', [id, 'effective-groups'], () =>
    body(api.GET('/api/v1/applications/{application}/effective-groups', named(id))),
  );

/** What the application holds, as far as Lockstep is tied to it. */
export const accounts = (id: string) =>
  list('applications', [id, 'accounts'], (after) =>
    body(
      api.GET('/api/v1/applications/{application}/accounts', {
        params: { path: { application: id }, query: { after, limit: 100 } },
      }),
    ),
  );

/** The groups that are pushed there. */
export const pushedGroups = (id: string) =>
  list('applications', [id, 'groups'], () => body(api.GET('/api/v1/applications/{application}/groups', named(id))));

/** What the connection can do, or why there is none. */
export interface Tested {
  ok: boolean;
  sentence: string;
  capabilities: Capabilities | null;
}
export interface Capabilities {
  patch: boolean;
  filter: boolean;
  etag: boolean;
  bulk: boolean;
  groups: boolean;
  max_results?: number | null;
  max_members?: number | null;
  update?: string;
}

/** Ask an application who it is. Changes nothing there. */
export const test = (id: string) =>
  body(api.POST('/api/v1/applications/{application}/test', named(id))) as Promise<unknown> as Promise<Tested>;

/** A word for how an application stands. A connection that failed is quarantined; one that was asked to wait, paused. */
export function state(application: Pick<ListedApplication, 'active' | 'currentVersion' | 'pause'>) {
  if (application.currentVersion == null) return 'draft';
  if (!application.active) return 'inactive';
  if (application.pause) return application.pause.failures > 0 ? 'quarantined' : 'paused';
  return 'active';
}

/** How many there are, with a plus beyond the bound of counting. */
export const counted = (total: Total) => `${count(total.count)}${total.exact ? '' : '+'}`;

/** The path of an attribute as people read it: the extension by its short name, a filter by its value. */
export function shortPath(to: string): { prefix: string; name: string } {
  const extension = /^urn:.*:(\w+):2\.0:User:(.+)$/.exec(to);
  const name = (extension?.[2] ?? to).replace(/\[type eq "([^"]+)"\]/g, '[$1]');
  return { prefix: extension ? `${extension[1]}:` : '', name };
}

/** What may be done with a row, as the fields of a mapping row that are left out. */
export const rowOf = (row: MappingRow): Required<MappingRow> => ({
  apply: 'always',
  onEmpty: 'leave',
  authority: 'authoritative',
  ...row,
});

/** What is decided now: the published version's settings, or the draft's before the first. */
export const draftOrCurrent = (id: string) => ({
  queryKey: ['applications', id, 'decided'],
  queryFn: async () => {
    const { items } = await body(api.GET('/api/v1/applications/{application}/versions', named(id)));
    const version = items.find((one) => one.state === 'current') ?? items[0];
    if (!version) throw new Error('The application has no version.');
    return version.settings;
  },
});

/** Compare one person with what one application holds, now. */
export const syncUser = (user: string, application: string) =>
  body(api.POST('/api/v1/users/{user}/sync', { params: { path: { user } }, body: { applications: [application] } }));
