import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Tile } from '../components/Avatar';
import { ActButton, useAct } from '../components/act';
import { Empty } from '../components/Empty';
import { ErrorBox } from '../components/ErrorBox';
import { Lines } from '../components/NameCell';
import { Facts, Panel } from '../components/Panel';
import { Chip, StatusChip } from '../components/StatusChip';
import { ExactTime, Time } from '../components/Time';
import { relative } from '../components/time';
import classes from './people.module.css';
import { syncNow, type UserAccount, type UserDetail, userGroups } from './users';
import { about } from './values';

/** An address that breaks before its host rather than anywhere, where it must. */
function atSign(address: string) {
  const [who, host] = address.split('@');
  if (!host) return address;
  return (
    <>
      {who}
      <wbr />@{host}
    </>
  );
}

/** Access whose account is not there yet. */
const isMissing =
  ({ accounts }: UserDetail) =>
  ({ application }: UserDetail['access'][number]) =>
    !accounts.some((account) => account.application === application);

/** What a person has: accounts with their state, groups with their paths, who says who they are. */
export function Overview({ user }: { user: UserDetail }) {
  const { email, title, department } = about(user.profile);
  return (
    <div className={classes.columns}>
      <div className="stack">
        <Panel title="Accounts in applications" flush>
          {user.accounts.length + user.access.length === 0 ? (
            <Empty title="No accounts">Nothing has been assigned to this person.</Empty>
          ) : (
            user.accounts.map((account) => <Account key={account.application} user={user.id} account={account} />)
          )}
          {user.access.filter(isMissing(user)).map((access) => (
            <div key={access.application} className={classes.account}>
              <Tile name={access.applicationName} size={28} />
              <span>
                <Link to={`/apps/${access.application}` as string} className="strong">
                  {access.applicationName}
                </Link>
                <span className="dim small" style={{ display: 'block' }}>
                  Has access since <ExactTime at={access.since} />, and no account yet
                </span>
              </span>
              <StatusChip of="account" is="creating" />
            </div>
          ))}
        </Panel>
        <Groups user={user.id} />
      </div>
      <div className="stack">
        <Panel title="Who says so">
          <Facts
            of={user.records.map((record) => [
              record.sourceName,
              <Lines
                key={record.id}
                first={<Time at={record.modifiedAt} />}
                second={record.document.externalId && <code title="externalId">{record.document.externalId}</code>}
              />,
            ])}
          />
        </Panel>
        <Panel title="About">
          <Facts
            of={[
              [
                'User name',
                user.wantedUserName
                  ? `${user.userName}, until ${user.wantedUserName} is free: it belongs to somebody else`
                  : atSign(user.userName),
              ],
              ['E-mail', email ? atSign(email) : '–'],
              ['Department', department ?? '–'],
              ['Title', title ?? '–'],
              ['Here since', <ExactTime key="since" at={user.createdAt} />],
              ['Last change', <Time key="change" at={user.modifiedAt} />],
            ]}
          />
        </Panel>
      </div>
    </div>
  );
}

function Account({ user, account }: { user: string; account: UserAccount }) {
  const { open } = account;
  const sync = useAct({
    run: () => syncNow(user, [account.application]),
    changes: ['users'],
    done: `${account.applicationName} is looked at now.`,
  });
  return (
    <div className={classes.account}>
      <Tile name={account.applicationName} size={28} />
      <span>
        <Link to={`/apps/${account.application}` as string} className="strong">
          {account.applicationName}
        </Link>
        <span className="dim small" style={{ display: 'block' }}>
          {account.origin === 'adopted' ? 'Was there before and was adopted' : 'Created by Lockstep'}, written{' '}
          <Time at={account.modifiedAt} />
          {account.remoteId && (
            <code className={classes.remote} title="Its id there">
              {account.remoteId}
            </code>
          )}
        </span>
      </span>
      <span className="row">
        <StatusChip of="account" is={(open?.status ?? account.state) as never} />
        <ActButton need="operator" variant="subtle" loading={sync.isPending} onClick={() => sync.mutate()}>
          Sync now
        </ActButton>
      </span>
      {open && (
        <span className={classes.more}>
          {open.detail}{' '}
          <span className="dim">
            {open.dueAt && open.status === 'pending' ? `Tried again ${relative(open.dueAt)}.` : ''}
          </span>
        </span>
      )}
      {account.applied && Object.keys(account.applied).length > 0 && (
        <details className={classes.more}>
          <summary className="dim small">Last values sent</summary>
          <pre className={classes.raw}>{JSON.stringify(account.applied, null, 2)}</pre>
        </details>
      )}
    </div>
  );
}

const KINDS: Record<string, string> = {
  manual: 'Manual',
  sourced: 'From a source',
  built_in: 'Built in',
  auto: 'By rule',
};

function Groups({ user }: { user: string }) {
  const query = useInfiniteQuery(userGroups(user));
  const groups = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Panel title="Groups" flush>
      {query.error && <ErrorBox error={query.error} retry={query.refetch} />}
      {query.data && groups.length === 0 && <Empty title="In no group" />}
      {groups.map((group) => (
        <div key={group.id} className={classes.path}>
          <span className="row">
            <Link to={`/groups/${group.id}` as string} className="strong">
              {group.displayName}
            </Link>
            <Chip tone="mute" bare>
              {KINDS[group.kind] ?? group.kind}
            </Chip>
          </span>
          {group.via.length > 0 && (
            <span className="dim small">Through {group.via.map(({ name }) => name).join(' → ')}</span>
          )}
        </div>
      ))}
    </Panel>
  );
}
