import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Outlet } from '@tanstack/react-router';
import { ErrorBox } from '../../components/ErrorBox';
import { Loading } from '../../components/Loading';
import { RouteTabs } from '../../components/RouteTabs';
import { application } from '../applications';
import { DraftBar } from './DraftBar';
import { DraftProvider } from './draft';

const route = getRouteApi('/inside/apps/$app/configure');
const SECTIONS = ['Connection', 'Matching', 'Events', 'Removals', 'Attributes', 'Versions'];

/** What is decided about an application: edited as a draft, then published. */
export function Configure() {
  const { app: id } = route.useParams();
  const { data: app } = useQuery(application(id));
  return (
    <>
      <RouteTabs
        label="Configure"
        pills
        tabs={SECTIONS.map((label) => ({ label, to: `/apps/${id}/configure/${label.toLowerCase()}` }))}
      />
      {app && (
        <DraftProvider key={id} id={id} name={app.name}>
          {(draft, error) => (
            <>
              {draft && <DraftBar app={app} />}
              {error && !draft ? <ErrorBox error={error} /> : draft ? <Outlet /> : <Loading />}
            </>
          )}
        </DraftProvider>
      )}
    </>
  );
}
