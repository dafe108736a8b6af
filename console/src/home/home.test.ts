import { describe, expect, it } from 'vitest';
import { bars } from './home';

const now = Date.parse('2026-11-22T12:34:00Z');
const sum = (all: ReturnType<typeof bars>, status: string) => all.reduce((n, bar) => n + (bar.values[status] ?? 0), 0);

describe('bars over time', () => {
  it('are as many as the range has, also where nothing happened', () => {
    expect(bars([], '24h', now)).toHaveLength(24);
    expect(bars([], '7d', now)).toHaveLength(28);
    expect(bars([], '30d', now)).toHaveLength(30);
  });

  it('add what belongs to one bar and lose nothing', () => {
    const items = [
      { at: '2026-11-22T12:00:00Z', status: 'succeeded', count: 5 },
      { at: '2026-11-22T12:00:00Z', status: 'succeeded', count: 2 },
      { at: '2026-11-22T12:00:00Z', status: 'failed', count: 1 },
      { at: '2026-11-21T13:00:00Z', status: 'succeeded', count: 7 },
    ];
    const all = bars(items, '24h', now);
    expect(all.at(-1)?.values).toEqual({ succeeded: 7, failed: 1 });
    expect(all[0]?.values).toEqual({ succeeded: 7 });
    for (const range of ['7d', '30d'] as const) expect(sum(bars(items, range, now), 'succeeded')).toBe(14);
  });
});
