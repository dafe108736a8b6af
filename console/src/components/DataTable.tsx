import { Menu } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import {
  columnVisibilityFeature,
  type RowSelectionState,
  rowSelectionFeature,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import type { Page } from '../api/queries';
import { type Column, choose as fitting, NARROW, widths } from './columns';
import classes from './DataTable.module.css';
import { ErrorBox } from './ErrorBox';
import { type Icon, IconChevronDown, IconDots, IconX } from './icons';
import { singleKeys, useKeys } from './keys';
import { count } from './time';
import { leave } from './trail';

export type { Column } from './columns';

/** What the list query gives: the result of `useInfiniteQuery(list(…))`. */
export interface Rows<T> {
  data?: { pages: Page<T>[] };
  error: unknown;
  isPending: boolean;
  isFetchingNextPage: boolean;
  hasNextPage: boolean;
  fetchNextPage: () => unknown;
  refetch: () => unknown;
}

export interface RowAction {
  label: string;
  icon?: Icon;
  danger?: boolean;
  /** Why it can't be done now; the entry stays visible. */
  refused?: string | false;
  run: () => void;
}

interface Props<T> {
  /** What it lists, for screen readers. */
  label: string;
  query: Rows<T>;
  columns: Column<T>[];
  rowId: (row: T) => string;
  /** Shown instead of rows when there are none. */
  empty: ReactNode;
  rowHeight?: number;
  /** In a card, as high as its rows; without it the table fills the page to its edges. */
  inset?: boolean;
  menu?: (row: T) => RowAction[];
  /** The bar below while rows are chosen. */
  selection?: (ids: string[], clear: () => void) => ReactNode;
  /** Columns that the reader has hidden. */
  hidden?: string[];
  /** The order, as the API writes it: a column's `sort`, with `-` before it the other way round. */
  sort?: string;
  setSort?: (sort: string | undefined) => void;
}

const features = tableFeatures({ columnVisibilityFeature, rowSelectionFeature });
const NONE: never[] = [];

/**
 * A list: a real table with only the visible rows in it, read page by page as it is scrolled. The first column names
 * the row and holds its link; a click anywhere in the row follows it. `j` and `k` move, and within the rows the arrows;
 * Enter opens, `x` chooses, with Shift all from the one chosen before.
 */
export function DataTable<T>(props: Props<T>) {
  const { query, columns, rowHeight = 48, inset } = props;
  const { ref: sizeRef, width } = useElementSize();
  const scroller = useRef<HTMLDivElement | null>(null);
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? (NONE as T[]), [query.data]);
  const [rowSelection, setRowSelection] = useState<RowSelectionState>({});
  const narrow = width > 0 && width < NARROW;
  const selects = props.selection && !narrow;
  const room = width && width - (selects ? 60 : 0) - (props.menu ? (narrow ? 52 : 72) : 0);
  const columnVisibility = useMemo(() => fitting(columns, room, props.hidden), [columns, room, props.hidden]);
  const table = useTable({
    features,
    columns: useMemo(() => columns.map(({ id, header }) => ({ id, header })), [columns]),
    data: rows as object[],
    getRowId: (row: object) => props.rowId(row as T),
    state: { columnVisibility, rowSelection },
    onRowSelectionChange: setRowSelection,
  });
  const shown = columns.filter((column) => columnVisibility[column.id]);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    initialRect: { width: 1200, height: 900 },
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  useEffect(() => {
    if (last >= rows.length - 20 && hasNextPage && !isFetchingNextPage) fetchNextPage();
  }, [last, rows.length, hasNextPage, isFetchingNextPage, fetchNextPage]);

  const menu = useRowMenu(props.menu);
  const model = table.getRowModel().rows;
  // Only what is on the list counts: what another filter has taken off it is not acted on unseen.
  const chosen = model.filter(({ id }) => rowSelection[id]).map(({ id }) => id);
  const clear = () => setRowSelection({});
  // With Shift, everything from the row that was chosen before.
  const from = useRef(0);
  const choose = (index: number, range: boolean) => {
    const on = !model[index]?.getIsSelected();
    const [low, high] = range ? [Math.min(from.current, index), Math.max(from.current, index)] : [index, index];
    const ids = model.slice(low, high + 1).map(({ id }) => id);
    from.current = index;
    setRowSelection((old) => {
      const kept = Object.entries(old).filter(([id]) => !ids.includes(id));
      return Object.fromEntries([...kept, ...(on ? ids.map((id) => [id, true] as const) : [])]);
    });
  };
  const move = useMoves(scroller, rows.length, (index) => virtual.scrollToIndex(index));
  useKeys(inset ? {} : { j: () => move(1), k: () => move(-1), ...(chosen.length > 0 && { Escape: clear }) });

  const spare = shown.length + (selects ? 1 : 0) + (props.menu ? 1 : 0);
  const above = items[0]?.start ?? 0;
  const below = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <div className={inset ? classes.inset : classes.fill} ref={sizeRef}>
      <section
        className={classes.scroller}
        ref={scroller}
        aria-label={props.label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        tabIndex={0}
        // From within a row the arrows go from row to row; from anywhere else they scroll, as everywhere.
        onKeyDown={(event) => {
          const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
          if (!by || !(event.target as HTMLElement).closest('[data-row]')) return;
          event.preventDefault();
          move(by);
        }}
      >
        <table className={classes.table} aria-rowcount={hasNextPage ? -1 : rows.length + 1} aria-busy={query.isPending}>
          <colgroup>
            {selects && <col className={classes.check} />}
            {widths(shown, room).map(({ id, width }) => (
              <col key={id} style={{ width }} />
            ))}
            {props.menu && <col className={classes.dots} data-narrow={narrow || undefined} />}
          </colgroup>
          <thead>
            <tr aria-rowindex={1}>
              {selects && (
                <th>
                  <input
                    type="checkbox"
                    aria-label="Choose all that are loaded"
                    checked={rows.length > 0 && table.getIsAllRowsSelected()}
                    ref={(box) => {
                      if (box) box.indeterminate = table.getIsSomeRowsSelected() && !table.getIsAllRowsSelected();
                    }}
                    onChange={table.getToggleAllRowsSelectedHandler()}
                  />
                </th>
              )}
              {shown.map((column) => (
                <Head key={column.id} column={column} sort={props.sort} set={props.setSort} />
              ))}
              {props.menu && (
                <th>
                  <span className="sr">Actions</span>
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {query.isPending && <Skeletons columns={spare} height={rowHeight} />}
            {above > 0 && <Spacer height={above} />}
            {items.map((item) => {
              const row = rows[item.index];
              const handle = model[item.index];
              if (row === undefined || handle === undefined) return null;
              return (
                <tr
                  key={handle.id}
                  data-index={item.index}
                  data-row
                  data-chosen={rowSelection[handle.id] || undefined}
                  aria-rowindex={item.index + 2}
                  style={{ height: rowHeight }}
                  onClick={(event) => {
                    const href = follow(event);
                    if (href) leave(href, handle.id, rows.map(props.rowId));
                  }}
                  onKeyDown={(event) => {
                    if (event.key.toLowerCase() === 'x' && selects && singleKeys.on())
                      choose(item.index, event.shiftKey);
                  }}
                >
                  {selects && (
                    <td>
                      <input
                        type="checkbox"
                        aria-label={`Choose row ${item.index + 1}`}
                        checked={handle.getIsSelected()}
                        onChange={(event) => choose(item.index, (event.nativeEvent as MouseEvent).shiftKey)}
                      />
                    </td>
                  )}
                  {shown.map((column) => (
                    <td key={column.id} data-align={column.align}>
                      {column.cell(row)}
                    </td>
                  ))}
                  {props.menu && (
                    <td className={classes.menu}>
                      <button
                        type="button"
                        className={classes.more}
                        aria-label={`Actions for row ${item.index + 1}`}
                        aria-haspopup="menu"
                        onClick={(event) => menu.open(row, event.currentTarget)}
                      >
                        <IconDots />
                      </button>
                    </td>
                  )}
                </tr>
              );
            })}
            {below > 0 && <Spacer height={below} />}
          </tbody>
        </table>
        {!!query.error && (
          <div className={classes.error}>
            <ErrorBox error={query.error} retry={() => query.refetch()} />
          </div>
        )}
        {!query.isPending && !query.error && rows.length === 0 && props.empty}
      </section>
      {menu.element}
      {props.selection && chosen.length > 0 && (
        <div className={classes.bar} role="toolbar" aria-label="For what is chosen">
          <span className="strong">{count(chosen.length)} selected</span>
          {props.selection(chosen, clear)}
          <button type="button" className={classes.more} aria-label="Choose nothing" onClick={clear}>
            <IconX />
          </button>
        </div>
      )}
    </div>
  );
}

/** The head of a column. One that sorts is pressed: up, down, and back to the order of the list. */
function Head<T>({ column, sort, set }: { column: Column<T>; sort?: string; set?: Props<T>['setSort'] }) {
  const { sort: by, header, align } = column;
  if (!by || !set)
    return (
      <th scope="col" data-align={align}>
        {header}
      </th>
    );
  const [up, down] = [sort === by, sort === `-${by}`];
  return (
    <th scope="col" data-align={align} aria-sort={up ? 'ascending' : down ? 'descending' : 'none'}>
      <button
        type="button"
        className={classes.sort}
        data-on={up || down || undefined}
        onClick={() => set(up ? `-${by}` : down ? undefined : by)}
      >
        {header}
        <IconChevronDown size={13} data-up={up || undefined} />
      </button>
    </th>
  );
}

/** A click anywhere in a row follows the row's link, unless it hit something of its own. Gives where a link led to. */
function follow(event: React.MouseEvent<HTMLTableRowElement>): string | null {
  const target = event.target as HTMLElement;
  const link = target.closest('a');
  if (link) return link.getAttribute('href');
  if (target.closest('button, input, label') || window.getSelection()?.toString()) return null;
  event.currentTarget.querySelector<HTMLElement>('a, button:not([aria-haspopup])')?.click();
  return null;
}

/** Moves the focus from row to row, to what the row's first cell holds. */
function useMoves(scroller: React.RefObject<HTMLDivElement | null>, size: number, show: (index: number) => void) {
  return (by: number) => {
    const at = document.activeElement?.closest<HTMLElement>('[data-row]')?.dataset.index;
    const next = Math.max(0, Math.min(size - 1, at === undefined ? 0 : Number(at) + by));
    const find = () => {
      const row = scroller.current?.querySelector(`[data-index='${next}']`);
      return row?.querySelector<HTMLElement>('a') ?? row?.querySelector<HTMLElement>('td button, input');
    };
    show(next);
    // At once where it is drawn, so that keys in quick succession are all counted.
    const there = find();
    if (there) there.focus();
    else requestAnimationFrame(() => find()?.focus());
  };
}

/** One menu for all rows: a menu in each would make scrolling slow. */
function useRowMenu<T>(actions: ((row: T) => RowAction[]) | undefined) {
  const [at, setAt] = useState<{ row: T; rect: DOMRect; button: HTMLElement } | null>(null);
  const close = () => {
    at?.button.focus();
    setAt(null);
  };
  const element = at && actions && (
    <Menu opened onClose={close} position="bottom-end" returnFocus={false}>
      <Menu.Target>
        <span
          className={classes.anchor}
          style={{ left: at.rect.left, top: at.rect.top, width: at.rect.width, height: at.rect.height }}
        />
      </Menu.Target>
      <Menu.Dropdown>
        {actions(at.row).map(({ label, icon: Shape, danger, refused, run }) => (
          <Menu.Item
            key={label}
            leftSection={Shape && <Shape size={15} />}
            className={danger ? 'danger' : undefined}
            disabled={!!refused}
            title={refused || undefined}
            onClick={run}
          >
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
  return {
    element,
    open: (row: T, button: HTMLElement) => setAt({ row, rect: button.getBoundingClientRect(), button }),
  };
}

function Spacer({ height }: { height: number }) {
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a row takes no focus
    <tr aria-hidden="true">
      <td className={classes.spacer} style={{ height }} />
    </tr>
  );
}

/** Rows of the final height, shown when the first answer takes long. */
function Skeletons({ columns, height }: { columns: number; height: number }) {
  return Array.from({ length: 8 }, (_, row) => (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a row takes no focus
    // biome-ignore lint/suspicious/noArrayIndexKey: nothing tells them apart
    <tr key={row} className={classes.skeleton} style={{ height }} aria-hidden="true">
      {Array.from({ length: columns }, (_, column) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: nothing tells them apart
        <td key={column}>
          <span style={{ width: `${35 + ((row * 31 + column * 17) % 45)}%` }} />
        </td>
      ))}
    </tr>
  ));
}
