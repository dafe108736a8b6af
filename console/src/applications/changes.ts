import type { ApplicationSettings, MappingRow } from '../api/schema';
import { rowOf } from './applications';

/** What a draft changes, one thing at a time. */
export interface Changed {
  section: 'Connection' | 'Matching' | 'Events' | 'Removals' | 'Attributes';
  /** The path below `configure` where it is edited. */
  path: string;
  label: string;
  /** Null: it was not there. */
  before: string | null;
  /** Null: it goes. */
  after: string | null;
}

const ON: Record<string, string> = { true: 'on', false: 'off' };
const ACTION: Record<string, string> = { delete: 'Delete', deactivate: 'Deactivate', nothing: 'Do nothing' };

/** Everything that tells one state of the settings from another, in the order of the sections. */
export function changes(before: ApplicationSettings, after: ApplicationSettings): Changed[] {
  const found: Changed[] = [];
  const tell = (
    section: Changed['section'],
    path: string,
    label: string,
    key: 'baseUrl' | 'match' | 'create' | 'update' | 'delete' | 'onUnassigned' | 'onRemoved',
    words: Record<string, string> = {},
  ) => {
    const [old, now] = [String(before[key] ?? ''), String(after[key] ?? '')];
    if (old !== now) found.push({ section, path, label, before: words[old] ?? old, after: words[now] ?? now });
  };
  tell('Connection', 'connection', 'Base URL', 'baseUrl');
  tell('Matching', 'matching', 'Accounts are recognised by', 'match');
  tell('Events', 'events', 'Create', 'create', ON);
  tell('Events', 'events', 'Update', 'update', ON);
  tell('Events', 'events', 'Remove', 'delete', ON);
  tell('Removals', 'removals', 'When someone loses access', 'onUnassigned', ACTION);
  tell('Removals', 'removals', 'When someone is removed from the directory', 'onRemoved', ACTION);
  return [...found, ...rowChanges(before.mapping ?? [], after.mapping ?? [])];
}

function rowChanges(before: MappingRow[], after: MappingRow[]): Changed[] {
  const old = new Map(before.map((row) => [row.to, row]));
  const now = new Map(after.map((row) => [row.to, row]));
  const changed = (label: string, was: string | null, is: string | null): Changed => ({
    section: 'Attributes',
    path: 'attributes',
    label,
    before: was,
    after: is,
  });
  return [
    ...after
      .filter((row) => !sameRow(old.get(row.to), row))
      .map((row) => {
        const was = old.get(row.to);
        return changed(row.to, was ? told(was, row) : null, told(row, was));
      }),
    ...before.filter((row) => !now.has(row.to)).map((row) => changed(row.to, told(row), null)),
  ];
}

/** Whether two rows say the same. */
export function sameRow(a: MappingRow | undefined, b: MappingRow | undefined): boolean {
  if (!a || !b) return a === b;
  const [x, y] = [rowOf(a), rowOf(b)];
  return x.expression === y.expression && x.apply === y.apply && x.onEmpty === y.onEmpty && x.authority === y.authority;
}

const APPLY = { always: 'sent always', on_create: 'sent on create only' };
const EMPTY = { leave: 'left alone when empty', clear: 'cleared when empty', fail: 'fails when empty' };
const AUTHORITY = { authoritative: 'decided by Lockstep', shared: 'shared with the application' };

/** A row in words: its expression, and what else differs from the other. */
function told(row: MappingRow, other?: MappingRow): string {
  const own = rowOf(row);
  const against = other && rowOf(other);
  const words = [
    against && own.apply !== against.apply && APPLY[own.apply],
    against && own.onEmpty !== against.onEmpty && EMPTY[own.onEmpty],
    against && own.authority !== against.authority && AUTHORITY[own.authority],
  ].filter(Boolean);
  return [own.expression, ...words].join(' · ');
}
