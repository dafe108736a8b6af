import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef } from 'react';
import classes from './RouteTabs.module.css';
import { count as written } from './time';

export interface RouteTab {
  label: string;
  /** Where it leads: a path, and search parameters where the tab is a view of a list. */
  to: string;
  search?: Record<string, unknown>;
  count?: number;
  /** Paints the count: something there needs a person. */
  alert?: boolean;
  /** Open for exactly these search parameters, for views of one list. */
  active?: boolean;
}

/** Tabs that are links: what is open is in the address. `pills` are views within a page that has tabs of its own. */
export function RouteTabs(props: { label: string; tabs: RouteTab[]; pills?: boolean; children?: ReactNode }) {
  const { label, tabs, pills, children } = props;
  const row = useRef<HTMLElement>(null);
  // On a phone the row scrolls, and the open tab may lie outside of it.
  const open = tabs.map(({ active, count }) => `${active} ${count}`).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is open, and how wide the others are, moves it
  useEffect(() => {
    const tab = row.current?.querySelector<HTMLElement>('[data-open]');
    if (!row.current || !tab) return;
    row.current.scrollLeft = tab.offsetLeft - (row.current.clientWidth - tab.offsetWidth) / 2;
  }, [open]);
  return (
    <nav className={pills ? classes.pills : classes.tabs} aria-label={label} ref={row}>
      {tabs.map((tab) => (
        <Link
          key={tab.label}
          to={tab.to}
          search={tab.search as never}
          className={classes.tab}
          activeOptions={{ exact: true, includeSearch: false }}
          {...(tab.active === undefined
            ? { activeProps: { 'data-open': true } }
            : {
                'data-open': tab.active || undefined,
                'aria-current': tab.active ? 'page' : undefined,
                activeProps: {},
              })}
        >
          {tab.label}
          {tab.count !== undefined && (
            <span className={classes.count} data-alert={(tab.alert && tab.count > 0) || undefined}>
              {written(tab.count)}
            </span>
          )}
        </Link>
      ))}
      {children}
    </nav>
  );
}
