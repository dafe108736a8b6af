import { describe, expect, it } from 'vitest';
import { actionWords, edits, parameters } from './changes';

describe('edits', () => {
  it('tells before and after from other facts', () => {
    expect(edits({ title: ['Engineer', null], version: 3 })).toEqual({
      edits: [{ name: 'title', before: 'Engineer', after: null }],
      facts: [['version', 3]],
    });
  });
  it('does not take two members for a before and an after', () => {
    expect(edits({ added: ['a', 'b'], addedCount: 2 }).edits).toEqual([]);
  });
  it('finds nothing where nothing is told', () => {
    expect(edits(null)).toEqual({ edits: [], facts: [] });
  });
});

describe('parameters', () => {
  it('writes what is set, and a span as the moment it begins', () => {
    const now = Date.parse('2026-11-22T06:00:30Z');
    expect(parameters({ q: 'ana', since: 'day', change: 'x' }, now)).toEqual({
      search: 'ana',
      from: '2026-11-21T06:00:00.000Z',
    });
  });
});

describe('actionWords', () => {
  it('reads an action that nobody has written a word for', () => {
    expect(actionWords('second_factor')).toBe('Second factor');
  });
});
