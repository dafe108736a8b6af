import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import classes from './NameCell.module.css';

/** The first cell of a row: picture, name as the row's link, and a quiet second line. */
export function NameCell(props: {
  to?: string;
  search?: Record<string, unknown>;
  picture?: ReactNode;
  name: string;
  sub?: ReactNode;
}) {
  return (
    <span className={classes.cell}>
      {props.picture}
      <span className={classes.text}>
        {props.to ? (
          <Link to={props.to} search={props.search as never} className={classes.name}>
            {props.name}
          </Link>
        ) : (
          <span className={classes.name}>{props.name}</span>
        )}
        {props.sub && <span className={classes.sub}>{props.sub}</span>}
      </span>
    </span>
  );
}

/** Two lines in one cell. */
export function Lines({ first, second }: { first: ReactNode; second?: ReactNode }) {
  return (
    <span className={classes.text}>
      <span className={classes.line}>{first}</span>
      {second && <span className={classes.sub}>{second}</span>}
    </span>
  );
}
