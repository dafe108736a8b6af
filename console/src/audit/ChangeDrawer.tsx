import { Button, Drawer } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { sentence } from '../api/client';
import type { Change } from '../api/schema';
import { CopyButton } from '../components/CopyField';
import { ErrorBox } from '../components/ErrorBox';
import { Json } from '../components/Json';
import { DrawerNeighbours } from '../components/Neighbours';
import { Facts } from '../components/Panel';
import { StatusChip } from '../components/StatusChip';
import { ExactTime } from '../components/Time';
import classes from './ChangeDrawer.module.css';
import { actionWords, actorWords, change, edits, kindWords, objectPath } from './changes';

/** One entry of the audit trail: every value before and after. */
export function ChangeDrawer(props: { id: string; ids: string[]; open: (id: string) => void; close: () => void }) {
  const { id, close } = props;
  const { data, error, refetch } = useQuery(change(id));
  return (
    <Drawer
      opened
      onClose={close}
      position="right"
      size={560}
      title={data ? `${actionWords(data.action)}: ${data.objectName}` : 'Entry'}
    >
      <DrawerNeighbours ids={props.ids} at={id} open={props.open} />
      {error && <ErrorBox error={error} retry={() => refetch()} />}
      {data && <Entry change={data} />}
    </Drawer>
  );
}

function Entry({ change }: { change: Change }) {
  const { edits: changed, facts } = edits(change.detail);
  const path = objectPath(change.objectKind, change.object);
  return (
    <div className="stack">
      {change.error && (
        <p role="alert">
          <StatusChip of="record" is={change.result === 'failed' ? 'failed' : 'skipped'} /> {sentence(change.error)}
        </p>
      )}
      {changed.length > 0 && (
        <div className={classes.scroll}>
          <table className={classes.edits}>
            <thead>
              <tr>
                <th scope="col">Attribute</th>
                <th scope="col">Before</th>
                <th scope="col">After</th>
              </tr>
            </thead>
            <tbody>
              {changed.map(({ name, before, after }) => (
                <tr key={name}>
                  <th scope="row">
                    <code>{name}</code>
                  </th>
                  <td data-side="before">{shown(before)}</td>
                  <td data-side="after">{shown(after)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {facts.length > 0 && (
        <div className={classes.facts}>
          <Json value={Object.fromEntries(facts)} label="Facts" />
        </div>
      )}
      {changed.length + facts.length === 0 && !change.error && <p className="dim">Nothing more is told about it.</p>}
      <Facts
        of={[
          ['When', <ExactTime key="at" at={change.at} />],
          ['Who', `${change.actor} (${actorWords(change.actorKind)})`],
          [
            kindWords(change.objectKind),
            path ? (
              <Link key="object" to={path as string}>
                {change.objectName}
              </Link>
            ) : (
              change.objectName
            ),
          ],
          ['Entry', <Id key="id" value={change.id} />],
          ['Request', change.request ? <Id key="request" value={change.request} /> : 'Lockstep itself'],
        ]}
      />
      <div className="row">
        <Button component={Link} to="/audit" search={{ object: change.object } as never} variant="default">
          All changes of this object
        </Button>
      </div>
    </div>
  );
}

function Id({ value }: { value: string }) {
  return (
    <span className="row">
      <code className="clip">{value}</code>
      <CopyButton value={value} label="Copy the id" />
    </span>
  );
}

function shown(value: unknown) {
  if (value === null || value === undefined || value === '') return <span className="dim">nothing</span>;
  return typeof value === 'string' ? value : <code>{JSON.stringify(value, null, 1)}</code>;
}
