import { IconCheck, IconCircleXFilled, IconLoader, IconX } from '../components/icons';
import { count } from '../components/time';
import type { Capabilities, Tested } from './applications';
import classes from './TestResult.module.css';

/** What a test of a connection found: that it answers, and what it can do. Null while it is running. */
export function TestResult({ tested, name }: { tested: Tested | null; name: string }) {
  if (!tested)
    return (
      <p className={classes.line} role="status">
        <IconLoader size={16} className={classes.turning} /> Asking {name} who it is. Nothing is changed there.
      </p>
    );
  return (
    <div role="status">
      <p className={classes.line} data-ok={tested.ok}>
        {tested.ok ? <IconCheck size={16} /> : <IconCircleXFilled size={16} />}
        <span>{readable(tested.sentence)}</span>
      </p>
      {tested.capabilities && (
        <ul className={classes.abilities}>
          {abilities(tested.capabilities).map(([can, what, otherwise]) => (
            <li key={what} data-can={can}>
              {can ? <IconCheck size={14} /> : <IconX size={14} />}
              <span>
                {what}
                {!can && <span className="dim"> · {otherwise}</span>}
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

const readable = (text: string) => {
  const start = text.charAt(0).toUpperCase() + text.slice(1).replace(/\/Users\?filter=\S+(?=:)/, '/Users');
  return /[.!?]$/.test(start) ? start : `${start}.`;
};

function abilities(of: Capabilities): [boolean, string, string][] {
  return [
    [of.filter, 'Finds accounts by filter', 'accounts that are there can’t be recognised'],
    [of.patch, 'Takes changes attribute by attribute (PATCH)', 'whole accounts are sent instead (PUT)'],
    [of.groups, 'Holds groups', 'groups can’t be pushed'],
    [of.etag, 'Guards against lost updates (ETag)', 'the last writer wins there'],
    [
      Boolean(of.max_members),
      `Takes up to ${count(of.max_members ?? 0)} members in a request`,
      'members are sent one by one',
    ],
  ];
}
