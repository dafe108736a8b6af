import type { ReactNode } from 'react';

export interface Column<T> {
  id: string;
  header: string;
  cell: (row: T) => ReactNode;
  /** In pixels. Columns without one share what is left. */
  width?: number;
  align?: 'right';
  /** What the list is sorted by when its head is pressed; without it the column does not sort. */
  sort?: string;
  /** Goes when the table is narrower than this. */
  from?: number;
}

/** What a column without a width of its own needs at least. */
const LEAST = 200;
/** What it must have, or other columns go that would stay otherwise. */
const TIGHT = 120;

/**
 * Which columns show: what the reader has not hidden and what fits. The column that shows only in the widest table goes
 * first, until those without a width have the room they need.
 */
export function choose<T>(columns: Column<T>[], width: number, hidden: string[] = []): Record<string, boolean> {
  const shown = columns.filter(({ id, from = 0 }) => !hidden.includes(id) && (width === 0 || width >= from));
  const droppable = shown.filter(({ from }) => from !== undefined).sort((a, b) => (a.from ?? 0) - (b.from ?? 0));
  const needed = () => shown.reduce((sum, column) => sum + (column.width ?? LEAST), 0);
  while (width > 0 && needed() > width) {
    const goes = droppable.pop();
    if (!goes) break;
    shown.splice(shown.indexOf(goes), 1);
  }
  // On a phone the name comes before everything else, and one more column beside it.
  const named = shown.some((column) => column.width === undefined);
  const tight = () => shown.reduce((sum, column) => sum + (column.width ?? TIGHT), 0);
  while (width > 0 && named && shown.length > 2 && tight() > width) shown.pop();
  return Object.fromEntries(columns.map((column) => [column.id, shown.includes(column)]));
}

/** A table on a phone: the name of a row comes before all else. */
export const NARROW = 560;
/** What one other column takes of it at most. */
const SHARE = 0.38;

/** What a column without a width of its own takes before the others get more than they need. */
const AMPLE = 360;

/**
 * The widths for a table of fixed layout. Columns without one take what is left; where `room` leaves them more than
 * enough, columns of text grow with them, so that a row can still be followed on a very wide screen. When every column
 * has a width, the last takes what is left.
 */
export function widths<T>(shown: Column<T>[], room = 0): { id: string; width: number | undefined }[] {
  const fixed = shown.every((column) => column.width !== undefined);
  const sum = (of: Column<T>[]) => of.reduce((all, { width = AMPLE }) => all + width, 0);
  const numbers = shown.filter(({ align }) => align === 'right');
  const texts = shown.filter(({ align }) => align !== 'right');
  const most = !fixed && room > 0 && room < NARROW ? Math.round(room * SHARE) : Number.POSITIVE_INFINITY;
  const factor = fixed ? 1 : Math.max(1, (room - sum(numbers)) / sum(texts));
  return shown.map(({ id, width, align }, index) => ({
    id,
    width:
      width === undefined || (fixed && index === shown.length - 1)
        ? undefined
        : Math.min(most, Math.round(align === 'right' ? width : width * factor)),
  }));
}
