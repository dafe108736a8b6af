import { Button, Modal, Progress } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { api, body } from '../../api/client';
import { queries } from '../../api/queries';
import type { ApplicationDetail, Plan } from '../../api/schema';
import { tell } from '../../components/act';
import { ErrorBox } from '../../components/ErrorBox';
import { STEP } from '../../components/keys';
import { count, plural } from '../../components/time';
import { Changes } from './Changes';
import classes from './Configure.module.css';
import { useDraft } from './draft';

const KINDS = [
  'create',
  'update',
  'reactivate',
  'deactivate',
  'delete',
  'release',
  'hold',
  'may_not_create',
  'error',
  'unchanged',
] as const;
type PlanKind = (typeof KINDS)[number];

const WORDS: Record<PlanKind, string> = {
  create: 'Created',
  update: 'Updated',
  reactivate: 'Reactivated',
  deactivate: 'Deactivated',
  delete: 'Deleted',
  release: 'Let go of',
  hold: 'On hold',
  may_not_create: 'Not made',
  error: 'Would fail',
  unchanged: 'Unchanged',
};
const TONES: Partial<Record<PlanKind, 'bad' | 'warn'>> = {
  deactivate: 'warn',
  delete: 'bad',
  release: 'warn',
  error: 'bad',
};

/** Before a draft counts: what differs, and what will happen to whom. */
export function Publish({ app, close }: { app: ApplicationDetail; close: () => void }) {
  const draft = useDraft();
  const navigate = useNavigate();
  const begin = useMutation({
    mutationFn: () =>
      body(api.POST('/api/v1/applications/{application}/draft/plan', { params: { path: { application: app.id } } })),
  });
  const { mutate } = begin;
  useEffect(() => mutate(), [mutate]);
  const read = useQuery({
    queryKey: ['plans', begin.data?.id],
    queryFn: () =>
      body(
        api.GET('/api/v1/applications/{application}/plans/{plan}', {
          params: { path: { application: app.id, plan: begin.data?.id ?? '' } },
        }),
      ),
    enabled: begin.data !== undefined && begin.data.state === 'running',
    refetchInterval: (query) => (query.state.data && query.state.data.state !== 'running' ? false : 700),
  });
  const plan = read.data ?? begin.data;
  const [busy, setBusy] = useState<'publish' | 'activate' | null>(null);
  const [error, setError] = useState<unknown>(null);

  const publish = async (activate: boolean) => {
    setBusy(activate ? 'activate' : 'publish');
    setError(null);
    const path = { params: { path: { application: app.id } } };
    try {
      const version = await body(api.POST('/api/v1/applications/{application}/publish', path));
      if (activate) await api.POST('/api/v1/applications/{application}/activate', path);
      await Promise.all(
        ['applications', 'runs', 'work', 'errors', 'home'].map((noun) =>
          queries.invalidateQueries({ queryKey: [noun] }),
        ),
      );
      close();
      tell(`Version ${version.number} of ${app.name} is current`);
      if (app.active || activate) await navigate({ to: `/apps/${app.id}/history` });
    } catch (failure) {
      setError(failure);
      setBusy(null);
    }
  };
  const wrong = begin.error ?? read.error;
  const verb = `Publish v${draft.number}`;
  return (
    <Modal
      opened
      onClose={busy ? () => undefined : close}
      title={`Publish v${draft.number} of ${app.name}?`}
      size={720}
      centered
    >
      <div className="stack">
        <section aria-label="What it will do" className="stack" style={{ gap: 10 }}>
          {wrong ? (
            <ErrorBox
              error={wrong}
              title="What it will do could not be worked out"
              retry={() => (begin.data ? read.refetch() : mutate())}
            />
          ) : (
            <Effect plan={plan} active={app.active} />
          )}
        </section>
        <section aria-label="What differs">
          {draft.current ? (
            <Changes changes={draft.changes} against={draft.current.number} />
          ) : (
            <p className="dim">
              It is the first version: {plural(draft.settings.mapping?.length ?? 0, 'attribute')} are mapped.
            </p>
          )}
        </section>
        {!!error && <ErrorBox error={error} />}
        <div className={classes.foot}>
          <Button variant="default" onClick={close} disabled={busy !== null} data-autofocus>
            Cancel
          </Button>
          <Button
            variant={app.active ? 'filled' : 'default'}
            loading={busy === 'publish'}
            disabled={busy !== null || plan?.state === 'running'}
            onClick={() => publish(false)}
            {...(app.active && STEP)}
          >
            {verb}
          </Button>
          {!app.active && (
            <Button
              loading={busy === 'activate'}
              disabled={busy !== null || plan?.state === 'running'}
              onClick={() => publish(true)}
              {...STEP}
            >
              {verb} and activate
            </Button>
          )}
        </div>
      </div>
    </Modal>
  );
}

function Effect({ plan, active }: { plan: Plan | undefined; active: boolean }) {
  if (!plan || plan.state === 'running') {
    const done = plan?.total ? (100 * plan.done) / plan.total : 0;
    return (
      <>
        <p role="status">
          Working out what it will do
          {plan?.total ? `: ${count(plan.done)} of ${plural(plan.total, 'person', 'people')}` : '…'}
        </p>
        <Progress value={done} size="sm" animated aria-label="People looked at" />
      </>
    );
  }
  if (plan.state === 'failed')
    return <ErrorBox error={new Error(plan.detail ?? '')} title="What it will do could not be worked out" />;
  const number = (kind: PlanKind) => plan.counts[kind] ?? 0;
  const counts = KINDS.filter((kind) => number(kind) > 0 || kind === 'create' || kind === 'update');
  const attributes = Object.entries(plan.attributes).sort((a, b) => b[1] - a[1]);
  return (
    <>
      <p role="status">
        {active ? 'When published, for' : 'When published and activated, for'} {plural(plan.total, 'person', 'people')}:
      </p>
      <dl className={classes.counts}>
        {counts.map((kind) => (
          <div key={kind}>
            <dt>{WORDS[kind]}</dt>
            <dd data-tone={number(kind) > 0 ? TONES[kind] : undefined}>{count(number(kind))}</dd>
          </div>
        ))}
      </dl>
      {attributes.length > 0 && (
        <p className={classes.names}>
          <b>Attributes that change:</b>{' '}
          {attributes
            .slice(0, 8)
            .map(([name, number]) => `${name} (${count(number)})`)
            .join(', ')}
          {attributes.length > 8 && ` and ${attributes.length - 8} more`}
        </p>
      )}
      {counts.map((kind) => {
        const examples = plan.examples[kind] ?? [];
        if (kind === 'unchanged' || examples.length === 0) return null;
        const more = number(kind) - examples.length;
        return (
          <p key={kind} className={classes.names}>
            <b>{WORDS[kind]}:</b> {examples.map(({ name }) => name).join(', ')}
            {more > 0 && ` and ${count(more)} more`}
          </p>
        );
      })}
    </>
  );
}
