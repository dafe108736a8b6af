import { Skeleton } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useBlocker } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import type { Settings } from '../api/schema';
import { ActButton, tell } from '../components/act';
import { stay } from '../components/Confirm';
import { ErrorBox } from '../components/ErrorBox';
import { STEP } from '../components/keys';
import { Panel } from '../components/Panel';
import classes from './SettingsForm.module.css';
import { saveSettings, settingsQuery } from './settings';

/** One part of the settings as a card with its own Save. Leaving it unsaved asks. */
export function SettingsForm<T>(props: {
  title: string;
  description: ReactNode;
  part: (settings: Settings) => T;
  change: (value: T) => Partial<Settings>;
  children: (value: T, set: (value: T) => void) => ReactNode;
}) {
  const settings = useQuery(settingsQuery);
  const queries = useQueryClient();
  const [edited, setEdited] = useState<{ value: T } | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const stored = settings.data && props.part(settings.data);
  const dirty = edited !== null && JSON.stringify(edited.value) !== JSON.stringify(stored);
  useBlocker({
    shouldBlockFn: () => dirty && stay(),
    enableBeforeUnload: dirty,
  });

  const save = async () => {
    if (!edited) return;
    setBusy(true);
    setError(null);
    try {
      queries.setQueryData(settingsQuery.queryKey, await saveSettings(props.change(edited.value)));
      setEdited(null);
      tell('Saved');
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  };
  return (
    <Panel title={props.title} description={props.description}>
      {settings.error && !settings.data && <ErrorBox error={settings.error} retry={() => settings.refetch()} />}
      {settings.isPending && <Skeleton h={120} maw={420} />}
      {stored !== undefined && (
        <form
          className={classes.form}
          onSubmit={(event) => {
            event.preventDefault();
            save();
          }}
        >
          {props.children(edited?.value ?? stored, (value) => setEdited({ value }))}
          {!!error && <ErrorBox error={error} title="Not saved" />}
          <div className="row">
            <ActButton need="owner" type="submit" loading={busy} refused={!dirty && 'Nothing has changed'} {...STEP}>
              Save
            </ActButton>
            {dirty && <span className="dim">Not saved yet</span>}
          </div>
        </form>
      )}
    </Panel>
  );
}
