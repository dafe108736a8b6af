import { Button, Drawer } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { ActButton, useAct } from '../components/act';
import { type Column, DataTable } from '../components/DataTable';
import { Empty } from '../components/Empty';
import { ErrorBox } from '../components/ErrorBox';
import { ExportMenu } from '../components/ExportMenu';
import { FilterPill } from '../components/FilterPill';
import { Lines, NameCell } from '../components/NameCell';
import { DrawerNeighbours } from '../components/Neighbours';
import { Toolbar } from '../components/PageHeader';
import { Facts } from '../components/Panel';
import { SearchField } from '../components/SearchField';
import { Chip } from '../components/StatusChip';
import { ExactTime, Time, useNow } from '../components/Time';
import { duration, relative } from '../components/time';
import { type Request, recordBodies, requestList, requestQuery, sourceQuery } from './sources';
import classes from './sources.module.css';

const route = getRouteApi('/inside/sources/$source/$section');

/** How a request was answered, loud only where something was refused or failed. */
function Answer({ request }: { request: Request }) {
  const { status, scimType } = request;
  const tone = status >= 500 ? 'bad' : status >= 400 ? 'warn' : 'ok';
  return (
    <Chip tone={tone} shape={tone === 'ok' ? 'check' : tone === 'warn' ? 'alert' : 'cross'} bare={tone === 'ok'}>
      {status}
      {scimType ? ` ${scimType}` : ''}
    </Chip>
  );
}

/** Every request of the source's client, newest first, with how it was answered. */
export function Requests({ id: source }: { id: string }) {
  const { status, method, subject } = route.useSearch();
  const filters = { status, method, subject };
  const navigate = route.useNavigate();
  const query = useInfiniteQuery(requestList(source, filters));
  const [opened, setOpened] = useState<string | null>(null);
  const filtered = Object.values(filters).some(Boolean);
  const set = (change: Partial<typeof filters>) =>
    navigate({ search: (old) => ({ ...old, ...change }), replace: 'subject' in change });
  const columns: Column<Request>[] = [
    {
      id: 'request',
      header: 'Request',
      cell: (request) => (
        <Lines
          first={
            <button
              type="button"
              className={`${classes.link} mono`}
              title={`${request.method} ${request.path || '/'}`}
              onClick={() => setOpened(request.id)}
            >
              {request.method} {request.path || '/'}
            </button>
          }
          second={request.detail}
        />
      ),
    },
    { id: 'answer', header: 'Answer', width: 180, cell: (request) => <Answer request={request} /> },
    {
      id: 'subject',
      header: 'About',
      width: 230,
      from: 980,
      cell: (request) => (request.subject ? <span className="clip mono">{request.subject}</span> : null),
    },
    {
      id: 'took',
      header: 'Took',
      width: 90,
      align: 'right',
      from: 760,
      cell: (request) => duration(request.durationUs / 1000),
    },
    { id: 'at', header: 'When', width: 130, cell: (request) => <Time at={request.at} /> },
  ];
  return (
    <>
      <Toolbar>
        <SearchField
          label="Subject: an id or a name"
          value={filters.subject ?? ''}
          set={(subject) => set({ subject: subject || undefined })}
        />
        <FilterPill
          label="Answer"
          value={filters.status}
          options={[
            { value: '2', label: 'Succeeded (2xx)' },
            { value: '4', label: 'Refused (4xx)' },
            { value: '5', label: 'Failed (5xx)' },
          ]}
          set={(status) => set({ status })}
        />
        <FilterPill
          label="Method"
          value={filters.method}
          options={['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((value) => ({ value, label: value }))}
          set={(method) => set({ method })}
        />
        <span className="grow" />
        <Bodies source={source} />
        <ExportMenu list={`sources/${source}/requests`} filters={{ ...filters }} />
      </Toolbar>
      <DataTable
        label="Requests"
        query={query}
        columns={columns}
        rowId={(request) => request.id}
        empty={
          filtered ? (
            <Empty
              title="No requests match"
              actions={
                <Button variant="default" onClick={() => navigate({ search: {} })}>
                  Clear filters
                </Button>
              }
            />
          ) : (
            <Empty title="No requests yet">
              Requests appear here as soon as the client sends the first one. They are kept for 90 days.
            </Empty>
          )
        }
      />
      {opened && (
        <One source={source} request={opened} close={() => setOpened(null)}>
          <DrawerNeighbours
            ids={query.data?.pages.flatMap(({ items }) => items.map(({ id }) => id)) ?? []}
            at={opened}
            open={setOpened}
          />
        </One>
      )}
    </>
  );
}

/** Bodies hold personal data: they are kept only when asked for, for an hour, and gone after a day. */
function Bodies({ source: id }: { source: string }) {
  const now = useNow();
  const until = useQuery(sourceQuery(id)).data?.recordBodiesUntil;
  const on = until && new Date(until).getTime() > now ? until : null;
  const act = useAct({
    run: (minutes: number) => recordBodies(id, minutes),
    changes: ['sources'],
    done: (_, minutes) => (minutes ? 'Bodies are recorded for the next hour.' : 'Bodies are no longer recorded.'),
  });
  return (
    <ActButton need="administrator" variant="default" loading={act.isPending} onClick={() => act.mutate(on ? 0 : 60)}>
      {on ? `Stop recording bodies (ends ${relative(on, now)})` : 'Record bodies for an hour'}
    </ActButton>
  );
}

function One(props: { source: string; request: string; close: () => void; children: ReactNode }) {
  const { source, request: id, close } = props;
  const { data: request, error, refetch } = useQuery(requestQuery(source, id));
  return (
    <Drawer opened onClose={close} position="right" size={560} title="Request">
      {props.children}
      {!!error && <ErrorBox error={error} retry={refetch} />}
      {request && (
        <div className="stack">
          <NameCell name={`${request.method} ${request.path}`} sub={request.subject} />
          <Facts
            of={[
              ['Answer', <Answer key="answer" request={request} />],
              ['When', <ExactTime key="at" at={request.at} />],
              ['Took', duration(request.durationUs / 1000)],
              ['Request id', <code key="id">{request.id}</code>],
              ...(request.detail ? [['Why', request.detail] as [string, string]] : []),
            ]}
          />
          {request.body ? (
            <>
              <Body title="What the client sent" text={request.body.request} />
              <Body title="What Lockstep answered" text={request.body.response} />
            </>
          ) : (
            <p className="dim">
              The bodies of this request were not recorded. “Record bodies for an hour” keeps those of the next ones,
              with passwords left out.
            </p>
          )}
        </div>
      )}
    </Drawer>
  );
}

function Body({ title, text }: { title: string; text: string | null | undefined }) {
  let shown = text ?? '';
  try {
    shown = JSON.stringify(JSON.parse(shown), null, 2);
  } catch {
    // Not JSON: as it came.
  }
  return (
    <div>
      <h3>{title}</h3>
      <pre className={classes.well}>{shown || 'Nothing'}</pre>
    </div>
  );
}
