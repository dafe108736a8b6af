import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '../api/client';
import { queries } from '../api/queries';
import type { PushedGroup } from '../api/schema';
import { ActButton, tell, useAct } from '../components/act';
import { confirm } from '../components/Confirm';
import { type Column, DataTable } from '../components/DataTable';
import { Empty } from '../components/Empty';
import { IconBolt, IconPlus, IconUnlink, IconUsersGroup } from '../components/icons';
import { Lines, NameCell } from '../components/NameCell';
import { Panel } from '../components/Panel';
import { StatusChip } from '../components/StatusChip';
import { Time } from '../components/Time';
import { workList } from '../history/history';
import { useMay } from '../session/session';
import { application, draftOrCurrent, pushedGroups } from './applications';
import { PushDialogue } from './PushDialogue';
import { unpushed } from './sentences';

const route = getRouteApi('/inside/apps/$app/groups');

/** The groups that are made in an application, each beside its counterpart there. */
export function PushedGroups() {
  const { app: id } = route.useParams();
  const { data: app } = useQuery(application(id));
  const query = useInfiniteQuery(pushedGroups(id));
  const open = useInfiniteQuery(workList({ application: id }));
  const [pushing, setPushing] = useState(false);
  const may = useMay();
  const name = app?.name ?? 'the application';
  const troubled = new Map(
    open.data?.pages
      .flatMap((page) => page.items)
      .filter(({ kind }) => kind !== 'user')
      .map((work) => [work.subject, work]),
  );
  const retry = useAct({
    run: (subject: string) =>
      api.POST('/api/v1/applications/{application}/retry', {
        params: { path: { application: id } },
        body: { subject },
      }),
    changes: ['work', 'applications', 'runs'],
    done: 'Looked at again now',
  });
  const columns: Column<PushedGroup>[] = [
    {
      id: 'ours',
      header: 'Our group',
      cell: (row) => (
        <NameCell to={`/groups/${row.group}`} picture={<IconUsersGroup size={18} />} name={row.displayName} />
      ),
    },
    {
      id: 'theirs',
      header: `In ${name}`,
      from: 620,
      cell: (row) =>
        row.link?.remoteId ? (
          <Lines
            first={<code>{row.link.remoteId}</code>}
            second={row.link.origin === 'adopted' ? 'There before, adopted' : 'Made by Lockstep'}
          />
        ) : (
          <span className="dim">Not made yet</span>
        ),
    },
    {
      id: 'status',
      header: 'Status',
      width: 170,
      cell: (row) => {
        const work = troubled.get(row.group);
        if (work) return <StatusChip of="groupLink" is={work.status} title={work.detail ?? undefined} />;
        return <StatusChip of="groupLink" is={(row.link?.state ?? 'creating') as 'linked'} />;
      },
    },
    {
      id: 'written',
      header: 'Last written',
      width: 140,
      from: 760,
      cell: (row) => <Time at={row.link?.modifiedAt} none="" />,
    },
  ];
  const unpush = async (row: PushedGroup) => {
    const settings = await queries.fetchQuery(draftOrCurrent(id));
    const gone = unpushed(settings).includes('is deleted');
    confirm({
      level: gone ? 3 : 2,
      title: gone ? `Stop pushing ${row.displayName}, and delete it there?` : `Unlink ${row.displayName}?`,
      body: (
        <>
          <p>
            Lockstep no longer keeps {row.displayName} in {name}. {unpushed(settings)}
          </p>
          <p>Nobody loses their account by this. The group here stays as it is.</p>
        </>
      ),
      verb: gone ? 'Delete in the app' : 'Unlink',
      name: row.displayName,
      run: async () => {
        await api.DELETE('/api/v1/applications/{application}/groups/{group}', {
          params: { path: { application: id, group: row.group } },
        });
        queries.invalidateQueries({ queryKey: ['applications', 'list', id] });
        tell(`${row.displayName} is no longer pushed`);
      },
    });
  };
  const push = (
    <ActButton need="administrator" leftSection={<IconPlus size={15} />} onClick={() => setPushing(true)}>
      Push a group
    </ActButton>
  );
  return (
    <>
      <Panel
        flush
        title="Pushed groups"
        description={`Each is made in ${name}, or adopted where one of that name is there. Its members are those who have an account there.`}
        actions={push}
      >
        <DataTable
          inset
          label="Pushed groups"
          query={query}
          columns={columns}
          rowId={(row) => row.group}
          menu={(row) => [
            {
              label: 'Retry now',
              icon: IconBolt,
              refused:
                (!may('operator') && 'Only operators and administrators may do this') ||
                (!troubled.has(row.group) && 'It is in step'),
              run: () => retry.mutate(row.group),
            },
            {
              label: 'Stop pushing…',
              icon: IconUnlink,
              danger: true,
              refused: !may('administrator') && 'Only administrators may do this',
              run: () => unpush(row),
            },
          ]}
          empty={
            <Empty title="No groups are pushed" actions={push}>
              Accounts need no groups. Push one where {name} uses groups for rights or channels.
            </Empty>
          }
        />
      </Panel>
      {pushing && <PushDialogue id={id} name={name} close={() => setPushing(false)} />}
    </>
  );
}
