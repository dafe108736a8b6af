import { Menu } from '@mantine/core';
import classes from './FilterPill.module.css';
import { IconCheck, IconPlus, IconX } from './icons';

/** A filter of one choice: dashed while it is off, solid with its value while it is on. */
export function FilterPill<V extends string>(props: {
  label: string;
  value: V | undefined;
  options: { value: V; label: string }[];
  set: (value: V | undefined) => void;
}) {
  const chosen = props.options.find((option) => option.value === props.value);
  return (
    <span className={classes.pill} data-on={chosen ? true : undefined}>
      <Menu>
        <Menu.Target>
          <button type="button" className={classes.button} data-filter>
            {!chosen && <IconPlus size={14} />}
            {props.label}
            {chosen && <b>{chosen.label}</b>}
          </button>
        </Menu.Target>
        <Menu.Dropdown mah={320} className={classes.options}>
          {props.options.map((option) => (
            <Menu.Item
              key={option.value}
              onClick={() => props.set(option.value)}
              rightSection={option.value === props.value ? <IconCheck size={14} /> : undefined}
            >
              {option.label}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {chosen && (
        <button
          type="button"
          className={classes.clear}
          aria-label={`Clear ${props.label}`}
          onClick={() => props.set(undefined)}
        >
          <IconX size={13} />
        </button>
      )}
    </span>
  );
}
