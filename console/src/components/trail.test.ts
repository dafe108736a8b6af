import { expect, test } from 'vitest';
import { around, leave } from './trail';

test('the rows around the one that was opened, with the section that is open', () => {
  leave('/users/b', 'b', ['a', 'b', 'c']);
  expect(around('/users/b')).toEqual({ previous: '/users/a', next: '/users/c' });
  expect(around('/users/a/timeline')).toEqual({ previous: undefined, next: '/users/b/timeline' });
  expect(around('/users/c')).toEqual({ previous: '/users/b', next: undefined });
});

test('nothing for a page that the list does not hold, nor for another kind', () => {
  leave('/users/b', 'b', ['a', 'b', 'c']);
  expect(around('/users/d')).toBeNull();
  expect(around('/groups/b')).toBeNull();
});

test('a row that opens something else leaves no trail', () => {
  leave('/users/b', 'b', ['a', 'b']);
  leave('/audit?change=1', 'change-1', ['change-1']);
  expect(around('/users/b')).toBeNull();
});
