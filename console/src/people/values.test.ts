import { describe, expect, it } from 'vitest';
import { about, attributeName, shown } from './values';

describe('a value of a profile', () => {
  it('is one line', () => {
    expect(shown([{ value: 'a@x.test', type: 'work', primary: true }, { value: 'b@x.test' }])).toBe(
      'a@x.test (work, primary), b@x.test',
    );
    expect(shown({ givenName: 'Ana', familyName: 'Ruiz' })).toBe('givenName: Ana, familyName: Ruiz');
    expect([true, 7, null].map(shown)).toEqual(['Yes', '7', '–']);
  });

  it('tells first who somebody is', () => {
    const emails = [{ value: 'a@x.test' }, { value: 'b@x.test', primary: true }];
    expect(about({ title: 'Lead', emails })).toEqual({ email: 'b@x.test', title: 'Lead', department: undefined });
    expect(about({})).toEqual({});
  });

  it('has a short name', () => {
    expect(attributeName('title')).toBe('title');
    expect(attributeName('urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department')).toBe('department');
    expect(attributeName('urn:acme:2.0:User:costCenter')).toBe('User:costCenter');
  });
});
