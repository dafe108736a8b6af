import { describe, expect, it } from 'vitest';
import { difference } from './lines';

const told = (before: string[], after: string[]) => difference(before, after).map(({ mark, text }) => mark + text);

describe('difference', () => {
  it('marks what only one of two texts has, in its place', () => {
    expect(told(['{', '  "a": 1,', '  "b": 2', '}'], ['{', '  "a": 1,', '  "b": 3', '}'])).toEqual([
      ' {',
      '   "a": 1,',
      '-  "b": 2',
      '+  "b": 3',
      ' }',
    ]);
  });

  it('does not mark a line for the comma at its end', () => {
    expect(told(['  "a": 1'], ['  "a": 1,', '  "b": 2'])).toEqual(['   "a": 1,', '+  "b": 2']);
  });

  it('gives back both texts whole: kept and removed lines are the first, kept and added the second', () => {
    const before = 'a b c d e f g'.split(' ');
    const after = 'a c x d y g z'.split(' ');
    const lines = difference(before, after);
    expect(lines.filter(({ mark }) => mark !== '+').map(({ text }) => text)).toEqual(before);
    expect(lines.filter(({ mark }) => mark !== '-').map(({ text }) => text)).toEqual(after);
  });

  it('shows everything as removed when nothing is left', () => {
    expect(told(['a', 'b'], [])).toEqual(['-a', '-b']);
  });
});
