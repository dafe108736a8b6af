import { describe, expect, it } from 'vitest';
import type { Preview } from '../../api/schema';
import { steps } from './preview';

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
