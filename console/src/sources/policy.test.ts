import { describe, expect, it } from 'vitest';
import { minutes, policySentence } from './policy';
import type { Policy } from './sources';

const policy = {
  join: 'userName',
  joinByEmail: false,
  mayJoin: 'sourced',
  onDelete: 'delete',
  deactivationDelay: 0,
  createInactive: true,
  joinAttribute: null,
  attributes: null,
  unknownMembers: 'pending',
} as unknown as Policy;

describe('a policy', () => {
  it('says its delay in the largest whole unit', () => {
    expect([1, 30, 60, 90, 1440, 129_600].map(minutes)).toEqual([
      '1 minute',
      '30 minutes',
      '1 hour',
      '90 minutes',
      '1 day',
      '90 days',
    ]);
  });

  it('is said in sentences', () => {
    expect(policySentence(policy)).toBe(
      'When the source says that someone is no longer active, they are deactivated at once. When it deletes someone, they are removed from the directory as soon as no other source knows them. Someone it sends as inactive becomes an inactive user. A new person joins the user with the same user name.',
    );
    const careful = policySentence({ ...policy, deactivationDelay: 10_080, onDelete: 'ignore', joinByEmail: true });
    expect(careful).toContain('blocked at once and deactivated after 7 days, unless they return before');
    expect(careful).toContain('nothing happens to them here');
    expect(careful).toContain('an e-mail address that only one of them has');
  });
});
