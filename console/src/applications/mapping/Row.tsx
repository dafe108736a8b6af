import { Button, SegmentedControl } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import type { MappingRow, RowResult } from '../../api/schema';
import { IconArrowBackUp, IconChevronDown, IconChevronRight, IconTrash } from '../../components/icons';
import { Chip } from '../../components/StatusChip';
import { useMay } from '../../session/session';
import { rowOf, shortPath } from '../applications';
import { sameRow } from '../changes';
import classes from './Attributes.module.css';
import { Expression, ExpressionField } from './ExpressionField';
import type { Known } from './expression';

interface Props {
  row: MappingRow;
  /** What the current version says; undefined when the row is new. */
  before: MappingRow | undefined;
  /** The number of the current version. */
  version: number | undefined;
  required: boolean;
  match: boolean;
  result: RowResult | undefined;
  known: Known | undefined;
  open: boolean;
  toggle: () => void;
  set: (row: MappingRow) => void;
  remove: () => void;
}

const SENT = { always: 'Always', on_create: 'On create' };

/** One attribute: closed it says everything in a line, open it is edited in place. */
export function Row(props: Props) {
  const { before, version, open, toggle, result } = props;
  const row = rowOf(props.row);
  const { prefix, name } = shortPath(row.to);
  const Caret = open ? IconChevronDown : IconChevronRight;
  const edited = version !== undefined && before !== undefined && !sameRow(before, row);
  const wrong = result?.error ?? null;
  // As many columns as Attributes.module.css leaves on a phone.
  const columns = useMediaQuery('(max-width: 699px)') ? 2 : 4;
  return (
    <>
      <tr
        className={classes.row}
        id={`row-${row.to}`}
        data-open={open || undefined}
        onClick={(event) => {
          if (!(event.target as HTMLElement).closest('button') && !window.getSelection()?.toString()) toggle();
        }}
      >
        <th scope="row">
          <button type="button" className={classes.name} aria-expanded={open} onClick={toggle} title={row.to}>
            <Caret size={16} />
            <span className="clip">
              <span className="dim">{prefix}</span>
              {name}
              {props.required && <span className={classes.star}>*</span>}
            </span>
            {props.match && <Chip tone="accent">Match</Chip>}
            {edited && <Chip tone="accent">Edited</Chip>}
            {version !== undefined && before === undefined && <Chip tone="accent">New</Chip>}
          </button>
        </th>
        <td className={classes.value}>
          <Expression text={row.expression} />
        </td>
        <td className={classes.result}>
          <Result result={result} />
        </td>
        <td className={classes.sent}>{row.authority === 'shared' ? 'First' : SENT[row.apply]}</td>
      </tr>
      {open && (
        <tr>
          <td colSpan={columns} className={classes.editor}>
            <Editor {...props} row={row} edited={edited} wrong={wrong} />
          </td>
        </tr>
      )}
    </>
  );
}

function Result({ result }: { result: RowResult | undefined }) {
  if (!result) return null;
  if (result.error)
    return (
      <Chip tone="bad" shape="cross" title={result.error.message}>
        No value
      </Chip>
    );
  if (result.value === null || result.value === undefined || result.value === '')
    return <span className={classes.nothing}>empty</span>;
  const text = typeof result.value === 'string' ? result.value : JSON.stringify(result.value);
  return <span title={text}>{text}</span>;
}

/** Shapes that are often wanted, with where the caret goes. */
const SHAPES = ['lower(', 'upper(', 'ascii(', 'before(', 'after(', 'coalesce(', 'joinPresent('];

function Editor({
  row,
  before,
  version,
  known,
  set,
  remove,
  edited,
  wrong,
  required,
}: Props & { row: Required<MappingRow>; edited: boolean; wrong: RowResult['error'] }) {
  const may = useMay()('administrator');
  const shapes = known?.functions.filter(({ name }) => SHAPES.includes(`${name}(`)) ?? [];
  const wrap = (name: string) => set({ ...row, expression: `${name}(${row.expression})` });
  return (
    <>
      <ExpressionField
        label={`Expression for ${row.to}`}
        value={row.expression}
        set={(expression) => set({ ...row, expression })}
        known={known}
        error={wrong}
        disabled={!may}
      />
      {may && shapes.length > 0 && (
        <div className={classes.shapes}>
          {shapes.map(({ name, signature, detail }) => (
            <button key={name} type="button" title={detail ?? undefined} onClick={() => wrap(name)}>
              {signature}
            </button>
          ))}
        </div>
      )}
      <div className={classes.choices}>
        <Choice
          label="Send"
          value={row.apply}
          disabled={!may}
          set={(apply) => set({ ...row, apply })}
          data={[
            { value: 'always', label: 'Always' },
            { value: 'on_create', label: 'On create only' },
          ]}
        />
        <Choice
          label="When empty"
          value={row.onEmpty}
          disabled={!may}
          set={(onEmpty) => set({ ...row, onEmpty })}
          data={[
            { value: 'leave', label: 'Leave alone' },
            { value: 'clear', label: 'Clear' },
            { value: 'fail', label: 'Fail' },
          ]}
        />
        <Choice
          label="Owned by"
          value={row.authority}
          disabled={!may}
          set={(authority) => set({ ...row, authority })}
          data={[
            { value: 'authoritative', label: 'Lockstep' },
            { value: 'shared', label: 'The app, after create' },
          ]}
        />
        <span className="grow" />
        {edited && before && may && (
          <Button
            variant="subtle"
            color="gray"
            leftSection={<IconArrowBackUp size={15} />}
            onClick={() => set({ ...before })}
          >
            Back to v{version}
          </Button>
        )}
        {!required && may && (
          <Button variant="subtle" color="gray" leftSection={<IconTrash size={15} />} onClick={remove}>
            Take out
          </Button>
        )}
      </div>
      {edited && before && (
        <p className={classes.before}>
          <span className="dim">v{version}</span>
          <code>
            <Expression text={before.expression} />
          </code>
        </p>
      )}
    </>
  );
}

function Choice<V extends string>(props: {
  label: string;
  value: V;
  set: (value: V) => void;
  data: { value: V; label: string }[];
  disabled?: boolean;
}) {
  return (
    <span className={classes.choice}>
      <span>{props.label}</span>
      <SegmentedControl
        size="xs"
        aria-label={props.label}
        value={props.value}
        disabled={props.disabled}
        onChange={(value) => props.set(value as V)}
        data={props.data}
      />
    </span>
  );
}
