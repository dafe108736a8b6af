import { describe, expect, it } from 'vitest';
import { attributeName, shown } from './values';

describe('a value of a profile', () => {
  it('is one line', () => {
    expect(shown([{ value: 'a@x.test', type: 'work', primary: true }, { value: 'b@x.test' }])).toBe(
      'a@x.test (work, primary), b@x.test',
    );
    expect(shown({ givenName: 'Ana', familyName: 'Ruiz' })).toBe('givenName: Ana, familyName: Ruiz');
    expect([true, 7, null].map(shown)).toEqual(['Yes', '7', '–']);
  });

  it('has a short name', () => {
    expect(attributeName('title')).toBe('title');
    expect(attributeName('urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department')).toBe('department');
    expect(attributeName('urn:acme:2.0:User:costCenter')).toBe('User:costCenter');
  });
});
