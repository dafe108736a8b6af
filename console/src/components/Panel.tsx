import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import classes from './Panel.module.css';

/** A card with a heading. `flush` lets a table reach its edges. */
export function Panel(props: {
  title?: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
  flush?: boolean;
  children?: ReactNode;
}) {
  return (
    <section className={classes.panel}>
      {(props.title || props.actions) && (
        <header className={classes.head} data-flush={props.flush || undefined}>
          <div className={classes.words}>
            <h2>{props.title}</h2>
            {props.description && <p className={classes.description}>{props.description}</p>}
          </div>
          {props.actions && <div className="row">{props.actions}</div>}
        </header>
      )}
      <div className={props.flush ? classes.flush : classes.body}>{props.children}</div>
    </section>
  );
}

/** Names and values under each other. */
export function Facts({ of }: { of: [string, ReactNode][] }) {
  return (
    <dl className={classes.facts}>
      {of.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export interface Figure {
  label: string;
  value: ReactNode;
  unit?: string;
  tone?: 'bad' | 'warn';
  note?: ReactNode;
  /** The list behind the number. */
  to?: { to: string; search?: Record<string, unknown> };
}

/** Numbers beside each other in one card. */
export function Figures({ of, children }: { of: Figure[]; children?: ReactNode }) {
  return (
    <section className={classes.panel} aria-label="Figures">
      <div className={classes.figures}>
        {of.map((figure) =>
          figure.to ? (
            <Link
              key={figure.label}
              to={figure.to.to}
              search={figure.to.search as never}
              className={classes.figure}
              data-link
            >
              <Inner of={figure} />
            </Link>
          ) : (
            <div key={figure.label} className={classes.figure}>
              <Inner of={figure} />
            </div>
          ),
        )}
      </div>
      {children}
    </section>
  );
}

function Inner({ of: { label, value, unit, tone, note } }: { of: Figure }) {
  return (
    <>
      <div className={classes.label}>{label}</div>
      <div className={classes.value} data-tone={tone}>
        {value}
        {unit && <span className={classes.unit}>{unit}</span>}
      </div>
      <div className="dim small">{note ?? '\u00a0'}</div>
    </>
  );
}
