import { queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client';
import { coming } from '../api/coming';
import { list, type Page } from '../api/queries';
import type { Administrator } from '../api/schema';
import type { Role } from '../session/session';

export const ROLES: { value: Role; label: string; description: string }[] = [
  { value: 'administrator', label: 'Administrator', description: 'Changes everything, also who may sign in.' },
  {
    value: 'operator',
    label: 'Operator',
    description: 'Runs it: activates, pauses, retries, holds people. Changes no settings.',
  },
  { value: 'auditor', label: 'Auditor', description: 'Sees everything and changes nothing.' },
];

/** Who may sign in. */
export const administratorList = list<Administrator>('administrators', [], () =>
  body(api.GET('/api/v1/administrators')),
);

/** Tokens for programs that use the admin API. */
export const apiTokenList = list('api-tokens', [], () => body(api.GET('/api/v1/api-tokens')));

export interface ServerSettings {
  workspaceName: string;
  retention: { runsDays: number; attemptsDays: number; requestsDays: number };
  session: { idleMinutes: number; absoluteHours: number };
  ownersNeedSecondFactor: boolean;
  oidc: null | {
    name: string;
    issuer: string;
    clientId: string;
    clientSecret?: string;
    roleClaim?: string | null;
    roles: Record<string, string>;
  };
}

export const settingsQuery = queryOptions({
  queryKey: ['settings'],
  queryFn: () => coming<ServerSettings>('GET', '/settings'),
});

/** Store a part of the settings; the rest stays as it is stored now. */
export async function saveSettings(part: Partial<ServerSettings>): Promise<ServerSettings> {
  const current = await coming<ServerSettings>('GET', '/settings');
  return coming('PUT', '/settings', { ...current, ...part });
}

export interface OwnSession {
  id: string;
  current: boolean;
  createdAt: string;
  lastUsedAt: string;
  address?: string | null;
  agent?: string | null;
}

/** Where one is signed in. */
export const ownSessions = list<OwnSession>('sessions', [], () => coming<Page<OwnSession>>('GET', '/sessions'));
