import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Avatar } from './Avatar';
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

/** A person, as every list names them: what people call them, and the user name. */
export function PersonCell(props: { id: string; userName: string; displayName?: string | null }) {
  const name = props.displayName ?? props.userName;
  return (
    <NameCell
      to={`/users/${props.id}`}
      picture={<Avatar name={name} />}
      name={name}
      sub={props.displayName && props.userName}
    />
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
