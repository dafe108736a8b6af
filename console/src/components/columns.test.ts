import { describe, expect, it } from 'vitest';
import { type Column, choose, widths } from './columns';

const column = (id: string, width?: number, from?: number): Column<unknown> => ({
  id,
  header: id,
  width,
  from,
  cell: () => null,
});
const columns = [column('name'), column('state', 120), column('source', 150, 500), column('changed', 150, 700)];
const shown = (width: number, hidden?: string[]) =>
  Object.entries(choose(columns, width, hidden)).flatMap(([id, shows]) => (shows ? [id] : []));

describe('columns', () => {
  it('show when the table is wide enough for them', () => {
    expect(shown(1200)).toEqual(['name', 'state', 'source', 'changed']);
    expect(shown(650)).toEqual(['name', 'state', 'source']);
    expect(shown(400)).toEqual(['name', 'state']);
  });

  it('show all before the width is known', () => expect(shown(0)).toHaveLength(4));

  it('go, the least needed first, when the name would have no room', () => {
    const wide = [column('name'), column('a', 300), column('b', 300, 100), column('c', 300, 200)];
    expect(choose(wide, 900)).toEqual({ name: true, a: true, b: true, c: false });
    expect(choose(wide, 600)).toEqual({ name: true, a: true, b: false, c: false });
  });

  it('leave the name its room on a phone, whatever they are', () => {
    const stubborn = [column('name'), column('a', 200), column('b', 180)];
    expect(choose(stubborn, 520)).toEqual({ name: true, a: true, b: true });
    expect(choose(stubborn, 390)).toEqual({ name: true, a: true, b: false });
  });

  it('leave most of a phone to the name', () => {
    expect(widths([column('name'), column('state', 200)], 340).map(({ width }) => width)).toEqual([undefined, 129]);
  });

  it('stay hidden when the reader has hidden them', () => {
    expect(shown(1200, ['source'])).toEqual(['name', 'state', 'changed']);
  });

  it('grow together where there is room to spare, but for numbers', () => {
    const some = [column('name'), column('state', 120), { ...column('users', 80), align: 'right' as const }];
    expect(widths(some, 500).map(({ width }) => width)).toEqual([undefined, 120, 80]);
    expect(widths(some, 80 + 480 * 2).map(({ width }) => width)).toEqual([undefined, 240, 80]);
  });

  it('fill the table also when each has a width', () => {
    expect(widths([column('a', 100), column('b', 100)])).toEqual([
      { id: 'a', width: 100 },
      { id: 'b', width: undefined },
    ]);
  });
});
