import { Select } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { allApplications } from '../applications/applications';
import { Empty } from '../components/Empty';
import { ErrorBox } from '../components/ErrorBox';
import { Panel } from '../components/Panel';
import { Time } from '../components/Time';
import classes from './people.module.css';
import { type UserDetail, userGroups, whyQuery } from './users';

/** What the person should have, by which path and since when; and why not, for what they have not. */
export function Access({ user }: { user: UserDetail }) {
  const applications = useQuery(allApplications).data;
  const groups = useInfiniteQuery(userGroups(user.id));
  const names = new Map(
    groups.data?.pages.flatMap((page) => page.items.map(({ id, displayName }) => [id, displayName])),
  );
  const [application, setApplication] = useState<string | null>(null);
  const why = useQuery({ ...whyQuery(user.id, application ?? ''), enabled: application !== null });
  return (
    <div className={classes.columns}>
      <Panel
        title="Access"
        description="Each application this person should have an account in, and every path that gives it."
        flush
      >
        {user.access.length === 0 && (
          <Empty title="No access">Assign an application to this person or to a group of theirs.</Empty>
        )}
        {user.access.map((access) => (
          <div key={access.application} className={classes.path}>
            <span className="row">
              <Link to={`/apps/${access.application}` as string} className="strong">
                {access.applicationName}
              </Link>
              <span className="dim">
                since <Time at={access.since} />
              </span>
            </span>
            {access.paths.map((path) => (
              <span key={path.group ?? path.kind} className="small" style={{ display: 'block' }}>
                {path.group ? (
                  <>
                    Through the group{' '}
                    <Link to={`/groups/${path.group}` as string} className={classes.inText}>
                      {names.get(path.group) ?? 'of another source'}
                    </Link>
                  </>
                ) : path.kind === 'group' ? (
                  'Assigned to everyone'
                ) : (
                  'Assigned directly'
                )}
              </span>
            ))}
          </div>
        ))}
      </Panel>
      <Panel title="Why, or why not?" description="For any application.">
        <div className="stack">
          <Select
            label="Application"
            placeholder="Choose one"
            value={application}
            onChange={setApplication}
            data={(applications?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))}
            searchable
          />
          {!!why.error && <ErrorBox error={why.error} retry={why.refetch} />}
          {why.data && (
            <div role="status">
              <p className="strong">{why.data.summary}</p>
              {why.data.because.map((reason) => (
                <p key={reason}>{reason}</p>
              ))}
              {why.data.open?.errorDetail && <p className="dim">{why.data.open.errorDetail}</p>}
            </div>
          )}
        </div>
      </Panel>
    </div>
  );
}
