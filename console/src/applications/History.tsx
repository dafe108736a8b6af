import { getRouteApi } from '@tanstack/react-router';
import { ExportMenu } from '../components/ExportMenu';
import { Panel } from '../components/Panel';
import { RouteTabs } from '../components/RouteTabs';
import { Causes } from '../history/Causes';
import { OperationTable } from '../history/OperationTable';
import { RunTable } from '../history/RunTable';
import views from './Views.module.css';

const route = getRouteApi('/inside/apps/$app/history');
const VIEWS = [
  ['Runs', 'runs'],
  ['Not in step', 'open'],
  ['Everything sent', 'operations'],
] as const;

/** What happened in one application. */
export function History() {
  const { app: id } = route.useParams();
  const { show = 'runs' } = route.useSearch();
  return (
    <>
      <div className={views.views}>
        <RouteTabs
          pills
          label="History"
          tabs={VIEWS.map(([label, value]) => ({
            label,
            to: `/apps/${id}/history`,
            search: value === 'runs' ? {} : { show: value },
            active: show === value,
          }))}
        />
        <span className="grow" />
        <ExportMenu list={show === 'open' ? 'work' : show} filters={{ application: id }} />
      </div>
      <Panel flush>
        {show === 'runs' && <RunTable application={id} />}
        {show === 'open' && <Causes application={id} inset />}
        {show === 'operations' && <OperationTable filters={{ application: id }} />}
      </Panel>
    </>
  );
}
