import { describe, expect, it } from 'vitest';
import type { Preview } from '../../api/schema';
import { judged, steps } from './preview';

const PREVIEW: Preview = {
  user: { id: 'u', userName: 'ada@northwind.example', displayName: 'Ada' },
  hasAccess: true,
  rows: [{ to: 'userName', expression: 'user.userName', value: 'ada', error: null }],
  account: { userName: 'ada' },
  before: null,
  changes: [],
  step: 'create',
  sentence: '',
  request: null,
};
const states = (preview: Preview) => steps(preview).map(({ label, state }) => `${label} ${state}`);

describe('steps', () => {
  it('goes through all five for somebody who gets an account', () => {
    expect(states(PREVIEW)).toEqual(['Load done', 'Scope done', 'Match done', 'Map done', 'Decide done']);
  });
  it('stops at the mapping when a row fails', () => {
    const rows = [{ to: 'title', expression: 'usr', value: null, error: { message: 'no usr' } }];
    expect(states({ ...PREVIEW, rows, step: 'error' })).toContain('Map stopped');
    expect(states({ ...PREVIEW, rows, step: 'error' })).toContain('Decide stopped');
  });
  it('says that somebody without access is out of scope', () => {
    expect(states({ ...PREVIEW, hasAccess: false, step: 'deactivate' })[1]).toBe('Scope skipped');
  });
});

describe('rows', () => {
  it('fail when they are empty and must not be', () => {
    const row = { to: 'nickName', expression: 'user.nickName', value: null };
    const mapping = (onEmpty: 'fail' | 'leave') => [{ to: 'nickName', expression: 'user.nickName', onEmpty }];
    expect(judged([row], mapping('fail'))[0]?.error?.message).toBe('It is empty, and must not be.');
    expect(judged([row], mapping('leave'))).toEqual([row]);
    expect(judged([{ ...row, value: 'Ada' }], mapping('fail'))[0]?.error).toBeUndefined();
  });
});
