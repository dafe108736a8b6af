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
}

/** Numbers beside each other in one card. */
export function Figures({ of, children }: { of: Figure[]; children?: ReactNode }) {
  return (
    <section className={classes.panel} aria-label="Figures">
      <div className={classes.figures}>
        {of.map((figure) => (
          <div key={figure.label} className={classes.figure}>
            <div className={classes.label}>{figure.label}</div>
            <div className={classes.value} data-tone={figure.tone}>
              {figure.value}
              {figure.unit && <span className={classes.unit}>{figure.unit}</span>}
            </div>
            <div className="dim small">{figure.note ?? '\u00a0'}</div>
          </div>
        ))}
      </div>
      {children}
    </section>
  );
}
