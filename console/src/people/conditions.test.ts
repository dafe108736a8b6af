import { expect, test } from 'vitest';
import { type Condition, read, written } from './conditions';

test('conditions survive their filter', () => {
  const conditions: Condition[] = [
    { about: 'department', operator: 'is', value: 'R&D "and" more' },
    { about: 'title', operator: 'empty' },
    { about: 'source', operator: 'is_not', value: '01' },
    { about: 'group', operator: 'any' },
    { about: 'familyName', operator: 'begins', value: 'Ö' },
  ];
  const filter = written(conditions);
  expect(filter).toBe(
    'department eq "R&D \\"and\\" more" and not (title pr) and source ne "01" and group pr and familyName sw "Ö"',
  );
  expect(read(filter)).toEqual(conditions);
  expect(written([])).toBeUndefined();
  expect(read(undefined)).toEqual([]);
});

test('what is more than conditions is left as it is', () => {
  for (const filter of ['title eq "a" or title eq "b"', 'nickName pr', 'title eq', 'title co "x"'])
    expect(read(filter)).toBeNull();
});
