import { useSyncExternalStore } from 'react';
import { exact, relative } from './time';

let now = Date.now();
const waiting = new Set<() => void>();
setInterval(() => {
  now = Date.now();
  for (const wake of waiting) wake();
}, 10_000);

/** The time of now, to ten seconds, so that everything on a page says the same. */
export function useNow(): number {
  return useSyncExternalStore(
    (wake) => {
      waiting.add(wake);
      return () => waiting.delete(wake);
    },
    () => now,
  );
}

/** A time as people say it, with the exact one on hover. `at` null shows `none`. */
export function Time({ at, none = 'Never' }: { at: string | null | undefined; none?: string }) {
  const current = useNow();
  if (!at) return <span className="dim">{none}</span>;
  return (
    <time dateTime={at} title={exact(at)}>
      {relative(at, Math.max(current, Date.now() - 10_000))}
    </time>
  );
}

/** A time as the clock and the calendar say it. */
export function ExactTime({ at }: { at: string }) {
  return <time dateTime={at}>{exact(at)}</time>;
}
