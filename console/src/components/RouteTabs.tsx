import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
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

/** Tabs that are links: what is open is in the address. */
export function RouteTabs({ label, tabs, children }: { label: string; tabs: RouteTab[]; children?: ReactNode }) {
  return (
    <nav className={classes.tabs} aria-label={label}>
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
