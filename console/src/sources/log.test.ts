import { describe, expect, it } from 'vitest';
import { eventWord, summary } from './log';

describe('a line of the sync log', () => {
  it('says what changed, from what to what', () => {
    expect(summary({ title: ['Engineer', 'Lead'], active: [true, false] })).toBe(
      'title: Engineer → Lead, active: true → false',
    );
    expect(
      summary({ 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': [null, { department: 'Ops' }] }),
    ).toBe('User: nothing → {"department":"Ops"}');
    expect(summary({ added: ['Ana'] })).toBe('added: ["Ana"]');
    expect(summary(null)).toBe('');
  });

  it('has a word for events it does not know', () => {
    expect(eventWord('create')).toBe('Created');
    expect(eventWord('take_over')).toBe('Take over');
  });
});
