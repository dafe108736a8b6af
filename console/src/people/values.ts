/** An attribute's path as people know it: `department` for the enterprise one, the URN's last two parts for others. */
export function attributeName(path: string): string {
  if (!path.toLowerCase().startsWith('urn:')) return path;
  const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:user:';
  if (path.toLowerCase().startsWith(enterprise)) return path.slice(enterprise.length);
  return path.split(':').slice(-2).join(':');
}

/** A value in one line: a list of things as their values, an object as its parts. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'boolean') return value ? 'Yes' : 'No';
  if (Array.isArray(value)) return value.map(shown).join(', ');
  if (typeof value !== 'object') return String(value);
  const { value: main, type, primary, ...rest } = value as Record<string, unknown>;
  if (main !== undefined) {
    const notes = [type, primary === true && 'primary'].filter(Boolean).join(', ');
    return notes ? `${shown(main)} (${notes})` : shown(main);
  }
  const parts = { ...(type !== undefined && { type }), ...rest };
  return Object.entries(parts)
    .map(([name, part]) => `${name}: ${shown(part)}`)
    .join(', ');
}

interface Profile {
  title?: string;
  emails?: { value?: string; primary?: boolean }[];
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'?: { department?: string };
}

/** What a profile says first about somebody: address, title, department. */
export function about(profile: Profile): { email?: string; title?: string; department?: string } {
  const emails = profile.emails ?? [];
  return {
    email: (emails.find(({ primary }) => primary) ?? emails[0])?.value,
    title: profile.title,
    department: profile['urn:ietf:params:scim:schemas:extension:enterprise:2.0:User']?.department,
  };
}
