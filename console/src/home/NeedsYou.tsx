import { Button, Skeleton } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { Need } from '../api/schema';
import { Panel } from '../components/Panel';
import { Chip } from '../components/StatusChip';
import { Time } from '../components/Time';
import { count } from '../components/time';
import classes from './Home.module.css';

const LOOKS = {
  error: { tone: 'bad', shape: 'cross', word: 'Failed' },
  warning: { tone: 'warn', shape: 'alert', word: 'Look' },
  info: { tone: 'info', shape: 'dot', word: 'Note' },
} as const;

/** What one does there, by where it leads. */
const VERBS: [string, string][] = [
  ['/errors', 'See the errors'],
  ['/apps/', 'Open the application'],
  ['/settings/tokens', 'See the tokens'],
  ['/sources/', 'Open the source'],
];
const verb = (link: string) => VERBS.find(([start]) => link.startsWith(start))?.[1] ?? 'Look at it';

/** What only a person can settle, worst first. */
export function NeedsYou({ needs, at }: { needs: Need[] | undefined; at: number }) {
  return (
    <Panel title="Needs you" flush>
      {!needs && <Skeleton m={20} w="60%" h={14} />}
      {needs?.length === 0 && (
        <p className={classes.good}>
          Nothing needs you. Last checked <Time at={new Date(at).toISOString()} />.
        </p>
      )}
      {needs && needs.length > 0 && (
        <ul className={classes.needs}>
          {needs.map((need) => (
            <li key={need.sentence}>
              <span className={classes.weight}>
                <Chip tone={LOOKS[need.severity].tone} shape={LOOKS[need.severity].shape}>
                  {need.count > 1 ? count(need.count) : LOOKS[need.severity].word}
                </Chip>
              </span>
              <span className="grow">{need.sentence}</span>
              <Button component={Link} to={need.link} variant="default">
                {verb(need.link)}
              </Button>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
