import { Button } from '@mantine/core';
import { useState } from 'react';
import { api } from '../../api/client';
import { queries } from '../../api/queries';
import type { ApplicationDetail } from '../../api/schema';
import { ActButton, tell, tellError } from '../../components/act';
import { confirm } from '../../components/Confirm';
import { IconAlertTriangle, IconArrowBackUp, IconPencil, IconRocket } from '../../components/icons';
import { STEP } from '../../components/keys';
import { Time } from '../../components/Time';
import { plural } from '../../components/time';
import classes from './Configure.module.css';
import { type Theirs, useDraft } from './draft';
import { Merge } from './Merge';
import { Publish } from './Publish';

/** What the draft changes, whether it is saved, and the ways out of it. Not there while nothing is drafted. */
export function DraftBar({ app }: { app: ApplicationDetail }) {
  const draft = useDraft();
  const [publishing, setPublishing] = useState(false);
  const [theirs, setTheirs] = useState<Theirs | null>(null);
  const { saving, changes, current } = draft;
  const begun = draft.begun !== null || saving.state !== 'saved';
  if (!begun) return null;
  const discard = () =>
    confirm({
      level: 2,
      title: `Discard draft v${draft.number}?`,
      body: (
        <p>
          {plural(changes.length, 'change')} {changes.length === 1 ? 'is' : 'are'} lost. Version {current?.number} stays
          current, and nothing is sent.
        </p>
      ),
      verb: 'Discard',
      run: async () => {
        await api.DELETE('/api/v1/applications/{application}/draft', { params: { path: { application: app.id } } });
        draft.reload();
        await queries.invalidateQueries({ queryKey: ['applications'] });
        tell('The draft is discarded');
      },
    });
  const refused = saving.state === 'refused' || saving.state === 'changed';
  return (
    <section className={classes.bar} data-state={saving.state} aria-label="Draft">
      <span className={classes.number}>
        {refused ? <IconAlertTriangle size={14} /> : <IconPencil size={14} />} Draft v{draft.number}
      </span>
      <span className={classes.words} role="status">
        {saving.state === 'refused' && (
          <>
            <b>Not saved.</b> {saving.reason}
          </>
        )}
        {saving.state === 'changed' && (
          <>
            <b>Somebody else changed this draft meanwhile.</b> What you typed since is still here, and not saved.
          </>
        )}
        {!refused && (
          <>
            {current ? (
              <>
                <b>{plural(changes.length, 'unpublished change')}</b> from v{current.number}, which is what counts now.{' '}
              </>
            ) : (
              <b>Nothing is published yet. </b>
            )}
            <span className={classes.saving}>
              {saving.state === 'saving' ? (
                'Saving…'
              ) : (
                <>
                  Begun <Time at={draft.begun} none="just now" />, saved.
                </>
              )}
            </span>
          </>
        )}
      </span>
      {saving.state === 'changed' && (
        <Button variant="default" onClick={() => draft.compare().then(setTheirs, tellError)}>
          Compare both
        </Button>
      )}
      {current && (
        <ActButton
          need="administrator"
          variant="subtle"
          color="gray"
          leftSection={<IconArrowBackUp size={15} />}
          onClick={discard}
        >
          Discard
        </ActButton>
      )}
      <ActButton
        need="administrator"
        leftSection={<IconRocket size={15} />}
        refused={refused && 'Correct what is not saved first'}
        onClick={() => draft.flush().then(() => setPublishing(true))}
        {...STEP}
      >
        Review and publish
      </ActButton>
      {theirs && <Merge theirs={theirs} close={() => setTheirs(null)} />}
      {publishing && <Publish app={app} close={() => setPublishing(false)} />}
    </section>
  );
}
