import type { RunDetail } from '../api/schema';
import { count } from '../components/time';
import classes from './Breakdown.module.css';
import { OBJECTS } from './history';

const STATUSES = ['succeeded', 'pending', 'waiting', 'failed'] as const;
const WORDS = { succeeded: 'Succeeded', pending: 'Pending', waiting: 'Waiting', failed: 'Failed' };

/** What a run came to, by kind of object: each number once, a zero as a dash. */
export function Breakdown({ of: run }: { of: RunDetail }) {
  return (
    <div className={classes.scroller}>
      <table className={classes.table}>
        <caption className="sr">What the run came to, by kind of object</caption>
        <thead>
          <tr>
            <th scope="col">{run.applicationName || 'Application'}</th>
            {STATUSES.map((status) => (
              <th key={status} scope="col">
                {WORDS[status]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {run.breakdown.map((part) => (
            <tr key={part.kind}>
              <th scope="row">{OBJECTS[part.kind]}</th>
              {STATUSES.map((status) => (
                <td key={status} data-status={part[status] > 0 ? status : undefined}>
                  {part[status] > 0 ? count(part[status]) : <span className="dim">–</span>}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
