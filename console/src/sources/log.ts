import type { Status } from '../components/status';

/** What a line of the sync log tells, in words. */
export const EVENTS: Record<string, string> = {
  create: 'Created',
  update: 'Changed',
  delete: 'Removed',
  activate: 'Activated',
  block: 'Blocked',
  deactivate: 'Deactivated',
  members: 'Members changed',
  link: 'Linked',
  held: 'Held',
};

export const RESULTS: Record<string, Status> = {
  done: { word: 'Done', tone: 'ok', shape: 'check', bare: true },
  skipped: { word: 'Skipped', tone: 'mute', shape: 'stopped' },
  failed: { word: 'Failed', tone: 'bad', shape: 'cross' },
};

/** An event in words; one that has none yet as it is, readable. */
export const eventWord = (event: string): string =>
  EVENTS[event] ?? event.charAt(0).toUpperCase() + event.slice(1).replaceAll('_', ' ');

const shown = (value: unknown): string => {
  if (value === null || value === undefined || value === '') return 'nothing';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};

/** A change in one line: `title: Engineer → Lead, department: nothing → Sales`. */
export function summary(change: Record<string, unknown> | null | undefined): string {
  if (!change) return '';
  return Object.entries(change)
    .map(([name, value]) => {
      const attribute = name.startsWith('urn:') ? (name.split(':').at(-1) ?? name) : name;
      const [before, after] = Array.isArray(value) && value.length === 2 ? value : [undefined, undefined];
      return before === undefined && after === undefined
        ? `${attribute}: ${shown(value)}`
        : `${attribute}: ${shown(before)} → ${shown(after)}`;
    })
    .join(', ');
}
