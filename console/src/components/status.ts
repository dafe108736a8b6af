/**
 * Every word that says how something stands, per kind of object: the word, its tone and its shape. Never colour alone,
 * and what is normal is quiet: `bare` words stand without a fill.
 */
export type Tone = 'ok' | 'warn' | 'bad' | 'info' | 'mute' | 'accent';
export type Shape =
  | 'check'
  | 'cross'
  | 'clock'
  | 'hand'
  | 'turning'
  | 'queued'
  | 'stopped'
  | 'alert'
  | 'pencil'
  | 'link'
  | 'unlink'
  | 'lock'
  | 'off'
  | 'pause'
  | 'differs'
  | 'dot'
  | 'plus';

export interface Status {
  word: string;
  tone: Tone;
  shape: Shape;
  bare?: true;
}

const quiet = (word: string, shape: Shape = 'check', tone: Tone = 'ok'): Status => ({ word, tone, shape, bare: true });
const loud = (word: string, tone: Tone, shape: Shape): Status => ({ word, tone, shape });

export const vocabulary = {
  /** An operation, or one thing that is not in step. */
  record: {
    succeeded: quiet('Succeeded'),
    pending: loud('Pending', 'warn', 'clock'),
    waiting: loud('Waiting', 'warn', 'hand'),
    failed: loud('Failed', 'bad', 'cross'),
    unchanged: quiet('Unchanged', 'dot', 'mute'),
    skipped: quiet('Skipped', 'stopped', 'mute'),
  },
  run: {
    queued: loud('Queued', 'mute', 'queued'),
    running: loud('Running', 'info', 'turning'),
    succeeded: quiet('Succeeded'),
    errors: loud('Finished with errors', 'warn', 'alert'),
    failed: loud('Failed', 'bad', 'cross'),
    held: loud('Held for review', 'warn', 'hand'),
    stopped: quiet('Stopped', 'stopped', 'mute'),
  },
  account: {
    linked: quiet('In sync'),
    creating: loud('Queued', 'mute', 'queued'),
    pending: loud('Pending', 'warn', 'clock'),
    waiting: loud('Waiting', 'warn', 'hand'),
    failed: loud('Failed', 'bad', 'cross'),
    deactivated: loud('Deactivated', 'mute', 'off'),
    released: loud('Left alone', 'mute', 'unlink'),
    differs: loud('Differs', 'warn', 'differs'),
    missing: loud('Missing', 'bad', 'alert'),
  },
  groupLink: {
    linked: quiet('In sync'),
    creating: loud('Queued', 'mute', 'queued'),
    pending: loud('Pending', 'warn', 'clock'),
    waiting: loud('Waiting', 'warn', 'hand'),
    differs: loud('Members differ', 'warn', 'differs'),
    suggested: loud('Match suggested', 'accent', 'link'),
    unlinked: loud('Not linked', 'mute', 'unlink'),
    missing: loud('Missing in app', 'bad', 'alert'),
    failed: loud('Failed', 'bad', 'cross'),
  },
  user: {
    active: quiet('Active'),
    pending: loud('Pending', 'mute', 'clock'),
    later: loud('Starts later', 'info', 'clock'),
    suspended: loud('Suspended', 'warn', 'pause'),
    leaving: loud('Leaving', 'warn', 'clock'),
    deactivated: loud('Deactivated', 'mute', 'off'),
    removed: loud('Removed', 'mute', 'stopped'),
    held: loud('On hold', 'accent', 'lock'),
  },
  application: {
    draft: loud('Draft', 'accent', 'pencil'),
    active: loud('Active', 'ok', 'dot'),
    inactive: loud('Inactive', 'mute', 'off'),
    paused: loud('Paused', 'mute', 'pause'),
    quarantined: loud('Quarantined', 'bad', 'alert'),
  },
  version: {
    draft: loud('Draft', 'accent', 'pencil'),
    current: loud('Current', 'ok', 'dot'),
    superseded: loud('Superseded', 'mute', 'stopped'),
  },
  source: {
    waiting: loud('Waiting for first request', 'info', 'queued'),
    connected: quiet('Connected'),
    silent: loud('Silent', 'warn', 'clock'),
    error: loud('Error', 'bad', 'cross'),
    off: loud('Off', 'mute', 'off'),
    local: quiet('By hand', 'dot', 'mute'),
  },
  secret: {
    active: quiet('Active'),
    expiring: loud('Expires soon', 'warn', 'clock'),
    expired: loud('Expired', 'bad', 'cross'),
    revoked: loud('Revoked', 'mute', 'stopped'),
    unused: loud('Never used', 'mute', 'queued'),
  },
} satisfies Record<string, Record<string, Status>>;

export type Vocabulary = typeof vocabulary;
