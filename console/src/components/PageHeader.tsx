import { Link } from '@tanstack/react-router';
import { Fragment, type ReactNode } from 'react';
import { IconChevronRight } from './icons';
import { PageNeighbours } from './Neighbours';
import classes from './PageHeader.module.css';
import { useTitle } from './title';

export interface Crumb {
  label: string;
  to: string;
}

/** The head of a page: where it is, what it is, how it stands, what can be done. Its title is the window's too. */
export function PageHeader(props: {
  title: string;
  crumbs?: Crumb[];
  tile?: ReactNode;
  chip?: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
  tabs?: ReactNode;
}) {
  useTitle(props.title, props.crumbs?.[0]?.label);
  return (
    <header className={classes.header} data-tabs={props.tabs ? true : undefined}>
      {props.crumbs && (
        <nav className={classes.crumbs} aria-label="Breadcrumb">
          {props.crumbs.map((crumb) => (
            <Fragment key={crumb.to}>
              <Link to={crumb.to}>{crumb.label}</Link>
              <IconChevronRight size={13} />
            </Fragment>
          ))}
          <span aria-current="page" className="clip">
            {props.title}
          </span>
          <PageNeighbours />
        </nav>
      )}
      <div className={classes.line}>
        {props.tile}
        <div className={classes.title}>
          <h1 className="clip">{props.title}</h1>
          {props.chip}
        </div>
        {props.actions && <div className={classes.actions}>{props.actions}</div>}
      </div>
      {props.description && <div className={classes.description}>{props.description}</div>}
      {props.tabs}
    </header>
  );
}

/** A page: its head, and what is below it. `fill` gives the rest of the height to a table that scrolls by itself. */
export function Page({ fill, header, children }: { fill?: boolean; header: ReactNode; children?: ReactNode }) {
  return (
    <div className={classes.page} data-fill={fill || undefined}>
      {header}
      {fill ? children : <Content>{children}</Content>}
    </div>
  );
}

/** What is below the head of a page, with its margins. */
export function Content({ children }: { children: ReactNode }) {
  return <div className={classes.content}>{children}</div>;
}

/** The row between the head of a list and its table: search, filters, count, tools. */
export function Toolbar({ children }: { children: ReactNode }) {
  return <div className={classes.toolbar}>{children}</div>;
}
