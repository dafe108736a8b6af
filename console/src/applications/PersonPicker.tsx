import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, body } from '../api/client';
import type { User } from '../api/schema';
import { IconSearch } from '../components/icons';

/** A person, found among everyone by name or user name. */
export function PersonPicker(props: {
  label: string;
  hideLabel?: boolean;
  value: string | null;
  set: (id: string | null) => void;
}) {
  const [typed, setTyped] = useState('');
  const chosen = useQuery({
    queryKey: ['users', props.value, 'pick'],
    queryFn: () => body(api.GET('/api/v1/users/{user}', { params: { path: { user: props.value ?? '' } } })),
    enabled: props.value !== null,
  });
  const found = useQuery({
    queryKey: ['users', 'pick', typed],
    queryFn: () => body(api.GET('/api/v1/users', { params: { query: { search: typed || undefined, limit: 20 } } })),
    placeholderData: (old) => old,
  });
  const people: Pick<User, 'id' | 'displayName' | 'userName'>[] = [...(found.data?.items ?? [])];
  if (chosen.data && !people.some(({ id }) => id === chosen.data.id)) people.unshift(chosen.data);
  const options = people.map(({ id, displayName, userName }) => ({
    value: id,
    label: displayName ? `${displayName} (${userName})` : userName,
  }));
  return (
    <Select
      label={props.hideLabel ? undefined : props.label}
      aria-label={props.hideLabel ? props.label : undefined}
      searchable
      size="xs"
      data={options}
      value={props.value}
      onChange={props.set}
      onSearchChange={(text) => setTyped(options.some(({ label }) => label === text) ? '' : text)}
      filter={({ options }) => options}
      nothingFoundMessage={found.isFetching ? 'Searching…' : 'Nobody matches'}
      placeholder="Search everyone"
      leftSection={<IconSearch size={15} />}
      maxDropdownHeight={260}
      selectFirstOptionOnChange
    />
  );
}
