const words = new Intl.RelativeTimeFormat('en', { numeric: 'always', style: 'short' });
const full = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'long' });
const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' });

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];

/** `6 min. ago`, `in 3 days`, `just now`. */
export function relative(at: string, now = Date.now()): string {
  const seconds = Math.round((new Date(at).getTime() - now) / 1000);
  const size = Math.abs(seconds);
  if (size < 10) return 'just now';
  const [unit, length] = UNITS.find(([, length]) => size >= length) ?? ['second', 1];
  return words.format(Math.trunc(seconds / length), unit);
}

/** Date and time with the zone. */
export const exact = (at: string) => full.format(new Date(at));

/** The date alone. */
export const date = (at: string) => day.format(new Date(at));

/** A length of time: `740 ms`, `21 s`, `4 min 10 s`, `2 h 5 min`. */
export function duration(ms: number): string {
  if (ms < 0.5) return '< 1 ms';
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${ms < 10_000 ? (ms / 1_000).toFixed(1) : seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 ? `${minutes} min ${seconds % 60} s` : `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
}

const whole = new Intl.NumberFormat('en');
/** A number with its thousands apart. */
export const count = (n: number) => whole.format(n);

/** A number that was only counted so far: `10,000+`. */
export const atLeast = (total: { count: number; exact: boolean }) => `${count(total.count)}${total.exact ? '' : '+'}`;

/** `1 user`, `2,000 users`. */
export const plural = (n: number, one: string, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;
