import { queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client';
import { list } from '../api/queries';
import type {
  MadeSource,
  MadeSourceToken,
  NewSourceToken,
  Removal,
  RequestDetail,
  SelfTest,
  Source,
  SourceDetail,
  SourceSettings,
  SourceSetup,
  SourceToken,
  SyncLine,
  ToleranceSwitches,
} from '../api/schema';

export type { GuideStep, MadeSource, Removal, Request, SelfTest, Source, SyncLine, Unjoined } from '../api/schema';
export type Client = Source['client'];
export type Token = SourceToken;
export type MadeToken = MadeSourceToken;
export type Check = SourceSetup['checks'][number];

/** What an administrator decides about a source, as it is read: complete, every switch by itself. */
export type Policy = Required<Omit<SourceSettings, 'tolerance'>> & { tolerance: ToleranceSwitches };

/** What is decided about a source. */
export const policyOf = (source: Pick<Source, 'settings'>) => source.settings as Policy;

const at = (source: string) => ({ path: { source } });

export const sourceList = list('sources', [], () => body(api.GET('/api/v1/sources')));
export const sourceQuery = (id: string) =>
  queryOptions({
    queryKey: ['sources', id],
    queryFn: () => body(api.GET('/api/v1/sources/{source}', { params: at(id) })) as Promise<SourceDetail>,
  });
export const clientsQuery = queryOptions({
  queryKey: ['clients'],
  queryFn: () => body(api.GET('/api/v1/clients')),
  staleTime: Number.POSITIVE_INFINITY,
});
export const guideQuery = (id: string) =>
  queryOptions({
    queryKey: ['sources', id, 'guide'],
    queryFn: () => body(api.GET('/api/v1/sources/{source}/guide', { params: at(id) })),
    staleTime: 60_000,
  });
/** How far the connection is. Requests come as live events; the interval is for what waits beside them. */
export const setUpQuery = (id: string, watched = false) =>
  queryOptions({
    queryKey: ['requests', id, 'setup'],
    queryFn: () => body(api.GET('/api/v1/sources/{source}/setup', { params: at(id) })) as Promise<SourceSetup>,
    refetchInterval: watched ? 2_000 : false,
  });
export const tokenList = (id: string) =>
  list('sources', [id, 'tokens'], () => body(api.GET('/api/v1/sources/{source}/tokens', { params: at(id) })));

export interface RequestFilters {
  status?: string;
  method?: string;
  subject?: string;
}
export const requestList = (id: string, filters: RequestFilters) =>
  list('requests', [id, filters], (before) =>
    body(
      api.GET('/api/v1/sources/{source}/requests', {
        params: { ...at(id), query: { ...filters, status: Number(filters.status) || undefined, before, limit: 100 } },
      }),
    ),
  );
export const requestQuery = (id: string, request: string) =>
  queryOptions({
    queryKey: ['requests', id, request],
    queryFn: () =>
      body(
        api.GET('/api/v1/sources/{source}/requests/{request}', { params: { path: { source: id, request } } }),
      ) as Promise<RequestDetail>,
  });
export interface LogFilters {
  event?: string;
  result?: SyncLine['result'];
  subject?: string;
}
export const logList = (id: string, filters: LogFilters) =>
  list('requests', [id, 'sync-log', filters], (before) =>
    body(
      api.GET('/api/v1/sources/{source}/sync-log', {
        params: { ...at(id), query: { ...filters, before, limit: 100 } },
      }),
    ),
  );
export const unjoinedList = (id: string) =>
  list('sources', [id, 'unjoined'], (after) =>
    body(api.GET('/api/v1/sources/{source}/unjoined', { params: { ...at(id), query: { after, limit: 100 } } })),
  );
export const removalQuery = (id: string) =>
  queryOptions({
    queryKey: ['sources', id, 'removal'],
    queryFn: (): Promise<Removal> => body(api.GET('/api/v1/sources/{source}/removal', { params: at(id) })),
    staleTime: 0,
  });

export const makeSource = (name: string, client: Client) =>
  body(api.POST('/api/v1/sources', { body: { name, client } })) as Promise<MadeSource>;
export const setPolicy = (source: Pick<Source, 'id'>, settings: Policy) =>
  body(api.PUT('/api/v1/sources/{source}/settings', { params: at(source.id), body: settings }));
export const setOrder = (sources: string[]) => body(api.PUT('/api/v1/sources/order', { body: { sources } }));
export const makeToken = (id: string, token: NewSourceToken) =>
  body(api.POST('/api/v1/sources/{source}/tokens', { params: at(id), body: token })) as Promise<MadeToken>;
export const rotateToken = (id: string, token: string, overlapDays: number) =>
  body(
    api.POST('/api/v1/sources/{source}/tokens/{token}/rotate', {
      params: { path: { source: id, token } },
      body: { overlapDays },
    }),
  ) as Promise<MadeToken>;
export const revokeToken = (id: string, token: string) =>
  body(api.DELETE('/api/v1/sources/{source}/tokens/{token}', { params: { path: { source: id, token } } }));
export const selfTest = (id: string): Promise<SelfTest> =>
  body(api.POST('/api/v1/sources/{source}/self-test', { params: at(id) }));
export const recordBodies = (id: string, minutes: number) =>
  body(api.PUT('/api/v1/sources/{source}/record-bodies', { params: at(id), body: { minutes } }));
export const removeSource = (source: Pick<Source, 'id' | 'name'>, people: 'keep' | 'deactivate' | 'delete') =>
  body(api.DELETE('/api/v1/sources/{source}', { params: at(source.id), body: { confirm: source.name, people } }));
export const linkRecord = (id: string, record: string, user: string) =>
  body(
    api.POST('/api/v1/sources/{source}/unjoined/{record}/link', {
      params: { path: { source: id, record } },
      body: { user },
    }),
  );
export const makeUser = (id: string, record: string) =>
  body(api.POST('/api/v1/sources/{source}/unjoined/{record}/make', { params: { path: { source: id, record } } }));

/** How a source stands, in the words of the vocabulary. */
export function standing(source: Source, now = Date.now()): 'waiting' | 'connected' | 'silent' | 'local' | 'off' {
  if (source.kind === 'local') return 'local';
  if (source.state === 'deleting') return 'off';
  if (!source.lastRequestAt) return 'waiting';
  return now - new Date(source.lastRequestAt).getTime() > 26 * 3_600_000 ? 'silent' : 'connected';
}

/** The name of a client where the list of clients is not at hand. */
export const CLIENTS: Record<Client, string> = {
  okta: 'Okta',
  entra: 'Microsoft Entra ID',
  oneLogin: 'OneLogin',
  jumpCloud: 'JumpCloud',
  pingOne: 'PingOne',
  google: 'Google Workspace',
  generic: 'Another SCIM client',
};
