import { useQuery } from '@tanstack/react-query';
import { ErrorBox } from '../components/ErrorBox';
import {
  IconAlertTriangleFilled,
  IconCircleCheckFilled,
  IconCircleDashed,
  IconCircleXFilled,
} from '../components/icons';
import { Panel } from '../components/Panel';
import { useNow } from '../components/Time';
import { relative } from '../components/time';
import { named } from './GuideStepPanel';
import { type Check, CLIENTS, setUpQuery } from './sources';
import classes from './sources.module.css';

const SHAPES = {
  done: IconCircleCheckFilled,
  waiting: IconCircleDashed,
  next: IconCircleDashed,
  warning: IconAlertTriangleFilled,
  failed: IconCircleXFilled,
};
const SAID = { done: 'Done', waiting: 'Not yet', next: 'Waiting', warning: 'Look at this', failed: 'Failed' };

/** What has arrived so far, by itself: success is seen without pressing anything. */
export function ConnectionCheck(props: { source: string; there: string; notes?: string[] }) {
  const { source, there, notes = [] } = props;
  const { data, error, refetch } = useQuery(setUpQuery(source, true));
  const now = useNow();
  const next = data?.checks.findIndex((check) => check.state === 'waiting');
  return (
    <Panel title="Connection check">
      {!!error && <ErrorBox error={error} retry={refetch} />}
      <ul className={classes.checks} aria-label="Connection check" aria-live="polite">
        {data?.checks.map((check, index) => (
          <Line
            key={check.key}
            check={inTurn(check, data.checks)}
            next={index === next}
            there={there === CLIENTS.generic ? 'the client' : there}
          />
        ))}
      </ul>
      {data?.lastRefused && (
        <div className={classes.note} role="status">
          <p className="strong">The last request was refused {relative(data.lastRefused.at, now)}</p>
          <p>{data.lastRefused.reason}</p>
          <p>{named(data.lastRefused.fix)}</p>
        </div>
      )}
      {notes.map((note) => (
        <div key={note} className={classes.note}>
          {named(note)}
        </div>
      ))}
    </Panel>
  );
}

/** Nobody is missing in groups of which none has come: that is not known yet rather than right. */
function inTurn(check: Check, all: Check[]): Check {
  const groups = all.find(({ key }) => key === 'groups');
  const early = check.key === 'members' && check.state === 'done' && groups?.state === 'waiting';
  return early ? { ...check, state: 'waiting' } : check;
}

function Line({ check, next, there }: { check: Check; next: boolean; there: string }) {
  const state = next ? 'next' : check.state;
  const Shape = SHAPES[state];
  const awaited = next && check.key === 'request';
  return (
    <li className={classes.check} data-state={state}>
      <Shape size={17} />
      <span>
        <span className="sr">{SAID[state]}: </span>
        {awaited ? `Waiting for the first request from ${there}…` : named(check.title)}
        {awaited && (
          <span className="dim small" style={{ display: 'block' }}>
            This page follows by itself.
          </span>
        )}
        {check.detail && (
          <span className="dim small" style={{ display: 'block' }}>
            {named(check.detail)}
          </span>
        )}
        {check.fix && (
          <span className="small" style={{ display: 'block' }}>
            {named(check.fix)}
          </span>
        )}
      </span>
    </li>
  );
}
