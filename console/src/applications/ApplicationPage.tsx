import { ActionIcon, Menu } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import { Tile } from '../components/Avatar';
import { ActButton } from '../components/act';
import { ErrorBox } from '../components/ErrorBox';
import { IconDots, IconKey, IconPlayerPause, IconPlayerPlay, IconRefresh, IconTrash } from '../components/icons';
import { Page, PageHeader } from '../components/PageHeader';
import { RouteTabs } from '../components/RouteTabs';
import { StatusChip } from '../components/StatusChip';
import { useMay } from '../session/session';
import { useApplicationActs } from './acts';
import { application, state } from './applications';

const route = getRouteApi('/inside/apps/$app');

/** One application: its head, and below it either what happens in it or what is decided about it. */
export function ApplicationPage() {
  const { app: id } = route.useParams();
  const { data: app, error, refetch } = useQuery(application(id));
  const acts = useApplicationActs(app);
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const may = useMay();
  const crumbs = [{ label: 'Applications', to: '/apps' }];
  if (error && !app)
    return (
      <Page header={<PageHeader title="Application" crumbs={crumbs} />}>
        <ErrorBox error={error} retry={() => refetch()} />
      </Page>
    );
  const to = `/apps/${id}`;
  const open = app ? app.open.failed : 0;
  return (
    <Page
      header={
        <PageHeader
          title={app?.name ?? ' '}
          crumbs={crumbs}
          tile={app && <Tile name={app.name} size={32} />}
          chip={app && <StatusChip of="application" is={state(app)} title={app.pause?.note} />}
          actions={
            app && (
              <>
                {app.currentVersion != null &&
                  (app.active ? (
                    <ActButton
                      need="operator"
                      variant="default"
                      leftSection={<IconRefresh size={15} />}
                      onClick={acts.sync}
                    >
                      Force sync
                    </ActButton>
                  ) : (
                    <ActButton need="operator" leftSection={<IconPlayerPlay size={15} />} onClick={acts.activate}>
                      Activate
                    </ActButton>
                  ))}
                <Menu position="bottom-end">
                  <Menu.Target>
                    <ActionIcon variant="default" size={30} aria-label="More actions">
                      <IconDots size={16} />
                    </ActionIcon>
                  </Menu.Target>
                  <Menu.Dropdown>
                    {app.active && (
                      <Menu.Item
                        leftSection={<IconPlayerPause size={15} />}
                        disabled={!may('operator')}
                        onClick={acts.deactivate}
                      >
                        Deactivate
                      </Menu.Item>
                    )}
                    <Menu.Item
                      leftSection={<IconKey size={15} />}
                      onClick={() => navigate({ to: `${to}/configure/connection` })}
                    >
                      Replace the credential
                    </Menu.Item>
                    <Menu.Divider />
                    <Menu.Item
                      leftSection={<IconTrash size={15} />}
                      className="danger"
                      disabled={app.active || !may('administrator')}
                      title={app.active ? 'Deactivate it first' : undefined}
                      onClick={acts.remove}
                    >
                      Delete
                    </Menu.Item>
                  </Menu.Dropdown>
                </Menu>
              </>
            )
          }
          tabs={
            <RouteTabs
              label="Application"
              tabs={[
                { label: 'Overview', to },
                { label: 'Access', to: `${to}/access`, count: app?.effectiveUsers },
                { label: 'Groups', to: `${to}/groups` },
                { label: 'History', to: `${to}/history`, ...(open > 0 && { count: open, alert: true }) },
                {
                  label: 'Configure',
                  to: `${to}/configure/attributes`,
                  ...(pathname.startsWith(`${to}/configure`) && { active: true }),
                },
              ]}
            />
          }
        />
      }
    >
      <Outlet />
    </Page>
  );
}
