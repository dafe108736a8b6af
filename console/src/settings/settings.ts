import { queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client';
import { list } from '../api/queries';
import type { Settings } from '../api/schema';
import type { Role } from '../session/session';

export const ROLES: { value: Role; label: string; description: string }[] = [
  {
    value: 'owner',
    label: 'Owner',
    description: 'Everything, also other owners and what is decided about the whole server.',
  },
  {
    value: 'administrator',
    label: 'Administrator',
    description: 'Configures everything, with tokens and administrators.',
  },
  {
    value: 'operator',
    label: 'Operator',
    description: 'Runs it: activates, deactivates, retries, holds people. Configures nothing.',
  },
  { value: 'manager', label: 'Manager', description: 'Sees everything; runs and configures one application.' },
  { value: 'auditor', label: 'Auditor', description: 'Sees everything and changes nothing.' },
];

/** Who may sign in. */
export const administratorList = list('administrators', [], () => body(api.GET('/api/v1/administrators')));

/** Who was invited and has not come yet. */
export const invitationList = list('invitations', [], () => body(api.GET('/api/v1/invitations')));

/** Tokens for programs that use the admin API. */
export const apiTokenList = list('api-tokens', [], () => body(api.GET('/api/v1/api-tokens')));

export const settingsQuery = queryOptions({ queryKey: ['settings'], queryFn: () => body(api.GET('/api/v1/settings')) });

/** Store a part of the settings; the rest stays as it is stored now. */
export async function saveSettings(part: Partial<Settings>): Promise<Settings> {
  const current = await body(api.GET('/api/v1/settings'));
  return body(api.PUT('/api/v1/settings', { body: { ...current, ...part } }));
}

/** Where one is signed in. */
export const ownSessions = list('sessions', [], () => body(api.GET('/api/v1/sessions')));
