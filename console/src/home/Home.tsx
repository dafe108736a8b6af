import { SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { ErrorBox } from '../components/ErrorBox';
import { Page, PageHeader } from '../components/PageHeader';
import { Panel } from '../components/Panel';
import { StackedBars } from '../components/StackedBars';
import { DayFigures } from './DayFigures';
import { GetStarted } from './GetStarted';
import { HomeApplications, HomeSources } from './HomeLists';
import { homeQuery, RANGES, type Range, statisticsQuery } from './home';
import { Leavers } from './Leavers';
import { NeedsYou } from './NeedsYou';

const route = getRouteApi('/inside/');

const OPERATIONS = [
  { id: 'succeeded', label: 'Succeeded', tone: 'base' },
  { id: 'waiting', label: 'Waiting', tone: 'mute' },
  { id: 'pending', label: 'Pending', tone: 'warn' },
  { id: 'failed', label: 'Failed', tone: 'bad' },
] as const;
const REQUESTS = [
  { id: 'succeeded', label: 'Succeeded', tone: 'base' },
  { id: 'refused', label: 'Refused', tone: 'warn' },
  { id: 'failed', label: 'Failed', tone: 'bad' },
] as const;

/** Is everything all right, and if not, where to click. */
export function Home() {
  const range = route.useSearch().range ?? '24h';
  const navigate = route.useNavigate();
  const home = useQuery(homeQuery);
  const ready = home.data && Object.values(home.data.setup).every(Boolean);
  const ranges = (
    <SegmentedControl
      size="xs"
      aria-label="Over how long the charts look back"
      value={range}
      onChange={(value) => navigate({ search: { range: value as Range }, replace: true })}
      data={Object.keys(RANGES).map((value) => ({ value, label: value.replace('h', ' h').replace('d', ' d') }))}
    />
  );
  return (
    <Page header={<PageHeader title="Home" actions={ready ? ranges : undefined} />}>
      {home.error && !home.data ? (
        <ErrorBox error={home.error} retry={() => home.refetch()} />
      ) : (
        <>
          {home.data && <GetStarted home={home.data} />}
          {(!home.data || ready) && (
            <>
              <NeedsYou needs={home.data?.needs} at={home.dataUpdatedAt} />
              <DayFigures day={home.data?.day}>
                <Chart
                  metric="operations"
                  title="Records sent to applications"
                  series={[...OPERATIONS]}
                  range={range}
                />
              </DayFigures>
              <HomeApplications applications={home.data?.applications} />
              <Panel title="Requests from sources">
                <Chart metric="requests" title="Requests from sources" series={[...REQUESTS]} range={range} />
              </Panel>
              <HomeSources sources={home.data?.sources} />
              <Leavers leavers={home.data?.leavers} />
            </>
          )}
        </>
      )}
    </Page>
  );
}

function Chart(props: {
  metric: 'operations' | 'requests';
  title: string;
  series: React.ComponentProps<typeof StackedBars>['series'];
  range: Range;
}) {
  const statistics = useQuery(statisticsQuery(props.metric, props.range));
  if (statistics.error) return <ErrorBox error={statistics.error} retry={() => statistics.refetch()} />;
  return <StackedBars title={props.title} series={props.series} bars={statistics.data ?? []} />;
}
