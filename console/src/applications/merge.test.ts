import { describe, expect, it } from 'vitest';
import type { ApplicationSettings } from '../api/schema';
import { changes } from './changes';
import { fields, merged } from './merge';

const BASE: ApplicationSettings = {
  baseUrl: 'https://a.example/scim',
  match: 'userName',
  create: true,
  mapping: [
    { to: 'userName', expression: 'user.userName' },
    { to: 'title', expression: 'user.title' },
    { to: 'nickName', expression: 'user.nickName' },
  ],
};
const row = (to: string, expression: string, from = BASE) => ({
  ...from,
  mapping: from.mapping?.map((one) => (one.to === to ? { ...one, expression } : one)),
});
const without = (to: string) => ({ ...BASE, mapping: BASE.mapping?.filter((one) => one.to !== to) });
const by = (mine: ApplicationSettings, theirs: ApplicationSettings) =>
  Object.fromEntries(fields(BASE, mine, theirs).map((field) => [field.label, field.by]));

describe('two edits of one draft', () => {
  it('are told apart by who changed what', () => {
    const mine = row('title', 'mine', { ...BASE, create: false });
    const theirs = row('title', 'theirs', { ...BASE, match: 'email' });
    expect(by(mine, theirs)).toEqual({ Create: 'mine', 'Accounts are recognised by': 'theirs', title: 'both' });
    expect(fields(BASE, mine, theirs).find(({ by }) => by === 'both')).toMatchObject({
      base: 'user.title',
      mine: 'mine',
      theirs: 'theirs',
    });
  });

  it('agree where both did the same, however it is written', () => {
    const spelled = { ...row('title', 'same'), mapping: row('title', 'same').mapping?.map((one) => ({ ...one })) };
    expect(fields(BASE, row('title', 'same'), spelled)).toEqual([]);
  });

  it('keep both sides, and what is chosen where they differ', () => {
    const mine = row('title', 'mine', { ...BASE, create: false });
    const theirs = row('title', 'theirs', row('nickName', 'also theirs'));
    const found = fields(BASE, mine, theirs);
    const result = (side: 'mine' | 'theirs') =>
      merged(theirs, mine, found, Object.fromEntries(found.map(({ id }) => [id, side])));
    const expected = (title: string) => row('title', title, row('nickName', 'also theirs', { ...BASE, create: false }));
    expect(changes(result('mine'), expected('mine'))).toEqual([]);
    expect(changes(result('theirs'), expected('theirs'))).toEqual([]);
  });

  it('know rows that one of them took out or added', () => {
    const added = { ...BASE, mapping: [...(BASE.mapping ?? []), { to: 'locale', expression: '"en"' }] };
    const found = fields(BASE, without('title'), added);
    expect(found.map(({ label, by, mine, theirs }) => [label, by, mine, theirs])).toEqual([
      ['title', 'mine', null, 'user.title'],
      ['locale', 'theirs', null, '"en"'],
    ]);
    expect(merged(added, without('title'), found, {}).mapping?.map(({ to }) => to)).toEqual([
      'userName',
      'nickName',
      'locale',
    ]);
    const conflict = fields(BASE, without('title'), row('title', 'theirs'));
    expect(conflict).toMatchObject([{ by: 'both', mine: null, theirs: 'theirs' }]);
  });
});
