import { describe, expect, it } from 'vitest';
import { bars, start, sums } from './figures';

const NOW = Date.parse('2026-11-22T05:40:00Z');
const figure = (at: string, status: string, count: number) => ({
  at,
  status,
  count,
  subject: 'a',
  subjectName: 'Slack',
});

describe('bars', () => {
  it('has a bar for every hour of a day and adds up what falls into it', () => {
    const made = bars(
      [
        figure('2026-11-22T05:00:00Z', 'succeeded', 3),
        figure('2026-11-22T05:00:00Z', 'succeeded', 2),
        figure('2026-11-21T06:00:00Z', 'failed', 1),
        figure('2026-11-20T06:00:00Z', 'failed', 9),
      ],
      'day',
      NOW,
    );
    expect(made).toHaveLength(24);
    expect(made.at(-1)?.values).toEqual({ succeeded: 5 });
    expect(made[0]?.values).toEqual({ failed: 1 });
  });
  it('begins at a full stretch, so that the first bar is whole', () => {
    expect(new Date(start('day', NOW)).toISOString()).toBe('2026-11-21T06:00:00.000Z');
    expect(new Date(start('week', NOW)).toISOString()).toBe('2026-11-16T00:00:00.000Z');
  });
});

describe('sums', () => {
  it('adds by status', () => {
    expect(sums([figure('', 'failed', 2), figure('', 'failed', 1), figure('', 'waiting', 4)])).toEqual({
      succeeded: 0,
      pending: 0,
      waiting: 4,
      failed: 3,
    });
  });
});
