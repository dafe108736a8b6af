import type { MatchTrial } from '../../api/schema';
import { count, plural } from '../../components/time';

/** One thing that matching may come to for a person. */
export interface Outcome {
  is: string;
  word: string;
  /** What then happens. */
  says: string;
  /** That a person should look at it. */
  tone?: 'bad' | 'warn';
  /** Shown also when it is nobody's. */
  always?: boolean;
}

/** What matching may come to, in the order in which people ask for it. */
export const OUTCOMES: Outcome[] = [
  { is: 'create', word: 'Would be made', says: 'Nobody there matches: an account is made.', always: true },
  {
    is: 'adopt',
    word: 'Would be adopted',
    says: 'The account that matches is linked and brought in line.',
    always: true,
  },
  {
    is: 'ambiguous',
    word: 'Ambiguous',
    says: 'Several accounts match. Nothing is touched until all but one are removed there, or the attribute is another.',
    tone: 'bad',
    always: true,
  },
  {
    is: 'taken',
    word: 'Somebody else’s',
    says: 'The account that matches is never taken from whoever has it. One of the two people has wrong data.',
    tone: 'bad',
  },
  { is: 'no_value', word: 'Nothing to match by', says: 'The mapping gives no value to look for.', tone: 'bad' },
  { is: 'error', word: 'Would fail', says: 'The mapping gives no account.', tone: 'bad' },
  {
    is: 'missing',
    word: 'Gone there',
    says: 'Linked, and not among the accounts there. The next change looks for them anew.',
    tone: 'warn',
  },
  { is: 'unknown', word: 'Unknown', says: 'Not found among the accounts that could be read.', tone: 'warn' },
  { is: 'linked', word: 'Linked already', says: 'They keep the account they have.', always: true },
  { is: 'creating', word: 'Being made', says: 'An account is being made for them at this moment.' },
  { is: 'inactive', word: 'Not active', says: 'Who is not active gets no new account.' },
  { is: 'may_not_create', word: 'Not made', says: 'There should be one, and making accounts is switched off.' },
];

/** How far a trial is: in words, and as a share of 100 of the part that goes on. */
export function progress(trial: MatchTrial): { words: string; share: number } {
  if (trial.complete === null || trial.complete === undefined) {
    const of = trial.accountsThere ? ` of ${count(trial.accountsThere)}` : '';
    return {
      words: `Reading accounts: ${count(trial.accountsRead)}${of}`,
      share: trial.accountsThere ? (100 * trial.accountsRead) / trial.accountsThere : 0,
    };
  }
  return {
    words: `Matching ${count(trial.done)} of ${plural(trial.total, 'person', 'people')}`,
    share: trial.total ? (100 * trial.done) / trial.total : 100,
  };
}

/** How many accounts are nobody's and not named. */
export const unmatched = (trial: MatchTrial) => trial.unmatched - trial.unmatchedAccounts.length;
