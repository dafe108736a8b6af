import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { ErrorGroup } from '../api/schema';
import { Tile } from '../components/Avatar';
import { ActButton, useAct } from '../components/act';
import { Empty } from '../components/Empty';
import { ErrorBox } from '../components/ErrorBox';
import { IconChevronDown, IconChevronRight, IconRefresh } from '../components/icons';
import { StatusChip } from '../components/StatusChip';
import { Time } from '../components/Time';
import { count, plural } from '../components/time';
import classes from './Causes.module.css';
import { causeList, retryCause, type WorkStatus } from './history';
import { WorkTable } from './WorkTable';

interface Props {
  application?: string;
  status?: WorkStatus;
  /** The cause that is open, where the address holds it. */
  code?: string;
  set?: (code: string | undefined) => void;
  /** Inside an application's own page: it is not named again. */
  inset?: boolean;
  /** What is on its way without having failed. */
  pending?: number;
}

const NONE: Record<WorkStatus, [string, string]> = {
  failed: ['Nothing needs you', 'What a person has to repair is listed here.'],
  pending: ['Nothing is being retried', 'What failed for a passing reason is tried again by itself, and listed here.'],
  waiting: ['Nothing is waiting', 'What needs something else first, such as a manager’s account, is listed here.'],
};

/** Open errors by cause; each opens to the objects behind it. */
export function Causes({ application, status, code, set, inset, pending = 0 }: Props) {
  const { data, error, refetch, dataUpdatedAt } = useQuery(causeList(application));
  const [own, setOwn] = useState<string>();
  const key = (cause: ErrorGroup) => (set ? cause.code : `${cause.application} ${cause.status} ${cause.code}`);
  const open = set ? code : own;
  const choose = set ?? setOwn;
  if (error && !data)
    return (
      <div className={classes.error}>
        <ErrorBox error={error} retry={() => refetch()} />
      </div>
    );
  if (!data) return <Skeleton rows={inset ? [64] : [72, 58, 64]} />;
  const shown = data.filter((cause) => !status || cause.status === status);
  if (shown.length === 0) {
    const rest = pending ? `${plural(pending, 'object')} still to be sent.` : 'Everything is in step.';
    const [title, text] = status ? NONE[status] : ['No open errors', rest];
    return (
      <Empty title={title}>
        {text} Last checked <Time at={new Date(dataUpdatedAt).toISOString()} />.
      </Empty>
    );
  }
  return (
    <ul className={classes.causes}>
      {shown.map((cause) => (
        <Row
          key={`${cause.application} ${cause.status} ${cause.code}`}
          cause={cause}
          named={!inset}
          chip={!status}
          open={open === key(cause)}
          toggle={() => choose(open === key(cause) ? undefined : key(cause))}
        />
      ))}
    </ul>
  );
}

interface RowProps {
  cause: ErrorGroup;
  named: boolean;
  chip: boolean;
  open: boolean;
  toggle: () => void;
}

function Row({ cause, named, chip, open, toggle }: RowProps) {
  const retry = useRetryAll(cause);
  const Caret = open ? IconChevronDown : IconChevronRight;
  const many = `${count(cause.count.count)}${cause.count.exact ? '' : '+'}`;
  return (
    <li className={classes.cause} data-open={open || undefined}>
      <div className={classes.head}>
        <button type="button" className={classes.toggle} aria-expanded={open} onClick={toggle}>
          <Caret size={16} className={classes.caret} />
          {named && <Tile name={cause.applicationName} size={28} />}
          <span className={classes.what}>
            <span className={classes.title}>
              {cause.title}
              <span className={classes.many} data-status={cause.status}>
                {many}
              </span>
              {chip && <StatusChip of="record" is={cause.status} />}
            </span>
            <span className={classes.sub}>
              {named && `${cause.applicationName} · `}
              <code>{cause.code}</code>
              {cause.firstSeenAt && (
                <>
                  {' · since '}
                  <Time at={cause.firstSeenAt} />
                </>
              )}
              {cause.nextAt && (
                <>
                  {' · next try '}
                  <Time at={cause.nextAt} />
                </>
              )}
            </span>
          </span>
        </button>
        <div className={classes.actions}>
          <Fix cause={cause} />
          <ActButton
            need="operator"
            variant="default"
            leftSection={<IconRefresh size={15} />}
            loading={retry.isPending}
            onClick={() => retry.mutate()}
          >
            {cause.count.count === 1 ? 'Retry' : `Retry ${many}`}
          </ActButton>
        </div>
      </div>
      <div className={classes.words} data-named={named || undefined}>
        <p>{cause.advice}</p>
        <blockquote className={classes.quote}>{said(cause)}</blockquote>
      </div>
      {open && (
        <div className={classes.objects}>
          <WorkTable filters={{ application: cause.application, status: cause.status, code: cause.code }} />
        </div>
      )}
    </li>
  );
}

/** Whom it is about, and what was said; the name once. */
function said({ example: { name, detail } }: ErrorGroup) {
  const rest = detail.startsWith(`${name}: `) ? detail.slice(name.length + 2) : detail;
  if (!name || rest.includes(name)) return rest;
  return (
    <>
      <b>{name}:</b> {rest}
    </>
  );
}

function useRetryAll(cause: ErrorGroup) {
  return useAct({
    run: () => retryCause(cause),
    changes: ['errors', 'work', 'runs', 'applications', 'home'],
    done: (retried) => `${plural(retried, 'object')} looked at again now`,
  });
}

const FIXES: Partial<
  Record<ErrorGroup['action'], { label: string; to: (cause: ErrorGroup) => string; person?: true }>
> = {
  test_connection: {
    label: 'Test the connection',
    to: ({ application }) => `/apps/${application}/configure/connection`,
  },
  replace_credential: {
    label: 'Replace the token',
    to: ({ application }) => `/apps/${application}/configure/connection`,
  },
  edit_mapping: {
    label: 'Edit the mapping',
    to: ({ application }) => `/apps/${application}/configure/attributes`,
    person: true,
  },
  look_at_user: {
    label: 'Open the person',
    to: ({ example }) => `/${example.kind === 'user' ? 'users' : 'groups'}/${example.subject}`,
  },
  settings: { label: 'Open the settings', to: ({ application }) => `/apps/${application}/configure/events` },
};

/** The one action that helps most, as a way to the page where it is done. */
function Fix({ cause }: { cause: ErrorGroup }) {
  const fix = FIXES[cause.action];
  if (!fix) return null;
  const search = fix.person && cause.example.kind === 'user' ? { user: cause.example.subject } : {};
  return (
    <Button component={Link} to={fix.to(cause)} search={search as never}>
      {fix.label}
    </Button>
  );
}

function Skeleton({ rows }: { rows: number[] }) {
  return (
    <div className={classes.skeleton} aria-hidden="true">
      {rows.map((width) => (
        <div key={width}>
          <span style={{ width: `${width / 2}%` }} />
          <span style={{ width: `${width}%` }} />
        </div>
      ))}
    </div>
  );
}
