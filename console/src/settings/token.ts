/** The times in a token's life. */
export interface TokenTimes {
  expiresAt?: string | null;
  revokedAt?: string | null;
  lastUsedAt?: string | null;
}

/** So many days before its end, a token is said to expire soon. */
const SOON = 30 * 86_400_000;

/** How a token stands, in the words of the vocabulary. */
export function tokenState(token: TokenTimes, now = Date.now()) {
  if (token.revokedAt) return 'revoked';
  const left = token.expiresAt ? Date.parse(token.expiresAt) - now : Number.POSITIVE_INFINITY;
  if (left <= 0) return 'expired';
  if (left < SOON) return 'expiring';
  return token.lastUsedAt ? 'active' : 'unused';
}
