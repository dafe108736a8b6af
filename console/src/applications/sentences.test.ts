import { describe, expect, it } from 'vitest';
import { removals, unpushed } from './sentences';

const decided = { create: true, update: true, delete: true, onUnassigned: 'deactivate', onRemoved: 'delete' } as const;

describe('removals', () => {
  it('says both triggers with their own action', () => {
    const [unassigned, removed] = removals(decided);
    expect(unassigned).toBe(
      'When someone loses access, their account is deactivated, and restored when they come back.',
    );
    expect(removed).toBe(
      'When someone is removed from the directory, their account is deleted in the application, with everything in it.',
    );
  });
  it('never speaks of deleting where nothing is deleted', () => {
    for (const action of ['deactivate', 'nothing'] as const)
      expect(removals({ ...decided, onUnassigned: action, onRemoved: action }).join(' ')).not.toContain('deleted');
  });
  it('says only that removals are off when they are', () => {
    expect(removals({ ...decided, delete: false })).toHaveLength(1);
    expect(removals({ ...decided, delete: false })[0]).toContain('switched off');
  });
});

describe('unpushed', () => {
  it('deletes a group only where accounts of the removed are deleted too', () => {
    expect(unpushed(decided)).toContain('is deleted');
    expect(unpushed({ ...decided, onRemoved: 'deactivate' })).toContain('stays');
    expect(unpushed({ ...decided, delete: false })).toContain('stays');
  });
});
