import { describe, expect, it } from 'vitest';
import type { ApplicationSettings } from '../api/schema';
import { changes } from './changes';

const SETTINGS: ApplicationSettings = {
  baseUrl: 'https://a.example/scim',
  match: 'userName',
  create: true,
  update: true,
  delete: true,
  onUnassigned: 'deactivate',
  onRemoved: 'delete',
  mapping: [
    { to: 'userName', expression: 'user.userName' },
    { to: 'title', expression: 'user.title' },
  ],
};

describe('changes', () => {
  it('finds none between equals, whether or not defaults are written out', () => {
    const spelled = SETTINGS.mapping?.map((row) => ({ ...row, apply: 'always' as const, onEmpty: 'leave' as const }));
    expect(changes(SETTINGS, { ...SETTINGS, mapping: spelled })).toEqual([]);
  });

  it('tells settings by their section, in words', () => {
    const after = { ...SETTINGS, create: false, onUnassigned: 'delete' as const };
    expect(changes(SETTINGS, after)).toEqual([
      { section: 'Events', path: 'events', label: 'Create', before: 'on', after: 'off' },
      {
        section: 'Removals',
        path: 'removals',
        label: 'When someone loses access',
        before: 'Deactivate',
        after: 'Delete',
      },
    ]);
  });

  it('tells rows that are new, other and gone', () => {
    const after = {
      ...SETTINGS,
      mapping: [
        { to: 'userName', expression: 'lower(user.userName)', onEmpty: 'fail' as const },
        { to: 'nickName', expression: 'user.nickName' },
      ],
    };
    expect(changes(SETTINGS, after).map(({ label, before, after }) => [label, before, after])).toEqual([
      ['userName', 'user.userName · left alone when empty', 'lower(user.userName) · fails when empty'],
      ['nickName', null, 'user.nickName'],
      ['title', 'user.title', null],
    ]);
  });
});
