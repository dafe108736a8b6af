import { Button } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Change, Operation } from '../api/schema';
import { allApplications } from '../applications/applications';
import { Empty } from '../components/Empty';
import { ErrorBox } from '../components/ErrorBox';
import { IconDatabaseImport, IconHistory, IconSend } from '../components/icons';
import { Panel } from '../components/Panel';
import { StatusChip } from '../components/StatusChip';
import { Time } from '../components/Time';
import classes from './people.module.css';
import { type Moment, timeline, type UserDetail } from './users';
import { shown } from './values';

const ICONS = { request: IconDatabaseImport, change: IconHistory, operation: IconSend };

/** One story: what a source asked, what it changed here, what was sent to applications and how they answered. */
export function Timeline({ user }: { user: UserDetail }) {
  const query = useInfiniteQuery(timeline(user.id));
  const moments = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Panel
      title="Timeline"
      description="Newest first: what a source asked for, what changed here, and what was sent to applications."
    >
      {query.error && <ErrorBox error={query.error} retry={query.refetch} />}
      {query.data && moments.length === 0 && <Empty title="Nothing has happened yet" />}
      <ol className={classes.moments}>
        {moments.map((moment) => (
          <One key={`${moment.kind}-${moment.id}`} moment={moment} />
        ))}
      </ol>
      {query.hasNextPage && (
        <Button variant="default" loading={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
          Show earlier
        </Button>
      )}
    </Panel>
  );
}

function One({ moment }: { moment: Moment }) {
  const Icon = ICONS[moment.kind];
  return (
    <li className={classes.moment}>
      <span className={classes.bead} data-tone={tone(moment)}>
        <Icon size={14} />
      </span>
      <span>
        <What moment={moment} />
      </span>
      <span className="dim">
        <Time at={moment.at} />
      </span>
    </li>
  );
}

function tone({ request, operation }: Moment): 'bad' | 'warn' | undefined {
  if (operation?.status === 'failed' || (request && request.status >= 500)) return 'bad';
  if ((operation && operation.status !== 'succeeded') || (request && request.status >= 400)) return 'warn';
  return undefined;
}

const DONE: Record<string, string> = {
  create: 'Created the account in',
  adopt: 'Adopted the account in',
  update: 'Changed the account in',
  deactivate: 'Deactivated the account in',
  reactivate: 'Activated the account in',
  delete: 'Deleted the account in',
  release: 'Left the account alone in',
  members: 'Changed a group in',
};

function What({ moment: { request, change, operation } }: { moment: Moment }) {
  if (operation) return <Sent operation={operation} />;
  return (
    <>
      {change && (
        <>
          <span className="strong">{change.actor}</span> {words(change)}
          {change.detail && (
            <span className="dim small" style={{ display: 'block', overflowWrap: 'anywhere' }}>
              {Object.entries(change.detail)
                .map(([name, value]) =>
                  Array.isArray(value) && value.length === 2
                    ? `${name}: ${shown(value[0])} → ${shown(value[1])}`
                    : `${name}: ${shown(value)}`,
                )
                .join(' · ')}
            </span>
          )}
        </>
      )}
      {request && (
        <span className="dim small" style={{ display: 'block', overflowWrap: 'anywhere' }}>
          {change ? 'Asked for by ' : `${request.sourceName} sent `}
          <code>
            {request.method} {request.path}
          </code>
          , answered {request.status}
          {request.scimType && ` ${request.scimType}`}
          {request.detail && `: ${request.detail}`}
        </span>
      )}
    </>
  );
}

const ACTIONS: Record<string, string> = { create: 'created', update: 'changed', delete: 'removed', members: 'changed' };

const words = ({ action, objectKind, objectName }: Change) =>
  `${ACTIONS[action] ?? action.replaceAll('_', ' ')} the ${objectKind.replaceAll('_', ' ')} ${objectName}`;

function Sent({ operation }: { operation: Operation }) {
  const { data } = useQuery(allApplications);
  const application = data?.items.find(({ id }) => id === operation.application)?.name ?? 'an application';
  return (
    <>
      <span className="row wrap">
        <Link to={`/operations/${operation.id}` as string}>
          {DONE[operation.op] ?? operation.op} {application}
        </Link>
        <StatusChip of="record" is={operation.status} />
      </span>
      {operation.errorDetail && (
        <span className="dim small" style={{ display: 'block' }}>
          {operation.errorDetail}
        </span>
      )}
    </>
  );
}
