import { expect, test } from 'vitest';
import type { MatchTrial } from '../../api/schema';
import { OUTCOMES, progress } from './matches';

const trial = (change: Partial<MatchTrial>): MatchTrial => ({
  id: 't',
  state: 'running',
  version: 1,
  match: 'userName',
  accountsRead: 0,
  done: 0,
  total: 0,
  counts: {},
  people: {},
  unmatched: 0,
  unmatchedAccounts: [],
  startedAt: '2026-11-22T12:00:00Z',
  ...change,
});

test('how far it is, in each of its two parts', () => {
  expect(progress(trial({ accountsRead: 1200 }))).toEqual({ words: 'Reading accounts: 1,200', share: 0 });
  expect(progress(trial({ accountsRead: 50, accountsThere: 200 }))).toEqual({
    words: 'Reading accounts: 50 of 200',
    share: 25,
  });
  expect(progress(trial({ complete: true, done: 1, total: 4 }))).toEqual({
    words: 'Matching 1 of 4 people',
    share: 25,
  });
  expect(progress(trial({ complete: true })).share).toBe(100);
});

test('every outcome has its word once', () => {
  expect(new Set(OUTCOMES.map(({ word }) => word)).size).toBe(OUTCOMES.length);
});
