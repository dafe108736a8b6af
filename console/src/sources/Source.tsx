import { Button, Menu } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { Tile } from '../components/Avatar';
import { ErrorBox } from '../components/ErrorBox';
import { IconBook, IconChevronDown, IconTrash } from '../components/icons';
import { Loading } from '../components/Loading';
import { Page, PageHeader } from '../components/PageHeader';
import { type RouteTab, RouteTabs } from '../components/RouteTabs';
import { StatusChip } from '../components/StatusChip';
import { useNow } from '../components/Time';
import { relative } from '../components/time';
import { useMay } from '../session/session';
import { Overview } from './Overview';
import { RemoveSource } from './RemoveSource';
import { sourceQuery, standing, unjoinedList } from './sources';

/** What a tab shows, by the last part of the address. */
const SECTIONS = {
  requests: lazy(() => import('./Requests').then(({ Requests }) => ({ default: Requests }))),
  'sync-log': lazy(() => import('./SyncLog').then(({ SyncLog }) => ({ default: SyncLog }))),
  unjoined: lazy(() => import('./Unjoined').then(({ Unjoined }) => ({ default: Unjoined }))),
  policy: lazy(() => import('./Policy').then(({ Policy }) => ({ default: Policy }))),
  tolerance: lazy(() => import('./ToleranceSwitches').then((file) => ({ default: file.ToleranceSwitches }))),
  tokens: lazy(() => import('./Tokens').then(({ Tokens }) => ({ default: Tokens }))),
};

/** A source: its head and its tabs; what a tab shows is a page of its own. */
export function Source() {
  const { source: id = '', section } = useParams({ strict: false }) as { source?: string; section?: string };
  const Section = SECTIONS[section as keyof typeof SECTIONS] ?? Overview;
  const query = useQuery(sourceQuery(id));
  const unjoined = useInfiniteQuery({ ...unjoinedList(id), enabled: query.data?.kind === 'scim' });
  const [removing, setRemoving] = useState(false);
  const may = useMay();
  const now = useNow();
  const navigate = useNavigate();
  const source = query.data;
  if (!source) {
    return (
      <Page header={<PageHeader title="Source" crumbs={[{ label: 'Sources', to: '/sources' }]} />}>
        {query.error ? <ErrorBox error={query.error} retry={query.refetch} /> : <Loading />}
      </Page>
    );
  }
  const is = standing(source, now);
  const local = source.kind === 'local';
  const cases = unjoined.data?.pages.reduce((sum, page) => sum + page.items.length, 0) ?? 0;
  const base = `/sources/${id}`;
  const tabs: RouteTab[] = [{ label: 'Overview', to: base }];
  if (!local) {
    tabs.push(
      { label: 'Requests', to: `${base}/requests` },
      { label: 'Sync log', to: `${base}/sync-log` },
      { label: 'Unjoined', to: `${base}/unjoined`, count: cases || undefined, alert: true },
      { label: 'Policy', to: `${base}/policy` },
      { label: 'Tolerance', to: `${base}/tolerance` },
      { label: 'Tokens', to: `${base}/tokens` },
    );
  }
  return (
    <Page
      fill
      header={
        <PageHeader
          title={source.name}
          crumbs={[{ label: 'Sources', to: '/sources' }]}
          tile={<Tile name={source.name} size={32} />}
          chip={
            <StatusChip of="source" is={is} filled>
              {is === 'connected' && source.lastRequestAt
                ? `Connected, last request ${relative(source.lastRequestAt, now)}`
                : undefined}
            </StatusChip>
          }
          actions={
            !local && (
              <>
                <Button
                  component={Link}
                  to="/sources/connect"
                  search={{ source: id } as never}
                  variant="default"
                  leftSection={<IconBook size={16} />}
                >
                  Set-up guide
                </Button>
                <Menu position="bottom-end">
                  <Menu.Target>
                    <Button variant="default" rightSection={<IconChevronDown size={14} />}>
                      More
                    </Button>
                  </Menu.Target>
                  <Menu.Dropdown>
                    <Menu.Item
                      className="danger"
                      leftSection={<IconTrash size={15} />}
                      disabled={!may('administrator') || source.state === 'deleting'}
                      onClick={() => setRemoving(true)}
                    >
                      Remove this source…
                    </Menu.Item>
                  </Menu.Dropdown>
                </Menu>
              </>
            )
          }
          tabs={<RouteTabs label="Sections of the source" tabs={tabs} />}
        />
      }
    >
      <Suspense fallback={<Loading />}>
        <Section id={id} />
      </Suspense>
      {removing && (
        <RemoveSource
          source={source}
          close={() => setRemoving(false)}
          removed={() => {
            setRemoving(false);
            navigate({ to: '/sources' });
          }}
        />
      )}
    </Page>
  );
}
