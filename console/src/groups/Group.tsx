import { Button, Menu, Modal, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { ActButton, useAct } from '../components/act';
import { confirm } from '../components/Confirm';
import { Empty } from '../components/Empty';
import { ErrorBox } from '../components/ErrorBox';
import { IconChevronDown, IconPencil, IconTrash } from '../components/icons';
import { Loading } from '../components/Loading';
import { Content, Page, PageHeader } from '../components/PageHeader';
import { Panel } from '../components/Panel';
import { RouteTabs } from '../components/RouteTabs';
import { Chip, StatusChip } from '../components/StatusChip';
import { Time } from '../components/Time';
import { plural } from '../components/time';
import { useMay } from '../session/session';
import { type GroupDetail, groupQuery, KINDS, removeGroup, renameGroup, usesQuery } from './groups';
import classes from './groups.module.css';
import { DirectMembers, EffectiveMembers } from './Members';

const CRUMBS = [{ label: 'Groups', to: '/groups' }];

/** A group: who is in it, directly and through others, and what it is used for. */
export function Group() {
  const { group: id = '', section } = useParams({ strict: false }) as { group?: string; section?: string };
  const { data: group, error, refetch } = useQuery(groupQuery(id));
  if (!group) {
    return (
      <Page header={<PageHeader title="Group" crumbs={CRUMBS} />}>
        {error ? <ErrorBox error={error} retry={refetch} /> : <Loading />}
      </Page>
    );
  }
  const base = `/groups/${id}`;
  const everyone = group.kind === 'built_in';
  const pending = group.pendingMembers;
  const tabs = [
    { label: 'Direct members', to: base, count: group.memberCount?.count },
    { label: 'Effective members', to: `${base}/effective` },
    { label: 'Used by', to: `${base}/uses` },
  ];
  return (
    <Page
      fill
      header={
        <PageHeader
          title={group.displayName}
          crumbs={CRUMBS}
          chip={
            group.deletedAt ? (
              <Chip tone="warn" shape="unlink">
                Deleted by its source
              </Chip>
            ) : (
              <Chip tone="mute">{KINDS[group.kind].word}</Chip>
            )
          }
          description={
            group.deletedAt ? (
              <>
                Its source deleted it <Time at={group.deletedAt} />. It gives nothing any more, and goes away when
                nothing names it.
              </>
            ) : (
              `${KINDS[group.kind].says}${
                pending > 0 ? ` ${plural(pending, 'member has', 'members have')} not arrived yet.` : ''
              }`
            )
          }
          actions={group.kind === 'manual' && <Actions group={group} />}
          tabs={<RouteTabs label="Sections of the group" tabs={everyone ? tabs.slice(2) : tabs} />}
        />
      }
    >
      {section === 'uses' || everyone ? (
        <Content>
          <UsedBy id={id} />
        </Content>
      ) : section === 'effective' ? (
        <EffectiveMembers group={group} />
      ) : (
        <DirectMembers group={group} />
      )}
    </Page>
  );
}

function Actions({ group }: { group: GroupDetail }) {
  const [renaming, setRenaming] = useState(false);
  const navigate = useNavigate();
  const may = useMay();
  const remove = useAct({ run: () => removeGroup(group.id), changes: ['groups'], quiet: true });
  return (
    <>
      <ActButton
        need="administrator"
        variant="default"
        leftSection={<IconPencil size={15} />}
        onClick={() => setRenaming(true)}
      >
        Rename
      </ActButton>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" rightSection={<IconChevronDown size={14} />}>
            More
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            className="danger"
            leftSection={<IconTrash size={15} />}
            disabled={!may('administrator')}
            onClick={() =>
              confirm({
                level: 3,
                title: `Delete ${group.displayName}?`,
                body: (
                  <>
                    Its {plural(group.memberCount?.count ?? 0, 'member')} stay. Access that only this group gives ends,
                    and where it is pushed, the removal settings of the application decide.
                  </>
                ),
                verb: 'Delete the group',
                name: group.displayName,
                run: async () => {
                  await remove.mutateAsync();
                  navigate({ to: '/groups' });
                },
              })
            }
          >
            Delete…
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {renaming && <Rename group={group} close={() => setRenaming(false)} />}
    </>
  );
}

function Rename({ group, close }: { group: GroupDetail; close: () => void }) {
  const [name, setName] = useState(group.displayName);
  const rename = useAct({ run: () => renameGroup(group.id, name.trim()), changes: ['groups'], quiet: true });
  return (
    <Modal opened onClose={close} title={`Rename ${group.displayName}`} size={440} centered>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          rename.mutate(undefined, { onSuccess: close });
        }}
      >
        <TextInput
          label="Name"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          required
          data-autofocus
        />
        {!!rename.error && <ErrorBox error={rename.error} />}
        <div className="row">
          <span className="grow" />
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button type="submit" loading={rename.isPending} disabled={!name.trim()}>
            Rename
          </Button>
        </div>
      </form>
    </Modal>
  );
}

function UsedBy({ id }: { id: string }) {
  const { data, error, refetch } = useQuery(usesQuery(id));
  if (error) return <ErrorBox error={error} retry={refetch} />;
  if (!data) return null;
  const nothing = !data.assignments.length && !data.pushedTo.length && !data.nestedIn.length;
  return (
    <Panel title="Used by" description="What changes when this group changes." flush>
      {nothing && (
        <Empty title="Nothing uses this group">
          Assign an application to it, or push it to one, from the application's page.
        </Empty>
      )}
      {data.assignments.map((use) => (
        <div key={`a${use.application}`} className={classes.use}>
          <span>
            Gives access to{' '}
            <Link to={`/apps/${use.application}/access` as string} className="strong">
              {use.applicationName}
            </Link>
          </span>
          <span className="dim">
            since <Time at={use.createdAt} />
          </span>
        </div>
      ))}
      {data.pushedTo.map((use) => (
        <div key={`p${use.application}`} className={classes.use}>
          <span>
            Pushed to{' '}
            <Link to={`/apps/${use.application}/groups` as string} className="strong">
              {use.applicationName}
            </Link>
          </span>
          <StatusChip of="groupLink" is={use.state === 'linked' || use.state === 'creating' ? use.state : 'unlinked'} />
        </div>
      ))}
      {data.nestedIn.map((group) => (
        <div key={`n${group.id}`} className={classes.use}>
          <span>
            Inside{' '}
            <Link to={`/groups/${group.id}` as string} className="strong">
              {group.name}
            </Link>
          </span>
        </div>
      ))}
    </Panel>
  );
}
