import { Button, Modal, Radio } from '@mantine/core';
import { useState } from 'react';
import { tell } from '../../components/act';
import confirmClasses from '../../components/Confirm.module.css';
import { ErrorBox } from '../../components/ErrorBox';
import { plural } from '../../components/time';
import { type Field, fields, merged, type Side } from '../merge';
import classes from './Configure.module.css';
import { type Theirs, useDraft } from './draft';

/** Two people edited one draft: what each changed, field by field, and a choice where both changed the same. */
export function Merge({ theirs, close }: { theirs: Theirs; close: () => void }) {
  const draft = useDraft();
  const found = fields(theirs.base, draft.settings, theirs.settings);
  const [chosen, setChosen] = useState<Record<string, Side>>({});
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const of = (by: Field['by']) => found.filter((field) => field.by === by);
  const open = of('both').filter(({ id }) => !chosen[id]).length;
  const save = async () => {
    setBusy(true);
    setError(null);
    try {
      await draft.settle(merged(theirs.settings, draft.settings, found, chosen), theirs.tag);
      tell('Both are in the draft');
      close();
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  };
  const leave = () => {
    draft.reload();
    close();
  };
  return (
    <Modal opened onClose={close} title={`Two people changed draft v${draft.number}`} size={620} centered>
      <div className="stack">
        {of('both').length > 0 && (
          <section className={classes.merge} aria-label="Changed by both">
            <h3>Changed by both: choose one each</h3>
            {of('both').map((field) => (
              <Radio.Group
                key={field.id}
                className={classes.changed}
                label={field.label}
                value={chosen[field.id] ?? null}
                onChange={(side) => setChosen({ ...chosen, [field.id]: side as Side })}
              >
                <Value words="Before" value={field.base} />
                <Radio mt={6} value="mine" label={<Value words="Yours" value={field.mine} />} />
                <Radio mt={6} value="theirs" label={<Value words="Theirs" value={field.theirs} />} />
              </Radio.Group>
            ))}
          </section>
        )}
        <Kept title="Changed by you, kept" of={of('mine')} side="mine" />
        <Kept title="Changed by them, kept" of={of('theirs')} side="theirs" />
        {found.length === 0 && <p>Both of you did the same: nothing is left to decide.</p>}
        {!!error && <ErrorBox error={error} />}
        <div className={confirmClasses.actions}>
          {open > 0 && <span className="dim grow">{plural(open, 'choice')} left</span>}
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button variant="default" onClick={leave}>
            Take theirs only
          </Button>
          <Button onClick={save} loading={busy} disabled={open > 0}>
            Save both
          </Button>
        </div>
      </div>
    </Modal>
  );
}

function Kept({ title, of, side }: { title: string; of: Field[]; side: Side }) {
  if (of.length === 0) return null;
  return (
    <section className={classes.merge} aria-label={title}>
      <h3>{title}</h3>
      {of.map((field) => (
        <div key={field.id} className={classes.changed}>
          <div className={classes.label}>{field.label}</div>
          <Value words="Before" value={field.base} />
          <Value words="Now" value={field[side]} />
        </div>
      ))}
    </section>
  );
}

function Value({ words, value }: { words: string; value: string | null }) {
  return (
    <span className={classes.value}>
      <span className="dim">{words}</span>
      {value === null ? <span className="dim">not there</span> : <code>{value}</code>}
    </span>
  );
}
