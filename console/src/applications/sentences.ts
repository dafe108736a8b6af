import type { ApplicationSettings } from '../api/schema';

type Decided = Pick<ApplicationSettings, 'create' | 'update' | 'delete' | 'onUnassigned' | 'onRemoved'>;

const UNASSIGNED = {
  deactivate: 'their account is deactivated, and restored when they come back',
  delete: 'their account is deleted in the application, with everything in it',
  nothing: 'their account stays as it is, and Lockstep lets go of it',
};
const REMOVED = {
  deactivate: 'their account is deactivated and stays there',
  delete: 'their account is deleted in the application, with everything in it',
  nothing: 'their account stays as it is, and Lockstep lets go of it',
};

/** What the two removal actions mean, as sentences. */
export function removals(settings: Decided): string[] {
  if (settings.delete === false)
    return [
      'Removals are switched off under Events: whoever loses access keeps their account, and Lockstep lets go of it.',
    ];
  return [
    `When someone loses access, ${UNASSIGNED[settings.onUnassigned ?? 'deactivate']}.`,
    `When someone is removed from the directory, ${REMOVED[settings.onRemoved ?? 'delete']}.`,
    'A person on hold keeps their account until the hold is lifted.',
    'Whether running sessions end is up to the application.',
  ];
}

/** What stops when an event is off, and what happens when it is on. */
export const EVENTS = [
  {
    key: 'create',
    title: 'Create',
    on: 'People who get access and have no account get one, and pushed groups are made.',
    off: 'No account and no group is made. Whoever needs one waits until it is there; then it is linked.',
  },
  {
    key: 'update',
    title: 'Update',
    on: 'Changed values and memberships are sent within seconds.',
    off: 'Accounts and groups that are there keep their values. People who come back are still reactivated.',
  },
  {
    key: 'delete',
    title: 'Remove',
    on: 'Accounts of people who lose access are removed as decided under Removals.',
    off: 'Nobody is deactivated or deleted: accounts stay as they are, and Lockstep lets go of them.',
  },
] as const;

/** What happens to a pushed group that is taken out, in one sentence. */
export function unpushed(settings: Decided): string {
  return settings.delete !== false && settings.onRemoved === 'delete'
    ? 'The group is deleted in the application.'
    : 'The group stays in the application as it is, and Lockstep lets go of it.';
}
