import { Button, Menu, Popover, Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, body } from '../api/client';
import { allApplications } from '../applications/applications';
import classes from '../components/FilterPill.module.css';
import { IconPlus, IconX } from '../components/icons';
import { type Condition, compares, OPERATORS, type Operator, SUBJECTS } from './conditions';

const STATES = [
  { value: 'active', label: 'Active' },
  { value: 'pending', label: 'Pending' },
  { value: 'blocked', label: 'Leaving' },
  { value: 'deactivated', label: 'Deactivated' },
  { value: 'on_hold', label: 'On hold' },
];
type Option = { value: string; label: string };

/** What the values of a subject are called; none for what is typed. */
function useOptions(about: string, typed: string, chosen?: string): Option[] | undefined {
  const sources = useQuery({
    queryKey: ['sources', 'all'],
    queryFn: () => body(api.GET('/api/v1/sources')),
    enabled: about === 'source',
  });
  const applications = useQuery({ ...allApplications, enabled: about === 'application' });
  const groups = useQuery({
    queryKey: ['groups', 'pick', typed],
    queryFn: () => body(api.GET('/api/v1/groups', { params: { query: { search: typed || undefined, limit: 20 } } })),
    enabled: about === 'group',
    placeholderData: (old) => old,
  });
  const group = useQuery({
    queryKey: ['groups', chosen],
    queryFn: () => body(api.GET('/api/v1/groups/{group}', { params: { path: { group: chosen ?? '' } } })),
    enabled: about === 'group' && !!chosen,
  });
  const named = (items: { id: string; name: string }[] = []) =>
    items.map(({ id, name }) => ({ value: id, label: name }));
  if (about === 'state') return STATES;
  if (about === 'source') return named(sources.data?.items);
  if (about === 'application') return named(applications.data?.items);
  if (about !== 'group') return undefined;
  const found = (groups.data?.items ?? []).map(({ id, displayName }) => ({ value: id, label: displayName }));
  if (group.data && !found.some(({ value }) => value === group.data.id))
    found.unshift({ value: group.data.id, label: group.data.displayName });
  return found;
}

/** The conditions of a list as pills, each to be changed or taken away, and the way to add one. */
export function ConditionPills({ of: conditions, set }: { of: Condition[]; set: (conditions: Condition[]) => void }) {
  const [added, setAdded] = useState<string>();
  const change = (at: number, to: Condition | undefined) =>
    set(conditions.flatMap((one, index) => (index === at ? (to ? [to] : []) : [one])));
  return (
    <>
      {conditions.map((condition, at) => (
        <Pill
          key={`${condition.about} ${condition.operator} ${condition.value}`}
          condition={condition}
          set={(to) => change(at, to)}
          clear={() => change(at, undefined)}
        />
      ))}
      {added && (
        <Pill
          key={added}
          condition={{ about: added, operator: 'is' }}
          begun
          set={(to) => {
            setAdded(undefined);
            set([...conditions, to]);
          }}
          clear={() => setAdded(undefined)}
        />
      )}
      <span className={classes.pill}>
        <Menu>
          <Menu.Target>
            <button type="button" className={classes.button} data-filter>
              <IconPlus size={14} />
              Filter
            </button>
          </Menu.Target>
          <Menu.Dropdown mah={380} className={classes.options}>
            {Object.entries(SUBJECTS).map(([about, { label }]) => (
              <Menu.Item key={about} onClick={() => setAdded(about)}>
                {label}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      </span>
    </>
  );
}

function Pill(props: {
  condition: Condition;
  /** It is just being made. */
  begun?: boolean;
  set: (condition: Condition) => void;
  clear: () => void;
}) {
  const { condition, begun } = props;
  const [open, setOpen] = useState(!!begun);
  const { label } = SUBJECTS[condition.about] ?? { label: condition.about };
  const options = useOptions(condition.about, '', condition.value);
  const value = options?.find((option) => option.value === condition.value)?.label ?? condition.value;
  const close = () => {
    setOpen(false);
    if (begun) props.clear();
  };
  return (
    <span className={classes.pill} data-on={begun ? undefined : true}>
      <Popover opened={open} onChange={(to) => !to && close()} position="bottom-start" trapFocus returnFocus>
        <Popover.Target>
          <button type="button" className={classes.button} aria-expanded={open} onClick={() => setOpen(!open)}>
            {label}
            {!begun && (
              <>
                {' '}
                {OPERATORS[condition.operator]} {compares(condition.operator) && <b>{value}</b>}
              </>
            )}
          </button>
        </Popover.Target>
        <Popover.Dropdown>
          <Form
            condition={condition}
            set={(to) => {
              setOpen(false);
              props.set(to);
            }}
          />
        </Popover.Dropdown>
      </Popover>
      {!begun && (
        <button type="button" className={classes.clear} aria-label={`Clear ${label}`} onClick={props.clear}>
          <IconX size={13} />
        </button>
      )}
    </span>
  );
}

function Form({ condition, set }: { condition: Condition; set: (condition: Condition) => void }) {
  const { about } = condition;
  const { label, operators } = SUBJECTS[about] ?? { label: about, operators: ['is'] as Operator[] };
  const [operator, setOperator] = useState(condition.operator);
  const [value, setValue] = useState(condition.value ?? '');
  const [typed, setTyped] = useState('');
  const options = useOptions(about, typed, value || undefined);
  const asks = compares(operator);
  return (
    <form
      className="stack"
      style={{ gap: 10, width: 230 }}
      onSubmit={(event) => {
        event.preventDefault();
        set({ about, operator, value: asks ? value : undefined });
      }}
    >
      <Select
        label={label}
        data={operators.map((one) => ({ value: one, label: OPERATORS[one] }))}
        value={operator}
        onChange={(to) => to && setOperator(to as Operator)}
        comboboxProps={{ withinPortal: false }}
        allowDeselect={false}
      />
      {asks && options && (
        <Select
          aria-label={`Value of ${label}`}
          placeholder={about === 'group' ? 'Search groups' : 'Choose'}
          data={options}
          value={value || null}
          onChange={(to) => setValue(to ?? '')}
          searchable={about === 'group'}
          onSearchChange={(text) => setTyped(options.some((option) => option.label === text) ? '' : text)}
          comboboxProps={{ withinPortal: false }}
          maxDropdownHeight={240}
        />
      )}
      {asks && !options && (
        <TextInput
          aria-label={`Value of ${label}`}
          value={value}
          onChange={(event) => setValue(event.currentTarget.value)}
          data-autofocus
        />
      )}
      <Button type="submit" disabled={asks && !value.trim()}>
        Apply
      </Button>
    </form>
  );
}
