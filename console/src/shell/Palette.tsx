import { Combobox, Modal, TextInput, useCombobox } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { api, body } from '../api/client';
import type { Found } from '../api/schema';
import { Avatar, Tile } from '../components/Avatar';
import { type Icon, IconActivity, IconBolt, IconDatabaseImport, IconSearch, IconUsersGroup } from '../components/icons';
import type { Command } from './commands';
import { places } from './navigation';
import classes from './Palette.module.css';

interface Entry {
  id: string;
  label: string;
  detail?: string | null;
  picture: React.ReactNode;
  go: () => void;
}

const PATHS: Record<Found['kind'], string> = {
  user: '/users/',
  group: '/groups/',
  application: '/apps/',
  source: '/sources/',
  run: '/runs/',
  operation: '/operations/',
};
const NAMES: Record<Found['kind'], string> = {
  user: 'Users',
  group: 'Groups',
  application: 'Applications',
  source: 'Sources',
  run: 'Runs',
  operation: 'Operations',
};
const SHAPES: Partial<Record<Found['kind'], Icon>> = {
  group: IconUsersGroup,
  source: IconDatabaseImport,
  run: IconActivity,
  operation: IconBolt,
};

/** Search over everything, the way to every page, and what can be done from anywhere. */
export default function Palette({ close, commands }: { close: () => void; commands: Command[] }) {
  const [typed, setTyped] = useState('');
  const [asked] = useDebouncedValue(typed.trim(), 150);
  const navigate = useNavigate();
  const combobox = useCombobox({ opened: true });
  const found = useQuery({
    queryKey: ['search', asked],
    queryFn: () => body(api.GET('/api/v1/search', { params: { query: { q: asked } } })),
    enabled: asked.length > 0,
    placeholderData: keepPreviousData,
  });
  const to = (path: string) => navigate({ to: path });
  const groups = entries(typed, asked ? (found.data?.items ?? []) : [], commands, to);
  const all = groups.flatMap((group) => group.entries);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is found first is chosen first, whenever it changes
  useEffect(() => void combobox.selectFirstOption(), [all.map((entry) => entry.id).join()]);

  return (
    <Modal
      opened
      onClose={close}
      withCloseButton={false}
      padding={0}
      size={600}
      yOffset="12vh"
      transitionProps={{ duration: 0 }}
      attributes={{ content: { 'aria-label': 'Search and commands' } }}
    >
      <Combobox
        store={combobox}
        onOptionSubmit={(id) => {
          const entry = all.find((entry) => entry.id === id);
          close();
          entry?.go();
        }}
      >
        <Combobox.EventsTarget>
          <TextInput
            data-autofocus
            variant="unstyled"
            size="md"
            classNames={{ input: classes.input }}
            aria-label="Search or jump to"
            placeholder="Search people, groups, applications, or jump to a page"
            leftSection={<IconSearch size={17} />}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            // The list of results is always open, and an open list keeps Escape from the dialogue.
            onKeyDown={(event) => event.key === 'Escape' && close()}
          />
        </Combobox.EventsTarget>
        <div className={classes.results}>
          <Combobox.Options aria-label="Results">
            {groups.map((group) => (
              <Combobox.Group key={group.name} label={group.name}>
                {group.entries.map((entry) => (
                  <Combobox.Option key={entry.id} value={entry.id} className={classes.option}>
                    {entry.picture}
                    <span className="clip">{entry.label}</span>
                    {entry.detail && <span className={classes.detail}>{entry.detail}</span>}
                  </Combobox.Option>
                ))}
              </Combobox.Group>
            ))}
          </Combobox.Options>
          {all.length === 0 && (
            <p className={classes.none}>{found.isFetching ? 'Searching…' : `Nothing matches “${typed}”.`}</p>
          )}
        </div>
      </Combobox>
    </Modal>
  );
}

function entries(
  typed: string,
  found: Found[],
  commands: Command[],
  to: (path: string) => void,
): { name: string; entries: Entry[] }[] {
  const wanted = typed.trim().toLowerCase();
  const pages = places
    .filter(({ label }) => label.toLowerCase().includes(wanted))
    .map(({ label, to: path, icon: Shape, key }) => ({
      id: `to ${path}`,
      label,
      go: () => to(path),
      detail: `g ${key}`,
      picture: <Shape size={16} />,
    }));
  const acts = commands
    .filter(({ label }) => label.toLowerCase().includes(wanted))
    .map(({ label, icon: Shape, key, to: path, run }) => ({
      id: `do ${label}`,
      label,
      go: () => (path ? to(path) : run?.()),
      detail: key,
      picture: <Shape size={16} />,
    }));
  const kinds = [...new Set(found.map(({ kind }) => kind))];
  const groups = kinds.map((kind) => ({
    name: NAMES[kind],
    entries: found
      .filter((one) => one.kind === kind)
      .map(({ id, name, detail }) => ({
        id: `${kind} ${id}`,
        label: name,
        detail,
        go: () => to(PATHS[kind] + id),
        picture: picture(kind, name),
      })),
  }));
  return [...groups, { name: 'Go to', entries: pages }, { name: 'Do', entries: acts }].filter(
    ({ entries }) => entries.length > 0,
  );
}

function picture(kind: Found['kind'], name: string) {
  if (kind === 'user') return <Avatar name={name} size={22} />;
  if (kind === 'application') return <Tile name={name} size={22} />;
  const Shape = SHAPES[kind] ?? IconSearch;
  return <Shape size={16} />;
}
