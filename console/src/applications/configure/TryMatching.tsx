import { Progress } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, body } from '../../api/client';
import type { MatchTrial } from '../../api/schema';
import { ActButton } from '../../components/act';
import { ErrorBox } from '../../components/ErrorBox';
import { PersonCell } from '../../components/NameCell';
import { Panel } from '../../components/Panel';
import { Time } from '../../components/Time';
import { count, plural } from '../../components/time';
import classes from './Configure.module.css';
import { useDraft } from './draft';
import { OUTCOMES, type Outcome, progress, unmatched } from './matches';
import own from './TryMatching.module.css';

/** What matching would come to for everybody, by the draft as it is typed. Reads the application, and writes nothing. */
export function TryMatching() {
  const draft = useDraft();
  const [id, setId] = useState<string | null>(null);
  const begin = useMutation({
    mutationFn: async () => {
      await draft.flush();
      return body(
        api.POST('/api/v1/applications/{application}/draft/match-trial', {
          params: { path: { application: draft.id } },
        }),
      );
    },
    onSuccess: (trial) => setId(trial.id),
  });
  const read = useQuery({
    queryKey: ['applications', draft.id, 'match-trials', id],
    queryFn: () =>
      body(
        api.GET('/api/v1/applications/{application}/match-trials/{trial}', {
          params: { path: { application: draft.id, trial: id ?? '' } },
        }),
      ),
    enabled: id !== null,
    refetchInterval: ({ state }) => (state.error || (state.data && state.data.state !== 'running') ? false : 700),
  });
  const wrong = begin.error ?? read.error;
  const trial = id === null ? undefined : (read.data ?? begin.data);
  const running = begin.isPending || trial?.state === 'running';
  return (
    <Panel
      title="Try it"
      description={`Reads the accounts in ${draft.name} once, and matches everybody who should have one. Nothing is changed there.`}
      actions={
        <ActButton
          need="operator"
          variant="default"
          loading={running}
          refused={draft.saving.state === 'refused' && 'The draft is not saved'}
          onClick={() => begin.mutate()}
        >
          {trial ? 'Try again' : 'Try it with everybody'}
        </ActButton>
      }
    >
      {!!wrong && <ErrorBox error={wrong} title="Matching could not be tried" retry={() => begin.mutate()} />}
      {!wrong && trial && <Found trial={trial} name={draft.name} />}
      {!wrong && !trial && <p className="dim">Not tried since this page was opened.</p>}
    </Panel>
  );
}

function Found({ trial, name }: { trial: MatchTrial; name: string }) {
  if (trial.state === 'failed')
    return <ErrorBox error={new Error(trial.detail ?? '')} title="Matching could not be tried" />;
  if (trial.state === 'running') {
    const { words, share } = progress(trial);
    return (
      <div className="stack" style={{ gap: 8 }}>
        <p role="status">{words}</p>
        <Progress value={share} size="sm" animated aria-label={words} />
      </div>
    );
  }
  const shown = OUTCOMES.filter(({ is, always }) => always || (trial.counts[is] ?? 0) > 0);
  return (
    <div className="stack">
      {trial.doubt && (
        <p className={own.doubt} role="alert">
          <b>The reading is incomplete.</b> {trial.doubt} Who was not found among the {count(trial.accountsRead)}{' '}
          accounts that were read is unknown, and more may match than were found.
        </p>
      )}
      <p role="status">
        By {trial.match === 'email' ? 'e-mail address' : 'user name'}, version {trial.version}, among{' '}
        {plural(trial.accountsRead, 'account')} in {name}, <Time at={trial.finishedAt} />:
      </p>
      <dl className={classes.counts}>
        {shown.map(({ is, word, tone }) => (
          <div key={is}>
            <dt>{word}</dt>
            <dd data-tone={trial.counts[is] ? tone : undefined}>{count(trial.counts[is] ?? 0)}</dd>
          </div>
        ))}
        <div>
          <dt>Nobody’s here</dt>
          <dd>{count(trial.unmatched)}</dd>
        </div>
      </dl>
      <div>
        {shown.map((outcome) => (
          <People key={outcome.is} trial={trial} outcome={outcome} />
        ))}
        {trial.unmatched > 0 && (
          <details className={own.list}>
            <summary>
              Nobody’s here <span className="dim">{count(trial.unmatched)}</span>
            </summary>
            <p className="dim">Accounts in {name} that no person with access matches. Lockstep leaves them alone.</p>
            <ul>
              {trial.unmatchedAccounts.map((account) => (
                <li key={account.id}>
                  <span>{account.name || 'No user name'}</span>
                  <code>{account.id}</code>
                </li>
              ))}
            </ul>
            <More of={unmatched(trial)} />
          </details>
        )}
      </div>
    </div>
  );
}

function People({ trial, outcome }: { trial: MatchTrial; outcome: Outcome }) {
  const people = trial.people[outcome.is] ?? [];
  const number = trial.counts[outcome.is] ?? 0;
  if (number === 0) return null;
  return (
    <details className={own.list} open={outcome.tone !== undefined}>
      <summary>
        {outcome.word} <span className="dim">{count(number)}</span>
      </summary>
      <p className="dim">{outcome.says}</p>
      <ul>
        {people.map((person) => (
          <li key={person.user}>
            <PersonCell id={person.user} userName={person.userName} displayName={person.displayName} />
            {(person.detail || person.candidates.length > 0) && (
              <span className={own.why}>
                {person.detail && <span>{person.detail}</span>}
                {person.candidates.map((account) => (
                  <span key={account.id}>
                    {account.name} <code>{account.id}</code>
                  </span>
                ))}
              </span>
            )}
          </li>
        ))}
      </ul>
      <More of={number - people.length} />
    </details>
  );
}

function More({ of }: { of: number }) {
  return of > 0 ? <p className="dim">and {count(of)} more</p> : null;
}
