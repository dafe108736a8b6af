import { Kbd, TextInput } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { IconSearch } from './icons';
import { useKeys } from './keys';
import classes from './SearchField.module.css';

/** The search of a page. `/` leads to it; what is typed arrives a moment later, so that not every key asks the server. */
export function SearchField(props: { label: string; value: string; set: (value: string) => void; width?: number }) {
  const [typed, setTyped] = useState(props.value);
  const field = useRef<HTMLInputElement>(null);
  const { value, set } = props;
  const setter = useRef(set);
  setter.current = set;
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed === value) return;
    const timer = setTimeout(() => setter.current(typed), 200);
    return () => clearTimeout(timer);
  }, [typed, value]);
  useKeys({ '/': () => field.current?.focus() });
  return (
    <TextInput
      ref={field}
      className={classes.field}
      style={{ width: props.width ?? 264 }}
      aria-label={props.label}
      placeholder={props.label}
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onKeyDown={(event) => event.key === 'Escape' && (typed ? setTyped('') : field.current?.blur())}
      leftSection={<IconSearch size={15} />}
      rightSection={typed ? null : <Kbd size="xs">/</Kbd>}
      type="search"
    />
  );
}
