import { expect, test } from 'vitest';
import { exportPath } from './ExportMenu';

test('a file has the filters of its list, and no others', () => {
  expect(exportPath('users', { search: 'a&b', state: undefined }, 'csv')).toBe(
    '/api/v1/export/users?search=a%26b&format=csv',
  );
});
