import { describe, expect, it } from 'vitest';
import { count, duration, plural, relative } from './time';

const now = Date.parse('2026-11-22T12:00:00Z');
const ago = (seconds: number) => relative(new Date(now - seconds * 1000).toISOString(), now);

describe('times', () => {
  it('are said as people say them', () => {
    expect(ago(3)).toBe('just now');
    expect(ago(22)).toBe('22 sec. ago');
    expect(ago(6 * 60 + 50)).toBe('6 min. ago');
    expect(ago(2 * 3600)).toBe('2 hr. ago');
    expect(ago(15 * 86400)).toBe('15 days ago');
    expect(ago(-3 * 86400)).toBe('in 3 days');
  });

  it('have lengths', () => {
    expect(duration(0.2)).toBe('< 1 ms');
    expect(duration(740)).toBe('740 ms');
    expect(duration(6_400)).toBe('6.4 s');
    expect(duration(21_000)).toBe('21 s');
    expect(duration(250_000)).toBe('4 min 10 s');
    expect(duration(7_500_000)).toBe('2 h 5 min');
  });

  it('count', () => {
    expect(count(100000)).toBe('100,000');
    expect(plural(1, 'person', 'people')).toBe('1 person');
    expect(plural(0, 'user')).toBe('0 users');
  });
});
