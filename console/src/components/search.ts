/** A search parameter of the address as text. The router reads `?q=12` as a number and `?on=true` as a boolean. */
export function text(value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  return typeof value === 'object' ? undefined : String(value);
}

/** A search parameter that is one of these words. */
export function oneOf<const W extends string>(words: readonly W[], value: unknown): W | undefined {
  return words.find((word) => word === value);
}

/** Where to go after the sign-in: only into the console itself. */
export function ownPath(value: unknown): string | undefined {
  const path = text(value);
  return path?.startsWith('/') && !path.startsWith('//') && !path.includes('\\') ? path : undefined;
}
