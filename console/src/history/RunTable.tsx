import { Button } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { Run } from '../api/schema';
import { allApplications } from '../applications/applications';
import { Tile } from '../components/Avatar';
import { type Column, DataTable } from '../components/DataTable';
import { Empty } from '../components/Empty';
import { IconRefresh } from '../components/icons';
import { NameCell } from '../components/NameCell';
import { StatusChip } from '../components/StatusChip';
import { Time, useNow } from '../components/Time';
import { count, duration, plural } from '../components/time';
import { kindWord, type RunState, runList, runState } from './history';
import classes from './RunTable.module.css';

const done = (run: Run) => run.succeeded + run.pending + run.waiting + run.failed;

/** What a run did, exceptions first; nothing is painted when all went well. */
export function RunResult({ run }: { run: Run }) {
  const parts = [
    run.failed > 0 && <b key="failed" data-tone="bad">{`${count(run.failed)} failed`}</b>,
    run.pending > 0 && <b key="pending" data-tone="warn">{`${count(run.pending)} pending`}</b>,
    run.waiting > 0 && <b key="waiting" data-tone="warn">{`${count(run.waiting)} waiting`}</b>,
  ].filter(Boolean);
  if (!run.finishedAt)
    return (
      <span className={classes.result}>
        <span className={classes.progress} aria-hidden="true" />
        {plural(done(run), 'operation')} so far
      </span>
    );
  if (parts.length) return <span className={classes.result}>{parts}</span>;
  return <span className="dim">{run.succeeded ? 'All succeeded' : 'Nothing to send'}</span>;
}

function Took({ run }: { run: Run }) {
  const now = useNow();
  const end = run.finishedAt ? new Date(run.finishedAt).getTime() : Math.max(now, Date.now());
  return <>{duration(Math.max(0, end - new Date(run.startedAt).getTime()))}</>;
}

/** The names of applications, for lists that hold only ids. */
export function useApplicationNames(): Map<string, string> {
  const { data } = useQuery({ ...allApplications, staleTime: 60_000 });
  return new Map(data?.items.map(({ id, name }) => [id, name]));
}

interface Props {
  application?: string;
  state?: RunState;
  /** The last few only, in a card. */
  short?: boolean;
  fill?: boolean;
  filtered?: boolean;
  clear?: () => void;
}

/** Runs as they happen. New ones wait behind a button while the pointer or the focus is in the table. */
export function RunTable({ application, state, short, fill, filtered, clear }: Props) {
  const query = useInfiniteQuery(runList({ application, state }, short ? 6 : 50));
  const names = useApplicationNames();
  const { shown, fresh, accept, hold } = useCalm(query.data?.pages, `${application} ${state}`);
  const columns: Column<Run>[] = [
    {
      id: 'run',
      header: application ? 'Run' : 'Application',
      cell: (run) => {
        const name = run.applicationName || names.get(run.application) || 'A deleted application';
        return (
          <NameCell
            to={`/runs/${run.id}`}
            picture={application ? undefined : <Tile name={name} size={28} />}
            name={application ? kindWord(run.kind) : name}
            sub={<span className="mono">{run.id.slice(-8)}</span>}
          />
        );
      },
    },
    { id: 'status', header: 'Status', width: 172, cell: (run) => <StatusChip of="run" is={runState(run)} /> },
    ...(application
      ? []
      : [{ id: 'kind', header: 'Began by', width: 110, from: 900, cell: (run: Run) => kindWord(run.kind) }]),
    {
      id: 'operations',
      header: 'Sent',
      width: 70,
      align: 'right' as const,
      from: 680,
      cell: (run) => count(done(run)),
    },
    { id: 'result', header: 'Result', width: 190, from: 560, cell: (run) => <RunResult run={run} /> },
    { id: 'started', header: 'Started', width: 118, from: 480, cell: (run) => <Time at={run.startedAt} /> },
    { id: 'took', header: 'Took', width: 92, align: 'right' as const, from: 780, cell: (run) => <Took run={run} /> },
  ];
  const data = shown && { pages: short ? [{ items: shown.flatMap((page) => page.items).slice(0, 6) }] : shown };
  return (
    <div className={fill ? classes.fill : undefined} {...hold}>
      {fresh > 0 && (
        <div className={classes.fresh}>
          <Button size="compact-xs" leftSection={<IconRefresh size={13} />} onClick={accept}>
            {plural(fresh, 'new run')}
          </Button>
        </div>
      )}
      <DataTable
        inset={!fill}
        label="Runs"
        query={{ ...query, data, hasNextPage: !short && query.hasNextPage }}
        columns={columns}
        rowId={(run) => run.id}
        empty={
          filtered ? (
            <Empty
              title="No runs match"
              actions={
                clear && (
                  <Button variant="default" onClick={clear}>
                    Clear filters
                  </Button>
                )
              }
            />
          ) : (
            <Empty title="No runs yet">
              A run begins by itself as soon as an active application has something to receive.
            </Empty>
          )
        }
      />
    </div>
  );
}

/**
 * Rows that are there are kept up to date; rows that are new do not push the others while somebody is among them.
 * `hold` goes on the element that is watched.
 */
function useCalm(pages: { items: Run[] }[] | undefined, view: string) {
  const [inside, setInside] = useState(false);
  const seen = useRef<{ view: string; ids: Set<string> } | null>(null);
  const all = pages?.flatMap((page) => page.items);
  const known = seen.current?.view === view ? seen.current.ids : null;
  const first = all?.findIndex((run) => known?.has(run.id)) ?? -1;
  const fresh = inside && known && first > 0 ? first : 0;
  useEffect(() => {
    if (all && fresh === 0) seen.current = { view, ids: new Set(all.map((run) => run.id)) };
  });
  return {
    shown: fresh && pages ? [{ items: pages[0]?.items.slice(fresh) ?? [] }, ...pages.slice(1)] : pages,
    fresh,
    accept: () => {
      seen.current = null;
      setInside(false);
    },
    hold: {
      onPointerEnter: () => setInside(true),
      onPointerLeave: () => setInside(false),
      onFocus: () => setInside(true),
      onBlur: () => setInside(false),
    },
  };
}
