import { ActionIcon, Menu } from '@mantine/core';
import { useState } from 'react';
import type { Column } from './columns';
import { IconColumns3 } from './icons';

/** The columns of a list that the reader has hidden, kept in the browser. */
export function useHidden(list: string): [string[], (hidden: string[]) => void] {
  const key = `lockstep-columns-${list}`;
  const [hidden, setHidden] = useState<string[]>(() => (localStorage.getItem(key) ?? '').split(' ').filter(Boolean));
  return [
    hidden,
    (to) => {
      if (to.length) localStorage.setItem(key, to.join(' '));
      else localStorage.removeItem(key);
      setHidden(to);
    },
  ];
}

/** Which columns a list shows. The first, which names the row, always does. */
export function ColumnMenu<T>(props: { columns: Column<T>[]; hidden: string[]; set: (hidden: string[]) => void }) {
  const { columns, hidden, set } = props;
  return (
    <Menu position="bottom-end" closeOnItemClick={false}>
      <Menu.Target>
        <ActionIcon variant="default" size={30} aria-label="Columns" title="Columns">
          <IconColumns3 size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {columns.slice(1).map(({ id, header }) => {
          const shown = !hidden.includes(id);
          return (
            <Menu.CheckboxItem
              key={id}
              checked={shown}
              closeMenuOnClick={false}
              onChange={() => set(shown ? [...hidden, id] : hidden.filter((one) => one !== id))}
            >
              {header}
            </Menu.CheckboxItem>
          );
        })}
        <Menu.Divider />
        <Menu.Item disabled={hidden.length === 0} onClick={() => set([])}>
          Show all that fit
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
