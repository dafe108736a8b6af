import type { ReactNode } from 'react';

export interface Column<T> {
  id: string;
  header: string;
  cell: (row: T) => ReactNode;
  /** In pixels. Columns without one share what is left. */
  width?: number;
  align?: 'right';
  /** Goes when the table is narrower than this. */
  from?: number;
}

/** Which columns show: what fits into the width, without what the reader has hidden. */
export function choose<T>(columns: Column<T>[], width: number, hidden: string[] = []): Record<string, boolean> {
  return Object.fromEntries(
    columns.map(({ id, from }) => [id, !hidden.includes(id) && (from === undefined || width === 0 || width >= from)]),
  );
}

/** The widths for a table of fixed layout. When every column has one, the last takes what is left. */
export function widths<T>(shown: Column<T>[]): { id: string; width: number | undefined }[] {
  const fixed = shown.every((column) => column.width !== undefined);
  return shown.map(({ id, width }, index) => ({ id, width: fixed && index === shown.length - 1 ? undefined : width }));
}
