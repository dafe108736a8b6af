import { Button, Menu } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { Avatar } from '../components/Avatar';
import { ActButton, useAct } from '../components/act';
import { confirm } from '../components/Confirm';
import { ErrorBox } from '../components/ErrorBox';
import { IconChevronDown, IconLock, IconRefresh, IconTrash, IconUserOff } from '../components/icons';
import { Loading } from '../components/Loading';
import { Content, Page, PageHeader } from '../components/PageHeader';
import { RouteTabs } from '../components/RouteTabs';
import { Chip, StatusChip } from '../components/StatusChip';
import { useNow } from '../components/Time';
import { exact, plural, relative } from '../components/time';
import { useMay } from '../session/session';
import { Overview } from './Overview';
import { deactivateNow, hold, nameOf, removeUser, standing, syncNow, type UserDetail, userQuery } from './users';
import { about } from './values';

const SECTIONS = {
  attributes: lazy(() => import('./Attributes').then(({ Attributes }) => ({ default: Attributes }))),
  access: lazy(() => import('./Access').then(({ Access }) => ({ default: Access }))),
  timeline: lazy(() => import('./Timeline').then(({ Timeline }) => ({ default: Timeline }))),
  raw: lazy(() => import('./Raw').then(({ Raw }) => ({ default: Raw }))),
};
const CRUMBS = [{ label: 'Users', to: '/users' }];

/** A person: who they are, what they have, why, and everything that happened. */
export function User() {
  const { user: id = '', section } = useParams({ strict: false }) as { user?: string; section?: string };
  const { data: user, error, refetch } = useQuery(userQuery(id));
  const now = useNow();
  if (!user) {
    return (
      <Page header={<PageHeader title="User" crumbs={CRUMBS} />}>
        {error ? <ErrorBox error={error} retry={refetch} /> : <Loading />}
      </Page>
    );
  }
  const Section = SECTIONS[section as keyof typeof SECTIONS] ?? Overview;
  const base = `/users/${id}`;
  return (
    <Page
      fill
      header={
        <PageHeader
          title={nameOf(user)}
          crumbs={CRUMBS}
          tile={<Avatar name={nameOf(user)} size={36} />}
          chip={
            <>
              <StatusChip of="user" is={standing(user)} filled />
              {user.kept && (
                <Chip tone="mute" shape="hand" title="No source knows this person any more; the policy kept them.">
                  Kept
                </Chip>
              )}
            </>
          }
          description={story(user, now)}
          actions={<Actions user={user} />}
          tabs={
            <RouteTabs
              label="Sections of the user"
              tabs={[
                { label: 'Overview', to: base },
                { label: 'Attributes', to: `${base}/attributes` },
                { label: 'Access', to: `${base}/access` },
                { label: 'Timeline', to: `${base}/timeline` },
                { label: 'Raw', to: `${base}/raw` },
              ]}
            />
          }
        />
      }
    >
      <Content>
        <Suspense fallback={<Loading />}>
          <Section user={user} />
        </Suspense>
      </Content>
    </Page>
  );
}

/** How the person stands, as a sentence. */
function story(user: UserDetail, now: number): string {
  const { title, department } = about(user.profile);
  const who = [user.userName, title, department].filter(Boolean).join(' · ');
  if (user.onHold) return `${who}. On hold: nothing of theirs is deactivated or deleted.`;
  if (user.state === 'blocked' && user.deactivatesAt)
    return `${who}. Blocked; deactivated ${relative(user.deactivatesAt, now)} (${exact(user.deactivatesAt)}) unless they return.`;
  if (user.state === 'pending') return `${who}. Not active yet.`;
  return who;
}

function Actions({ user }: { user: UserDetail }) {
  const navigate = useNavigate();
  const may = useMay();
  const name = nameOf(user);
  const sync = useAct({ run: () => syncNow(user.id), changes: ['users'], done: `${name} is looked at now.` });
  const held = useAct({
    run: () => hold(user.id, !user.onHold),
    changes: ['users'],
    done: user.onHold ? 'The hold is lifted.' : `${name} is on hold.`,
    quiet: true,
  });
  const leave = useAct({ run: () => deactivateNow(user.id), changes: ['users'], quiet: true });
  const remove = useAct({ run: () => removeUser(user.id), changes: ['users'], quiet: true });
  const operator = may('operator');
  return (
    <>
      <ActButton
        need="operator"
        variant="default"
        leftSection={<IconRefresh size={15} />}
        loading={sync.isPending}
        onClick={() => sync.mutate()}
      >
        Sync now
      </ActButton>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" rightSection={<IconChevronDown size={14} />}>
            More
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<IconLock size={15} />}
            disabled={!operator}
            onClick={() =>
              confirm({
                level: 1,
                title: user.onHold ? `Lift the hold on ${name}?` : `Put ${name} on hold?`,
                body: user.onHold
                  ? 'What the sources said meanwhile happens now: a deactivation or removal that was held goes through.'
                  : 'Until the hold is lifted, nothing of theirs is deactivated or deleted, whatever the sources say.',
                verb: user.onHold ? 'Lift the hold' : 'Put on hold',
                run: () => held.mutateAsync(),
              })
            }
          >
            {user.onHold ? 'Lift the hold…' : 'Put on hold…'}
          </Menu.Item>
          {user.state === 'blocked' && (
            <Menu.Item
              leftSection={<IconUserOff size={15} />}
              disabled={!operator || user.onHold}
              onClick={() =>
                confirm({
                  level: 2,
                  title: `Deactivate ${name} now?`,
                  body: `The delay is cut short. ${plural(user.accounts.length, 'account')} follow what each application's removal settings say.`,
                  verb: 'Deactivate now',
                  run: () => leave.mutateAsync(),
                })
              }
            >
              Deactivate now…
            </Menu.Item>
          )}
          <Menu.Item
            className="danger"
            leftSection={<IconTrash size={15} />}
            disabled={!may('administrator')}
            onClick={() =>
              confirm({
                level: 3,
                title: `Remove ${name}?`,
                body: (
                  <>
                    {plural(user.accounts.length, 'account')} in applications follow their removal settings. Someone
                    whom an identity provider still knows can't be removed here. This can't be undone.
                  </>
                ),
                verb: 'Remove',
                name: user.userName,
                run: async () => {
                  await remove.mutateAsync();
                  navigate({ to: '/users' });
                },
              })
            }
          >
            Remove…
          </Menu.Item>
          <Menu.Item component={Link} to={`/audit?object=${user.id}`}>
            Audit log of this user
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}
