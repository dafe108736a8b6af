import { Button } from '@mantine/core';
import { switchLive, useLive } from '../api/live';
import { Time } from '../components/Time';
import classes from './Strip.module.css';

/** A line above the page, only when something about the whole server has to be said. */
export function Strip() {
  const live = useLive();
  if (live.state === 'paused')
    return (
      <div className={classes.strip} data-quiet role="status">
        <span>
          Live updates are paused. What you see is from <Time at={new Date(live.at).toISOString()} />.
        </span>
        <Button variant="default" size="compact-xs" title="Go on  p" onClick={() => switchLive(true)}>
          Go on
        </Button>
      </div>
    );
  if (live.state !== 'lost') return null;
  return (
    <div className={classes.strip} role="status">
      Lockstep does not answer. It is tried again by itself; what you see is from{' '}
      <Time at={new Date(live.at).toISOString()} />.
    </div>
  );
}
