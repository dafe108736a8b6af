import { useLive } from '../api/live';
import { Time } from '../components/Time';
import classes from './Strip.module.css';

/** A line above the page, only when something about the whole server has to be said. */
export function Strip() {
  const live = useLive();
  if (live.state !== 'lost') return null;
  return (
    <div className={classes.strip} role="status">
      Lockstep does not answer. It is tried again by itself; what you see is from{' '}
      <Time at={new Date(live.at).toISOString()} />.
    </div>
  );
}
