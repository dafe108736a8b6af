import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { api } from '../../api/client';
import { queries } from '../../api/queries';
import type { Version } from '../../api/schema';
import { ActButton, tell } from '../../components/act';
import { confirm } from '../../components/Confirm';
import { Empty } from '../../components/Empty';
import { ErrorBox } from '../../components/ErrorBox';
import { IconHistory } from '../../components/icons';
import { Panel } from '../../components/Panel';
import { StatusChip } from '../../components/StatusChip';
import { Time } from '../../components/Time';
import { plural } from '../../components/time';
import { versions } from '../applications';
import { changes } from '../changes';
import { Changes } from './Changes';
import { useDraft } from './draft';
import classes from './Versions.module.css';

const route = getRouteApi('/inside/apps/$app/configure/versions');

/** Every version, and what it changed from the one before. */
export function Versions() {
  const draft = useDraft();
  const { version: wanted } = route.useSearch();
  const navigate = route.useNavigate();
  const { data, error, refetch } = useQuery(versions(draft.id));
  if (error && !data) return <ErrorBox error={error} retry={() => refetch()} />;
  const all = data ?? [];
  const chosen = all.find(({ number }) => number === wanted) ?? all[0];
  const before = chosen && all.find(({ number }) => number === chosen.number - 1);
  return (
    <div className={classes.columns}>
      <Panel title="Versions" flush>
        <ul className={classes.list}>
          {all.map((version) => (
            <li key={version.number}>
              <button
                type="button"
                className={classes.version}
                aria-current={version === chosen}
                onClick={() => navigate({ search: { version: version.number }, replace: true })}
              >
                <span className={classes.number}>v{version.number}</span>
                <StatusChip of="version" is={version.state} />
                <span className="grow" />
                <span className="dim small">
                  <Time at={version.publishedAt ?? version.createdAt} />
                </span>
              </button>
            </li>
          ))}
        </ul>
      </Panel>
      {chosen && (
        <Panel
          title={`Version ${chosen.number}`}
          description={
            before
              ? `What it changes from v${before.number}.`
              : `The first version: ${plural(chosen.settings.mapping?.length ?? 0, 'attribute')} mapped.`
          }
          actions={
            <ActButton
              need="administrator"
              variant="default"
              leftSection={<IconHistory size={15} />}
              refused={
                chosen.state === 'draft'
                  ? 'It is the draft'
                  : chosen.state === 'current' && !draft.begun && 'It is what counts now'
              }
              onClick={() => restore(draft.id, chosen, draft.begun !== null, draft.reload)}
            >
              Restore into the draft
            </ActButton>
          }
        >
          {before ? (
            <Changes changes={changes(before.settings, chosen.settings)} against={before.number} />
          ) : (
            <Empty title="Nothing to compare with">Every later version shows here what it changed.</Empty>
          )}
        </Panel>
      )}
    </div>
  );
}

function restore(id: string, { number }: Version, overwrites: boolean, reload: () => void) {
  confirm({
    level: overwrites ? 2 : 1,
    title: `Restore v${number} into the draft?`,
    body: (
      <p>
        {overwrites && 'The draft that is begun is overwritten. '}Nothing is sent before the draft is published, and you
        will see what that does first.
      </p>
    ),
    verb: `Restore v${number}`,
    run: async () => {
      await api.POST('/api/v1/applications/{application}/versions/{version}/restore', {
        params: { path: { application: id, version: number } },
      });
      reload();
      await queries.invalidateQueries({ queryKey: ['applications'] });
      tell(`The draft says what v${number} said`);
    },
  });
}
