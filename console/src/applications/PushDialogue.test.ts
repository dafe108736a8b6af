import { expect, test } from 'vitest';
import type { GroupPreview } from '../api/schema';
import { verb } from './PushDialogue';

const nobody = { count: 0, people: [] };
const preview: GroupPreview = { stay: nobody, added: nobody, removed: nobody, waiting: nobody, others: 0 };

test('the button says what it does', () => {
  expect(verb(undefined)).toBe('Push');
  expect(verb(preview)).toBe('Push');
  expect(verb({ ...preview, remoteId: 'g1' })).toBe('Link');
  expect(verb({ ...preview, remoteId: 'g1', removed: { count: 4, people: [] } })).toBe('Link and remove 4');
  expect(verb({ ...preview, remoteId: 'g1', problem: 'it is taken' })).toBe('Push');
});
