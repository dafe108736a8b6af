import { queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client';
import type { Figure } from '../api/schema';
import type { Bar, Series } from '../components/StackedBars';

export type Span = 'day' | 'week' | 'month';

const HOUR = 3_600_000;
/** How many stretches of time a span has, and how long each is. */
const STRETCHES: Record<Span, { many: number; ms: number; bucket: 'hour' | 'day' }> = {
  day: { many: 24, ms: HOUR, bucket: 'hour' },
  week: { many: 7, ms: 24 * HOUR, bucket: 'day' },
  month: { many: 30, ms: 24 * HOUR, bucket: 'day' },
};

export const SERIES: Series[] = [
  { id: 'succeeded', label: 'Succeeded', tone: 'base' },
  { id: 'pending', label: 'Pending', tone: 'warn' },
  { id: 'waiting', label: 'Waiting', tone: 'mute' },
  { id: 'failed', label: 'Failed', tone: 'bad' },
];

/** The beginning of the first stretch: buckets begin at the full hour or day in UTC. */
export function start(span: Span, now = Date.now()): number {
  const { many, ms } = STRETCHES[span];
  return Math.floor(now / ms) * ms - (many - 1) * ms;
}

/** What was sent to one application, or to all of them. */
export const statistics = (span: Span, application?: string) =>
  queryOptions({
    queryKey: ['statistics', 'operations', span, application ?? null],
    queryFn: async () => {
      const query = {
        metric: 'operations' as const,
        bucket: STRETCHES[span].bucket,
        from: new Date(start(span)).toISOString(),
        subject: application,
      };
      return (await body(api.GET('/api/v1/statistics', { params: { query } }))).items;
    },
  });

const hour = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });

/** A bar for each stretch of time, also where nothing happened. */
export function bars(figures: Figure[], span: Span, now = Date.now()): Bar[] {
  const { many, ms } = STRETCHES[span];
  const from = start(span, now);
  const made = Array.from({ length: many }, (_, index): Bar => {
    const at = new Date(from + index * ms);
    return { label: (span === 'day' ? hour : day).format(at), values: {} };
  });
  for (const { at, status, count } of figures) {
    const bar = made[Math.floor((new Date(at).getTime() - from) / ms)];
    if (bar) bar.values[status] = (bar.values[status] ?? 0) + count;
  }
  return made;
}

/** Everything together, by status. */
export function sums(figures: Figure[]) {
  const total = { succeeded: 0, pending: 0, waiting: 0, failed: 0 };
  for (const { status, count } of figures) if (status in total) total[status as keyof typeof total] += count;
  return total;
}
