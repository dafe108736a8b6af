import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { applicationList } from '../applications/applications';
import { Resting } from '../applications/Resting';
import { ExportMenu } from '../components/ExportMenu';
import { FilterPill } from '../components/FilterPill';
import { Page, PageHeader } from '../components/PageHeader';
import { Panel } from '../components/Panel';
import { RouteTabs } from '../components/RouteTabs';
import { Causes } from './Causes';
import { causeList, type WorkStatus } from './history';
import { useApplicationNames } from './RunTable';

const route = getRouteApi('/inside/errors');

/** What is not in step anywhere, by cause. Nothing here has to be cleaned by hand: it goes when it succeeds. */
export function Errors() {
  const { app, code, status = 'failed' } = route.useSearch();
  const navigate = route.useNavigate();
  const names = useApplicationNames();
  const { data } = useQuery(causeList(app));
  // A connection that rests keeps everything back at once: it is no cause of one object.
  const resting = (useInfiniteQuery(applicationList()).data?.pages.flatMap(({ items }) => items) ?? []).filter(
    ({ id, active, pause }) => active && pause && (!app || app === id),
  );
  const number = (wanted: WorkStatus) =>
    data?.filter((cause) => cause.status === wanted).reduce((sum, cause) => sum + cause.count.count, 0);
  const tab = (label: string, value: WorkStatus) => ({
    label,
    to: '/errors',
    search: { app, status: value === 'failed' ? undefined : value },
    active: status === value,
    count: number(value),
    alert: value === 'failed',
  });
  return (
    <Page
      header={
        <PageHeader
          title="Errors"
          description="What an application does not hold as it should, grouped by cause. An error closes itself when it succeeds."
          actions={
            <>
              <FilterPill
                label="Application"
                value={app}
                options={[...names].map(([value, label]) => ({ value, label }))}
                set={(app) => navigate({ search: (old) => ({ ...old, app, code: undefined }) })}
              />
              <ExportMenu list="work" filters={{ application: app, status }} />
            </>
          }
          tabs={
            <RouteTabs
              label="Errors"
              tabs={[
                tab('Needs you', 'failed'),
                tab('Retrying by itself', 'pending'),
                tab('Waiting for something', 'waiting'),
              ]}
            />
          }
        />
      }
    >
      {resting.map((one) => (
        <Resting key={one.id} app={one} named />
      ))}
      <Panel flush>
        <Causes
          application={app}
          status={status}
          code={code}
          set={(code) => navigate({ search: (old) => ({ ...old, code }), replace: true })}
        />
      </Panel>
    </Page>
  );
}
