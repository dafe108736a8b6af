import { Drawer } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, body } from '../api/client';
import type { ApplicationDetail } from '../api/schema';
import { ActButton, useAct } from '../components/act';
import { ErrorBox } from '../components/ErrorBox';
import { IconBolt } from '../components/icons';
import { StatusChip } from '../components/StatusChip';
import { Time } from '../components/Time';
import { actionWord } from '../history/history';
import { syncUser } from './applications';
import classes from './Why.module.css';

interface Props {
  application: ApplicationDetail;
  /** By id. */
  user: string;
  close: () => void;
}

/** Why a person has, or has not, an account: the ways that give access, what was sent, what is open. */
export function Why({ application, user, close }: Props) {
  const {
    data: why,
    error,
    refetch,
  } = useQuery({
    queryKey: ['users', user, 'why', application.id],
    queryFn: () => body(api.GET('/api/v1/why', { params: { query: { user, application: application.id } } })),
  });
  const sync = useAct({
    run: () => syncUser(user, application.id),
    changes: ['users', 'runs', 'work', 'applications'],
    done: `${application.name} is compared for this person now`,
  });
  return (
    <Drawer opened onClose={close} position="right" size={480} title={why?.user ?? 'Why'}>
      {error && <ErrorBox error={error} retry={() => refetch()} />}
      {why && (
        <div className="stack">
          <p>{why.summary}</p>
          <div className="row">
            <ActButton
              need="operator"
              leftSection={<IconBolt size={15} />}
              refused={!application.active && `${application.name} is inactive`}
              loading={sync.isPending}
              onClick={() => sync.mutate(undefined, { onSuccess: () => refetch() })}
            >
              Force sync
            </ActButton>
            <Link to={`/users/${user}` as string} className={classes.open}>
              Open the person
            </Link>
          </div>
          <section>
            <h3>Access</h3>
            {why.because.length ? (
              <ul className={classes.list}>
                {why.because.map((line) => (
                  <li key={line}>{line}</li>
                ))}
              </ul>
            ) : (
              <p className="dim">No assignment reaches this person.</p>
            )}
            {why.since && (
              <p className="dim">
                Since <Time at={why.since} />
              </p>
            )}
          </section>
          {why.open && (
            <section>
              <h3>Not done yet</h3>
              <p className="row wrap">
                <StatusChip of="record" is={why.open.status} />
                <code>{why.open.errorCode}</code>
                {why.open.dueAt && (
                  <span className="dim">
                    next try <Time at={why.open.dueAt} />
                  </span>
                )}
              </p>
              <p className={classes.words}>{why.open.errorDetail}</p>
            </section>
          )}
          <section>
            <h3>What was sent</h3>
            {why.operations.length === 0 && <p className="dim">Nothing yet.</p>}
            <ul className={classes.list}>
              {why.operations.map((operation) => (
                <li key={operation.id} className={classes.sent}>
                  <Link to={`/operations/${operation.id}` as string}>{actionWord(operation.op)}</Link>
                  <StatusChip of="record" is={operation.status} />
                  <span className="grow" />
                  <span className="dim">
                    <Time at={operation.at} />
                  </span>
                </li>
              ))}
            </ul>
          </section>
          <section>
            <h3>From</h3>
            <ul className={classes.list}>
              {why.records.map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
          </section>
        </div>
      )}
    </Drawer>
  );
}
