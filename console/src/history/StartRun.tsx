import { Menu } from '@mantine/core';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { forceSync } from '../applications/acts';
import { application, applicationList } from '../applications/applications';
import { Tile } from '../components/Avatar';
import { ActButton, tellError } from '../components/act';
import { IconPlayerPlay } from '../components/icons';
import { useMay } from '../session/session';

/** Runs begin by themselves; this begins one that looks at everybody of an application again. */
export function StartRun() {
  const queries = useQueryClient();
  const may = useMay();
  const { data } = useInfiniteQuery(applicationList());
  const active = data?.pages.flatMap(({ items }) => items).filter((one) => one.active) ?? [];
  const start = async (id: string) => {
    const app = await queries.fetchQuery(application(id));
    forceSync(app, () =>
      Promise.all(['runs', 'work', 'statistics'].map((noun) => queries.invalidateQueries({ queryKey: [noun] }))),
    );
  };
  const button = (
    <ActButton
      need="operator"
      leftSection={<IconPlayerPlay size={15} />}
      refused={active.length === 0 && 'No application is active'}
    >
      Start a run
    </ActButton>
  );
  if (active.length === 0 || !may('operator')) return button;
  return (
    <Menu position="bottom-end">
      <Menu.Target>{button}</Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Look at everybody again in</Menu.Label>
        {active.map(({ id, name }) => (
          <Menu.Item key={id} leftSection={<Tile name={name} />} onClick={() => start(id).catch(tellError)}>
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
