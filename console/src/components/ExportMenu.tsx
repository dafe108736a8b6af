import { Button, Menu } from '@mantine/core';
import { asked } from '../api/queries';
import classes from './ExportMenu.module.css';
import { IconDownload } from './icons';

/** Where a list with its filters comes as a file. */
export const exportPath = (
  list: string,
  filters: { [name: string]: string | number | undefined },
  format: 'csv' | 'jsonl',
) => `/api/v1/export/${list}${asked({ ...filters, format })}`;

/** Downloads what the list shows: all of it, with the same filters and in the same order. */
export function ExportMenu({
  list,
  filters,
  label = 'Export',
}: {
  /** The list's name below `/export`. */
  list: string;
  filters: { [name: string]: string | number | undefined };
  label?: string;
}) {
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button
          variant="default"
          aria-label={label}
          leftSection={<IconDownload size={15} />}
          classNames={{ root: classes.button, label: classes.label, section: classes.icon }}
        >
          {label}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component="a" href={exportPath(list, filters, 'csv')} download>
          CSV, for a spreadsheet
        </Menu.Item>
        <Menu.Item component="a" href={exportPath(list, filters, 'jsonl')} download>
          JSON lines, for a program
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
