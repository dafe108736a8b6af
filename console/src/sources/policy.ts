import type { Policy } from './sources';

/** A length in minutes as people say it: `30 minutes`, `12 hours`, `7 days`. */
export function minutes(total: number): string {
  const [size, unit] =
    total % 1440 === 0 ? [total / 1440, 'day'] : total % 60 === 0 ? [total / 60, 'hour'] : [total, 'minute'];
  return `${size} ${unit}${size === 1 ? '' : 's'}`;
}

const DELETED = {
  delete: 'they are removed from the directory as soon as no other source knows them',
  deactivate: 'they are deactivated and stay in the directory',
  ignore: 'nothing happens to them here',
};

/** A policy as plain sentences: what follows from it for people. */
export function policySentence(policy: Policy): string {
  const delay = policy.deactivationDelay;
  const leave = delay
    ? `they are blocked at once and deactivated after ${minutes(delay)}, unless they return before`
    : 'they are deactivated at once';
  return [
    `When the source says that someone is no longer active, ${leave}.`,
    `When it deletes someone, ${DELETED[policy.onDelete ?? 'delete']}.`,
    policy.createInactive === false
      ? 'Someone it sends as inactive becomes a user only when active.'
      : 'Someone it sends as inactive becomes an inactive user.',
    joinSentence(policy),
  ].join(' ');
}

const RULES = {
  userName: 'the same user name',
  externalId: 'the same external id',
  attribute: 'the same value of the chosen attribute',
  never: '',
};

function joinSentence(policy: Policy): string {
  const email = policy.joinByEmail ? ', else by an e-mail address that only one of them has' : '';
  if (policy.join === 'never') return 'A new person never joins a user that is already here.';
  return `A new person joins the user with ${RULES[policy.join ?? 'userName']}${email}.`;
}
