import { SegmentedControl } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { useState } from 'react';
import type { Preview } from '../../api/schema';
import { CopyButton } from '../../components/CopyField';
import { Empty } from '../../components/Empty';
import { ErrorBox } from '../../components/ErrorBox';
import { IconCheck, IconCircleMinus, IconX } from '../../components/icons';
import { Json } from '../../components/Json';
import { Chip } from '../../components/StatusChip';
import { PersonPicker } from '../PersonPicker';
import classes from './PreviewPanel.module.css';
import { type Step, steps } from './preview';

interface Props {
  preview: UseQueryResult<Preview>;
  user: string | null;
  /** There is nobody in the directory. */
  nobody: boolean;
  set: (user: string | null) => void;
  /** The number of the current version. */
  current: number | undefined;
  name: string;
}

const SHAPES = { done: IconCheck, stopped: IconX, skipped: IconCircleMinus };

/** What one person would get, worked out by the code that sends, and what differs from the current version. */
export function PreviewPanel({ preview, user, nobody, set, current, name }: Props) {
  const [view, setView] = useState<'diff' | 'request'>('diff');
  const { data, error, isFetching } = preview;
  const diff = view === 'diff' && current !== undefined;
  return (
    <section className={classes.card} aria-label="Live preview">
      <header className={classes.head}>
        <h2 className="grow">Live preview</h2>
        <SegmentedControl
          size="xs"
          aria-label="What to show"
          value={view}
          onChange={(value) => setView(value as typeof view)}
          data={[
            { value: 'diff', label: current ? `vs v${current}` : 'Account' },
            { value: 'request', label: 'Request' },
          ]}
        />
      </header>
      <div className={classes.person}>
        <PersonPicker label="Person" hideLabel value={user} set={(id) => id && set(id)} />
      </div>
      {error && !data ? (
        <div className={classes.error}>
          <ErrorBox error={error} retry={() => preview.refetch()} />
        </div>
      ) : data ? (
        <div className={classes.body} data-stale={(isFetching && !data) || undefined} aria-busy={isFetching}>
          <Steps of={steps(data)} />
          <p className={classes.sentence} role="status">
            {data.sentence}
          </p>
          <div className={classes.request}>
            {data.request ? (
              <>
                <Chip tone="info">{data.request.method}</Chip>
                <code className="clip grow" title={data.request.path}>
                  {data.request.path}
                </code>
              </>
            ) : (
              <span className="dim grow">No request</span>
            )}
            <CopyButton value={JSON.stringify(shown(data, diff), null, 2)} label="Copy the JSON" />
          </div>
          <div className={classes.json}>
            {shown(data, diff) === null && !(diff && data.before) ? (
              <p className={classes.none}>{diff ? 'No account comes out of it.' : 'Nothing would be sent.'}</p>
            ) : diff ? (
              <Json value={data.account} before={data.before ?? undefined} label="The account, and what differs" />
            ) : (
              <Json value={view === 'request' ? (data.request?.body ?? null) : data.account} label="What is sent" />
            )}
          </div>
        </div>
      ) : (
        nobody && <Empty title="Nobody to preview">People appear here as soon as a source sends them.</Empty>
      )}
      <footer className={classes.foot}>Nothing is sent to {name}: the preview only works it out.</footer>
    </section>
  );
}

const shown = (data: Preview, account: boolean): unknown =>
  account ? data.account : (data.request?.body ?? data.account ?? null);

function Steps({ of }: { of: Step[] }) {
  return (
    <ol className={classes.steps}>
      {of.map(({ label, state, detail }) => {
        const Shape = SHAPES[state];
        return (
          <li key={label} data-state={state} title={detail}>
            <span className={classes.dot}>
              <Shape size={13} />
            </span>
            <span className={classes.step}>{label}</span>
            <span className="sr">: {detail}</span>
          </li>
        );
      })}
    </ol>
  );
}
