import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { api } from '../api/client';
import type { Attempt, Operation } from '../api/schema';
import { ActButton, useAct } from '../components/act';
import { CopyButton } from '../components/CopyField';
import { Empty } from '../components/Empty';
import { ErrorBox } from '../components/ErrorBox';
import { IconPencil, IconRefresh } from '../components/icons';
import { Json } from '../components/Json';
import { Page, PageHeader } from '../components/PageHeader';
import { Facts, Panel } from '../components/Panel';
import { Chip, StatusChip } from '../components/StatusChip';
import { ExactTime } from '../components/Time';
import { duration } from '../components/time';
import { actionWord, OBJECT, operation, subjectPath } from './history';
import classes from './OperationPage.module.css';
import { useApplicationNames } from './RunTable';

const route = getRouteApi('/inside/operations/$operation');

/** One operation: what it was about, why, and each request with its answer. */
export function OperationPage() {
  const { operation: id } = route.useParams();
  const { data, error, refetch } = useQuery(operation(id));
  const names = useApplicationNames();
  const retry = useAct({
    run: ({ application, subject }: Operation) =>
      api.POST('/api/v1/applications/{application}/retry', { params: { path: { application } }, body: { subject } }),
    changes: ['runs', 'work', 'errors', 'applications', 'operations'],
    done: 'Looked at again now',
  });
  const crumbs = [{ label: 'Runs', to: '/runs' }];
  if (!data)
    return (
      <Page header={<PageHeader title="Operation" crumbs={crumbs} />}>
        {!!error && <ErrorBox error={error} retry={() => refetch()} />}
      </Page>
    );
  const name = names.get(data.application) ?? 'a deleted application';
  const open = data.status !== 'succeeded';
  return (
    <Page
      header={
        <PageHeader
          title={`${actionWord(data.op)}: ${data.subjectName}`}
          crumbs={[...crumbs, { label: name, to: `/runs/${data.run}` }]}
          chip={<StatusChip of="record" is={data.status} filled />}
          actions={
            open && (
              <>
                {data.kind === 'user' && (
                  <Button
                    component={Link}
                    to={`/apps/${data.application}/configure/attributes`}
                    search={{ user: data.subject } as never}
                    variant="default"
                    leftSection={<IconPencil size={15} />}
                  >
                    Edit the mapping with this person
                  </Button>
                )}
                <ActButton
                  need="operator"
                  leftSection={<IconRefresh size={15} />}
                  loading={retry.isPending}
                  onClick={() => retry.mutate(data)}
                >
                  Retry now
                </ActButton>
              </>
            )
          }
        />
      }
    >
      {data.errorDetail && (
        <div className={classes.said} data-status={data.status} role="status">
          <p className="strong">{data.errorDetail}</p>
          {data.errorCode && <code>{data.errorCode}</code>}
        </div>
      )}
      <div className={classes.columns}>
        <div className="stack">
          {data.attempts?.map((attempt, index) => (
            <Tried
              key={`${attempt.at} ${attempt.path}`}
              attempt={attempt}
              number={index + 1}
              of={data.attempts?.length ?? 1}
            />
          ))}
          {!data.attempts?.length && (
            <Panel title="Requests">
              <Empty title="No request was sent">
                {open
                  ? 'It stopped before anything was written: the reason is above.'
                  : 'Requests are kept for 30 days.'}
              </Empty>
            </Panel>
          )}
        </div>
        <div className="stack">
          <Panel title="About">
            <Facts of={facts(data, name)} />
          </Panel>
          {data.changes && !data.attempts?.some((attempt) => attempt.request) && (
            <Panel title="What was to change" flush>
              <Json value={data.changes} label="What was to change" />
            </Panel>
          )}
        </div>
      </div>
    </Page>
  );
}

function facts(data: Operation, name: string): [string, React.ReactNode][] {
  return [
    [
      OBJECT[data.kind] ?? 'Object',
      <Link key="subject" to={subjectPath(data.kind, data.subject) as string}>
        {data.subjectName}
      </Link>,
    ],
    [
      'Application',
      <Link key="application" to={`/apps/${data.application}` as string}>
        {name}
      </Link>,
    ],
    [
      'Id there',
      data.remoteId ? (
        <span key="remote" className="row">
          <code className="clip">{data.remoteId}</code>
          <CopyButton value={data.remoteId} label="Copy the id" />
        </span>
      ) : (
        'None yet'
      ),
    ],
    [
      'Cause',
      data.cause ? (
        <Link key="cause" to="/audit" search={{ change: data.cause } as never}>
          The change behind it
        </Link>
      ) : (
        'Looked at without a change'
      ),
    ],
    [
      'Run',
      <Link key="run" to={`/runs/${data.run}` as string} className="mono">
        {data.run.slice(-8)}
      </Link>,
    ],
    ['When', <ExactTime key="at" at={data.at} />],
    ['Took', duration(data.durationMs)],
  ];
}

/** One request and its answer, as they were, without secrets. */
function Tried({ attempt, number, of }: { attempt: Attempt; number: number; of: number }) {
  const failed = attempt.status === null || attempt.status === undefined || attempt.status >= 400;
  return (
    <Panel
      flush
      title={
        <span className={classes.request}>
          <Chip tone="info">{attempt.method}</Chip>
          <code className="clip" title={attempt.path}>
            {attempt.path}
          </code>
        </span>
      }
      description={
        <>
          {of > 1 && `Request ${number} of ${of} · `}
          <ExactTime at={attempt.at} /> · {duration(attempt.durationMs)}
        </>
      }
      actions={
        <Chip tone={failed ? 'bad' : 'ok'} shape={failed ? 'cross' : 'check'}>
          {attempt.status ?? 'No answer'}
        </Chip>
      }
    >
      {attempt.request ? (
        <>
          <h3 className={classes.part}>Sent</h3>
          <Json value={attempt.request} label={`Request ${number}`} />
        </>
      ) : (
        <p className={classes.none}>Sent without a body.</p>
      )}
      {attempt.response && (
        <>
          <h3 className={classes.part}>Answered</h3>
          <Answer text={attempt.response} number={number} />
        </>
      )}
    </Panel>
  );
}

/** The application's own words: as JSON where they are that. */
function Answer({ text, number }: { text: string; number: number }) {
  try {
    return <Json value={JSON.parse(text)} label={`Answer ${number}`} />;
  } catch {
    return <pre className={classes.raw}>{text}</pre>;
  }
}
