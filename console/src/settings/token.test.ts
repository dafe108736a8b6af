import { expect, it } from 'vitest';
import { tokenState } from './token';

const now = Date.parse('2026-11-22T12:00:00Z');
const at = (days: number) => new Date(now + days * 86_400_000).toISOString();

it('says of a token what matters most first', () => {
  expect(tokenState({ revokedAt: at(-1), expiresAt: at(-1) }, now)).toBe('revoked');
  expect(tokenState({ expiresAt: at(-1), lastUsedAt: at(-2) }, now)).toBe('expired');
  expect(tokenState({ expiresAt: at(12) }, now)).toBe('expiring');
  expect(tokenState({ expiresAt: at(90) }, now)).toBe('unused');
  expect(tokenState({ expiresAt: at(90), lastUsedAt: at(-2) }, now)).toBe('active');
  expect(tokenState({ lastUsedAt: at(-2) }, now)).toBe('active');
});
