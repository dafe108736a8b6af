import { queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client';
import type { Figure } from '../api/schema';
import type { Bar } from '../components/StackedBars';

/** What needs somebody now, and how everything goes. */
export const homeQuery = queryOptions({ queryKey: ['home'], queryFn: () => body(api.GET('/api/v1/home')) });

/** Over how long the charts look back. */
export const RANGES = { '24h': 'hour', '7d': 'hour', '30d': 'day' } as const;
export type Range = keyof typeof RANGES;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const LENGTH: Record<Range, number> = { '24h': DAY, '7d': 7 * DAY, '30d': 30 * DAY };
/** How much one bar holds: a week in hours would be too fine to read. */
const BAR: Record<Range, number> = { '24h': HOUR, '7d': 6 * HOUR, '30d': DAY };

/** Numbers over time: what was sent to applications, or what sources asked. */
export const statisticsQuery = (metric: 'operations' | 'requests', range: Range) =>
  queryOptions({
    queryKey: ['statistics', metric, range],
    queryFn: async () => {
      const to = Date.now();
      const from = new Date(floor(to, BAR[range]) - LENGTH[range] + BAR[range]).toISOString();
      const { items } = await body(
        api.GET('/api/v1/statistics', {
          params: { query: { metric, bucket: RANGES[range], from, to: new Date(to).toISOString() } },
        }),
      );
      return bars(items, range, to);
    },
  });

const floor = (time: number, size: number) => {
  // Days begin where the reader is.
  const offset = size >= 6 * HOUR ? new Date(time).getTimezoneOffset() * 60_000 : 0;
  return Math.floor((time - offset) / size) * size + offset;
};

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const both = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit' });

/** The bars of a chart, also those in which nothing happened. */
export function bars(items: Pick<Figure, 'at' | 'status' | 'count'>[], range: Range, now: number): Bar[] {
  const size = BAR[range];
  const last = floor(now, size);
  const label = { '24h': clock, '7d': both, '30d': day }[range];
  const found = new Map<number, Record<string, number>>();
  for (const { at, status, count } of items) {
    const start = floor(Date.parse(at), size);
    const values = found.get(start) ?? {};
    values[status] = (values[status] ?? 0) + count;
    found.set(start, values);
  }
  return Array.from({ length: LENGTH[range] / size }, (_, index) => {
    const start = last - LENGTH[range] + (index + 1) * size;
    return { label: label.format(start), values: found.get(floor(start, size)) ?? {} };
  });
}
